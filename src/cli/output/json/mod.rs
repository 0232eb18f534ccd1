//! Everything that happens as lines of JSON. The names here are a promise to programs: they are
//! written out by hand, so that no renaming inside ever changes them.
//!
//! | room | what happens there |
//! |---|---|
//! | `event` | the events of a hub, one kind of line each |
//! | `parts` | what stands in a line as an object of its own |

mod event;
mod parts;

use std::{fmt, net::SocketAddr, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub use self::parts::{CategoryJson, FailureJson, ServiceJson, TriedJson};
use super::text::rfc3339;
use crate::{
    checks::{
        Code, Finding, Severity, doctor, judge,
        ladder::{self, Rung, Step},
        quirks::Quirk,
    },
    cli::{error::CliError, exit::Exit, settings},
    hub::{DoubleConnection, dial::Stage, duplicate::Resolution, shutdown::ShutdownPhase},
    mdns::{service::Service, txt::Category},
    proto::{ConnectionState, ProtocolState, ShipId, Ski},
    spine::Offers,
};

/// The version of what is written here; a new one only if something old changes its meaning.
pub const SCHEMA: u8 = 1;

/// One line: when, what, which peer.
#[derive(Serialize)]
pub struct Line<'a> {
    schema: u8,
    ts: String,
    event: &'static str,
    ski: Option<Ski>,
    #[serde(flatten)]
    body: &'a Body,
}

