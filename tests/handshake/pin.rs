//! PIN verification in all its states, on either side (SHIP 13.4.4.3).

use shipctl::proto::{
    ConnectionState, ProtocolState,
    handshake::{Cause, Event, Expectation, PinPolicy, Remark, Role, Settings, Trust},
    message::*,
};

use crate::support::virtual_time::*;

const OK: Option<InputPermission> = Some(InputPermission::Ok);
const BUSY: Option<InputPermission> = Some(InputPermission::Busy);

fn trusting() -> Settings {
    settings(Role::Server, Trust::Trusted)
}

/// A node that demands the PIN `12345678`, its demand already heard; the peer demands none.
fn demanding(wrong_pins: u32) -> Bench {
    let policy = PinPolicy::Required(pin("12345678"));
    let mut bench = Bench::in_pin(Settings { pin_policy: policy, wrong_pins, ..trusting() });
    assert_eq!(bench.heard(), pin_state(PinDemand::Required, OK));
    bench.say(pin_state(PinDemand::None, None));
    assert_eq!(bench.state(), ProtocolState::PinCheckListen);
    bench
}

/// A node whose peer may ask it for a PIN, its own `none` already heard.
fn asked(settings: Settings) -> Bench {
    let mut bench = Bench::in_pin(settings);
    assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
    bench
}

fn input(text: &str) -> Message {
    control(Control::PinInput(pin(text)))
}

fn error() -> Message {
    control(Control::PinError(1))
}

/// A PIN is wanted, and the last of `wrong` ones was refused.
fn wanted(required: bool, wrong: u32, busy: bool) -> Event {
    Event::PinWanted { required, refused: wrong > 0, wrong, busy }
}

fn last_event(bench: &Bench) -> &Event {
    bench.log.events.last().unwrap()
}

// The peer enters our PIN

#[test]
fn the_right_pin_lets_the_peer_in_in_any_case_of_its_digits() {
    let policy = PinPolicy::Required(pin("abcdef0123456789"));
    let mut bench = Bench::in_pin(Settings { pin_policy: policy, ..trusting() });
    bench.heard();
    bench.say(pin_state(PinDemand::None, None));
    bench.say_bytes(b"\x01{\"connectionPinInput\":[{\"pin\":\"ABCDEF0123456789\"}]}");
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
    assert_eq!(bench.heard(), access_request());
    assert!(bench.log.events.contains(&Event::RightPin));
    assert!(bench.log.numbers().ends_with(&[25, 26, 27, 31, 36]));
    assert!(bench.log.connections.ends_with(&[
        ConnectionState::InProgress,
        ConnectionState::Trusted,
        ConnectionState::Pin,
        ConnectionState::Trusted
    ]));
}

#[test]
fn the_third_wrong_pin_costs_15_s_and_the_sixth_90_s() {
    let mut bench = demanding(0);
    for count in 1..=7_u32 {
        bench.say(input("00000000"));
        assert_eq!(bench.heard(), error());
        let penalty = match count {
            ..3 => None,
            3..6 => Some(secs(15)),
            6.. => Some(secs(90)),
        };
        let penalty_until = penalty.map(|penalty| bench.now + penalty);
        assert!(bench.log.events.contains(&Event::WrongPin { count, penalty_until }));
        let Some(penalty) = penalty else {
            assert!(bench.is_silent());
            assert!(bench.log.numbers().ends_with(&[28, 27]));
            continue;
        };
        assert_eq!(bench.heard(), pin_state(PinDemand::Required, BUSY));
        assert!(bench.log.numbers().ends_with(&[28, 29, 30]));
        bench.pass(penalty - ms(1));
        assert!(bench.is_silent());
        bench.pass(ms(1));
        assert_eq!(bench.heard(), pin_state(PinDemand::Required, OK));
        assert!(bench.log.numbers().ends_with(&[30, 27]));
    }
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
}

#[test]
fn during_a_penalty_even_the_right_pin_is_not_checked() {
    let mut bench = demanding(0);
    for _ in 0..3 {
        bench.say(input("00000000"));
    }
    bench.log.sent.clear();
    for entered in ["12345678", "00000000"] {
        bench.say(input(entered));
        assert_eq!(bench.heard(), pin_state(PinDemand::Required, BUSY));
        assert!(bench.is_silent());
    }
    let wrong = |event: &&Event| matches!(event, Event::WrongPin { .. });
    assert_eq!(bench.log.events.iter().filter(wrong).count(), 3);
}

