//! The messages on the wire: the reference lines byte for byte, and what real peers make of them.

use std::time::Duration;

use shipctl::proto::{
    Ski,
    codec::{DecodeError, DecodeRemark, decode, encode, plain},
    message::*,
};

const CONTROL: u8 = 1;
const DATA: u8 = 2;
const END: u8 = 3;

fn frame(kind: u8, json: &str) -> Vec<u8> {
    [&[kind], json.as_bytes()].concat()
}

fn read(kind: u8, json: &str) -> Message {
    decode(&frame(kind, json)).unwrap_or_else(|e| panic!("{json}: {e}")).message
}

fn control(json: &str) -> Control {
    match read(CONTROL, json) {
        Message::Control(control) => control,
        other => panic!("{other:?}"),
    }
}

fn access_methods(json: &str) -> AccessMethods {
    match control(json) {
        Control::AccessMethods(methods) => methods,
        other => panic!("{other:?}"),
    }
}

fn error(kind: u8, json: &str) -> String {
    decode(&frame(kind, json)).unwrap_err().to_string()
}

fn hello(phase: HelloPhase, waiting: Option<u64>, prolongation_request: bool) -> Control {
    let waiting = waiting.map(Duration::from_millis);
    Control::Hello(Hello { phase, waiting, prolongation_request, update_counter: None })
}

fn with_counter(update_counter: u16) -> Control {
    let waiting = Some(Duration::from_secs(120));
    let update_counter = Some(update_counter);
    let phase = HelloPhase::Ready;
    Control::Hello(Hello { phase, waiting, prolongation_request: false, update_counter })
}

fn keys(update_counter: u16, entries: &[(KeyState, u16, u8)]) -> Control {
    let entry = |&(state, curve, byte)| KeyEntry { state, curve, ski: Ski::from_bytes([byte; 20]) };
    let entries = entries.iter().map(entry).collect();
    Control::KeyMaterialState(KeyMaterialState { update_counter, entries, unreadable: 0 })
}

fn protocol(kind: HandshakeKind) -> Control {
    let version = Version::V1_0;
    Control::Protocol(ProtocolHandshake { kind, version, formats: vec![Format::JsonUtf8] })
}

fn pin_state(state: PinDemand, permission: Option<InputPermission>) -> Control {
    Control::PinState(PinStateMessage { state, permission })
}

fn close(phase: ClosePhase, max_time: Option<u64>, reason: Option<CloseReason>) -> Message {
    Message::Close(ConnectionClose { phase, max_time: max_time.map(Duration::from_millis), reason })
}

