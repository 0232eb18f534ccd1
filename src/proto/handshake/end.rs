//! How a connection ended, and who is at fault.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::Remark;
use crate::proto::{
    ProtocolState, ShipId,
    close_code::{CloseKind, CloseMeaning},
    message::{CloseReason, ProtocolErrorCode},
};

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Us.
    We,
    /// The peer.
    Peer,
}

/// How the transport went away, as the transport saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum TransportEnd {
    /// By a close frame of the peer.
    Frame {
        /// The close code; 1005 if the frame had none.
        code: u16,
        /// The text beside it.
        text: String,
    },
    /// In order, but without a close frame: TCP or TLS said it was the end.
    Eof,
    /// By our own doing: nothing answered our ping.
    NoPong {
        /// How long we waited for the pong.
        waited: Duration,
    },
    /// By our own doing: what arrived is no WebSocket.
    NoWebSocket {
        /// What is wrong with it.
        detail: String,
    },
    /// By our own doing: a message over our limit arrived.
    TooLarge {
        /// Its size in bytes, as far as it was announced.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// By our own doing: more messages arrived than a handshake can need.
    Flooded {
        /// How many are taken.
        limit: u32,
        /// Within how long.
        within: Duration,
    },
    /// By our own doing: the peer does not read what we send.
    NotReading {
        /// What waited for it, or for how long.
        detail: String,
    },
    /// By a fault of the network: reset, a TLS error.
    Error {
        /// What the transport said.
        detail: String,
    },
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The protocol state in which the fault happened: the stage to tell a person.
    pub during: ProtocolState,
    /// What happened.
    pub cause: Cause,
    /// Whether the handshake had completed.
    pub completed: bool,
    /// How long the connection had been in `during`.
    pub after: Duration,
    /// What came in place of what was waited for in vain: it tells more than the silence after it. Also
    /// what could not be read before the peer gave the handshake up.
    pub instead: Option<Instead>,
}

/// Something that came in place of what was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// What, in words.
    pub got: String,
    /// Whether it could not even be read.
    pub unreadable: bool,
}

impl Instead {
    /// What a remark tells of; `None` if that was of use.
    pub fn of(remark: &Remark) -> Option<Self> {
        let (got, unreadable) = match remark {
            Remark::Dropped(error) => (format!("a message that cannot be read ({error})"), true),
            Remark::UnknownMessage(name) => (format!("an unknown message ({name})"), false),
            Remark::Ignored { message, .. } => ((*message).to_owned(), false),
            Remark::Repeated { last, .. } => return Self::of(last),
            _ => return None,
        };
        Some(Self { got, unreadable })
    }
}

/// What ended a connection. Every variant says who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Closed in order, announced by `connectionClose` or asked for by us.
    Closed {
        /// Who announced it.
        by: Side,
        /// The reason given.
        reason: CloseReason,
        /// Whether the other side confirmed.
        confirmed: bool,
    },
    /// One side refused to trust the other.
    Denied {
        /// Who refused.
        by: Side,
        /// How it was said.
        how: Denial,
    },
    /// Nothing came in time.
    TimedOut {
        /// What was waited for, and from whom.
        expected: Expectation,
        /// How long.
        waited: Duration,
    },
    /// The peer sent something the specification does not allow here.
    Violation {
        /// What was expected.
        expected: Expectation,
        /// What arrived: the name of the message, or the bytes in hex, never a secret.
        got: String,
    },
    /// The protocol handshake was broken off with an error number.
    ProtocolError {
        /// Who sent it.
        by: Side,
        /// The error.
        error: ProtocolErrorCode,
        /// What led to it, in words: versions and formats of both sides.
        detail: String,
    },
    /// The peer demands a PIN and we have none to enter.
    PinMissing,
    /// The peer refused our PIN and closed, or we have no other to try.
    PinRefused,
    /// The peer has another SHIP ID than the one stored for its SKI; closed with 4450.
    ShipIdMismatch {
        /// Who noticed.
        by: Side,
        /// The id stored; known only when we noticed.
        stored: Option<ShipId>,
        /// The id received; known only when we noticed.
        received: Option<ShipId>,
    },
    /// The WebSocket was closed with this code, without an announcement.
    ClosedWithCode {
        /// The close code.
        code: u16,
        /// The text beside it.
        text: String,
    },
    /// The transport went away without a close frame.
    Lost {
        /// What the transport said.
        detail: String,
    },
    /// The peer sent more messages than a handshake can need.
    Flooded {
        /// How many are taken.
        limit: u32,
        /// Within how long.
        within: Duration,
    },
    /// The peer does not read what we send.
    NotReading {
        /// What waited for it, or for how long.
        detail: String,
    },
    /// A ping was not answered: the link is dead.
    NoPong {
        /// How long we waited for the pong.
        waited: Duration,
    },
    /// We closed it for a reason outside this connection (1000, one of two connections).
    Dropped {
        /// The close code used.
        code: u16,
        /// The text beside it.
        reason: &'static str,
    },
}

/// How the transport of a connection ended, and who ended it: one classification of all causes, for
/// delays, patterns and findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndClass {
    /// The peer announced its close, and does not say that it removed us.
    Announced,
    /// The peer closed it with a close frame that gives no other reason than to close.
    Closed,
    /// The same, for it has no room now.
    Busy,
    /// The same, for it keeps another connection to us.
    Double,
    /// The same, for it restarts or is switched off.
    GoingAway,
    /// The same, for something is wrong.
    Faulted,
    /// The peer hung up without a close frame.
    HungUp,
    /// The network lost it.
    Lost,
    /// Anything else: we ended it, one side refused, a rule was broken, or something was late.
    Other,
}

