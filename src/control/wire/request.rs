//! What a client may ask for, and its line. What holds a PIN or an address is written by hand: a PIN
//! must not be left behind in memory.

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
        /// Whether the client enters a PIN the peer asks for meanwhile; otherwise the pairing fails
        /// where one is missing or wrong.
        can_enter_pin: bool,
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
    /// Whether to remember its PIN once it is accepted.
    pub remember_pin: bool,
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
    ForgetAddress {
        ski: Ski,
    },
    /// Remember no PIN of a trusted peer any more.
    ForgetPin {
        ski: Ski,
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
            Wish::Pair { peer, timeout_ms, can_enter_pin } => {
                let mut fields = register_fields("pair", peer);
                fields.insert("timeout_ms".to_owned(), Value::from(*timeout_ms));
                fields.insert("can_enter_pin".to_owned(), Value::from(*can_enter_pin));
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
    if peer.remember_pin {
        fields.insert("remember_pin".to_owned(), Value::from(true));
    }
    if let Some(fingerprint) = &peer.fingerprint {
        fields.insert("fingerprint".to_owned(), Value::from(&**fingerprint));
    }
    fields
}
