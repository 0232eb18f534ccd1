//! What is in a report, what was left out and why, and the page that says so.

use std::fmt::Write;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::redact::Redaction;
use crate::cli::output::text::rfc3339;

/// Every file there may be, in their order, and what it is.
const ABOUT: [(&str, &str); 12] = [
    ("README.txt", "this page"),
    ("versions.json", "shipctl, TLS, schemas and this system, as of `shipctl version`"),
    ("findings.json", "all that was found to be wrong, by doctor, probe and hub"),
    ("doctor.txt", "our own side, as `shipctl doctor` tells it"),
    ("doctor.jsonl", "the same for programs"),
    ("probe.txt", "the device rung by rung, as `shipctl probe` tells it"),
    ("probe.jsonl", "the same for programs"),
    ("status.json", "all that the running hub knows, with what happened lately"),
    ("trust.json", "the devices we trust: SKI, SHIP ID, dates, address"),
    ("config.toml", "the settings that are taken, without comments"),
    ("given.trace", "the trace that was named with --trace"),
    ("hub.trace", "the trace the running hub records, as far as it had come"),
];

/// A file in the report.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// A report.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) entries: Vec<Entry>,
    /// What is not in it, and why.
    pub(super) left_out: Vec<(&'static str, String)>,
    findings: Vec<Value>,
}

/// What a file is.
pub(super) fn about(name: &str) -> &'static str {
    ABOUT.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| about)
}

impl Bundle {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn add(&mut self, name: &'static str, text: String) {
        self.entries.push(Entry { name, text });
        let place = |entry: &Entry| ABOUT.iter().position(|(known, _)| *known == entry.name);
        self.entries.sort_by_key(place);
    }

    pub(super) fn add_json(&mut self, name: &'static str, value: Value) {
        // Names, numbers and texts can always be written.
        self.add(name, serde_json::to_string_pretty(&value).unwrap_or_default() + "\n");
    }

    /// What a command said.
    pub(super) fn add_said(&mut self, from: &'static str, text: String, lines: String) {
        let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        parsed.for_each(|line| self.find(from, &line));
        let (for_people, for_programs) = match from {
            "doctor" => ("doctor.txt", "doctor.jsonl"),
            _ => ("probe.txt", "probe.jsonl"),
        };
        self.add(for_people, text);
        self.add(for_programs, lines);
    }

    pub(super) fn leave_out(&mut self, name: &'static str, why: impl Into<String>) {
        self.left_out.push((name, why.into()));
    }

    /// Notes every finding in a value, with whom it is about.
    pub(super) fn find(&mut self, from: &str, value: &Value) {
        self.find_below(from, value, &Value::Null);
    }

    fn find_below(&mut self, from: &str, value: &Value, ski: &Value) {
        match value {
            Value::Object(fields) => {
                let ski = fields.get("ski").unwrap_or(ski);
                if ["code", "severity", "seen"].iter().all(|name| fields.contains_key(*name)) {
                    let mut finding = json!({ "from": from, "ski": ski });
                    for (name, value) in fields {
                        finding[name] = value.clone();
                    }
                    if !self.findings.contains(&finding) {
                        self.findings.push(finding);
                    }
                } else {
                    fields.values().for_each(|value| self.find_below(from, value, ski));
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.find_below(from, value, ski)),
            _ => {}
        }
    }

    /// Writes down what was found.
    pub(super) fn add_findings(&mut self) {
        let findings = std::mem::take(&mut self.findings);
        self.add_json("findings.json", findings.into());
    }

    /// Makes unreadable what nobody else is to read; a trace did that by itself, and has to go on
    /// being one.
    pub(super) fn redact(&mut self, redaction: &Redaction) {
        for Entry { name, text } in &mut self.entries {
            if !name.ends_with(".trace") {
                *text = redaction.text(text);
            }
        }
        for (_, why) in &mut self.left_out {
            *why = redaction.text(why);
        }
    }

    /// The page that says what is in it.
    pub(super) fn add_readme(&mut self, at: OffsetDateTime, full: bool) {
        let mut page = format!(
            "A report of shipctl {}, made at {}.\n\n\
             These are texts. Read them before you send them to anybody.\n\nIn it:\n",
            env!("CARGO_PKG_VERSION"),
            rfc3339(at),
        );
        let serials = if full {
            "Serial numbers are as they were: --full was given."
        } else {
            "Serial numbers became numbers of the same length, but for those that are a part of a\n\
             SHIP ID, and stay in it."
        };
        // Writing to a string cannot fail.
        for entry in &self.entries {
            let _ = writeln!(page, "  {:<14}  {}", entry.name, about(entry.name));
        }
        page += "\nNot in it:\n";
        for (name, why) in &self.left_out {
            let _ = writeln!(page, "  {name}: {why}");
        }
        let _ = write!(
            page,
            "  private keys, the keys of TLS, PINs: never\n  \
               the names you gave to devices, but for those in a trace\n\n\
             {serials}\n\
             The path of the home directory became ~.\n\
             SKIs, SHIP IDs, addresses, and what computers and devices call themselves are as they were.\n"
        );
        self.add("README.txt", page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_taken_from_wherever_they_stand_each_once() {
        let mut bundle = Bundle::new();
        let finding = json!({ "code": "HEL-02", "severity": "error", "seen": "no" });
        let hub =
            json!({ "peers": [{ "ski": "aa", "findings": [finding, finding] }], "ski": "bb" });
        bundle.find("hub", &hub);
        bundle.add_said("doctor", String::new(), json!({ "finding": finding }).to_string());
        let found: Vec<_> = bundle.findings.iter().map(|it| (&it["from"], &it["ski"])).collect();
        let expected = [(&json!("hub"), &json!("aa")), (&json!("doctor"), &Value::Null)];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_page_names_every_file_and_what_is_missing() {
        let mut bundle = Bundle::new();
        bundle.add("given.trace", String::new());
        bundle.add_json("versions.json", json!({}));
        bundle.leave_out("status.json", "no hub runs");
        bundle.add_readme(OffsetDateTime::UNIX_EPOCH, false);
        let names: Vec<_> = bundle.entries.iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["README.txt", "versions.json", "given.trace"]);
        let page = &bundle.entries[0].text;
        for part in ["versions.json", "given.trace", "status.json: no hub runs", "Read them before"]
        {
            assert!(page.contains(part), "{page}");
        }
    }
}
