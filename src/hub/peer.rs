//! One peer: what is known of it, whether it is paired, and its one connection.

use crate::{
    proto::{ConnectionState, Pin, ShipId, Ski, target::Target},
    time::Time,
};

use super::{LinkId, facts::Facts, history::Record};

/// A peer the hub has to do with: registered, or connected to us.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) ski: Ski,
    /// Paired on our side.
    pub(super) registered: bool,
    /// Whether the trust is already written down.
    pub(super) stored: bool,
    /// The SHIP ID it gave once, or was said to have.
    pub(super) ship_id: Option<ShipId>,
    /// The connection state a person sees.
    pub(super) state: ConnectionState,
    /// The one connection.
    pub(super) link: Option<LinkId>,
    /// The dial under way; beside a connection only while both have to be decided about.
    pub(super) dial: Option<LinkId>,
    /// A second connection that waits until it is decided between the two.
    pub(super) rival: Option<LinkId>,
    /// Attempts since the last completed handshake.
    pub(super) attempts: u32,
    /// When the next attempt is due.
    pub(super) next_attempt: Option<Time>,
    /// Whether it waits until there is room for another connection.
    pub(super) waiting: bool,
    /// Whether to dial at the first sight, without a delay: somebody waits for this pairing.
    pub(super) eager: bool,
    /// Whether to stay disconnected until told to connect: nothing is dialled, nothing let in.
    pub(super) held: bool,
    /// Whether to leave the dialling to the peer: stored, and nobody asked for it since the start.
    pub(super) passive: bool,
    /// Whether only a command makes us dial again; the peer may still come by itself.
    pub(super) given_up: bool,
    /// Whether it was given up for what was found behind its addresses: others may be right.
    pub(super) stale: bool,
    /// Whether it was let in by the auto-accept window, and its first handshake still runs.
    pub(super) on_probation: bool,
    /// Whether a handshake ever completed.
    pub(super) ever_completed: bool,
    /// Whether the start-up race was assumed since the last completed handshake.
    pub(super) raced: bool,
    /// Addresses given by hand.
    pub(super) targets: Vec<Target>,
    /// The one of those it was found at last: what is stored.
    pub(super) address: Option<Target>,
    /// The PIN to enter at the peer.
    pub(super) pin: Option<Pin>,
    /// Whether that PIN is to be written down once the peer has accepted it.
    pub(super) remember_pin: bool,
    /// The fingerprint its certificate must have, if its QR code told one.
    pub(super) fingerprint: Option<String>,
    /// Wrong PINs it entered here.
    pub(super) wrong_pins: u32,
    /// The end of its penalty for them.
    pub(super) pin_penalty_until: Option<Time>,
    /// What is known of its attempts and connections.
    pub(super) facts: Facts,
    /// What happened so far.
    pub(super) record: Record,
}

impl Peer {
    pub(super) fn new(ski: Ski) -> Self {
        Self {
            ski,
            registered: false,
            stored: false,
            ship_id: None,
            state: ConnectionState::None,
            link: None,
            dial: None,
            rival: None,
            attempts: 0,
            next_attempt: None,
            waiting: false,
            eager: false,
            held: false,
            passive: false,
            given_up: false,
            stale: false,
            on_probation: false,
            ever_completed: false,
            raced: false,
            targets: Vec::new(),
            address: None,
            pin: None,
            remember_pin: false,
            fingerprint: None,
            wrong_pins: 0,
            pin_penalty_until: None,
            facts: Facts::default(),
            record: Record::default(),
        }
    }

    /// Whether a handshake is complete on the connection that stands.
    pub(super) fn is_completed(&self) -> bool {
        self.state == ConnectionState::Completed
    }

    /// Whether an attempt may be scheduled: paired, wanted, and nothing running.
    pub(super) fn may_attempt(&self) -> bool {
        self.registered
            && !self.held
            && !self.passive
            && !self.given_up
            && !self.waiting
            && self.link.is_none()
            && self.dial.is_none()
            && self.next_attempt.is_none()
    }

    /// Somebody wants a connection: what held us back so far does so no longer.
    pub(super) fn want(&mut self) {
        self.held = false;
        self.passive = false;
        self.reset_attempts();
    }

    /// Notes that it was found there; `true` if that is an address given by hand, and news.
    pub(super) fn found_at(&mut self, there: impl Fn(&Target) -> bool) -> bool {
        let Some(found) = self.targets.iter().find(|target| there(target)) else { return false };
        let is_news = self.address.as_ref() != Some(found);
        self.address = Some(found.clone());
        is_news
    }

    /// Forgets everything of a peer that is no longer paired but its wrong PINs, and what is not
    /// over yet: the connection and what a person sees of it.
    pub(super) fn forget(&mut self) {
        *self = Self {
            link: self.link,
            state: self.state,
            wrong_pins: self.wrong_pins,
            pin_penalty_until: self.pin_penalty_until,
            facts: std::mem::take(&mut self.facts),
            record: std::mem::take(&mut self.record),
            ..Self::new(self.ski)
        };
    }

    /// Forgets what only concerns the attempts so far.
    pub(super) fn reset_attempts(&mut self) {
        self.attempts = 0;
        self.next_attempt = None;
        self.eager = false;
        self.raced = false;
        self.revive();
    }

    /// It is no longer given up.
    pub(super) fn revive(&mut self) {
        self.given_up = false;
        self.stale = false;
    }

    /// Whether it is not registered and has no connection: only its wrong PINs are remembered.
    pub(super) fn is_idle_stranger(&self) -> bool {
        let has_link = [self.link, self.dial, self.rival].iter().any(Option::is_some);
        !self.registered && !has_link
    }

    /// Whether there is nothing left to remember. Wrong PINs are: a new connection must not begin
    /// to count anew.
    pub(super) fn is_forgettable(&self) -> bool {
        self.is_idle_stranger() && self.wrong_pins == 0
    }
}
