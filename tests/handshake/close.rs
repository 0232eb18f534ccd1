//! Every way out (SHIP 13.4.7).

use shipctl::proto::{
    ConnectionState, ProtocolState,
    handshake::{Cause, Expectation, Remark, Role, Settings, Side, TransportEnd, Trust},
    message::*,
};

use crate::support::virtual_time::*;

fn trusting() -> Settings {
    settings(Role::Server, Trust::Trusted)
}

/// A connection in every stage after the init.
fn stages() -> Vec<Bench> {
    vec![
        Bench::in_hello(trusting()),
        Bench::in_hello(settings(Role::Server, Trust::Undecided)),
        Bench::in_protocol(trusting()),
        Bench::in_pin(trusting()),
        Bench::in_access(trusting()),
        Bench::complete(trusting()),
    ]
}

fn by_us(reason: CloseReason, confirmed: bool) -> Cause {
    Cause::Closed { by: Side::We, reason, confirmed }
}

fn announced_close(reason: CloseReason) -> Message {
    let phase = ClosePhase::Announce;
    Message::Close(ConnectionClose { phase, max_time: Some(secs(1)), reason: Some(reason) })
}

#[test]
fn a_close_announced_by_the_peer_is_confirmed_and_followed_in_every_stage() {
    for mut bench in stages() {
        bench.log.sent.clear();
        let states = bench.log.states.len();
        bench.say(announced_close(CloseReason::RemovedConnection));
        assert_eq!(bench.heard(), closing(ClosePhase::Confirm));
        assert_eq!(bench.log.closed, Some((4001, "close")));
        bench.hang_up(TransportEnd::Eof);
        let reason = CloseReason::RemovedConnection;
        assert_eq!(bench.end().cause, Cause::Closed { by: Side::Peer, reason, confirmed: true });
        assert_eq!(bench.log.states.len(), states, "an orderly close is no fault");
    }
}

#[test]
fn an_odd_reason_is_remarked() {
    let mut bench = Bench::complete(trusting());
    bench.say(announced_close(CloseReason::Other("User close".to_owned())));
    assert_eq!(bench.log.remarks(), [&Remark::OddCloseReason("User close".to_owned())]);
}

#[test]
fn crossing_announcements_confirm_each_other() {
    let mut bench = Bench::complete(trusting());
    bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
    bench.heard();
    bench.say(announced_close(CloseReason::Unspecific));
    assert_eq!(bench.heard(), closing(ClosePhase::Confirm));
    assert_eq!(bench.log.closed, None);
    bench.say(closing(ClosePhase::Confirm));
    assert!(bench.log.closed.is_some());
    bench.pass(secs(1));
    assert_eq!(bench.end().cause, by_us(CloseReason::Unspecific, true));
}

#[test]
fn data_under_way_at_our_announcement_still_arrives() {
    let mut bench = Bench::complete(trusting());
    bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
    bench.say(data("1"));
    assert_eq!(bench.log.data(), ["1"]);
}

#[test]
fn closing_before_data_may_flow_is_plain_and_no_fault() {
    for mut bench in [
        Bench::new(trusting()),
        Bench::new(settings(Role::Client, Trust::Trusted)),
        Bench::in_protocol(trusting()),
        Bench::in_pin(trusting()),
    ] {
        bench.log.sent.clear();
        bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
        assert!(bench.is_silent());
        assert_eq!(bench.log.closed, Some((4001, "close")));
        bench.pass(secs(1));
        assert_eq!(bench.end().cause, by_us(CloseReason::Unspecific, false));
        assert_ne!(bench.state(), ProtocolState::Error);
    }
}

#[test]
fn closing_in_the_hello_phase_aborts_it() {
    for mut bench in stages().into_iter().take(2) {
        bench.heard();
        bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
        assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
        bench.pass(secs(2));
        assert_eq!(bench.log.closed, Some((4452, "Node rejected by application")));
        assert_eq!(bench.end().cause, by_us(CloseReason::Unspecific, false));
    }
}

#[test]
fn refusing_a_complete_connection_announces_the_removal() {
    let mut bench = Bench::complete(trusting());
    bench.with(|dut, now| dut.deny(now));
    let Message::Close(close) = bench.heard() else { panic!() };
    assert_eq!(close.reason, Some(CloseReason::RemovedConnection));
}

