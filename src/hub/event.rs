//! What the hub tells: everything a person ever sees comes from here.

use std::{net::SocketAddr, time::Duration};

use super::{
    LinkId,
    backoff::Verdict,
    dial::{DialFailure, Stage},
    duplicate::Decision,
    keys::KeyNews,
    offers::Lack,
    shutdown::ShutdownPhase,
};
use crate::{
    checks::{Code, Finding},
    mdns::service::Service,
    proto::{
        ConnectionState, ProtocolState, ShipId, Ski,
        handshake::{End, HelloStatus, Remark, Role},
        message::Data,
        target::Target,
    },
    spine::Offers,
    time::Time,
};

/// Something that happened in the hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Time,
    /// Which peer it concerns.
    pub ski: Option<Ski>,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a sighting is rare, and an event does not live long"
)]
pub enum EventKind {
    /// A service appeared, or its record changed.
    ServiceSeen(Service),
    /// A service disappeared.
    ServiceGone {
        /// The instance name.
        instance: String,
    },
    /// The peer is now paired on our side.
    Registered,
    /// The peer is no longer paired on our side.
    Unregistered,
    /// The connection state changed.
    State {
        /// Before.
        from: ConnectionState,
        /// Now.
        to: ConnectionState,
    },
    /// The protocol state changed.
    Protocol {
        /// The state now.
        state: ProtocolState,
    },
    /// The next attempt is due after a delay drawn at random.
    AttemptScheduled {
        /// Its number since the last completed handshake, from 1.
        number: u32,
        /// The delay drawn.
        delay: Duration,
        /// The pattern of short connections for which it is longer than usual.
        because: Option<Code>,
    },
    /// An attempt began.
    AttemptStarted {
        /// Its number.
        number: u32,
        /// The addresses it will try, in order.
        targets: Vec<Target>,
    },
    /// An attempt has come so far.
    Dialling {
        /// The target being tried.
        target: Target,
        /// The address behind its name, once it is known.
        address: Option<SocketAddr>,
        /// What is waited for there from now on.
        stage: Stage,
    },
    /// An attempt found no SHIP node behind any address.
    AttemptFailed {
        /// Its number.
        number: u32,
        /// What happened at each address.
        failure: DialFailure,
        /// What follows.
        verdict: Verdict,
    },
    /// An attempt is due, but there is no room: it waits until a connection ends.
    LimitReached {
        /// The connection limit.
        limit: usize,
    },
    /// There is a WebSocket to the peer; the handshake begins.
    Connected {
        /// The link.
        link: LinkId,
        /// Who opened it.
        role: Role,
        /// The address of the peer.
        remote: SocketAddr,
    },
    /// A connection of the peer was turned away with 503.
    Refused {
        /// Where it came from.
        remote: SocketAddr,
        /// Why.
        why: Refusal,
    },
    /// A peer we do not trust asks to be paired.
    PairingRequest {
        /// Where it comes from.
        remote: SocketAddr,
    },
    /// Who trusts whom changed, or the time left did.
    Hello(HelloStatus),
    /// The peer gave its SHIP ID.
    PeerShipId(ShipId),
    /// The peer wants a PIN from us.
    PinWanted {
        /// Whether nothing goes on without it.
        required: bool,
        /// Whether the PIN entered before was wrong.
        refused: bool,
        /// How many of those entered on this connection were.
        wrong: u32,
        /// Whether the peer's penalty runs.
        busy: bool,
    },
    /// The peer accepted our PIN.
    PinAccepted,
    /// The peer entered a wrong PIN.
    WrongPin {
        /// How many in all.
        count: u32,
        /// The penalty, if one runs.
        penalty_until: Option<Time>,
    },
    /// The peer entered the right PIN.
    RightPin,
    /// The handshake is complete.
    Completed {
        /// From the beginning of the attempt, or from the incoming connection, until now.
        took: Duration,
    },
    /// The peer described its keys (SHIP 1.1).
    KeyMaterial(KeyNews),
    /// The peer came with the other key it may use: it has that SKI from now on.
    KeyChanged {
        /// Its SKI now; the event is told of the one before.
        to: Ski,
    },
    /// Data arrived.
    Data(Data),
    /// The peer told what it offers, or something else than before.
    Offers(Box<Offers>),
    /// The peer has not told what it offers in the time it had, or it offers nothing.
    NoOffers {
        /// What is missing.
        lack: Lack,
        /// The time it had.
        waited: Duration,
    },
    /// Something was tolerated.
    Remark(Remark),
    /// Something was found that no other event tells, for the first time.
    Found(Finding),
    /// There are two connections to the peer: what was decided about them.
    TwoConnections(Decision),
    /// What was left open about two connections is decided now.
    TwoConnectionsSettled {
        /// The one that stays.
        kept: LinkId,
        /// The other.
        given_up: LinkId,
    },
    /// Of two connections to one peer this one was given up.
    Replaced {
        /// The link given up.
        link: LinkId,
    },
    /// The connection to the peer is over.
    Ended {
        /// How.
        end: End,
        /// What follows.
        verdict: Verdict,
    },
    /// Every peer that asks is trusted until then; `None` when that is over.
    AutoAccept {
        /// The end of the window.
        until: Option<Time>,
    },
    /// The connection limit is another one now.
    Limit {
        /// The limit.
        limit: usize,
    },
    /// The shutdown began.
    ShuttingDown {
        /// How many connections have to be closed.
        connections: usize,
    },
    /// A phase of the shutdown began.
    PhaseBegan {
        /// The phase.
        phase: ShutdownPhase,
    },
    /// A phase of the shutdown is over.
    PhaseEnded {
        /// The phase.
        phase: ShutdownPhase,
        /// How long it took.
        took: Duration,
        /// Whether that was within its time.
        in_time: bool,
    },
    /// The shutdown is over.
    ShutDown {
        /// How long it took.
        took: Duration,
        /// Whether a phase ran out of its time.
        forced: bool,
    },
}

impl Refusal {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Strangers => "strangers",
            Self::Duplicate => "duplicate",
            Self::ShuttingDown => "shutting_down",
            Self::OwnSki => "own_ski",
            Self::Held => "held",
        }
    }
}

/// Why an incoming connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The connection limit is reached.
    Limit,
    /// Peers that are not trusted take half of the places already.
    Strangers,
    /// There is a connection already, and it is the one to keep.
    Duplicate,
    /// The hub shuts down.
    ShuttingDown,
    /// It proved our own SKI: we dialled ourselves.
    OwnSki,
    /// Somebody disconnected the peer, and nobody told to connect again.
    Held,
}
