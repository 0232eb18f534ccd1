//! The last two lines: what was done or is being typed, and the keys.

use std::borrow::Cow;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Modifier,
    text::{Line, Span},
};

use super::{
    super::{
        keymap::{self, Action},
        model::{Model, Typing, Wanted},
        text::clean,
        theme::Role,
        update::contexts,
    },
    areas, hint, popup,
};
use crate::{cli::output::text::width, proto::ConnectionState};

pub(super) fn draw(model: &Model, notice: Rect, footer: Rect, buffer: &mut Buffer) {
    buffer.set_line(notice.x, notice.y, &notice_line(model, notice.width), notice.width);
    let line = hint::below(model).unwrap_or_else(|| keys(model, footer.width.into()));
    buffer.set_line(footer.x, footer.y, &line, footer.width);
}

/// Where the cursor stands, while something is typed.
pub(super) fn cursor(model: &Model) -> Option<Position> {
    let typing = model.screen.typing.as_ref()?;
    let area = areas(model).notice;
    let (begun, before) = shown(model, typing, area.width);
    let x = area.x + u16::try_from(width(&prompt(model, typing)) + width(&before) - begun).ok()?;
    Some(Position::new(x.min(area.right().saturating_sub(1)), area.y))
}

fn prompt(model: &Model, typing: &Typing) -> Cow<'static, str> {
    match typing.what {
        Wanted::Command => ":".into(),
        Wanted::Name(ski) => {
            let device = model.name_of(ski, 32).unwrap_or_else(|| ski.grouped()[..9].to_owned());
            format!("name for {device}: ").into()
        }
        Wanted::Filter => "devices with: ".into(),
        Wanted::LogFilter => "log lines with: ".into(),
    }
}

/// How many columns of the line are scrolled out at the left; and the text before the cursor.
fn shown(model: &Model, typing: &Typing, columns: u16) -> (usize, String) {
    let before = clean(typing.line.before(), usize::MAX);
    let room = usize::from(columns).saturating_sub(width(&prompt(model, typing)) + 1);
    (width(&before).saturating_sub(room), before)
}

fn notice_line(model: &Model, columns: u16) -> Line<'static> {
    let theme = model.theme;
    if let Some(typing) = &model.screen.typing {
        let (begun, _) = shown(model, typing, columns);
        let text: String = clean(typing.line.text(), usize::MAX).chars().skip(begun).collect();
        let prompt = prompt(model, typing);
        return Line::from(vec![Span::styled(prompt, theme.heading()), Span::raw(text)]);
    }
    if let Some(how) = &model.gone {
        let text = format!("{how}; what is shown is the last that was known. q quits");
        return Line::styled(clean(&text, columns.into()), theme.style(Role::Bad));
    }
    match &model.screen.notice {
        Some(notice) => Line::styled(clean(&notice.text, columns.into()), theme.style(notice.role)),
        None => Line::default(),
    }
}

/// Whether a key does something to the selected device as it is.
fn is_useful(model: &Model, action: Action) -> bool {
    let peer = model.selected_peer();
    let is_paired = peer.is_some_and(|peer| peer.registered);
    let is_in_flight = peer.is_some_and(|peer| peer.state.is_in_flight());
    let asks = peer.is_some_and(|it| it.state == ConnectionState::ReceivedPairingRequest);
    // Nothing can be done any more.
    let is_over = model.gone.is_some() || model.is_shutting_down();
    match action {
        Action::Do(_) | Action::EnterPin if is_over => false,
        Action::Do("accept SKI" | "deny SKI") => asks,
        Action::Do("register SKI") => !is_paired && !asks && model.selected_ski().is_some(),
        Action::Do("unregister SKI") => is_paired,
        Action::Do("connect SKI") => is_paired && !is_in_flight,
        Action::Do("disconnect SKI") => is_paired && is_in_flight,
        Action::EnterPin => model.wants_pin().is_some(),
        Action::Complete => {
            model.screen.typing.as_ref().is_some_and(|typing| typing.what == Wanted::Command)
        }
        Action::PageDown => popup::lines(model) > popup::page(model).into(),
        _ => true,
    }
}

/// The keys that mean something now, the most important first, as many as fit; the last one always.
fn keys(model: &Model, columns: usize) -> Line<'static> {
    let theme = model.theme;
    let rows: Vec<_> =
        keymap::footer(&contexts(model)).filter(|row| is_useful(model, row.action)).collect();
    let entry = |row: &keymap::Binding| (row.first_name(), row.word);
    let length = |row: &keymap::Binding| width(&row.first_name()) + width(row.word) + 3;
    let Some((last, others)) = rows.split_last() else { return Line::default() };
    let mut room = columns.saturating_sub(length(last));
    let mut shown = Vec::new();
    for row in others {
        let Some(left) = room.checked_sub(length(row)) else { break };
        room = left;
        shown.push(entry(row));
    }
    shown.push(entry(last));
    let key = theme.style(Role::Accent).add_modifier(Modifier::BOLD);
    let spans = shown
        .into_iter()
        .flat_map(|(name, word)| [Span::styled(name, key), Span::raw(format!(" {word}  "))]);
    Line::from(spans.collect::<Vec<_>>())
}
