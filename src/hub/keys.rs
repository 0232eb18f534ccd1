//! Peers that change their key (SHIP 1.1, 12.1.3).
//!
//! A trusted peer announces the SKI it will use next, and after a month it comes with it. Until then,
//! and until it says that its old key is retired, it may use both: a connection or a record of the
//! other SKI is one of the same peer. Once a handshake under the other SKI is complete, and so the
//! SHIP ID is the stored one, everything known of the peer passes to that SKI.
//!
//! What a peer says of its keys reaches only its own trust, and only so far: one other SKI at a time,
//! on the curve of the connection, never one that belongs to somebody else, and a few changes per
//! connection. So whoever the user trusted can replace its key, and nobody can gather trust for many.

use serde::{Deserialize, Serialize};

use super::{EventKind, Hub, LinkId, Owner, peer::Peer};
use crate::{
    identity::trust::{PeerKeys, TrustChange},
    mdns::service::Service,
    proto::{
        Ski,
        handshake::{Cause, End},
        message::{KeyMaterialState, KeyState, SECP256R1},
    },
    time::Time,
};

/// The most changes taken of one connection. Each is written to the disk; an honest peer makes one,
/// and comes with the new key on the next connection.
const MOST_CHANGES: u8 = 8;

/// What a peer announced of its keys, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyNews {
    /// Its `updateCounter`.
    pub update_counter: u16,
    /// What became of it.
    pub outcome: KeyOutcome,
    /// The other SKI it may use from now on, if that is news.
    pub trusted: Option<Ski>,
    /// The other SKI it may no longer use.
    pub dropped: Option<Ski>,
}

/// What became of an announcement of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOutcome {
    /// It is stored.
    Applied,
    /// It says what is stored already.
    Unchanged,
    /// Ignored: its counter is lower than the stored one.
    Replay,
    /// Ignored: it names two current keys, two successors, or one key twice.
    Contradictory,
    /// The announced key is our own, or belongs to another trusted device; it is not trusted for this one.
    OtherDevice,
    /// Ignored: there were too many changes on this connection.
    TooMany,
}

impl KeyOutcome {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Replay => "replay",
            Self::Contradictory => "contradictory",
            Self::OtherDevice => "other_device",
            Self::TooMany => "too_many",
        }
    }
}

/// What is to be stored of an announcement that came over a connection under `ski`.
fn read(state: &KeyMaterialState, ski: Ski, known: PeerKeys) -> Result<PeerKeys, KeyOutcome> {
    if state.update_counter < known.update_counter {
        return Err(KeyOutcome::Replay);
    }
    let of_curve = || state.entries.iter().filter(|entry| entry.curve == SECP256R1);
    let one = |wanted: KeyState| {
        let mut found = of_curve().filter(|entry| entry.state == wanted).map(|entry| entry.ski);
        let first = found.next();
        if found.next().is_some() { Err(KeyOutcome::Contradictory) } else { Ok(first) }
    };
    let (current, successor, predecessor) =
        (one(KeyState::Current)?, one(KeyState::Successor)?, one(KeyState::Predecessor)?);
    let twice = |a: Option<Ski>, b: Option<Ski>| a.is_some() && a == b;
    if twice(current, successor) || twice(current, predecessor) || twice(successor, predecessor) {
        return Err(KeyOutcome::Contradictory);
    }
    // The SKI of the connection stays trusted, whatever is said of it: it proves itself right now.
    let mut also_trusted = [current, successor].into_iter().flatten().find(|other| *other != ski);
    if state.unreadable > 0 {
        // It may stand in what could not be read.
        let kept = known.also_trusted.filter(|also| predecessor != Some(*also));
        also_trusted = also_trusted.or(kept);
    }
    Ok(PeerKeys { update_counter: state.update_counter, also_trusted })
}

impl Hub {
    /// The peer that may use this SKI: the one of that name, or the trusted one that announced it.
    pub(super) fn owner_of(&self, shown: Ski) -> Ski {
        let is_peer = |peer: &Peer| !peer.is_idle_stranger();
        if self.peers.get(&shown).is_some_and(is_peer) {
            return shown;
        }
        let owner = self.trust.owner(&shown);
        owner.filter(|owner| self.peers.contains_key(owner)).unwrap_or(shown)
    }

    /// The other SKI this peer may use.
    pub(super) fn also_trusted(&self, ski: Ski) -> Option<Ski> {
        let also = self.trust.get(&ski)?.also_trusted()?;
        (self.owner_of(also) == ski).then_some(also)
    }

    /// The records of a peer, under either SKI.
    pub(super) fn services_of(&self, ski: Ski) -> impl Iterator<Item = &Service> + Clone {
        let also = self.also_trusted(ski);
        self.services.of(ski).chain(also.into_iter().flat_map(|also| self.services.of(also)))
    }

