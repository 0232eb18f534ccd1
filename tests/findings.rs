//! Every fact the protocol and discovery report finds its code, and its sentence says enough.

use std::time::Duration;

use shipctl::{
    checks::{
        Code, Finding, Severity,
        judge::{end, hello, pin_wanted, remark, service, stage, txt},
    },
    mdns::{
        service::Service,
        txt::{Txt, TxtRemark},
    },
    proto::{
        Phase, ProtocolState,
        codec::{DecodeError, DecodeRemark},
        handshake::{Cause, Denial, End, Expectation, HelloStatus, Instead, Remark, Side},
        message::{CloseReason, ProtocolErrorCode},
    },
    time::Time,
};

const SECOND: Duration = Duration::from_secs(1);

fn ended(during: ProtocolState, cause: Cause) -> End {
    let (completed, after) = (during == ProtocolState::Complete, 12 * SECOND);
    End { during, cause, completed, after, instead: None }
}

fn denied(by: Side, how: Denial) -> Cause {
    Cause::Denied { by, how }
}

fn closed(by: Side, reason: CloseReason) -> Cause {
    Cause::Closed { by, reason, confirmed: true }
}

#[test]
fn every_cause_has_its_code() {
    use ProtocolState::*;
    let node_rejected =
        Denial::Closed { code: Some(4452), text: "Node rejected by application".into() };
    let mismatch = |by| Cause::ShipIdMismatch { by, stored: None, received: None };
    let error = |by| Cause::ProtocolError {
        by,
        error: ProtocolErrorCode::SelectionMismatch,
        detail: "we 1.0, it 2.0".into(),
    };
    for (during, cause, code) in [
        (HelloReadyListen, denied(Side::Peer, node_rejected), "HEL-02"),
        (
            HelloReadyListen,
            denied(Side::Peer, Denial::Closed { code: None, text: String::new() }),
            "HEL-02",
        ),
        (HelloReadyListen, denied(Side::Peer, Denial::Aborted), "HEL-03"),
        (HelloReadyListen, denied(Side::Peer, Denial::ByUser), "HEL-03"),
        (HelloReadyListen, denied(Side::Peer, Denial::NobodyToAsk), "HEL-03"),
        (HelloReadyListen, denied(Side::Peer, Denial::OutOfTime { waited: SECOND }), "HEL-05"),
        (HelloPendingListen, denied(Side::We, Denial::OutOfTime { waited: SECOND }), "HEL-04"),
        (HelloPendingListen, denied(Side::We, Denial::ByUser), "HEL-04"),
        (HelloPendingListen, denied(Side::We, Denial::NobodyToAsk), "HEL-04"),
        (HelloPendingListen, denied(Side::We, Denial::Aborted), "HEL-04"),
        (ProtClientListenChoice, error(Side::Peer), "PRO-02"),
        (ProtServerListenConfirm, error(Side::We), "PRO-02"),
        (PinCheckListen, Cause::PinMissing, "PIN-01"),
        (PinAskProcess, Cause::PinRefused, "PIN-02"),
        (AccessMethodsRequest, mismatch(Side::Peer), "ACC-03"),
        (AccessMethodsRequest, mismatch(Side::We), "ACC-04"),
        (Complete, closed(Side::Peer, CloseReason::RemovedConnection), "CLS-01"),
        (PinCheckListen, closed(Side::Peer, CloseReason::Unspecific), "CLS-03"),
        (Complete, Cause::ClosedWithCode { code: 4001, text: "close".into() }, "CLS-03"),
        (Complete, Cause::NoPong { waited: Duration::from_secs(10) }, "CLS-05"),
        (HelloReadyListen, Cause::Flooded { limit: 500, within: SECOND }, "MSG-03"),
        (Complete, Cause::NotReading { detail: "much waits".into() }, "WS-07"),
        (Complete, Cause::Lost { detail: "connection reset".into() }, "CLS-04"),
    ] {
        let fact = ended(during, cause);
        let finding = end(&fact).unwrap();
        assert_eq!(finding.code.as_str(), code, "{fact:?}");
        assert_sentence(&finding);
        assert!(["12 s", "within 1 s"].iter().any(|time| finding.seen.contains(time)), "{finding}");
        assert!(finding.seen.contains(stage(during)), "{finding}");
    }
}

