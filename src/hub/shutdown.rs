//! The graceful shutdown: stop accepting, withdraw, cancel what is under way, close what is open.

use super::{EventKind, Hub, LinkId, Output, Owner, link::Phase};
use crate::{
    proto::{ConnectionState, message::CloseReason},
    time::Time,
};

/// How far the shutdown has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shutdown {
    /// Nobody asked for it.
    NotAsked,
    /// Connections are being closed.
    Closing,
    /// Nothing is left.
    Done,
}

impl Shutdown {
    pub(super) fn is_asked(self) -> bool {
        self != Self::NotAsked
    }
}

impl Hub {
    pub(super) fn begin_shutdown(&mut self, now: Time) {
        if self.shutdown.is_asked() {
            return;
        }
        self.shutdown = Shutdown::Closing;
        self.outputs.extend([Output::StopListening, Output::Withdraw]);
        self.deadlines.set(Owner::AutoAccept, None);
        for peer in self.peers.values_mut() {
            peer.next_attempt = None;
            peer.dial = None;
            self.deadlines.set(Owner::Attempt(peer.ski), None);
        }
        let mut links: Vec<LinkId> = self.links.keys().copied().collect();
        links.sort();
        let (open, never): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|link| matches!(self.links[link].phase, Phase::Open(_)));
        for link in never {
            self.cut(now, link);
        }
        self.report(now, None, EventKind::ShuttingDown { connections: open.len() });
        self.deadlines.set(Owner::Shutdown, Some(now + self.config.close_within));
        for link in open {
            self.leave(now, link, |connection| connection.close(now, CloseReason::Unspecific));
        }
    }

    /// Says that the shutdown is done, once nothing is open.
    pub(super) fn finish_shutdown(&mut self) {
        if self.shutdown == Shutdown::Closing && self.links.is_empty() {
            self.stop(false);
        }
    }

    /// Cuts what did not close in time.
    pub(super) fn force_shutdown(&mut self, now: Time) {
        let mut links: Vec<LinkId> = self.links.keys().copied().collect();
        links.sort();
        for link in links {
            self.cut(now, link);
        }
        self.stop(true);
    }

    /// Cancels a dial or cuts a connection. Unless another is open to the peer, there is none now.
    fn cut(&mut self, now: Time, link: LinkId) {
        let Some(ski) = self.links.remove(&link).map(|link| link.ski) else { return };
        self.outputs.push_back(Output::Forget { link });
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.link = peer.link.filter(|open| *open != link);
        if peer.link.is_none() {
            self.set_state(now, ski, ConnectionState::None);
        }
    }

    fn stop(&mut self, forced: bool) {
        self.shutdown = Shutdown::Done;
        self.deadlines = Default::default();
        self.outputs.push_back(Output::Stopped { forced });
    }
}
