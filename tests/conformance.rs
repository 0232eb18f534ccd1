//! The cases of the SHIP Test Specification 1.0.0 that concern one connection, in virtual time. Each
//! test is named after its case; the bench plays the tester.

#[allow(dead_code, unreachable_pub, reason = "each test crate uses its part of the support")]
mod support;

use shipctl::proto::{
    ProtocolState,
    handshake::{Cause, Denial, Event, Expectation, Remark, Role, Settings, Side, Trust},
    message::*,
};
use support::*;

const ROLES: [Role; 2] = [Role::Client, Role::Server];

fn trusting(role: Role) -> Settings {
    settings(role, Trust::Trusted)
}

// Connection mode initialisation

#[test]
fn tc_ship_cmi_001_a_server_answers_a_wrong_type_with_its_init_and_closes() {
    for wrong in [&[1, 0][..], &[3, 0], &[0xff, 0], &[0, 0, 0], b"GET / HTTP/1.1"] {
        let mut bench = Bench::new(trusting(Role::Server));
        bench.say_bytes(wrong);
        assert_eq!(bench.heard(), init());
        assert!(bench.is_silent());
        assert_eq!(bench.log.closed, Some((1002, "protocol error")));
        assert_eq!(bench.log.numbers(), [0, 4, 5, 39]);
    }
}

#[test]
fn tc_ship_cmi_002_a_client_closes_at_once_on_a_wrong_type() {
    for wrong in [&[1, 0][..], &[2, 0], &[0xff, 0], &[0]] {
        let mut bench = Bench::new(trusting(Role::Client));
        assert_eq!(bench.heard(), init());
        bench.say_bytes(wrong);
        assert!(bench.is_silent());
        assert!(bench.log.closed.is_some());
        assert_eq!(bench.log.numbers(), [0, 1, 2, 3, 39]);
    }
}

#[test]
fn tc_ship_cmi_003_a_server_closes_without_an_init_in_time() {
    cmi_timeout(Role::Server, ProtocolState::CmiServerWait);
}

#[test]
fn tc_ship_cmi_004_a_client_closes_without_an_init_in_time() {
    cmi_timeout(Role::Client, ProtocolState::CmiClientWait);
}

fn cmi_timeout(role: Role, during: ProtocolState) {
    let mut bench = Bench::new(trusting(role));
    bench.pass(ms(9_999));
    assert_eq!(bench.log.closed, None);
    bench.pass(ms(1));
    assert_eq!(bench.log.closed, Some((4001, "timeout")));
    bench.pass(secs(1));
    assert_eq!(bench.end().during, during);
    assert_eq!(
        bench.end().cause,
        Cause::TimedOut { expected: Expectation::Init, waited: secs(10) }
    );
}

#[test]
fn tc_ship_cmi_005_a_server_answers_another_cmi_head_with_its_init_and_closes() {
    let mut bench = Bench::new(trusting(Role::Server));
    bench.say(Message::Init { head: 1 });
    assert_eq!(bench.heard(), init());
    assert!(bench.is_silent() && bench.log.closed.is_some());
    bench.pass(secs(1));
    let got = "an init with CmiHead 1".to_owned();
    assert_eq!(bench.end().cause, Cause::Violation { expected: Expectation::Init, got });
}

#[test]
fn tc_ship_cmi_006_a_client_closes_at_once_on_another_cmi_head() {
    let mut bench = Bench::new(trusting(Role::Client));
    assert_eq!(bench.heard(), init());
    bench.say(Message::Init { head: 1 });
    assert!(bench.is_silent() && bench.log.closed.is_some());
}

// Hello

#[test]
fn tc_ship_hello_001_a_trusted_peer_is_told_ready_and_the_protocol_handshake_follows() {
    for role in ROLES {
        let mut bench = Bench::in_hello(trusting(role));
        assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        let (expected, first) = match role {
            Role::Client => (ProtocolState::ProtClientListenChoice, Some(announce())),
            Role::Server => (ProtocolState::ProtServerListenProposal, None),
        };
        assert_eq!(bench.state(), expected);
        assert_eq!(bench.log.sent.pop_front(), first);
    }
}

