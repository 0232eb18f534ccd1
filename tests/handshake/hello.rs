//! Every rule of the hello phase (SHIP 13.4.4.1).

use std::time::Duration;

use shipctl::proto::{
    ConnectionState, ProtocolState,
    handshake::{
        Cause, Denial, Event, Expectation, HelloStatus, Remark, Role, Side, TransportEnd, Trust,
    },
    message::*,
};

use crate::support::virtual_time::*;

/// A server whose user has not decided, its own `pending` already heard.
fn pending() -> Bench {
    let mut bench = Bench::in_hello(settings(Role::Server, Trust::Undecided));
    assert_eq!(bench.heard(), hello(HelloPhase::Pending, Some(60_000)));
    assert_eq!(bench.state(), ProtocolState::HelloPendingListen);
    bench
}

/// A client that trusts, its own `ready` already heard.
fn ready() -> Bench {
    let mut bench = Bench::in_hello(settings(Role::Client, Trust::Trusted));
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
    bench
}

fn status(bench: &Bench) -> HelloStatus {
    bench.dut.hello_status().unwrap()
}

fn denied(by: Side, how: Denial) -> Cause {
    Cause::Denied { by, how }
}

fn finish(bench: &mut Bench) -> Cause {
    bench.pass(secs(2));
    bench.end().cause.clone()
}

#[track_caller]
fn aborted(bench: &mut Bench) {
    assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
    assert!(bench.is_silent());
    assert_eq!(bench.log.closed, None);
    bench.pass(secs(1));
    assert_eq!(bench.log.closed, Some((4452, "Node rejected by application")));
}

// Granting

#[test]
fn a_granted_prolongation_adds_to_the_time_left_and_does_not_restart_it() {
    let mut bench = ready();
    bench.pass(secs(10));
    bench.say(more_time());
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(110_000)));
    bench.say(more_time());
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(170_000)));
    assert_eq!(status(&bench).prolongations_granted, 2);
    assert_eq!(status(&bench).we_wait_until, Some(bench.now + secs(170)));
    bench.pass(ms(169_999));
    assert!(bench.is_silent());
    bench.pass(ms(1));
    aborted(&mut bench);
    assert_eq!(finish(&mut bench), denied(Side::Peer, Denial::OutOfTime { waited: secs(180) }));
    assert!(bench.log.numbers().ends_with(&[7, 8, 9, 14, 15]));
}

#[test]
fn a_pending_node_grants_time_too_and_says_pending() {
    let mut bench = pending();
    bench.pass(secs(5));
    bench.say(more_time());
    assert_eq!(bench.heard(), hello(HelloPhase::Pending, Some(115_000)));
}

#[test]
fn a_request_that_also_carries_waiting_is_granted() {
    let mut bench = ready();
    bench.say(control(Control::Hello(Hello {
        phase: HelloPhase::Pending,
        waiting: Some(secs(120)),
        prolongation_request: true,
        update_counter: None,
    })));
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(120_000)));
    assert_eq!(status(&bench).peer_waits_until, Some(bench.now + secs(120)));
}

// Asking

#[test]
fn time_is_asked_for_a_gap_before_the_patience_of_the_peer_ends() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    for n in 1..=10 {
        bench.pass(ms(44_999));
        assert!(bench.is_silent());
        bench.pass(ms(1));
        assert_eq!(bench.heard(), more_time());
        assert_eq!(status(&bench).prolongations_asked, n);
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
    }
    // Ready as the peer is, our own wait no longer counts.
    assert_eq!(status(&bench).we_wait_until, None);
    bench.with(|dut, now| dut.trust(now));
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.state(), ProtocolState::ProtServerListenProposal);
}

#[test]
fn time_is_asked_for_at_the_threshold_and_not_below_it() {
    for (waiting, asked_after) in [(30_000, 15), (240_000, 225), (u32::MAX.into(), 585)] {
        let mut bench = pending();
        bench.say(hello(HelloPhase::Ready, Some(waiting)));
        assert_eq!(bench.dut.poll_timeout(), Some(bench.now + secs(asked_after)), "{waiting}");
        bench.pass(secs(asked_after));
        assert_eq!(bench.heard(), more_time());
    }
}

#[test]
fn below_the_threshold_a_peer_that_never_gives_up_is_given_up() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(29_999)));
    bench.pass(ms(29_999 + 14_999));
    assert!(bench.is_silent());
    bench.pass(ms(1));
    aborted(&mut bench);
}