#[test]
fn silence_and_violation_have_the_code_of_their_stage_and_say_whose_turn_it_was() {
    use Expectation::*;
    for (expected, silent, wrong) in [
        (Init, "CMI-01", "CMI-02"),
        (Hello, "MSG-02", "MSG-01"),
        (PeerTrust, "HEL-05", "MSG-01"),
        (ProlongationReply, "HEL-05", "MSG-01"),
        (ProtocolProposal, "PRO-01", "PRO-02"),
        (ProtocolChoice, "PRO-02", "PRO-02"),
        (ProtocolConfirm, "PRO-02", "PRO-02"),
        (PinState, "MSG-02", "MSG-01"),
        (PinInput, "MSG-02", "MSG-01"),
        (AccessMethods, "ACC-01", "MSG-01"),
        (CloseConfirm, "MSG-02", "MSG-01"),
    ] {
        let during = ProtocolState::CmiClientWait;
        let silence = Cause::TimedOut { expected, waited: 10 * SECOND };
        let violation = Cause::Violation { expected, got: "01 \x1b 7b".into() };
        for (cause, code) in [(silence, silent), (violation, wrong)] {
            let finding = end(&ended(during, cause)).unwrap();
            assert_eq!(finding.code.as_str(), code, "{expected:?}");
            assert_eq!(finding.severity, Severity::Error);
            let words = match (expected, code) {
                (Hello, "MSG-02") => ["The device accepted", "did not answer the pairing request"],
                _ => ["the device's turn", &*expected.to_string()],
            };
            assert!(words.iter().all(|it| finding.seen.contains(it)), "{finding}");
            assert_sentence(&finding);
        }
    }
}

#[test]
fn an_orderly_end_is_nothing_to_find_fault_with() {
    use ProtocolState::Complete;
    for cause in [
        closed(Side::We, CloseReason::Unspecific),
        closed(Side::We, CloseReason::RemovedConnection),
        closed(Side::Peer, CloseReason::Unspecific),
        Cause::Dropped { code: 4001, reason: "close" },
    ] {
        assert_eq!(end(&ended(Complete, cause)), None);
    }
    let unannounced = Cause::ClosedWithCode { code: 1000, text: String::new() };
    assert_eq!(end(&ended(Complete, unannounced)).unwrap().severity, Severity::Warning);
}

#[test]
fn a_refusal_too_fast_for_a_person_is_not_called_one() {
    let cause = denied(Side::Peer, Denial::Aborted);
    let slow = ended(ProtocolState::HelloReadyListen, cause);
    let fast = End { after: Duration::from_millis(40), ..slow.clone() };
    assert_eq!(end(&slow).unwrap().advice, Code::Hel03.advice());
    assert!(end(&fast).unwrap().advice.contains("no person decides that fast"));
    assert!(end(&fast).unwrap().seen.contains("at once"));
    let soon = End { after: Duration::from_millis(350), ..slow };
    assert!(end(&soon).unwrap().seen.contains("after 350 ms"));
}

#[test]
fn close_codes_are_told_by_the_meaning_of_rfc_6455_and_own_ones_only_from_3000_on() {
    for (code, words) in [
        (1000, "normal closure"),
        (1001, "going away"),
        (1006, "no close frame"),
        (1009, "message too big"),
        (1011, "internal error"),
        (1012, "restart"),
        (1013, "try again later"),
        (2999, "does not define"),
        (3000, "a code of its own"),
        (4711, "a code of its own"),
    ] {
        let closed = Cause::ClosedWithCode { code, text: String::new() };
        let finding = end(&ended(ProtocolState::ProtClientListenChoice, closed)).unwrap();
        assert_eq!(finding.code, Code::Cls03);
        assert!(finding.seen.contains(&format!("{code} (")), "{finding}");
        assert!(finding.seen.contains(words), "{finding}");
        assert_sentence(&finding);
        assert_eq!(finding.seen.contains("of its own"), code >= 3000, "{finding}");
        let manual = finding.advice.contains("manual");
        assert_eq!(manual, !(1000..=1015).contains(&code), "{finding}");
    }
}

#[test]
fn close_as_double_is_two_rules_in_every_stage() {
    for during in [ProtocolState::HelloReadyListen, ProtocolState::ProtClientListenChoice] {
        let cause = Cause::ClosedWithCode { code: 4001, text: "double connection".into() };
        let finding = end(&ended(during, cause)).unwrap();
        assert_eq!((finding.code, finding.severity), (Code::Cls02, Severity::Error));
        assert_sentence(&finding);
    }
}

#[test]
fn codes_and_ids_seen_are_named_in_the_finding() {
    let closed = Cause::ClosedWithCode { code: 4500, text: "User\x07 close".into() };
    let finding = end(&ended(ProtocolState::Complete, closed)).unwrap();
    assert!(finding.seen.contains("4500 \"User� close\""), "{finding}");

    let (stored, received) = ("i:1_u:a".parse().ok(), "i:1_u:b".parse().ok());
    let mismatch = Cause::ShipIdMismatch { by: Side::We, stored, received };
    let finding = end(&ended(ProtocolState::AccessMethodsRequest, mismatch)).unwrap();
    assert!(finding.seen.contains("i:1_u:a") && finding.seen.contains("i:1_u:b"), "{finding}");
}

