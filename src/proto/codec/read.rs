//! The JSON text of a message to its value (SHIP 13.4.4 to 13.4.7).

use super::{
    DecodeError,
    json::{Document, Fields, Json, Scalars, document, excerpt, malformed},
    names,
};
use crate::proto::{
    PinError,
    message::{
        AccessMethods, ConnectionClose, Control, Data, Hello, KeyEntry, KeyMaterialState,
        MAX_KEY_ENTRIES, Message, PinStateMessage, ProtocolHandshake, Version,
    },
    ski::SkiError,
};

/// A message, and whether a plain object stood where the EEBUS form belongs.
type Read = Result<(Message, bool), DecodeError>;

/// Reads a control message; one of an unknown name is [`Control::Unknown`].
pub(super) fn control(text: &str, scalars: Scalars) -> Read {
    let (control, plain) = match document(text, CONTROL, scalars)? {
        Document::Known(read, mut fields) => (read(&mut fields)?, fields.plain()),
        // ship-go leaves out the outer element and writes `{"error":2}`.
        Document::Other(name, number) if name == "error" => {
            let number = number.named("messageProtocolHandshakeError.error").number()?;
            (Control::ProtocolError(names::protocol_error(number)), false)
        }
        Document::Other(name, _) => (Control::Unknown { name: name.into_owned() }, false),
    };
    Ok((Message::Control(control), plain))
}

/// Reads a data message.
pub(super) fn data(text: &str, scalars: Scalars) -> Read {
    only("data", data_element, text, scalars)
}

/// Reads an end message.
pub(super) fn end(text: &str, scalars: Scalars) -> Read {
    only("connectionClose", connection_close, text, scalars)
}

