//! What the hub does and tells, written down: in a replay it has to come out the same.

use serde_json::{Map, Value, json};

use super::{
    fact::{EventRecord, Fact, FrameRecord},
    pins::Pins,
};
use crate::{
    checks::{Finding, judge, offers},
    hub::{Event, EventKind, LinkId, Output, duplicate::Decision},
    proto::handshake::{HelloStatus, Role},
    time::Time,
};

impl Fact {
    /// An output, written down; `None` for what is told elsewhere.
    pub fn output(output: &Output, pins: &mut Pins) -> Option<Self> {
        Some(match output {
            Output::Dial { link, ski, also, targets } => {
                Self::Dial { link: link.number(), ski: *ski, also: *also, targets: targets.clone() }
            }
            Output::Admit { link } => Self::Admit { link: link.number() },
            Output::Refuse { link } => Self::Refuse { link: link.number() },
            Output::Transmit { link, bytes } => {
                Self::Frame(FrameRecord::new(link.number(), true, &pins.frame(bytes)))
            }
            Output::Widen { link } => Self::Widen { link: link.number() },
            Output::Ping { link } => Self::Ping { link: link.number() },
            Output::Close { link, code, reason } => {
                Self::Close { link: link.number(), code: *code, reason: (*reason).to_owned() }
            }
            Output::Forget { link } => Self::Forget { link: link.number() },
            Output::Announce { register } => Self::Announce { register: *register },
            Output::Withdraw => Self::Withdraw {},
            Output::StopListening => Self::StopListening {},
            Output::Store(change) => Self::Store { what: change.without_pin() },
            // The input before it says it all.
            Output::Event(Event {
                kind: EventKind::Dialling { .. } | EventKind::ServiceGone { .. },
                ..
            }) => return None,
            Output::Event(event) => Self::Event(event_record(event)),
            Output::Message(_) => return None,
            Output::Stopped { forced } => Self::Stopped { forced: *forced },
        })
    }
}

fn event_record(event: &Event) -> EventRecord {
    let (name, told) = told(event);
    let told = match told {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        other => Map::from_iter([("what".to_owned(), other)]),
    };
    EventRecord { ski: event.ski, event: name.to_owned(), told }
}

/// What an event tells beyond its peer. What is decided is told in full; of what a frame or an
/// input before it tells already, only that it happened.
fn told(event: &Event) -> (&'static str, Value) {
    match &event.kind {
        EventKind::State { from, to } => {
            ("state", json!({ "from": from, "to": to, "number": to.number() }))
        }
        EventKind::Protocol { state } => {
            ("protocol", json!({ "state": state, "number": state.number() }))
        }
        EventKind::Hello(status) => ("hello", hello(status, event.at)),
        EventKind::PeerShipId(id) => ("peer_ship_id", json!({ "ship_id": id })),
        EventKind::PinWanted { required, refused, wrong, busy } => (
            "pin_wanted",
            json!({ "required": required, "refused": refused, "wrong": wrong, "busy": busy }),
        ),
        EventKind::WrongPin { count, penalty_until } => {
            ("wrong_pin", json!({ "count": count, "penalty_ms": left(event.at, *penalty_until) }))
        }
        EventKind::Completed { took } => ("completed", json!({ "took_ms": ms(*took) })),
        EventKind::Data(data) => {
            ("data", json!({ "protocol_id": data.protocol_id, "bytes": data.payload.len() }))
        }
        EventKind::Offers(offers) => ("offers", json!({ "offers": offers })),
        EventKind::AutoAccept { until } => {
            ("auto_accept", json!({ "left_ms": left(event.at, *until) }))
        }
        EventKind::Limit { limit } => ("limit", json!({ "limit": limit })),
        EventKind::Registered => ("registered", Value::Null),
        EventKind::Unregistered => ("unregistered", Value::Null),
        EventKind::PinAccepted => ("pin_accepted", Value::Null),
        EventKind::RightPin => ("right_pin", Value::Null),
        EventKind::KeyMaterial(news) => (
            "key_material",
            json!({
                "update_counter": news.update_counter,
                "outcome": news.outcome,
                "trusted": news.trusted,
                "dropped": news.dropped,
            }),
        ),
        EventKind::KeyChanged { to } => ("key_changed", json!({ "to": to })),
        EventKind::PhaseEnded { phase, in_time, .. } => {
            ("phase_ended", json!({ "phase": phase, "in_time": in_time }))
        }
        other => {
            told_of_connecting(other).or_else(|| told_of_findings(other)).unwrap_or_else(|| {
                // Debug shows no secret.
                ("told", format!("{other:?}").into())
            })
        }
    }
}

