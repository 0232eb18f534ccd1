//! Why the time ran out: what was waited for last.

use std::time::Duration;

use super::{
    Last, PinWait, Progress,
    failure::{dial_failed, ended, is_before_hello},
};
use crate::{
    checks::{Code, dial, judge},
    cli::{error::CliError, exit::Exit, output::text::safe},
    proto::{
        ProtocolState, Target,
        handshake::{Cause, End},
    },
    time::{Time, text::span},
};

impl Progress {
    /// Why the time ran out.
    pub fn out_of_time(&self, now: Time, time: Duration) -> CliError {
        let waited = span(time);
        let unread = self.odd.as_ref().is_some_and(|(_, came)| came.unreadable);
        let hello = self.hello.filter(|_| !unread);
        if let Some(finding) = hello.and_then(|status| judge::hello(&status, now)) {
            let error = CliError::finding(Exit::Pending, finding).stage("hello");
            return match error.code {
                // What was advice while we waited comes too late now.
                Some(Code::Hel01) => CliError {
                    message: format!(
                        "nobody accepted us on the device within {waited}"
                    ),
                    ..error
                }
                .hint("run it again, and press Trust on the device while it waits; --timeout gives more time"),
                _ => error,
            };
        }
        if let Some(wait) = self.pin_wanted {
            let error = |message: &str, code| {
                CliError::new(Exit::Pending, message).code(code).stage("PIN check")
            };
            return match wait {
                PinWait::Entry => {
                    error("the device waits for its PIN; nobody entered it", Code::Pin01)
                }
                PinWait::Penalty => error(
                    "the device checks no PIN yet: its penalty for wrong ones runs",
                    Code::Pin02,
                )
                .hint(judge::PENALTY),
            };
        }
        if let Some(refused) = &self.refused {
            return ended(refused);
        }
        if let Some(limit) = self.full {
            let message = format!("{limit} of {limit} connections in use");
            return CliError::new(Exit::Pending, message).code(Code::Own04).stage("dial").hint(
                "free one with `shipctl disconnect DEVICE`, or allow more with `shipctl limit NUMBER`",
            );
        }
        if let Some((state, since)) = self.handshake
            && !(is_before_hello(state) && self.last.is_some())
        {
            return self.unfinished(state, now.since(since), &waited);
        }
        match &self.last {
            Some(Last::Dial(failure)) => {
                let error = dial_failed(failure);
                CliError { exit: Exit::Unreachable, ..error }
            }
            Some(Last::End(end)) => ended(end),
            None if !self.dialling.is_empty() => self.no_answer(&waited),
            None if self.seen => CliError::new(
                Exit::Pending,
                format!("the device is seen, but was not reached within {waited}"),
            )
            .hint("try again with a longer --timeout, or give its address with --address")
            .stage("dial"),
            None => self.never_seen(time),
        }
    }

    /// Why a handshake that still goes on is not complete yet.
    fn unfinished(&self, during: ProtocolState, silent: Duration, waited: &str) -> CliError {
        let Some(expected) = judge::due(during) else {
            let message = format!("the handshake was not complete after {waited}");
            return CliError::new(Exit::Pending, message)
                .hint("try again with a longer --timeout")
                .stage(judge::stage(during));
        };
        let cause = Cause::TimedOut { expected, waited: silent };
        let stage = judge::stage(during);
        let odd = self.odd.as_ref().filter(|(came_in, _)| *came_in == stage);
        let instead = odd.map(|(_, instead)| instead.clone());
        let error = ended(&End { during, cause, completed: false, after: silent, instead });
        match error.exit {
            Exit::PeerData => error,
            _ => CliError { exit: Exit::Pending, ..error },
        }
    }

    fn never_seen(&self, waited: Duration) -> CliError {
        if !self.mdns {
            let message = format!(
                "SKI {} did not dial us within {}, and we have no address to dial",
                self.peer.grouped(),
                span(waited)
            );
            return CliError::new(Exit::NotFound, message)
                .hint(
                    "give its address with --address, or let mDNS look for it (without --no-mdns)",
                )
                .stage("discovery");
        }
        let finding = self.others.unseen(self.peer, waited);
        CliError::finding(Exit::NotFound, finding).stage("discovery")
    }

    /// The attempt under way got no answer, and what it waited for last.
    fn no_answer(&self, waited: &str) -> CliError {
        if let Some((target, stage)) = &self.waits_at {
            let target = safe(&target.to_string());
            let message = format!("{target}: no answer to the {stage} within {waited}");
            return CliError::new(Exit::Unreachable, message)
                .code(dial::silence(*stage))
                .stage(stage.to_string());
        }
        let targets: Vec<String> = self.dialling.iter().map(Target::to_string).collect();
        let targets = safe(&targets.join(", "));
        CliError::new(Exit::Unreachable, format!("no answer from {targets} within {waited}"))
            .code(Code::Tcp02)
            .stage("dial")
    }
}
