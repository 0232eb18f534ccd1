use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

fn read(line: &Value) -> Result<Request, BadRequest> {
    Request::read(line.to_string().as_bytes())
}

#[test]
fn every_request_is_read_as_it_was_written() {
    let peer = || Register {
        ski: SKI.parse().unwrap(),
        ship_id: Some("i:1_u:a".parse().unwrap()),
        addresses: vec!["10.0.0.7:4712/ship/".parse().unwrap()],
        pin: Some("1234abcd".parse().unwrap()),
        fingerprint: Some("AB".repeat(32)),
        remember_pin: true,
    };
    let ski = peer().ski;
    let plain = [
        Plain::Status { history: true },
        Plain::Peer { ski },
        Plain::Identity {},
        Plain::Services {},
        Plain::Metrics {},
        Plain::Accept { ski },
        Plain::Unregister { ski },
        Plain::Connect { ski },
        Plain::Disconnect { ski },
        Plain::DisconnectAll {},
        Plain::Cancel { ski },
        Plain::Limit { connections: 3 },
        Plain::Deny { ski },
        Plain::AutoAccept { seconds: 7 },
        Plain::Rename { ski, name: "Garage".to_owned() },
        Plain::ForgetAddress { ski },
        Plain::ForgetPin { ski },
        Plain::TraceStart { file: "/a".to_owned(), full: true, limit: 9000 },
        Plain::TraceStop {},
        Plain::Shutdown {},
    ];
    let wishes = [
        Wish::Watch { messages: false },
        Wish::Watch { messages: true },
        Wish::Register(peer()),
        Wish::Pair { peer: peer(), timeout_ms: 5, can_enter_pin: false },
        Wish::EnterPin { ski, pin: peer().pin.unwrap() },
    ];
    for wish in wishes.into_iter().chain(plain.map(Wish::Plain)) {
        let line = Request { id: 3, wish }.line();
        let again = Request::read(line.trim_end().as_bytes()).unwrap();
        assert_eq!(again.id, 3);
        assert_eq!(*again.line(), *line);
    }
}

