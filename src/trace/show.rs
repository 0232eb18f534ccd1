//! A trace line by line for people, as far as they want to see it.

use serde_json::Value;

use super::{
    fact::{EventRecord, Fact},
    file::{Line, Trace},
    peers::Peers,
};
use crate::{
    proto::{ConnectionState, Ski, text::visible},
    time::Time,
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
            "states" => matches!(&*name, "state" | "protocol"),
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

fn is_decision(fact: &Fact) -> bool {
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
        Fact::Lost { count } => format!("{count} facts were lost here: the disk was too slow"),
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
        format!("link {} ({opened})", side["link"])
    };
    let (old, new) = (side("old"), side("new"));
    let rule = event.text("rule").unwrap_or("?");
    let we = event.told.get("we_decide").and_then(Value::as_bool).unwrap_or_default();
    let by = if we { format!("we decide, rule {rule}") } else { "the peer decides".to_owned() };
    let winner = match event.text("resolution") {
        Some("new") => format!("{new} stays"),
        Some("old_if_alive") => format!("{old} stays if it still lives"),
        _ => "both wait until the peer closes one".to_owned(),
    };
    visible(&format!("{old} and {new}: {by}: {winner}"))
}

fn pairs(value: &Value) -> String {
    let Value::Object(fields) = value else { return String::new() };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let pair = |(name, value): (&String, &Value)| format!("{name} {}", text(value));
    let told = fields.iter().filter(|(_, value)| !value.is_null());
    visible(&told.map(pair).collect::<Vec<_>>().join(", "))
}
