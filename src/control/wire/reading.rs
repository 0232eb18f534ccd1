//! Reading a request. Whoever writes a program of his own reads the errors: each names the field, what
//! stands there and what has to, but never a PIN.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::request::{BadRequest, Plain, Register, Request, Wish};
use crate::{
    hub::command::{LONGEST_AUTO_ACCEPT, MOST_CONNECTIONS},
    proto::{Pin, PinError, ShipId, Ski, SkiError, Target, text::excerpt},
};

/// Every request by its name.
const NAMES: [&str; 24] = [
    "watch",
    "status",
    "peer",
    "identity",
    "services",
    "metrics",
    "register",
    "pair",
    "enter-pin",
    "accept",
    "deny",
    "cancel",
    "unregister",
    "connect",
    "disconnect",
    "disconnect-all",
    "rename",
    "forget-address",
    "forget-pin",
    "auto-accept",
    "limit",
    "trace-start",
    "trace-stop",
    "shutdown",
];

/// How much of a wrong value is shown, in characters.
const SHOWN: usize = 60;

/// How long `pair` tries where nothing else is asked for, in milliseconds.
const USUAL_TIMEOUT: u64 = 120_000;

impl Request {
    /// Reads one line. What it says about a bad one never repeats a PIN.
    ///
    /// # Errors
    ///
    /// What is wrong, and the number of the request if that could be read.
    pub fn read(line: &[u8]) -> Result<Self, BadRequest> {
        let bad = |id, why| BadRequest { id, why };
        let Ok(Fields { mut fields, twice }) = serde_json::from_slice(line) else {
            return Err(bad(None, "the line is no JSON object".to_owned()));
        };
        if let Some(name) = twice {
            let id = fields.get("id").filter(|_| name != "id").and_then(Value::as_u64);
            return Err(bad(
                id,
                format!("{:?} stands twice in the request", excerpt(&name, SHOWN)),
            ));
        }
        let Some(id) = fields.remove("id") else {
            let why = "the request has no \"id\"; it needs one, a number of your choice";
            return Err(bad(None, why.to_owned()));
        };
        let Some(id) = id.as_u64() else {
            return Err(bad(None, wrong("id", &id, "a whole number from 0")));
        };
        wish(fields).map(|wish| Self { id, wish }).map_err(|why| bad(Some(id), why))
    }
}

/// The fields of a request. Which of two is meant nobody knows.
struct Fields {
    fields: Map<String, Value>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;

        impl<'de> Visitor<'de> for OfObject {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let (mut fields, mut twice) = (Map::new(), None);
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.contains_key(&name) {
                        twice.get_or_insert_with(|| name.clone());
                    }
                    fields.insert(name, value);
                }
                Ok(Fields { fields, twice })
            }
        }

        deserializer.deserialize_map(OfObject)
    }
}

fn wish(mut fields: Map<String, Value>) -> Result<Wish, String> {
    let what = match fields.get("do") {
        Some(Value::String(what)) => what.clone(),
        Some(other) => return Err(wrong("do", other, "the name of a request")),
        None => {
            return Err("the request has no \"do\"; it needs one, the name of a request".to_owned());
        }
    };
    let wish = match what.as_str() {
        "watch" => Wish::Watch { messages: messages(&mut fields)? },
        "register" => Wish::Register(register(&mut fields)?),
        "pair" => Wish::Pair {
            peer: register(&mut fields)?,
            timeout_ms: timeout(&mut fields)?,
            // A client that does not say so may.
            can_enter_pin: flag(&mut fields, "can_enter_pin", true)?,
        },
        "enter-pin" => Wish::EnterPin {
            ski: ski(&mut fields)?,
            pin: pin(&mut fields)?.ok_or_else(|| missing("pin"))?,
        },
        name if NAMES.contains(&name) => {
            within_bounds(&fields)?;
            return plain(name, fields).map(Wish::Plain);
        }
        other => {
            let (other, names) = (excerpt(other, SHOWN), NAMES.join(", "));
            return Err(format!("{other:?} is no request; there are {names}"));
        }
    };
    match fields.keys().find(|name| *name != "do") {
        Some(unknown) => Err(no_field(&what, unknown)),
        None => Ok(wish),
    }
}

/// The bounds of numbers, by the names of their fields.
const BOUNDS: [(&str, u64, u64); 3] = [
    ("connections", 0, MOST_CONNECTIONS as u64),
    ("seconds", 0, LONGEST_AUTO_ACCEPT.as_secs()),
    ("limit", 4096, u64::MAX),
];

