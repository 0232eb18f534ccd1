//! The rungs above the WebSocket, from what the handshake tells.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Duration};

use super::{Failure, Rung, Step};
use crate::{
    checks::{Code, Finding, Severity, judge},
    proto::{
        ProtocolState,
        handshake::{Cause, End, Event, Expectation, HelloStatus, Instead, Remark, Side},
        message::Version,
        text::visible,
    },
    time::{Time, text::span},
};

/// A handshake on its way up. Hand it every event; take what [`Climb::poll_step`] has.
#[derive(Debug)]
pub struct Climb {
    rung: Rung,
    since: Time,
    state: ProtocolState,
    /// What is known of the present rung.
    evidence: Vec<String>,
    findings: Vec<Finding>,
    /// What came on it that was of no use.
    odd: Option<Instead>,
    hello: Option<HelloStatus>,
    version: Option<Version>,
    /// Why we leave, or have left.
    leaving: Option<Leaving>,
    failure: Option<Failure>,
    settled: VecDeque<Step>,
}

/// Why we leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// There is no more to see.
    Done,
    /// A rung does not hold, or somebody told us to.
    Early,
}

impl Climb {
    /// Begins on an open WebSocket.
    pub fn new(now: Time) -> Self {
        Self {
            rung: Rung::Cmi,
            since: now,
            state: ProtocolState::CmiInitStart,
            evidence: Vec::new(),
            findings: Vec::new(),
            odd: None,
            hello: None,
            version: None,
            leaving: None,
            failure: None,
            settled: VecDeque::new(),
        }
    }

    /// The rung it is on.
    pub fn rung(&self) -> Rung {
        self.rung
    }

    /// Since when.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The next rung with what came of it.
    pub fn poll_step(&mut self) -> Option<Step> {
        self.settled.pop_front()
    }

    /// Why it went no further, once it is known.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether we are on our way out.
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// Whether the peer said whether it trusts us.
    pub fn peer_has_spoken(&self) -> bool {
        self.rung == Rung::Hello && self.hello.is_some_and(|hello| hello.peer_trusts.is_some())
    }

    /// Both sides agreed upon this version.
    pub fn agreed(&mut self, version: Version) {
        self.version = Some(version);
    }

    /// Takes notice of an event.
    pub fn take(&mut self, now: Time, event: &Event) {
        match event {
            Event::State { protocol, .. } => self.enter(now, *protocol),
            Event::Hello(status) => self.hello = Some(*status),
            Event::PeerShipId(id) => {
                self.evidence.push(format!("SHIP ID {}", visible(id.as_str())));
            }
            Event::PinAccepted => self.evidence.push("our PIN was right".to_owned()),
            Event::Remark(remark) if self.leaving.is_none() => self.remark(remark),
            Event::Ended(end) => self.ended(now, end.clone()),
            _ => {}
        }
    }

    /// The peer answered our ping.
    pub fn pong(&mut self, now: Time) {
        let took = span(now.since(self.since));
        self.evidence.push(format!("answers a ping within {took}"));
    }

    /// There is no more to see: at the hello, where we do not trust it, or at the top.
    pub fn leave(&mut self, now: Time) {
        if self.rung == Rung::Hello {
            let (says, its) = match self.hello.and_then(|status| status.peer_trusts) {
                Some(true) => ("ready", "it trusts us"),
                _ => ("pending", "it does not trust us yet"),
            };
            self.evidence.push(format!("it says {says}: {its}"));
            let seen = format!("It is not trusted here, so we left at the hello; {its}.");
            self.findings.push(Finding::new(Code::Hel04, seen).with_severity(Severity::Info));
            self.settle(now, Rung::Close);
        }
        self.leaving = Some(Leaving::Done);
    }

    /// Somebody told us to leave.
    pub fn interrupt(&mut self) {
        self.leaving = Some(Leaving::Early);
    }

