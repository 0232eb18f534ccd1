//! The connection limit: who comes in beyond it is turned away, who is to be dialled waits until a
//! connection ends. Established connections are never pre-empted.

use std::collections::BTreeSet;

use super::{
    EventKind, Hub, LinkId, WrongFingerprint,
    link::{Attempt, Phase},
};
use crate::{proto::Ski, time::Time};

/// Who has a place: kept beside the peers, so that nobody has to be counted.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The peers with a connection.
    taken: BTreeSet<Ski>,
    /// Those of them that are not trusted.
    by_strangers: BTreeSet<Ski>,
    /// Dials from the queue. Those that are over are taken out when it is next looked at.
    reserved: Vec<LinkId>,
}

impl Places {
    fn note(set: &mut BTreeSet<Ski>, ski: Ski, is_in: bool) {
        if is_in {
            set.insert(ski);
        } else {
            set.remove(&ski);
        }
    }
}

/// How many are in the set but for this one.
fn others(set: &BTreeSet<Ski>, ski: Ski) -> usize {
    set.len() - usize::from(set.contains(&ski))
}

impl Hub {
    /// How many peers have a connection, or are being let in.
    pub fn connections(&self) -> usize {
        debug_assert!(self.places_are_right());
        self.places.taken.len()
    }

    /// Gives the peer this connection, or none, and so a place or not.
    pub(super) fn set_link(&mut self, ski: Ski, link: Option<LinkId>) {
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.link = link;
        }
        self.note_place(ski);
    }

    /// To be called whenever a peer with a connection becomes trusted, or no longer is.
    pub(super) fn note_place(&mut self, ski: Ski) {
        let peer = self.peers.get(&ski).filter(|peer| peer.link.is_some());
        let stranger = peer.is_some_and(|peer| !peer.registered);
        Places::note(&mut self.places.taken, ski, peer.is_some());
        Places::note(&mut self.places.by_strangers, ski, stranger);
    }

    /// Whether counting them would lead to the same.
    fn places_are_right(&self) -> bool {
        let connected = || self.peers.values().filter(|peer| peer.link.is_some());
        connected().map(|peer| &peer.ski).eq(&self.places.taken)
            && connected()
                .filter(|peer| !peer.registered)
                .map(|peer| &peer.ski)
                .eq(&self.places.by_strangers)
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
        debug_assert!(self.places_are_right());
        others(&self.places.taken, ski) < self.config.max_connections
    }

    pub(super) fn is_stranger(&self, ski: Ski) -> bool {
        !self.config.accept.contains(&ski)
            && self.peers.get(&ski).is_none_or(|peer| !peer.registered)
    }

    /// Whether there is room for a peer that is not trusted: strangers that keep us waiting for a
    /// decision take half of the places at most, so that whoever is trusted still comes in.
    pub(super) fn has_room_for_stranger(&self, ski: Ski) -> bool {
        others(&self.places.by_strangers, ski) < self.config.max_connections.div_ceil(2)
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
        let (limit, links) = (self.config.max_connections, &self.links);
        if self.places.taken.len() >= limit {
            return;
        }
        let dials = |link: &LinkId| {
            let link = links.get(link);
            link.is_some_and(|link| matches!(link.phase, Phase::Dialing(Attempt::FromQueue)))
        };
        self.places.reserved.retain(dials);
        for _ in self.connections() + self.places.reserved.len()..limit {
            let Some(ski) = self.waiting.pop_front() else { return };
            if let Some(peer) = self.peers.get_mut(&ski) {
                peer.waiting = false;
            }
            self.dial(now, ski, Attempt::FromQueue);
            self.places.reserved.extend(self.peers.get(&ski).and_then(|peer| peer.dial));
        }
    }
}