#[test]
fn a_bad_request_is_told_what_is_wrong_with_it() {
    for (line, id, says) in [
        (json!([1]), None, "no JSON object"),
        (json!({"do": "watch"}), None, "has no \"id\""),
        (
            json!({"id": -1, "do": "watch"}),
            None,
            "\"id\" is -1; it has to be a whole number from 0",
        ),
        (json!({"id": 1}), Some(1), "has no \"do\""),
        (
            json!({"id": 1, "do": "dance"}),
            Some(1),
            "\"dance\" is no request; there are watch, status",
        ),
        (json!({"id": 1, "do": 5}), Some(1), "\"do\" is 5; it has to be the name"),
        (json!({"id": 1, "do": "register"}), Some(1), "\"ski\" is missing"),
        (json!({"id": 1, "do": "deny"}), Some(1), "\"ski\" is missing"),
        (
            json!({"id": 1, "do": "limit", "connections": -3}),
            Some(1),
            "\"connections\" is -3; it has to be a whole number from 0 to 10000",
        ),
        (json!({"id": 1, "do": "limit", "connections": 10_001}), Some(1), "from 0 to 10000"),
        (
            json!({"id": 1, "do": "auto-accept", "seconds": 31_536_001}),
            Some(1),
            "\"seconds\" is 31536001; it has to be a whole number from 0 to 31536000",
        ),
        (
            json!({"id": 1, "do": "trace-start", "file": "/a", "limit": 4095}),
            Some(1),
            "\"limit\" is 4095; it has to be a whole number from 4096",
        ),
        (
            json!({"id": 1, "do": "trace-start", "file": "/a", "full": 1}),
            Some(1),
            "\"full\" is 1; it has to be true or false",
        ),
        (
            json!({"id": 1, "do": "pair", "ski": SKI, "timeout_ms": 0}),
            Some(1),
            "\"timeout_ms\" is 0; it has to be a whole number from 1",
        ),
        (
            json!({"id": 1, "do": "rename", "ski": SKI, "name": 5}),
            Some(1),
            "\"name\" is 5; it has to be a text",
        ),
        (
            json!({"id": 1, "do": "watch", "messages": "yes"}),
            Some(1),
            "is \"yes\"; it has to be true",
        ),
        (json!({"id": 1, "do": "watch", "messages": "x".repeat(999)}), Some(1), "… (and "),
        (
            json!({"id": 1, "do": "register", "ski": 5}),
            Some(1),
            "\"ski\" is 5; it has to be a text",
        ),
        (json!({"id": 1, "do": "register", "ski": "12"}), Some(1), "40"),
        (json!({"id": 1, "do": "deny", "ski": "12"}), Some(1), "40"),
        (json!({"id": 1, "do": "watch", "all": true}), Some(1), "no field \"all\""),
        (
            json!({"id": 1, "do": "deny", "ski": SKI, "all": 1}),
            Some(1),
            "\"deny\" has no field \"all\"",
        ),
        (
            json!({"id": 1, "do": "shutdown", "now": 1}),
            Some(1),
            "\"shutdown\" has no field \"now\"",
        ),
        (
            json!({"id": 1, "do": "register", "ski": SKI, "addresses": ["x"]}),
            Some(1),
            "\"x\" has no port",
        ),
    ] {
        let bad = read(&line).unwrap_err();
        assert_eq!(bad.id, id, "{line}");
        assert!(bad.why.contains(says), "{line}: {}", bad.why);
    }
    assert!(Request::read(b"\xff\x00{").is_err());
    for (line, id, says) in [
        (r#"{"id":1,"do":"status","do":"watch"}"#, Some(1), "\"do\" stands twice"),
        (r#"{"id":1,"id":2,"do":"status"}"#, None, "\"id\" stands twice"),
        (r#"{"id":1,"do":"enter-pin","pin":"11112222","pin":"33334444"}"#, Some(1), "\"pin\""),
    ] {
        let bad = Request::read(line.as_bytes()).unwrap_err();
        assert_eq!(bad.id, id, "{line}");
        assert!(bad.why.contains(says) && !bad.why.contains("1111"), "{line}: {}", bad.why);
    }
}

#[test]
fn a_pin_is_neither_shown_nor_repeated() {
    for pin in [json!("12345"), json!(87654321), json!(["87654321"])] {
        let bad = read(&json!({"id": 1, "do": "enter-pin", "ski": SKI, "pin": pin}));
        let why = bad.unwrap_err().why;
        assert!(!why.contains("12345") && !why.contains("87654321"), "{why}");
    }
    let good = read(&json!({"id": 1, "do": "enter-pin", "ski": SKI, "pin": "8765 4321"}));
    assert!(!format!("{good:?}").contains("8765"), "{good:?}");
}

#[test]
fn answers_and_events_are_read_as_they_were_written() {
    let refusal = Refusal::new("unknown_peer", 68, "not known", Some("look"));
    let happening = Happening {
        event: json!({"schema": 1, "event": "registered"}),
        say: vec![Saying { stage: "queued".to_owned(), text: "attempt 1".to_owned() }],
    };
    // The nearest number to this many nines is not the one a reader in a hurry takes.
    let long: serde_json::Value = serde_json::from_str(&format!("{}0.5", "9".repeat(87))).unwrap();
    let fields = Map::from_iter([("pid".to_owned(), json!(7)), ("more".to_owned(), long)]);
    let ski = SKI.parse().unwrap();
    let message = crate::trace::Passed::new(crate::time::Time::ORIGIN, ski, 1, true, &[0, 0])
        .record("2026-11-22T18:52:53Z".to_owned(), 3);
    for reply in [
        Reply::Answer { id: Some(1), answer: Ok(fields) },
        Reply::Answer { id: None, answer: Err(Box::new(refusal)) },
        Reply::Event(happening),
        Reply::Message(Box::new(message)),
    ] {
        let line = reply.line();
        assert!(line.ends_with('\n') && line.trim_end().lines().count() == 1);
        assert_eq!(Reply::read(line.as_bytes()), Some(reply));
    }
    assert_eq!(Reply::read(br#"{"id":1,"ok":false}"#), None);
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(line: Vec<u8>) {
        let _ = Request::read(&line);
        let _ = Reply::read(&line);
    }
}
