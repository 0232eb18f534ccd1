//! What is told about the line being typed: below it where that is one line, else above it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
    widgets::{Clear, Widget},
};

use super::{
    super::{
        model::{Hint, Model},
        text::clean,
        theme::Role,
    },
    areas, write,
};
use crate::cli::output::text::wrapped;

/// The most lines of it; beyond that nobody looks.
const MOST: usize = 12;

/// The line below, if that is enough.
pub(super) fn below(model: &Model) -> Option<Line<'static>> {
    let hint = hint(model)?;
    match &mut lines(hint, areas(model).footer.width.into())[..] {
        [line] => Some(Line::styled(std::mem::take(line), model.theme.style(hint.role))),
        _ => None,
    }
}

/// Draws it above the line being typed, over whatever is there.
pub(super) fn above(model: &Model, buffer: &mut Buffer) {
    let Some(hint) = hint(model) else { return };
    let (header, notice) = (areas(model).header, areas(model).notice);
    let mut lines = lines(hint, notice.width.into());
    let room = usize::from(notice.y.saturating_sub(header.bottom() + 1)).min(MOST);
    if lines.len() < 2 || room < 2 {
        return;
    }
    if let Some(more) = lines.len().checked_sub(room).filter(|more| *more > 0) {
        lines.truncate(room - 1);
        lines.push(format!("… and {} more", more + 1));
    }
    let height = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
    let area = Rect { y: notice.y - height, height, ..notice };
    Clear.render(area, buffer);
    let (faint, style) = (model.theme.style(Role::Faint), model.theme.style(hint.role));
    let rule = Line::styled("─".repeat(area.width.into()), faint);
    let lines = lines.into_iter().map(|line| Line::styled(line, style));
    write(&[rule].into_iter().chain(lines).collect::<Vec<_>>(), area, buffer);
}

fn hint(model: &Model) -> Option<&Hint> {
    model.screen.typing.as_ref()?.hint.as_ref()
}

fn lines(hint: &Hint, columns: usize) -> Vec<String> {
    let whole = hint.lines.iter().map(|line| wrapped(&clean(line, usize::MAX), columns));
    whole.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}