#[test]
fn tc_ship_hello_002_repeated_requests_for_more_time_are_each_answered_ready() {
    let mut bench = Bench::in_hello(trusting(Role::Server));
    assert_eq!(bench.heard_hello().phase, HelloPhase::Ready);
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    assert!(bench.is_silent());
    bench.pass(secs(45));
    for _ in 0..20 {
        bench.say(more_time());
        assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(75_000)));
        bench.pass(secs(60));
        assert!(bench.is_silent() && bench.log.closed.is_none());
    }
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.state(), ProtocolState::ProtServerListenProposal);
}

#[test]
fn tc_ship_hello_003_silence_is_answered_with_aborted_and_a_close() {
    for trust in [Trust::Trusted, Trust::Undecided] {
        let mut bench = Bench::in_hello(settings(Role::Server, trust));
        let waiting = bench.heard_hello().waiting.unwrap();
        assert!((ms(58_000)..=ms(240_000)).contains(&waiting));
        bench.pass(waiting - ms(1));
        assert!(bench.is_silent());
        bench.pass(ms(1));
        assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
        bench.pass(secs(1));
        assert_eq!(bench.log.closed, Some((4452, "Node rejected by application")));
        bench.pass(secs(1));
        assert_eq!(
            bench.end().cause,
            Cause::TimedOut { expected: Expectation::Hello, waited: waiting }
        );
    }
}

#[test]
fn tc_ship_hello_004_a_bare_pending_is_ignored_and_a_later_ready_counts() {
    let mut bench = Bench::in_hello(trusting(Role::Client));
    bench.heard_hello();
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    bench.pass(secs(30));
    assert!(bench.is_silent());
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.heard(), announce());
}

// Protocol handshake

#[test]
fn tc_ship_prot_001_a_server_selects_json_utf8_and_no_version_above_the_offer() {
    for (offer, ours, selected) in [
        ((1, 0), (1, 0), (1, 0)),
        ((1, 1), (1, 0), (1, 0)),
        ((1, 0), (1, 1), (1, 0)),
        ((2, 3), (1, 1), (1, 1)),
    ] {
        let mut settings = trusting(Role::Server);
        settings.max_version = Version { major: ours.0, minor: ours.1 };
        let mut bench = Bench::in_protocol(settings);
        let formats = [Format::Other("JSON-UTF16".to_owned()), Format::JsonUtf8];
        bench.say(protocol(HandshakeKind::AnnounceMax, offer, &formats));
        let choice = protocol(HandshakeKind::Select, selected, &[Format::JsonUtf8]);
        assert_eq!(bench.heard(), choice);
        bench.say(choice);
        assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
    }
}

#[test]
fn tc_ship_prot_002_a_client_announces_and_echoes_the_select() {
    let mut settings = trusting(Role::Client);
    settings.max_version = Version { major: 1, minor: 1 };
    let mut bench = Bench::in_protocol(settings);
    assert_eq!(bench.heard(), protocol(HandshakeKind::AnnounceMax, (1, 1), &[Format::JsonUtf8]));
    bench.say(select());
    assert_eq!(bench.heard(), select());
    assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
}

#[test]
fn tc_ship_prot_003_a_server_tells_error_1_within_12_s_of_silence_and_closes() {
    let mut bench = Bench::in_protocol(trusting(Role::Server));
    protocol_timeout(&mut bench, Expectation::ProtocolProposal);

    let mut bench = Bench::in_protocol(trusting(Role::Server));
    bench.say(announce());
    assert_eq!(bench.heard(), select());
    protocol_timeout(&mut bench, Expectation::ProtocolConfirm);
}

#[test]
fn tc_ship_prot_004_a_client_tells_error_1_within_12_s_of_silence_and_closes() {
    let mut bench = Bench::in_protocol(trusting(Role::Client));
    assert_eq!(bench.heard(), announce());
    protocol_timeout(&mut bench, Expectation::ProtocolChoice);
}

