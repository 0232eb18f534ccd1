//! The events of a hub, one kind of line each.

use super::{Body, TriedJson, ms};
use crate::{
    checks::{judge, offers::lacking},
    hub::{
        Event, EventKind as Kind,
        backoff::Verdict,
        dial::{DialFailure, Tried},
        duplicate::Decision,
    },
    proto::{
        Target,
        handshake::{End, HelloStatus},
        message::Data,
    },
    time::Time,
};

impl Body {
    /// An event of the hub.
    pub fn event(event: &Event) -> Self {
        let left = |until: &Option<Time>| until.map(|until| ms(event.at.until(until)));
        match &event.kind {
            Kind::ServiceSeen(service) => Self::seen(service),
            Kind::ServiceGone { instance } => Self::ServiceGone { instance: instance.clone() },
            Kind::Registered => Self::Registered {},
            Kind::Unregistered => Self::Unregistered {},
            Kind::State { from, to } => Self::State { from: *from, to: *to, number: to.number() },
            Kind::Protocol { state } => Self::Protocol { state: *state, number: state.number() },
            Kind::AttemptScheduled { number, delay, because } => {
                Self::AttemptScheduled { number: *number, delay_ms: ms(*delay), because: *because }
            }
            Kind::AttemptStarted { number, targets } => attempt_started(*number, targets),
            Kind::Dialling { target, address, stage } => {
                Self::Dialling { target: target.to_string(), address: *address, stage: *stage }
            }
            Kind::AttemptFailed { number, failure, verdict } => {
                attempt_failed(*number, failure, *verdict)
            }
            Kind::Connected { role, remote, .. } => {
                Self::Connected { role: role.name(), remote: *remote }
            }
            Kind::Refused { remote, why } => Self::Refused { remote: *remote, reason: why.name() },
            Kind::PairingRequest { remote } => Self::PairingRequest { remote: *remote },
            Kind::Hello(status) => hello(status, left),
            Kind::PeerShipId(id) => Self::PeerShipId { ship_id: id.clone() },
            &Kind::PinWanted { required, refused, wrong, busy } => {
                Self::PinWanted { required, refused, wrong, busy }
            }
            Kind::PinAccepted => Self::PinAccepted {},
            Kind::WrongPin { count, penalty_until } => {
                Self::WrongPin { count: *count, penalty_ms: left(penalty_until) }
            }
            Kind::RightPin => Self::RightPin {},
            Kind::KeyMaterial(news) => Self::KeyMaterial {
                update_counter: news.update_counter,
                outcome: news.outcome.name(),
                trusted: news.trusted,
                dropped: news.dropped,
            },
            Kind::KeyChanged { to } => Self::KeyChanged { to: *to },
            Kind::Completed { took } => Self::Completed { took_ms: ms(*took) },
            Kind::Data(data) => data_of(data),
            Kind::Offers(offers) => Self::Offers { offers: offers.clone() },
            Kind::NoOffers { lack, waited } => Self::Found { finding: lacking(*lack, *waited) },
            Kind::Remark(remark) => Self::Found { finding: judge::remark(remark) },
            Kind::Found(finding) => Self::Found { finding: finding.clone() },
            Kind::TwoConnections(decision) => two_connections(decision),
            Kind::TwoConnectionsSettled { kept, given_up } => {
                Self::TwoConnectionsSettled { kept: kept.number(), given_up: given_up.number() }
            }
            Kind::Replaced { .. } => Self::Replaced {},
            Kind::Ended { end, verdict } => ended(end, *verdict),
            Kind::AutoAccept { until } => Self::AutoAccept { left_ms: left(until) },
            Kind::ShuttingDown { connections } => Self::ShuttingDown { connections: *connections },
            Kind::LimitReached { limit } => Self::LimitReached { limit: *limit },
            Kind::Limit { limit } => Self::Limit { limit: *limit },
            Kind::PhaseBegan { phase } => Self::PhaseBegan { phase: *phase },
            Kind::PhaseEnded { phase, took, in_time } => {
                Self::PhaseEnded { phase: *phase, took_ms: ms(*took), in_time: *in_time }
            }
            Kind::ShutDown { took, forced } => {
                Self::ShutDown { took_ms: ms(*took), forced: *forced }
            }
        }
    }
}

fn attempt_started(number: u32, targets: &[Target]) -> Body {
    Body::AttemptStarted { number, targets: targets.iter().map(ToString::to_string).collect() }
}

fn data_of(data: &Data) -> Body {
    Body::Data { protocol_id: data.protocol_id.clone(), bytes: data.payload.len() }
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
