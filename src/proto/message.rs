//! The SHIP messages (SHIP 13.4), as values.

use std::time::Duration;

use super::{Pin, ShipId};

/// One SHIP message: what travels in one binary WebSocket frame (SHIP 13.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Connection mode initialisation, `00 00` when `head` is zero (SHIP 13.4.3).
    Init {
        /// CmiHead: zero in every version of SHIP so far.
        head: u8,
    },
    /// A control message (type 1).
    Control(Control),
    /// SPINE data (type 2).
    Data(Data),
    /// An announced or confirmed close (type 3).
    Close(ConnectionClose),
}

/// A control message (SHIP 13.4.4 to 13.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// `connectionHello` (SHIP 13.4.4.1).
    Hello(Hello),
    /// `messageProtocolHandshake` (SHIP 13.4.4.2).
    Protocol(ProtocolHandshake),
    /// `messageProtocolHandshakeError` (SHIP 13.4.4.2).
    ProtocolError(ProtocolErrorCode),
    /// `connectionPinState` (SHIP 13.4.4.3).
    PinState(PinStateMessage),
    /// `connectionPinInput` (SHIP 13.4.4.3).
    PinInput(Pin),
    /// `connectionPinError` (SHIP 13.4.4.3); 1 is the only error defined.
    PinError(u8),
    /// `accessMethodsRequest` (SHIP 13.4.6).
    AccessMethodsRequest,
    /// `accessMethods` (SHIP 13.4.6).
    AccessMethods(AccessMethods),
    /// A control message of a name this version does not know, `keyMaterialState` for one.
    Unknown {
        /// The name of the outermost element.
        name: String,
    },
}

/// `connectionHello` (SHIP 13.4.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Where the sender stands.
    pub phase: HelloPhase,
    /// The time the sender still waits; milliseconds on the wire.
    pub waiting: Option<Duration>,
    /// Whether the sender asks for more time.
    pub prolongation_request: bool,
}

/// The phase of a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelloPhase {
    /// The sender does not trust the receiver yet.
    Pending,
    /// The sender trusts the receiver.
    Ready,
    /// The sender refuses.
    Aborted,
}

/// `messageProtocolHandshake` (SHIP 13.4.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolHandshake {
    /// Announced by the client, or selected.
    pub kind: HandshakeKind,
    /// The SHIP version.
    pub version: Version,
    /// The formats, in order of preference.
    pub formats: Vec<Format>,
}

/// `handshakeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeKind {
    /// The client tells the most it can.
    AnnounceMax,
    /// One version and one format, chosen by the server and echoed by the client.
    Select,
}

/// A SHIP protocol version; ordered as versions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major number.
    pub major: u16,
    /// The minor number.
    pub minor: u16,
}

/// A message format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `JSON-UTF8`, the only one used in practice.
    JsonUtf8,
    /// Any other, kept as it was written.
    Other(String),
}

/// The error number of `messageProtocolHandshakeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolErrorCode {
    /// 1: the wait timer ran out.
    Timeout,
    /// 2: another message was expected.
    UnexpectedMessage,
    /// 3: the selection does not match the announcement.
    SelectionMismatch,
    /// A number the specification does not define.
    Other(u8),
}

/// `connectionPinState` (SHIP 13.4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinStateMessage {
    /// What the sender demands, or that it is satisfied.
    pub state: PinDemand,
    /// Whether a PIN may be entered now; only where one may be entered at all.
    pub permission: Option<InputPermission>,
}

/// `pinState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinDemand {
    /// No PIN is used.
    None,
    /// A PIN lifts restrictions, but is not needed.
    Optional,
    /// Nothing goes on without the PIN.
    Required,
    /// The PIN was right.
    PinOk,
}

/// `inputPermission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputPermission {
    /// A PIN may be entered.
    Ok,
    /// A penalty runs: a PIN entered now is not checked.
    Busy,
}

/// `accessMethods` (SHIP 13.4.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessMethods {
    /// The sender's SHIP ID. Mandatory, but some peers leave it out.
    pub id: Option<ShipId>,
    /// Whether the sender can be found by mDNS.
    pub dns_sd_mdns: bool,
    /// A fixed address of the sender. Only for peers that need it: ship-go 0.6 breaks the connection
    /// off over the form the specification gives it.
    pub dns_uri: Option<String>,
}

/// `data` (SHIP 13.4.6). The payload is handed on as it came: its own JSON document in EEBUS form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// `header.protocolId`, `ee1.0` for SPINE; empty when the sender left it out.
    pub protocol_id: String,
    /// The payload's JSON text, byte for byte as on the wire.
    pub payload: String,
}

/// `connectionClose` (SHIP 13.4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionClose {
    /// Announced, or the answer to an announcement.
    pub phase: ClosePhase,
    /// How long the announcer waits for the confirmation; milliseconds on the wire.
    pub max_time: Option<Duration>,
    /// Why, in an announcement.
    pub reason: Option<CloseReason>,
}

/// `phase` of `connectionClose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosePhase {
    /// The sender is about to close.
    Announce,
    /// The sender agrees: the connection may be closed now.
    Confirm,
}

/// `reason` of `connectionClose`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// `unspecific`.
    Unspecific,
    /// `removedConnection`: the sender no longer trusts the receiver.
    RemovedConnection,
    /// A value the specification does not define (`User close` of ship-go for one).
    Other(String),
}

impl Message {
    /// The name of the message: its outermost element, for findings and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Init { .. } => "init",
            Self::Control(control) => control.name(),
            Self::Data(_) => "data",
            Self::Close(_) => "connectionClose",
        }
    }
}

impl Control {
    /// The name of the message: its outermost element, for findings and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "connectionHello",
            Self::Protocol(_) => "messageProtocolHandshake",
            Self::ProtocolError(_) => "messageProtocolHandshakeError",
            Self::PinState(_) => "connectionPinState",
            Self::PinInput(_) => "connectionPinInput",
            Self::PinError(_) => "connectionPinError",
            Self::AccessMethodsRequest => "accessMethodsRequest",
            Self::AccessMethods(_) => "accessMethods",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl Version {
    /// SHIP 1.0.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
}

/// The protocol id of SPINE.
pub const SPINE: &str = "ee1.0";
