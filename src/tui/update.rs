//! What every message changes, and what is to be done outside because of it. Pure.

mod keys;
mod moves;
mod orders;
mod popup;
mod typing;
mod wants;

pub(super) use keys::contexts;

use std::sync::Arc;

use super::{
    effect::Effect,
    message::Message,
    model::{Answers, LOG_KEPT, LogLine, Model, Notice, Popup, TOLD_FOR},
    rows::Key,
    theme::Role,
};
use crate::{
    cli::{exit::Exit, output::text::count},
    control::{Answer, wire::Happening},
    hub::Snapshot,
    proto::Ski,
    time::Time,
};

/// Takes notice of a message that came at `now`, by the clock of the dashboard.
pub fn update(model: &mut Model, now: Time, message: Message) -> Vec<Effect> {
    model.now = model.now.max(now);
    model.screen.notice.take_if(|notice| notice.until <= now);
    match message {
        Message::Key(key) => return keys::key(model, key),
        Message::Paste(text) => typing::paste(model, &text),
        Message::Mouse(mouse) => return moves::mouse(model, mouse),
        Message::Resize(columns, lines) => model.size = (columns, lines),
        Message::Tick => wants::look(model),
        Message::Signal(exit) => return orders::end(model, exit),
        Message::Status(hub) => status(model, *hub),
        Message::Peer(peer) => model.live.peer = Some(Arc::from(peer)),
        Message::Happening(happening) => happened(model, &happening),
        Message::Transfer(transfer) => model.live.traffic.push(*transfer),
        Message::Answer { id, answer } => return answered(model, id, answer),
        Message::Exported(Ok(path)) => {
            model.tell(Role::Good, format!("written to {}", path.display()))
        }
        Message::Exported(Err(error)) => model.tell(Role::Bad, error),
        Message::Gone(how) => return gone(model, how),
    }
    Vec::new()
}

impl Model {
    /// Tells something at the bottom of the screen.
    pub(super) fn tell(&mut self, role: Role, text: impl Into<String>) {
        let until = self.now + TOLD_FOR;
        self.screen.notice = Some(Notice { role, text: text.into(), until });
    }

    /// Looks at another device.
    pub(super) fn select(&mut self, key: Key) {
        if self.screen.selected.as_ref() == Some(&key) {
            return;
        }
        let screen = &mut self.screen;
        screen.selected = Some(key);
        screen.zoom = Default::default();
        (screen.entries_back, screen.down, screen.message) = (0, 0, None);
    }

    /// Looks at a device of the list: at the first where the one looked at is not in it, at none where
    /// it is empty. What is not shown is not acted upon.
    pub(super) fn reselect(&mut self) {
        let rows = self.rows();
        if rows.iter().any(|row| Some(&row.key) == self.screen.selected.as_ref()) {
            return;
        }
        match rows.first().map(|row| row.key.clone()) {
            Some(first) => self.select(first),
            None => self.screen.selected = None,
        }
    }
}

fn status(model: &mut Model, hub: Snapshot) {
    model.live.received = model.now;
    model.live.hub = Some(Arc::new(hub));
    model.reselect();
    wants::look(model);
}

fn happened(model: &mut Model, happening: &Happening) {
    let event = &happening.event;
    let ski: Option<Ski> = event["ski"].as_str().and_then(|ski| ski.parse().ok());
    let ts = event["ts"].as_str().unwrap_or_default();
    let line = |stage: &str, text: &str| LogLine::new(ts, ski, stage, text);
    let mut lines: Vec<LogLine> =
        happening.say.iter().map(|said| line(&said.stage, &said.text)).collect();
    if event["event"] == "events_lost" {
        let lost = count(event["count"].as_u64().unwrap_or_default(), "event");
        lines.push(line("lost", &format!("{lost} went untold: this terminal is too slow")));
    }
    let world = &mut model.live;
    for line in lines {
        world.log.push_back(Arc::new(line));
        world.logged += 1;
        if world.log.len() > LOG_KEPT {
            world.log.pop_front();
        }
        // Whoever reads further up goes on reading there.
        if model.screen.log_back > 0 && model.frozen.is_none() {
            model.screen.log_back += 1;
        }
    }
    if let Some(ski) = ski {
        wants::told(model, ski, event);
    }
    let is_known = |ski: Ski| model.rows().iter().any(|row| row.ski() == Some(ski));
    if let Some(ski) = ski.filter(|ski| model.screen.follow && is_known(*ski)) {
        model.select(Key::Ski(ski));
    }
}

fn answered(model: &mut Model, id: u64, answer: Answer) -> Vec<Effect> {
    let Some(asked) = model.asked.remove(&id) else { return Vec::new() };
    let line = asked.line;
    match answer {
        Ok(fields) if asked.wants == Answers::Shutdown => {
            let forced = fields.get("forced").is_some_and(|forced| forced == true);
            if let Some(exit) = model.ending {
                return vec![Effect::Quit(if forced && exit == Exit::Done {
                    Exit::Findings
                } else {
                    exit
                })];
            }
            model.tell(
                Role::Good,
                if forced {
                    "the hub has ended; some connections had to be cut"
                } else {
                    "the hub has ended"
                },
            );
        }
        Ok(fields) if asked.wants == Answers::Text => {
            let text = told(&fields, "text").to_owned();
            model.screen.popup = Some(Popup::Report { title: line, text, down: 0 });
        }
        Ok(fields) if asked.wants == Answers::Status => {
            let text = orders::status(model, &fields);
            model.screen.popup = Some(Popup::Report { title: line, text, down: 0 });
        }
        Ok(fields) if asked.wants == Answers::OwnQr => {
            if let Some(Popup::OwnQr { text }) = &mut model.screen.popup {
                let identity = fields.get("identity").and_then(serde_json::Value::as_object);
                *text = identity.map(|identity| told(identity, "qr").to_owned());
            }
        }
        Ok(_) if asked.wants == Answers::Pin => {
            // What came of it may have been told already.
            if model.screen.notice.as_ref().is_some_and(|notice| notice.text == line) {
                model.tell(Role::Busy, line.replace(" …", ", and is being checked"));
            }
        }
        Ok(fields) if asked.wants == Answers::Trace => {
            let file = told(&fields, "file");
            let what = if line.contains(" start") { "records to" } else { "recorded in" };
            let text = orders::with_path(model, what, file);
            model.tell(Role::Good, text);
        }
        Ok(_) => model.tell(Role::Good, format!("done: {line}")),
        Err(refusal) => {
            let hint = refusal.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            model.tell(Role::Bad, format!("{}{hint}", refusal.message));
            if asked.wants == Answers::OwnQr {
                model.screen.popup.take_if(|popup| matches!(popup, Popup::OwnQr { .. }));
            }
            if asked.wants == Answers::Shutdown {
                return model.ending.take().map(Effect::Quit).into_iter().collect();
            }
        }
    }
    Vec::new()
}

/// A text in an answer.
fn told<'a>(fields: &'a serde_json::Map<String, serde_json::Value>, name: &str) -> &'a str {
    fields.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn gone(model: &mut Model, how: String) -> Vec<Effect> {
    if let Some(exit) = model.ending {
        return vec![Effect::Quit(exit)];
    }
    model.screen.popup = None;
    model.live.stopped = Some(model.now);
    model.gone = Some(how);
    Vec::new()
}
