//! Everything the hub knows, at one moment, as one value that can be written down and read again.
//! Times are milliseconds since the origin of the hub's clock, durations milliseconds.
//!
//! A reader of an older version leaves out what it does not know: fields, and elements of lists with
//! a value it has never heard of. Fields may be added here, and must then be optional to read.

mod taking;

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    DoubleConnection, ShutdownPhase,
    facts::{AttemptFacts, ConnectionFacts, DialProgress},
    history::{Entry, Found},
    json,
    metrics::Metrics,
    shutdown::PhaseSnapshot,
};
use crate::{
    checks::{Code, Finding, quirks::QuirkSeen},
    proto::{ConnectionState, ProtocolState, ShipId, Ski, handshake::HelloStatus, target::Target},
    spine::Offers,
    time::Time,
};

/// The hub at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    #[serde(rename = "at_ms")]
    pub at: Time,
    /// Our own SKI.
    pub ski: Ski,
    /// Our own SHIP ID.
    pub ship_id: ShipId,
    /// The program around the hub, as far as it told.
    #[serde(default)]
    pub node: NodeFacts,
    /// Which of two connections to one peer survives.
    pub double_connection: DoubleConnection,
    /// Until when everybody who asks is trusted.
    #[serde(rename = "auto_accept_until_ms")]
    pub auto_accept_until: Option<Time>,
    /// How far the shutdown has come.
    #[serde(default, deserialize_with = "json::maybe")]
    pub shutdown: Option<ShutdownPhase>,
    /// Its phases in their order; empty while nobody asked for it.
    #[serde(default, deserialize_with = "json::known")]
    pub phases: Vec<PhaseSnapshot>,
    /// The services seen now, by their instance.
    #[serde(deserialize_with = "json::known")]
    pub services: Vec<ServiceSeen>,
    /// The peers, by their SKI.
    #[serde(deserialize_with = "json::known")]
    pub peers: Vec<PeerSnapshot>,
    /// Dials and connections, the oldest first.
    #[serde(deserialize_with = "json::known")]
    pub links: Vec<LinkSnapshot>,
    /// Counts and times.
    pub metrics: Metrics,
}

/// The program around a hub: what the hub itself does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeFacts {
    /// The moment of the hub's origin, in milliseconds since the Unix epoch.
    pub origin_unix_ms: Option<i64>,
    /// The port it listens on; `None` if nobody may dial it.
    pub port: Option<u16>,
    /// Whether mDNS runs.
    pub mdns: bool,
    /// The interfaces mDNS runs on.
    pub interfaces: Vec<String>,
    /// The trace that is being written.
    #[serde(default)]
    pub recording: Option<Recording>,
}

/// A trace that is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The file.
    pub file: String,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
}

/// A service as mDNS shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the record")]
pub struct ServiceSeen {
    pub instance: String,
    #[serde(rename = "since_ms", default)]
    pub since: Time,
    pub name: String,
    pub host: String,
    pub port: u16,
    pub addresses: Vec<SocketAddr>,
    pub interfaces: Vec<String>,
    pub ski: Option<Ski>,
    pub ship_id: Option<ShipId>,
    pub path: Option<String>,
    pub register: Option<bool>,
    pub brand: Option<String>,
    pub model: Option<String>,
    #[serde(rename = "type")]
    pub device_type: Option<String>,
    pub serial: Option<String>,
    pub categories: Vec<u16>,
    /// Every pair of the TXT record as it came; not safe to show.
    pub txt: Vec<(String, String)>,
    /// What is wrong with the record.
    #[serde(deserialize_with = "json::known")]
    pub findings: Vec<Finding>,
}

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerSnapshot {
    /// Its SKI.
    pub ski: Ski,
    /// Its SHIP ID, once known.
    pub ship_id: Option<ShipId>,
    /// What the user calls it, or what it called itself when it was paired.
    pub name: Option<String>,
    /// Since when it is trusted; seconds since the Unix epoch.
    pub trusted_since: Option<i64>,
    /// When a handshake last completed; seconds since the Unix epoch.
    pub last_seen: Option<i64>,
    /// The connection state.
    pub state: ConnectionState,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// The protocol state of its connection.
    pub protocol: Option<ProtocolState>,
    /// Whether it is paired on our side.
    pub registered: bool,
    /// Whether that is written down.
    pub stored: bool,
    /// Whether a handshake ever completed.
    pub ever_completed: bool,
    /// What becomes of it next.
    pub outlook: Outlook,
    /// Attempts since the last completed handshake.
    pub attempts: u32,
    /// When the next attempt is due.
    #[serde(rename = "next_attempt_ms")]
    pub next_attempt: Option<Time>,
    /// How long that is from now.
    #[serde(rename = "next_attempt_in_ms", default, with = "json::optional_millis")]
    pub next_attempt_in: Option<Duration>,
    /// The delay drawn for it.
    #[serde(rename = "next_attempt_delay_ms", default, with = "json::optional_millis")]
    pub next_attempt_delay: Option<Duration>,
    /// The pattern of short connections for which attempts are delayed.
    #[serde(default, deserialize_with = "json::maybe")]
    pub pattern: Option<StandingPattern>,
    /// The latest attempt, and what came of each address.
    pub attempt: Option<AttemptFacts>,
    /// Its present connection, or the last one.
    pub connection: Option<ConnectionFacts>,
    /// Its request to be paired, while nobody has decided.
    pub request: Option<PairingRequest>,
    /// Who trusts whom, while that is being found out.
    pub hello: Option<HelloStatus>,
    /// The PIN it wants from us, while it does.
    pub pin_wanted: Option<PinWanted>,
    /// Whether its PIN is remembered: then it is entered after a restart of the hub as well.
    #[serde(default)]
    pub pin_remembered: bool,
    /// What it told last that it offers.
    #[serde(default, deserialize_with = "json::maybe")]
    pub offers: Option<Offers>,
    /// How often it has changed its keys, as it announced last (SHIP 1.1).
    #[serde(default)]
    pub key_update_counter: Option<u16>,
    /// The other SKI it may use: its announced successor, or its predecessor.
    #[serde(default)]
    pub also_trusted: Option<Ski>,
    /// Addresses given by hand.
    #[serde(deserialize_with = "json::known")]
    pub targets: Vec<Target>,
    /// Wrong PINs it entered here.
    pub wrong_pins: u32,
    /// Until when no PIN of it is checked.
    #[serde(rename = "pin_penalty_until_ms")]
    pub pin_penalty_until: Option<Time>,
    /// What happened, the oldest first.
    #[serde(deserialize_with = "json::known")]
    pub history: Vec<Entry>,
    /// What was found about it, the latest last.
    #[serde(deserialize_with = "json::known")]
    pub findings: Vec<Found>,
    /// What is known of devices and stacks like it.
    #[serde(default, deserialize_with = "json::known")]
    pub quirks: Vec<QuirkSeen>,
}

