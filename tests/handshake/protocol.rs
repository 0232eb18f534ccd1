//! The protocol handshake where it fails (SHIP 13.4.4.2).

use shipctl::proto::{
    handshake::{Cause, Role, Side, Trust},
    message::*,
};

use crate::support::virtual_time::*;

fn trusting(role: Role) -> Bench {
    let mut bench = Bench::in_protocol(settings(role, Trust::Trusted));
    if role == Role::Client {
        assert_eq!(bench.heard(), announce());
    }
    bench
}

/// The error told to the peer, and the words for it.
fn broken_off(mut bench: Bench) -> (ProtocolErrorCode, String) {
    let Message::Control(Control::ProtocolError(told)) = bench.heard() else { panic!() };
    assert!(bench.is_silent() && bench.log.closed.is_some());
    bench.pass(secs(1));
    let Cause::ProtocolError { by: Side::We, error, detail } = bench.end().cause.clone() else {
        panic!("{:?}", bench.end());
    };
    assert_eq!(error, told);
    (error, detail)
}

const UTF8: &[Format] = &[Format::JsonUtf8];

#[test]
fn a_client_refuses_a_select_that_was_not_on_offer() {
    let utf16 = [Format::Other("JSON-UTF16".to_owned())];
    for (version, formats) in [
        ((1, 1), UTF8),
        ((2, 0), UTF8),
        ((0, 9), UTF8),
        ((1, 0), &[]),
        ((1, 0), &utf16),
        ((1, 0), &[Format::JsonUtf8, Format::JsonUtf8]),
    ] {
        let mut bench = trusting(Role::Client);
        bench.say(protocol(HandshakeKind::Select, version, formats));
        let (error, detail) = broken_off(bench);
        assert_eq!(error, ProtocolErrorCode::SelectionMismatch);
        assert!(detail.contains("version 1.0 with JSON-UTF8"), "{detail}");
        assert!(detail.contains(&format!("version {}.{}", version.0, version.1)), "{detail}");
    }
}

#[test]
fn a_server_refuses_an_offer_without_a_common_version_or_format() {
    let odd = [Format::Other("\u{1b}[31mXML".to_owned())];
    for (version, formats) in [((0, 1), UTF8), ((1, 0), &odd), ((1, 0), &[])] {
        let mut bench = trusting(Role::Server);
        bench.say(protocol(HandshakeKind::AnnounceMax, version, formats));
        let (error, detail) = broken_off(bench);
        assert_eq!(error, ProtocolErrorCode::SelectionMismatch);
        assert!(!detail.contains('\u{1b}'), "{detail}");
    }
}

#[test]
fn a_server_refuses_an_echo_that_is_not_its_select() {
    let mut bench = trusting(Role::Server);
    bench.say(protocol(HandshakeKind::AnnounceMax, (1, 1), UTF8));
    assert_eq!(bench.heard(), select());
    bench.say(protocol(HandshakeKind::Select, (1, 1), UTF8));
    let (error, detail) = broken_off(bench);
    assert_eq!(error, ProtocolErrorCode::SelectionMismatch);
    assert_eq!(
        detail,
        "it announced version 1.1 with JSON-UTF8; we selected version 1.0 with JSON-UTF8; \
         it echoed version 1.1 with JSON-UTF8"
    );
}

#[test]
fn another_message_than_the_one_due_is_unexpected() {
    for (role, message) in [
        (Role::Server, select()),
        (Role::Client, announce()),
        (Role::Server, access_request()),
        (Role::Client, pin_state(PinDemand::None, None)),
    ] {
        let mut bench = trusting(role);
        bench.say(message);
        assert_eq!(broken_off(bench).0, ProtocolErrorCode::UnexpectedMessage);
    }
}

#[test]
fn an_error_of_the_peer_ends_without_an_answer() {
    let mut bench = trusting(Role::Client);
    bench.say(protocol_error(ProtocolErrorCode::SelectionMismatch));
    assert!(bench.is_silent() && bench.log.closed.is_some());
    bench.pass(secs(1));
    assert!(matches!(
        bench.end().cause,
        Cause::ProtocolError { by: Side::Peer, error: ProtocolErrorCode::SelectionMismatch, .. }
    ));
}

#[test]
fn data_garbage_and_unknown_names_do_not_disturb() {
    let mut bench = trusting(Role::Server);
    bench.say(data("1"));
    bench.say_bytes(b"\x01nonsense");
    bench.say_bytes(b"\x01{\"keyMaterialState\":[]}");
    bench.say(init());
    assert!(bench.is_silent());
    bench.say(announce());
    assert_eq!(bench.heard(), select());
}
