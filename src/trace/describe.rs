//! The one line that tells what a message says: the only place that does.

use super::mask::masked;
use crate::{
    proto::{
        codec::{DecodeError, Decoded, decode},
        message::{
            AccessMethods, ClosePhase, CloseReason, ConnectionClose, Control, Data, Format,
            HandshakeKind, Hello, HelloPhase, InputPermission, KeyEntry, KeyMaterialState,
            KeyState, Message, PinDemand, PinStateMessage, ProtocolErrorCode, ProtocolHandshake,
            SECP256R1, Version,
        },
        text::visible,
    },
    spine,
    time::text::span,
};

/// The name of a message and what it says, in one line that is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The name of the message: its outermost element, `init`, or `unreadable`.
    pub kind: String,
    /// What it says.
    pub text: String,
}

/// What the bytes of a message say. A PIN is never part of it.
pub fn frame(bytes: &[u8]) -> Line {
    match decode(bytes) {
        Ok(Decoded { message, .. }) => message_line(&message),
        Err(error) => {
            Line { kind: "unreadable".to_owned(), text: unreadable(&masked(bytes), &error) }
        }
    }
}

/// What a message says. A PIN is never part of it.
pub fn message_line(message: &Message) -> Line {
    let kind = match message {
        Message::Control(Control::Unknown { name }) => visible(name),
        other => other.name().to_owned(),
    };
    let text = match message {
        Message::Init { head: 0 } => "begins the connection".to_owned(),
        Message::Init { head } => format!("begins the connection with {head:#04x} instead of 0"),
        Message::Control(control) => control_text(control),
        Message::Data(data) => data_text(data),
        Message::Close(close) => close_text(close),
    };
    Line { kind, text }
}

fn control_text(control: &Control) -> String {
    match control {
        Control::Hello(hello) => hello_text(hello),
        Control::Protocol(handshake) => handshake_text(handshake),
        Control::ProtocolError(error) => match error {
            ProtocolErrorCode::Timeout => "1: nothing came in time".to_owned(),
            ProtocolErrorCode::UnexpectedMessage => "2: another message was expected".to_owned(),
            ProtocolErrorCode::SelectionMismatch => "3: the selection does not match".to_owned(),
            ProtocolErrorCode::Other(number) => format!("{number}, which is not defined"),
        },
        Control::PinState(state) => pin_state_text(*state),
        Control::PinInput(_) => "a PIN, not shown".to_owned(),
        Control::PinError(1) => "the PIN was wrong".to_owned(),
        Control::PinError(number) => format!("{number}, which is not defined"),
        Control::AccessMethodsRequest => "asks for the SHIP ID and addresses".to_owned(),
        Control::AccessMethods(methods) => access_text(methods),
        Control::KeyMaterialState(state) => keys_text(state),
        Control::KeyMaterialStateResponse { accept: true } => "the keys arrived".to_owned(),
        Control::KeyMaterialStateResponse { accept: false } => "the keys are not taken".to_owned(),
        Control::KeyMaterialStateRequest { known_update_counter } => {
            format!("asks for the keys, knows update {known_update_counter}")
        }
        Control::Unknown { .. } => "not known here".to_owned(),
    }
}

fn hello_text(hello: &Hello) -> String {
    let mut text = match hello.phase {
        HelloPhase::Pending => "pending: a person has to decide".to_owned(),
        HelloPhase::Ready => "ready: trusts".to_owned(),
        HelloPhase::Aborted => "aborted: refuses".to_owned(),
    };
    if let Some(waiting) = hello.waiting {
        text += &format!(", waits {}", span(waiting));
    }
    if hello.prolongation_request {
        text += ", asks for more time";
    }
    if let Some(counter) = hello.update_counter {
        text += &format!(", keys at update {counter}");
    }
    text
}

fn keys_text(state: &KeyMaterialState) -> String {
    const SHOWN: usize = 6;
    let mut text = format!("keys, update {}", state.update_counter);
    for (i, KeyEntry { state, curve, ski }) in state.entries.iter().take(SHOWN).enumerate() {
        let state = match state {
            KeyState::Predecessor => "predecessor",
            KeyState::Current => "current",
            KeyState::Successor => "successor",
        };
        let separator = if i == 0 { ": " } else { ", " };
        text += &format!("{separator}{state} {ski}");
        if *curve != SECP256R1 {
            text += &format!(" (curve {curve})");
        }
    }
    let more = state.entries.len().saturating_sub(SHOWN) + state.unreadable;
    if more > 0 {
        text += &format!(", {more} more");
    }
    text
}

fn handshake_text(handshake: &ProtocolHandshake) -> String {
    let what = match handshake.kind {
        HandshakeKind::AnnounceMax => "can do",
        HandshakeKind::Select => "selects",
    };
    let Version { major, minor } = handshake.version;
    let formats: Vec<String> = handshake.formats.iter().map(format_name).collect();
    format!("{what} SHIP {major}.{minor}, {}", formats.join(", "))
}

fn format_name(format: &Format) -> String {
    match format {
        Format::JsonUtf8 => "JSON-UTF8".to_owned(),
        Format::Other(name) => visible(name),
    }
}

fn pin_state_text(PinStateMessage { state, permission }: PinStateMessage) -> String {
    let state = match state {
        PinDemand::None => "no PIN is needed",
        PinDemand::Optional => "a PIN would lift restrictions",
        PinDemand::Required => "a PIN is required",
        PinDemand::PinOk => "the PIN was right",
    };
    match permission {
        Some(InputPermission::Ok) => format!("{state}, enter it now"),
        Some(InputPermission::Busy) => format!("{state}, but none is checked now"),
        None => state.to_owned(),
    }
}

fn access_text(methods: &AccessMethods) -> String {
    let mut parts = match &methods.id {
        Some(id) => vec![format!("SHIP ID {}", visible(id.as_str()))],
        None => vec!["no SHIP ID".to_owned()],
    };
    if methods.dns_sd_mdns {
        parts.push("found by mDNS".to_owned());
    }
    if let Some(uri) = &methods.dns_uri {
        parts.push(format!("at {}", visible(uri)));
    }
    parts.join(", ")
}

/// Data is told by what SPINE says in it, if that is what it is, and by its size.
fn data_text(data: &Data) -> String {
    if let Some(summary) = spine::summary(&data.payload) {
        return format!("{summary}, {} bytes", data.payload.len());
    }
    let protocol = if data.protocol_id.is_empty() { "no protocol" } else { &data.protocol_id };
    format!("{}, payload of {} bytes", visible(protocol), data.payload.len())
}

fn close_text(close: &ConnectionClose) -> String {
    let mut text = match close.phase {
        ClosePhase::Announce => "announces the close".to_owned(),
        ClosePhase::Confirm => "confirms the close".to_owned(),
    };
    if let Some(time) = close.max_time {
        text += &format!(", waits {}", span(time));
    }
    match &close.reason {
        Some(CloseReason::Unspecific) => text += ": unspecific",
        Some(CloseReason::RemovedConnection) => text += ": the pairing was removed",
        Some(CloseReason::Other(reason)) => text += &format!(": {}", visible(reason)),
        None => {}
    }
    text
}

fn unreadable(bytes: &[u8], error: &DecodeError) -> String {
    let start: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{} (begins with {})", visible(&error.to_string()), start.join(" "))
}
