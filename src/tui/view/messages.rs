//! The messages to and from the selected device.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{
        model::{Model, Pane, Transfer},
        text::{clean, size},
        theme::Role,
    },
    first_shown, tell_part, words,
};
use crate::cli::output::text::padded;

pub(super) fn draw(model: &Model, panel: Rect, area: Rect, buffer: &mut Buffer) {
    let kept = model.selected_ski().and_then(|ski| model.world().traffic.of(ski));
    let Some(kept) = kept.filter(|kept| !kept.is_empty()) else {
        let text = "no message since the dashboard was opened";
        buffer.set_string(area.x, area.y, text, model.theme.style(Role::Faint));
        return;
    };
    let chosen = model.screen.message;
    let at = chosen.and_then(|number| kept.binary_search_by_key(&number, |it| it.number).ok());
    let at = at.unwrap_or(kept.len() - 1);
    let height = usize::from(area.height);
    let first = first_shown(kept.len(), at, height);
    tell_part(model, first..kept.len().min(first + height), kept.len(), panel, buffer);
    for ((n, transfer), y) in kept.iter().enumerate().skip(first).zip(area.top()..area.bottom()) {
        buffer.set_line(area.x, y, &line(model, transfer, area.width.into()), area.width);
        if n == at {
            let style = model.theme.chosen(model.screen.pane == Pane::Detail);
            buffer.set_style(Rect::new(area.x, y, area.width, 1), style);
        }
    }
}

fn line(model: &Model, transfer: &Transfer, width: usize) -> Line<'static> {
    let (theme, record) = (model.theme, &transfer.record);
    let (arrow, role) = match record.sent {
        true => ("→ sent", Role::Busy),
        false => ("← got ", Role::Good),
    };
    let faint = theme.style(Role::Faint);
    let mut spans = vec![
        Span::styled(format!("{} ", words::clock_of(&record.ts)), faint),
        Span::styled(arrow, theme.style(role)),
        Span::styled(format!(" {:>7}  ", size(record.size)), faint),
    ];
    // Data says what it is: its classifier and its function.
    if record.kind != "data" {
        let kind = if width < 100 { 20 } else { 24 };
        spans.push(Span::styled(padded(&clean(&record.kind, kind), kind + 1), faint));
    }
    let room = width.saturating_sub(spans.iter().map(Span::width).sum());
    spans.push(Span::raw(clean(&record.text, room)));
    Line::from(spans)
}
