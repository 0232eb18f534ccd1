use std::time::Duration;

use super::*;
use crate::{
    checks::Code,
    cli::exit::Exit,
    hub::dial::Tried,
    proto::{
        codec::DecodeError,
        handshake::{Cause, Denial, Expectation, Side},
        message::CloseReason,
    },
};

const PEER: Ski = Ski::from_bytes([0x55; 20]);
const TIMEOUT: Duration = Duration::from_secs(120);

fn event(kind: EventKind) -> Event {
    Event { at: Time::ORIGIN, ski: Some(PEER), kind }
}

fn end(cause: Cause) -> EventKind {
    let during = ProtocolState::HelloReadyListen;
    let after = Duration::from_secs(2);
    let end = End { during, cause, completed: false, after, instead: None };
    EventKind::Ended { end, verdict: Verdict::GiveUp }
}

fn dial(stage: Stage, code: &'static str, what: &str, passing: bool) -> EventKind {
    let target = "127.0.0.1:4712".parse().unwrap();
    let tried = Tried {
        target,
        address: None,
        stage,
        code,
        what: what.to_owned(),
        passing,
        took: Default::default(),
        via: Vec::new(),
        announced: false,
    };
    let verdict = if passing { Verdict::Retry } else { Verdict::GiveUp };
    let failure = DialFailure { tried: vec![tried], telling: 0 };
    EventKind::AttemptFailed { number: 1, failure, verdict }
}

fn exit_after(kinds: Vec<EventKind>) -> (Exit, Option<Code>) {
    let mut progress = Progress::new(PEER, true, true);
    let failed = kinds.into_iter().find_map(|kind| progress.take(&event(kind)).err());
    let error = failed.unwrap_or_else(|| progress.out_of_time(Time::ORIGIN, TIMEOUT));
    (error.exit, error.code)
}

#[test]
fn a_peer_that_denies_ends_with_77() {
    let denied = |how| end(Cause::Denied { by: Side::Peer, how });
    assert_eq!(exit_after(vec![denied(Denial::Aborted)]), (Exit::Denied, Some(Code::Hel03)));
    let closed = Denial::Closed { code: Some(4452), text: String::new() };
    assert_eq!(exit_after(vec![denied(closed)]).0, Exit::Denied);
    assert_eq!(exit_after(vec![end(Cause::PinRefused)]).0, Exit::Denied);
    assert_eq!(exit_after(vec![end(Cause::PinMissing)]), (Exit::Denied, Some(Code::Pin01)));
}

#[test]
fn close_as_double_at_the_hello_is_two_rules_and_not_denied() {
    let text = "double connection".to_owned();
    let closed = end(Cause::ClosedWithCode { code: 4001, text });
    assert_eq!(exit_after(vec![closed]), (Exit::Protocol, Some(Code::Cls02)));
}

#[test]
fn a_decision_that_never_came_is_pending_and_not_denied() {
    let waited = Duration::from_secs(60);
    let late = end(Cause::Denied { by: Side::Peer, how: Denial::OutOfTime { waited } });
    assert_eq!(exit_after(vec![late]).0, Exit::Pending);
    let late = end(Cause::TimedOut { expected: Expectation::PeerTrust, waited });
    assert_eq!(exit_after(vec![late]).0, Exit::Pending);
}

#[test]
fn another_device_at_the_address_ends_at_once_with_76() {
    let failed = dial(Stage::Ski, "CERT-03", "another device answers", false);
    assert_eq!(exit_after(vec![failed]), (Exit::Protocol, Some(Code::Cert03)));
}

#[test]
fn an_address_that_refuses_is_tried_until_the_time_is_over() {
    let failed = || dial(Stage::Tcp, "TCP-01", "refused", true);
    assert_eq!(exit_after(vec![failed(), failed()]), (Exit::Unreachable, Some(Code::Tcp01)));
}