#[test]
fn every_remark_has_its_code_and_severity() {
    let state = ProtocolState::HelloOk;
    for (fact, code, severity) in [
        (Remark::Decoded(DecodeRemark::TrailingZeros), "DAT-01", Severity::Info),
        (Remark::Decoded(DecodeRemark::PlainObjects), "DAT-01", Severity::Info),
        (Remark::Decoded(DecodeRemark::ByteOrderMark), "DAT-01", Severity::Info),
        (Remark::Decoded(DecodeRemark::TextValues), "DAT-01", Severity::Info),
        (Remark::Dropped(DecodeError::UnknownType(255)), "DAT-04", Severity::Warning),
        (Remark::LargeMessage(200_000), "WS-05", Severity::Info),
        (Remark::UnknownMessage("keyMaterialState".into()), "DAT-01", Severity::Info),
        (Remark::ShortWaiting(Some(SECOND / 2)), "HEL-07", Severity::Warning),
        (Remark::ShortWaiting(None), "HEL-07", Severity::Warning),
        (Remark::NoAccessMethods(10 * SECOND), "ACC-01", Severity::Info),
        (Remark::NoShipId, "ACC-02", Severity::Info),
        (Remark::OddCloseReason("User close".into()), "CLS-03", Severity::Info),
        (Remark::EarlyDataDropped(3), "WS-05", Severity::Warning),
        (
            Remark::ProlongationCutShort { promised: 90 * SECOND, aborted_after: 60 * SECOND },
            "HEL-06",
            Severity::Warning,
        ),
        (Remark::Ignored { message: "connectionHello", state }, "MSG-01", Severity::Info),
    ] {
        let finding = remark(&fact);
        assert_eq!((finding.code.as_str(), finding.severity), (code, severity), "{fact:?}");
        assert_sentence(&finding);
    }
}

#[test]
fn dropped_or_ignored_handshake_message_is_never_called_tolerated() {
    let handshake = |state: &&ProtocolState| state.phase() < Phase::Data;
    let ignored = ProtocolState::ALL.iter().filter(handshake).flat_map(|&state| {
        ["connectionHello", "connectionPinState", "messageProtocolHandshake", "accessMethods"]
            .map(|message| Remark::Ignored { message, state })
    });
    let malformed = DecodeError::Malformed {
        element: "connectionHello.waiting",
        problem: "expected a number, found a text".to_owned(),
    };
    let dropped = [
        malformed,
        DecodeError::NoValue(1),
        DecodeError::UnknownType(255),
        DecodeError::InitLength(3),
        DecodeError::Json("it is not JSON".to_owned()),
    ];
    let unknown = Remark::UnknownMessage("connectionhello".to_owned());
    for fact in dropped.map(Remark::Dropped).into_iter().chain(ignored).chain([unknown]) {
        let finding = remark(&fact);
        assert!(!finding.advice.contains("tolerated"), "{fact:?}: {finding}");
        if let Remark::Dropped(error) = &fact {
            assert_eq!(finding.code, Code::Dat04);
            assert!(finding.seen.contains(&error.to_string()), "{finding}");
        }
    }
    for text in [Code::Dat04.seen(), Code::Dat04.cause(), Code::Dat04.advice()] {
        assert!(!text.contains("tolerated"), "{text}");
    }
}

#[test]
fn end_after_an_unreadable_message_names_it_whatever_the_device_gave_as_reason() {
    let denials = [
        Denial::Aborted,
        Denial::Closed { code: Some(4452), text: "Node rejected by application".into() },
        Denial::Closed { code: None, text: String::new() },
        Denial::OutOfTime { waited: 60 * SECOND },
    ];
    let denied = denials.map(|how| Cause::Denied { by: Side::Peer, how });
    let error = ProtocolErrorCode::Timeout;
    let others = [
        Cause::ClosedWithCode { code: 4001, text: "close".into() },
        Cause::Lost { detail: "reset".into() },
        Cause::ProtocolError { by: Side::Peer, error, detail: String::new() },
        closed(Side::Peer, CloseReason::Unspecific),
        Cause::TimedOut { expected: Expectation::Hello, waited: 60 * SECOND },
    ];
    for cause in denied.into_iter().chain(others) {
        let got =
            "a message that cannot be read (connectionHello.waiting: expected a number)".into();
        let came = Some(Instead { got, unreadable: true });
        let ended = ended(ProtocolState::HelloReadyListen, cause);
        let alone = end(&ended);
        let finding = end(&End { instead: came, ..ended }).unwrap();
        assert_eq!((finding.code, finding.severity), (Code::Dat04, Severity::Error), "{finding}");
        assert!(finding.seen.contains("connectionHello.waiting"), "{finding}");
        assert_ne!(alone.unwrap().code, Code::Dat04);
        assert_sentence(&finding);
    }
}

