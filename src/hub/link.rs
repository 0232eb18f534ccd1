//! One link: a dial, or a connection with its keep-alive.

use std::{net::SocketAddr, time::Duration};

use super::{
    facts::{DialProgress, TransportFacts},
    offers::Speaking,
};
use crate::{
    proto::{
        Ski,
        handshake::{Connection, Role},
        timer::Timers,
    },
    time::Time,
};

/// A dial or a connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) ski: Ski,
    /// The SKI its certificate proves: another one than `ski` while a peer comes with its new key.
    pub(super) shown: Ski,
    /// How often what its peer announced of its keys was stored.
    pub(super) key_changes: u8,
    pub(super) role: Role,
    /// When the dial began or the peer came in.
    pub(super) since: Time,
    pub(super) phase: Phase,
    /// Whether it is on its way out: it needs no reason to yield to another.
    pub(super) leaving: bool,
    /// The peer's address, once it is known.
    pub(super) remote: Option<SocketAddr>,
    /// What its transport showed, until it is open.
    pub(super) transport: Option<Box<TransportFacts>>,
    /// How far its dial has come.
    pub(super) dial: Option<DialProgress>,
    /// Keep-alive of the open connection.
    pub(super) keepalive: Timers<KeepAlive>,
    /// Our SPINE node, once the handshake is complete.
    pub(super) speaking: Option<Box<Speaking>>,
}

/// How far a link has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// We dial.
    Dialing(Attempt),
    /// A peer asks for it, and waits until it is known whether its other connection still lives.
    Asking,
    /// The upgrade is being answered.
    Admitted,
    /// Our dial succeeded beside a connection of the peer, who has to close one of them.
    Parked,
    /// The WebSocket is open.
    Open(Box<Connection>),
}

/// What kind of attempt a dial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// One in the usual order.
    Usual,
    /// One more at a peer that stumbled over its start-up: pauses before its init, is not counted.
    AfterRace,
    /// One that waited until a connection ended.
    FromQueue,
}

/// The timers of one link beside those of its handshake (SHIP 4.2, 12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeepAlive {
    /// The next ping is due.
    Ping,
    /// The pong is overdue.
    Pong,
    /// The peer had time to close one of two connections.
    Decide,
    /// Both connections had time to show that they live.
    Settle,
    /// The peer has not answered what it offers, or has changed.
    AskAgain,
    /// The peer has told what it consists of, and had a moment to tell its use cases.
    Partial,
    /// The peer had time to tell what it offers.
    Offers,
}

impl Link {
    pub(super) fn new(ski: Ski, role: Role, since: Time, phase: Phase) -> Self {
        let keepalive = Timers::default();
        Self {
            ski,
            shown: ski,
            key_changes: 0,
            role,
            since,
            phase,
            leaving: false,
            remote: None,
            transport: None,
            dial: None,
            keepalive,
            speaking: None,
        }
    }

    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.phase {
            Phase::Open(connection) => Some(connection),
            _ => None,
        }
    }

    /// Notes a sign of life. Whether one was being waited for.
    pub(super) fn alive(&mut self, next_ping: Time) -> bool {
        let waited = self.keepalive.get(KeepAlive::Pong).is_some();
        if waited {
            self.keepalive.stop(KeepAlive::Pong);
            self.keepalive.set(KeepAlive::Ping, next_ping);
        }
        waited
    }

    /// Waits for a pong from now on.
    pub(super) fn await_pong(&mut self, now: Time, within: Duration) {
        self.keepalive.set(KeepAlive::Pong, now + within);
    }

    /// When this link needs the next [`super::Input::Timeout`].
    pub(super) fn deadline(&self) -> Option<Time> {
        let protocol = match &self.phase {
            Phase::Open(connection) => connection.poll_timeout(),
            _ => None,
        };
        [protocol, self.keepalive.next()].into_iter().flatten().min()
    }
}
