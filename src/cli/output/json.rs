//! Everything that happens as lines of JSON. The names here are a promise to programs: they are
//! written out by hand, so that no renaming inside ever changes them.

use std::{fmt, net::SocketAddr, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::text::rfc3339;
use crate::{
    checks::{
        Code, Finding, Severity, doctor, judge,
        ladder::{self, Rung, Step},
        offers::lacking,
        quirks::Quirk,
    },
    cli::{error::CliError, exit::Exit, settings},
    hub::{
        DoubleConnection, Event, EventKind,
        backoff::Verdict,
        dial::{DialFailure, Stage, Tried},
        duplicate::{Decision, Resolution},
        shutdown::ShutdownPhase,
    },
    mdns::{service::Service, txt::Category},
    proto::{
        ConnectionState, ProtocolState, ShipId, Ski,
        handshake::{End, HelloStatus},
    },
    spine::Offers,
    time::Time,
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

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),+];
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
    AttemptScheduled "attempt_scheduled" { number: u32, delay_ms: u64 }
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
    PinWanted "pin_wanted" { required: bool, refused: bool, busy: bool }
    PinAccepted "pin_accepted" {}
    WrongPin "wrong_pin" { count: u32, penalty_ms: Option<u64> }
    RightPin "right_pin" {}
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
        address: Option<String>,
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

/// A service with its TXT record and what is wrong with it.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct ServiceJson {
    pub instance: String,
    pub host: String,
    pub port: u16,
    pub addresses: Vec<SocketAddr>,
    pub interfaces: Vec<String>,
    pub ship_id: Option<ShipId>,
    pub path: Option<String>,
    pub register: Option<bool>,
    pub brand: Option<String>,
    pub model: Option<String>,
    #[serde(rename = "type")]
    pub device_type: Option<String>,
    pub serial: Option<String>,
    pub categories: Vec<CategoryJson>,
    pub findings: Vec<Finding>,
}

/// A device category.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct CategoryJson {
    pub number: u16,
    pub name: Option<&'static str>,
}

/// What happened at one address.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct TriedJson {
    pub target: String,
    pub address: Option<SocketAddr>,
    pub stage: String,
    pub code: &'static str,
    pub message: String,
}

/// What a failed run tells.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct FailureJson {
    pub stage: Option<String>,
    pub code: Option<Code>,
    pub message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    pub advice: Option<String>,
}

impl Body {
    /// The last line of a run that did what was asked.
    pub fn done(outcome: &'static str, exit: Exit, details: Map<String, Value>) -> Self {
        Self::Result { outcome, exit: exit.number(), failure: None, details }
    }

