//! What lies over the screen: requests, questions, things to read.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use super::{
    super::{
        keymap::{self, HELP_WIDTH, KEYS},
        model::{Model, Popup, Transfer},
        text::{clean, folded, size},
        theme::{Look, Role, Theme, look, severity},
        update::contexts,
    },
    request, write,
};
use crate::{
    checks::Severity,
    cli::{
        commands::identity::draw as draw_qr,
        output::text::{count, padded, width, wrapped},
    },
    proto::ConnectionState,
};

/// The widest text for reading.
const WIDEST: usize = 100;

pub(super) fn draw(model: &Model, buffer: &mut Buffer) {
    let Some(popup) = &model.screen.popup else { return };
    let (title, down) = match popup {
        Popup::Request { .. } => ("a device asks to be paired", 0),
        Popup::Pin { .. } => ("PIN", 0),
        Popup::Question { .. } | Popup::Leave => ("are you sure?", 0),
        Popup::Help { down } => ("keys", *down),
        Popup::OwnQr { .. } => ("our own QR code", 0),
        Popup::Record { down, .. } => ("message", *down),
        Popup::Report { title, down, .. } => (title.as_str(), *down),
    };
    let lines = all(model, popup);
    let whole = room(model);
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).max(width(title) + 4);
    let columns = u16::try_from(widest + 4).unwrap_or(u16::MAX).min(whole.width);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX).min(whole.height);
    let x = whole.x + (whole.width - columns) / 2;
    let area = Rect::new(x, whole.y + (whole.height - height) / 2, columns, height);
    Clear.render(area, buffer);
    frame(model, title, area, buffer);
    let inner =
        Rect::new(area.x + 2, area.y + 1, columns.saturating_sub(4), height.saturating_sub(4));
    let most = lines.len().saturating_sub(inner.height.into());
    write(&lines[down.min(most)..], inner, buffer);
    let keys = keys(model, most > 0);
    buffer.set_line(inner.x, area.bottom().saturating_sub(2), &keys, inner.width);
    if most > 0 {
        let text = format!(
            " {}-{} of {} ",
            down.min(most) + 1,
            (down.min(most) + usize::from(inner.height)).min(lines.len()),
            lines.len()
        );
        let x = area.right().saturating_sub(u16::try_from(text.len()).unwrap_or(0) + 2);
        buffer.set_string(x, area.bottom() - 1, text, model.theme.style(Role::Faint));
    }
}

/// Where a popup may lie: header and footer stay to be seen.
fn room(model: &Model) -> Rect {
    let (columns, lines) = model.size;
    Rect::new(0, 3, columns, lines.saturating_sub(5))
}

/// How many columns a text to read may have.
pub(in crate::tui) fn columns(model: &Model) -> usize {
    usize::from(model.size.0).saturating_sub(6).clamp(20, WIDEST)
}

/// How many lines of a popup can be read at a time.
pub(in crate::tui) fn page(model: &Model) -> u16 {
    room(model).height.saturating_sub(4)
}

/// How many lines the popup has that is open.
pub(in crate::tui) fn lines(model: &Model) -> usize {
    model.screen.popup.as_ref().map_or(0, |popup| all(model, popup).len())
}

fn all(model: &Model, popup: &Popup) -> Vec<Line<'static>> {
    let columns = columns(model);
    match popup {
        Popup::Request { ski, .. } => request::lines(model, *ski),
        Popup::Pin { ski, typed, wrong, .. } => {
            pin(model, *ski, typed.text().chars().count(), wrong.as_deref())
        }
        Popup::Question { what, line, .. } => question(model, what, Some(line)),
        Popup::Leave => {
            let what = format!(
                "Quitting also stops the hub and closes {}. Quit?",
                count(model.connections() as u64, "connection")
            );
            question(model, &what, None)
        }
        Popup::Help { .. } => help(model, columns),
        Popup::OwnQr { text } => match text {
            Some(text) => own_qr(model, text),
            None => vec![Line::raw("waiting for the hub to tell it")],
        },
        Popup::Record { number, raw, .. } => match model.world().traffic.get(*number) {
            Some(transfer) => record(model, transfer, *raw, columns),
            None => vec![Line::raw("this message is not kept any more")],
        },
        Popup::Report { text, .. } => {
            let lines = text.lines().map(|line| wrapped(&clean(line, usize::MAX), columns));
            lines
                .flat_map(|line| {
                    line.lines().map(|it| Line::raw(it.to_owned())).collect::<Vec<_>>()
                })
                .collect()
        }
    }
}