impl<'a> Line<'a> {
    /// The line about something that happened at `at`.
    pub fn new(at: OffsetDateTime, ski: Option<Ski>, body: &'a Body) -> Self {
        Self { schema: SCHEMA, ts: rfc3339(at), event: body.name(), ski, body }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// One row a kind of line: its name, and what stands in it besides time and SKI.
macro_rules! bodies {
    ($($(#[$meta:meta])* $variant:ident $name:literal {
        $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)?
    })+) => {
        /// What a line tells; durations in milliseconds.
        #[derive(Debug, Serialize)]
        #[serde(untagged)]
        #[expect(missing_docs, reason = "the names of the fields say it")]
        pub enum Body {
            $($(#[$meta])* #[doc = $name] $variant { $($(#[$fmeta])* $field: $type),* }),+
        }

        impl Body {
            /// The value of `event`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),+ }
            }
        }

        /// The value of `event` of every kind.
        pub const NAMES: &[&str] = &[$($name),+];
    };
}

bodies! {
    Checked "check" {
        check: &'static str, verdict: doctor::Verdict, evidence: String, finding: Option<Finding>,
    }
    Setting "setting" {
        name: &'static str, value: Option<settings::value::Value>, origin: &'static str,
        path: Option<String>, line: Option<usize>, variable: Option<String>,
        flag: Option<&'static str>,
    }
    Problem "problem" { place: String, line: Option<usize>, message: String, advice: String }
    Started "started" {
        ship_id: ShipId, port: Option<u16>, state_dir: String, own_ski: Ski,
    }
    Device "device" { device: String, ship_id: ShipId, port: u16, does: String }
    DeviceDid "device_did" { device: String, what: String }
    ServiceSeen "service_seen" {
        #[serde(flatten)] service: Box<ServiceJson>,
    }
    ServiceGone "service_gone" { instance: String }
    Registered "registered" {}
    Unregistered "unregistered" {}
    State "state" { from: ConnectionState, to: ConnectionState, number: u8 }
    Protocol "protocol" { state: ProtocolState, number: u8 }
    AttemptScheduled "attempt_scheduled" {
        number: u32, delay_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")] because: Option<Code>,
    }
    AttemptStarted "attempt_started" { number: u32, targets: Vec<String> }
    Dialling "dialling" { target: String, address: Option<SocketAddr>, stage: Stage }
    AttemptFailed "attempt_failed" {
        number: u32, stage: Option<String>, code: Option<&'static str>, tried: Vec<TriedJson>,
        next: &'static str,
    }
    Connected "connected" { role: &'static str, remote: SocketAddr }
    Refused "refused" { remote: SocketAddr, reason: &'static str }
    PairingRequest "pairing_request" { remote: SocketAddr }
    Hello "hello" {
        we_trust: bool, peer_trusts: Option<bool>, we_wait_ms: Option<u64>,
        peer_waits_ms: Option<u64>, prolongations_granted: u32, prolongations_asked: u32,
    }
    PeerShipId "peer_ship_id" { ship_id: ShipId }
    PinWanted "pin_wanted" { required: bool, refused: bool, wrong: u32, busy: bool }
    PinAccepted "pin_accepted" {}
    WrongPin "wrong_pin" { count: u32, penalty_ms: Option<u64> }
    RightPin "right_pin" {}
    KeyMaterial "key_material" {
        update_counter: u16, outcome: &'static str, trusted: Option<Ski>, dropped: Option<Ski>,
    }
    KeyChanged "key_changed" { to: Ski }
    Completed "completed" { took_ms: u64 }
    Data "data" { protocol_id: String, bytes: usize }
    Offers "offers" {
        #[serde(flatten)] offers: Box<Offers>,
    }
    Found "finding" {
        #[serde(flatten)] finding: Finding,
    }
    TwoConnections "two_connections" {
        old: &'static str, new: &'static str, rule: DoubleConnection, we_decide: bool,
        resolution: Resolution,
    }
    TwoConnectionsSettled "two_connections_settled" { kept: u64, given_up: u64 }
    Replaced "replaced" {}
    Ended "ended" {
        stage: &'static str, state: ProtocolState, completed: bool, after_ms: u64,
        code: Option<Code>, seen: Option<String>, advice: Option<String>, next: &'static str,
    }
    AutoAccept "auto_accept" { left_ms: Option<u64> }
    LimitReached "limit_reached" { limit: usize }
    Limit "limit" { limit: usize }
    ShuttingDown "shutting_down" { connections: usize }
    PhaseBegan "phase_began" { phase: ShutdownPhase }
    PhaseEnded "phase_ended" { phase: ShutdownPhase, took_ms: u64, in_time: bool }
    ShutDown "shut_down" { took_ms: u64, forced: bool }
    Explained "explained" {
        code: Code, severity: Severity, title: &'static str, seen: &'static str,
        cause: &'static str, advice: &'static str, reference: Option<&'static str>,
        found_by: &'static str,
    }
    Quirk "quirk" {
        name: &'static str, who: &'static str, does: &'static str, handling: &'static str,
        recognised_by: &'static str, codes: &'static [Code],
    }
    Inbound "inbound_failed" { remote: SocketAddr, message: String, code: &'static str }
    Warning "warning" {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")] code: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")] advice: Option<String>,
    }
    Lost "events_lost" { count: u64 }
    Trusted "trusted" {
        name: Option<String>, ship_id: Option<ShipId>, since: String, last_seen: Option<String>,
        address: Option<String>, also_trusted: Option<Ski>, pin_remembered: bool,
    }
    Probe "probe" {
        run: u32, targets: Vec<String>, rung_limit_ms: u64, ends_within_ms: u64,
    }
    Rung "rung" {
        run: u32, rung: Rung, verdict: ladder::Verdict, took_ms: Option<u64>, evidence: Vec<String>,
        findings: Vec<Finding>, by_hub: bool,
    }
    Status "status" {
        #[serde(flatten)] details: Map<String, Value>,
    }
    Result "result" {
        outcome: &'static str, exit: u8,
        #[serde(flatten)] failure: Option<FailureJson>,
        #[serde(flatten)] details: Map<String, Value>,
    }
}

impl Body {
    /// The last line of a run that did what was asked, or ended as this exit code says.
    pub fn done(outcome: &'static str, exit: Exit, details: Map<String, Value>) -> Self {
        let failure = FailureJson::of_exit(exit);
        Self::Result { outcome, exit: exit.number(), failure, details }
    }

    /// The last line of a run that failed.
    pub fn failed(error: &CliError) -> Self {
        Self::failed_with(error, Map::new())
    }

    /// The same with what was found all the same.
    pub fn failed_with(error: &CliError, details: Map<String, Value>) -> Self {
        Self::Result {
            outcome: error.exit.name(),
            exit: error.exit.number(),
            failure: Some(FailureJson::of(error)),
            details,
        }
    }

    /// What a code means.
    pub fn explained(code: Code) -> Self {
        Self::Explained {
            code,
            severity: code.severity(),
            title: code.title(),
            seen: code.seen(),
            cause: code.cause(),
            advice: code.advice(),
            reference: code.reference(),
            found_by: code.family().found_by,
        }
    }

    /// A quirk of devices.
    pub fn quirk(quirk: &Quirk) -> Self {
        Self::Quirk {
            name: quirk.name,
            who: quirk.who,
            does: quirk.does,
            handling: quirk.handling,
            recognised_by: quirk.recognised_by,
            codes: quirk.codes,
        }
    }

    /// What came of a rung of the probe with this number.
    pub fn rung(run: u32, step: &Step) -> Self {
        let Step { rung, verdict, took, evidence, findings, by_hub } = step.clone();
        Self::Rung { run, rung, verdict, took_ms: took.map(ms), evidence, findings, by_hub }
    }

    /// A service.
    pub fn seen(service: &Service) -> Self {
        let txt = &service.txt;
        let category = |n: &u16| CategoryJson { number: *n, name: Category(*n).name() };
        Self::ServiceSeen {
            service: Box::new(ServiceJson {
                instance: service.instance.clone(),
                host: service.host.clone(),
                port: service.port,
                addresses: service.addresses.clone(),
                interfaces: service.interfaces.clone(),
                ship_id: txt.ship_id.clone(),
                path: txt.path.clone(),
                register: txt.register,
                brand: txt.brand.clone(),
                model: txt.model.clone(),
                device_type: txt.device_type.clone(),
                serial: txt.serial.clone(),
                categories: txt.categories.iter().map(category).collect(),
                trusted: None,
                findings: judge::service(service),
            }),
        }
    }
}

/// A duration in milliseconds.
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