#[test]
fn trust_before_the_hello_decides_how_the_hello_begins() {
    for trust in [Trust::Undecided, Trust::NobodyToAsk] {
        let mut bench = Bench::new(settings(Role::Server, trust));
        bench.with(|dut, now| dut.trust(now));
        bench.say_bytes(&[0, 0]);
        assert!(bench.log.numbers().contains(&8) && !bench.log.numbers().contains(&11));
    }
}

#[test]
fn a_request_comes_no_sooner_than_the_minimum_and_no_later_than_the_end() {
    for (gap, asked_after) in [(secs(60), secs(1)), (secs(0), secs(40))] {
        let mut settings = settings(Role::Server, Trust::Undecided);
        settings.timing.hello_prolong_gap = gap;
        let mut bench = Bench::in_hello(settings);
        bench.heard();
        bench.say(hello(HelloPhase::Ready, Some(40_000)));
        assert_eq!(bench.dut.poll_timeout(), Some(bench.now + asked_after));
    }
}

#[test]
fn timers_without_end_are_no_overflow() {
    for (peer_waits, then) in [(1_000, None), (40_000, Some(more_time()))] {
        let mut settings = settings(Role::Server, Trust::Undecided);
        settings.timing.hello_init = Duration::MAX;
        settings.timing.hello_prolong_gap = Duration::MAX;
        let mut bench = Bench::in_hello(settings);
        bench.heard();
        bench.say(hello(HelloPhase::Pending, Some(peer_waits)));
        bench.pass(secs(1));
        match then {
            Some(request) => assert_eq!(bench.heard(), request),
            None => assert!(bench.is_silent()),
        }
    }
}

#[test]
fn an_unanswered_request_aborts_after_the_last_waiting_of_the_peer() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(40_000)));
    bench.pass(secs(25));
    assert_eq!(bench.heard(), more_time());
    bench.pass(ms(39_999));
    assert!(bench.is_silent());
    bench.pass(ms(1));
    aborted(&mut bench);
    let expected = Expectation::ProlongationReply;
    assert_eq!(finish(&mut bench), Cause::TimedOut { expected, waited: secs(40) });
    assert!(bench.log.numbers().ends_with(&[11, 12, 14, 15]));
}

#[test]
fn two_pending_nodes_give_up_together_unless_one_asks() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    bench.pass(secs(45));
    assert_eq!(bench.heard(), more_time());
    bench.say(hello(HelloPhase::Pending, Some(75_000)));
    bench.pass(secs(15));
    // It granted us time, but asked for none itself: our own wait ends.
    aborted(&mut bench);
    assert_eq!(finish(&mut bench), denied(Side::Peer, Denial::OutOfTime { waited: secs(60) }));
}

// What is no proper hello

#[test]
fn a_pending_node_aborts_on_ready_without_waiting_and_on_too_short_a_wait() {
    for (phase, waiting) in [
        (HelloPhase::Ready, None),
        (HelloPhase::Ready, Some(999)),
        (HelloPhase::Ready, Some(0)),
        (HelloPhase::Pending, Some(999)),
    ] {
        let mut bench = pending();
        bench.say(hello(phase, waiting));
        assert_eq!(bench.log.remarks(), [&Remark::ShortWaiting(waiting.map(ms))]);
        aborted(&mut bench);
        assert!(matches!(
            finish(&mut bench),
            Cause::Violation { expected: Expectation::Hello, .. }
        ));
        assert_eq!(bench.log.connections.last(), Some(&ConnectionState::None));
    }
}

#[test]
fn a_wait_of_exactly_the_minimum_is_enough() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(1_000)));
    assert!(bench.is_silent() && bench.log.remarks().is_empty());
}

#[test]
fn a_ready_node_takes_ready_without_waiting() {
    let mut bench = ready();
    bench.say(hello(HelloPhase::Ready, None));
    assert_eq!(bench.heard(), announce());
}

// Decisions of our user

#[test]
fn trust_before_the_peer_is_ready_goes_on_in_ready_listen() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    bench.pass(secs(20));
    bench.with(|dut, now| dut.trust(now));
    assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.state(), ProtocolState::HelloReadyListen);
    // Nothing is left of the pending timers: the full wait begins anew.
    assert_eq!(bench.dut.poll_timeout(), Some(bench.now + secs(60)));
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    assert_eq!(bench.log.numbers(), [0, 4, 5, 6, 10, 11, 7, 8, 13, 18, 20]);
}