#[test]
fn an_address_that_stays_silent_is_unreachable() {
    let targets = vec!["127.0.0.1:4712".parse().unwrap()];
    let started = EventKind::AttemptStarted { number: 1, targets };
    assert_eq!(exit_after(vec![started]), (Exit::Unreachable, Some(Code::Tcp02)));
}

#[test]
fn silence_is_told_by_what_was_waited_for() {
    let target: Target = "127.0.0.1:4712".parse().unwrap();
    for (stage, code) in [
        (Stage::Resolve, Code::Dns01),
        (Stage::Tcp, Code::Tcp02),
        (Stage::Tls, Code::Tcp03),
        (Stage::Upgrade, Code::Ws06),
    ] {
        let targets = vec![target.clone()];
        let started = EventKind::AttemptStarted { number: 1, targets };
        let reached = EventKind::Dialling { target: target.clone(), address: None, stage };
        assert_eq!(exit_after(vec![started, reached]), (Exit::Unreachable, Some(code)));
    }
}

fn refused_at_once() -> EventKind {
    let cause = Cause::Denied { by: Side::Peer, how: Denial::Aborted };
    let EventKind::Ended { end, .. } = end(cause) else { unreachable!() };
    EventKind::Ended { end, verdict: Verdict::RetryAtOnce }
}

#[test]
fn a_refusal_is_told_even_if_the_device_is_gone_afterwards() {
    let refused = (Exit::Denied, Some(Code::Hel03));
    let gone = dial(Stage::Tcp, "TCP-01", "refused", true);
    assert_eq!(exit_after(vec![refused_at_once(), gone]), refused);
    let closed = dial(Stage::Tls, "TLS-04", "closed", false);
    assert_eq!(exit_after(vec![refused_at_once(), closed]), refused);
    let during = ProtocolState::CmiClientWait;
    let lost = Cause::Lost { detail: "reset".to_owned() };
    let after = Duration::ZERO;
    let end = End { during, cause: lost, completed: false, after, instead: None };
    let lost = EventKind::Ended { end, verdict: Verdict::Retry };
    assert_eq!(exit_after(vec![refused_at_once(), lost]), refused);
}

#[test]
fn a_refusal_that_was_none_is_forgotten() {
    let trusted =
        EventKind::State { from: ConnectionState::InProgress, to: ConnectionState::Trusted };
    let late = end(Cause::ClosedWithCode { code: 4001, text: "close".to_owned() });
    let exit = exit_after(vec![refused_at_once(), trusted, late]);
    assert_eq!(exit, (Exit::Protocol, Some(Code::Cls03)));
}

#[test]
fn a_handshake_that_goes_on_names_what_is_due() {
    for (state, code) in [
        (ProtocolState::CmiClientWait, Code::Cmi01),
        (ProtocolState::HelloReadyListen, Code::Msg02),
        (ProtocolState::ProtClientListenChoice, Code::Pro02),
        (ProtocolState::PinCheckListen, Code::Msg02),
    ] {
        let exit = exit_after(vec![EventKind::Protocol { state }]);
        assert_eq!(exit, (Exit::Pending, Some(code)), "{state:?}");
    }
}

#[test]
fn what_cannot_be_read_tells_more_than_the_silence_after_it() {
    let state = ProtocolState::HelloReadyListen;
    let dropped = EventKind::Remark(Remark::Dropped(DecodeError::UnknownType(9)));
    let exit = exit_after(vec![EventKind::Protocol { state }, dropped]);
    assert_eq!(exit, (Exit::PeerData, Some(Code::Dat04)));
    let (message, state) = ("accessMethods", ProtocolState::HelloReadyListen);
    let ignored = EventKind::Remark(Remark::Ignored { message, state });
    let exit = exit_after(vec![EventKind::Protocol { state }, ignored]);
    assert_eq!(exit, (Exit::PeerData, Some(Code::Msg01)));
}