fn protocol_timeout(bench: &mut Bench, expected: Expectation) {
    bench.pass(ms(9_999));
    assert!(bench.is_silent());
    bench.pass(ms(1));
    assert_eq!(bench.heard(), protocol_error(ProtocolErrorCode::Timeout));
    assert!(bench.log.closed.is_some());
    bench.pass(secs(1));
    assert_eq!(bench.end().cause, Cause::TimedOut { expected, waited: secs(10) });
    assert_eq!(bench.log.numbers()[bench.log.states.len() - 2..], [23, 39]);
}

#[test]
fn tc_ship_prot_005_a_server_answers_a_hello_here_with_error_2_and_closes() {
    let mut bench = Bench::in_protocol(trusting(Role::Server));
    unexpected_hello(&mut bench);

    let mut bench = Bench::in_protocol(trusting(Role::Server));
    bench.say(announce());
    bench.heard();
    unexpected_hello(&mut bench);
}

#[test]
fn tc_ship_prot_006_a_client_answers_a_hello_here_with_error_2_and_closes() {
    let mut bench = Bench::in_protocol(trusting(Role::Client));
    bench.heard();
    unexpected_hello(&mut bench);
}

fn unexpected_hello(bench: &mut Bench) {
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.heard(), protocol_error(ProtocolErrorCode::UnexpectedMessage));
    assert!(bench.log.closed.is_some());
}

// PIN

#[test]
fn tc_ship_pin_001_without_a_pin_none_is_said_and_access_methods_follow() {
    for role in ROLES {
        let mut bench = Bench::in_pin(trusting(role));
        assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
        bench.say(pin_state(PinDemand::None, None));
        assert_eq!(bench.heard(), access_request());
        assert!(bench.log.numbers().ends_with(&[26, 27, 31, 36]));
    }
}

// Access methods, beside data

#[test]
fn tc_ship_am_001_the_id_in_access_methods_is_our_ship_id() {
    for role in ROLES {
        let mut bench = Bench::in_access(trusting(role));
        assert_eq!(bench.heard(), access_request());
        bench.say(access_request());
        assert_eq!(bench.heard(), own_access_methods());
        bench.say(access_methods("peer"));
        assert!(bench.log.numbers().ends_with(&[36, 37, 38]));
        assert!(bench.log.events.contains(&Event::PeerShipId(ship_id("peer"))));
        // At any later time too.
        bench.pass(secs(3600));
        bench.say(access_request());
        assert_eq!(bench.heard(), own_access_methods());
    }
}

