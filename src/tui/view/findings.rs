//! What is wrong with the selected device, and what to do about it.

use ratatui::text::{Line, Span};

use super::{
    super::{
        model::Model,
        text::{clean, gone},
        theme::{Role, severity},
    },
    words,
};
use crate::{checks::Finding, cli::output::text::wrapped};

pub(super) fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(service) = model.selected_service() {
        for finding in &service.findings {
            push(model, finding, "in its announcement", width, &mut lines);
        }
    }
    if let Some(peer) = model.selected_peer() {
        for found in peer.findings.iter().rev() {
            let ago = gone(model.hub_now().since(found.last));
            let when = match found.count {
                1 => format!("{ago} ago"),
                count => format!("{count} times, last {ago} ago"),
            };
            push(model, &found.finding, &when, width, &mut lines);
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
