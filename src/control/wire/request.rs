//! What a client may ask for, and its line. What holds a PIN or an address is read and written by
//! hand: a PIN must not stand in an error, nor be left behind in memory.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::proto::{Pin, ShipId, Ski, Target};

/// What a client asks for.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Every event from now on.
    Watch {
        /// And every message.
        messages: bool,
    },
    /// Trust a peer and connect to it.
    Register(Register),
    /// The same, answered when the handshake is complete or has failed; then nothing stays.
    Pair {
        /// Who and how.
        peer: Register,
        /// How long to try, in milliseconds.
        timeout_ms: u64,
    },
    /// Enter a PIN the peer asked for.
    EnterPin {
        /// The peer.
        ski: Ski,
        /// The PIN.
        pin: Pin,
    },
    /// Anything that needs no more than names and numbers.
    Plain(Plain),
}

/// A peer to register.
#[derive(Clone, Debug)]
pub struct Register {
    /// The peer.
    pub ski: Ski,
    /// The SHIP ID it must have.
    pub ship_id: Option<ShipId>,
    /// Addresses to dial before those found by mDNS.
    pub addresses: Vec<Target>,
    /// The PIN to enter if it wants one.
    pub pin: Option<Pin>,
    /// The SHA-256 of its certificate in 64 upper-case hex digits, if its QR code told it.
    pub fingerprint: Option<String>,
}

/// The requests without secrets and addresses, as they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/control-socket.md has a row for each")]
pub enum Plain {
    Status {
        #[serde(default)]
        history: bool,
    },
    Peer {
        ski: Ski,
    },
    Identity {},
    Services {},
    Metrics {},
    Accept {
        ski: Ski,
    },
    Unregister {
        ski: Ski,
    },
    Connect {
        ski: Ski,
    },
    Disconnect {
        ski: Ski,
    },
    DisconnectAll {},
    Cancel {
        ski: Ski,
    },
    Limit {
        connections: u32,
    },
    Deny {
        ski: Ski,
    },
    AutoAccept {
        seconds: u64,
    },
    Rename {
        ski: Ski,
        name: String,
    },
    TraceStart {
        file: String,
        #[serde(default)]
        full: bool,
        #[serde(default = "usual_limit")]
        limit: u64,
    },
    TraceStop {},
    Shutdown {},
}

fn usual_limit() -> u64 {
    crate::trace::USUAL_LIMIT
}

/// A request with its number.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number the answer will have.
    pub id: u64,
    /// What is asked for.
    pub wish: Wish,
}

/// A line that is no request, and its number if that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// The number.
    pub id: Option<u64>,
    /// What is wrong.
    pub why: String,
}

impl Request {
    /// Reads one line. What it says about a bad one never repeats a PIN.
    pub fn read(line: &[u8]) -> Result<Self, BadRequest> {
        let bad = |id, why: &str| BadRequest { id, why: why.to_owned() };
        let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(line) else {
            return Err(bad(None, "the line is no JSON object"));
        };
        let id = match fields.remove("id") {
            Some(id) => id.as_u64(),
            None => return Err(bad(None, "a request needs an \"id\", a number of your choice")),
        };
        let Some(id) = id else {
            return Err(bad(None, "\"id\" is a whole number from 0"));
        };
        read_wish(fields)
            .map(|wish| Self { id, wish })
            .map_err(|why| BadRequest { id: Some(id), why })
    }

    /// The line, with its end. It may hold a PIN.
    pub fn line(&self) -> Zeroizing<String> {
        let mut fields = match &self.wish {
            Wish::Watch { messages } => {
                let mut fields = named("watch");
                if *messages {
                    fields.insert("messages".to_owned(), Value::from(true));
                }
                fields
            }
            Wish::Register(peer) => register_fields("register", peer),
            Wish::Pair { peer, timeout_ms } => {
                let mut fields = register_fields("pair", peer);
                fields.insert("timeout_ms".to_owned(), Value::from(*timeout_ms));
                fields
            }
            Wish::EnterPin { ski, pin } => {
                let mut fields = named("enter-pin");
                fields.insert("ski".to_owned(), Value::from(ski.to_string()));
                fields.insert("pin".to_owned(), Value::from(pin.expose()));
                fields
            }
            Wish::Plain(plain) => match serde_json::to_value(plain) {
                Ok(Value::Object(fields)) => fields,
                // Names, numbers and texts can always be written, and as an object.
                _ => Map::new(),
            },
        };
        fields.insert("id".to_owned(), Value::from(self.id));
        Zeroizing::new(Value::Object(fields).to_string() + "\n")
    }
}

