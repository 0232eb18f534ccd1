//! Messages as they are written down: a PIN never, everything else as it was. And the lines of a trace,
//! and whole files, whatever stands in them: read, shown, drawn, captured, replayed, redacted again.

#![no_main]

mod kit;

use kit::assert_visible;
use libfuzzer_sys::fuzz_target;
use shipctl::{
    hub::Config,
    identity::trust::TrustStore,
    proto::{
        Ski,
        codec::decode,
        message::{Control, Message},
    },
    time::Time,
    trace::{
        Header, MessageRecord, Passed, Start, Trace, diagram, file, pcapng, pins::Pins, replay,
        show, timeline,
    },
};

const PEER: Ski = Ski::from_bytes([7; 20]);
const PIN: &str = "badcafe5";

fuzz_target!(|bytes: &[u8]| {
    recorded(bytes);
    around_a_pin(bytes);
    lines(bytes);
    read(&String::from_utf8_lossy(bytes));
    if let Ok(record) = serde_json::from_slice::<MessageRecord>(bytes) {
        if let Some(bytes) = record.bytes() {
            assert_eq!(hex(&bytes), record.raw.to_lowercase(), "these bytes were not recorded");
        }
    }
});

/// The record of a message says what the message says, and no PIN.
fn recorded(frame: &[u8]) -> MessageRecord {
    let passed = Passed::new(Time::ORIGIN, PEER, 3, true, frame);
    let record = passed.record("2026-11-22T18:52:53Z".to_owned(), 0);
    assert_eq!((record.size, record.bytes().as_deref()), (frame.len(), Some(passed.bytes())));
    assert_visible(&record.kind);
    assert_visible(&record.text);
    let line = serde_json::to_string(&record).expect("a record can be written");
    assert_eq!(serde_json::from_str::<MessageRecord>(&line).expect("and read"), record);
    match (pin(frame), pin(passed.bytes())) {
        (Some(pin), Some(shown)) => assert_ne!(pin, shown, "the PIN is still there"),
        (None, None) => {}
        // Other values are masked along with it.
        (_, None) => {}
        (None, Some(_)) => unreachable!("masking made a PIN"),
    }
    record
}

/// The PIN in a message, if we would read one.
fn pin(frame: &[u8]) -> Option<shipctl::proto::Pin> {
    match decode(frame).ok()?.message {
        Message::Control(Control::PinInput(pin)) => Some(pin),
        _ => None,
    }
}

/// Where a PIN stands in a text of a PIN input, no form of the record shows it.
fn around_a_pin(bytes: &[u8]) {
    let half = bytes.len() / 2;
    let (before, after) = bytes.split_at(half);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(['"', '\\'], "");
    let (before, after) = (text(before), text(after));
    if before.to_lowercase().contains(PIN) || after.to_lowercase().contains(PIN) {
        return;
    }
    let json = format!(
        r#"{{"connectionPinInput":[{{"{before}":1}},{{"pin":"{PIN}"}},{{"a":"{after}"}}]}}"#
    );
    for kind in [0, 1, 2, 3] {
        let record = recorded(&[&[kind], json.as_bytes()].concat());
        let shown = format!("{record:?}").to_lowercase();
        assert!(!shown.contains(PIN) && !shown.contains(&hex(PIN.as_bytes())), "{shown}");
    }
}

/// The bytes as the lines of a trace whose header is right.
fn lines(bytes: &[u8]) {
    let config = Config::new(PEER, "i:1_u:us".parse().expect("a SHIP ID"));
    let start = Start::new(7, &config, &TrustStore::default(), &mut Pins::default());
    let header = Header {
        trace: file::VERSION,
        shipctl: "0.1.0".to_owned(),
        origin_unix_ms: 0,
        at_ns: 0,
        ski: Some(PEER),
        ship_id: None,
        port: None,
        serials_redacted: true,
        of: None,
        start: Some(start),
        links: Vec::new(),
    };
    let header = serde_json::to_string(&header).expect("a header can be written");
    let trace = read(&format!("{header}\n{}", String::from_utf8_lossy(bytes)));
    replay(&trace.expect("its header is right")).expect("it tells what the hub began with");
}

/// All that is done with the text of a trace, if it is one.
fn read(text: &str) -> Option<Trace> {
    let trace = Trace::read(text).ok()?;
    for shown in show::show(&trace, &show::Filter::default()) {
        assert_visible(&shown.says);
    }
    timeline::lanes(&trace);
    diagram::diagram(&trace, |_| true);
    assert!(pcapng::pcapng(&trace).len().is_multiple_of(4), "blocks are padded");
    let replayed = replay(&trace);
    let again = file::redacted(text, true).expect("a trace stays one");
    let again = Trace::read(&again).expect("and can be read");
    let known = trace.lines.iter().filter(|line| line.fact.is_some()).count();
    assert_eq!(again.lines.len(), known);
    assert_eq!(replay(&again).is_ok(), replayed.is_ok(), "{replayed:?}");
    Some(trace)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
