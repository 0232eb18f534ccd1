//! Lines as they may leave the computer: PINs are stand-ins already, and here serial numbers
//! become some.
//!
//! A serial number is replaced in its own field always (the TXT record, the SPINE manufacturer
//! data), and everywhere else from the moment it is known. Unless a SHIP ID or SKI that contains it
//! was written before: a replay needs the same name everywhere.

use serde::Serialize;
use serde_json::Value;

use super::{
    fact::{Fact, FrameRecord},
    file::{Header, nanos},
    hex,
    pins::{Pins, replace},
};
use crate::time::Time;

/// Below this a serial number is replaced in its own field only: it is too likely to be anything.
const TELLING: usize = 6;

/// Writes the lines of one trace.
#[derive(Debug)]
pub struct Redactor {
    /// The PINs of the trace.
    pub pins: Pins,
    /// Whether serial numbers are redacted.
    serials: bool,
    known: Vec<Serial>,
    /// Names that were written before: SHIP IDs and SKIs.
    names: Vec<String>,
}

#[derive(Debug)]
struct Serial {
    text: String,
    stand_in: String,
    everywhere: bool,
}

#[derive(Serialize)]
struct Stamped<'a> {
    at_ns: u64,
    #[serde(flatten)]
    fact: &'a Fact,
}

impl Redactor {
    /// `serials` tells whether serial numbers are redacted.
    pub fn new(serials: bool) -> Self {
        Self { pins: Pins::default(), serials, known: Vec::new(), names: Vec::new() }
    }

    /// The line of the header, with its end.
    pub fn header(&mut self, header: &Header) -> String {
        self.names.extend(header.ship_id.iter().map(|id| id.as_str().to_owned()));
        if let Some(start) = &header.start {
            collect(&start.trust, "ship_id", &mut self.names);
        }
        // Names, numbers and texts can always be written.
        serde_json::to_string(header).unwrap_or_default() + "\n"
    }

    /// The line of a fact, with its end.
    pub fn line(&mut self, at: Time, fact: &Fact) -> String {
        let line = Stamped { at_ns: nanos(at), fact };
        if self.serials {
            self.learn(fact);
        }
        let replaces = self.pins.any() || !self.known.is_empty();
        let text = if replaces {
            let mut value = serde_json::to_value(&line).unwrap_or_default();
            self.clean(&mut value, "");
            self.name(fact);
            value.to_string()
        } else {
            self.name(fact);
            serde_json::to_string(&line).unwrap_or_default()
        };
        text + "\n"
    }