#[test]
fn a_device_never_seen_is_not_found() {
    assert_eq!(exit_after(vec![]), (Exit::NotFound, Some(Code::Mdns01)));
    let mut progress = Progress::new(PEER, true, true);
    progress.note_seen(Some(Ski::from_bytes([0xC0; 20])), "Example Charge 11");
    let error = progress.out_of_time(Time::ORIGIN, TIMEOUT);
    assert_eq!((error.exit, error.code), (Exit::NotFound, Some(Code::Mdns15)));
    assert!(error.message.contains("seen instead: Example Charge 11 (SKI C0C0"), "{error:?}");
}

#[test]
fn without_mdns_nobody_is_told_to_mend_the_network() {
    let error = Progress::new(PEER, false, true).out_of_time(Time::ORIGIN, TIMEOUT);
    assert_eq!((error.exit, error.code), (Exit::NotFound, None));
    assert!(error.hint.unwrap().contains("--address"));
}

#[test]
fn what_is_no_ship_is_the_peers_data() {
    let got = "text".to_owned();
    let violation = end(Cause::Violation { expected: Expectation::Init, got });
    assert_eq!(exit_after(vec![violation]).0, Exit::PeerData);
}

#[test]
fn a_hello_still_waiting_at_the_end_names_whose_turn_it_is() {
    let status = HelloStatus {
        we_trust: true,
        peer_trusts: Some(false),
        we_wait_until: None,
        peer_waits_until: None,
        prolongations_granted: 0,
        prolongations_asked: 0,
    };
    let exit = exit_after(vec![EventKind::Hello(status)]);
    assert_eq!(exit, (Exit::Pending, Some(Code::Hel01)));
}

#[test]
fn a_device_that_waits_for_a_pin_and_one_that_takes_none_yet_are_told_apart() {
    let wanted = |busy| EventKind::PinWanted { required: true, refused: false, wrong: 0, busy };
    assert_eq!(exit_after(vec![wanted(false)]), (Exit::Pending, Some(Code::Pin01)));
    assert_eq!(exit_after(vec![wanted(true)]), (Exit::Pending, Some(Code::Pin02)));
    assert_eq!(exit_after(vec![wanted(true), wanted(false)]).1, Some(Code::Pin01));
}

#[test]
fn what_happens_to_others_does_not_concern_us() {
    let mut progress = Progress::new(PEER, true, true);
    let other = Event { ski: Some(Ski::from_bytes([1; 20])), ..event(end(Cause::PinRefused)) };
    assert!(progress.take(&other).is_ok());
}

fn completed_and(cause: Cause) -> Event {
    let end = End {
        during: ProtocolState::Complete,
        cause,
        completed: true,
        after: Duration::from_secs(1),
        instead: None,
    };
    let kind = EventKind::Ended { end, verdict: Verdict::Nothing };
    Event { at: Time::ORIGIN, ski: Some(Ski::from_bytes([0x55; 20])), kind }
}

fn closed(by: Side, reason: CloseReason) -> Event {
    completed_and(Cause::Closed { by, reason, confirmed: true })
}

#[test]
fn a_pairing_is_undone_by_a_device_that_forgets_us_or_is_another_one() {
    assert!(undoes_pairing(&closed(Side::Peer, CloseReason::RemovedConnection)));
    for by in [Side::We, Side::Peer] {
        let cause = Cause::ShipIdMismatch { by, stored: None, received: None };
        assert!(undoes_pairing(&completed_and(cause)));
    }
}

#[test]
fn however_else_a_connection_ends_the_pairing_stays() {
    let lost = Cause::Lost { detail: "reset".to_owned() };
    let code = Cause::ClosedWithCode { code: 4452, text: String::new() };
    let no_pong = Cause::NoPong { waited: Duration::from_secs(10) };
    for cause in [lost, code, no_pong] {
        assert!(!undoes_pairing(&completed_and(cause)));
    }
    assert!(!undoes_pairing(&closed(Side::Peer, CloseReason::Unspecific)));
    assert!(!undoes_pairing(&closed(Side::We, CloseReason::RemovedConnection)));
    let completed = EventKind::Completed { took: Duration::ZERO };
    assert!(!undoes_pairing(&Event {
        kind: completed,
        ..closed(Side::We, CloseReason::Unspecific)
    }));
}
