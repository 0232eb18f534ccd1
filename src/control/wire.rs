//! The lines of the control socket. Pure.
//!
//! The hub greets; then each line of a client is a request, and each line of the hub an answer to
//! one of them or, after `watch`, an event. Names and meanings are a promise to programs: a change
//! that breaks one needs another [`PROTOCOL`].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{
    proto::{Pin, ShipId, Ski, Target},
    trace::MessageRecord,
};

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;

/// The longest request in bytes, without the end of the line.
pub const MAX_REQUEST: usize = 64 << 10;

/// The longest line of the hub in bytes, as a bound for what a client keeps.
pub const MAX_REPLY: usize = 16 << 20;

/// The first line of the hub: who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The version of the protocol.
    pub protocol: u32,
    /// The version of shipctl.
    pub shipctl: String,
    /// The process.
    pub pid: u32,
    /// The hub's SKI.
    pub ski: Ski,
    /// The hub's SHIP ID.
    pub ship_id: ShipId,
    /// The port it listens on.
    pub port: Option<u16>,
    /// Whether it looks for devices and announces itself by mDNS.
    pub mdns: bool,
    /// Where its identity and trust are kept.
    pub state_dir: String,
}

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
    crate::driver::recorder::USUAL_LIMIT
}

/// A request with its number.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number the answer will have.
    pub id: u64,
    /// What is asked for.
    pub wish: Wish,
}

/// What becomes of a request: the fields of the answer, or why not.
pub type Answer = Result<Map<String, Value>, Box<Refusal>>;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of error, for programs.
    pub kind: String,
    /// What happened, for people.
    pub message: String,
    /// Why, from the nearest cause to the farthest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The finding it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How far things had gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The exit code of a shipctl that ends so.
    pub exit: u8,
}

/// A line of the hub behind the greeting.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The answer to a request; to a line without a number that could be read it has none.
    Answer {
        /// The number of the request.
        id: Option<u64>,
        /// What became of it.
        answer: Answer,
    },
    /// Something happened.
    Event(Happening),
    /// A message went over a connection.
    Message(Box<MessageRecord>),
}

/// An event, for programs and for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// The line `shipctl … --json` prints.
    pub event: Value,
    /// What people are told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub say: Vec<Saying>,
}

/// A line for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    /// The stage, one word.
    pub stage: String,
    /// What happened.
    pub text: String,
}

/// A line that is no request, and its number if that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// The number.
    pub id: Option<u64>,
    /// What is wrong.
    pub why: String,
}

impl Refusal {
    /// A refusal without causes, code and stage.
    pub fn new(kind: &str, exit: u8, message: impl Into<String>, hint: Option<&str>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            causes: Vec::new(),
            hint: hint.map(str::to_owned),
            code: None,
            stage: None,
            exit,
        }
    }
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