    /// A peer described its keys.
    pub(super) fn key_material(
        &mut self,
        now: Time,
        link: LinkId,
        ski: Ski,
        state: &KeyMaterialState,
    ) {
        let Some(trusted) = self.trust.get(&ski) else { return };
        let known = trusted.keys.unwrap_or_default();
        let mut news = KeyNews {
            update_counter: state.update_counter,
            outcome: KeyOutcome::Applied,
            trusted: None,
            dropped: None,
        };
        match self.take_keys(link, ski, known, state) {
            Ok((keys, outcome)) => {
                news.outcome = outcome;
                if keys != known {
                    let changed = keys.also_trusted != known.also_trusted;
                    news.trusted = keys.also_trusted.filter(|_| changed);
                    news.dropped = known.also_trusted.filter(|_| changed);
                    self.write_down(now, TrustChange::Keys { ski, keys });
                }
            }
            Err(outcome) => news.outcome = outcome,
        }
        self.report(now, Some(ski), EventKind::KeyMaterial(news));
        if news.trusted.is_some() {
            // Its record under that SKI may have been seen before.
            self.schedule(now, ski);
        }
    }

    fn take_keys(
        &mut self,
        link: LinkId,
        ski: Ski,
        known: PeerKeys,
        state: &KeyMaterialState,
    ) -> Result<(PeerKeys, KeyOutcome), KeyOutcome> {
        let mut keys = read(state, ski, known)?;
        let mut outcome = KeyOutcome::Applied;
        if keys.also_trusted.is_some_and(|also| !self.may_announce(ski, also)) {
            // Without its counter, so that we ask again: whose it is may change.
            keys = PeerKeys { also_trusted: None, ..known };
            outcome = KeyOutcome::OtherDevice;
        }
        if keys == known {
            let same = outcome == KeyOutcome::Applied;
            return Ok((keys, if same { KeyOutcome::Unchanged } else { outcome }));
        }
        let Some(entry) = self.links.get_mut(&link) else { return Err(KeyOutcome::TooMany) };
        if entry.key_changes >= MOST_CHANGES {
            return Err(KeyOutcome::TooMany);
        }
        entry.key_changes += 1;
        Ok((keys, outcome))
    }

    /// Whether a peer may announce this SKI as its own: it is not ours, nor that of another peer the
    /// user trusts or is about to.
    fn may_announce(&self, ski: Ski, also: Ski) -> bool {
        let registered = self.peers.get(&also).is_some_and(|peer| peer.registered);
        let owner = self.trust.owner(&also);
        also != self.config.ski && !registered && owner.is_none_or(|owner| owner == ski)
    }

    /// The handshake of a link is about to be complete: if it runs under the peer's other SKI, the
    /// peer has that one from now on. Returns its SKI; `None` if that one is not trusted any more, and
    /// the link is gone.
    pub(super) fn follow_key(&mut self, now: Time, link: LinkId) -> Option<Ski> {
        let (ski, shown) = self.links.get(&link).map(|link| (link.ski, link.shown))?;
        if shown == ski {
            return Some(ski);
        }
        if self.also_trusted(ski) != Some(shown) {
            let connection = self.links.get_mut(&link).and_then(|link| link.connection())?;
            let during = connection.state();
            let cause = Cause::Lost { detail: "its key is no longer trusted".to_owned() };
            let after = std::time::Duration::ZERO;
            self.ended(now, link, End { during, cause, completed: false, after, instead: None });
            return None;
        }
        self.write_down(now, TrustChange::Succeed { ski, to: shown });
        self.report(now, Some(ski), EventKind::KeyChanged { to: shown });
        self.rename_peer(ski, shown);
        Some(shown)
    }

    /// Everything that is kept by the SKI of a peer is kept by another one.
    fn rename_peer(&mut self, from: Ski, to: Ski) {
        let Some(mut peer) = self.peers.remove(&from) else { return };
        peer.ski = to;
        // The certificate of a QR code was that of the key before.
        peer.fingerprint = None;
        if let Some(stranger) = self.peers.remove(&to) {
            peer.wrong_pins = peer.wrong_pins.max(stranger.wrong_pins);
            peer.pin_penalty_until = peer.pin_penalty_until.max(stranger.pin_penalty_until);
        }
        for link in self.links.values_mut().filter(|link| link.ski == from) {
            link.ski = to;
        }
        for waiting in self.waiting.iter_mut().filter(|waiting| **waiting == from) {
            *waiting = to;
        }
        self.deadlines.set(Owner::Attempt(from), None);
        self.deadlines.set(Owner::Attempt(to), peer.next_attempt);
        self.peers.insert(to, peer);
        self.note_place(from);
        self.note_place(to);
    }
}
