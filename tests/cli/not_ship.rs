//! Devices that are none, or not quite: every stage, every way to fail, each with its exit code, its
//! code and what to do.

use std::net::TcpListener;

use rustls::version::{TLS12, TLS13};
use serde_json::Value;
use shipctl::cli::output::text::clause;

use super::{
    kit::*,
    peer::{Instead::*, Papers, Peer, Stage::*, *},
};

/// Pairs with each of these peers at the same time, for they are waited for.
fn with_each<const N: usize>(
    stages: [(Stage, &'static str); N],
    instead: Instead,
    more: &[&str],
) -> [(Outcome, Stage, &'static str); N] {
    let started =
        stages.map(|(at, stage)| (Attempt::start(&Peer::ship(at, instead), more), at, stage));
    started.map(|(attempt, at, stage)| (attempt.end(), at, stage))
}

/// A pairing under way.
struct Attempt {
    _shipctl: Shipctl,
    running: Running,
}

impl Attempt {
    fn start(peer: &Peer, more: &[&str]) -> Self {
        let shipctl = Shipctl::new();
        let pair = ["pair", &peer.ski, "--address", &peer.address];
        let running = shipctl.start(&[&pair, more].concat());
        Self { _shipctl: shipctl, running }
    }

    fn end(self) -> Outcome {
        let ran = self.running.end();
        let last = ran.last();
        Outcome { ran, last }
    }
}

/// What pairing with such a peer comes to.
struct Outcome {
    ran: Ran,
    last: Value,
}

impl Outcome {
    fn of(peer: &Peer, more: &[&str]) -> Self {
        Attempt::start(peer, more).end()
    }

    /// Ended with this exit code, code and stage; the message for people says all of this, and what
    /// to do.
    #[track_caller]
    fn is(&self, exit: i32, code: &str, stage: &str, said: &[&str]) -> &Self {
        let Self { ran, last } = self;
        assert_eq!(
            (ran.code, &last["code"], &last["stage"]),
            (exit, &code.into(), &stage.into()),
            "{ran:?}"
        );
        let advice = last["advice"].as_str().unwrap();
        assert!(
            !advice.is_empty() && ran.err.contains(&format!("hint: {}", clause(advice))),
            "{ran:?}"
        );
        let message = last["message"].as_str().unwrap();
        assert!(ran.err.contains(&format!("error: {}", clause(message))), "{ran:?}");
        for word in said {
            assert!(message.contains(word), "expected {word:?} in {ran:?}");
        }
        self
    }

    #[track_caller]
    fn advises(&self, words: &[&str]) {
        let advice = self.last["advice"].as_str().unwrap();
        for word in words {
            assert!(advice.contains(word), "expected {word:?} in {:?}", self.ran);
        }
    }
}

/// For what would go on for ever; long enough for a handshake on a busy machine.
const PATIENCE: [&str; 2] = ["--timeout", "2s"];

const AT: [(Stage, &str); 5] = [
    (Init, "connection mode initialisation"),
    (Hello, "hello"),
    (Protocol, "protocol handshake"),
    (Pin, "PIN check"),
    (AccessMethods, "access methods"),
];

#[test]
fn a_web_server_is_told_from_a_device() {
    let peer = Peer::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let outcome = Outcome::of(&peer, &[]);
    outcome.is(76, "WS-01", "WebSocket upgrade", &[&peer.address, "HTTP status 404"]);
    outcome.advises(&["Compare the port", "ask the vendor"]);
    assert!(outcome.ran.err.contains(&format!("  {}/: ", peer.address)), "the other path tried");

    let peer = Peer::showing(Papers::nameless(SKI), &TLS12);
    Outcome::of(&peer, &[]).is(76, "CERT-03", "SKI check", &["another device answers", SKI]);
}

#[test]
fn a_tls_server_that_speaks_no_http_is_told() {
    let peer = Peer::answering("220 mail.example ESMTP\r\n");
    let outcome = Outcome::of(&peer, &[]);
    outcome.is(76, "WS-02", "WebSocket upgrade", &[&peer.address, "not HTTP"]);
    outcome.advises(&["Check the port"]);
}

#[test]
fn a_websocket_without_the_sub_protocol_is_told() {
    let outcome = Outcome::of(&Peer::without_sub_protocol(), &[]);
    outcome.is(76, "WS-02", "WebSocket upgrade", &["sub-protocol `ship`"]);
}

#[test]
fn a_full_device_is_told_apart_from_a_wrong_one() {
    let peer = Peer::answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    let outcome = Outcome::of(&peer, &PATIENCE);
    outcome.is(69, "WS-03", "WebSocket upgrade", &["limit", "503"]);
    outcome.advises(&["s another energy manager connected", "remove the other in its menu"]);
}

#[test]
fn a_forged_certificate_is_refused() {
    let outcome = Outcome::of(&Peer::showing(Papers::forged(SKI), &TLS12), &[]);
    outcome.is(76, "CERT-02", "TLS handshake", &[SKI]);
    outcome.advises(&["Do not trust"]);
}

#[test]
fn a_device_that_speaks_tls_1_3_only_is_told() {
    let outcome = Outcome::of(&Peer::showing(Papers::genuine(), &TLS13), &[]);
    outcome.is(76, "TLS-03", "TLS handshake", &["TLS 1.2"]);
}

#[test]
fn a_device_that_closes_when_asked_for_the_websocket_is_not_blamed_on_our_certificate() {
    let outcome = Outcome::of(&Peer::showing(Papers::genuine(), &TLS12), &PATIENCE);
    outcome.is(69, "WS-06", "WebSocket upgrade", &["closed the connection"]);
    outcome.advises(&["s another energy manager connected", "switch the device off and on"]);
}

#[test]
fn a_text_frame_at_any_stage_is_the_peers_data() {
    for (outcome, _, stage) in with_each(AT, Text, &[]) {
        outcome.is(65, "WS-04", stage, &["a text frame came", "a binary message"]);
        outcome.advises(&["vendor"]);
    }
}

#[test]
fn bytes_that_are_no_websocket_frame_at_any_stage_are_the_peers_data() {
    for (outcome, _, stage) in with_each(AT, NoFrame, &[]) {
        outcome.is(65, "WS-04", stage, &["no WebSocket frame"]);
    }
}

#[test]
fn a_message_over_the_limit_at_any_stage_is_told_with_both_sizes() {
    for (outcome, _, stage) in with_each(AT, TooLarge, &[]) {
        outcome.is(65, "WS-05", stage, &["16777216 bytes", "1048576"]);
    }
}

#[test]
fn a_message_that_cannot_be_read_is_told_and_not_only_the_silence_after_it() {
    let outcome = Outcome::of(&Peer::ship(Init, Garbage), &[]);
    outcome.is(65, "CMI-02", AT[0].1, &["00 00", "01 c3 28 ff"]);
    let outcomes = with_each([AT[1], AT[2], AT[3]], Garbage, &PATIENCE);
    for (outcome, _, stage) in outcomes {
        outcome.is(65, "DAT-04", stage, &["the device's turn", "cannot be read"]);
    }
}

#[test]
fn a_close_frame_is_told_with_its_code_and_stage() {
    // Before the hello it is tried again until the time is over.
    for (outcome, at, stage) in with_each(AT, Close(4001, "too busy"), &PATIENCE) {
        match at {
            Hello => outcome.is(77, "HEL-02", stage, &["4001 \"too busy\""]),
            _ => outcome.is(76, "CLS-03", stage, &["4001 \"too busy\""]),
        };
    }
}

#[test]
fn a_close_as_double_at_any_stage_is_two_rules_and_never_denied() {
    for (outcome, _, stage) in with_each(AT, Close(4001, "double connection"), &PATIENCE) {
        outcome.is(76, "CLS-02", stage, &["double connection"]);
    }
}

#[test]
fn a_refusal_by_4452_is_denied_trust_where_trust_is_decided() {
    let refusal = Close(4452, "Node rejected by application");
    let outcome = Outcome::of(&Peer::ship(Hello, refusal), &[]);
    outcome.is(77, "HEL-02", "hello", &["4452", "rejected"]).advises(&["our SKI"]);
    for (outcome, _, stage) in with_each([AT[2], AT[3], AT[4]], refusal, &[]) {
        outcome.is(76, "CLS-03", stage, &["4452"]).advises(&["our SKI"]);
    }
}

#[test]
fn a_connection_that_is_cut_is_told_with_its_stage() {
    for (outcome, at, stage) in with_each(AT, Hangup, &PATIENCE) {
        match at {
            // Many devices refuse just so.
            Hello => outcome.is(77, "HEL-02", stage, &["hung up without a close frame"]),
            _ => outcome.is(76, "CLS-04", stage, &["without a close frame"]),
        };
    }
}

#[test]
fn a_refusal_is_told_even_if_the_device_has_gone_when_it_is_asked_once_more() {
    for (refusal, code) in [(Close(4452, "Node rejected"), "HEL-02"), (Aborted, "HEL-03")] {
        let outcome = Outcome::of(&Peer::ship_for(1, Hello, refusal), &[]);
        outcome.is(77, code, "hello", &["The device"]);
        let attempts =
            outcome.ran.json().iter().filter(|l| l["event"] == "attempt_started").count();
        assert_eq!(attempts, 2, "{:?}", outcome.ran);
    }
}

#[test]
fn silence_at_any_stage_is_told_with_whose_turn_it_was() {
    let due = ["init (00 00)", "connectionHello", "select", "connectionPinState", "accessMethods"];
    let codes = ["CMI-01", "MSG-02", "PRO-02", "MSG-02", "ACC-01"];
    let outcomes = with_each(AT, Silence, &PATIENCE);
    for (((outcome, _, stage), due), code) in outcomes.into_iter().zip(due).zip(codes) {
        let said: &[&str] = match due {
            // What a person waits for there has words of its own.
            "connectionHello" => &["accepted the connection", "did not answer the pairing request"],
            _ => &["the device's turn", due, "nothing came"],
        };
        outcome.is(75, code, stage, said);
        outcome.advises(&["reboot"]);
    }
}

#[test]
fn a_peer_whose_user_has_not_decided_is_told_as_such() {
    let outcome = Outcome::of(&Peer::ship(Hello, Pending), &PATIENCE);
    outcome
        .is(75, "HEL-01", "hello", &["nobody accepted us on the device", "within 2 s"])
        .advises(&["press Trust", "--timeout"]);
}

#[test]
fn the_limits_of_the_stages_are_kept_and_their_silence_is_told_in_their_words() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = silent.local_addr().unwrap().to_string();
    let (mute, stuck) = (Peer::mute(), Peer::ship(Init, Silence));
    let select = Peer::ship(Protocol, Silence);
    let pin = Peer::ship(Pin, Silence);
    // All at once: each of them waits 10 s.
    let started = [
        (SKI, &no_tls, "TCP-03", "TLS handshake", "no answer to the TLS handshake within 10 s"),
        (
            &mute.ski,
            &mute.address,
            "WS-06",
            "WebSocket upgrade",
            "no answer to the WebSocket upgrade",
        ),
        (&stuck.ski, &stuck.address, "CMI-01", AT[0].1, "we waited 10 s for its init (00 00)"),
        (&select.ski, &select.address, "PRO-02", AT[2].1, "we waited 10 s for its select"),
        (&pin.ski, &pin.address, "MSG-02", AT[3].1, "we waited 10 s for its connectionPinState"),
    ]
    .map(|(ski, address, code, stage, said)| {
        let shipctl = Shipctl::new();
        let running = shipctl.start(&["pair", ski, "--address", address]);
        (shipctl, running, code, stage, said)
    });
    for (_state, mut running, code, stage, said) in started {
        let failed = running.wait_until("a failure", |line| {
            line["event"] == "attempt_failed" || line["event"] == "ended"
        });
        assert_eq!((&failed["code"], &failed["stage"]), (&code.into(), &stage.into()), "{failed}");
        assert!(failed.to_string().contains(said), "{failed}");
    }
}