fn frame(model: &Model, title: &str, area: Rect, buffer: &mut Buffer) {
    let style = model.theme.heading();
    let rule = "─".repeat(usize::from(area.width.saturating_sub(2)));
    for y in area.top()..area.bottom() {
        let (left, right) = match y {
            y if y == area.top() => ("┌", "┐"),
            y if y + 1 == area.bottom() => ("└", "┘"),
            _ => ("│", "│"),
        };
        if y == area.top() || y + 1 == area.bottom() {
            buffer.set_string(area.x + 1, y, &rule, style);
        }
        buffer.set_string(area.x, y, left, style);
        buffer.set_string(area.right() - 1, y, right, style);
    }
    let title = format!(" {} ", clean(title, usize::from(area.width.saturating_sub(6))));
    buffer.set_stringn(area.x + 2, area.y, title, area.width.saturating_sub(4).into(), style);
}

/// The keys of the popup, at its bottom.
fn keys(model: &Model, is_more: bool) -> Line<'static> {
    let key = model.theme.style(Role::Accent).add_modifier(Modifier::BOLD);
    let contexts = contexts(model);
    let useful = |row: &&keymap::Binding| is_more || row.action != keymap::Action::PageDown;
    let spans = keymap::footer(&contexts).filter(useful).flat_map(|row| {
        [Span::styled(row.first_name(), key), Span::raw(format!(" {}   ", row.word))]
    });
    Line::from(spans.collect::<Vec<_>>())
}

fn pin(
    model: &Model,
    ski: crate::proto::Ski,
    typed: usize,
    wrong: Option<&str>,
) -> Vec<Line<'static>> {
    let theme = model.theme;
    let name = model.name_of(ski, 40).unwrap_or_else(|| "the device".to_owned());
    let mut lines = vec![
        Line::raw(format!("{name} wants its PIN.")),
        Line::styled(format!("SKI {}", ski.grouped()), theme.style(Role::Faint)),
        Line::raw("It is printed beside the SKI, or part of the QR code: 8 to 16 hex digits."),
        Line::default(),
        Line::from(vec![
            Span::styled("PIN ", theme.heading()),
            Span::raw("*".repeat(typed.min(40))),
            Span::styled(" ", Style::new().add_modifier(Modifier::REVERSED)),
        ]),
    ];
    if let Some(wrong) = wrong {
        let wrong = wrapped(&clean(wrong, 400), 70);
        let style = theme.style(Role::Bad);
        lines.extend(wrong.lines().map(|line| Line::styled(line.to_owned(), style)));
    }
    lines
}

fn question(model: &Model, what: &str, line: Option<&str>) -> Vec<Line<'static>> {
    let text = wrapped(&clean(what, 400), 60);
    let mut lines: Vec<Line<'static>> =
        text.lines().map(|line| Line::raw(line.to_owned())).collect();
    if let Some(line) = line {
        let same = format!("the same: shipctl {}", clean(line, 60));
        lines.extend([Line::default(), Line::styled(same, model.theme.style(Role::Faint))]);
    }
    lines
}

/// What the marks mean: the fuller a circle, the farther its handshake has come.
fn legend(theme: Theme, columns: usize) -> Vec<Line<'static>> {
    let marks = |looks: Vec<(&'static str, Look)>| {
        let mark = |(word, look): (&'static str, Look)| {
            let text = format!("{} {}", look.mark(theme), padded(word, 14));
            Span::styled(text, theme.style(look.role))
        };
        looks.into_iter().map(mark).collect::<Vec<_>>()
    };
    let states = ConnectionState::ALL.iter().map(|state| look(*state));
    let states = marks(states.map(|look| (look.word, look)).collect());
    let findings = [Severity::Info, Severity::Warning, Severity::Error].map(severity);
    let findings = marks(findings.map(|look| (look.word, look)).into());
    let mut lines = vec![Line::styled("marks of devices", theme.heading())];
    lines.extend(states.chunks((columns / 16).max(1)).map(|chunk| Line::from(chunk.to_vec())));
    lines.extend([Line::styled("marks of findings", theme.heading()), Line::from(findings)]);
    lines.extend([Line::default(), Line::styled("keys", theme.heading())]);
    lines
}