#[test]
fn wrong_pins_of_earlier_connections_count() {
    let mut bench = demanding(5);
    bench.say(input("00000000"));
    let penalty_until = Some(bench.now + secs(90));
    assert_eq!(last_event(&bench), &Event::WrongPin { count: 6, penalty_until });
}

#[test]
fn reconnecting_does_not_lift_a_penalty() {
    let settings = Settings {
        pin_policy: PinPolicy::Required(pin("12345678")),
        wrong_pins: 3,
        pin_penalty_until: Some(shipctl::time::Time::after(secs(1010))),
        ..trusting()
    };
    let mut bench = Bench::in_pin(settings);
    assert_eq!(bench.heard(), pin_state(PinDemand::Required, BUSY));
    assert!(bench.log.numbers().ends_with(&[26, 29, 30]));
    bench.say(pin_state(PinDemand::None, None));
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::Required, BUSY));
    bench.pass(secs(10));
    assert_eq!(bench.heard(), pin_state(PinDemand::Required, OK));
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
}

#[test]
fn a_request_that_came_before_the_pin_is_answered_after_it() {
    let mut bench = demanding(0);
    bench.say(access_request());
    bench.say(data("1"));
    assert!(bench.is_silent() && bench.log.data().is_empty());
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
    assert_eq!(bench.heard(), access_request());
    assert_eq!(bench.heard(), own_access_methods());
    assert_eq!(bench.log.data(), ["1"]);
}

#[test]
fn with_an_optional_pin_the_peer_goes_on_and_may_still_enter_it() {
    let policy = PinPolicy::Optional(pin("12345678"));
    let mut bench = Bench::in_pin(Settings { pin_policy: policy, ..trusting() });
    assert_eq!(bench.heard(), pin_state(PinDemand::Optional, OK));
    bench.say(pin_state(PinDemand::None, None));
    assert_eq!(bench.heard(), access_request());
    bench.say(access_methods("peer"));
    for _ in 0..3 {
        bench.say(input("00000000"));
        assert_eq!(bench.heard(), error());
    }
    assert_eq!(bench.heard(), pin_state(PinDemand::Optional, BUSY));
    bench.pass(secs(15));
    assert_eq!(bench.heard(), pin_state(PinDemand::Optional, OK));
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
    assert_eq!(bench.state(), ProtocolState::Complete);
}

#[test]
fn a_pin_nobody_asked_for_is_ignored() {
    let mut bench = asked(trusting());
    bench.say(input("12345678"));
    assert!(bench.is_silent());
    assert!(matches!(
        bench.log.remarks()[..],
        [Remark::Ignored { message: "connectionPinInput", .. }]
    ));
}

// We enter the peer's PIN

#[test]
fn a_known_pin_is_entered_at_once_and_only_once() {
    let settings =
        Settings { pin_for_peer: Some(pin("12345678")), can_ask_for_pin: true, ..trusting() };
    let mut bench = asked(settings);
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(bench.heard(), input("12345678"));
    assert!(bench.log.numbers().ends_with(&[26, 27, 32, 33]));
    // It repeats its demand: that is no answer, and no reason to say the PIN again.
    bench.say(pin_state(PinDemand::Required, OK));
    assert!(bench.is_silent());
    bench.say(error());
    bench.pass(secs(1));
    assert_eq!(last_event(&bench), &wanted(true, 1, false));
    assert!(bench.is_silent());
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("87654321"))));
    assert_eq!(bench.heard(), input("87654321"));
    assert!(!bench.with(|dut, now| dut.enter_pin(now, pin("11111111"))), "one is being checked");
    bench.say(pin_state(PinDemand::PinOk, None));
    assert!(bench.log.events.contains(&Event::PinAccepted));
    assert_eq!(bench.heard(), access_request());
    assert!(bench.log.numbers().ends_with(&[33, 35, 31, 36]));
    assert!(bench.log.connections.ends_with(&[
        ConnectionState::Trusted,
        ConnectionState::Pin,
        ConnectionState::Trusted
    ]));
}

