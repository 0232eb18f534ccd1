//! Keys, the mouse, and what was pasted.

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{
    super::{
        command,
        effect::Effect,
        keymap::{self, Action, Context},
        lane::Window,
        model::{Model, Pane, Popup, Tab, Typing, Wanted},
        theme::Role,
        view,
    },
    UNASKED_FOR, orders,
};
use crate::{
    cli::exit::Exit,
    control::{Wish, wire::Plain},
    proto::Pin,
};

pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let found = keymap::action(&contexts(model), key);
    match found {
        Some(Action::QuitNow) => return orders::end(model, Exit::Interrupted),
        Some(Action::Suspend) => return vec![Effect::Suspend],
        // What cannot be seen cannot be decided.
        _ if view::is_too_small(model) => return Vec::new(),
        _ => {}
    }
    if model.screen.typing.is_some() {
        return typed(model, key, found);
    }
    if model.screen.popup.is_some() {
        return popup(model, key, found);
    }
    found.map_or_else(Vec::new, |action| act(model, action))
}

/// Where the keys go now, the nearest first.
pub(in crate::tui) fn contexts(model: &Model) -> Vec<Context> {
    let mut contexts = vec![Context::Always];
    if model.ending.is_some() {
        return contexts;
    }
    if model.screen.typing.is_some() {
        contexts.push(Context::Typing);
        return contexts;
    }
    match &model.screen.popup {
        None => {
            if model.screen.tab == Tab::Timeline {
                contexts.push(Context::Timeline);
            }
            contexts.push(Context::Anywhere);
        }
        Some(Popup::Request { .. }) => contexts.push(Context::Request),
        Some(Popup::Pin { .. }) => contexts.push(Context::Pin),
        Some(Popup::Question { .. } | Popup::Leave) => contexts.push(Context::Question),
        Some(Popup::Record { .. }) => contexts.extend([Context::Record, Context::Reader]),
        Some(Popup::Help { .. } | Popup::OwnQr { .. } | Popup::Report { .. }) => {
            contexts.push(Context::Reader);
        }
    }
    contexts
}

pub(super) fn paste(model: &mut Model, text: &str) {
    if view::is_too_small(model) {
        return;
    }
    if let Some(typing) = &mut model.screen.typing {
        typing.line.insert(text);
        take_filter(model);
    } else if let Some(Popup::Pin { typed, .. }) = &mut model.screen.popup {
        typed.insert(text);
    }
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let screen = &mut model.screen;
    match action {
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::PageUp => step(model, -page(model)),
        Action::PageDown => step(model, page(model)),
        Action::First => step(model, isize::MIN / 2),
        Action::Last => step(model, isize::MAX / 2),
        Action::NextPane => screen.pane = next_pane(screen.pane),
        Action::PreviousPane => screen.pane = next_pane(next_pane(screen.pane)),
        Action::Show(tab) => {
            (screen.tab, screen.down) = (tab, 0);
            if screen.pane == Pane::Log {
                screen.pane = Pane::Detail;
            }
        }
        Action::Open => open(model),
        Action::Close => screen.filter.clear(),
        Action::Filter if screen.pane == Pane::Log => {
            screen.typing = Some(Typing::new(Wanted::LogFilter, &screen.log_filter.clone()));
        }
        Action::Filter => {
            screen.typing = Some(Typing::new(Wanted::Filter, &screen.filter.clone()));
        }
        Action::Command => screen.typing = Some(Typing::new(Wanted::Command, "")),
        Action::Begin(line) => match orders::filled(model, line) {
            Some(line) => model.screen.typing = Some(Typing::new(Wanted::Command, &line)),
            None => model.tell(Role::Waits, "select a device that says its SKI first"),
        },
        Action::Do(line) => return orders::obey_template(model, line),
        Action::EnterPin => return orders::obey_line(model, "enter-pin"),
        Action::Sort => {
            screen.sort = screen.sort.next();
            let told = format!("sorted by {}", screen.sort.name());
            model.tell(Role::Plain, told);
        }
        Action::Follow => {
            screen.follow = !screen.follow;
            let told = if screen.follow { "follows what happens" } else { "follows no more" };
            model.tell(Role::Plain, told);
        }
        Action::Freeze => orders::freeze(model),
        Action::ExportText => return orders::obey_line(model, "export text"),
        Action::ExportJson => return orders::obey_line(model, "export json"),
        Action::Copy => return copy(model),
        Action::OwnQr => return orders::obey_line(model, "identity qr"),
        Action::Help => screen.popup = Some(Popup::Help { down: 0 }),
        Action::Closer | Action::Farther | Action::Past | Action::Future | Action::Fit => {
            zoom(model, action);
        }
        Action::Quit => return orders::obey_line(model, "quit"),
        _ => {}
    }
    Vec::new()
}

fn next_pane(pane: Pane) -> Pane {
    match pane {
        Pane::Services => Pane::Detail,
        Pane::Detail => Pane::Log,
        Pane::Log => Pane::Services,
    }
}