#[test]
fn tc_ship_amdata_001_data_is_handled_while_our_request_is_unanswered() {
    let mut bench = Bench::in_access(trusting(Role::Server));
    assert_eq!(bench.heard(), access_request());
    bench.say(data(r#"{"datagram":[]}"#));
    assert_eq!(bench.log.data(), [r#"{"datagram":[]}"#]);
    bench.with(|dut, now| dut.send_data(now, data_of("1"))).unwrap();
    assert_eq!(bench.heard(), data("1"));
    bench.pass(secs(8));
    bench.say(access_methods("peer"));
    assert!(bench.log.events.contains(&Event::PeerShipId(ship_id("peer"))));
    bench.pass(secs(60));
    assert!(bench.log.remarks().is_empty() && bench.log.closed.is_none());
}

#[test]
fn tc_ship_amdata_002_a_request_is_answered_while_data_flows() {
    let mut bench = Bench::in_access(trusting(Role::Client));
    assert_eq!(bench.heard(), access_request());
    for n in 0..5 {
        bench.say(data(&n.to_string()));
        bench.say(access_request());
        assert_eq!(bench.heard(), own_access_methods());
    }
    assert_eq!(bench.log.data(), ["0", "1", "2", "3", "4"]);
}

#[test]
fn tc_ship_amdata_003_our_data_does_not_wait_for_access_methods() {
    let mut bench = Bench::in_access(trusting(Role::Client));
    assert_eq!(bench.heard(), access_request());
    assert!(bench.dut.can_send());
    bench.with(|dut, now| dut.send_data(now, data_of("1"))).unwrap();
    assert_eq!(bench.heard(), data("1"));
    assert_eq!(bench.state(), ProtocolState::Complete);
    // The answer never comes: told, and nothing else.
    bench.pass(secs(10));
    assert_eq!(bench.log.remarks(), [&Remark::NoAccessMethods(secs(10))]);
    assert!(bench.log.closed.is_none());
}

#[test]
fn tc_ship_amdata_004_without_asking_no_request_is_sent_and_the_connection_lives() {
    for role in ROLES {
        let mut settings = trusting(role);
        settings.ask_access_methods = false;
        let mut bench = Bench::in_access(settings);
        assert!(bench.log.numbers().ends_with(&[31, 37, 38]));
        bench.pass(secs(120));
        assert!(bench.is_silent() && bench.log.closed.is_none());
        bench.say(access_request());
        assert_eq!(bench.heard(), own_access_methods());
    }
}

// Messages

#[test]
fn tc_ship_msg_001_a_type_byte_without_value_changes_nothing() {
    for bytes in [&[][..], &[0], &[1], &[2], &[3]] {
        dropped(bytes);
    }
}

#[test]
fn tc_ship_msg_002_an_unknown_type_changes_nothing() {
    dropped(&[0xff, 0]);
    dropped(b"\xff{\"accessMethodsRequest\":[]}");
}

fn dropped(bytes: &[u8]) {
    for role in ROLES {
        let mut bench = Bench::complete(trusting(role));
        bench.say_bytes(bytes);
        assert!(bench.is_silent() && bench.log.closed.is_none());
        assert!(matches!(bench.log.remarks()[..], [Remark::Dropped(_)]));
        bench.say(access_request());
        assert_eq!(bench.heard(), own_access_methods());
    }
}

#[test]
fn tc_ship_msg_003_whitespace_around_json_structure_is_accepted() {
    let mut bench = Bench::in_hello(trusting(Role::Server));
    bench.heard();
    bench.say_bytes(
        b"\x01 \t\r\n{ \"connectionHello\" :\t[\r\n{\"phase\" : \"ready\"}\n,{ \"waiting\":60000 } ] }\n",
    );
    assert_eq!(bench.state(), ProtocolState::ProtServerListenProposal);
    assert!(bench.log.remarks().is_empty());
}

// Termination

#[test]
fn tc_ship_term_001_revoked_trust_is_announced_and_closed_even_without_confirmation() {
    for confirmed in [true, false] {
        let mut bench = Bench::complete(trusting(Role::Server));
        bench.with(|dut, now| dut.close(now, CloseReason::RemovedConnection));
        assert_eq!(
            bench.heard(),
            Message::Close(ConnectionClose {
                phase: ClosePhase::Announce,
                max_time: Some(ms(500)),
                reason: Some(CloseReason::RemovedConnection),
            })
        );
        assert_eq!(bench.log.closed, None);
        if confirmed {
            bench.say(closing(ClosePhase::Confirm));
        } else {
            bench.pass(ms(500));
        }
        assert_eq!(bench.log.closed, Some((4001, "close")));
        bench.close_frame(4001, "close");
        let reason = CloseReason::RemovedConnection;
        assert_eq!(bench.end().cause, Cause::Closed { by: Side::We, reason, confirmed });
        assert!(bench.end().completed);
    }
}

// What the specification asks of a node that nobody can be asked at (SHIP 13.4.4.1).

#[test]
fn an_unknown_peer_is_refused_at_once_where_nobody_can_be_asked() {
    let mut bench = Bench::in_hello(settings(Role::Server, Trust::NobodyToAsk));
    assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
    assert!(bench.log.numbers().ends_with(&[6, 14, 15]));
    bench.pass(secs(2));
    let how = Denial::NobodyToAsk;
    assert_eq!(bench.end().cause, Cause::Denied { by: Side::We, how });
}
