//! What goes into the hub and what comes out of it.

use std::{fmt, net::SocketAddr};

use super::{
    Event,
    dial::{DialFailure, Stage, Tried},
    facts::TransportFacts,
};
use crate::{
    identity::trust::TrustChange,
    mdns::service::Service,
    proto::{Frame, Ski, handshake::TransportEnd, target::Target},
    trace::Passed,
};

/// One connection or one attempt at one; never used twice by a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(super) u64);

impl LinkId {
    /// Its number, as traces and snapshots tell it.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The link of this number: to feed a hub what another one was fed.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// Something that happened outside.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and moved only once")]
pub enum Input {
    /// A service was seen, or its record changed.
    Seen(Service),
    /// A service's record expired or said goodbye.
    Gone {
        /// The instance name.
        instance: String,
    },
    /// A peer asks for a WebSocket; TLS is done. Answered by [`Output::Admit`] or
    /// [`Output::Refuse`]; the link comes from [`super::Hub::new_link`].
    Incoming {
        /// The link this would be.
        link: LinkId,
        /// The SKI its certificate proves.
        ski: Ski,
        /// Where it comes from.
        remote: SocketAddr,
        /// What its transport showed so far.
        transport: Box<TransportFacts>,
    },
    /// The upgrade of an admitted link succeeded.
    Accepted {
        /// The link.
        link: LinkId,
    },
    /// A dial ended.
    Dialled {
        /// The link.
        link: LinkId,
        /// The connection, or what happened at each address.
        result: Result<Opened, DialFailure>,
    },
    /// A dial has come so far at one of its targets.
    Dialling {
        /// The link.
        link: LinkId,
        /// The target, with the path tried.
        target: Target,
        /// The address behind its name, once it is known.
        address: Option<SocketAddr>,
        /// What is waited for from now on.
        stage: Stage,
    },
    /// A binary WebSocket message.
    Message {
        /// The link.
        link: LinkId,
        /// The message.
        bytes: Frame,
    },
    /// A text frame, which SHIP forbids.
    Text {
        /// The link.
        link: LinkId,
    },
    /// A WebSocket pong.
    Pong {
        /// The link.
        link: LinkId,
    },
    /// The transport of a link is gone.
    Closed {
        /// The link.
        link: LinkId,
        /// How.
        how: TransportEnd,
    },
    /// No more connections are taken, as [`Output::StopListening`] asked.
    ListeningStopped,
    /// The goodbye went out, as [`Output::Withdraw`] asked.
    Withdrawn,
    /// Time has passed; see [`super::Hub::poll_timeout`].
    Timeout,
}

/// A dial that found its peer.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The SKI its certificate proves; `None` if it is the one that was to be there.
    pub ski: Option<Ski>,
    /// The address that answered.
    pub remote: SocketAddr,
    /// What happened at the addresses before it, in the order of trying.
    pub tried: Vec<Tried>,
    /// What the transport showed; its path is the one that worked.
    pub transport: Box<TransportFacts>,
}

impl From<SocketAddr> for Opened {
    /// The first address answered, and nothing else is known.
    fn from(remote: SocketAddr) -> Self {
        Self { ski: None, remote, tried: Vec::new(), transport: Box::default() }
    }
}

/// Something to do outside, in order.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "few at a time, and drained at once")]
pub enum Output {
    /// Dial the targets, one after the other, and answer with [`Input::Dialled`].
    Dial {
        /// The link this becomes.
        link: LinkId,
        /// Who has to be there.
        ski: Ski,
        /// Or the same peer with its other key.
        also: Option<Ski>,
        /// Where, in order.
        targets: Vec<Target>,
    },
    /// Answer the upgrade of an incoming link with 101.
    Admit {
        /// The link.
        link: LinkId,
    },
    /// Answer it with 503; the link is forgotten.
    Refuse {
        /// The link.
        link: LinkId,
    },
    /// Send a binary WebSocket message.
    Transmit {
        /// The link.
        link: LinkId,
        /// The message.
        bytes: Frame,
    },
    /// The handshake is complete: from now on the peer may send messages of full size, and as many
    /// as it likes.
    Widen {
        /// The link.
        link: LinkId,
    },
    /// Send a WebSocket ping.
    Ping {
        /// The link.
        link: LinkId,
    },
    /// Close the WebSocket, then report [`Input::Closed`].
    Close {
        /// The link.
        link: LinkId,
        /// The close code.
        code: u16,
        /// The text beside it.
        reason: &'static str,
    },
    /// Forget the link: cancel its dial or cut its transport if there still is one.
    Forget {
        /// The link.
        link: LinkId,
    },
    /// Announce the node by mDNS, or change its `register` flag.
    Announce {
        /// The flag.
        register: bool,
    },
    /// Withdraw the announcement with a goodbye, then report [`Input::Withdrawn`].
    Withdraw,
    /// Take no more connections, then report [`Input::ListeningStopped`].
    StopListening,
    /// Write this down before anything that follows is shown to anyone.
    Store(TrustChange),
    /// Tell whoever listens.
    Event(Event),
    /// A message went over a connection; told only while [`super::Hub::watch_messages`] is on.
    Message(Box<Passed>),
    /// The shutdown is over; nothing follows.
    Stopped {
        /// Whether a phase ran out of its time, or connections had to be cut.
        forced: bool,
    },
}