fn page(model: &Model) -> isize {
    let areas = view::areas(model);
    let area = match model.screen.pane {
        Pane::Services => areas.services,
        Pane::Detail => areas.detail,
        Pane::Log => areas.log,
    };
    isize::try_from(area.height.saturating_sub(3).max(1)).unwrap_or(1)
}

/// Moves in the pane that has the keys.
fn step(model: &mut Model, by: isize) {
    match (model.screen.pane, model.screen.tab) {
        (Pane::Services, _) => {
            let rows = model.rows();
            let at = rows.iter().position(|row| Some(&row.key) == model.screen.selected.as_ref());
            let to = moved(at.unwrap_or(0), by, rows.len());
            if let Some(key) = rows.get(to).map(|row| row.key.clone()) {
                model.select(key);
            }
        }
        (Pane::Log, _) => {
            let lines = model.log().len();
            model.screen.log_back = moved(model.screen.log_back, by.saturating_neg(), lines);
        }
        (Pane::Detail, Tab::Timeline) => {
            let entries = model.history().len();
            let back = &mut model.screen.entries_back;
            *back = moved(*back, by.saturating_neg(), entries);
        }
        (Pane::Detail, Tab::Messages) => {
            let numbers: Vec<u64> = model
                .selected_ski()
                .and_then(|ski| model.world().traffic.of(ski))
                .map_or_else(Vec::new, |kept| kept.iter().map(|it| it.number).collect());
            let last = numbers.len().saturating_sub(1);
            let at = model.screen.message.and_then(|number| numbers.binary_search(&number).ok());
            let to = moved(at.unwrap_or(last), by, numbers.len());
            model.screen.message = numbers.get(to).copied().filter(|_| to < last);
        }
        (Pane::Detail, Tab::Service | Tab::Findings) => {
            let lines = view::detail_lines(model);
            model.screen.down = moved(model.screen.down, by, lines);
        }
    }
}

fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

fn open(model: &mut Model) {
    match (model.screen.pane, model.screen.tab) {
        (Pane::Services, _) => model.screen.pane = Pane::Detail,
        (Pane::Detail, Tab::Messages) => {
            let kept = model.selected_ski().and_then(|ski| model.world().traffic.of(ski));
            let last = kept.and_then(|kept| kept.back()).map(|transfer| transfer.number);
            if let Some(number) = model.screen.message.or(last) {
                model.screen.popup = Some(Popup::Record { number, raw: false, down: 0 });
            }
        }
        _ => {}
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(ski) = model.selected_ski() else {
        model.tell(Role::Waits, "select a device that says its SKI first");
        return Vec::new();
    };
    model.tell(Role::Good, format!("{ski} copied, if the terminal allows it"));
    vec![Effect::Copy(ski.to_string())]
}

fn zoom(model: &mut Model, action: Action) {
    let now = model.hub_now();
    let history = model.history();
    let whole = Window::of(Default::default(), history, now).span();
    let mut zoom = model.screen.zoom;
    let shown = Window::of(zoom, history, now);
    match action {
        Action::Closer => zoom.step(true, shown, whole),
        Action::Farther => zoom.step(false, shown, whole),
        Action::Past => zoom.pan(true, shown, whole),
        Action::Future => zoom.pan(false, shown, whole),
        _ => zoom = Default::default(),
    }
    model.screen.zoom = zoom;
}

/// A key while a line is typed.
fn typed(model: &mut Model, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let Some(typing) = &mut model.screen.typing else { return Vec::new() };
    match action {
        Some(Action::Close) => {
            let before = std::mem::take(&mut typing.before);
            match typing.what {
                Wanted::Command => {}
                Wanted::Filter => model.screen.filter = before,
                Wanted::LogFilter => model.screen.log_filter = before,
            }
            model.screen.typing = None;
        }
        Some(Action::Yes) => return enter(model),
        Some(Action::Complete) => {
            let Some(typing) = model.screen.typing.take_if(|it| it.what == Wanted::Command) else {
                return Vec::new();
            };
            let found = command::complete(typing.line.before(), model);
            let mut typing = typing;
            typing.line.insert(&found.insert);
            typing.hint = Some(match found.choices.len() {
                0 => (Role::Waits, "nothing known goes on like this".to_owned()),
                1 => (Role::Faint, found.choices.concat()),
                _ => (Role::Faint, words(&found.choices)),
            });
            model.screen.typing = Some(typing);
        }
        _ => {
            if typing.line.key(key) {
                typing.hint = None;
            }
            take_filter(model);
        }
    }
    Vec::new()
}

/// The first word of each choice.
fn words(choices: &[String]) -> String {
    let word = |choice: &String| choice.split("  ").next().unwrap_or_default().to_owned();
    choices.iter().map(word).collect::<Vec<_>>().join("  ")
}

/// A filter counts while it is typed.
fn take_filter(model: &mut Model) {
    let Some(typing) = &model.screen.typing else { return };
    let text = typing.line.text().to_owned();
    match typing.what {
        Wanted::Command => return,
        Wanted::Filter => model.screen.filter = text,
        Wanted::LogFilter => (model.screen.log_filter, model.screen.log_back) = (text, 0),
    }
    let rows = model.rows();
    let is_there = rows.iter().any(|row| Some(&row.key) == model.screen.selected.as_ref());
    if let Some(first) = rows.first().map(|row| row.key.clone()).filter(|_| !is_there) {
        model.select(first);
    }
}

/// What was typed is to be done. A line that is wrong stays, to be corrected.
fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(mut typing) = model.screen.typing.take() else { return Vec::new() };
    if typing.what != Wanted::Command || typing.line.text().trim().is_empty() {
        return Vec::new();
    }
    match command::parse(typing.line.text(), model) {
        Ok(order) => orders::obey(model, typing.line.text(), order),
        Err(wrong) => {
            typing.hint = Some((Role::Bad, wrong));
            model.screen.typing = Some(typing);
            Vec::new()
        }
    }
}

