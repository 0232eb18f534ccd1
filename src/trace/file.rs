//! The file: a header, then one fact a line. Read leniently, for it may be cut off, or newer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{config::ConfigRecord, fact::Fact, pins::Pins, redact::Redactor};
use crate::{
    hub::{Config, snapshot::LinkSnapshot},
    identity::trust::TrustStore,
    proto::{ShipId, Ski},
    spine::Model,
    time::Time,
};

/// The version of the format; a new one only if something old changes its meaning.
pub const VERSION: u32 = 1;

/// Why a recording ends that has all that happened until then.
pub const ENDED: &str = "the recording was ended";

/// The first line: whose trace it is, and all a hub has to know to do the same again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub trace: u32,
    /// The version of shipctl.
    pub shipctl: String,
    /// The origin of all times: milliseconds since the Unix epoch.
    pub origin_unix_ms: i64,
    /// When the recording began, in nanoseconds since the origin.
    #[serde(default)]
    pub at_ns: u64,
    /// Our SKI.
    pub ski: Option<Ski>,
    /// Our SHIP ID.
    pub ship_id: Option<ShipId>,
    /// The port we listen on.
    pub port: Option<u16>,
    /// Whether serial numbers are stand-ins. PINs always are.
    pub serials_redacted: bool,
    /// What the hub began with; `None` if the recording began later, and cannot be replayed.
    pub start: Option<Start>,
    /// The command it is of, where that has no hub: there is nothing to replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The links there were already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkSnapshot>,
}

/// What a hub begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// What its random delays follow from; a text, for not everybody reads numbers of this size.
    pub seed: String,
    /// Its settings.
    pub config: ConfigRecord,
    /// The trust store, as it is written on the disk.
    pub trust: Value,
}

/// A line behind the header.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number in the file, the header being 1.
    pub number: usize,
    /// When, since the origin.
    pub at: Time,
    /// Its text.
    pub text: String,
    /// What it tells; `None` if this version does not know it.
    pub fact: Option<Fact>,
}

/// A trace that was read.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The first line.
    pub header: Header,
    /// The others.
    pub lines: Vec<Line>,
    /// How many lines could not be read at all.
    pub unreadable: usize,
    /// Whether the last line is cut off: whoever wrote it was killed, or still writes.
    pub cut: bool,
}

/// Why a text is no trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// Its first line is not the header.
    #[error("this is no trace of shipctl: its first line is not the header of one")]
    NoHeader,
    /// It is of a later version.
    #[error(
        "this trace has version {found}, and this shipctl reads version {VERSION}; read it with a \
         newer shipctl"
    )]
    Newer {
        /// Its version.
        found: u32,
    },
}

impl Start {
    /// What a hub begins with, written down.
    pub fn new(seed: u64, config: &Config, trust: &TrustStore, pins: &mut Pins) -> Self {
        Self {
            seed: seed.to_string(),
            config: ConfigRecord::new(config, pins),
            trust: serde_json::from_str(
                &trust.map_pins(|pin| pins.stand_in(pin).parse().ok()).to_json(),
            )
            .unwrap_or_default(),
        }
    }

    /// Whether the hub answered SPINE as another device than an energy manager of ours.
    pub fn is_simulated(&self) -> bool {
        let model = self.config.settings.get("spine").and_then(|spine| spine.get("device_type"));
        model.and_then(Value::as_str).is_some_and(|it| it != Model::BARE.device_type)
    }

    /// The same, to begin a hub with: its seed, settings and trust; `None` if they cannot be read.
    pub fn read(&self) -> Option<(u64, Config, TrustStore)> {
        let trust = TrustStore::from_json(self.trust.to_string().as_bytes()).ok()?;
        Some((self.seed.parse().ok()?, self.config.config()?, trust))
    }
}

impl Trace {
    /// Reads one. What cannot be read is counted and left out.
    ///
    /// # Errors
    ///
    /// It is none, or of a later version.
    pub fn read(text: &str) -> Result<Self, TraceError> {
        let cut = !text.is_empty() && !text.ends_with('\n');
        let mut lines = text.lines().enumerate();
        let first = lines.next().map_or("", |(_, line)| line);
        let value: Value = serde_json::from_str(first).map_err(|_| TraceError::NoHeader)?;
        let found = value.get("trace").and_then(Value::as_u64).ok_or(TraceError::NoHeader)?;
        if found > VERSION.into() {
            return Err(TraceError::Newer { found: u32::try_from(found).unwrap_or(u32::MAX) });
        }
        let header = serde_json::from_value(value).map_err(|_| TraceError::NoHeader)?;
        let mut trace = Self { header, lines: Vec::new(), unreadable: 0, cut };
        for (index, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            match read_line(index + 1, text) {
                Some(line) => trace.lines.push(line),
                None => trace.unreadable += 1,
            }
        }
        // The half line at the end is told as such.
        let whole = trace.lines.last().is_some_and(|line| text.ends_with(&line.text));
        trace.cut = cut && !whole;
        trace.unreadable -= usize::from(trace.cut && trace.unreadable > 0);
        Ok(trace)
    }

