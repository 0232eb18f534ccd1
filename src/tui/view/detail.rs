//! What is known of the selected device, in four tabs.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Modifier,
    text::{Line, Span},
};

use super::{
    super::{
        model::{Model, Pane, Tab},
        theme::Role,
    },
    areas, findings, messages, service, tell_part, timeline, titled,
};

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let inner = titled(model, Some(Pane::Detail), title(model), area, buffer);
    match model.screen.tab {
        _ if model.screen.selected.is_none() => {
            buffer.set_string(
                inner.x,
                inner.y,
                "no device is selected",
                model.theme.style(Role::Faint),
            );
        }
        Tab::Timeline => timeline::draw(model, area, inner, buffer),
        Tab::Messages => messages::draw(model, area, inner, buffer),
        Tab::Service => {
            scrolled(model, &service::lines(model, inner.width.into()), area, inner, buffer);
        }
        Tab::Findings => {
            scrolled(model, &findings::lines(model, inner.width.into()), area, inner, buffer);
        }
    }
}

/// How many lines the tab has that is scrolled as a whole.
pub(in crate::tui) fn lines(model: &Model) -> usize {
    let width = areas(model).detail.width.into();
    match model.screen.tab {
        Tab::Service => service::lines(model, width).len(),
        Tab::Findings => findings::lines(model, width).len(),
        Tab::Timeline | Tab::Messages => 0,
    }
}

/// The tab whose name is at a place on the screen.
pub(in crate::tui) fn tab_at(area: Rect, at: Position) -> Option<Tab> {
    if at.y != area.y {
        return None;
    }
    let mut x = area.x + 2;
    for (n, tab) in Tab::ALL.into_iter().enumerate() {
        let width = u16::try_from(name(n, tab).len()).unwrap_or(u16::MAX);
        if (x..x + width).contains(&at.x) {
            return Some(tab);
        }
        x += width + 1;
    }
    None
}

fn name(n: usize, tab: Tab) -> String {
    format!("{} {}", n + 1, tab.name())
}

fn title(model: &Model) -> Line<'static> {
    let theme = model.theme;
    let mut spans = Vec::new();
    for (n, tab) in Tab::ALL.into_iter().enumerate() {
        let style = match tab == model.screen.tab {
            true => theme.heading().add_modifier(Modifier::UNDERLINED),
            false => theme.style(Role::Faint),
        };
        spans.extend([Span::styled(name(n, tab), style), Span::raw(" ")]);
    }
    if let Some(row) = model.row() {
        spans.push(Span::styled("· ", theme.style(Role::Faint)));
        spans.push(Span::styled(
            row.name(40),
            theme.style(Role::Plain).add_modifier(Modifier::BOLD),
        ));
    }
    Line::from(spans)
}

fn scrolled(model: &Model, lines: &[Line<'_>], area: Rect, inner: Rect, buffer: &mut Buffer) {
    let height = usize::from(inner.height);
    let first = model.screen.down.min(lines.len().saturating_sub(height));
    tell_part(model, first..lines.len().min(first + height), lines.len(), area, buffer);
    super::write(&lines[first..], inner, buffer);
}