#[test]
fn trust_after_the_peer_is_ready_goes_straight_on() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.with(|dut, now| dut.trust(now));
    assert_eq!(bench.log.numbers(), [0, 4, 5, 6, 10, 11, 7, 13, 18, 20]);
}

#[test]
fn trust_elsewhere_changes_nothing() {
    let mut bench = ready();
    bench.with(|dut, now| dut.trust(now));
    assert!(bench.is_silent());
    assert_eq!(bench.state(), ProtocolState::HelloReadyListen);
}

#[test]
fn refusing_aborts_in_either_state() {
    for mut bench in [ready(), pending()] {
        bench.with(|dut, now| dut.deny(now));
        aborted(&mut bench);
        assert_eq!(finish(&mut bench), denied(Side::We, Denial::ByUser));
        assert!(bench.log.numbers().ends_with(&[14, 15]));
    }
}

#[test]
fn what_arrives_after_our_aborted_is_ignored() {
    let mut bench = pending();
    bench.with(|dut, now| dut.deny(now));
    bench.heard();
    bench.say(hello(HelloPhase::Aborted, None));
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.with(|dut, now| dut.trust(now));
    assert_eq!(bench.state(), ProtocolState::HelloAbortDone);
    bench.close_frame(4452, "");
    assert_eq!(bench.end().cause, denied(Side::We, Denial::ByUser));
}

// Decisions of the peer

#[test]
fn aborted_by_the_peer_is_its_refusal() {
    for mut bench in [ready(), pending()] {
        let during = bench.state();
        bench.pass(ms(3));
        bench.say(hello(HelloPhase::Aborted, None));
        assert!(bench.is_silent());
        assert_eq!(bench.log.connections.last(), Some(&ConnectionState::RemoteDeniedTrust));
        assert_eq!(finish(&mut bench), denied(Side::Peer, Denial::Aborted));
        // The hub tells ship-go's start-up race from a refusal by how soon it came.
        assert_eq!((bench.end().during, bench.end().after), (during, ms(3)));
    }
}

#[test]
fn aborted_at_the_end_of_the_announced_wait_is_out_of_time() {
    let mut bench = ready();
    bench.say(hello(HelloPhase::Pending, Some(30_000)));
    bench.pass(ms(29_500));
    bench.say(hello(HelloPhase::Aborted, None));
    let how = Denial::OutOfTime { waited: ms(29_500) };
    assert_eq!(finish(&mut bench), denied(Side::Peer, how));
    assert!(bench.log.remarks().is_empty());
}

#[test]
fn aborting_before_a_promised_prolongation_is_over_is_remarked() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.pass(secs(45));
    assert_eq!(bench.heard(), more_time());
    bench.say(hello(HelloPhase::Ready, Some(75_000)));
    bench.pass(secs(15));
    bench.say(hello(HelloPhase::Aborted, None));
    let (promised, aborted_after) = (secs(75), secs(15));
    assert_eq!(bench.log.remarks(), [&Remark::ProlongationCutShort { promised, aborted_after }]);
}

#[test]
fn close_in_ready_listen_that_gives_another_reason_is_not_a_refusal() {
    for (code, text) in
        [(4001, "double connection"), (1001, ""), (1009, ""), (1011, ""), (1012, ""), (1013, "")]
    {
        let mut bench = ready();
        bench.say(hello(HelloPhase::Pending, Some(60_000)));
        bench.close_frame(code, text);
        let text = text.to_owned();
        assert_eq!(bench.end().cause, Cause::ClosedWithCode { code, text });
        assert!(bench.log.numbers().ends_with(&[8, 39]));
    }
}

#[test]
fn close_in_ready_listen_for_another_ship_id_is_that() {
    for (code, text) in [(4450, "SHIP id mismatch"), (4001, "SHIP id mismatch")] {
        let mut bench = ready();
        bench.close_frame(code, text);
        let cause = Cause::ShipIdMismatch { by: Side::Peer, stored: None, received: None };
        assert_eq!(bench.end().cause, cause);
    }
}

#[test]
fn close_in_ready_listen_with_timeout_means_nobody_accepted_us() {
    let mut bench = ready();
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    bench.pass(secs(20));
    bench.close_frame(4001, "timeout");
    let waited = secs(20);
    assert_eq!(bench.end().cause, denied(Side::Peer, Denial::OutOfTime { waited }));
}

