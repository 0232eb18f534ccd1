//! The connection limit: who comes in beyond it is turned away, who is to be dialled waits until a
//! connection ends. Established connections are never pre-empted.

use super::{
    EventKind, Hub, WrongFingerprint,
    link::{Attempt, Phase},
};
use crate::{proto::Ski, time::Time};

impl Hub {
    /// How many peers have a connection, or are being let in.
    pub fn connections(&self) -> usize {
        self.peers.values().filter(|peer| peer.link.is_some()).count()
    }

    /// Whether this peer has a connection, or is being let in.
    pub fn is_connected(&self, ski: Ski) -> bool {
        self.peers.get(&ski).is_some_and(|peer| peer.link.is_some())
    }

    /// Whether this peer may show a certificate with this fingerprint: not another one than its QR
    /// code names.
    ///
    /// # Errors
    ///
    /// Both fingerprints, where they differ.
    pub fn check_fingerprint(&self, ski: Ski, actual: &str) -> Result<(), WrongFingerprint> {
        match self.peers.get(&ski).and_then(|peer| peer.fingerprint.as_deref()) {
            Some(expected) if expected != actual => {
                Err(WrongFingerprint { expected: expected.to_owned(), actual: actual.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Whether there is room for a connection to this peer. Dials take no place: a peer that is
    /// never there must not keep out one that is. Nor does its own connection.
    pub(super) fn has_room(&self, ski: Ski) -> bool {
        let others = self.peers.values().filter(|peer| peer.link.is_some() && peer.ski != ski);
        others.count() < self.config.max_connections
    }

    /// Whether this peer is not trusted.
    pub fn is_stranger(&self, ski: Ski) -> bool {
        self.peers.get(&ski).is_none_or(|peer| !peer.registered)
    }

    /// Whether there is room for a peer that is not trusted: strangers that keep us waiting for a
    /// decision take half of the places at most, so that whoever is trusted still comes in.
    pub(super) fn has_room_for_stranger(&self, ski: Ski) -> bool {
        let strangers = self
            .peers
            .values()
            .filter(|peer| peer.link.is_some() && !peer.registered && peer.ski != ski);
        strangers.count() < self.config.max_connections.div_ceil(2)
    }

    pub(super) fn set_limit(&mut self, now: Time, limit: usize) {
        self.config.max_connections = limit;
        self.report(now, None, EventKind::Limit { limit });
    }

    /// The peer waits for a connection to end, behind those that wait already.
    pub(super) fn wait_for_room(&mut self, now: Time, ski: Ski) {
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| !peer.waiting) else { return };
        peer.waiting = true;
        self.waiting.push_back(ski);
        let limit = self.config.max_connections;
        self.report(now, Some(ski), EventKind::LimitReached { limit });
    }

    pub(super) fn leave_queue(&mut self, ski: Ski) {
        if let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.waiting) {
            peer.waiting = false;
            self.waiting.retain(|waiting| *waiting != ski);
        }
    }

    /// Dials those that wait, as far as there is room.
    pub(super) fn fill_room(&mut self, now: Time) {
        if self.waiting.is_empty() || self.shutdown.is_asked() {
            return;
        }
        let reserved = |phase: &Phase| matches!(phase, Phase::Dialing(Attempt::FromQueue));
        let reserved = self.links.values().filter(|link| reserved(&link.phase)).count();
        let taken = self.connections() + reserved;
        for _ in taken..self.config.max_connections {
            let Some(ski) = self.waiting.pop_front() else { return };
            if let Some(peer) = self.peers.get_mut(&ski) {
                peer.waiting = false;
            }
            self.dial(now, ski, Attempt::FromQueue);
        }
    }
}
