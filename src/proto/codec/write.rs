//! A message to its bytes, the fields in the order of the specification.

use std::{
    fmt::{Display, Write},
    time::Duration,
};

use super::names::{self, Named};
use crate::proto::message::{
    AccessMethods, ConnectionClose, Control, Data, Hello, KeyEntry, KeyMaterialState, Message,
    PinStateMessage, ProtocolHandshake,
};

pub(super) fn message(message: &Message) -> Vec<u8> {
    match message {
        Message::Init { head } => vec![super::INIT, *head],
        Message::Control(message) => frame(super::CONTROL, 0, |out| control(out, message)),
        Message::Data(message) => {
            frame(super::DATA, message.payload.len(), |out| data(out, message))
        }
        Message::Close(message) => frame(super::END, 0, |out| close(out, message)),
    }
}

/// Writes a text with its quotes. `guarded`, it can stand in a message to ship-go, which turns
/// arrays into objects by replacing bytes, those inside of texts as well.
pub(super) fn text(out: &mut String, text: &str, guarded: bool) {
    let guarded = guarded && ["[{", "},{", "}]", "[]"].iter().any(|bytes| text.contains(bytes));
    out.push('"');
    for c in text.chars() {
        let escape = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{C}' => 'f',
            '\r' => 'r',
            '[' | ']' | '{' | '}' if guarded => 'u',
            '\0'..'\u{20}' => 'u',
            _ => {
                out.push(c);
                continue;
            }
        };
        out.extend(['\\', escape]);
        if escape == 'u' {
            display(out, format_args!("{:04x}", c as u32));
        }
    }
    out.push('"');
}

fn frame(kind: u8, payload: usize, json: impl FnOnce(&mut String)) -> Vec<u8> {
    let mut out = String::with_capacity(96 + payload);
    out.push(char::from(kind));
    json(&mut out);
    out.into_bytes()
}

fn control(out: &mut String, control: &Control) {
    match control {
        Control::Hello(message) => hello(out, message),
        Control::Protocol(message) => protocol(out, message),
        Control::ProtocolError(error) => {
            let error = names::protocol_error_number(*error);
            element(out, "messageProtocolHandshakeError", |o| o.number("error", error));
        }
        Control::PinState(message) => pin_state(out, message),
        Control::PinInput(pin) => {
            element(out, "connectionPinInput", |o| o.text("pin", pin.expose()));
        }
        Control::PinError(error) => {
            element(out, "connectionPinError", |o| o.number("error", *error));
        }
        Control::AccessMethodsRequest => element(out, "accessMethodsRequest", |_| ()),
        Control::AccessMethods(message) => access_methods(out, message),
        Control::KeyMaterialState(state) => key_material_state(out, state),
        Control::KeyMaterialStateResponse { accept } => {
            element(out, "keyMaterialStateResponse", |o| o.flag("accept", *accept));
        }
        Control::KeyMaterialStateRequest { known_update_counter } => {
            element(out, "keyMaterialStateRequest", |o| {
                o.number("knownUpdateCounter", *known_update_counter);
            });
        }
        Control::Unknown { name } => element(out, name, |_| ()),
    }
}

fn hello(out: &mut String, hello: &Hello) {
    element(out, "connectionHello", |o| {
        o.text("phase", hello.phase.name());
        if let Some(waiting) = hello.waiting {
            o.number("waiting", millis(waiting));
        }
        if hello.prolongation_request {
            o.flag("prolongationRequest", true);
        }
        if let Some(counter) = hello.update_counter {
            o.object("keyMaterialState", |o| o.number("updateCounter", counter));
        }
    });
}

fn protocol(out: &mut String, protocol: &ProtocolHandshake) {
    element(out, "messageProtocolHandshake", |o| {
        o.text("handshakeType", protocol.kind.name());
        o.object("version", |o| {
            o.number("major", protocol.version.major);
            o.number("minor", protocol.version.minor);
        });
        o.object("formats", |o| {
            o.texts("format", protocol.formats.iter().map(names::format_name));
        });
    });
}

fn pin_state(out: &mut String, message: &PinStateMessage) {
    element(out, "connectionPinState", |o| {
        o.text("pinState", message.state.name());
        if let Some(permission) = message.permission {
            o.text("inputPermission", permission.name());
        }
    });
}