impl EndClass {
    /// Whether the reason passes by itself, so that another attempt may succeed.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::GoingAway | Self::Busy | Self::Double | Self::HungUp | Self::Lost)
    }

    /// Whether the peer closed it in words: announced, or with a close frame.
    pub const fn is_closed_by_peer(self) -> bool {
        matches!(
            self,
            Self::Announced
                | Self::Closed
                | Self::Busy
                | Self::Double
                | Self::GoingAway
                | Self::Faulted
        )
    }
}

/// What is said of a transport that ended in order, but without a close frame.
const HUNG_UP: &str = "the device hung up";

impl Cause {
    /// Its class.
    pub fn class(&self) -> EndClass {
        match self {
            Self::Closed { by: Side::Peer, reason, .. }
                if *reason != CloseReason::RemovedConnection =>
            {
                EndClass::Announced
            }
            Self::ClosedWithCode { code, text } => match CloseMeaning::of(*code, text).kind {
                CloseKind::Plain | CloseKind::Rejected => EndClass::Closed,
                CloseKind::Busy => EndClass::Busy,
                CloseKind::Double => EndClass::Double,
                CloseKind::GoingAway => EndClass::GoingAway,
                CloseKind::Fault | CloseKind::TimedOut | CloseKind::WrongShipId => {
                    EndClass::Faulted
                }
            },
            Self::Lost { detail } if detail == HUNG_UP => EndClass::HungUp,
            Self::Lost { .. } => EndClass::Lost,
            _ => EndClass::Other,
        }
    }

    /// The peer ended the transport in order, but without a close frame.
    pub(super) fn hung_up() -> Self {
        Self::Lost { detail: HUNG_UP.to_owned() }
    }

    /// Whether the peer brought the end about, or the network.
    pub(super) fn is_of_peer(&self) -> bool {
        matches!(
            self,
            Self::Closed { by: Side::Peer, .. }
                | Self::Denied { by: Side::Peer, .. }
                | Self::ProtocolError { by: Side::Peer, .. }
                | Self::ClosedWithCode { .. }
                | Self::Lost { .. }
        )
    }
}

/// How a refusal was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// By `connectionHello` aborted.
    Aborted,
    /// By closing in the hello phase: with 4452 after `pending`, or with any code in ready-listen.
    Closed {
        /// The close code; `None` without a close frame.
        code: Option<u16>,
        /// The text beside it.
        text: String,
    },
    /// The time for the decision ran out.
    OutOfTime {
        /// How long it was waited in all.
        waited: Duration,
    },
    /// Nobody can be asked here.
    NobodyToAsk,
    /// The user said no.
    ByUser,
}

/// What a side waited for: names whose turn it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// The peer's `00 00`.
    Init,
    /// A `connectionHello`.
    Hello,
    /// The peer's user, to trust us.
    PeerTrust,
    /// The peer's answer to our request for more time.
    ProlongationReply,
    /// The client's `announceMax`.
    ProtocolProposal,
    /// The server's `select`.
    ProtocolChoice,
    /// The client's echo of the `select`.
    ProtocolConfirm,
    /// The peer's `connectionPinState`.
    PinState,
    /// The peer's `connectionPinInput`.
    PinInput,
    /// `accessMethods`, or data.
    AccessMethods,
    /// The confirmation of our announced close.
    CloseConfirm,
    /// A binary WebSocket message, the only kind SHIP has.
    Binary,
    /// A message that is not larger than we take.
    WithinLimit,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "its init (00 00)",
            Self::Hello => "its connectionHello",
            Self::PeerTrust => "its user to trust us",
            Self::ProlongationReply => "its answer to our request for more time",
            Self::ProtocolProposal => "its announceMax",
            Self::ProtocolChoice => "its select",
            Self::ProtocolConfirm => "its echo of our select",
            Self::PinState => "its connectionPinState",
            Self::PinInput => "its PIN",
            Self::AccessMethods => "its accessMethods",
            Self::CloseConfirm => "its confirmation of the close",
            Self::Binary => "a binary message",
            Self::WithinLimit => "a message within our limit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_tells_who_ended_it_and_whether_another_attempt_may_succeed() {
        let closed = |code, text: &str| Cause::ClosedWithCode { code, text: text.to_owned() };
        let announced = |by, reason| Cause::Closed { by, reason, confirmed: true };
        let lost = Cause::Lost { detail: "reset".to_owned() };
        for (cause, class, by_peer, passing) in [
            (closed(1000, ""), EndClass::Closed, true, false),
            (closed(4711, "lunch"), EndClass::Closed, true, false),
            (closed(4001, "double connection"), EndClass::Double, true, true),
            (closed(1012, ""), EndClass::GoingAway, true, true),
            (closed(1013, ""), EndClass::Busy, true, true),
            (closed(1011, ""), EndClass::Faulted, true, false),
            (announced(Side::Peer, CloseReason::Unspecific), EndClass::Announced, true, false),
            (announced(Side::Peer, CloseReason::RemovedConnection), EndClass::Other, false, false),
            (announced(Side::We, CloseReason::Unspecific), EndClass::Other, false, false),
            (Cause::hung_up(), EndClass::HungUp, false, true),
            (lost, EndClass::Lost, false, true),
            (Cause::PinMissing, EndClass::Other, false, false),
        ] {
            let given = cause.class();
            let told = (given, given.is_closed_by_peer(), given.is_passing());
            assert_eq!(told, (class, by_peer, passing), "{cause:?}");
        }
    }
}
