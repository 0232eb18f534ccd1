//! The SHIP messages (SHIP 13.4), as values.

use std::time::Duration;

use super::{Pin, ShipId, Ski};

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
    /// `keyMaterialState` (SHIP 1.1, 12.1.3).
    KeyMaterialState(KeyMaterialState),
    /// `keyMaterialStateResponse` (SHIP 1.1, 12.1.3).
    KeyMaterialStateResponse {
        /// Whether the state arrived. It does not say that the keys are trusted.
        accept: bool,
    },
    /// `keyMaterialStateRequest` (SHIP 1.1, 12.1.3).
    KeyMaterialStateRequest {
        /// The `updateCounter` the sender knows; 0 if it knows none.
        known_update_counter: u16,
    },
    /// A control message of a name this version does not know, `commissioningRequest` for one.
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
    /// `keyMaterialState.updateCounter`: how often the sender has changed its keys (SHIP 1.1, 12.1.3).
    pub update_counter: Option<u16>,
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

/// `keyMaterialState`: every key the sender has a certificate for (SHIP 1.1, 12.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMaterialState {
    /// Counts the changes; starts at 1 and never falls.
    pub update_counter: u16,
    /// The keys, [`MAX_KEY_ENTRIES`] at most.
    pub entries: Vec<KeyEntry>,
    /// How many entries could not be read, or are beyond [`MAX_KEY_ENTRIES`]. Not written.
    pub unreadable: usize,
}

/// The most entries read of one [`KeyMaterialState`]: three a curve is all there can be.
pub const MAX_KEY_ENTRIES: usize = 32;

/// The number of secp256r1, the one curve our TLS offers.
pub const SECP256R1: u16 = 23;

/// One key in a [`KeyMaterialState`]. Its optional `publicKey` is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// Whether it is in use.
    pub state: KeyState,
    /// The curve, by its number in the TLS Supported Groups of IANA; 23 is secp256r1.
    pub curve: u16,
    /// Its SKI.
    pub ski: Ski,
}

/// `currentState` of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Retired.
    Predecessor,
    /// In use by TLS.
    Current,
    /// Announced, not in use yet.
    Successor,
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
            Self::KeyMaterialState(_) => "keyMaterialState",
            Self::KeyMaterialStateResponse { .. } => "keyMaterialStateResponse",
            Self::KeyMaterialStateRequest { .. } => "keyMaterialStateRequest",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether it is about key material, which has its place in data exchange only.
    pub const fn is_key_material(&self) -> bool {
        matches!(
            self,
            Self::KeyMaterialState(_)
                | Self::KeyMaterialStateResponse { .. }
                | Self::KeyMaterialStateRequest { .. }
        )
    }
}

impl Version {
    /// SHIP 1.0.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
}

/// The protocol id of SPINE.
pub const SPINE: &str = "ee1.0";