#[test]
fn a_name_of_a_hundred_thousand_characters_is_cut_and_one_of_many_remarks_says_so() {
    let last = Box::new(Remark::UnknownMessage("n".repeat(100_000)));
    let finding = remark(&Remark::Repeated { count: 64, last });
    assert!(finding.seen.contains("nn… (and 99920 more)"), "{finding}");
    assert!(finding.seen.contains("number 64"), "{finding}");
    assert!(finding.seen.len() < 250, "{finding}");
    assert_sentence(&finding);
    let cause = closed(Side::Peer, CloseReason::Other("r".repeat(100_000)));
    let finding = end(&ended(ProtocolState::HelloOk, cause)).unwrap();
    assert!(finding.seen.len() < 250, "{finding}");
}

#[test]
fn a_waiting_hello_says_for_whom_and_how_long_still() {
    let now = Time::after(10 * SECOND);
    let status = |we_trust, peer_trusts| HelloStatus {
        we_trust,
        peer_trusts,
        we_wait_until: Some(Time::after(52 * SECOND)),
        peer_waits_until: Some(Time::after(31 * SECOND)),
        prolongations_granted: 2,
        prolongations_asked: 0,
    };
    let theirs = hello(&status(true, Some(false)), now).unwrap();
    assert_eq!(theirs.code, Code::Hel01);
    assert!(theirs.seen.contains("42 s left") && theirs.seen.contains("2 times"), "{theirs}");
    let ours = hello(&status(false, Some(true)), now).unwrap();
    assert_eq!((ours.code, ours.severity), (Code::Hel04, Severity::Info));
    assert!(ours.seen.contains("21 s left"), "{ours}");
    assert_eq!(hello(&status(true, Some(true)), now), None);
    assert_eq!(hello(&status(true, None), now), None);
}

#[test]
fn a_pin_that_is_waited_for_is_told_apart_from_one_that_was_refused() {
    for (required, refused, busy, code) in [
        (true, false, false, Some(Code::Pin01)),
        (true, false, true, Some(Code::Pin02)),
        (true, true, false, Some(Code::Pin02)),
        (false, true, false, Some(Code::Pin02)),
        (false, false, false, None),
    ] {
        let finding = pin_wanted(required, refused, busy);
        assert_eq!(finding.as_ref().map(|finding| finding.code), code, "{finding:?}");
        finding.iter().for_each(assert_sentence);
    }
}

#[test]
fn every_txt_remark_has_its_code_and_only_mandatory_keys_warn() {
    let invalid = |key| TxtRemark::Invalid { key, value: "x".into(), rule: "it is y" };
    for (fact, code, severity) in [
        (TxtRemark::Missing("ski"), "MDNS-06", Severity::Warning),
        (TxtRemark::Missing("cat"), "MDNS-06", Severity::Info),
        (invalid("txtvers"), "MDNS-07", Severity::Warning),
        (invalid("brand"), "MDNS-07", Severity::Info),
        (TxtRemark::Duplicate("id".into()), "MDNS-07", Severity::Info),
        (TxtRemark::BadSki("12".into()), "MDNS-08", Severity::Warning),
        (TxtRemark::RegisterTrue, "MDNS-11", Severity::Info),
    ] {
        let finding = txt(&fact);
        assert_eq!((finding.code.as_str(), finding.severity), (code, severity), "{fact:?}");
        assert_sentence(&finding);
    }
}

#[test]
fn a_service_is_judged_by_its_record_and_its_addresses() {
    let mut found = Service {
        instance: "wallbox".into(),
        host: String::new(),
        port: 0,
        addresses: vec![],
        interfaces: vec![],
        txt: Txt::read([]),
    };
    let codes = |found: &Service| -> Vec<Code> {
        service(found).into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&found), [Code::Mdns10], "no TXT record seen, none to find fault with");

    found.addresses = ["[fe80::1]:4712", "[fe80::1%2]:4712", "10.0.0.1:4712"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    let codes = codes(&found);
    assert_eq!(codes.iter().filter(|code| **code == Code::Dns02).count(), 1);
    assert!(codes.contains(&Code::Mdns06) && !codes.contains(&Code::Mdns10));
}

/// A full sentence, safe to show, that blames no bare timeout.
fn assert_sentence(finding: &Finding) {
    let Finding { seen, advice, .. } = finding;
    assert!(seen.ends_with('.') && advice.ends_with('.'), "{finding}");
    assert!(!seen.ends_with("..") && !seen.to_lowercase().contains("timeout"), "{finding}");
    assert!(!seen.chars().any(char::is_control), "{finding}");
}
