//! A trace as rows of states: a lane for each peer, each state with its time and duration.

use std::{collections::BTreeMap, time::Duration};

use super::{fact::Fact, file::Trace};
use crate::time::text::span;
use crate::{proto::Ski, time::Time};

/// The states of one peer, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose.
    pub ski: Ski,
    /// Its states.
    pub stays: Vec<Stay>,
}

/// A state a peer was in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The name of the connection state.
    pub state: String,
    /// From when.
    pub from: Time,
    /// For how long; of the last one, until the end of the trace.
    pub lasted: Duration,
    /// Whether it is the last one, and may have lasted longer.
    pub is_last: bool,
    /// The protocol states passed through meanwhile, each with its number and how long after the
    /// beginning of this state.
    pub protocol: Vec<(u64, String, Duration)>,
    /// What else happened meanwhile: delays drawn, findings, decisions, each with its code or name.
    pub marks: Vec<String>,
}

/// The lanes of a trace, in the order of the SKIs.
pub fn lanes(trace: &Trace) -> Vec<Lane> {
    let mut lanes: BTreeMap<Ski, Vec<Stay>> = BTreeMap::new();
    let mut end = Time::ORIGIN;
    for line in &trace.lines {
        end = end.max(line.at);
        let Some(Fact::Event(event)) = &line.fact else { continue };
        let Some(ski) = event.ski else { continue };
        let stays = lanes.entry(ski).or_default();
        match &*event.event {
            "state" => {
                if let Some(last) = stays.last_mut() {
                    last.lasted = line.at.since(last.from);
                    last.is_last = false;
                }
                stays.push(Stay::new(event.text("to").unwrap_or("?"), line.at));
            }
            "protocol" => {
                let stay = current(stays, line.at);
                let number = event.number("number").unwrap_or_default();
                let name = event.text("state").unwrap_or("?").to_owned();
                stay.protocol.push((number, name, line.at.since(stay.from)));
            }
            "delay_drawn" => {
                let delay = Duration::from_millis(event.number("delay_ms").unwrap_or_default());
                let number = event.number("number").unwrap_or_default();
                let mark = format!("attempt {number} in {}", span(delay));
                current(stays, line.at).marks.push(mark);
            }
            "two_connections" => {
                current(stays, line.at).marks.push(super::show::two_connections(event));
            }
            _ => {
                if let Some(code) = event.text("code") {
                    current(stays, line.at).marks.push(code.to_owned());
                }
            }
        }
    }
    for last in lanes.values_mut().filter_map(|stays| stays.last_mut()) {
        last.lasted = end.since(last.from);
    }
    lanes.into_iter().map(|(ski, stays)| Lane { ski, stays }).collect()
}

/// The state a peer is in; before its first one is told, none.
fn current(stays: &mut Vec<Stay>, at: Time) -> &mut Stay {
    if stays.is_empty() {
        stays.push(Stay::new("None", at));
    }
    let last = stays.len() - 1;
    &mut stays[last]
}

impl Stay {
    fn new(state: &str, from: Time) -> Self {
        Self {
            state: crate::proto::text::visible(state),
            from,
            lasted: Duration::ZERO,
            is_last: true,
            protocol: Vec::new(),
            marks: Vec::new(),
        }
    }
}
