//! Access methods beside data, and data that came early (SHIP 13.4.6).

use shipctl::proto::{
    ConnectionState, ProtocolState,
    handshake::{Cause, Event, Remark, Role, Settings, Side, Trust},
    message::*,
};

use crate::support::virtual_time::*;

fn trusting() -> Settings {
    settings(Role::Server, Trust::Trusted)
}

#[test]
fn ten_seconds_without_access_methods_are_a_remark_and_no_fault() {
    let mut bench = Bench::in_access(trusting());
    bench.pass(ms(9_999));
    assert_eq!(bench.state(), ProtocolState::AccessMethodsRequest);
    bench.pass(ms(1));
    assert_eq!(bench.log.remarks(), [&Remark::NoAccessMethods(secs(10))]);
    assert!(bench.log.numbers().ends_with(&[36, 37, 38]));
    assert_eq!(bench.dut.poll_timeout(), None);
    // Late is better than never.
    bench.say(access_methods("peer"));
    assert_eq!(bench.log.events.last(), Some(&Event::PeerShipId(ship_id("peer"))));
}

#[test]
fn another_ship_id_than_the_stored_one_is_closed_with_4450() {
    for early_data in [false, true] {
        let known = Settings { known_ship_id: Some(ship_id("before")), ..trusting() };
        let mut bench = Bench::in_access(known);
        if early_data {
            bench.say(data("1"));
        }
        bench.say(access_methods("after"));
        assert_eq!(bench.log.closed, Some((4450, "SHIP id mismatch")));
        assert_eq!(bench.log.connections.last(), Some(&ConnectionState::Error));
        bench.pass(secs(1));
        assert_eq!(
            bench.end().cause,
            Cause::ShipIdMismatch {
                by: Side::We,
                stored: Some(ship_id("before")),
                received: Some(ship_id("after")),
            }
        );
        assert_eq!(bench.end().completed, early_data);
    }
}

#[test]
fn the_stored_ship_id_is_welcome_and_may_not_change_on_the_way() {
    let mut bench =
        Bench::in_access(Settings { known_ship_id: Some(ship_id("peer")), ..trusting() });
    bench.say(access_methods("peer"));
    assert_eq!(bench.state(), ProtocolState::Complete);

    let mut bench = Bench::complete(trusting());
    bench.say(access_methods("somebody-else"));
    assert_eq!(bench.log.closed, Some((4450, "SHIP id mismatch")));
}

#[test]
fn a_peer_that_misses_its_ship_id_for_us_closes_with_4450_or_its_text() {
    for (code, text) in [(4450, ""), (4001, "SHIP id mismatch")] {
        let mut bench = Bench::in_access(trusting());
        bench.close_frame(code, text);
        assert!(matches!(bench.end().cause, Cause::ShipIdMismatch { by: Side::Peer, .. }));
    }
}

#[test]
fn access_methods_without_an_id_complete_with_a_remark() {
    let mut bench = Bench::in_access(trusting());
    bench.say(control(Control::AccessMethods(AccessMethods::default())));
    assert_eq!(bench.log.remarks(), [&Remark::NoShipId]);
    assert_eq!(bench.state(), ProtocolState::Complete);
}

#[test]
fn an_address_and_silence_about_mdns_are_told_as_set() {
    let uri = Some("wss://host:4712/ship/".to_owned());
    let mut bench =
        Bench::in_access(Settings { discoverable: false, dns_uri: uri.clone(), ..trusting() });
    bench.heard();
    bench.say(access_request());
    let id = Some(ship_id("i:46925_u:dut"));
    let methods = AccessMethods { id, dns_sd_mdns: false, dns_uri: uri };
    assert_eq!(bench.heard(), control(Control::AccessMethods(methods)));
}

#[test]
fn early_data_of_every_stage_is_handed_over_in_order_after_completion() {
    let mut bench = Bench::in_hello(trusting());
    bench.say(data("1"));
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.say(data("2"));
    bench.say(announce());
    bench.say(data("3"));
    bench.say(select());
    bench.say(data("4"));
    assert_eq!(bench.log.data(), [""; 0]);
    bench.say(pin_state(PinDemand::None, None));
    bench.say(data("5"));
    assert_eq!(bench.log.data(), ["1", "2", "3", "4", "5"]);
    let completed = bench.log.events.iter().position(|event| *event == Event::Completed);
    let first = bench.log.events.iter().position(|event| matches!(event, Event::Data(_)));
    assert!(completed.unwrap() < first.unwrap());
}

#[test]
fn early_data_is_bounded_and_what_is_kept_has_no_holes() {
    let mut bench = Bench::in_hello(Settings { early_data_limit: 1000, ..trusting() });
    let kilobyte = format!("\"{}\"", "x".repeat(1024));
    bench.say(data("1"));
    bench.say(data(&kilobyte));
    bench.say(data("2"));
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.say(announce());
    bench.say(select());
    bench.say(pin_state(PinDemand::None, None));
    assert_eq!(bench.log.data(), ["1"]);
    assert_eq!(bench.log.remarks(), [&Remark::EarlyDataDropped(2)]);
}

#[test]
fn many_empty_messages_are_bounded_too() {
    let mut bench = Bench::in_hello(Settings { early_data_limit: 10_000, ..trusting() });
    for _ in 0..10_000 {
        bench.say(data("0"));
    }
    bench.say(hello(HelloPhase::Ready, Some(60_000)));
    bench.say(announce());
    bench.say(select());
    bench.say(pin_state(PinDemand::None, None));
    assert!(bench.log.data().len() < 200, "{}", bench.log.data().len());
}

#[test]
fn data_cannot_be_sent_before_the_pin_phase_is_over_nor_after_closing() {
    let mut bench = Bench::in_pin(trusting());
    bench.log.sent.clear();
    let sent = bench.with(|dut, now| dut.send_data(now, data_of("1")));
    let error = sent.unwrap_err();
    assert_eq!(error.to_string(), "no data can be sent in state PinCheckListen (27)");
    assert!(bench.is_silent());

    let mut bench = Bench::complete(trusting());
    bench.with(|dut, now| dut.close(now, CloseReason::Unspecific));
    assert!(bench.with(|dut, now| dut.send_data(now, data_of("1"))).is_err());
}

#[test]
fn odd_messages_do_not_disturb_a_complete_connection() {
    let mut bench = Bench::complete(trusting());
    bench.say(init());
    bench.say(hello(HelloPhase::Aborted, None));
    bench.say(announce());
    bench.say(protocol_error(ProtocolErrorCode::Timeout));
    bench.say(control(Control::PinError(1)));
    bench.say(closing(ClosePhase::Confirm));
    bench.say_bytes(b"\x01{\"commissioningRequest\":[]}");
    assert!(bench.is_silent());
    assert_eq!(bench.state(), ProtocolState::Complete);
    assert_eq!(bench.log.remarks().len(), 7);
}