#[test]
fn dropping_closes_at_once_in_every_stage() {
    for mut bench in stages() {
        bench.log.sent.clear();
        bench.with(|dut, now| dut.drop_with(now, 4500, "replaced"));
        assert!(bench.is_silent());
        assert_eq!(bench.log.closed, Some((4500, "replaced")));
        bench.pass(secs(1));
        assert_eq!(bench.end().cause, Cause::Dropped { code: 4500, reason: "replaced" });
    }
}

#[test]
fn dropping_hurries_an_end_under_way_and_keeps_its_cause() {
    let mut bench = Bench::complete(trusting());
    bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
    bench.with(|dut, now| dut.drop_with(now, 1001, "going away"));
    assert_eq!(bench.log.closed, Some((1001, "going away")));
    bench.pass(secs(1));
    assert_eq!(bench.end().cause, by_us(CloseReason::Unspecific, false));
}

#[test]
fn a_text_frame_is_a_violation_in_every_stage() {
    for mut bench in stages() {
        bench.with(|dut, now| dut.handle_text(now));
        assert_eq!(bench.log.closed, Some((1003, "text frame")));
        bench.pass(secs(1));
        let got = "a text frame".to_owned();
        assert_eq!(bench.end().cause, Cause::Violation { expected: Expectation::Binary, got });
    }
}

#[test]
fn a_vanished_transport_is_waited_for_one_second() {
    let mut bench = Bench::complete(trusting());
    bench.say(announced_close(CloseReason::Unspecific));
    bench.pass(ms(999));
    assert!(!bench.dut.is_over());
    bench.say(data("late"));
    assert_eq!(bench.log.data(), [""; 0]);
    bench.pass(ms(1));
    assert!(bench.dut.is_over());
    assert_eq!(bench.dut.poll_timeout(), None);
}

#[test]
fn no_earlier_deadline_shortens_that_second() {
    let mut bench = Bench::new(trusting());
    bench.pass(ms(9_500));
    bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
    bench.pass(ms(999));
    assert!(!bench.dut.is_over());
    bench.pass(ms(1));
    assert!(bench.dut.is_over());
}

#[test]
fn losing_the_transport_is_a_fault_that_names_the_stage() {
    for mut bench in stages().into_iter().skip(2) {
        let during = bench.state();
        bench.hang_up(TransportEnd::Error { detail: "no pong for 10 s".to_owned() });
        assert_eq!(bench.end().during, during);
        assert_eq!(bench.end().completed, during == ProtocolState::Complete);
        assert_eq!(bench.end().cause, Cause::Lost { detail: "no pong for 10 s".to_owned() });
        assert_eq!(bench.log.connections.last(), Some(&ConnectionState::Error));
    }
}

#[test]
fn an_unannounced_close_tells_its_code() {
    let mut bench = Bench::complete(trusting());
    bench.close_frame(1001, "bye");
    let text = "bye".to_owned();
    assert_eq!(bench.end().cause, Cause::ClosedWithCode { code: 1001, text });
}

#[test]
fn who_only_looked_leaves_without_a_word_about_trust() {
    for trust in [Trust::Trusted, Trust::Undecided] {
        let mut bench = Bench::in_hello(settings(Role::Client, trust));
        bench.heard_hello();
        bench.with(|dut, now| dut.leave(now));
        let Message::Close(close) = bench.heard() else { panic!("no connectionClose") };
        assert_eq!(close.phase, ClosePhase::Announce);
        assert_eq!(close.reason, Some(CloseReason::Unspecific));
        bench.say(closing(ClosePhase::Confirm));
        assert_eq!(bench.log.closed, Some((4001, "close")));
        assert!(bench.is_silent(), "it says aborted to nobody");
    }
}

#[test]
fn who_leaves_before_the_hello_just_closes() {
    let mut bench = Bench::new(settings(Role::Client, Trust::Undecided));
    bench.heard();
    bench.with(|dut, now| dut.leave(now));
    assert!(bench.is_silent());
    assert_eq!(bench.log.closed, Some((4001, "close")));
}
