use super::*;
use crate::{proto::Ski, trace::input::ServiceRecord};

const SKI: Ski = Ski::from_bytes([0x5a; 20]);

fn seen(id: &str, serial: &str) -> Fact {
    let pairs = [("id", id), ("ski", &SKI.to_string()), ("Serial", serial)];
    Fact::Seen {
        service: ServiceRecord {
            instance: format!("Box {serial}"),
            host: "box.local.".to_owned(),
            port: 4712,
            addresses: Vec::new(),
            interfaces: Vec::new(),
            txt: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        },
    }
}

fn frame(json: &str) -> Fact {
    Fact::Frame(FrameRecord::new(1, false, &[&[2], json.as_bytes()].concat()))
}

fn lines(redactor: &mut Redactor, facts: &[Fact]) -> String {
    facts.iter().map(|fact| redactor.line(Time::ORIGIN, fact)).collect()
}

#[test]
fn a_serial_is_replaced_in_its_field_and_from_then_on_everywhere() {
    let facts = [
        seen("i:1_u:Box-AB1234567", "AB1234567"),
        frame(
            r#"{"data":[{"payload":{"cmd":[{"deviceClassificationManufacturerData":[{"serialNumber":"AB1234567"}]}]}}]}"#,
        ),
        Fact::Note { ski: None, code: None, text: "ab1234567 is odd".to_owned() },
    ];
    let redacted = lines(&mut Redactor::new(true), &facts);
    let hex = hex::write(b"AB1234567");
    assert!(!redacted.to_uppercase().contains("AB1234567"), "{redacted}");
    assert!(!redacted.contains(&hex) && redacted.contains(&hex::write(b"000000001")), "{redacted}");
    assert!(redacted.contains("i:1_u:Box-000000001"), "{redacted}");
    let full = lines(&mut Redactor::new(false), &facts);
    assert!(full.contains("AB1234567") && full.contains(&hex), "{full}");
}

#[test]
fn a_serial_that_spine_tells_first_is_found_in_its_own_line() {
    let fact = frame(r#"{"data":[{"payload":{"serialNumber" : "X-\"99\"-7"}}]}"#);
    let Fact::Frame(record) = &fact else { panic!() };
    assert!(record.has_serial());
    let redacted = lines(&mut Redactor::new(true), &[fact]);
    assert!(!redacted.contains(&hex::write(b"99")), "{redacted}");
}

#[test]
fn a_name_that_was_written_before_stays_the_same_everywhere() {
    let mut redactor = Redactor::new(true);
    let ski = SKI.to_string();
    let store = |id: &str| {
        Fact::Event(crate::trace::EventRecord {
            ski: Some(SKI),
            event: "peer_ship_id".to_owned(),
            told: [("ship_id".to_owned(), id.into())].into_iter().collect(),
        })
    };
    let facts = [store("i:1_u:AB1234567"), seen("i:1_u:AB1234567", "AB1234567")];
    let redacted = lines(&mut redactor, &facts);
    assert_eq!(redacted.matches("i:1_u:AB1234567").count(), 2, "{redacted}");
    assert!(redacted.contains(r#"["Serial","000000001"]"#), "{redacted}");
    // A serial that is a part of the SKI is no secret, and the SKI stays.
    let redacted = lines(&mut redactor, &[seen("i:1_u:b", &ski[..8])]);
    assert!(redacted.contains(&ski) && redacted.contains(r#"["Serial","00000002"]"#), "{redacted}");
}

#[test]
fn a_whole_trace_is_redacted_again_and_stays_one() {
    let header = Header {
        trace: super::super::file::VERSION,
        shipctl: "0.1.0".to_owned(),
        origin_unix_ms: 0,
        at_ns: 0,
        ski: Some(SKI),
        ship_id: Some("i:1_u:us".parse().unwrap()),
        port: None,
        serials_redacted: false,
        start: None,
        of: None,
        links: Vec::new(),
    };
    let mut full = Redactor::new(false);
    let text = full.header(&header) + &lines(&mut full, &[seen("i:1_u:x", "AB1234567")]);
    let redacted = super::super::file::redacted(&text, true).unwrap();
    assert!(text.contains("AB1234567") && !redacted.contains("AB1234567"), "{redacted}");
    let trace = super::super::file::Trace::read(&redacted).unwrap();
    assert!(trace.header.serials_redacted && trace.lines.len() == 1);
}
