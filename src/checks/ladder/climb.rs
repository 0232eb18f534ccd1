//! The rungs above the WebSocket, from what the handshake tells.

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
    time::Time,
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
        let took = now.since(self.since).as_millis();
        self.evidence.push(format!("answers a ping within {took} ms"));
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

/// What was last seen of a connection, as evidence of the close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// The last message of the peer, in one line.
    pub received: Option<String>,
    /// Our last message, in one line.
    pub sent: Option<String>,
    /// How the peer closed the WebSocket.
    pub peer_closed: Option<String>,
    /// How we did.
    pub we_closed: Option<String>,
}

impl Last {
    /// A sentence each.
    pub fn evidence(&self) -> Vec<String> {
        let said = |who: &str, what: &Option<String>| {
            what.as_ref().map(|what| format!("{who}: {}", visible(what)))
        };
        [
            said("its last message", &self.received),
            said("our last message", &self.sent),
            said("we closed", &self.we_closed),
            said("it closed", &self.peer_closed),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The rung of a connection that was left early: how it went, and no verdict.
pub fn left(last: &Last) -> Option<Step> {
    let evidence = last.evidence();
    let step = Step::left_out(Rung::Close, "we left before");
    (!evidence.is_empty()).then_some(Step { evidence, ..step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checks::ladder::Verdict,
        proto::{
            codec::encode,
            handshake::{Connection, Output, Role, Settings, TransportEnd, Trust},
            message::*,
        },
    };

    const MS: Duration = Duration::from_millis(1);

    /// A connection of ours that is talked to by hand, and its climb.
    struct Bench {
        connection: Connection,
        climb: Climb,
        now: Time,
        steps: Vec<Step>,
    }

    impl Bench {
        fn new(trust: Trust) -> Self {
            let settings = Settings::new(Role::Client, trust, "us".parse().unwrap());
            let now = Time::ORIGIN;
            let connection = Connection::new(settings, now);
            let mut bench = Self { connection, climb: Climb::new(now), now, steps: Vec::new() };
            bench.drain();
            bench
        }

        fn say(&mut self, message: Message) -> &mut Self {
            self.bytes(&encode(&message))
        }

        fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
            self.now += MS;
            self.connection.handle_message(self.now, bytes);
            self.drain();
            self
        }

        fn closed(&mut self, code: u16) -> &mut Self {
            let how = TransportEnd::Frame { code, text: String::new() };
            self.connection.handle_closed(self.now, how);
            self.drain();
            self
        }

        fn hello(&mut self, phase: HelloPhase) -> &mut Self {
            let waiting = Some(Duration::from_secs(60));
            let hello = Hello { phase, waiting, prolongation_request: false };
            self.say(Message::Init { head: 0 }).say(Message::Control(Control::Hello(hello)))
        }

        fn drain(&mut self) {
            while let Some(output) = self.connection.poll_output() {
                if let Some(version) = self.connection.version() {
                    self.climb.agreed(version);
                }
                if let Output::Event(event) = output {
                    self.climb.take(self.now, &event);
                }
            }
            while let Some(step) = self.climb.poll_step() {
                self.steps.push(step);
            }
        }

        fn verdicts(&self) -> Vec<(Rung, Verdict)> {
            self.steps.iter().map(|step| (step.rung, step.verdict)).collect()
        }

        fn last_code(&self) -> Option<Code> {
            self.steps.last()?.findings.last().map(|finding| finding.code)
        }
    }

    fn out_of_time(bench: &mut Bench) {
        bench.climb.out_of_time(bench.now + 10_000 * MS);
        bench.drain();
    }

    #[test]
    fn a_stranger_is_left_at_the_hello_by_an_announced_close() {
        for (phase, says) in [(HelloPhase::Ready, "ready"), (HelloPhase::Pending, "pending")] {
            let mut bench = Bench::new(Trust::Undecided);
            bench.hello(phase);
            assert!(bench.climb.peer_has_spoken());
            bench.climb.leave(bench.now);
            bench.connection.leave(bench.now);
            bench.drain();
            let close =
                ConnectionClose { phase: ClosePhase::Confirm, max_time: None, reason: None };
            bench.say(Message::Close(close)).closed(4001);
            let expected = [
                (Rung::Cmi, Verdict::Ok),
                (Rung::Hello, Verdict::Remark),
                (Rung::Close, Verdict::Ok),
            ];
            assert_eq!(bench.verdicts(), expected);
            assert!(bench.steps[1].evidence[0].contains(says), "{:?}", bench.steps[1]);
            assert_eq!(bench.steps[1].findings[0].code, Code::Hel04);
            assert!(bench.steps[2].evidence[0].contains("confirmed"));
            assert_eq!(bench.climb.failure(), None);
        }
    }

    #[test]
    fn a_peer_whose_user_has_to_accept_is_told_as_such() {
        let mut bench = Bench::new(Trust::Trusted);
        bench.hello(HelloPhase::Pending);
        out_of_time(&mut bench);
        assert_eq!(bench.last_code(), Some(Code::Hel01));
        assert_eq!(bench.climb.failure(), Some(&Failure::Waits));
        assert!(bench.climb.is_leaving());
    }

    #[test]
    fn silence_at_the_hello_is_told_and_what_came_before_it_tells_more() {
        let mut silent = Bench::new(Trust::Undecided);
        silent.say(Message::Init { head: 0 });
        out_of_time(&mut silent);
        assert_eq!(silent.last_code(), Some(Code::Msg02));

        let mut unreadable = Bench::new(Trust::Trusted);
        unreadable.say(Message::Init { head: 0 }).bytes(b"\x01{\"connectionHello\":[");
        out_of_time(&mut unreadable);
        assert_eq!(unreadable.last_code(), Some(Code::Dat01));
        let findings = &unreadable.steps.last().unwrap().findings;
        assert_eq!((findings.len(), findings[0].severity), (1, Severity::Error));

        let mut skipped = Bench::new(Trust::Trusted);
        let methods = Message::Control(Control::AccessMethodsRequest);
        skipped.say(Message::Init { head: 0 }).say(methods);
        out_of_time(&mut skipped);
        assert_eq!(skipped.last_code(), Some(Code::Msg01));
        assert!(matches!(skipped.climb.failure(), Some(Failure::End(end))
            if end.instead.as_ref().is_some_and(|instead| !instead.unreadable)));
    }

    #[test]
    fn a_refusal_fails_the_hello() {
        let mut bench = Bench::new(Trust::Undecided);
        bench.say(Message::Init { head: 0 }).closed(4452);
        assert_eq!(bench.verdicts().last(), Some(&(Rung::Hello, Verdict::Failed)));
        assert_eq!(bench.last_code(), Some(Code::Hel02));
    }

    #[test]
    fn a_trusted_peer_is_climbed_to_the_top() {
        let mut bench = Bench::new(Trust::Trusted);
        bench.hello(HelloPhase::Ready);
        let select = ProtocolHandshake {
            kind: HandshakeKind::Select,
            version: Version::V1_0,
            formats: vec![Format::JsonUtf8],
        };
        let pin = PinStateMessage { state: PinDemand::None, permission: None };
        let id = Some("i:1_u:peer".parse().unwrap());
        let methods = AccessMethods { id, ..AccessMethods::default() };
        bench
            .say(Message::Control(Control::Protocol(select)))
            .say(Message::Control(Control::PinState(pin)))
            .say(Message::Control(Control::AccessMethods(methods)));
        assert_eq!(bench.climb.rung(), Rung::Close);
        let said: Vec<&str> = bench.steps.iter().map(|step| step.evidence[0].as_str()).collect();
        assert_eq!(
            said,
            [
                "00 00 in both directions",
                "both sides trust each other",
                "SHIP 1.0, JSON-UTF8",
                "none is in the way",
                "SHIP ID i:1_u:peer"
            ]
        );
        bench.closed(4500);
        assert_eq!(bench.verdicts().last(), Some(&(Rung::Close, Verdict::Failed)));
        assert_eq!(bench.last_code(), Some(Code::Cls03));
    }
}
