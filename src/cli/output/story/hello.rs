//! The hello: whose turn it is, and for how long.

use std::time::Duration;

use super::{Said, Story, short};
use crate::{
    cli::output::text::rough,
    proto::{Ski, handshake::HelloStatus},
    time::Time,
};

impl Story {
    /// How long the hello still waits for a person, to be counted down: the text, until when.
    pub fn countdown(&self, now: Time) -> Option<Said> {
        self.turn(self.hello.get(&self.peer?)?, now)
    }

    fn turn(&self, status: &HelloStatus, now: Time) -> Option<Said> {
        let until = if status.we_trust { status.we_wait_until } else { status.peer_waits_until }?;
        Some(Said::new("hello", self.whose_turn(status, now.until(until))?))
    }

    pub(super) fn forget_hello(&mut self, ski: Option<Ski>) {
        if let Some(ski) = ski {
            self.hello.remove(&ski);
        }
    }

    pub(super) fn hello(&mut self, ski: Option<Ski>, status: &HelloStatus, now: Time) -> Vec<Said> {
        let before = ski.and_then(|ski| self.hello.insert(ski, *status));
        let count = |status: Option<HelloStatus>| {
            status.map_or((0, 0), |s| (s.prolongations_granted, s.prolongations_asked))
        };
        let ((granted, asked), (granted_before, asked_before)) =
            (count(Some(*status)), count(before));
        let left = |until: Option<Time>| {
            until.map_or(String::new(), |until| format!(": {} left", rough(now.until(until))))
        };
        if granted > granted_before {
            let left = left(status.we_wait_until);
            return vec![Said::new("hello", format!("it asked for more time, granted{left}"))];
        }
        if asked > asked_before {
            return vec![Said::new("hello", "we asked it for more time")];
        }
        let same = before.is_some_and(|before| {
            (before.we_trust, before.peer_trusts) == (status.we_trust, status.peer_trusts)
        });
        // Before its first hello nobody has to do anything yet.
        let news = !same && (status.peer_trusts.is_some() || !status.we_trust);
        news.then(|| self.turn(status, now)).flatten().into_iter().collect()
    }

    /// Whose turn it is in the hello phase; `None` when no person has to do anything.
    fn whose_turn(&self, status: &HelloStatus, left: Duration) -> Option<String> {
        let left = rough(left);
        match (status.we_trust, status.peer_trusts) {
            (true, Some(false)) => Some(format!(
                "we trust it · its turn, {left} left: accept SKI {} on the device",
                short(self.own)
            )),
            (true, None) => Some(format!("we trust it · waiting for its hello, {left} left")),
            (false, _) => Some(format!("it waits for us to trust it, {left} left")),
            (true, Some(true)) => None,
        }
    }
}