    /// The time for this rung is over.
    pub fn out_of_time(&mut self, now: Time) {
        let waited = now.since(self.since);
        let turn = self.hello.filter(|_| self.rung == Rung::Hello);
        let turn = turn.filter(|status| status.peer_trusts == Some(false));
        if let Some(finding) = turn.and_then(|status| judge::hello(&status, now)) {
            self.fail(now, self.rung, finding);
            self.failure = Some(Failure::Waits);
        } else {
            let expected = judge::due(self.state).unwrap_or(match self.rung {
                Rung::Hello => Expectation::Hello,
                Rung::Pin => Expectation::PinState,
                Rung::Access => Expectation::AccessMethods,
                _ => Expectation::CloseConfirm,
            });
            let cause = Cause::TimedOut { expected, waited };
            self.broken(now, self.ended_by(cause, waited));
        }
        self.leaving = Some(Leaving::Early);
    }

    fn ended_by(&self, cause: Cause, after: Duration) -> End {
        End { during: self.state, cause, completed: false, after, instead: None }
    }

    fn enter(&mut self, now: Time, state: ProtocolState) {
        let Some(rung) = Rung::of_state(state) else { return };
        self.state = state;
        if rung > self.rung && self.leaving.is_none() {
            self.holds();
            self.settle(now, rung);
        }
    }

    /// What is to be said of a rung that holds.
    fn holds(&mut self) {
        let says = match self.rung {
            Rung::Cmi => Some("00 00 in both directions".to_owned()),
            Rung::Hello => Some("both sides trust each other".to_owned()),
            Rung::Protocol => {
                self.version.map(|it| format!("SHIP {}.{}, JSON-UTF8", it.major, it.minor))
            }
            Rung::Pin if self.evidence.is_empty() => Some("none is in the way".to_owned()),
            _ => None,
        };
        self.evidence.splice(0..0, says);
    }

    /// The present rung holds; the next one begins.
    fn settle(&mut self, now: Time, next: Rung) {
        let step = Step::ok(self.rung, now.since(self.since));
        let step = self.with_what_is_known(step);
        self.settled.push_back(step);
        (self.rung, self.since, self.odd) = (next, now, None);
    }

    fn fail(&mut self, now: Time, rung: Rung, why: Finding) {
        let mut step = Step::failed(rung, now.since(self.since), why);
        step.findings.splice(0..0, self.findings.drain(..));
        step.evidence.append(&mut self.evidence);
        self.settled.push_back(step);
    }

    fn with_what_is_known(&mut self, mut step: Step) -> Step {
        step.evidence.append(&mut self.evidence);
        self.findings.drain(..).fold(step, Step::found)
    }

    fn remark(&mut self, remark: &Remark) {
        let finding = judge::remark(remark);
        self.odd = Instead::of(remark).or(self.odd.take());
        if !self.findings.iter().any(|known| known.code == finding.code) {
            self.findings.push(finding);
        }
    }

    fn ended(&mut self, now: Time, end: End) {
        match (self.leaving, &end.cause) {
            (Some(Leaving::Done), Cause::Closed { by: Side::We, confirmed, .. }) => {
                let says = if *confirmed {
                    "our close was announced and confirmed"
                } else {
                    "our close was announced, and nothing confirmed it"
                };
                self.evidence.push(says.to_owned());
                self.settle(now, Rung::Close);
            }
            (Some(Leaving::Early), _) => {}
            // What the device did before we left is no leave of ours.
            _ => self.broken(now, end),
        }
    }

    /// The connection does not hold. What came just before tells more than the silence after it.
    fn broken(&mut self, now: Time, end: End) {
        let rung = Rung::of_state(end.during).unwrap_or(self.rung);
        let timed_out = matches!(end.cause, Cause::TimedOut { .. });
        let odd = self.odd.take().filter(|_| timed_out && rung == self.rung);
        let end = End { instead: end.instead.or(odd), ..end };
        let why = judge::end(&end);
        if let (Some(why), Some(_)) = (&why, &end.instead) {
            // It is said once.
            self.findings.retain(|known| known.code != why.code);
        }
        match why {
            Some(why) => {
                self.fail(now, rung, why);
                self.failure = Some(Failure::End(end));
            }
            None => {
                let by_peer = matches!(end.cause, Cause::Closed { by: Side::Peer, .. });
                let says = if by_peer { "it closed in order by itself" } else { "closed in order" };
                self.evidence.push(says.to_owned());
                self.settle(now, Rung::Close);
            }
        }
    }
}