#[test]
fn a_pin_that_is_not_known_is_asked_for() {
    let mut bench = asked(Settings { can_ask_for_pin: true, ..trusting() });
    assert!(!bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))), "none is wanted yet");
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(last_event(&bench), &wanted(true, 0, false));
    bench.pass(secs(3600));
    assert!(bench.log.closed.is_none(), "a person may take their time");
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))));
    assert_eq!(bench.heard(), input("12345678"));
}

#[test]
fn during_the_peers_penalty_nothing_is_entered_and_afterwards_it_is() {
    let mut bench = asked(Settings { can_ask_for_pin: true, ..trusting() });
    bench.say(pin_state(PinDemand::Required, BUSY));
    assert_eq!(last_event(&bench), &wanted(true, 0, true));
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))));
    assert!(bench.is_silent());
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(bench.heard(), input("12345678"));
    // The penalty came back before it was checked: entered once more when that is over.
    bench.say(pin_state(PinDemand::Required, BUSY));
    assert!(bench.is_silent());
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(bench.heard(), input("12345678"));
}

#[test]
fn a_penalty_is_told_once_although_the_pin_is_known_and_nobody_is_asked() {
    let mut bench = asked(Settings { pin_for_peer: Some(pin("12345678")), ..trusting() });
    for _ in 0..2 {
        bench.say(pin_state(PinDemand::Required, BUSY));
        assert!(bench.is_silent());
    }
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(bench.heard(), input("12345678"));
    let wanted_pins =
        bench.log.events.iter().filter(|event| matches!(event, Event::PinWanted { .. }));
    assert_eq!(wanted_pins.collect::<Vec<_>>(), [&wanted(true, 0, true)]);
}

/// What was told of the PIN we are to enter.
fn wants(bench: &Bench) -> Vec<Event> {
    let is_it = |event: &&Event| matches!(event, Event::PinWanted { .. });
    bench.log.events.iter().filter(is_it).cloned().collect()
}

#[test]
fn a_wrong_pin_and_its_penalty_are_told_as_one_and_counted_once() {
    let mut bench = asked(Settings { can_ask_for_pin: true, ..trusting() });
    bench.say(pin_state(PinDemand::Required, OK));
    let mut expected = vec![wanted(true, 0, false)];
    for wrong in 1..=3 {
        assert!(bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))));
        bench.say(error());
        assert_eq!(wants(&bench), expected, "whether a penalty follows is not known yet");
        let penalty = wrong == 3;
        if penalty {
            bench.say(pin_state(PinDemand::Required, BUSY));
            bench.say(pin_state(PinDemand::Required, BUSY));
        }
        bench.pass(secs(1));
        expected.push(wanted(true, wrong, penalty));
        assert_eq!(wants(&bench), expected);
    }
    bench.say(pin_state(PinDemand::Required, OK));
    bench.pass(secs(1));
    expected.push(wanted(true, 3, false));
    assert_eq!(wants(&bench), expected, "the penalty is over");
}

#[test]
fn a_wrong_pin_is_told_before_the_next_one_is_entered() {
    let mut bench = asked(Settings { can_ask_for_pin: true, ..trusting() });
    bench.say(pin_state(PinDemand::Required, OK));
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))));
    bench.heard();
    bench.say(error());
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("87654321"))));
    assert_eq!(bench.heard(), input("87654321"));
    assert_eq!(wants(&bench), [wanted(true, 0, false), wanted(true, 1, false)]);
    bench.pass(secs(1));
    assert_eq!(wants(&bench).len(), 2, "nothing is told twice");
    bench.say(pin_state(PinDemand::PinOk, None));
    assert!(bench.log.events.contains(&Event::PinAccepted));
}

#[test]
fn without_a_pin_and_anybody_to_ask_a_required_pin_is_the_end() {
    let mut bench = asked(trusting());
    bench.say(pin_state(PinDemand::Required, OK));
    assert_eq!(bench.log.closed, Some((4001, "no PIN")));
    bench.pass(secs(1));
    assert_eq!(bench.end().cause, Cause::PinMissing);
    assert!(bench.log.connections.ends_with(&[
        ConnectionState::Trusted,
        ConnectionState::Pin,
        ConnectionState::Error
    ]));
}

