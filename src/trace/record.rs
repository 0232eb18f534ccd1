//! A message that went over a connection: what the hub tells of it, and what is made of that for
//! programs and people.

use serde::{Deserialize, Serialize};

use super::{
    describe::{self, Line},
    hex,
    mask::masked,
};
use crate::{
    proto::{Ski, codec::plain::to_plain},
    time::Time,
};

/// The most bytes of a message that are kept; its whole size is told all the same.
pub const KEPT: usize = 32 * 1024;

/// A message that went over a connection, without a PIN in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Passed {
    /// When.
    pub at: Time,
    /// The peer.
    pub ski: Ski,
    /// The number of the link.
    pub link: u64,
    /// Whether we sent it.
    pub sent: bool,
    /// Its size in bytes.
    pub size: usize,
    /// The bytes, a PIN masked, cut at [`KEPT`].
    bytes: Vec<u8>,
    /// What it says; of the whole message.
    line: Line,
}

/// A message as it is written down: `docs/control-socket.md` tells the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// The date and time of day, RFC 3339.
    pub ts: String,
    /// When, from the origin of the hub.
    #[serde(rename = "at_ms")]
    pub at: Time,
    /// The peer.
    pub ski: Ski,
    /// The number of the link.
    pub link: u64,
    /// Whether the hub sent it.
    pub sent: bool,
    /// The name of the message.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its size in bytes.
    pub size: usize,
    /// What it says, in one line.
    pub text: String,
    /// The text of its JSON, turned into ordinary JSON; none if it has none, or was cut.
    pub json: Option<String>,
    /// Its bytes in hex, cut at [`KEPT`].
    pub raw: String,
    /// Whether bytes were cut off.
    #[serde(default)]
    pub cut: bool,
    /// How many messages before this one were lost because nobody took them.
    #[serde(default)]
    pub lost: u64,
}

impl Passed {
    /// Takes notice of a message.
    pub fn new(at: Time, ski: Ski, link: u64, sent: bool, frame: &[u8]) -> Self {
        let masked = masked(frame);
        let line = describe::frame(frame);
        let kept = masked.len().min(KEPT);
        Self { at, ski, link, sent, size: frame.len(), bytes: masked[..kept].to_vec(), line }
    }

    /// The bytes, a PIN masked, cut at [`KEPT`].
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The message as it is written down; `ts` is the date and time of [`Passed::at`], and `lost`
    /// messages before it were not taken.
    pub fn record(&self, ts: String, lost: u64) -> MessageRecord {
        let cut = self.bytes.len() < self.size;
        let json = self.bytes.get(1..).and_then(|value| std::str::from_utf8(value).ok());
        let json = json.map(|text| text.trim_end_matches('\0')).filter(|text| !text.is_empty());
        MessageRecord {
            ts,
            at: self.at,
            ski: self.ski,
            link: self.link,
            sent: self.sent,
            kind: self.line.kind.clone(),
            size: self.size,
            text: self.line.text.clone(),
            json: json.filter(|_| !cut).and_then(|text| to_plain(text).ok()),
            raw: hex::write(&self.bytes),
            cut,
            lost,
        }
    }
}

impl std::fmt::Debug for Passed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arrow = if self.sent { "to" } else { "from" };
        write!(f, "Passed({} {arrow} {}, {} bytes)", self.line.kind, self.ski, self.size)
    }
}

impl MessageRecord {
    /// The bytes; none if `raw` is no hex.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        hex::read(&self.raw)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proto::{
        codec::encode,
        message::{Control, Data, Hello, HelloPhase, Message},
    };

    const PEER: Ski = Ski::from_bytes([7; 20]);

    fn record(frame: &[u8]) -> MessageRecord {
        Passed::new(Time::after(Duration::from_millis(5)), PEER, 3, true, frame)
            .record("2026-11-22T18:52:53Z".to_owned(), 0)
    }

    #[test]
    fn a_message_is_written_with_its_line_its_json_and_its_bytes() {
        let waiting = Some(Duration::from_secs(60));
        let hello = Hello {
            phase: HelloPhase::Pending,
            waiting,
            prolongation_request: false,
            update_counter: None,
        };
        let frame = encode(&Message::Control(Control::Hello(hello)));
        let record = record(&frame);
        assert_eq!((record.kind.as_str(), record.size), ("connectionHello", frame.len()));
        assert_eq!(record.text, "pending: a person has to decide, waits 60 s");
        let json = r#"{"connectionHello":{"phase":"pending","waiting":60000}}"#;
        assert_eq!(record.json.as_deref(), Some(json));
        assert_eq!(record.bytes().as_deref(), Some(&*frame));
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<MessageRecord>(&text).unwrap(), record);
    }

    #[test]
    fn no_form_of_a_message_shows_a_pin() {
        let frame = encode(&Message::Control(Control::PinInput("badcafe5".parse().unwrap())));
        let passed = Passed::new(Time::ORIGIN, PEER, 1, true, &frame);
        let record = record(&frame);
        let shown = format!("{passed:?} {record:?} {}", String::from_utf8_lossy(passed.bytes()));
        let hex: String = b"BADCAFE5".iter().map(|byte| format!("{byte:02x}")).collect();
        for shown in [shown.to_lowercase(), serde_json::to_string(&record).unwrap().to_lowercase()]
        {
            assert!(!shown.contains("badcafe5") && !shown.contains(&hex), "{shown}");
        }
        assert_eq!(record.json.as_deref(), Some(r#"{"connectionPinInput":{"pin":"********"}}"#));
    }

    #[test]
    fn a_large_message_is_cut_and_its_size_is_told() {
        let payload = format!("[{}1]", "1,".repeat(KEPT));
        let data = Data { protocol_id: "ee1.0".to_owned(), payload };
        let frame = encode(&Message::Data(data));
        let record = record(&frame);
        assert_eq!((record.size, record.cut, record.json.is_some()), (frame.len(), true, false));
        assert_eq!(record.bytes().map(|bytes| bytes.len()), Some(KEPT));
        assert_eq!((record.kind.as_str(), record.text.contains("ee1.0")), ("data", true));
    }

    #[test]
    fn bytes_are_pairs_of_hex_digits_and_nothing_else() {
        let of = |raw: &str| MessageRecord { raw: raw.to_owned(), ..record(&[0, 0]) }.bytes();
        assert_eq!(of("0aFf"), Some(vec![0x0a, 0xff]));
        for raw in ["0a1", "+f", "0x", "é"] {
            assert_eq!(of(raw), None, "{raw}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_first_bytes() {
        let record = record(b"GET / HTTP/1.1\r\n");
        assert_eq!((record.kind.as_str(), record.json), ("unreadable", None));
        assert!(record.text.contains("47 45 54 20"), "{}", record.text);
        assert_eq!(super::super::describe::frame(&[]).kind, "unreadable");
    }
}
