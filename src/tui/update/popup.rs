//! Keys while a popup is open.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        effect::Effect,
        keymap::Action,
        model::{Model, Popup},
        theme::Role,
        view,
    },
    orders,
    wants::QUIET,
};
use crate::{
    cli::exit::Exit,
    control::{Wish, wire::Plain},
    proto::Pin,
    time::Time,
};

/// A key while a popup is open; the one before came at `before`.
pub(super) fn key(
    model: &mut Model,
    key: KeyEvent,
    action: Option<Action>,
    before: Time,
) -> Vec<Effect> {
    let now = model.now;
    match &mut model.screen.popup {
        Some(Popup::Pin { typed, wrong, .. }) if action.is_none() => {
            if no_digit(key) {
                *wrong = Some("a PIN has hex digits only; Esc closes this window".to_owned());
            } else if typed.key(key) {
                *wrong = None;
            }
            return Vec::new();
        }
        Some(Popup::Request { opened, .. }) if now.since(before.max(*opened)) < QUIET => {
            model
                .tell(Role::Waits, "this window opened by itself: pause, then press the key again");
            return Vec::new();
        }
        _ => {}
    }
    let Some(action) = action else {
        model.tell(Role::Waits, first(model));
        return Vec::new();
    };
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
        (Action::Help, Some(Popup::Request { ski, .. })) => {
            model.seen.remove(&ski);
            model.screen.popup = Some(Popup::Help { down: 0 });
        }
        (Action::Quit, Some(Popup::Request { ski, .. })) => {
            model.seen.remove(&ski);
            return orders::obey_line(model, "quit");
        }
        (Action::Yes, Some(Popup::Pin { ski, typed, .. })) => match typed.text().parse::<Pin>() {
            Ok(pin) => return vec![orders::send_pin(model, ski, pin)],
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

/// What is to be done before the key means something again.
fn first(model: &Model) -> &'static str {
    match model.screen.popup {
        Some(Popup::Request { .. }) => "answer the request first: a, d, or Esc for later",
        Some(Popup::Question { .. } | Popup::Leave) => "answer the question first: y or n",
        _ => "close this window first: Esc",
    }
}

/// A character that cannot belong to a PIN; most likely it was meant for what lies below.
fn no_digit(key: KeyEvent) -> bool {
    let is_typed = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let foreign = |c: char| !c.is_ascii_hexdigit() && !c.is_whitespace();
    is_typed && matches!(key.code, KeyCode::Char(c) if foreign(c))
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
pub(super) fn read(model: &mut Model, by: isize) {
    let lines = view::popup_lines(model);
    let most = lines.saturating_sub(view::popup_page(model).into());
    if let Some(Popup::Help { down } | Popup::Record { down, .. } | Popup::Report { down, .. }) =
        &mut model.screen.popup
    {
        *down = down.saturating_add_signed(by).min(most);
    }
}