    /// Takes notice of the serial numbers in a fact.
    fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::Seen { service } => {
                if let Some(serial) = service.value("serial") {
                    self.add(serial, &[service.value("ski").unwrap_or_default()]);
                }
            }
            Fact::Frame(frame) => {
                if let Some(bytes) = frame.bytes() {
                    self.learn_from(&bytes);
                }
            }
            Fact::Command(super::command::CommandRecord::Send { payload, .. }) => {
                self.learn_from(payload.as_bytes());
            }
            // What a command tells of a device.
            Fact::Event(event) => {
                let told = Value::Object(event.told.clone());
                let (mut serials, mut names) = (Vec::new(), Vec::new());
                collect(&told, "serial", &mut serials);
                collect(&told, "ship_id", &mut names);
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                serials.iter().for_each(|serial| self.add(serial, &names));
            }
            _ => {}
        }
    }

    fn learn_from(&mut self, bytes: &[u8]) {
        for serial in serials_in(bytes) {
            if let Ok(text) = std::str::from_utf8(serial) {
                self.add(text, &[]);
            }
        }
    }

    fn add(&mut self, text: &str, beside: &[&str]) {
        if text.is_empty() || self.known.iter().any(|known| known.text == text) {
            return;
        }
        let number = self.known.len() + 1;
        let width = text.len();
        let digits = format!("{number:0width$}");
        let stand_in = digits[digits.len() - width..].to_owned();
        let within = |name: &str| {
            let (name, text) = (name.to_ascii_lowercase(), text.to_ascii_lowercase());
            name.contains(&text)
        };
        let everywhere = text.len() >= TELLING
            && !self.names.iter().any(|name| within(name))
            && !beside.iter().any(|name| within(name));
        self.known.push(Serial { text: text.to_owned(), stand_in, everywhere });
    }

    /// Takes notice of the names in a fact that is being written.
    fn name(&mut self, fact: &Fact) {
        use super::command::CommandRecord::Register;
        let name = match fact {
            Fact::Seen { service } => service.value("id").map(str::to_owned),
            Fact::Command(Register { ship_id, .. }) => {
                ship_id.as_ref().map(|id| id.as_str().to_owned())
            }
            Fact::Event(event) => event.text("ship_id").map(str::to_owned),
            _ => None,
        };
        let names = name.into_iter().chain(fact.ski().map(|ski| ski.to_string()));
        for name in names {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
    }

    /// Replaces what has to be in every text of a line.
    fn clean(&self, value: &mut Value, key: &str) {
        match value {
            Value::String(text) if key == "raw" => {
                if let Some(mut bytes) = hex::read(text) {
                    self.clean_bytes(&mut bytes);
                    *text = hex::write(&self.pins.scrub(&bytes));
                }
            }
            Value::String(text) if key == "serial" => {
                if let Some(known) = self.known.iter().find(|known| known.text == *text) {
                    text.clone_from(&known.stand_in);
                }
            }
            Value::String(text) if !matches!(key, "ski" | "fingerprint" | "kind") => {
                if let Some(scrubbed) = self.pins.text(text) {
                    *text = scrubbed;
                }
                let mut bytes = text.clone().into_bytes();
                self.clean_bytes(&mut bytes);
                if bytes != text.as_bytes() {
                    *text = String::from_utf8_lossy(&bytes).into_owned();
                }
            }
            Value::Array(list) if key == "txt" => list.iter_mut().for_each(|pair| self.pair(pair)),
            Value::Array(list) => list.iter_mut().for_each(|value| self.clean(value, key)),
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(key, value)| self.clean(value, key));
            }
            _ => {}
        }
    }

    /// A pair of a TXT record.
    fn pair(&self, pair: &mut Value) {
        let key = pair.get(0).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let Some(value) = pair.get_mut(1) else { return };
        let own = |known: &&Serial| value.as_str() == Some(&known.text);
        match self.known.iter().find(own) {
            Some(known) if key == "serial" => *value = known.stand_in.clone().into(),
            _ => self.clean(value, &key),
        }
    }

    fn clean_bytes(&self, bytes: &mut [u8]) {
        for known in &self.known {
            let (text, stand_in) = (known.text.as_bytes(), known.stand_in.as_bytes());
            if known.everywhere {
                replace(bytes, text, stand_in);
            }
            for place in places_of_serials(bytes) {
                if bytes.get(place.clone()) == Some(text) {
                    bytes[place].copy_from_slice(stand_in);
                }
            }
        }
    }
}

/// The serial numbers in a SPINE datagram, as they are written there.
fn serials_in(bytes: &[u8]) -> Vec<&[u8]> {
    places_of_serials(bytes).into_iter().filter_map(|place| bytes.get(place)).collect()
}

fn places_of_serials(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    const KEY: &[u8] = b"\"serialNumber\"";
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(KEY.len()).position(|window| window == KEY) {
        at += found + KEY.len();
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b':';
        let start = at + bytes[at..].iter().take_while(|byte| blank(byte)).count();
        if bytes.get(start) != Some(&b'"') {
            continue;
        }
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        places.push(start + 1..end.min(bytes.len()));
        at = end.min(bytes.len());
    }
    places
}

/// Every text of this name, however deep.
fn collect(value: &Value, name: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get(name).and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, name, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, name, into)),
        _ => {}
    }
}

impl FrameRecord {
    /// Whether it holds anything that may be a serial number.
    pub fn has_serial(&self) -> bool {
        self.bytes().is_some_and(|bytes| !serials_in(&bytes).is_empty())
    }
}

#[cfg(test)]
mod tests;
