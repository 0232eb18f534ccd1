//! Keys: where they go, and what they do on the screen itself.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::{
    super::{
        effect::Effect,
        keymap::{self, Action, Context},
        model::{Model, Pane, Popup, Tab, Typing, Wanted},
        theme::Role,
        view,
    },
    moves, orders, popup, typing,
};
use crate::cli::exit::Exit;

pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let before = std::mem::replace(&mut model.keyed, model.now);
    let found = keymap::action(&contexts(model), key);
    match found {
        Some(Action::QuitNow) => return orders::end(model, Exit::Interrupted),
        Some(Action::Suspend) => return vec![Effect::Suspend],
        // What cannot be seen cannot be decided; that q quits is all that is said there.
        _ if view::is_too_small(model) => {
            let quits = key.code == KeyCode::Char('q') && model.ending.is_none();
            return if quits { orders::leave(model, false) } else { Vec::new() };
        }
        _ => {}
    }
    if model.screen.typing.is_some() {
        return typing::typed(model, key, found);
    }
    if model.screen.popup.is_some() {
        return popup::key(model, key, found, before);
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

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let screen = &mut model.screen;
    match action {
        Action::Up => moves::step(model, -1),
        Action::Down => moves::step(model, 1),
        Action::PageUp => moves::step(model, -moves::page(model)),
        Action::PageDown => moves::step(model, moves::page(model)),
        Action::First => moves::step(model, isize::MIN / 2),
        Action::Last => moves::step(model, isize::MAX / 2),
        Action::NextPane => screen.pane = moves::next_pane(screen.pane),
        Action::PreviousPane => screen.pane = moves::next_pane(moves::next_pane(screen.pane)),
        Action::Show(tab) => {
            (screen.tab, screen.down) = (tab, 0);
            if screen.pane == Pane::Log {
                screen.pane = Pane::Detail;
            }
        }
        Action::Open => open(model),
        Action::Close => {
            screen.filter.clear();
            model.reselect();
        }
        Action::Filter if screen.pane == Pane::Log => {
            screen.typing = Some(Typing::new(Wanted::LogFilter, &screen.log_filter.clone()));
        }
        Action::Filter => {
            screen.typing = Some(Typing::new(Wanted::Filter, &screen.filter.clone()));
        }
        Action::Command => screen.typing = Some(Typing::new(Wanted::Command, "")),
        Action::Begin(line) => match orders::filled(model, line) {
            Some(line) => model.screen.typing = Some(Typing::new(Wanted::Command, &line)),
            None => model.tell(Role::Waits, model.nobody()),
        },
        Action::Name => match model.selected_ski() {
            Some(ski) => model.screen.typing = Some(Typing::new(Wanted::Name(ski), "")),
            None => model.tell(Role::Waits, model.nobody()),
        },
        Action::Do(line) => return orders::obey_template(model, line),
        Action::EnterPin => match model.wants_pin() {
            Some(ski) => orders::open_pin(model, ski),
            None => model.tell(Role::Waits, "no device wants a PIN now"),
        },
        Action::Sort => {
            screen.sort = screen.sort.next();
            let told = format!("sorted by {}", screen.sort.name());
            model.tell(Role::Plain, told);
        }
        Action::Follow => {
            screen.follow = !screen.follow;
            let told = if screen.follow {
                "the selection follows what happens"
            } else {
                "the selection stays"
            };
            model.tell(Role::Plain, told);
        }
        Action::Freeze => orders::freeze(model),
        Action::ExportText => return orders::obey_line(model, "export text"),
        Action::ExportJson => return orders::obey_line(model, "export json"),
        Action::Copy => return copy(model),
        Action::OwnQr => return orders::obey_line(model, "identity qr"),
        Action::Help => screen.popup = Some(Popup::Help { down: 0 }),
        Action::Closer | Action::Farther | Action::Past | Action::Future | Action::Fit => {
            moves::zoom(model, action);
        }
        Action::Quit => return orders::obey_line(model, "quit"),
        _ => {}
    }
    Vec::new()
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
        model.tell(Role::Waits, model.nobody());
        return Vec::new();
    };
    model.tell(Role::Good, format!("{ski} copied, if the terminal allows it"));
    vec![Effect::Copy(ski.to_string())]
}
