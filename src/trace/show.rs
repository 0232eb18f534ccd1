//! A trace line by line for people, as far as they want to see it.

use std::time::Duration;

use serde_json::Value;

use super::{
    fact::{EventRecord, Fact},
    file::{Line, Trace},
    peers::Peers,
};
use crate::{
    proto::{ConnectionState, Ski, text::visible},
    time::{Time, text::span},
};

/// What of a trace is to be seen.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only peers whose SKI begins with one of these; all if empty.
    pub skis: Vec<String>,
    /// Only these kinds, or groups of them; all if empty.
    pub kinds: Vec<String>,
    /// Nothing before.
    pub since: Option<Time>,
    /// Nothing after.
    pub until: Option<Time>,
}

/// The groups of kinds a filter may name, beside the kinds themselves and the names of events.
pub const GROUPS: [&str; 7] =
    ["messages", "states", "decisions", "findings", "commands", "inputs", "outputs"];

/// Names of events that only a trace has, beside those of the lines of JSON.
pub const ONLY_IN_TRACES: [&str; 2] = ["delay_drawn", "told"];

/// One line, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<'a> {
    /// The line of the file.
    pub line: &'a Line,
    /// Whom it concerns.
    pub ski: Option<Ski>,
    /// What kind it is: the name of an event, or the kind of the fact.
    pub kind: String,
    /// What it says.
    pub says: String,
}

/// The lines that are to be seen.
pub fn show<'a>(trace: &'a Trace, filter: &Filter) -> Vec<Shown<'a>> {
    let mut peers = Peers::new(&trace.header);
    let mut shown = Vec::new();
    for line in &trace.lines {
        if let Some(fact) = &line.fact {
            peers.note(fact);
        }
        let ski = line.fact.as_ref().and_then(|fact| peers.ski(fact));
        if filter.passes(line, ski) {
            let (kind, says) = match &line.fact {
                Some(fact) => (kind(fact), says(fact)),
                None => ("unknown".to_owned(), visible(&line.text)),
            };
            shown.push(Shown { line, ski, kind, says });
        }
    }
    shown
}

impl Filter {
    fn passes(&self, line: &Line, ski: Option<Ski>) -> bool {
        let of_peer = || {
            let ski = ski.map(|ski| ski.to_string());
            ski.is_some_and(|ski| self.skis.iter().any(|start| ski.starts_with(start)))
        };
        let of_kind = || line.fact.as_ref().is_some_and(|fact| self.is_wanted(fact));
        self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at <= until)
            && (self.skis.is_empty() || of_peer())
            && (self.kinds.is_empty() || of_kind())
    }

    fn is_wanted(&self, fact: &Fact) -> bool {
        let name = kind(fact);
        self.kinds.iter().any(|wanted| match &**wanted {
            "messages" => matches!(fact, Fact::Frame(_)),
            "states" => is_state(fact),
            "decisions" => is_decision(fact),
            "findings" => code(fact).is_some(),
            "commands" => matches!(fact, Fact::Command(_) | Fact::Answer { .. }),
            "inputs" => fact.is_step(),
            "outputs" => !fact.is_step(),
            "event" => matches!(fact, Fact::Event(_)),
            other => *other == *name,
        })
    }
}

/// The finding a fact tells.
pub fn code(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Event(event) => event.text("code").or_else(|| {
            let codes = event.told.get("codes").and_then(Value::as_array);
            codes.and_then(|codes| codes.first()?.as_str())
        }),
        Fact::Note { code, .. } => code.as_deref(),
        _ => None,
    }
}

/// Whether a state was reached.
pub(super) fn is_state(fact: &Fact) -> bool {
    matches!(fact, Fact::Event(event) if matches!(&*event.event, "state" | "protocol"))
}

/// Whether something was decided.
pub(super) fn is_decision(fact: &Fact) -> bool {
    match fact {
        Fact::Event(event) => matches!(
            &*event.event,
            "delay_drawn"
                | "attempt_failed"
                | "refused"
                | "two_connections"
                | "two_connections_settled"
                | "replaced"
                | "ended"
        ),
        Fact::Answer { .. }
        | Fact::Dial { .. }
        | Fact::Admit { .. }
        | Fact::Refuse { .. }
        | Fact::Close { .. }
        | Fact::Store { .. }
        | Fact::Announce { .. } => true,
        _ => false,
    }
}

/// The name of a fact: of an event its own.
pub fn kind(fact: &Fact) -> String {
    match fact {
        Fact::Event(event) => event.event.clone(),
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            value["kind"].as_str().unwrap_or_default().to_owned()
        }
    }
}

/// What a fact says, in one line that is safe to show.
pub fn says(fact: &Fact) -> String {
    match fact {
        Fact::Frame(frame) => {
            let arrow = if frame.sent { "→" } else { "←" };
            visible(&format!("{arrow} {}  {}", frame.message, frame.text))
        }
        Fact::Event(event) => event_says(event),
        Fact::Seen { service } => visible(&format!(
            "{} at {}:{} {:?}",
            service.instance, service.host, service.port, service.addresses
        )),
        Fact::Note { code, text, .. } => {
            visible(&format!("{} {text}", code.as_deref().unwrap_or_default()))
        }
        Fact::Answer { refused: None } => "done".to_owned(),
        Fact::Answer { refused: Some(why) } => visible(&format!("refused: {why}")),
        Fact::End { why } => visible(why),
        Fact::Lost { count: 1 } => "1 line was lost here: the disk was too slow".to_owned(),
        Fact::Lost { count } => format!("{count} lines were lost here: the disk was too slow"),
        Fact::Closed { link, how } => {
            let how = serde_json::to_value(how).unwrap_or_default();
            format!("{}, connection {link}", pairs(&how))
        }
        other => {
            let mut value = serde_json::to_value(other).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.remove("kind");
                fields.remove("transport");
            }
            pairs(&value)
        }
    }
}