/// A key while a popup is open.
fn popup(model: &mut Model, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let now = model.now;
    match &mut model.screen.popup {
        Some(Popup::Pin { typed, wrong, .. }) if action.is_none() => {
            if typed.key(key) {
                *wrong = None;
            }
            return Vec::new();
        }
        Some(Popup::Request { opened, .. }) if now.since(*opened) < UNASKED_FOR => {
            return Vec::new();
        }
        _ => {}
    }
    let Some(action) = action else { return Vec::new() };
    if let Some(by) = scroll(model, action) {
        read(model, by);
        return Vec::new();
    }
    match (action, model.screen.popup.take()) {
        (Action::Accept, Some(Popup::Request { ski, .. })) => {
            let wish = Wish::Plain(Plain::Accept { ski });
            return vec![orders::ask(model, wish, format!("accept {ski}"))];
        }
        (Action::Deny, Some(Popup::Request { ski, .. })) => {
            let wish = Wish::Plain(Plain::Deny { ski });
            return vec![orders::ask(model, wish, format!("deny {ski}"))];
        }
        (Action::Yes, Some(Popup::Question { line, wish, .. })) => {
            return match *wish {
                Wish::Plain(Plain::Shutdown {}) if model.embedded => orders::end(model, Exit::Done),
                wish => vec![orders::ask(model, wish, line)],
            };
        }
        (Action::Yes, Some(Popup::Leave)) => return orders::end(model, Exit::Done),
        (Action::Yes, Some(Popup::Pin { ski, typed, .. })) => match typed.text().parse::<Pin>() {
            Ok(pin) => {
                let wish = Wish::EnterPin { ski, pin };
                return vec![orders::ask(model, wish, format!("enter-pin {ski}"))];
            }
            Err(error) => {
                model.screen.popup =
                    Some(Popup::Pin { ski, typed, wrong: Some(error.to_string()) });
            }
        },
        (Action::Raw, Some(Popup::Record { number, raw, .. })) => {
            model.screen.popup = Some(Popup::Record { number, raw: !raw, down: 0 });
        }
        // Everything else closes it.
        _ => {}
    }
    Vec::new()
}

fn scroll(model: &Model, action: Action) -> Option<isize> {
    let page = isize::try_from(view::popup_page(model).max(1)).unwrap_or(1);
    Some(match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::First => isize::MIN / 2,
        Action::Last => isize::MAX / 2,
        _ => return None,
    })
}

/// Scrolls what is read in a popup.
fn read(model: &mut Model, by: isize) {
    let lines = view::popup_lines(model);
    let most = lines.saturating_sub(view::popup_page(model).into());
    if let Some(Popup::Help { down } | Popup::Record { down, .. } | Popup::Report { down, .. }) =
        &mut model.screen.popup
    {
        *down = down.saturating_add_signed(by).min(most);
    }
}

pub(super) fn mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    let by = match mouse.kind {
        MouseEventKind::ScrollUp => -3,
        MouseEventKind::ScrollDown => 3,
        MouseEventKind::Down(MouseButton::Left) => 0,
        _ => return Vec::new(),
    };
    if view::is_too_small(model) {
        return Vec::new();
    }
    if model.screen.popup.is_some() {
        read(model, by);
        return Vec::new();
    }
    let areas = view::areas(model);
    let at = Position::new(mouse.column, mouse.row);
    let panes =
        [(areas.services, Pane::Services), (areas.detail, Pane::Detail), (areas.log, Pane::Log)];
    let Some((area, pane)) = panes.into_iter().find(|(area, _)| area.contains(at)) else {
        return Vec::new();
    };
    model.screen.pane = pane;
    if by != 0 {
        step(model, by);
    } else if pane == Pane::Services {
        if let Some(key) = view::row_at(model, area, at) {
            model.select(key);
        }
    } else if pane == Pane::Detail
        && let Some(tab) = view::tab_at(area, at)
    {
        (model.screen.tab, model.screen.down) = (tab, 0);
    }
    Vec::new()
}