impl PeerSnapshot {
    /// What people call its state.
    pub const fn state_word(&self) -> &'static str {
        state_word(self.state, self.outlook)
    }
}

/// A pattern of short connections: each repeats it, so attempts are delayed longer and longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingPattern {
    /// The finding.
    pub code: Code,
    /// How often it was repeated since it stands.
    pub times: u32,
}

/// A peer that is not trusted asks to be paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingRequest {
    /// Where it comes from.
    pub remote: SocketAddr,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// When the first of the two sides gives up, unless it gets more time.
    #[serde(rename = "until_ms")]
    pub until: Option<Time>,
}

/// A peer wants a PIN from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinWanted {
    /// Whether nothing goes on without it.
    pub required: bool,
    /// Whether the PIN entered before was wrong.
    pub refused: bool,
    /// How many of those entered on this connection were.
    #[serde(default)]
    pub wrong: u32,
    /// Whether the peer's penalty runs.
    pub busy: bool,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
}

/// What becomes of a peer next, as far as it is up to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// It has a connection.
    Connected,
    /// It is being dialled.
    Dialling,
    /// An attempt is due.
    AttemptDue,
    /// An attempt waits for a place.
    WaitsForPlace,
    /// It is dialled as soon as it is seen.
    WaitsForSight,
    /// Somebody disconnected it.
    Held,
    /// It is left to the peer to dial.
    PeerMayCome,
    /// It is not dialled any more until told to.
    GivenUp,
    /// It is not paired here.
    NotPaired,
    /// Something a newer hub tells.
    #[serde(other)]
    Other,
}

/// What people call the state of a peer, with what becomes of it next: one that somebody
/// disconnected is queued for nothing.
pub const fn state_word(state: ConnectionState, outlook: Outlook) -> &'static str {
    match (state, outlook) {
        (ConnectionState::None | ConnectionState::Queued, Outlook::Held) => "disconnected",
        _ => state.word(),
    }
}

/// A dial or a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSnapshot {
    /// Its number.
    pub link: u64,
    /// Whose.
    pub ski: Ski,
    /// Whether we dialled.
    pub we_dialled: bool,
    /// How far it has come.
    pub phase: LinkPhase,
    /// Whether it is on its way out.
    pub leaving: bool,
    /// The protocol state.
    pub protocol: Option<ProtocolState>,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// For how long.
    #[serde(rename = "age_ms", with = "json::millis")]
    pub age: Duration,
    /// The peer's address.
    pub remote: Option<SocketAddr>,
    /// How far the dial has come, while it is one.
    #[serde(default, deserialize_with = "json::maybe")]
    pub dial: Option<DialProgress>,
}

/// How far a link has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPhase {
    /// We dial.
    Dialling,
    /// It waits beside another connection until one of them is decided for.
    Waiting,
    /// The upgrade is being answered.
    Admitted,
    /// The WebSocket is open.
    Open,
    /// Something a newer hub tells.
    #[serde(other)]
    Other,
}
