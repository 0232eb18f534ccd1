//! A line being typed: the command line, or a filter.

use crossterm::event::KeyEvent;

use super::{
    super::{
        command::{self, Choice, Completion},
        effect::Effect,
        keymap::Action,
        model::{Hint, Model, Popup, Wanted},
        theme::Role,
        view,
    },
    orders,
};
use crate::{
    cli::output::text::{padded, width},
    proto::Ski,
};

/// A key while a line is typed.
pub(super) fn typed(model: &mut Model, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let Some(typing) = &mut model.screen.typing else { return Vec::new() };
    match action {
        Some(Action::Close) => {
            let before = std::mem::take(&mut typing.before);
            match typing.what {
                Wanted::Command | Wanted::Name(_) => {}
                Wanted::Filter => model.screen.filter = before,
                Wanted::LogFilter => model.screen.log_filter = before,
            }
            model.screen.typing = None;
            model.reselect();
        }
        Some(Action::Yes) => return enter(model),
        Some(Action::Complete) => {
            let Some(mut typing) = model.screen.typing.take_if(|it| it.what == Wanted::Command)
            else {
                return Vec::new();
            };
            let found = command::complete(typing.line.before(), model);
            typing.line.replace(found.replaces, &found.text);
            typing.hint = Some(hint(&found));
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

/// The choices: a line each with what they mean, or the words in a row where these say enough.
fn hint(Completion { choices, are_devices, .. }: &Completion) -> Hint {
    match &choices[..] {
        [] => Hint::new(Role::Waits, "nothing known goes on like this"),
        [_, _, ..] if !are_devices => {
            let words: Vec<&str> = choices.iter().map(|it| &*it.word).collect();
            Hint::new(Role::Faint, words.join(", "))
        }
        choices => {
            let widest = choices.iter().map(|it| width(&it.word)).max().unwrap_or(0);
            let line = |it: &Choice| format!("{}  {}", padded(&it.word, widest), it.help);
            let lines = choices.iter().map(|it| line(it).trim_end().to_owned()).collect();
            Hint { role: Role::Faint, lines }
        }
    }
}

/// A filter counts while it is typed.
fn take_filter(model: &mut Model) {
    let Some(typing) = &model.screen.typing else { return };
    let text = typing.line.text().to_owned();
    match typing.what {
        Wanted::Command | Wanted::Name(_) => return,
        Wanted::Filter => model.screen.filter = text,
        Wanted::LogFilter => (model.screen.log_filter, model.screen.log_back) = (text, 0),
    }
    model.reselect();
}

/// What was typed is to be done. A line that is wrong stays, to be corrected.
fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(mut typing) = model.screen.typing.take() else { return Vec::new() };
    let text = typing.line.text().trim();
    let line = match typing.what {
        _ if text.is_empty() => return Vec::new(),
        Wanted::Command => text.to_owned(),
        Wanted::Name(ski) => rename(ski, text),
        Wanted::Filter | Wanted::LogFilter => return Vec::new(),
    };
    match command::parse(&line, model) {
        Ok(order) => orders::obey(model, &line, order),
        Err(wrong) => {
            typing.hint = Some(Hint::new(Role::Bad, wrong));
            model.screen.typing = Some(typing);
            Vec::new()
        }
    }
}

/// The command line that gives a device this name, whatever stands in it.
fn rename(ski: Ski, name: &str) -> String {
    // What is typed holds no zero byte, which alone cannot be quoted.
    let quoted = shlex::try_quote(name).unwrap_or_default();
    let dashes = if name.starts_with('-') { "-- " } else { "" };
    format!("trust rename {ski} {dashes}{quoted}")
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
