//! The screen, read from the model. One file a panel.
//!
//! ```text
//! shipctl  hub in this process · SHIP ID shipctl-624a2294                     FROZEN   header
//! SKI 624A … · port 4712 · up 3 min
//! connections ■■□□□□□□□□ 2 of 10 · success 92 % · 3 failures in 1 h · mDNS eth0
//! ━ devices 7 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━    devices
//! state          device               trust  next               since   SKI
//! ● connected    Demo Wallbox         yes    kept open          3 min   5555 AAAA
//! ─ 1 timeline  2 messages  3 service  4 findings ─ Demo Wallbox ────────────────      detail
//!     ↑   ×    ↑ ✓
//! ○○○○◌◔✗✗○○○○◌◔●●●●●●●●
//! ─ log ─────────────────────────────────────────────────────────────────────────      log
//! done: shipctl connect 5555…                                                          notice
//! ? help  a accept  c connect  / filter  : command  q quit                             footer
//! ```
//!
//! On wide terminals the detail stands right of the devices. Popups lie over all of it.

mod detail;
mod devices;
mod findings;
mod footer;
mod header;
mod hint;
mod log;
mod messages;
mod popup;
mod request;
mod service;
mod shutdown;
mod timeline;
mod words;

use std::ops::Range;

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Constraint, Layout, Margin, Position, Rect},
    style::Style,
    text::{Line, Span},
};

pub(super) use detail::{lines as detail_lines, tab_at};
pub(super) use devices::row_at;
pub(super) use popup::{columns as popup_columns, lines as popup_lines, page as popup_page};
#[cfg(test)]
pub(super) use timeline::line_of as timeline_line;

use super::{
    model::{Model, Pane},
    theme::{Role, Theme},
};
use crate::cli::output::text::{width, wrapped};

/// The smallest screen that can be read.
const LEAST: (u16, u16) = (80, 24);

/// From so many columns on the detail stands beside the devices.
const WIDE: u16 = 150;

/// Where the panels are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Areas {
    pub(super) header: Rect,
    pub(super) services: Rect,
    pub(super) detail: Rect,
    pub(super) log: Rect,
    pub(super) notice: Rect,
    pub(super) footer: Rect,
}

/// Where the panels are on a screen of the size of the model.
pub(super) fn areas(model: &Model) -> Areas {
    let whole = Rect::new(0, 0, model.size.0, model.size.1);
    let is_wide = whole.width >= WIDE;
    let devices = u16::try_from(model.row_count()).unwrap_or(u16::MAX).saturating_add(3);
    // A fifth; beside a short list of devices a tall screen has room for more.
    let least = (whole.height.saturating_sub(5) / 5).clamp(3, 12);
    let spare = whole.height.saturating_sub(5 + devices.max(30));
    let log = if is_wide { least.max(spare) } else { least };
    let [header, middle, log, notice, footer] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Fill(1),
        Constraint::Length(log),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(whole);
    let [services, detail] = if is_wide {
        Layout::horizontal([Constraint::Percentage(54), Constraint::Fill(1)])
            .spacing(1)
            .areas(middle)
    } else {
        // As many lines as there are devices, and not more than half.
        let devices = devices.clamp(8, (middle.height / 2).max(8));
        Layout::vertical([Constraint::Length(devices), Constraint::Fill(1)]).areas(middle)
    };
    Areas { header, services, detail, log, notice, footer }
}

/// Draws the model.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    // The terminal has changed its size again: that comes with the next picture.
    if (frame.area().width, frame.area().height) != model.size {
        return;
    }
    render(model, frame.buffer_mut());
    if let Some(cursor) = footer::cursor(model) {
        frame.set_cursor_position(cursor);
    }
}

/// Whether nothing can be read on a screen of this size.
pub(super) fn is_too_small(model: &Model) -> bool {
    model.size.0 < LEAST.0 || model.size.1 < LEAST.1
}

/// Draws the model into a buffer of its size.
pub(super) fn render(model: &Model, buffer: &mut Buffer) {
    if is_too_small(model) {
        too_small(model, buffer);
    } else {
        panels(model, buffer);
    }
    if model.theme.ascii {
        ascii(buffer);
    }
}

fn panels(model: &Model, buffer: &mut Buffer) {
    let areas = areas(model);
    header::draw(model, areas.header, buffer);
    if model.is_shutting_down() {
        let whole = areas.services.union(areas.detail);
        shutdown::draw(model, whole, buffer);
    } else {
        devices::draw(model, areas.services, buffer);
        detail::draw(model, areas.detail, buffer);
    }
    log::draw(model, areas.log, buffer);
    footer::draw(model, areas.notice, areas.footer, buffer);
    hint::above(model, buffer);
    popup::draw(model, buffer);
}