/// The help: what the marks mean, and the rows of the key table.
fn help(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut lines = legend(theme, columns);
    for row in KEYS.iter().filter(|row| !is_of_popup(row.context)) {
        let mut spans = vec![
            Span::styled(padded(&row.name(), 10), theme.heading()),
            Span::raw(padded(row.help, HELP_WIDTH)),
        ];
        if let Some(line) = row.line() {
            spans.push(Span::styled(
                format!("shipctl {}", line.trim_end()),
                theme.style(Role::Faint),
            ));
        }
        lines.push(Line::from(spans));
    }
    lines
}

fn is_of_popup(context: keymap::Context) -> bool {
    use keymap::Context::*;
    matches!(context, Request | Pin | Question | Reader | Record | Typing)
}

/// The code as a picture where there is room, and its text.
fn own_qr(model: &Model, text: &str) -> Vec<Line<'static>> {
    let words = folded(&clean(text, usize::MAX), columns(model));
    let room = usize::from(page(model)).saturating_sub(words.len());
    let mut lines: Vec<Line<'static>> = Vec::new();
    // Half blocks are needed to draw it.
    match draw_qr(text) {
        Ok(picture) if !model.theme.ascii && picture.len() <= room => {
            // Black on white whatever the colours of the terminal are.
            let style = match model.theme.depth {
                super::super::theme::Depth::None => Style::new(),
                _ => Style::new().fg(Color::White).bg(Color::Black),
            };
            lines.extend(picture.into_iter().map(|line| Line::styled(line, style)));
        }
        _ => {
            let why = match model.theme.ascii {
                true => "the picture needs a terminal with UTF-8",
                false => "the picture needs more lines: make the terminal larger",
            };
            lines.push(Line::styled(why, model.theme.style(Role::Waits)));
        }
    }
    lines.extend(words.into_iter().map(Line::raw));
    lines
}

fn record(model: &Model, transfer: &Transfer, raw: bool, columns: usize) -> Vec<Line<'static>> {
    let faint = model.theme.style(Role::Faint);
    let record = &transfer.record;
    let way = if record.sent { "sent" } else { "received" };
    let mut lines = vec![
        Line::styled(
            format!(
                "{} · {way} · {} · {}",
                clean(&record.ts, 30),
                clean(&record.kind, 20),
                size(record.size)
            ),
            faint,
        ),
        Line::raw(clean(&record.text, columns)),
        Line::default(),
    ];
    match (raw, &record.json) {
        (true, _) => {
            lines.extend(dump(&record.bytes().unwrap_or_default()));
            if record.cut {
                lines.push(Line::styled("… the rest was not kept", faint));
            }
        }
        (false, Some(text)) => {
            let value: Result<serde_json::Value, _> = serde_json::from_str(text);
            let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
            let text = pretty.unwrap_or_else(|_| text.clone());
            for line in text.lines() {
                lines.extend(folded(&clean(line, usize::MAX), columns).into_iter().map(Line::raw));
            }
        }
        (false, None) => {
            lines.push(Line::styled("nothing to read; x shows the bytes", faint));
        }
    }
    lines
}

/// Sixteen bytes a line, as numbers and as text.
fn dump(bytes: &[u8]) -> impl Iterator<Item = Line<'static>> {
    bytes.chunks(16).enumerate().map(|(n, chunk)| {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown = |byte: &u8| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' };
        let text: String = chunk.iter().map(shown).collect();
        Line::raw(format!("{:06x}  {:<47}  {text}", n * 16, hex.join(" ")))
    })
}
