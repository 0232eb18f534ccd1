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
use crate::{
    checks::{Finding, quirks::explanation},
    cli::output::text::{cut, wrapped},
    hub::history::Found,
};

pub(super) fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let whole = listed(model, width, true);
    // The cause gives way where not everything is seen at once.
    let fits = whole.len() < usize::from(super::areas(model).detail.height);
    if fits { whole } else { listed(model, width, false) }
}

fn listed(model: &Model, width: usize, causes: bool) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(service) = model.selected_service() {
        for finding in &service.findings {
            push(model, finding, "in its announcement", Shape { width, causes }, &mut lines);
        }
    }
    if let Some(peer) = model.selected_peer() {
        let (over, now): (Vec<_>, Vec<_>) =
            peer.findings.iter().rev().partition(|found| found.over.is_some());
        let announced = model.selected_service().map_or(&[][..], |service| &service.findings);
        let told = |found: &Found| announced.iter().any(|it| it.code == found.finding.code);
        let shape = Shape { width, causes };
        for found in now.into_iter().filter(|found| !told(found)) {
            push(model, &found.finding, &when(model, found), shape, &mut lines);
            let known = explanation(&peer.quirks, found.finding.code);
            lines.extend(known.map(|known| {
                let known = cut(&format!("  {}", clean(&known, 200)), width);
                Line::styled(known, model.theme.style(Role::Faint))
            }));
        }
        if lines.is_empty() {
            lines.push(Line::styled("nothing is wrong", model.theme.style(Role::Good)));
        }
        if !over.is_empty() {
            let heading = "over:";
            lines.extend([Line::default(), Line::styled(heading, model.theme.heading())]);
        }
        for found in over {
            push(model, &found.finding, &when(model, found), shape, &mut lines);
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

/// How findings are written.
#[derive(Clone, Copy)]
struct Shape {
    width: usize,
    causes: bool,
}

fn push(
    model: &Model,
    finding: &Finding,
    when: &str,
    Shape { width, causes }: Shape,
    lines: &mut Vec<Line<'static>>,
) {
    let theme = model.theme;
    let look = severity(finding.severity);
    lines.push(Line::from(vec![
        Span::styled(
            format!("{} {} {}", look.mark(theme), look.word, finding.code),
            theme.style(look.role),
        ),
        Span::raw(format!("  {}", finding.code.title())),
        Span::styled(format!("  {when}"), theme.style(Role::Faint)),
    ]));
    let cause = causes.then(|| ("  cause  ", finding.code.cause().to_owned(), Role::Faint));
    let seen = ("  seen   ", clean(&finding.seen, 2000), Role::Plain);
    let advice = ("  advice ", clean(&finding.advice, 2000), Role::Accent);
    for (label, text, role) in [Some(seen), cause, Some(advice)].into_iter().flatten() {
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