/// What is decided about connections: attempts, and which of two stays.
fn told_of_connecting(kind: &EventKind) -> Option<(&'static str, Value)> {
    Some(match kind {
        EventKind::AttemptScheduled { number, delay, because } => {
            let mut drawn = json!({ "number": number, "delay_ms": ms(*delay) });
            if let Some(code) = because {
                drawn["because"] = json!(code);
            }
            ("delay_drawn", drawn)
        }
        EventKind::AttemptStarted { number, targets } => {
            ("attempt_started", json!({ "number": number, "targets": targets }))
        }
        EventKind::AttemptFailed { number, failure, verdict } => {
            let telling = failure.most_telling();
            let (code, seen) = telling.map(|tried| (tried.code, &tried.what)).unzip();
            let next = verdict.name();
            (
                "attempt_failed",
                json!({ "number": number, "code": code, "seen": seen, "next": next }),
            )
        }
        EventKind::LimitReached { limit } => ("limit_reached", json!({ "limit": limit })),
        EventKind::Connected { link, role, remote } => {
            ("connected", json!({ "link": link.number(), "role": role.name(), "remote": remote }))
        }
        EventKind::Refused { remote, why } => {
            ("refused", json!({ "remote": remote, "why": why.name() }))
        }
        EventKind::TwoConnections(decision) => ("two_connections", two_connections(decision)),
        EventKind::TwoConnectionsSettled { kept, given_up } => (
            "two_connections_settled",
            json!({ "kept": kept.number(), "given_up": given_up.number() }),
        ),
        EventKind::Replaced { link } => ("replaced", json!({ "link": link.number() })),
        _ => return None,
    })
}

/// What is found: remarks, what a device lacks, why a connection ended.
fn told_of_findings(kind: &EventKind) -> Option<(&'static str, Value)> {
    Some(match kind {
        EventKind::Remark(remark) => ("finding", finding(judge::remark(remark))),
        EventKind::Found(it) => ("finding", finding(it.clone())),
        EventKind::NoOffers { lack, waited } => {
            ("finding", finding(offers::lacking(*lack, *waited)))
        }
        EventKind::Ended { end, verdict } => {
            let mut told = judge::ended(end, *verdict).map_or_else(|| json!({}), finding);
            told["during"] = json!(end.during);
            told["completed"] = end.completed.into();
            told["after_ms"] = ms(end.after).into();
            told["next"] = verdict.name().into();
            ("ended", told)
        }
        EventKind::ServiceSeen(service) => {
            let codes: Vec<_> = judge::service(service).iter().map(|it| it.code).collect();
            ("service_seen", json!({ "instance": service.instance, "codes": codes }))
        }
        _ => return None,
    })
}

fn two_connections(decision: &Decision) -> Value {
    let side = |(link, role): (LinkId, Role)| json!({ "link": link.number(), "role": role.name() });
    json!({
        "old": side(decision.old),
        "new": side(decision.new),
        "rule": decision.rule,
        "we_decide": decision.we_decide,
        "resolution": decision.resolution,
    })
}

/// Who trusts whom, and whom that waits for.
fn hello(status: &HelloStatus, now: Time) -> Value {
    let mut told = judge::hello(status, now).map_or_else(|| json!({}), finding);
    told["we_trust"] = status.we_trust.into();
    told["peer_trusts"] = status.peer_trusts.into();
    told["we_wait_ms"] = left(now, status.we_wait_until).into();
    told["peer_waits_ms"] = left(now, status.peer_waits_until).into();
    told
}

fn left(now: Time, until: Option<Time>) -> Option<u64> {
    until.map(|until| ms(now.until(until)))
}

fn finding(finding: Finding) -> Value {
    json!({ "code": finding.code, "severity": finding.severity, "seen": finding.seen })
}

fn ms(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
