//! Every device: seen, paired, or both.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{
        model::{Model, Pane},
        rows::{Key, Row},
        text::{clean, gone},
        theme::{Role, look, severity},
    },
    first_shown, line_of, tell_part, titled, words,
};
use crate::{cli::output::text::padded, time::Time};

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    State,
    Name,
    Trust,
    Next,
    Since,
    Address,
    Type,
    Ski,
    WholeSki,
    Findings,
    /// The mark of the worst finding, where there is no room for more.
    Worst,
}

impl Column {
    /// Heading and width; the name takes what is left.
    fn shape(self) -> (&'static str, usize) {
        match self {
            Self::State => ("state", 14),
            Self::Name => ("device", 0),
            Self::Trust => ("trust", 5),
            Self::Next => ("next", 18),
            Self::Since => ("since", 6),
            Self::Address => ("address", 21),
            Self::Type => ("type", 15),
            Self::Ski => ("SKI", 9),
            Self::WholeSki => ("SKI", 49),
            Self::Findings => ("found", 5),
            Self::Worst => ("", 1),
        }
    }

    /// The columns there is room for, with their widths.
    fn of(width: usize) -> Vec<(Self, usize)> {
        use Column::*;
        let sets: [&[Self]; 4] = [
            &[State, Name, Type, Trust, Next, Since, Address, WholeSki, Findings],
            &[State, Name, Type, Trust, Next, Since, Address, Ski, Findings],
            &[State, Name, Type, Trust, Next, Since, Ski, Findings],
            &[State, Name, Trust, Next, Since, Ski, Worst],
        ];
        let fixed = |set: &[Self]| set.iter().map(|it| it.shape().1 + 1).sum::<usize>();
        const LEAST_NAME: usize = 16;
        let set = sets.iter().find(|set| fixed(set) + LEAST_NAME <= width).unwrap_or(&sets[3]);
        let name = width.saturating_sub(fixed(set)).min(40);
        let width = |it: &Self| if *it == Name { name } else { it.shape().1 };
        set.iter().map(|it| (*it, width(it))).collect()
    }
}

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let rows = model.rows();
    let inner = titled(model, Some(Pane::Services), title(model, rows.len()), area, buffer);
    if inner.height == 0 {
        return;
    }
    let columns = Column::of(inner.width.into());
    let heading: String =
        columns.iter().map(|(it, width)| padded(it.shape().0, *width) + " ").collect();
    buffer.set_stringn(
        inner.x,
        inner.y,
        heading,
        inner.width.into(),
        model.theme.style(Role::Faint),
    );
    if rows.is_empty() {
        let text = nothing(model);
        buffer.set_stringn(inner.x, inner.y + 1, text, inner.width.into(), Style::new());
        return;
    }
    let height = usize::from(inner.height - 1);
    let first = shown_first(model, &rows, height);
    tell_part(model, first..rows.len().min(first + height), rows.len(), area, buffer);
    let now = model.hub_now();
    for (row, y) in rows[first..].iter().zip(inner.y + 1..inner.bottom()) {
        let mut x = inner.x;
        for (column, width) in &columns {
            let (text, style) = cell(model, row, *column, *width, now);
            buffer.set_stringn(x, y, text, *width, style);
            x += u16::try_from(*width + 1).unwrap_or(u16::MAX);
        }
        if Some(&row.key) == model.screen.selected.as_ref() {
            let chosen = model.theme.chosen(model.screen.pane == Pane::Services);
            buffer.set_style(Rect::new(inner.x, y, inner.width, 1), chosen);
        }
    }
}

/// The device at a place on the screen.
pub(in crate::tui) fn row_at(model: &Model, area: Rect, at: Position) -> Option<Key> {
    let rows = model.rows();
    let height = usize::from(area.height.saturating_sub(2));
    let line = line_of(area, at)?.checked_sub(1).filter(|line| *line < height)?;
    rows.get(shown_first(model, &rows, height) + line).map(|row| row.key.clone())
}

fn shown_first(model: &Model, rows: &[Row<'_>], height: usize) -> usize {
    let at = rows.iter().position(|row| Some(&row.key) == model.screen.selected.as_ref());
    first_shown(rows.len(), at.unwrap_or(0), height)
}

fn title(model: &Model, shown: usize) -> Line<'static> {
    let theme = model.theme;
    let mut spans = vec![Span::styled(format!("devices {shown}"), theme.heading())];
    if !model.screen.filter.is_empty() {
        let filter = format!(" · only with \"{}\" (Esc: all)", clean(&model.screen.filter, 24));
        spans.push(Span::styled(filter, theme.style(Role::Waits)));
    }
    let sort = format!(" · by {}", model.screen.sort.name());
    spans.push(Span::styled(sort, theme.style(Role::Faint)));
    Line::from(spans)
}

fn nothing(model: &Model) -> String {
    match model.world().hub.as_deref() {
        None => "waiting for the hub".to_owned(),
        Some(_) if !model.screen.filter.is_empty() => "nothing matches the filter".to_owned(),
        Some(_) if !model.greeting.mdns => {
            "mDNS is off: type :register SKI --address HOST:PORT to reach a device".to_owned()
        }
        Some(_) => {
            "no device is seen yet; it must be switched on and in the same network".to_owned()
        }
    }
}

fn cell(model: &Model, row: &Row<'_>, column: Column, width: usize, now: Time) -> (String, Style) {
    let theme = model.theme;
    let plain = Style::new();
    let look = look(row.state());
    match column {
        Column::State => {
            (format!("{} {}", look.mark(theme), row.state_word()), theme.style(look.role))
        }
        Column::Name => {
            let style = if row.service.is_none() { theme.style(Role::Faint) } else { plain };
            (row.name(width), style.add_modifier(Modifier::BOLD))
        }
        Column::Trust => match row.is_trusted() {
            true => ("yes".to_owned(), theme.style(Role::Good)),
            false => ("no".to_owned(), theme.style(Role::Faint)),
        },
        Column::Next => match row.peer.map(|peer| words::next(peer, now)) {
            Some(next) => (next, theme.style(look.role)),
            None => ("r trusts it".to_owned(), theme.style(Role::Faint)),
        },
        Column::Since => {
            let since = row.since().map(|since| gone(now.since(since)));
            (since.unwrap_or_default(), plain)
        }
        Column::Address => (clean(&row.address().unwrap_or_default(), width), plain),
        Column::Type => {
            let kind = row.service.and_then(|service| service.device_type.as_deref());
            (clean(kind.unwrap_or_default(), width), plain)
        }
        Column::Ski | Column::WholeSki => {
            let ski = row.ski().map_or_else(|| "none".to_owned(), |ski| ski.grouped());
            (ski.chars().take(width).collect(), theme.style(Role::Faint))
        }
        Column::Findings | Column::Worst => match row.worst() {
            None => (String::new(), plain),
            Some(worst) => {
                let look = severity(worst);
                let text = format!("{} {}", look.mark(theme), row.findings().count());
                (text.chars().take(width).collect(), theme.style(look.role))
            }
        },
    }
}