#[test]
fn a_refused_pin_and_nobody_to_ask_is_the_end() {
    let settings = Settings { pin_for_peer: Some(pin("12345678")), ..trusting() };
    let mut bench = asked(settings.clone());
    bench.say(pin_state(PinDemand::Required, OK));
    bench.heard();
    bench.say(error());
    bench.pass(secs(1));
    assert_eq!(bench.end().cause, Cause::PinRefused);

    let mut bench = asked(Settings { can_ask_for_pin: true, ..settings });
    bench.say(pin_state(PinDemand::Required, OK));
    bench.heard();
    bench.say(error());
    bench.close_frame(4001, "close");
    assert_eq!(bench.end().cause, Cause::PinRefused);
}

#[test]
fn an_optional_pin_does_not_hold_us_up() {
    let mut bench = asked(trusting());
    bench.say(pin_state(PinDemand::Optional, OK));
    assert_eq!(bench.heard(), access_request());
    assert_eq!(bench.log.remarks(), [&Remark::Restricted]);
    assert!(bench.log.numbers().ends_with(&[26, 27, 32, 34, 36]));

    let mut bench = asked(Settings { pin_for_peer: Some(pin("12345678")), ..trusting() });
    bench.say(pin_state(PinDemand::Optional, OK));
    assert_eq!(bench.heard(), input("12345678"));
    assert_eq!(bench.heard(), access_request());
    bench.say(pin_state(PinDemand::PinOk, None));
    assert_eq!(last_event(&bench), &Event::PinAccepted);

    let mut bench = asked(Settings { can_ask_for_pin: true, ..trusting() });
    bench.say(pin_state(PinDemand::Optional, OK));
    assert!(bench.log.events.contains(&wanted(false, 0, false)));
    assert_eq!(bench.heard(), access_request());
    bench.say(access_methods("peer"));
    assert!(bench.with(|dut, now| dut.enter_pin(now, pin("12345678"))));
    assert_eq!(bench.heard(), input("12345678"));
}

// Both at once

#[test]
fn both_may_demand_a_pin_at_once() {
    let settings = Settings {
        pin_policy: PinPolicy::Required(pin("12345678")),
        can_ask_for_pin: true,
        ..trusting()
    };
    let mut bench = Bench::in_pin(settings);
    bench.heard();
    bench.say(pin_state(PinDemand::Required, OK));
    bench.say(input("12345678"));
    assert_eq!(bench.heard(), pin_state(PinDemand::PinOk, None));
    assert_eq!(bench.state(), ProtocolState::PinAskProcess);
    bench.with(|dut, now| dut.enter_pin(now, pin("87654321")));
    assert_eq!(bench.heard(), input("87654321"));
    bench.say(pin_state(PinDemand::PinOk, None));
    assert_eq!(bench.heard(), access_request());
}

#[test]
fn the_peer_has_to_say_what_it_demands_in_time() {
    let mut bench = asked(trusting());
    bench.pass(secs(10));
    assert_eq!(bench.log.closed, Some((4001, "timeout")));
    bench.pass(secs(1));
    assert_eq!(
        bench.end().cause,
        Cause::TimedOut { expected: Expectation::PinState, waited: secs(10) }
    );
    // Trusted all the way: no PIN was involved.
    assert!(bench.log.connections.ends_with(&[ConnectionState::Trusted, ConnectionState::Error]));
}

#[test]
fn a_pin_is_never_shown() {
    let settings = Settings {
        pin_policy: PinPolicy::Required(pin("1122334455")),
        pin_for_peer: Some(pin("5544332211")),
        ..trusting()
    };
    let mut bench = Bench::in_pin(settings);
    bench.say(input("99887766"));
    bench.dut.handle_message(
        bench.now,
        b"\x01{\"connectionPinState\":[{\"pinState\":\"required\"},{\"inputPermission\":\"ok\"}]}",
    );
    let mut shown = format!("{:?}", bench.dut);
    while let Some(output) = bench.dut.poll_output() {
        shown += &format!("{output:?}");
    }
    shown += &format!("{:?}", bench.log.events);
    for secret in ["1122334455", "5544332211", "99887766", "53, 53, 52, 52"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
