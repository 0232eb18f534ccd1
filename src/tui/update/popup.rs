//! Keys while a popup is open.

use crossterm::event::KeyEvent;

use super::{
    super::{
        effect::Effect,
        keymap::Action,
        model::{Model, Popup},
        view,
    },
    UNASKED_FOR, orders,
};
use crate::{
    cli::exit::Exit,
    control::{Wish, wire::Plain},
    proto::Pin,
};

/// A key while a popup is open.
pub(super) fn key(model: &mut Model, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let now = model.now;
    let opened = match &model.screen.popup {
        Some(Popup::Request { opened, .. }) => Some(*opened),
        Some(Popup::Pin { opened, .. }) => *opened,
        _ => None,
    };
    if opened.is_some_and(|opened| now.since(opened) < UNASKED_FOR) {
        return Vec::new();
    }
    if let (Some(Popup::Pin { typed, wrong, .. }), None) = (&mut model.screen.popup, action) {
        if typed.key(key) {
            *wrong = None;
        }
        return Vec::new();
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
        (Action::Yes, Some(Popup::Pin { ski, opened, typed, .. })) => {
            match typed.text().parse::<Pin>() {
                Ok(pin) => {
                    let wish = Wish::EnterPin { ski, pin };
                    return vec![orders::ask(model, wish, format!("enter-pin {ski}"))];
                }
                Err(error) => {
                    model.screen.popup =
                        Some(Popup::Pin { ski, opened, typed, wrong: Some(error.to_string()) });
                }
            }
        }
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
pub(super) fn read(model: &mut Model, by: isize) {
    let lines = view::popup_lines(model);
    let most = lines.saturating_sub(view::popup_page(model).into());
    if let Some(Popup::Help { down } | Popup::Record { down, .. } | Popup::Report { down, .. }) =
        &mut model.screen.popup
    {
        *down = down.saturating_add_signed(by).min(most);
    }
}