fn named(what: &str) -> Map<String, Value> {
    Map::from_iter([("do".to_owned(), Value::from(what))])
}

fn register_fields(what: &str, peer: &Register) -> Map<String, Value> {
    let mut fields = named(what);
    fields.insert("ski".to_owned(), Value::from(peer.ski.to_string()));
    if let Some(id) = &peer.ship_id {
        fields.insert("ship_id".to_owned(), Value::from(id.as_str()));
    }
    if !peer.addresses.is_empty() {
        let addresses: Vec<String> = peer.addresses.iter().map(ToString::to_string).collect();
        fields.insert("addresses".to_owned(), Value::from(addresses));
    }
    if let Some(pin) = &peer.pin {
        fields.insert("pin".to_owned(), Value::from(pin.expose()));
    }
    if let Some(fingerprint) = &peer.fingerprint {
        fields.insert("fingerprint".to_owned(), Value::from(&**fingerprint));
    }
    fields
}

fn read_wish(mut fields: Map<String, Value>) -> Result<Wish, String> {
    let what = match fields.get("do") {
        Some(Value::String(what)) => what.clone(),
        _ => return Err("a request needs a \"do\", the name of a command".to_owned()),
    };
    let wish = match what.as_str() {
        "watch" => Wish::Watch {
            messages: match take(&mut fields, "messages") {
                Some(messages) => messages.as_bool().ok_or("\"messages\" is true or false")?,
                None => false,
            },
        },
        "register" => Wish::Register(take_register(&mut fields)?),
        "pair" => Wish::Pair {
            peer: take_register(&mut fields)?,
            timeout_ms: match take(&mut fields, "timeout_ms") {
                Some(time) => time.as_u64().ok_or("\"timeout_ms\" is a whole number")?,
                None => 120_000,
            },
        },
        "enter-pin" => Wish::EnterPin {
            ski: take_ski(&mut fields)?,
            pin: take_pin(&mut fields)?.ok_or("\"pin\" is missing")?,
        },
        _ => {
            let plain = serde_json::from_value(Value::Object(fields));
            return plain.map(Wish::Plain).map_err(|error| error.to_string());
        }
    };
    match fields.keys().find(|name| *name != "do") {
        Some(unknown) => Err(format!("{what:?} has no field {unknown:?}")),
        None => Ok(wish),
    }
}

fn take_register(fields: &mut Map<String, Value>) -> Result<Register, String> {
    let text = |name: &str| format!("{name:?} is a text");
    let ship_id = match take(fields, "ship_id") {
        Some(id) => {
            let id = id.as_str().ok_or_else(|| text("ship_id"))?.parse::<ShipId>();
            Some(id.map_err(|error| error.to_string())?)
        }
        None => None,
    };
    let addresses = match take(fields, "addresses") {
        Some(list) => {
            let list = list.as_array().ok_or("\"addresses\" is a list of texts")?;
            let address = |address: &Value| {
                let address = address.as_str().ok_or_else(|| text("addresses"))?;
                address.parse::<Target>().map_err(|error| error.to_string())
            };
            list.iter().map(address).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    let (ski, fingerprint) = (take_ski(fields)?, take_fingerprint(fields)?);
    Ok(Register { ski, ship_id, addresses, pin: take_pin(fields)?, fingerprint })
}

fn take_fingerprint(fields: &mut Map<String, Value>) -> Result<Option<String>, String> {
    let Some(value) = take(fields, "fingerprint") else { return Ok(None) };
    let digits = value.as_str().filter(|text| text.len() == 64);
    match digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some(digits) => Ok(Some(digits.to_ascii_uppercase())),
        None => Err("\"fingerprint\" is a text of 64 hex digits".to_owned()),
    }
}

fn take_ski(fields: &mut Map<String, Value>) -> Result<Ski, String> {
    let ski = take(fields, "ski").ok_or("\"ski\" is missing")?;
    let ski = ski.as_str().ok_or("\"ski\" is a text")?;
    ski.parse().map_err(|error: crate::proto::SkiError| error.to_string())
}

fn take_pin(fields: &mut Map<String, Value>) -> Result<Option<Pin>, String> {
    match take(fields, "pin") {
        None => Ok(None),
        Some(Value::String(pin)) => {
            let pin = Zeroizing::new(pin);
            pin.parse().map(Some).map_err(|error: crate::proto::PinError| error.to_string())
        }
        Some(_) => Err("\"pin\" is a text".to_owned()),
    }
}

/// A field; `null` is none.
fn take(fields: &mut Map<String, Value>, name: &str) -> Option<Value> {
    fields.remove(name).filter(|value| !value.is_null())
}