type Reader<T> = fn(&mut Fields<'_>) -> Result<T, DecodeError>;

/// The control messages that are known.
const CONTROL: &[(&str, Reader<Control>)] = &[
    ("connectionHello", hello),
    ("messageProtocolHandshake", protocol),
    ("messageProtocolHandshakeError", protocol_error),
    ("connectionPinState", pin_state),
    ("connectionPinInput", pin_input),
    ("connectionPinError", pin_error),
    ("accessMethodsRequest", |_| Ok(Control::AccessMethodsRequest)),
    ("accessMethods", access_methods),
    ("keyMaterialState", key_material_state),
    ("keyMaterialStateResponse", key_material_response),
    ("keyMaterialStateRequest", key_material_request),
];

fn only(element: &'static str, read: Reader<Message>, text: &str, scalars: Scalars) -> Read {
    match document(text, &[(element, read)], scalars)? {
        Document::Known(read, mut fields) => Ok((read(&mut fields)?, fields.plain())),
        Document::Other(name, _) => {
            Err(malformed(element, format!("it is missing; the message holds {}", excerpt(&name))))
        }
    }
}

fn hello(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let prolongation =
        fields.get("connectionHello.prolongationRequest").map(|p| p.flag()).transpose()?;
    Ok(Control::Hello(Hello {
        phase: fields.need("connectionHello.phase")?.word()?,
        waiting: fields.get("connectionHello.waiting").map(|w| w.millis()).transpose()?,
        prolongation_request: prolongation.unwrap_or(false),
        update_counter: hello_counter(fields),
    }))
}

/// An announcement of other keys is no reason to lose a hello: what cannot be read is left out.
fn hello_counter(fields: &mut Fields<'_>) -> Option<u16> {
    let state = fields.object("connectionHello.keyMaterialState").ok()?;
    state.get("connectionHello.keyMaterialState.updateCounter")?.number().ok()
}

fn protocol(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let version = fields.object("messageProtocolHandshake.version")?;
    let formats = fields.object("messageProtocolHandshake.formats")?;
    let formats = match formats.get("messageProtocolHandshake.formats.format") {
        Some(list) => list.items()?,
        None => Vec::new(),
    };
    Ok(Control::Protocol(ProtocolHandshake {
        kind: fields.need("messageProtocolHandshake.handshakeType")?.word()?,
        version: Version {
            major: version.need("messageProtocolHandshake.version.major")?.number()?,
            minor: version.need("messageProtocolHandshake.version.minor")?.number()?,
        },
        formats: formats
            .into_iter()
            .map(|format| Ok(names::format(&format.text()?)))
            .collect::<Result<_, DecodeError>>()?,
    }))
}

fn protocol_error(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let number = fields.need("messageProtocolHandshakeError.error")?.number()?;
    Ok(Control::ProtocolError(names::protocol_error(number)))
}

fn pin_state(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let permission = fields.get("connectionPinState.inputPermission");
    Ok(Control::PinState(PinStateMessage {
        state: fields.need("connectionPinState.pinState")?.word()?,
        permission: permission.map(|p| p.word()).transpose()?,
    }))
}

/// No error tells more of the PIN than how many digits it has.
fn pin_input(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    const PIN: &str = "connectionPinInput.pin";
    let pin = fields.need(PIN)?.text()?.parse();
    pin.map(Control::PinInput).map_err(|e: PinError| malformed(PIN, e.to_string()))
}

fn pin_error(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    Ok(Control::PinError(fields.need("connectionPinError.error")?.number()?))
}

/// Nothing in here is worth losing a connection: what cannot be read is left out.
fn access_methods(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let id = fields.get("accessMethods.id").and_then(|id| id.text().ok());
    // SHM 2.0 writes the address as the value of `dns` itself, and ship-go expects it there.
    let dns_uri = match fields.get("accessMethods.dns") {
        Some(dns) if dns.is_text() => dns.text().ok(),
        _ => (fields.object("accessMethods.dns").ok())
            .and_then(|dns| dns.get("accessMethods.dns.uri")?.text().ok()),
    };
    Ok(Control::AccessMethods(AccessMethods {
        id: id.and_then(|id| id.parse().ok()),
        dns_sd_mdns: fields.get("accessMethods.dnsSd_mDns").is_some(),
        dns_uri: dns_uri.map(Into::into),
    }))
}

fn key_material_state(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let items = match fields.get("keyMaterialState.entry") {
        Some(list) if !list.is_empty() => list.items()?,
        _ => Vec::new(),
    };
    let entries: Vec<KeyEntry> =
        items.iter().take(MAX_KEY_ENTRIES).filter_map(|item| key_entry(*item).ok()).collect();
    Ok(Control::KeyMaterialState(KeyMaterialState {
        update_counter: fields.need("keyMaterialState.updateCounter")?.number()?,
        unreadable: items.len() - entries.len(),
        entries,
    }))
}

fn key_entry(item: Json<'_>) -> Result<KeyEntry, DecodeError> {
    const SKI: &str = "keyMaterialState.entry.ski";
    let fields = item.lenient().fields()?;
    Ok(KeyEntry {
        state: fields.need("keyMaterialState.entry.currentState")?.word()?,
        curve: fields.need("keyMaterialState.entry.curve")?.number()?,
        ski: (fields.need(SKI)?.text()?.parse())
            .map_err(|error: SkiError| malformed(SKI, error.to_string()))?,
    })
}

fn key_material_response(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let accept = fields.need("keyMaterialStateResponse.accept")?.flag()?;
    Ok(Control::KeyMaterialStateResponse { accept })
}

fn key_material_request(fields: &mut Fields<'_>) -> Result<Control, DecodeError> {
    let known = fields.get("keyMaterialStateRequest.knownUpdateCounter");
    let known_update_counter = known.map(|known| known.number()).transpose()?.unwrap_or(0);
    Ok(Control::KeyMaterialStateRequest { known_update_counter })
}

/// The header is no reason to refuse a payload: ship-go does not look at it either.
fn data_element(fields: &mut Fields<'_>) -> Result<Message, DecodeError> {
    let header = fields.object("data.header")?;
    let protocol_id = header.get("data.header.protocolId").map(|id| id.text()).transpose()?;
    let payload = fields.raw("data.payload");
    Ok(Message::Data(Data {
        protocol_id: protocol_id.unwrap_or_default().into_owned(),
        payload: payload.ok_or_else(|| malformed("data.payload", "it is missing"))?.to_owned(),
    }))
}

fn connection_close(fields: &mut Fields<'_>) -> Result<Message, DecodeError> {
    let reason = fields.get("connectionClose.reason").map(|r| r.text()).transpose()?;
    Ok(Message::Close(ConnectionClose {
        phase: fields.need("connectionClose.phase")?.word()?,
        max_time: fields.get("connectionClose.maxTime").map(|t| t.millis()).transpose()?,
        reason: reason.map(|text| names::close_reason(&text)),
    }))
}