/// Whether each field that has it is of its kind and within its bounds; a field of this name is of one
/// kind wherever it stands.
fn within_bounds(fields: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in fields {
        match name.as_str() {
            "ski" | "name" | "file" => _ = text(name, value)?,
            "history" | "full" if !value.is_boolean() => {
                return Err(wrong(name, value, "true or false"));
            }
            _ => {
                let bounds = BOUNDS.iter().find(|(it, ..)| it == name);
                bounds.map_or(Ok(()), |(_, least, most)| {
                    number(name, value, *least, *most).map(drop)
                })?;
            }
        }
    }
    Ok(())
}

fn number(name: &str, value: &Value, least: u64, most: u64) -> Result<u64, String> {
    value.as_u64().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let rule = match most {
            u64::MAX => format!("a whole number from {least}"),
            _ => format!("a whole number from {least} to {most}"),
        };
        wrong(name, value, &rule)
    })
}

/// One that serde reads; its errors in our words.
fn plain(what: &str, fields: Map<String, Value>) -> Result<Plain, String> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        let error = error.to_string();
        match error.split('`').collect::<Vec<_>>()[..] {
            ["missing field ", name, ..] => missing(name),
            ["unknown field ", name, ..] => no_field(what, name),
            _ => format!("{what:?}: {}", excerpt(&error, 4 * SHOWN)),
        }
    })
}

fn register(fields: &mut Map<String, Value>) -> Result<Register, String> {
    let ship_id = match take(fields, "ship_id") {
        Some(id) => {
            let id = text("ship_id", &id)?.parse::<ShipId>();
            Some(id.map_err(|error| error.to_string())?)
        }
        None => None,
    };
    let addresses = match take(fields, "addresses") {
        Some(Value::Array(list)) => {
            let address = |address| {
                let parsed = text("addresses", address)?.parse::<Target>();
                parsed.map_err(|error| error.to_string())
            };
            list.iter().map(address).collect::<Result<_, _>>()?
        }
        Some(other) => return Err(wrong("addresses", &other, "a list of texts")),
        None => Vec::new(),
    };
    let (ski, fingerprint) = (ski(fields)?, fingerprint(fields)?);
    let remember_pin = flag(fields, "remember_pin", false)?;
    Ok(Register { ski, ship_id, addresses, pin: pin(fields)?, fingerprint, remember_pin })
}

fn messages(fields: &mut Map<String, Value>) -> Result<bool, String> {
    match take(fields, "messages") {
        None => Ok(false),
        Some(Value::Bool(messages)) => Ok(messages),
        Some(other) => Err(wrong("messages", &other, "true or false")),
    }
}

fn timeout(fields: &mut Map<String, Value>) -> Result<u64, String> {
    let Some(time) = take(fields, "timeout_ms") else { return Ok(USUAL_TIMEOUT) };
    number("timeout_ms", &time, 1, u64::MAX)
}

fn flag(fields: &mut Map<String, Value>, name: &str, usual: bool) -> Result<bool, String> {
    match take(fields, name) {
        None => Ok(usual),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(other) => Err(wrong(name, &other, "true or false")),
    }
}

fn fingerprint(fields: &mut Map<String, Value>) -> Result<Option<String>, String> {
    let Some(value) = take(fields, "fingerprint") else { return Ok(None) };
    let digits = value.as_str().filter(|text| text.len() == 64);
    match digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some(digits) => Ok(Some(digits.to_ascii_uppercase())),
        None => Err(wrong("fingerprint", &value, "a text of 64 hex digits")),
    }
}

fn ski(fields: &mut Map<String, Value>) -> Result<Ski, String> {
    let value = take(fields, "ski").ok_or_else(|| missing("ski"))?;
    text("ski", &value)?.parse().map_err(|error: SkiError| error.to_string())
}

fn pin(fields: &mut Map<String, Value>) -> Result<Option<Pin>, String> {
    match take(fields, "pin") {
        None => Ok(None),
        Some(Value::String(pin)) => {
            let pin = Zeroizing::new(pin);
            pin.parse().map(Some).map_err(|error: PinError| error.to_string())
        }
        // Not repeated: it may be the PIN without its quotes.
        Some(_) => Err("\"pin\" has to be a text".to_owned()),
    }
}

/// A field; `null` is none.
fn take(fields: &mut Map<String, Value>, name: &str) -> Option<Value> {
    fields.remove(name).filter(|value| !value.is_null())
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| wrong(name, value, "a text"))
}

/// What stands there, and what has to.
fn wrong(name: &str, value: &Value, rule: &str) -> String {
    format!("{name:?} is {}; it has to be {rule}", excerpt(&value.to_string(), SHOWN))
}

fn missing(name: &str) -> String {
    format!("{name:?} is missing")
}

fn no_field(what: &str, name: &str) -> String {
    format!("{what:?} has no field {:?}", excerpt(name, SHOWN))
}
