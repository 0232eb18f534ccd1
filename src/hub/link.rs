//! One link: a dial, or a connection with its keep-alive.

use std::net::SocketAddr;

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
    pub(super) role: Role,
    /// When the dial began or the peer came in.
    pub(super) since: Time,
    pub(super) phase: Phase,
    /// Whether it is on its way out: it needs no reason to yield to another.
    pub(super) leaving: bool,
    /// The peer's address, once it is known.
    pub(super) remote: Option<SocketAddr>,
    /// Keep-alive of the open connection.
    pub(super) keepalive: Timers<KeepAlive>,
}

/// How far a link has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// We dial.
    Dialing {
        /// Whether to pause before the init: the peer stumbled over its start-up.
        pause: bool,
    },
    /// The upgrade is being answered.
    Admitted,
    /// The WebSocket is open.
    Open(Box<Connection>),
}

/// The keep-alive timers of one link (SHIP 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeepAlive {
    /// The next ping is due.
    Ping,
    /// The pong is overdue.
    Pong,
}

impl Link {
    pub(super) fn new(ski: Ski, role: Role, since: Time, phase: Phase) -> Self {
        let keepalive = Timers::default();
        Self { ski, role, since, phase, leaving: false, remote: None, keepalive }
    }

    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.phase {
            Phase::Open(connection) => Some(connection),
            Phase::Dialing { .. } | Phase::Admitted => None,
        }
    }

    /// When this link needs the next [`super::Input::Timeout`].
    pub(super) fn deadline(&self) -> Option<Time> {
        let protocol = match &self.phase {
            Phase::Open(connection) => connection.poll_timeout(),
            Phase::Dialing { .. } | Phase::Admitted => None,
        };
        [protocol, self.keepalive.next()].into_iter().flatten().min()
    }
}
