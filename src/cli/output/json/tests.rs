use serde_json::json;

use super::*;
use crate::{
    hub::{Event, EventKind},
    proto::handshake::HelloStatus,
    time::Time,
};

const SKI: Ski = Ski::from_bytes([0x55; 20]);

fn line(kind: EventKind) -> Value {
    let event = Event { at: Time::after(Duration::from_secs(10)), ski: Some(SKI), kind };
    let at = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_007);
    let body = Body::event(&event);
    serde_json::from_str(&Line::new(at, event.ski, &body).to_string()).unwrap()
}

#[test]
fn the_schema_has_every_event() {
    let text = include_str!("../../../../docs/schema/output.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let of_schema = schema["$defs"]["line"]["properties"]["event"]["enum"].clone();
    let mut of_schema: Vec<String> = serde_json::from_value(of_schema).unwrap();
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    of_schema.sort_unstable();
    assert_eq!(of_schema, names);
}

#[test]
fn a_line_begins_with_schema_time_event_and_ski() {
    let at = OffsetDateTime::UNIX_EPOCH;
    let text = Line::new(at, Some(SKI), &Body::Registered {}).to_string();
    assert_eq!(
        text,
        format!(
            r#"{{"schema":1,"ts":"1970-01-01T00:00:00.000Z","event":"registered","ski":"{SKI}"}}"#
        )
    );
    let text = Line::new(at, None, &Body::Lost { count: 3 }).to_string();
    assert!(text.ends_with(r#""event":"events_lost","ski":null,"count":3}"#), "{text}");
}

#[test]
fn times_left_are_counted_from_the_event() {
    let hello = line(EventKind::Hello(HelloStatus {
        we_trust: true,
        peer_trusts: Some(false),
        we_wait_until: Some(Time::after(Duration::from_secs(70))),
        peer_waits_until: None,
        prolongations_granted: 1,
        prolongations_asked: 0,
    }));
    assert_eq!(
        hello,
        json!({
            "schema": 1, "ts": "2023-11-14T22:13:20.007Z", "event": "hello", "ski": SKI,
            "we_trust": true, "peer_trusts": false, "we_wait_ms": 60_000,
            "peer_waits_ms": null, "prolongations_granted": 1, "prolongations_asked": 0,
        })
    );
}

#[test]
fn a_failed_run_tells_stage_code_and_advice() {
    let error = CliError::new(Exit::Denied, "refused").code(Code::Hel03).stage("hello");
    let text = Line::new(OffsetDateTime::UNIX_EPOCH, Some(SKI), &Body::failed(&error)).to_string();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["event"], "result");
    assert_eq!(value["outcome"], "denied");
    assert_eq!(value["exit"], 77);
    assert_eq!(value["stage"], "hello");
    assert_eq!(value["code"], "HEL-03");
    assert_eq!(value["advice"], Code::Hel03.advice());
}

#[test]
fn a_run_that_is_cut_short_tells_all_that_a_failed_one_does() {
    let whole = Body::failed(&CliError::new(Exit::Denied, "refused"));
    let details = Map::from_iter([("paired".to_owned(), json!([]))]);
    let cut = Body::done("interrupted", Exit::Interrupted, details);
    let fields = |body: &Body| {
        let value = serde_json::to_value(body).unwrap();
        value
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "paired")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&cut), fields(&whole));
    let value = serde_json::to_value(&cut).unwrap();
    assert_eq!((&value["message"], &value["causes"]), (&json!("interrupted (Ctrl-C)"), &json!([])));
    assert!(FailureJson::of_exit(Exit::Findings).is_none());
}

#[test]
fn a_good_run_tells_no_failure() {
    let body = Body::done("completed", Exit::Done, Map::new());
    let text = Line::new(OffsetDateTime::UNIX_EPOCH, None, &body).to_string();
    assert!(
        text.ends_with(r#""event":"result","ski":null,"outcome":"completed","exit":0}"#),
        "{text}"
    );
}

#[test]
fn data_is_counted_and_not_shown() {
    let data = crate::proto::message::Data {
        protocol_id: "ee1.0".to_owned(),
        payload: r#"{"secret":1}"#.to_owned(),
    };
    let value = line(EventKind::Data(data));
    assert_eq!(value["bytes"], 12);
    assert!(!value.to_string().contains("secret"));
}
