//! What a hub knows of a connection it has, as rungs: nothing is tried, so nobody is disturbed.

use std::time::Duration;

use super::{Rung, Step};
use crate::{
    checks::Finding,
    hub::{facts::ConnectionFacts, snapshot::PeerSnapshot},
    proto::{Ski, text::visible},
    time::{Time, text::rough},
};

/// The connection a hub has with this peer now.
pub fn connection(peer: &PeerSnapshot) -> Option<&ConnectionFacts> {
    peer.connection.as_ref().filter(|connection| connection.until.is_none())
}

/// The rungs from TLS up that a connection stands on.
pub fn steps(peer: &PeerSnapshot, now: Time) -> Vec<Step> {
    let Some(connection) = connection(peer) else { return Vec::new() };
    let reached = peer.protocol.and_then(Rung::of_state).unwrap_or(Rung::WebSocket);
    let below = Rung::ALL.iter().filter(|rung| **rung >= Rung::Tls && **rung < reached);
    let mut steps: Vec<Step> = below.map(|rung| step(*rung, connection, peer.ski)).collect();
    let age = rough(now.since(connection.since));
    let who = if connection.we_dialled { "the hub dialled" } else { "it dialled the hub" };
    let stands = format!("has stood for {age}, with {}; {who}", connection.remote);
    match reached {
        Rung::Close => steps.push(known(Step::left_out(Rung::Close, stands))),
        reached => steps.push(known(Step::left_out(reached, format!("{stands}; under way")))),
    }
    steps
}

fn step(rung: Rung, connection: &ConnectionFacts, ski: Ski) -> Step {
    let transport = &connection.transport;
    let mut step = Step { took: None, ..Step::ok(rung, Duration::ZERO) };
    match rung {
        Rung::Tls => {
            let parts = [&transport.tls_version, &transport.cipher_suite];
            let parts: Vec<String> = parts.into_iter().flatten().cloned().collect();
            step.evidence.extend((!parts.is_empty()).then(|| parts.join(", ")));
        }
        Rung::Certificate => {
            step.evidence.push(ski.grouped());
            for oddity in transport.certificate.iter().flat_map(|it| &it.remarks) {
                match oddity.code {
                    Some(code) => {
                        let seen = format!("Its certificate: {}.", visible(&oddity.what));
                        step = step.found(Finding::new(code, seen));
                    }
                    None => step.evidence.push(visible(&oddity.what)),
                }
            }
        }
        Rung::WebSocket => {
            step.evidence.extend(transport.path.as_ref().map(|it| format!("path {}", visible(it))));
        }
        Rung::Protocol => {
            let parts = [&connection.version, &connection.format];
            let parts: Vec<String> = parts.into_iter().flatten().cloned().collect();
            step.evidence.extend((!parts.is_empty()).then(|| format!("SHIP {}", parts.join(", "))));
        }
        Rung::Hello => step.evidence.push("both sides trust each other".to_owned()),
        Rung::Access => {
            let id = connection.ship_id.as_ref();
            step.evidence.extend(id.map(|id| format!("SHIP ID {}", visible(id.as_str()))));
        }
        _ => {}
    }
    known(step)
}

fn known(step: Step) -> Step {
    Step { by_hub: true, ..step }
}
