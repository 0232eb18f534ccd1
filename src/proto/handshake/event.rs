//! What a connection says to its owner.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::End;
use crate::{
    proto::{
        ConnectionState, Frame, ProtocolState, ShipId,
        codec::{DecodeError, DecodeRemark},
        message::{Data, KeyMaterialState},
    },
    time::Time,
};

/// What the owner of a connection has to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this as one binary WebSocket message.
    Send(Frame),
    /// Close the WebSocket with this code and text, then report it by `handle_closed`.
    Close {
        /// The close code: 1000, 1002, 1003, 1008, 1009, 4001, 4450 or 4452.
        code: u16,
        /// The text beside it.
        reason: &'static str,
    },
    /// Something happened.
    Event(Event),
}

/// What happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The protocol state changed.
    State {
        /// The state now.
        protocol: ProtocolState,
        /// What it means for a person.
        connection: ConnectionState,
    },
    /// Who trusts whom changed, or the time left did.
    Hello(HelloStatus),
    /// The SHIP ID the peer gave in its access methods.
    PeerShipId(ShipId),
    /// The peer wants a PIN from us; answer with `enter_pin`. One that is known is entered without
    /// asking, and where a penalty has to be waited for first, that is told all the same.
    PinWanted {
        /// Whether nothing goes on without it.
        required: bool,
        /// Whether a PIN entered just before was wrong.
        refused: bool,
        /// How many of those entered on this connection were.
        wrong: u32,
        /// The peer's penalty: no PIN is checked before it ends. The peer does not say when.
        busy: bool,
    },
    /// The peer accepted our PIN.
    PinAccepted,
    /// The peer entered a wrong PIN.
    WrongPin {
        /// How many it has entered in all, earlier connections included.
        count: u32,
        /// Until when its input is not checked, if a penalty runs.
        penalty_until: Option<Time>,
    },
    /// The peer entered the right PIN: its wrong ones may be forgotten.
    RightPin,
    /// The handshake is complete; data may be sent.
    Completed,
    /// Data arrived. Never before `Completed`: what came earlier is handed over behind it, in order.
    Data(Data),
    /// The peer described its keys; it is answered already. Never before `Completed`.
    KeyMaterial(KeyMaterialState),
    /// Something about the peer that is tolerated, and worth telling.
    Remark(Remark),
    /// The connection is over and its transport may be forgotten. Nothing follows.
    Ended(End),
}

/// Who trusts whom in the hello phase, and for how long somebody still waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloStatus {
    /// We said `ready`.
    pub we_trust: bool,
    /// The peer said `ready`; `None` while it said nothing.
    pub peer_trusts: Option<bool>,
    /// When we give up unless the peer prolongs.
    #[serde(rename = "we_wait_until_ms")]
    pub we_wait_until: Option<Time>,
    /// When the peer gives up unless we prolong, as far as it told.
    #[serde(rename = "peer_waits_until_ms")]
    pub peer_waits_until: Option<Time>,
    /// How often the peer asked for more time and got it.
    pub prolongations_granted: u32,
    /// How often we asked for more time.
    pub prolongations_asked: u32,
}

/// Something about the peer that is tolerated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A message was read leniently.
    Decoded(DecodeRemark),
    /// A message that could not be read, or of an unknown type, was dropped.
    Dropped(DecodeError),
    /// A message larger than ship-go accepts, in bytes.
    LargeMessage(usize),
    /// A control message of this name was ignored.
    UnknownMessage(String),
    /// A hello announced less than T_hello_prolong_min, or no wait where one is needed.
    ShortWaiting(Option<Duration>),
    /// No `accessMethods` within the time.
    NoAccessMethods(Duration),
    /// The peer would lift restrictions for a PIN; we went on without one.
    Restricted,
    /// `accessMethods` without an id, or with one that is no SHIP ID.
    NoShipId,
    /// `connectionClose` with a reason the specification does not define.
    OddCloseReason(String),
    /// More early data than is kept; this many messages were dropped.
    EarlyDataDropped(u32),
    /// The peer restarts instead of adding when it grants a prolongation (HEL-06).
    ProlongationCutShort {
        /// What it had promised to wait.
        promised: Duration,
        /// After how long it aborted.
        aborted_after: Duration,
    },
    /// A message the state machine did not wait for was ignored.
    Ignored {
        /// The name of the message.
        message: &'static str,
        /// Where it arrived.
        state: ProtocolState,
    },
    /// One of a kind that was told often on this connection; not all of them are told any more.
    Repeated {
        /// How many there were, this one included.
        count: u32,
        /// The last of them.
        last: Box<Remark>,
    },
}