impl Greeting {
    /// The line, with its end.
    pub fn line(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

impl Reply {
    /// Reads a line of the hub; `None` if it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
        if fields.contains_key("event") {
            return serde_json::from_value(Value::Object(fields)).ok().map(Self::Event);
        }
        if let Some(message) = fields.remove("message") {
            return serde_json::from_value(message).ok().map(Self::Message);
        }
        let id = match fields.remove("id")? {
            Value::Null => None,
            id => Some(id.as_u64()?),
        };
        if let Some(refusal) = fields.remove("error") {
            let refusal = serde_json::from_value(refusal).ok()?;
            return Some(Self::Answer { id, answer: Err(refusal) });
        }
        (fields.remove("ok")? == Value::Bool(true))
            .then_some(Self::Answer { id, answer: Ok(fields) })
    }

    /// The line, with its end.
    pub fn line(&self) -> String {
        let text = match self {
            Self::Event(happening) => serde_json::to_string(happening),
            Self::Message(message) => {
                serde_json::to_string(message).map(|record| format!("{{\"message\":{record}}}"))
            }
            Self::Answer { id, answer: Ok(fields) } => {
                let mut line = Map::new();
                line.insert("id".to_owned(), Value::from(*id));
                line.insert("ok".to_owned(), Value::Bool(true));
                line.extend(fields.clone());
                serde_json::to_string(&line)
            }
            Self::Answer { id, answer: Err(refusal) } => {
                serde_json::to_string(&serde_json::json!({ "id": id, "error": refusal }))
            }
        };
        // Texts and numbers can always be written.
        text.unwrap_or_default() + "\n"
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn read(line: &Value) -> Result<Request, BadRequest> {
        Request::read(line.to_string().as_bytes())
    }

    #[test]
    fn every_request_is_read_as_it_was_written() {
        let peer = || Register {
            ski: SKI.parse().unwrap(),
            ship_id: Some("i:1_u:a".parse().unwrap()),
            addresses: vec!["10.0.0.7:4712/ship/".parse().unwrap()],
            pin: Some("1234abcd".parse().unwrap()),
            fingerprint: Some("AB".repeat(32)),
        };
        let ski = peer().ski;
        let plain = [
            Plain::Status { history: true },
            Plain::Peer { ski },
            Plain::Identity {},
            Plain::Services {},
            Plain::Metrics {},
            Plain::Accept { ski },
            Plain::Unregister { ski },
            Plain::Connect { ski },
            Plain::Disconnect { ski },
            Plain::DisconnectAll {},
            Plain::Cancel { ski },
            Plain::Limit { connections: 3 },
            Plain::Deny { ski },
            Plain::AutoAccept { seconds: 7 },
            Plain::Rename { ski, name: "Garage".to_owned() },
            Plain::TraceStart { file: "/a".to_owned(), full: true, limit: 9000 },
            Plain::TraceStop {},
            Plain::Shutdown {},
        ];
        let wishes = [
            Wish::Watch { messages: false },
            Wish::Watch { messages: true },
            Wish::Register(peer()),
            Wish::Pair { peer: peer(), timeout_ms: 5 },
            Wish::EnterPin { ski, pin: peer().pin.unwrap() },
        ];
        for wish in wishes.into_iter().chain(plain.map(Wish::Plain)) {
            let line = Request { id: 3, wish }.line();
            let again = Request::read(line.trim_end().as_bytes()).unwrap();
            assert_eq!(again.id, 3);
            assert_eq!(*again.line(), *line);
        }
    }

    #[test]
    fn a_bad_request_is_told_what_is_wrong_with_it() {
        for (line, id, says) in [
            (json!([1]), None, "no JSON object"),
            (json!({"do": "watch"}), None, "needs an \"id\""),
            (json!({"id": -1, "do": "watch"}), None, "\"id\" is a whole number"),
            (json!({"id": 1}), Some(1), "needs a \"do\""),
            (json!({"id": 1, "do": "dance"}), Some(1), "unknown variant `dance`"),
            (json!({"id": 1, "do": "register"}), Some(1), "\"ski\" is missing"),
            (json!({"id": 1, "do": "register", "ski": "12"}), Some(1), "40"),
            (json!({"id": 1, "do": "deny", "ski": "12"}), Some(1), "40"),
            (json!({"id": 1, "do": "watch", "all": true}), Some(1), "no field \"all\""),
            (json!({"id": 1, "do": "deny", "ski": SKI, "all": 1}), Some(1), "unknown field `all`"),
            (json!({"id": 1, "do": "shutdown", "now": 1}), Some(1), "unknown field `now`"),
            (
                json!({"id": 1, "do": "register", "ski": SKI, "addresses": ["x"]}),
                Some(1),
                "no port in \"x\"",
            ),
        ] {
            let bad = read(&line).unwrap_err();
            assert_eq!(bad.id, id, "{line}");
            assert!(bad.why.contains(says), "{line}: {}", bad.why);
        }
        assert!(Request::read(b"\xff\x00{").is_err());
    }

    #[test]
    fn a_pin_is_neither_shown_nor_repeated() {
        for pin in [json!("12345"), json!(87654321), json!(["87654321"])] {
            let bad = read(&json!({"id": 1, "do": "enter-pin", "ski": SKI, "pin": pin}));
            let why = bad.unwrap_err().why;
            assert!(!why.contains("12345") && !why.contains("87654321"), "{why}");
        }
        let good = read(&json!({"id": 1, "do": "enter-pin", "ski": SKI, "pin": "8765 4321"}));
        assert!(!format!("{good:?}").contains("8765"), "{good:?}");
    }

    #[test]
    fn answers_and_events_are_read_as_they_were_written() {
        let refusal = Refusal::new("unknown_peer", 68, "not known", Some("look"));
        let happening = Happening {
            event: json!({"schema": 1, "event": "registered"}),
            say: vec![Saying { stage: "queued".to_owned(), text: "attempt 1".to_owned() }],
        };
        // The nearest number to this many nines is not the one a reader in a hurry takes.
        let long: serde_json::Value =
            serde_json::from_str(&format!("{}0.5", "9".repeat(87))).unwrap();
        let fields = Map::from_iter([("pid".to_owned(), json!(7)), ("more".to_owned(), long)]);
        let ski = SKI.parse().unwrap();
        let message = crate::trace::Passed::new(crate::time::Time::ORIGIN, ski, 1, true, &[0, 0])
            .record("2026-11-22T18:52:53Z".to_owned(), 3);
        for reply in [
            Reply::Answer { id: Some(1), answer: Ok(fields) },
            Reply::Answer { id: None, answer: Err(Box::new(refusal)) },
            Reply::Event(happening),
            Reply::Message(Box::new(message)),
        ] {
            let line = reply.line();
            assert!(line.ends_with('\n') && line.trim_end().lines().count() == 1);
            assert_eq!(Reply::read(line.as_bytes()), Some(reply));
        }
        assert_eq!(Reply::read(br#"{"id":1,"ok":false}"#), None);
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: Vec<u8>) {
            let _ = Request::read(&line);
            let _ = Reply::read(&line);
        }
    }
}
