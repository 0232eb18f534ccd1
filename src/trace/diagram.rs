//! A trace as a sequence diagram of Mermaid, which forges and wikis draw.

use std::collections::BTreeSet;

use super::{
    fact::Fact,
    file::Trace,
    peers::{Peers, skis},
    show,
};
use crate::proto::Ski;

/// The diagram: a participant for us and for each peer, an arrow for each message, a note for each
/// state and decision.
pub fn diagram(trace: &Trace, wanted: impl Fn(Ski) -> bool) -> String {
    let digits = distinct(&skis(trace).into_iter().chain(trace.header.ski).collect());
    let name = |ski: Ski| format!("{:.digits$}", ski.to_string());
    let mut peers = Peers::new(&trace.header);
    let mut met = BTreeSet::new();
    let mut lines = Vec::new();
    for line in &trace.lines {
        let Some(fact) = &line.fact else { continue };
        peers.note(fact);
        let Some(ski) = peers.ski(fact).filter(|ski| wanted(*ski)) else { continue };
        let Some(drawn) = draw(fact, &format!("P{}", name(ski))) else { continue };
        met.insert(ski);
        lines.push(format!("    {drawn}"));
    }
    let us = trace.header.ski.map_or_else(String::new, |ski| format!(" {}", name(ski)));
    let mut out = format!("sequenceDiagram\n    participant U as shipctl{us}\n");
    for name in met.into_iter().map(name) {
        out += &format!("    participant P{name} as {name}\n");
    }
    lines.iter().for_each(|line| {
        out += line;
        out.push('\n');
    });
    out
}

/// How many digits tell all of these SKIs apart; 8 at least.
fn distinct(skis: &BTreeSet<Ski>) -> usize {
    const LEAST: usize = 8;
    let texts: Vec<String> = skis.iter().map(Ski::to_string).collect();
    // In their order the most alike stand side by side.
    let alike = texts.windows(2).map(|pair| {
        pair[0].bytes().zip(pair[1].bytes()).take_while(|(one, other)| one == other).count()
    });
    alike.max().map_or(LEAST, |alike| LEAST.max(alike + 1))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(own: &str, lines: &[String]) -> Trace {
        let header = format!(
            r#"{{"trace":1,"shipctl":"1","origin_unix_ms":0,"ski":"{own}","ship_id":null,"port":null,"serials_redacted":false,"start":null}}"#
        );
        Trace::read(&format!("{header}\n{}\n", lines.join("\n"))).unwrap()
    }

    fn dial(link: u64, ski: &str) -> String {
        format!(r#"{{"at_ns":1,"kind":"dial","link":{link},"ski":"{ski}","targets":[]}}"#)
    }

    fn participants(diagram: &str) -> Vec<&str> {
        diagram.lines().filter_map(|line| line.trim().strip_prefix("participant ")).collect()
    }

    #[test]
    fn participants_whose_first_digits_are_alike_are_distinct() {
        let ski = |tail: &str| format!("{:0>40}", tail).replace('0', "2");
        let (own, one, other) = (ski("ff"), ski("a1"), ski("b1"));
        let lines = [dial(1, &one), dial(2, &other)];
        let drawn = diagram(&trace(&own, &lines), |_| true);
        let (shown_own, shown_one, shown_other) = (&own[..39], &one[..39], &other[..39]);
        assert_eq!(
            participants(&drawn),
            [
                format!("U as shipctl {shown_own}"),
                format!("P{shown_one} as {shown_one}"),
                format!("P{shown_other} as {shown_other}"),
            ]
        );
        assert!(drawn.contains(&format!("U-->>P{shown_one}: dials")), "{drawn}");
        assert!(drawn.contains(&format!("U-->>P{shown_other}: dials")), "{drawn}");
        // Also where only one of them is wanted: its name does not depend on that.
        let only = diagram(&trace(&own, &lines), |ski| ski.to_string() == one);
        assert_eq!(participants(&only).len(), 2);
        assert!(only.contains(&format!("P{shown_one} as")));
    }

    #[test]
    fn eight_digits_are_shown_where_they_are_enough() {
        let (one, other) = ("11".repeat(20), "22".repeat(20));
        let drawn = diagram(&trace(&"33".repeat(20), &[dial(1, &one), dial(2, &other)]), |_| true);
        assert_eq!(
            participants(&drawn),
            ["U as shipctl 33333333", "P11111111 as 11111111", "P22222222 as 22222222"]
        );
    }

    #[test]
    fn messages_after_a_key_change_are_those_of_the_new_ski() {
        let (old, new) = ("11".repeat(20), "22".repeat(20));
        let changed = format!(
            r#"{{"at_ns":2,"kind":"event","ski":"{old}","event":"key_changed","to":"{new}"}}"#
        );
        let close = r#"{"at_ns":3,"kind":"close","link":1,"code":4001,"reason":"close"}"#;
        let lines = [dial(1, &old), changed, close.to_owned()];
        let drawn = diagram(&trace(&"33".repeat(20), &lines), |_| true);
        assert!(drawn.contains("U-->>P11111111: dials"), "{drawn}");
        assert!(drawn.contains("U-xP22222222: close 4001 close"), "{drawn}");
    }
}
