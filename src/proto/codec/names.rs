//! The enumerations of the messages with their words and numbers on the wire: one table for
//! reading and writing.

use crate::proto::message::{
    ClosePhase, CloseReason, Format, HandshakeKind, HelloPhase, InputPermission, KeyState,
    PinDemand, ProtocolErrorCode,
};

/// A closed enumeration.
pub(super) trait Named: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The word on the wire.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($type:ident { $($variant:ident = $name:literal),+ })+) => { $(
        impl Named for $type {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    )+ };
}

named! {
    HelloPhase { Pending = "pending", Ready = "ready", Aborted = "aborted" }
    HandshakeKind { AnnounceMax = "announceMax", Select = "select" }
    PinDemand { None = "none", Optional = "optional", Required = "required", PinOk = "pinOk" }
    InputPermission { Ok = "ok", Busy = "busy" }
    KeyState { Predecessor = "predecessor", Current = "current", Successor = "successor" }
    ClosePhase { Announce = "announce", Confirm = "confirm" }
}

/// `format`: an open list.
pub(super) fn format(text: &str) -> Format {
    match text {
        JSON_UTF8 => Format::JsonUtf8,
        other => Format::Other(other.to_owned()),
    }
}

pub(super) fn format_name(format: &Format) -> &str {
    match format {
        Format::JsonUtf8 => JSON_UTF8,
        Format::Other(text) => text,
    }
}

/// `reason` of `connectionClose`: a closed list, but peers write what they like.
pub(super) fn close_reason(text: &str) -> CloseReason {
    match text {
        UNSPECIFIC => CloseReason::Unspecific,
        REMOVED_CONNECTION => CloseReason::RemovedConnection,
        other => CloseReason::Other(other.to_owned()),
    }
}

pub(super) fn close_reason_name(reason: &CloseReason) -> &str {
    match reason {
        CloseReason::Unspecific => UNSPECIFIC,
        CloseReason::RemovedConnection => REMOVED_CONNECTION,
        CloseReason::Other(text) => text,
    }
}

/// `error` of `messageProtocolHandshakeError`.
pub(super) fn protocol_error(number: u8) -> ProtocolErrorCode {
    match number {
        1 => ProtocolErrorCode::Timeout,
        2 => ProtocolErrorCode::UnexpectedMessage,
        3 => ProtocolErrorCode::SelectionMismatch,
        other => ProtocolErrorCode::Other(other),
    }
}

pub(super) fn protocol_error_number(error: ProtocolErrorCode) -> u8 {
    match error {
        ProtocolErrorCode::Timeout => 1,
        ProtocolErrorCode::UnexpectedMessage => 2,
        ProtocolErrorCode::SelectionMismatch => 3,
        ProtocolErrorCode::Other(number) => number,
    }
}

const JSON_UTF8: &str = "JSON-UTF8";
const UNSPECIFIC: &str = "unspecific";
const REMOVED_CONNECTION: &str = "removedConnection";