    /// Why the recording ended; `None` if nothing tells.
    pub fn end(&self) -> Option<&str> {
        match &self.lines.last()?.fact {
            Some(Fact::End { why }) => Some(why),
            _ => None,
        }
    }
}

fn read_line(number: usize, text: &str) -> Option<Line> {
    let mut value: Map<String, Value> = serde_json::from_str(text).ok()?;
    let at = value.remove("at_ns")?.as_u64()?;
    let at = Time::after(std::time::Duration::from_nanos(at));
    let fact = serde_json::from_value(Value::Object(value)).ok();
    Some(Line { number, at, text: text.to_owned(), fact })
}

/// The time of a fact as it is written.
pub(super) fn nanos(at: Time) -> u64 {
    u64::try_from(at.since_origin().as_nanos()).unwrap_or(u64::MAX)
}

/// The text of a trace as it may be sent to others: nothing in it that cannot be read, and with
/// `serials` stand-ins for the serial numbers, whether there were before or not.
///
/// # Errors
///
/// It is no trace.
pub fn redacted(text: &str, serials: bool) -> Result<String, TraceError> {
    let Trace { mut header, lines, .. } = Trace::read(text)?;
    let mut redactor = Redactor::new(serials);
    header.serials_redacted |= serials;
    let mut out = redactor.header(&header);
    for line in lines {
        // What this version does not know it cannot redact.
        if let Some(fact) = &line.fact {
            out.push_str(&redactor.line(line.at, fact));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            trace: VERSION,
            shipctl: "0.1.0".to_owned(),
            origin_unix_ms: 1,
            at_ns: 0,
            ski: Some(Ski::from_bytes([1; 20])),
            ship_id: None,
            port: Some(4712),
            serials_redacted: true,
            start: None,
            of: None,
            links: Vec::new(),
        }
    }

    fn text(lines: &[&str]) -> String {
        let header = serde_json::to_string(&header()).unwrap();
        [&[&*header], lines].concat().join("\n")
    }

    #[test]
    fn a_half_line_newer_kinds_and_newer_fields_are_tolerated() {
        let known = r#"{"at_ns":5,"kind":"pong","link":3,"colour":"red"}"#;
        let newer = r#"{"at_ns":6,"kind":"telepathy","of":1}"#;
        let trace = Trace::read(&text(&[known, newer, "rubbish", "{\"at_ns\":7,\"ki"])).unwrap();
        assert_eq!(trace.header, header());
        assert_eq!(trace.lines.len(), 2);
        assert_eq!(trace.lines[0].fact, Some(Fact::Pong { link: 3 }));
        assert_eq!((trace.lines[0].number, trace.lines[1].fact.is_none()), (2, true));
        assert_eq!((trace.unreadable, trace.cut, trace.end()), (1, true, None));
        let whole = Trace::read(&(text(&[known]) + "\n")).unwrap();
        assert_eq!((whole.unreadable, whole.cut), (0, false));
    }

    #[test]
    fn what_is_no_trace_or_a_later_one_is_refused() {
        for no in ["", "\n", "hello", "{}", "{\"trace\":\"1\"}", "{\"trace\":1}"] {
            assert_eq!(Trace::read(no).unwrap_err(), TraceError::NoHeader, "{no}");
        }
        assert_eq!(Trace::read("{\"trace\":2}").unwrap_err(), TraceError::Newer { found: 2 });
    }

    #[test]
    fn what_a_hub_begins_with_is_read_as_it_was_written() {
        let ski = Ski::from_bytes([2; 20]);
        let mut trust = TrustStore::default();
        let (ship_id, name) = (Some("i:1_u:b".parse().unwrap()), Some("Box".to_owned()));
        let change = crate::identity::trust::TrustChange::Trust {
            ski,
            ship_id,
            name,
            address: None,
            seen: true,
        };
        trust.apply(&change, 100);
        let config = Config::new(Ski::from_bytes([1; 20]), "i:1_u:a".parse().unwrap());
        let start = Start::new(u64::MAX, &config, &trust, &mut Pins::default());
        let text = serde_json::to_string(&start).unwrap();
        let (seed, _, read) = serde_json::from_str::<Start>(&text).unwrap().read().unwrap();
        assert_eq!((seed, read), (u64::MAX, trust));
    }
}
