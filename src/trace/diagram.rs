//! A trace as a sequence diagram of Mermaid, which forges and wikis draw.

use std::collections::BTreeSet;

use super::{fact::Fact, file::Trace, peers::Peers, show};
use crate::proto::Ski;

/// The diagram: a participant for us and for each peer, an arrow for each message, a note for each
/// state and decision.
pub fn diagram(trace: &Trace, wanted: impl Fn(Ski) -> bool) -> String {
    let mut peers = Peers::new(&trace.header);
    let mut met = BTreeSet::new();
    let mut lines = Vec::new();
    for line in &trace.lines {
        let Some(fact) = &line.fact else { continue };
        peers.note(fact);
        let Some(ski) = peers.ski(fact).filter(|ski| wanted(*ski)) else { continue };
        let Some(drawn) = draw(fact, &name(ski)) else { continue };
        met.insert(ski);
        lines.push(format!("    {drawn}"));
    }
    let us = trace.header.ski.map_or_else(String::new, |ski| format!(" {:.8}", ski.to_string()));
    let mut out = format!("sequenceDiagram\n    participant U as shipctl{us}\n");
    for ski in met {
        out += &format!("    participant {} as {:.8}\n", name(ski), ski.to_string());
    }
    lines.iter().for_each(|line| {
        out += line;
        out.push('\n');
    });
    out
}

fn draw(fact: &Fact, peer: &str) -> Option<String> {
    let over = |text: &str| format!("Note over U,{peer}: {}", clean(text));
    Some(match fact {
        Fact::Frame(frame) if frame.sent => {
            format!("U->>{peer}: {}", clean(&format!("{}: {}", frame.message, frame.text)))
        }
        Fact::Frame(frame) => {
            format!("{peer}->>U: {}", clean(&format!("{}: {}", frame.message, frame.text)))
        }
        Fact::Dial { .. } => format!("U-->>{peer}: dials"),
        Fact::Incoming { .. } => format!("{peer}-->>U: dials"),
        Fact::Admit { .. } => format!("U-->>{peer}: 101 Switching Protocols"),
        Fact::Refuse { .. } => format!("U--x{peer}: 503 Service Unavailable"),
        Fact::Close { code, reason, .. } => {
            format!("U-x{peer}: {}", clean(&format!("close {code} {reason}")))
        }
        Fact::Closed { how, .. } => {
            let how = serde_json::to_value(how).unwrap_or_default();
            format!("{peer}-xU: {}", clean(&format!("closed {}", show::pairs(&how))))
        }
        Fact::Event(event) => match &*event.event {
            "state" => over(&format!("state {}", show::says(fact))),
            "delay_drawn"
            | "two_connections"
            | "two_connections_settled"
            | "attempt_failed"
            | "ended"
            | "finding" => over(&format!("{} {}", event.event, show::says(fact))),
            _ => return None,
        },
        _ => return None,
    })
}

fn name(ski: Ski) -> String {
    format!("P{:.8}", ski.to_string())
}

/// The text of an arrow or a note ends at the line, and a `;` or `#` in it means something.
fn clean(text: &str) -> String {
    const LONGEST: usize = 160;
    let text = crate::proto::text::beginning(text, LONGEST);
    text.chars()
        .map(|c| match c {
            ';' => ',',
            '#' => '♯',
            '<' => '‹',
            '>' => '›',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}
