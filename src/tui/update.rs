//! What every message changes, and what is to be done outside because of it. Pure.

mod keys;
mod moves;
mod orders;
mod popup;
mod typing;

pub(super) use keys::contexts;

use std::{sync::Arc, time::Duration};

use super::{
    effect::Effect,
    message::Message,
    model::{Answers, LOG_KEPT, LogLine, Model, Notice, Popup, TOLD_FOR, Wants},
    rows::Key,
    theme::Role,
};
use crate::{
    cli::{exit::Exit, output::text::count},
    control::{Answer, wire::Happening},
    hub::{Snapshot, snapshot::PeerSnapshot},
    proto::{ConnectionState, Ski},
    time::Time,
};

/// A popup that opens by itself takes no decision for so long: what is being typed was not meant
/// for it.
const UNASKED_FOR: Duration = Duration::from_millis(400);

/// Takes notice of a message that came at `now`, by the clock of the dashboard.
pub fn update(model: &mut Model, now: Time, message: Message) -> Vec<Effect> {
    model.now = model.now.max(now);
    model.screen.notice.take_if(|notice| notice.until <= now);
    match message {
        Message::Key(key) => return keys::key(model, key),
        Message::Paste(text) => typing::paste(model, &text),
        Message::Mouse(mouse) => return moves::mouse(model, mouse),
        Message::Resize(columns, lines) => model.size = (columns, lines),
        Message::Tick => {}
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
}

fn status(model: &mut Model, hub: Snapshot) {
    model.live.received = model.now;
    model.live.hub = Some(Arc::new(hub));
    let rows = model.rows();
    let is_there = |key: &Key| rows.iter().any(|row| row.key == *key);
    if !model.screen.selected.as_ref().is_some_and(is_there)
        && let Some(first) = rows.first().map(|row| row.key.clone())
    {
        model.select(first);
    }
    wants(model);
}

/// Opens a popup for what a device wants, and closes one whose device wants nothing any more.
fn wants(model: &mut Model) {
    let Some(hub) = model.live.hub.clone() else { return };
    let wanted: Vec<(Wants, Ski, Time)> = hub.peers.iter().filter_map(wanted).collect();
    model.seen.retain(|(what, ski), since| wanted.contains(&(*what, *ski, *since)));
    let open = match &model.screen.popup {
        Some(Popup::Request { ski, .. }) => Some((Wants::Trust, *ski)),
        Some(Popup::Pin { ski, .. }) => Some((Wants::Pin, *ski)),
        _ => None,
    };
    if let Some((what, ski)) = open
        && !wanted.iter().any(|(it, who, _)| (*it, *who) == (what, ski))
    {
        model.screen.popup = None;
        model.tell(Role::Waits, "it is over: the device does not ask any more");
    }
    if model.screen.popup.is_some() || model.screen.typing.is_some() || model.ending.is_some() {
        return;
    }
    let new = wanted.into_iter().find(|(what, ski, _)| !model.seen.contains_key(&(*what, *ski)));
    if let Some((what, ski, since)) = new {
        model.seen.insert((what, ski), since);
        model.select(Key::Ski(ski));
        model.screen.popup = Some(match what {
            Wants::Trust => Popup::Request { ski, opened: model.now },
            Wants::Pin => orders::pin_popup(&hub, ski, Some(model.now)),
        });
    }
}

/// What a peer wants of us, and since when.
fn wanted(peer: &PeerSnapshot) -> Option<(Wants, Ski, Time)> {
    if peer.state == ConnectionState::ReceivedPairingRequest {
        let since = peer.request.as_ref().map_or(peer.since, |request| request.since);
        return Some((Wants::Trust, peer.ski, since));
    }
    let pin = peer.pin_wanted.filter(|pin| pin.required && !pin.busy)?;
    Some((Wants::Pin, peer.ski, pin.since))
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
