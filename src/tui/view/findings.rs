//! What is wrong with the selected device, and what to do about it.

use ratatui::text::{Line, Span};

use super::{
    super::{
        model::Model,
        rows::is_over,
        text::{clean, gone},
        theme::{Role, severity},
    },
    words,
};
use crate::{checks::Finding, cli::output::text::wrapped, hub::history::Found};

pub(super) fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(service) = model.selected_service() {
        for finding in &service.findings {
            push(model, finding, "in its announcement", width, &mut lines);
        }
    }
    if let Some(peer) = model.selected_peer() {
        let (over, now): (Vec<_>, Vec<_>) =
            peer.findings.iter().rev().partition(|found| is_over(peer, found));
        for found in now {
            push(model, &found.finding, &when(model, found), width, &mut lines);
        }
        if lines.is_empty() {
            lines.push(Line::styled("nothing is wrong", model.theme.style(Role::Good)));
        }
        if !over.is_empty() {
            let heading = "before it was connected, and over since:";
            lines.extend([Line::default(), Line::styled(heading, model.theme.heading())]);
        }
        for found in over {
            push(model, &found.finding, &when(model, found), width, &mut lines);
        }
        if let Some(reason) = peer.history.iter().rev().find_map(|entry| entry.reason) {
            let text = format!("it last ended because: {}", words::reason(reason));
            lines.push(Line::styled(text, model.theme.style(Role::Faint)));
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled("nothing is wrong", model.theme.style(Role::Good)));
    }
    lines
}

/// How often, and how long ago.
fn when(model: &Model, found: &Found) -> String {
    let ago = gone(model.hub_now().since(found.last));
    match found.count {
        1 => format!("{ago} ago"),
        count => format!("{count} times, last {ago} ago"),
    }
}

fn push(
    model: &Model,
    finding: &Finding,
    when: &str,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let theme = model.theme;
    let look = severity(finding.severity);
    lines.push(Line::from(vec![
        Span::styled(
            format!("{} {} {}", look.mark(theme), look.word, finding.code),
            theme.style(look.role),
        ),
        Span::styled(format!("  {when}"), theme.style(Role::Faint)),
    ]));
    for (label, text, role) in [
        ("  seen   ", clean(&finding.seen, 2000), Role::Plain),
        ("  advice ", clean(&finding.advice, 2000), Role::Accent),
    ] {
        let text = wrapped(&text, width.saturating_sub(label.len()).max(20));
        for (n, line) in text.lines().enumerate() {
            let label = if n == 0 { label } else { "         " };
            lines.push(Line::from(vec![
                Span::styled(label, theme.style(Role::Faint)),
                Span::styled(line.to_owned(), theme.style(role)),
            ]));
        }
    }
}
