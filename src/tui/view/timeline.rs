//! The timeline: a lane of states over time with what happened above it, and the history as a list.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{
        lane::{Mark, Window, held, marks, stretches},
        model::{Model, Pane},
        text::exact,
        theme::{Role, look},
    },
    last_shown, tell_part, words, write_line,
};
use crate::{cli::output::text::padded, hub::history::Entry, time::Time};

pub(super) fn draw(model: &Model, panel: Rect, area: Rect, buffer: &mut Buffer) {
    let history = model.history();
    if history.is_empty() {
        let text = match model.selected_peer() {
            Some(_) => "nothing has happened with this device yet",
            None => "seen, and nothing more: r trusts it",
        };
        buffer.set_string(area.x, area.y, text, model.theme.style(Role::Faint));
        return;
    }
    let lane = area.height.min(3);
    draw_lane(model, history, Rect { height: lane, ..area }, buffer);
    let rest = Rect { y: area.y + lane, height: area.height - lane, ..area };
    draw_list(model, history, panel, rest, buffer);
}

fn draw_lane(model: &Model, history: &[Entry], area: Rect, buffer: &mut Buffer) {
    let (theme, now) = (model.theme, model.hub_now());
    let window = Window::of(model.screen.zoom, history, now);
    if area.height < 3 || area.width == 0 {
        return;
    }
    let states = window.states(&stretches(history, now), area.width);
    for (state, x) in states.into_iter().zip(area.x..) {
        if let Some(look) = state.map(look) {
            buffer.set_string(x, area.y + 1, look.mark(theme), theme.style(look.role));
        }
    }
    let mut shown: Vec<Option<Mark>> = vec![None; area.width.into()];
    for (at, mark) in marks(history) {
        if let Some(column) = window.column(at, area.width) {
            let place = &mut shown[usize::from(column)];
            *place = (*place).max(Some(mark));
        }
    }
    for (mark, x) in shown.into_iter().zip(area.x..) {
        let Some(mark) = mark else { continue };
        let (glyph, role) = match mark {
            Mark::Scheduled => (".", Role::Faint),
            Mark::Attempt => ("↑", Role::Busy),
            Mark::Connected => ("+", Role::Busy),
            Mark::Completed => ("✓", Role::Good),
            Mark::End => ("×", Role::Bad),
        };
        buffer.set_string(x, area.y, glyph, theme.style(role));
    }
    draw_axis(model, window, Rect { y: area.y + 2, height: 1, ..area }, buffer);
}

fn draw_axis(model: &Model, window: Window, area: Rect, buffer: &mut Buffer) {
    let faint = model.theme.style(Role::Faint);
    let left = moment(model, window.from);
    let right = match model.screen.zoom.back.is_zero() {
        true => "now".to_owned(),
        false => moment(model, window.to),
    };
    let middle = match area.width >= 100 {
        true => format!(" {} · ↑ attempt  + open  ✓ complete  × end ", exact(window.span())),
        false => format!(" {} · ↑ attempt  ✓ complete  × end ", exact(window.span())),
    };
    buffer.set_string(area.x, area.y, "─".repeat(area.width.into()), faint);
    buffer.set_stringn(area.x, area.y, format!("{left} UTC "), area.width.into(), faint);
    let width = |text: &str| u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    let centre = area.x + area.width.saturating_sub(width(&middle)) / 2;
    buffer.set_stringn(centre, area.y, &middle, area.width.into(), faint);
    let right = format!(" {right}");
    buffer.set_string(area.right().saturating_sub(width(&right)), area.y, right, faint);
}

fn draw_list(model: &Model, history: &[Entry], panel: Rect, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let shown = last_shown(history.len(), model.screen.entries_back, height);
    tell_part(model, shown.clone(), history.len(), panel, buffer);
    let newest = shown.end.saturating_sub(1);
    for (n, y) in shown.zip(area.top()..) {
        write_line(area.x, y, &line(model, history, n), area.width, buffer);
        let is_scrolled = model.screen.pane == Pane::Detail && model.screen.entries_back > 0;
        if n == newest && is_scrolled {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), model.theme.chosen(true));
        }
    }
}

/// One thing that happened: when, which state afterwards and for how long, what.
fn line(model: &Model, history: &[Entry], n: usize) -> Line<'static> {
    let theme = model.theme;
    let entry = &history[n];
    let look = look(entry.state);
    let faint = theme.style(Role::Faint);
    let mut spans = vec![Span::styled(format!("{} ", moment(model, entry.at)), faint)];
    let what = words::entry(entry);
    if what.is_empty() {
        let state = padded(&format!("{} {}", look.mark(theme), look.word), 15);
        spans.push(Span::styled(state, theme.style(look.role)));
        let lasted = held(history, n, model.hub_now()).map(exact).unwrap_or_default();
        spans.push(Span::raw(format!("for {lasted:<10}")));
        if let Some(protocol) = entry.protocol {
            let protocol = format!(" {:>2} {}", protocol.number(), protocol.name());
            spans.push(Span::styled(protocol, faint));
        }
    } else {
        let style = match entry.reason.is_some_and(crate::hub::history::Reason::is_failure) {
            true => theme.style(Role::Bad),
            false => Style::new(),
        };
        spans.push(Span::styled(format!("  {what}"), style));
    }
    Line::from(spans)
}

/// A moment: the time of day where it is known, else since the start of the hub.
fn moment(model: &Model, at: Time) -> String {
    model.wall(at).map_or_else(|| exact(at.since_origin()), words::clock)
}

/// A line of the list of the selected device.
#[cfg(test)]
pub(in crate::tui) fn line_of(model: &Model, n: usize) -> Line<'static> {
    line(model, model.history(), n)
}