#[rustfmt::skip]
#[test]
fn every_message_has_the_bytes_of_the_reference() {
    let methods = AccessMethods {
        id: Some("i:46925_u:demo".parse().unwrap()),
        dns_sd_mdns: true,
        dns_uri: Some("wss://host:4712/ship/".to_owned()),
    };
    let payload = r#"{"datagram":[{"header":[{"specificationVersion":"1.2.0"},{"addressSource":[{"device":"Demo-EVSE"},{"entity":[0]},{"feature":0}]},{"msgCounter":1},{"cmdClassifier":"read"}]},{"payload":[{"cmd":[[{"nodeManagementDetailedDiscoveryData":[]}]]}]}]}"#;
    let control: &[(&str, Control)] = &[
        (r#"{"connectionHello":[{"phase":"pending"},{"waiting":60000}]}"#, hello(HelloPhase::Pending, Some(60_000), false)),
        (r#"{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}"#, hello(HelloPhase::Pending, None, true)),
        (r#"{"connectionHello":[{"phase":"ready"},{"waiting":60000}]}"#, hello(HelloPhase::Ready, Some(60_000), false)),
        (r#"{"connectionHello":[{"phase":"aborted"}]}"#, hello(HelloPhase::Aborted, None, false)),
        (r#"{"messageProtocolHandshake":[{"handshakeType":"announceMax"},{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#, protocol(HandshakeKind::AnnounceMax)),
        (r#"{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#, protocol(HandshakeKind::Select)),
        (r#"{"messageProtocolHandshakeError":[{"error":1}]}"#, Control::ProtocolError(ProtocolErrorCode::Timeout)),
        (r#"{"messageProtocolHandshakeError":[{"error":2}]}"#, Control::ProtocolError(ProtocolErrorCode::UnexpectedMessage)),
        (r#"{"messageProtocolHandshakeError":[{"error":3}]}"#, Control::ProtocolError(ProtocolErrorCode::SelectionMismatch)),
        (r#"{"connectionPinState":[{"pinState":"none"}]}"#, pin_state(PinDemand::None, None)),
        (r#"{"connectionPinState":[{"pinState":"required"},{"inputPermission":"busy"}]}"#, pin_state(PinDemand::Required, Some(InputPermission::Busy))),
        (r#"{"connectionPinState":[{"pinState":"optional"},{"inputPermission":"ok"}]}"#, pin_state(PinDemand::Optional, Some(InputPermission::Ok))),
        (r#"{"connectionPinState":[{"pinState":"pinOk"}]}"#, pin_state(PinDemand::PinOk, None)),
        (r#"{"connectionPinInput":[{"pin":"1234ABCD"}]}"#, Control::PinInput("1234abcd".parse().unwrap())),
        (r#"{"connectionPinError":[{"error":1}]}"#, Control::PinError(1)),
        (r#"{"accessMethodsRequest":[]}"#, Control::AccessMethodsRequest),
        (r#"{"accessMethods":[{"id":"i:46925_u:demo"},{"dnsSd_mDns":[]},{"dns":[{"uri":"wss://host:4712/ship/"}]}]}"#, Control::AccessMethods(methods)),
        (r#"{"connectionHello":[{"phase":"ready"},{"waiting":120000},{"keyMaterialState":[{"updateCounter":2}]}]}"#, with_counter(2)),
        (r#"{"keyMaterialState":[{"updateCounter":2},{"entry":[[{"currentState":"current"},{"curve":23},{"ski":"1111111111111111111111111111111111111111"}],[{"currentState":"successor"},{"curve":23},{"ski":"ABABABABABABABABABABABABABABABABABABABAB"}]]}]}"#, keys(2, &[(KeyState::Current, 23, 0x11), (KeyState::Successor, 23, 0xAB)])),
        (r#"{"keyMaterialState":[{"updateCounter":3},{"entry":[[{"currentState":"predecessor"},{"curve":23},{"ski":"1111111111111111111111111111111111111111"}],[{"currentState":"current"},{"curve":23},{"ski":"ABABABABABABABABABABABABABABABABABABABAB"}]]}]}"#, keys(3, &[(KeyState::Predecessor, 23, 0x11), (KeyState::Current, 23, 0xAB)])),
        (r#"{"keyMaterialStateResponse":[{"accept":true}]}"#, Control::KeyMaterialStateResponse { accept: true }),
        (r#"{"keyMaterialStateRequest":[{"knownUpdateCounter":1}]}"#, Control::KeyMaterialStateRequest { known_update_counter: 1 }),
        (r#"{"commissioningRequest":[]}"#, Control::Unknown { name: "commissioningRequest".to_owned() }),
    ];
    let data = Data { protocol_id: SPINE.to_owned(), payload: payload.to_owned() };
    let others = [
        (DATA, format!(r#"{{"data":[{{"header":[{{"protocolId":"ee1.0"}}]}},{{"payload":{payload}}}]}}"#), Message::Data(data)),
        (END, r#"{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"removedConnection"}]}"#.to_owned(), close(ClosePhase::Announce, Some(500), Some(CloseReason::RemovedConnection))),
        (END, r#"{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"unspecific"}]}"#.to_owned(), close(ClosePhase::Announce, Some(500), Some(CloseReason::Unspecific))),
        (END, r#"{"connectionClose":[{"phase":"confirm"}]}"#.to_owned(), close(ClosePhase::Confirm, None, None)),
    ];
    let control = control.iter().map(|(json, c)| (CONTROL, (*json).to_owned(), Message::Control(c.clone())));
    for (kind, json, message) in control.chain(others) {
        assert_eq!(String::from_utf8(encode(&message)).unwrap(), format!("{}{json}", char::from(kind)));
        let decoded = decode(&frame(kind, &json)).unwrap();
        assert_eq!((decoded.message, decoded.remarks), (message, vec![]), "{json}");
    }
}

#[test]
fn msg_003_whitespace_is_accepted_wherever_json_allows_it() {
    let json = "\r\n{ \"connectionHello\"\t:\n[ { \"phase\" : \"ready\" } ,\r\n\t{\"waiting\" : 60000 } ] }\n";
    let decoded = decode(&frame(CONTROL, json)).unwrap();
    assert_eq!(decoded.message, Message::Control(hello(HelloPhase::Ready, Some(60_000), false)));
    assert_eq!(decoded.remarks, []);
}

#[test]
fn zeros_after_the_json_are_tolerated_and_told() {
    for tail in ["\0", "\0\0\0", "\n\0 \0\r\n"] {
        let json = format!(r#"{{"connectionClose":[{{"phase":"confirm"}}]}}{tail}"#);
        let decoded = decode(&frame(END, &json)).unwrap();
        assert_eq!(decoded.message, close(ClosePhase::Confirm, None, None));
        assert_eq!(decoded.remarks, [DecodeRemark::TrailingZeros]);
    }
    assert!(decode(b"\x01{\"accessMethodsRequest\":\0[]}").is_err());
}

#[test]
fn numbers_and_truth_values_written_as_texts_are_read_and_remarked() {
    for (json, expected) in [
        (
            r#"{"connectionHello":[{"phase":"ready"},{"waiting":"60000"}]}"#,
            hello(HelloPhase::Ready, Some(60_000), false),
        ),
        (
            r#"{"connectionHello":[{"phase":"pending"},{"waiting":" 6e4 "},{"prolongationRequest":"true"}]}"#,
            hello(HelloPhase::Pending, Some(60_000), true),
        ),
        (
            r#"{"messageProtocolHandshake":[{"handshakeType":"announceMax"},{"version":[{"major":"1"},{"minor":"0"}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#,
            protocol(HandshakeKind::AnnounceMax),
        ),
        (
            r#"{"messageProtocolHandshakeError":[{"error":"2"}]}"#,
            Control::ProtocolError(ProtocolErrorCode::UnexpectedMessage),
        ),
        (
            r#"{"connectionPinInput":[{"pin":12345678}]}"#,
            Control::PinInput("12345678".parse().unwrap()),
        ),
        (r#"{"connectionPinError":[{"error":"1"}]}"#, Control::PinError(1)),
        (
            r#"{"keyMaterialStateResponse":[{"accept":"false"}]}"#,
            Control::KeyMaterialStateResponse { accept: false },
        ),
    ] {
        let decoded = decode(&frame(CONTROL, json)).unwrap();
        assert_eq!(decoded.message, Message::Control(expected), "{json}");
        assert_eq!(decoded.remarks, [DecodeRemark::TextValues], "{json}");
    }
    let announced = close(ClosePhase::Announce, Some(500), None);
    let json = r#"{"connectionClose":[{"phase":"announce"},{"maxTime":"500"}]}"#;
    assert_eq!(decode(&frame(END, json)).unwrap().message, announced);
    for json in [
        r#"{"connectionHello":[{"phase":"ready"},{"waiting":"soon"}]}"#,
        r#"{"connectionHello":[{"phase":"ready"},{"waiting":""}]}"#,
        r#"{"connectionHello":[{"phase":"ready"},{"waiting":true}]}"#,
        r#"{"connectionHello":[{"phase":"ready"},{"waiting":"-1"}]}"#,
        r#"{"connectionHello":[{"phase":1}]}"#,
    ] {
        // The element is named, as of the strict reading.
        assert!(error(CONTROL, json).starts_with("connectionHello."), "{json}");
    }
}

#[test]
fn byte_order_mark_before_the_json_is_read_over_and_remarked() {
    let text = r#"{"connectionHello":[{"phase":"ready"},{"waiting":60000}]}"#;
    let decoded = decode(&frame(CONTROL, &format!("\u{feff}{text}\0"))).unwrap();
    assert_eq!(decoded.message, Message::Control(hello(HelloPhase::Ready, Some(60_000), false)));
    assert_eq!(decoded.remarks, [DecodeRemark::ByteOrderMark, DecodeRemark::TrailingZeros]);
    assert!(decode(&frame(CONTROL, &format!("\u{feff}\u{feff}{text}"))).is_err());
    assert!(decode(&frame(CONTROL, "\u{feff}")).is_err());
}

#[test]
fn plain_objects_are_understood_at_every_level_and_told_once() {
    let announce = protocol(HandshakeKind::AnnounceMax);
    for json in [
        r#"{"messageProtocolHandshake":{"handshakeType":"announceMax","version":{"major":1,"minor":0},"formats":{"format":["JSON-UTF8"]}}}"#,
        r#"{"messageProtocolHandshake":[{"handshakeType":"announceMax"},{"version":{"major":1,"minor":0}},{"formats":[{"format":"JSON-UTF8"}]}]}"#,
        r#"{"messageProtocolHandshake":[{"formats":[{"format":["JSON-UTF8"]}],"x":1},{"version":[{"minor":0},{"major":1}]},{"handshakeType":"announceMax"}]}"#,
    ] {
        let decoded = decode(&frame(CONTROL, &format!("{json}\0"))).unwrap();
        assert_eq!(decoded.message, Message::Control(announce.clone()), "{json}");
        let both = [DecodeRemark::TrailingZeros, DecodeRemark::PlainObjects];
        assert_eq!(decoded.remarks, both, "{json}");
    }
    let data = r#"{"data":[{"header":{"protocolId":"ee1.0"}},{"payload":[]}]}"#;
    assert_eq!(decode(&frame(DATA, data)).unwrap().remarks, [DecodeRemark::PlainObjects]);
}

#[test]
fn unknown_and_repeated_elements_and_any_order_are_fine() {
    let expected = hello(HelloPhase::Pending, Some(120_000), true);
    for json in [
        r#"{"connectionHello":[{"prolongationRequest":true},{"waiting":1.2e5},{"phase":"pending"}]}"#,
        r#"{"connectionHello":[{"phase":"pending"},{"keyMaterialState":[{"updateCounter":"x"}]},{"waiting":1},{"waiting":120000},{"prolongationRequest":true},{"x":[{},[1e999]]}]}"#,
        r#"{"extension":{"a":[]},"connectionHello":[{"\u0070hase":"p\u0065nding"},{"waiting":120000},{"prolongationRequest":true}],"accessMethodsRequest":[]}"#,
    ] {
        assert_eq!(control(json), expected, "{json}");
    }
    assert_eq!(control(r#"{"x":-1}"#), Control::Unknown { name: "x".to_owned() });
}

#[test]
fn key_entries_that_cannot_be_read_are_counted_and_the_others_kept() {
    let state = |json: &str| match control(json) {
        Control::KeyMaterialState(state) => state,
        other => panic!("{other:?}"),
    };
    let (upper, lower) = ("AB".repeat(20), "ab".repeat(20));
    for ski in [&upper, &lower] {
        let read = state(&format!(
            r#"{{"keyMaterialState":[{{"updateCounter":3}},{{"entry":[[{{"publicKey":"04ff"}},{{"ski":"{ski}"}},{{"curve":23}},{{"currentState":"current"}}],[{{"ski":"x"}}],[{{"currentState":"next"}},{{"curve":23}},{{"ski":"{ski}"}}],7]}}]}}"#
        ));
        let current = KeyEntry { state: KeyState::Current, curve: 23, ski: ski.parse().unwrap() };
        assert_eq!((read.entries, read.unreadable), (vec![current], 3));
    }
    let none = state(r#"{"keyMaterialState":[{"updateCounter":9}]}"#);
    assert_eq!((none.update_counter, none.entries, none.unreadable), (9, vec![], 0));
    let entry = format!(r#"[{{"currentState":"current"}},{{"curve":23}},{{"ski":"{lower}"}}]"#);
    let many = [entry.as_str(); 1000].join(",");
    let many =
        state(&format!(r#"{{"keyMaterialState":[{{"updateCounter":1}},{{"entry":[{many}]}}]}}"#));
    assert_eq!((many.entries.len(), many.unreadable), (MAX_KEY_ENTRIES, 1000 - MAX_KEY_ENTRIES));
    assert!(error(CONTROL, r#"{"keyMaterialState":[]}"#).contains("updateCounter"));
    let known = control(r#"{"keyMaterialStateRequest":[]}"#);
    assert_eq!(known, Control::KeyMaterialStateRequest { known_update_counter: 0 });
}

/// Found by the fuzzer: read as it stood, it was written as something else.
#[test]
fn a_time_beyond_what_can_be_written_is_read_as_the_longest() {
    let long = control(r#"{"connectionHello":[{"phase":"ready"},{"waiting":10000000000000}]}"#);
    assert_eq!(long, hello(HelloPhase::Ready, Some(u32::MAX.into()), false));
}

#[test]
fn the_protocol_error_is_read_in_every_form_peers_use() {
    for json in [
        r#"{"error":2}"#,
        r#"{"messageProtocolHandshakeError":[{"error":2}]}"#,
        r#"{"messageProtocolHandshakeError":{"error":2}}"#,
    ] {
        assert_eq!(control(json), Control::ProtocolError(ProtocolErrorCode::UnexpectedMessage));
    }
    assert_eq!(control(r#"{"error":9}"#), Control::ProtocolError(ProtocolErrorCode::Other(9)));
    assert!(error(CONTROL, r#"{"error":"x"}"#).starts_with("messageProtocolHandshakeError.error:"));
}

#[test]
fn an_access_request_may_hold_nothing_in_any_form() {
    for value in ["[]", "{}", "null", "[{}]", "[ ]"] {
        let json = format!(r#"{{"accessMethodsRequest":{value}}}"#);
        assert_eq!(control(&json), Control::AccessMethodsRequest, "{json}");
    }
}

#[test]
fn access_methods_without_a_usable_id_are_still_access_methods() {
    let spaced = r#"{"accessMethods":[{"id":"two words"}]}"#;
    let long = format!(r#"{{"accessMethods":[{{"id":"{}"}}]}}"#, "x".repeat(64));
    let ids = [r#"[{"id":null}]"#, r#"[{"id":""}]"#, r#"[{"id":5}]"#, r#"[{"id":[]}]"#, "[]"];
    let ids = ids.map(|id| format!(r#"{{"accessMethods":{id}}}"#));
    for json in ids.iter().map(String::as_str).chain([spaced, &long]) {
        assert_eq!(access_methods(json), AccessMethods::default(), "{json}");
    }
}

#[test]
fn access_methods_are_read_as_peers_write_them() {
    // SHM 2.0 and ship-go have the address itself as the value of `dns`.
    for dns in [r#""wss://h/""#, r#"[{"uri":"wss://h/"}]"#, r#"{"uri":"wss://h/"}"#] {
        let json = format!(r#"{{"accessMethods":[{{"id":"x"}},{{"dns":{dns}}}]}}"#);
        assert_eq!(access_methods(&json).dns_uri.as_deref(), Some("wss://h/"), "{json}");
    }
    for dns in ["[]", "null", "7", r#"[{"uri":7}]"#, "[7]"] {
        let json = format!(r#"{{"accessMethods":[{{"id":"x"}},{{"dns":{dns}}}]}}"#);
        assert_eq!(access_methods(&json).dns_uri, None, "{json}");
    }
    for (value, there) in [("[]", true), ("{}", true), ("[{}]", true), ("null", false)] {
        let json = format!(r#"{{"accessMethods":[{{"dnsSd_mDns":{value}}}]}}"#);
        assert_eq!(access_methods(&json).dns_sd_mdns, there, "{json}");
    }
}

#[test]
fn a_close_keeps_a_reason_the_specification_does_not_know() {
    for reason in ["User close", ""] {
        let json = format!(
            r#"{{"connectionClose":[{{"phase":"announce"}},{{"maxTime":500}},{{"reason":"{reason}"}}]}}"#
        );
        let reason = CloseReason::Other(reason.to_owned());
        assert_eq!(read(END, &json), close(ClosePhase::Announce, Some(500), Some(reason)));
    }
}

#[test]
fn a_payload_is_handed_on_byte_for_byte() {
    let payload =
        " { \"a\" : [ 1.0, -0, 1E+5, 99999999999999999999 ], \"t\":\"[{},{}] \\u00e4 \\ud800\" }";
    let json = format!(r#"{{"data":[{{"payload":{payload} }},{{"header":[]}}]}}"#);
    let data = Data { protocol_id: String::new(), payload: payload.trim().to_owned() };
    assert_eq!(read(DATA, &json), Message::Data(data));
    for payload in ["null", "[]", "\"text\"", "[[{\"datagram\":[]}]]"] {
        let data = Data { protocol_id: SPINE.to_owned(), payload: payload.to_owned() };
        assert_eq!(
            decode(&encode(&Message::Data(data.clone()))).unwrap().message,
            Message::Data(data)
        );
    }
}

#[test]
fn an_error_names_the_element_at_fault() {
    #[rustfmt::skip]
    let cases = [
        (CONTROL, r#"{"connectionHello":[]}"#, "connectionHello.phase: it is missing"),
        (CONTROL, r#"{"connectionHello":[{"phase":"x\u001b"}]}"#, r#"connectionHello.phase: expected pending or ready or aborted, found "x\u{1b}""#),
        (CONTROL, r#"{"connectionHello":[{"phase":"ready"},{"waiting":-1}]}"#, r#"connectionHello.waiting: "-1" is no number it can have"#),
        (CONTROL, r#"{"connectionHello":[{"phase":"ready"},{"waiting":"x"}]}"#, "connectionHello.waiting: expected a number, found a text"),
        (CONTROL, r#"{"connectionHello":[{"phase":"ready"},{"prolongationRequest":1}]}"#, "connectionHello.prolongationRequest: expected true or false, found a number"),
        (CONTROL, r#"{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1}]}]}"#, "messageProtocolHandshake.version.minor: it is missing"),
        (CONTROL, r#"{"messageProtocolHandshake":[{"version":7}]}"#, "messageProtocolHandshake.version: expected an object, found a number"),
        (CONTROL, r#"{"connectionPinError":[{"error":256}]}"#, r#"connectionPinError.error: "256" is no number it can have"#),
        (DATA, r#"{"data":[{"header":[{"protocolId":"ee1.0"}]}]}"#, "data.payload: it is missing"),
        (DATA, r#"{"connectionClose":[]}"#, r#"data: it is missing; the message holds "connectionClose""#),
        (END, r#"{"connectionClose":[{"phase":[]}]}"#, "connectionClose.phase: expected a text, found a list"),
        (CONTROL, r#"{"connectionHello":5}"#, "an object was expected at line 1 column 20"),
    ];
    for (kind, json, expected) in cases {
        assert_eq!(error(kind, json), expected, "{json}");
    }
    let long = format!(r#"{{"connectionHello":[{{"phase":"{}"}}]}}"#, "ü".repeat(100_000));
    assert!(error(CONTROL, &long).len() < 200);
}

#[test]
fn no_error_repeats_what_stands_in_a_pin_input() {
    const SECRET: &str = "73829164";
    for value in [
        r#""73829164""#,
        r#"["73829164"]"#,
        "73829164",
        "[73829164]",
        "-73829164",
        "73829164e999",
        r#"[{"pin":73829164.5}]"#,
        r#"[{"pin":"7382916473829164x"}]"#,
        r#"[{"pin":["73829164"]}]"#,
        r#"[{"pin":"73829164 73829164 73829164"}]"#,
        r#"[{"pin":{"73829164":1}}]"#,
        r#"[{"pin":true}]"#,
        r#"[{"pin":"73829164\ud800"}]"#,
        r#"[{"pin":"73829164}]"#,
        r#"[{"pin":"73829164"]"#,
        r#"[{"pin":73829164x}]"#,
        r#"[{"73829164":1}]"#,
        r#"[{"pin":"73829164\u0001x"}]"#,
    ] {
        let bytes = frame(CONTROL, &format!(r#"{{"connectionPinInput":{value}}}"#));
        let error = decode(&bytes).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{value}: {error}");
    }
    let input = control(r#"{"connectionPinInput":[{"pin":"7382 9164"}]}"#);
    assert_eq!(input, Control::PinInput(SECRET.parse().unwrap()));
    assert!(!format!("{input:?}").contains("7382"));
}

#[test]
fn great_depth_and_great_size_are_read_at_once_and_without_recursion() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep_objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    for deep in [&deep, &deep_objects] {
        let json = format!(r#"{{"data":[{{"x":{deep}}},{{"payload":{deep}}}]}}"#);
        match read(DATA, &json) {
            Message::Data(data) => assert_eq!(&data.payload, deep),
            other => panic!("{other:?}"),
        }
        assert!(matches!(control(&format!(r#"{{"x":{deep}}}"#)), Control::Unknown { .. }));
        let hello = format!(r#"{{"connectionHello":[{{"phase":"ready"}},{{"waiting":{deep}}}]}}"#);
        assert!(error(CONTROL, &hello).starts_with("connectionHello.waiting: expected a number"));
        let version = format!(r#"{{"messageProtocolHandshake":[{{"version":{deep}}}]}}"#);
        assert!(decode(&frame(CONTROL, &version)).is_err());
    }
    for broken in ["[", "{\"a\":"] {
        assert!(decode(&frame(CONTROL, &broken.repeat(100_000))).is_err());
    }

    let with_keys = |keys: u32| {
        let many: String = (0..keys).map(|i| format!(r#"{{"k{i}":[]}},"#)).collect();
        format!(r#"{{"connectionHello":[{many}{{"phase":"ready"}}]}}"#)
    };
    assert_eq!(control(&with_keys(1_000_000)), hello(HelloPhase::Ready, None, false));
    let plain = plain::to_plain(&with_keys(100_000)).unwrap();
    assert!(plain.ends_with(r#","phase":"ready"}}"#));

    let digits = "9".repeat(1_000_000);
    let json = format!(r#"{{"connectionHello":[{{"phase":"ready"}},{{"waiting":{digits}}}]}}"#);
    assert!(matches!(decode(&frame(CONTROL, &json)), Err(DecodeError::Malformed { .. })));
}