/// What is needed, in as many words as there is room for.
fn too_small(model: &Model, buffer: &mut Buffer) {
    let (columns, lines) = model.size;
    let (least_columns, least_lines) = LEAST;
    let end = match (model.is_shutting_down(), model.embedded) {
        (true, _) => "the hub ends",
        (false, true) => "make it larger; q ends the hub",
        (false, false) => "make it larger; q quits",
    };
    let needed = format!("{least_columns} × {least_lines}");
    let brief = end.trim_start_matches("make it larger; ");
    let texts = [
        format!("shipctl needs {needed}\nthis terminal: {columns} × {lines}\n{end}"),
        format!("needs {needed}\n{brief}"),
        format!("{needed}\n{brief}"),
        brief.to_owned(),
    ];
    let folded = |text: &String| -> Vec<String> {
        let folded = text.lines().map(|line| wrapped(line, columns.into()));
        folded.flat_map(|line| line.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let fits = |text: &Vec<String>| {
        text.len() <= lines.into() && text.iter().all(|line| width(line) <= columns.into())
    };
    let Some(text) = texts.iter().map(folded).find(fits) else { return };
    let style = model.theme.style(Role::Waits);
    let text: Vec<Line<'_>> = text.into_iter().map(|line| Line::styled(line, style)).collect();
    write(&text, buffer.area, buffer);
}

/// Says at the end of a panel's first line which of its lines are seen, where that is not all.
fn tell_part(model: &Model, shown: Range<usize>, of: usize, area: Rect, buffer: &mut Buffer) {
    if shown.len() >= of {
        return;
    }
    let text = format!(" {}-{} of {of} ", shown.start + 1, shown.end);
    let width = u16::try_from(text.len()).unwrap_or(u16::MAX);
    if width + 2 < area.width {
        let x = area.right() - width - 1;
        buffer.set_string(x, area.y, text, model.theme.style(Role::Faint));
    }
}

/// A panel's first line: its title, drawn through to the end. Gives what is left.
fn titled(
    model: &Model,
    pane: Option<Pane>,
    title: Line<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let focused = pane == Some(model.screen.pane) && model.screen.popup.is_none();
    let (rule, style) = if focused {
        ("━", model.theme.heading())
    } else {
        ("─", model.theme.style(Role::Faint))
    };
    buffer.set_string(area.x, area.y, rule.repeat(area.width.into()), style);
    let width = area.width.saturating_sub(4);
    let used = write_line(area.x + 2, area.y, &title, width, buffer);
    for x in [area.x + 1, used.min(area.right().saturating_sub(1))] {
        buffer[(x, area.y)].set_symbol(" ").set_style(Style::new());
    }
    area.inner(Margin::new(0, 0)).intersection(Rect { y: area.y + 1, ..area })
}

/// Writes lines, as many as there is room for.
fn write(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) {
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        write_line(area.x, y, line, area.width, buffer);
    }
}

/// Writes a line, and says at its end where it is cut off. Gives the column behind it.
fn write_line(x: u16, y: u16, line: &Line<'_>, width: u16, buffer: &mut Buffer) -> u16 {
    let end = buffer.set_line(x, y, line, width).0;
    if line.width() > width.into() && width > 0 {
        buffer[(x + width - 1, y)].set_symbol("…");
    }
    end
}

/// The first of `count` lines to show where `at` is to be seen, about in the middle of `height`.
fn first_shown(count: usize, at: usize, height: usize) -> usize {
    at.saturating_sub(height / 2).min(count.saturating_sub(height))
}

/// The lines to show where the last `back` are scrolled away: from where to where.
fn last_shown(count: usize, back: usize, height: usize) -> Range<usize> {
    let end = count.saturating_sub(back).max(height.min(count));
    end.saturating_sub(height)..end
}

/// A faint label and its value.
fn labelled<'a>(theme: Theme, label: &'a str, value: impl Into<Span<'a>>) -> [Span<'a>; 2] {
    [Span::styled(label, theme.style(Role::Faint)), value.into()]
}

/// The row of the mouse within an area, below its title.
fn line_of(area: Rect, at: Position) -> Option<usize> {
    at.y.checked_sub(area.y + 1).map(usize::from)
}

/// Writes everything in ASCII: for terminals that have nothing else, nothing else gets through.
fn ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let plain = match cell.symbol() {
            "─" | "━" | "·" | "├" | "┤" | "–" => "-",
            "│" => "|",
            "┌" | "┐" | "└" | "┘" => "+",
            "…" => "~",
            "→" => ">",
            "←" => "<",
            "↑" => "^",
            "↓" => "v",
            "×" => "x",
            "✓" => "*",
            "■" => "#",
            "□" => ".",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}
