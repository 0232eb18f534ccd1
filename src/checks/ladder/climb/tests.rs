//! A handshake that is talked to by hand, and the rungs it comes to.

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
        let hello = Hello { phase, waiting, prolongation_request: false, update_counter: None };
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
        let close = ConnectionClose { phase: ClosePhase::Confirm, max_time: None, reason: None };
        bench.say(Message::Close(close)).closed(4001);
        let expected =
            [(Rung::Cmi, Verdict::Ok), (Rung::Hello, Verdict::Remark), (Rung::Close, Verdict::Ok)];
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
    assert_eq!(unreadable.last_code(), Some(Code::Dat04));
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