fn access_methods(out: &mut String, methods: &AccessMethods) {
    element(out, "accessMethods", |o| {
        if let Some(id) = &methods.id {
            o.text("id", id.as_str());
        }
        if methods.dns_sd_mdns {
            o.object("dnsSd_mDns", |_| ());
        }
        if let Some(uri) = &methods.dns_uri {
            o.object("dns", |o| o.text("uri", uri));
        }
    });
}

fn key_material_state(out: &mut String, state: &KeyMaterialState) {
    element(out, "keyMaterialState", |o| {
        o.number("updateCounter", state.update_counter);
        o.objects("entry", &state.entries, |o, KeyEntry { state, curve, ski }| {
            o.text("currentState", state.name());
            o.number("curve", curve);
            // SHIP 1.1 writes an SKI in upper case.
            o.text("ski", &ski.to_string().to_uppercase());
        });
    });
}

fn data(out: &mut String, data: &Data) {
    element(out, "data", |o| {
        o.object("header", |o| o.text("protocolId", &data.protocol_id));
        o.field("payload", |out| out.push_str(&data.payload));
    });
}

fn close(out: &mut String, close: &ConnectionClose) {
    element(out, "connectionClose", |o| {
        o.text("phase", close.phase.name());
        if let Some(max_time) = close.max_time {
            o.number("maxTime", millis(max_time));
        }
        if let Some(reason) = &close.reason {
            o.text("reason", names::close_reason_name(reason));
        }
    });
}

/// Milliseconds, in the range of the schema's `unsignedInt`.
fn millis(duration: Duration) -> u32 {
    duration.as_millis().try_into().unwrap_or(u32::MAX)
}

fn display(out: &mut String, value: impl Display) {
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{value}");
}

/// The outermost object: it stays one.
fn element(out: &mut String, name: &str, fields: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    text(out, name, true);
    out.push(':');
    object(out, fields);
    out.push('}');
}

fn object(out: &mut String, fields: impl FnOnce(&mut Object<'_>)) {
    out.push('[');
    fields(&mut Object { out, empty: true });
    out.push(']');
}

/// An object that is being written as an array of single-key objects.
struct Object<'o> {
    out: &'o mut String,
    empty: bool,
}

impl Object<'_> {
    fn field(&mut self, name: &str, value: impl FnOnce(&mut String)) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(',');
        }
        self.out.push('{');
        text(self.out, name, true);
        self.out.push(':');
        value(self.out);
        self.out.push('}');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.field(name, |out| text(out, value, true));
    }

    fn number(&mut self, name: &str, value: impl Display) {
        self.field(name, |out| display(out, value));
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.field(name, |out| out.push_str(if value { "true" } else { "false" }));
    }

    fn objects<T>(&mut self, name: &str, items: &[T], fields: impl Fn(&mut Object<'_>, &T)) {
        self.field(name, |out| {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                object(out, |o| fields(o, item));
            }
            out.push(']');
        });
    }

    fn object(&mut self, name: &str, fields: impl FnOnce(&mut Object<'_>)) {
        self.field(name, |out| object(out, fields));
    }

    fn texts<'t>(&mut self, name: &str, values: impl Iterator<Item = &'t str>) {
        self.field(name, |out| {
            out.push('[');
            for (i, value) in values.enumerate() {
                if i > 0 {
                    out.push(',');
                }
                text(out, value, true);
            }
            out.push(']');
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_as_serde_json_does_and_guarded_only_where_ship_go_would_rewrite_it() {
        let mut out = String::new();
        let plain = "\"\\\u{8}\t\n\u{c}\r\0\u{1f}\u{7f}ä€🔌 wss://[fe80::1]:4712/{x}";
        text(&mut out, plain, true);
        assert_eq!(out, serde_json::to_string(plain).unwrap());
        for bytes in ["[{", "},{", "}]", "[]"] {
            out.clear();
            text(&mut out, bytes, true);
            assert!(!out.contains(['[', ']', '{', '}']), "{out}");
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), bytes);
            out.clear();
            text(&mut out, bytes, false);
            assert_eq!(out, format!("\"{bytes}\""));
        }
    }

    #[test]
    fn a_duration_is_written_in_whole_milliseconds_of_an_unsigned_int() {
        assert_eq!(millis(Duration::from_micros(1_999)), 1);
        assert_eq!(millis(Duration::MAX), u32::MAX);
    }
}