#[test]
fn closing_in_ready_listen_without_another_reason_is_a_refusal() {
    for (how, code) in [
        (TransportEnd::Frame { code: 4452, text: "no".to_owned() }, Some(4452)),
        (TransportEnd::Frame { code: 1000, text: "no".to_owned() }, Some(1000)),
        (TransportEnd::Eof, None),
    ] {
        let mut bench = ready();
        bench.say(hello(HelloPhase::Pending, Some(60_000)));
        bench.hang_up(how);
        let text = if code.is_some() { "no".to_owned() } else { String::new() };
        assert_eq!(bench.end().cause, denied(Side::Peer, Denial::Closed { code, text }));
        assert!(bench.log.numbers().ends_with(&[8, 17]));
    }
}

#[test]
fn a_broken_link_in_ready_listen_is_no_refusal() {
    let mut bench = ready();
    bench.hang_up(TransportEnd::Error { detail: "reset".to_owned() });
    assert_eq!(bench.end().cause, Cause::Lost { detail: "reset".to_owned() });
    assert!(bench.log.numbers().ends_with(&[8, 39]));
}

#[test]
fn in_pending_listen_only_4452_is_a_refusal() {
    let mut bench = pending();
    bench.close_frame(4452, "Node rejected by application");
    assert!(matches!(bench.end().cause, Cause::Denied { by: Side::Peer, .. }));

    let mut bench = pending();
    bench.close_frame(4001, "close");
    assert!(matches!(bench.end().cause, Cause::ClosedWithCode { code: 4001, .. }));

    let mut bench = pending();
    bench.hang_up(TransportEnd::Eof);
    assert!(matches!(bench.end().cause, Cause::Lost { .. }));
}

// Crossing messages

#[test]
fn an_answer_to_a_request_that_crossed_our_trust_is_no_unexpected_message() {
    for role in [Role::Client, Role::Server] {
        let mut bench = Bench::in_hello(settings(role, Trust::Undecided));
        bench.heard();
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        bench.pass(secs(45));
        assert_eq!(bench.heard(), more_time());
        bench.with(|dut, now| dut.trust(now));
        bench.heard();
        // Its answer to the request was under way when we went on.
        bench.say(hello(HelloPhase::Ready, Some(75_000)));
        match role {
            Role::Client => {
                assert_eq!(bench.heard(), announce());
                bench.say(select());
            }
            Role::Server => bench.say(announce()),
        }
        assert_eq!(bench.heard(), select());
    }
}

#[test]
fn aborted_that_crossed_our_ready_is_still_a_refusal() {
    let mut bench = pending();
    bench.say(hello(HelloPhase::Ready, Some(20_000)));
    bench.pass(secs(20));
    bench.with(|dut, now| dut.trust(now));
    bench.say(hello(HelloPhase::Aborted, None));
    assert_eq!(finish(&mut bench), denied(Side::Peer, Denial::Aborted));
    assert_eq!(bench.log.connections.last(), Some(&ConnectionState::Error));
}

// What is told

#[test]
fn the_status_tells_who_trusts_whom_and_for_how_long() {
    let mut bench = pending();
    bench.pass(secs(1));
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    let last = bench.log.events.iter().rfind(|event| matches!(event, Event::Hello(_)));
    let expected = HelloStatus {
        we_trust: false,
        peer_trusts: Some(true),
        we_wait_until: None,
        peer_waits_until: Some(bench.now + secs(60)),
        prolongations_granted: 0,
        prolongations_asked: 0,
    };
    assert_eq!(last, Some(&Event::Hello(expected)));
    assert_eq!(status(&bench), expected);
    assert_eq!(Bench::new(settings(Role::Server, Trust::Trusted)).dut.hello_status(), None);
}

#[test]
fn the_end_tells_how_long_the_stage_had_lasted() {
    let mut bench = Bench::new(settings(Role::Client, Trust::Trusted));
    bench.pass(secs(3));
    bench.say(init());
    bench.pass(secs(7));
    bench.close_frame(4452, "");
    assert_eq!(bench.end().during, ProtocolState::HelloReadyListen);
    assert_eq!(bench.end().after, Duration::from_secs(7));
    assert!(!bench.end().completed);
}

#[test]
fn an_unknown_peer_is_refused_at_once_where_nobody_can_be_asked() {
    let mut bench = Bench::in_hello(settings(Role::Server, Trust::NobodyToAsk));
    assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
    assert!(bench.log.numbers().ends_with(&[6, 14, 15]));
    bench.pass(secs(2));
    let how = Denial::NobodyToAsk;
    assert_eq!(bench.end().cause, Cause::Denied { by: Side::We, how });
}
