//! What happened, as it is told to people.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{
        model::{LogLine, Model, Pane},
        text::clean,
        theme::Role,
    },
    last_shown, tell_part, titled, words,
};
use crate::cli::output::text::padded;

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let lines = model.log();
    let inner = titled(model, Some(Pane::Log), title(model, lines.len()), area, buffer);
    let shown = last_shown(lines.len(), model.screen.log_back, inner.height.into());
    tell_part(model, shown.clone(), lines.len(), area, buffer);
    for (n, y) in shown.zip(inner.top()..) {
        buffer.set_line(inner.x, y, &line(model, lines[n], inner.width.into()), inner.width);
    }
    if lines.is_empty() {
        let text = "nothing has happened since the dashboard was opened";
        buffer.set_string(inner.x, inner.y, text, model.theme.style(Role::Faint));
    }
}

fn title(model: &Model, lines: usize) -> Line<'static> {
    let theme = model.theme;
    let mut spans = vec![Span::styled("log", theme.heading())];
    if !model.screen.log_filter.is_empty() {
        let filter = clean(&model.screen.log_filter, 24);
        let text = format!(" · only with \"{filter}\", {lines} lines");
        spans.push(Span::styled(text, theme.style(Role::Waits)));
    }
    if model.screen.log_back > 0 {
        let text = format!(" · {} newer below (End)", model.screen.log_back);
        spans.push(Span::styled(text, theme.style(Role::Waits)));
    }
    Line::from(spans)
}

fn line(model: &Model, line: &LogLine, width: usize) -> Line<'static> {
    let theme = model.theme;
    let name =
        line.ski.and_then(|ski| model.name_of(ski, (width / 5).clamp(16, 32))).unwrap_or_default();
    let role = match line.stage.as_str() {
        "completed" => Role::Good,
        "error" | "failed" | "denied" | "lost" => Role::Bad,
        "remark" | "warning" => Role::Waits,
        _ => Role::Busy,
    };
    let mut spans = vec![
        Span::styled(format!("{} ", words::clock_of(&line.ts)), theme.style(Role::Faint)),
        Span::styled(padded(&clean(&line.stage, 10), 10), theme.style(role)),
        Span::raw(" "),
    ];
    if !name.is_empty() {
        spans.push(Span::raw(format!("{name}  ")));
    }
    // The device is named already.
    let own = line.ski.map(|ski| ski.grouped()).unwrap_or_default();
    let begins = own.get(..9).map(|begins| format!("{begins} …  ")).unwrap_or_default();
    let text = line.text.strip_prefix(&begins).filter(|_| !name.is_empty()).unwrap_or(&line.text);
    let room = width.saturating_sub(spans.iter().map(Span::width).sum());
    spans.push(Span::raw(clean(text, room)));
    Line::from(spans)
}