    /// The last line of a run that failed.
    pub fn failed(error: &CliError) -> Self {
        let failure = FailureJson {
            stage: error.stage.clone(),
            code: error.code,
            message: error.message.clone(),
            causes: error.causes.clone(),
            advice: error.hint.clone(),
        };
        Self::Result {
            outcome: error.exit.name(),
            exit: error.exit.number(),
            failure: Some(failure),
            details: Map::new(),
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
                findings: judge::service(service),
            }),
        }
    }

    /// An event of the hub.
    pub fn event(event: &Event) -> Self {
        let left = |until: &Option<Time>| until.map(|until| ms(event.at.until(until)));
        match &event.kind {
            EventKind::ServiceSeen(service) => Self::seen(service),
            EventKind::ServiceGone { instance } => Self::ServiceGone { instance: instance.clone() },
            EventKind::Registered => Self::Registered {},
            EventKind::Unregistered => Self::Unregistered {},
            EventKind::State { from, to } => {
                Self::State { from: *from, to: *to, number: to.number() }
            }
            EventKind::Protocol { state } => {
                Self::Protocol { state: *state, number: state.number() }
            }
            EventKind::AttemptScheduled { number, delay } => {
                Self::AttemptScheduled { number: *number, delay_ms: ms(*delay) }
            }
            EventKind::AttemptStarted { number, targets } => Self::AttemptStarted {
                number: *number,
                targets: targets.iter().map(ToString::to_string).collect(),
            },
            EventKind::Dialling { target, address, stage } => {
                Self::Dialling { target: target.to_string(), address: *address, stage: *stage }
            }
            EventKind::AttemptFailed { number, failure, verdict } => {
                attempt_failed(*number, failure, *verdict)
            }
            EventKind::Connected { role, remote, .. } => {
                Self::Connected { role: role.name(), remote: *remote }
            }
            EventKind::Refused { remote, why } => {
                Self::Refused { remote: *remote, reason: why.name() }
            }
            EventKind::PairingRequest { remote } => Self::PairingRequest { remote: *remote },
            EventKind::Hello(status) => hello(status, left),
            EventKind::PeerShipId(id) => Self::PeerShipId { ship_id: id.clone() },
            EventKind::PinWanted { required, refused, busy } => {
                Self::PinWanted { required: *required, refused: *refused, busy: *busy }
            }
            EventKind::PinAccepted => Self::PinAccepted {},
            EventKind::WrongPin { count, penalty_until } => {
                Self::WrongPin { count: *count, penalty_ms: left(penalty_until) }
            }
            EventKind::RightPin => Self::RightPin {},
            EventKind::Completed { took } => Self::Completed { took_ms: ms(*took) },
            EventKind::Data(data) => {
                Self::Data { protocol_id: data.protocol_id.clone(), bytes: data.payload.len() }
            }
            EventKind::Offers(offers) => Self::Offers { offers: offers.clone() },
            EventKind::NoOffers { lack, waited } => {
                Self::Found { finding: lacking(*lack, *waited) }
            }
            EventKind::Remark(remark) => Self::Found { finding: judge::remark(remark) },
            EventKind::Found(finding) => Self::Found { finding: finding.clone() },
            EventKind::TwoConnections(decision) => two_connections(decision),
            EventKind::TwoConnectionsSettled { kept, given_up } => {
                let [kept, given_up] = [kept.number(), given_up.number()];
                Self::TwoConnectionsSettled { kept, given_up }
            }
            EventKind::Replaced { .. } => Self::Replaced {},
            EventKind::Ended { end, verdict } => ended(end, *verdict),
            EventKind::AutoAccept { until } => Self::AutoAccept { left_ms: left(until) },
            EventKind::ShuttingDown { connections } => {
                Self::ShuttingDown { connections: *connections }
            }
            EventKind::LimitReached { limit } => Self::LimitReached { limit: *limit },
            EventKind::Limit { limit } => Self::Limit { limit: *limit },
            EventKind::PhaseBegan { phase } => Self::PhaseBegan { phase: *phase },
            EventKind::PhaseEnded { phase, took, in_time } => {
                Self::PhaseEnded { phase: *phase, took_ms: ms(*took), in_time: *in_time }
            }
            EventKind::ShutDown { took, forced } => {
                Self::ShutDown { took_ms: ms(*took), forced: *forced }
            }
        }
    }
}

fn two_connections(decision: &Decision) -> Body {
    Body::TwoConnections {
        old: decision.old.1.name(),
        new: decision.new.1.name(),
        rule: decision.rule,
        we_decide: decision.we_decide,
        resolution: decision.resolution,
    }
}

fn hello(status: &HelloStatus, left: impl Fn(&Option<Time>) -> Option<u64>) -> Body {
    Body::Hello {
        we_trust: status.we_trust,
        peer_trusts: status.peer_trusts,
        we_wait_ms: left(&status.we_wait_until),
        peer_waits_ms: left(&status.peer_waits_until),
        prolongations_granted: status.prolongations_granted,
        prolongations_asked: status.prolongations_asked,
    }
}

fn attempt_failed(number: u32, failure: &DialFailure, verdict: Verdict) -> Body {
    let telling = failure.most_telling();
    let tried = |tried: &Tried| TriedJson {
        target: tried.target.to_string(),
        address: tried.address,
        stage: tried.stage.to_string(),
        code: tried.code,
        message: tried.what.clone(),
    };
    Body::AttemptFailed {
        number,
        stage: telling.map(|tried| tried.stage.to_string()),
        code: telling.map(|tried| tried.code),
        tried: failure.tried.iter().map(tried).collect(),
        next: verdict.name(),
    }
}