fn event_says(event: &EventRecord) -> String {
    match &*event.event {
        "state" => {
            let of = |name| state_word(event.text(name).unwrap_or("?"));
            format!("{} → {}", of("from"), of("to"))
        }
        "protocol" => {
            let number = event.number("number").unwrap_or_default();
            visible(&format!("{number} {}", event.text("state").unwrap_or("?")))
        }
        "two_connections" => two_connections(event),
        _ => pairs(&Value::Object(event.told.clone())),
    }
}

/// What people call the state of this name.
pub fn state_word(name: &str) -> String {
    ConnectionState::named(name).map_or_else(|| visible(name), |state| state.word().to_owned())
}

/// A decision between two connections: both sides, the rule, the winner.
pub fn two_connections(event: &EventRecord) -> String {
    let side = |name: &str| {
        let side = event.told.get(name).cloned().unwrap_or_default();
        let opened = match side["role"].as_str() {
            Some("client") => "we dialled",
            _ => "it dialled",
        };
        format!("connection {} ({opened})", side["link"])
    };
    let (old, new) = (side("old"), side("new"));
    let rule = event.text("rule").unwrap_or("?");
    let we = event.told.get("we_decide").and_then(Value::as_bool).unwrap_or_default();
    let by = if we { format!("we decide, rule {rule}") } else { "the device decides".to_owned() };
    let winner = match event.text("resolution") {
        Some("new") => format!("{new} stays"),
        Some("old_if_alive") => format!("{old} stays if it still lives"),
        _ => "both wait until the device closes one".to_owned(),
    };
    visible(&format!("{old} and {new}: {by}: {winner}"))
}

/// What belongs to a fact, by the names of its fields: a finding first, then the others.
pub(super) fn pairs(value: &Value) -> String {
    let Value::Object(fields) = value else { return String::new() };
    let text = |name| fields.get(name).and_then(Value::as_str);
    let finding = text("code").zip(text("seen")).map(|(code, seen)| format!("{code} {seen}"));
    let is_finding = finding.is_some();
    let is_told = |name: &str| is_finding && matches!(name, "code" | "seen");
    let others = fields.iter().filter(|(name, value)| !value.is_null() && !is_told(name));
    let others = others.map(|(name, value)| pair(name, value));
    visible(&finding.into_iter().chain(others).collect::<Vec<_>>().join(", "))
}

fn pair(name: &str, value: &Value) -> String {
    if let Some((name, ms)) = name.strip_suffix("_ms").zip(value.as_u64()) {
        return format!("{} {}", words(name), span(Duration::from_millis(ms)));
    }
    match name {
        // The name of the event says what it is.
        "what" if value.is_string() => text(value),
        name => format!("{} {}", words(name), text(value)),
    }
}

/// The name of a field in the words we use for people.
fn words(name: &str) -> String {
    let word = |word| match word {
        "peer" => "device",
        "link" => "connection",
        other => other,
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(_) => format!("({})", pairs(value)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(fact: Value) -> String {
        says(&serde_json::from_value(fact).unwrap())
    }

    #[test]
    fn what_belongs_to_a_line_is_told_in_words_and_with_units() {
        let event = |told: Value| {
            let mut event = json!({ "kind": "event", "ski": null, "event": "x" });
            event.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
            said(event)
        };
        assert_eq!(
            event(json!({ "peer_trusts": false, "peer_waits_ms": 60_000, "we_wait_ms": null })),
            "device trusts no, device waits 60 s"
        );
        assert_eq!(
            event(
                json!({ "after_ms": 2_001, "code": "HEL-03", "seen": "It said no.", "next": "x" })
            ),
            "HEL-03 It said no., after 2 s, next x"
        );
        assert_eq!(event(json!({ "what": "ShutDown" })), "ShutDown");
        assert_eq!(event(json!({ "targets": [], "codes": ["A", "B"] })), "codes A B, targets none");
        let how = json!({ "by": "frame", "code": 4001, "text": "close" });
        assert_eq!(
            said(json!({ "kind": "closed", "link": 3, "how": how })),
            "by frame, code 4001, text close, connection 3"
        );
        assert_eq!(
            said(json!({ "kind": "lost", "count": 1 })),
            "1 line was lost here: the disk was too slow"
        );
    }

    #[test]
    fn two_connections_are_told_with_the_rule_and_the_winner() {
        let side = |link: u64, role: &str| json!({ "link": link, "role": role });
        let mut event = json!({
            "kind": "event", "ski": null, "event": "two_connections", "rule": "initiator",
            "we_decide": false, "resolution": "peer_decides",
            "old": side(1, "client"), "new": side(2, "server"),
        });
        assert_eq!(
            said(event.clone()),
            "connection 1 (we dialled) and connection 2 (it dialled): the device decides: both wait \
             until the device closes one"
        );
        event["we_decide"] = true.into();
        event["resolution"] = "new".into();
        assert!(
            said(event).ends_with("we decide, rule initiator: connection 2 (it dialled) stays")
        );
    }
}