fn ended(end: &End, verdict: Verdict) -> Body {
    let finding = judge::ended(end, verdict);
    Body::Ended {
        stage: judge::stage(end.during),
        state: end.during,
        completed: end.completed,
        after_ms: ms(end.after),
        code: finding.as_ref().map(|finding| finding.code),
        seen: finding.as_ref().map(|finding| finding.seen.clone()),
        advice: finding.map(|finding| finding.advice.into_owned()),
        next: verdict.name(),
    }
}

/// A duration in milliseconds.
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SKI: Ski = Ski::from_bytes([0x55; 20]);

    fn line(kind: EventKind) -> Value {
        let event = Event { at: Time::after(Duration::from_secs(10)), ski: Some(SKI), kind };
        let at = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_007);
        let body = Body::event(&event);
        serde_json::from_str(&Line::new(at, event.ski, &body).to_string()).unwrap()
    }

    #[test]
    fn the_schema_has_every_event() {
        let text = include_str!("../../../docs/schema/output.json");
        let schema: Value = serde_json::from_str(text).unwrap();
        let of_schema = schema["$defs"]["line"]["properties"]["event"]["enum"].clone();
        let mut of_schema: Vec<String> = serde_json::from_value(of_schema).unwrap();
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        of_schema.sort_unstable();
        assert_eq!(of_schema, names);
    }

    #[test]
    fn a_line_begins_with_schema_time_event_and_ski() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let text = Line::new(at, Some(SKI), &Body::Registered {}).to_string();
        assert_eq!(
            text,
            format!(
                r#"{{"schema":1,"ts":"1970-01-01T00:00:00.000Z","event":"registered","ski":"{SKI}"}}"#
            )
        );
        let text = Line::new(at, None, &Body::Lost { count: 3 }).to_string();
        assert!(text.ends_with(r#""event":"events_lost","ski":null,"count":3}"#), "{text}");
    }

    #[test]
    fn times_left_are_counted_from_the_event() {
        let hello = line(EventKind::Hello(HelloStatus {
            we_trust: true,
            peer_trusts: Some(false),
            we_wait_until: Some(Time::after(Duration::from_secs(70))),
            peer_waits_until: None,
            prolongations_granted: 1,
            prolongations_asked: 0,
        }));
        assert_eq!(
            hello,
            json!({
                "schema": 1, "ts": "2023-11-14T22:13:20.007Z", "event": "hello", "ski": SKI,
                "we_trust": true, "peer_trusts": false, "we_wait_ms": 60_000,
                "peer_waits_ms": null, "prolongations_granted": 1, "prolongations_asked": 0,
            })
        );
    }

    #[test]
    fn a_failed_run_tells_stage_code_and_advice() {
        let error = CliError::new(Exit::Denied, "refused").code(Code::Hel03).stage("hello");
        let text =
            Line::new(OffsetDateTime::UNIX_EPOCH, Some(SKI), &Body::failed(&error)).to_string();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["event"], "result");
        assert_eq!(value["outcome"], "denied");
        assert_eq!(value["exit"], 77);
        assert_eq!(value["stage"], "hello");
        assert_eq!(value["code"], "HEL-03");
        assert_eq!(value["advice"], Code::Hel03.advice());
    }

    #[test]
    fn a_good_run_tells_no_failure() {
        let body = Body::done("completed", Exit::Done, Map::new());
        let text = Line::new(OffsetDateTime::UNIX_EPOCH, None, &body).to_string();
        assert!(
            text.ends_with(r#""event":"result","ski":null,"outcome":"completed","exit":0}"#),
            "{text}"
        );
    }

    #[test]
    fn data_is_counted_and_not_shown() {
        let data = crate::proto::message::Data {
            protocol_id: "ee1.0".to_owned(),
            payload: r#"{"secret":1}"#.to_owned(),
        };
        let value = line(EventKind::Data(data));
        assert_eq!(value["bytes"], 12);
        assert!(!value.to_string().contains("secret"));
    }
}
