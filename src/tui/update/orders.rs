//! What is ordered, by a key or on the command line.

use std::time::Duration;

use anstream::adapter::strip_str;
use serde_json::{Map, Value};

use super::super::{
    command::{self, Order},
    effect::Effect,
    export,
    line::Line,
    model::{Answers, Asked, Model, Popup},
    text::times,
    theme::Role,
    view,
};
use crate::{
    cli::{
        commands::status::report,
        exit::Exit,
        output::text::{count, safe},
    },
    control::{Wish, wire::Plain},
    proto::{ConnectionState, Pin, Ski},
    time::text::rough,
};

/// Does what a line of the command line says.
pub(super) fn obey_line(model: &mut Model, line: &str) -> Vec<Effect> {
    match command::parse(line, model) {
        Ok(order) => obey(model, line, order),
        Err(wrong) => {
            model.tell(Role::Bad, wrong);
            Vec::new()
        }
    }
}

/// Does what a key stands for: a line in which `SKI` is the selected device.
pub(super) fn obey_template(model: &mut Model, template: &str) -> Vec<Effect> {
    let Some(line) = filled(model, template) else {
        model.tell(Role::Waits, model.nobody());
        return Vec::new();
    };
    // Who types such a line has written it out; a key may have been hit by mistake.
    if let Ok(Order::Wish(wish)) = command::parse(&line, model)
        && let Some(what) = lets_in(model, &wish)
    {
        model.screen.popup = Some(Popup::Question { what, line, wish });
        return Vec::new();
    }
    obey_line(model, &line)
}

/// Who would be trusted, as a question; `None` where nobody is who was not before.
fn lets_in(model: &Model, wish: &Wish) -> Option<String> {
    match wish {
        Wish::Plain(Plain::AutoAccept { seconds }) if *seconds > 0 => {
            let time = rough(Duration::from_secs(*seconds));
            Some(format!("Let in every device that asks, for {time}?"))
        }
        Wish::Register(peer) => {
            let known = model.live.peer_of(peer.ski).is_some_and(|known| known.registered);
            let name = model.name_of(peer.ski, 40).unwrap_or_else(|| "this device".to_owned());
            (!known).then(|| {
                format!(
                    "Trust {name} and connect to it? Compare this SKI with the device's label, \
                     menu or app: {}",
                    peer.ski.grouped()
                )
            })
        }
        _ => None,
    }
}

/// The line with the selected device in it.
pub(in crate::tui) fn filled(model: &Model, template: &str) -> Option<String> {
    if !template.contains("SKI") {
        return Some(template.to_owned());
    }
    Some(template.replace("SKI", &model.selected_ski()?.to_string()))
}

/// Does it, or asks before something is lost.
pub(super) fn obey(model: &mut Model, line: &str, order: Order) -> Vec<Effect> {
    match order {
        Order::Wish(wish) => {
            let line = line.trim().trim_start_matches("shipctl ").to_owned();
            if let Some(why) = in_vain(model, &wish) {
                model.tell(Role::Waits, why);
                return Vec::new();
            }
            if let Some(what) = loses(model, &wish) {
                model.screen.popup = Some(Popup::Question { what, line, wish });
                return Vec::new();
            }
            return vec![ask(model, *wish, line)];
        }
        Order::Pin(ski) => open_pin(model, ski),
        Order::OwnQr => {
            model.screen.popup = Some(Popup::OwnQr { text: None });
            return vec![ask(model, Wish::Plain(Plain::Identity {}), "identity qr".to_owned())];
        }
        Order::Show(tab) => {
            model.screen.tab = tab;
            model.screen.down = 0;
        }
        Order::Filter(filter) => {
            model.screen.filter = filter;
            model.reselect();
        }
        Order::Help => model.screen.popup = Some(Popup::Help { down: 0 }),
        Order::Freeze => freeze(model),
        Order::Export { file, json } => {
            let text = if json { export::json(model) } else { export::text(model) };
            return vec![Effect::Export {
                file,
                extension: if json { "json" } else { "txt" },
                text,
            }];
        }
        Order::Quit => return leave(model, true),
    }
    Vec::new()
}

/// Asks the hub.
pub(super) fn ask(model: &mut Model, wish: Wish, line: String) -> Effect {
    model.last_id += 1;
    let wants = match &wish {
        Wish::Plain(Plain::Shutdown {}) => Answers::Shutdown,
        Wish::Plain(Plain::Metrics {}) => Answers::Text,
        Wish::Plain(Plain::Status { .. }) => Answers::Status,
        Wish::Plain(Plain::Identity {}) => Answers::OwnQr,
        Wish::Plain(Plain::TraceStart { .. } | Plain::TraceStop {}) => Answers::Trace,
        _ => Answers::Done,
    };
    let asked = Asked { line: format!("shipctl {line}"), wants };
    if matches!(wants, Answers::Done | Answers::Trace | Answers::Shutdown) {
        model.tell(Role::Busy, format!("{} …", asked.line));
    }
    model.asked.insert(model.last_id, asked);
    Effect::Ask { id: model.last_id, wish }
}

/// Sends a PIN. There is no command line that does the same: the PIN would be seen in it.
pub(super) fn send_pin(model: &mut Model, ski: Ski, pin: Pin) -> Effect {
    model.last_id += 1;
    let name = model.name_of(ski, 24).unwrap_or_else(|| "the device".to_owned());
    let line = format!("the PIN goes to {name} …");
    model.tell(Role::Busy, line.clone());
    model.asked.insert(model.last_id, Asked { line, wants: Answers::Pin });
    Effect::Ask { id: model.last_id, wish: Wish::EnterPin { ski, pin } }
}

/// What is done with a file, its path cut at the front where there is no room for all of it.
pub(super) fn with_path(model: &Model, what: &str, path: &str) -> String {
    let path = safe(path);
    let room = usize::from(model.size.0).saturating_sub(what.len() + 2);
    let excess = path.chars().count().saturating_sub(room);
    match excess {
        0 => format!("{what} {path}"),
        _ => format!("{what} …{}", path.chars().skip(excess).collect::<String>()),
    }
}

/// Opens the window in which the PIN of a device is typed.
pub(super) fn open_pin(model: &mut Model, ski: Ski) {
    let Some(wanted) = model.live.peer_of(ski).and_then(|peer| peer.pin_wanted) else {
        return model.tell(Role::Waits, "that device wants no PIN now");
    };
    let wrong = match (wanted.busy, wanted.wrong) {
        (true, _) => Some("its penalty runs: what you enter is sent when that is over".to_owned()),
        (false, 0) => None,
        (false, wrong) => Some(format!(
            "the last PIN was wrong, {} so far; from the third on the device makes us wait",
            times(wrong)
        )),
    };
    model.screen.popup = Some(Popup::Pin { ski, typed: Line::of(""), wrong });
}

/// What `shipctl status` prints.
pub(super) fn status(model: &Model, answer: &Map<String, Value>) -> String {
    let hub = answer.get("hub").unwrap_or(&Value::Null);
    let peers = model.live.hub.iter().flat_map(|hub| &hub.peers);
    let names = peers.map(|peer| (peer.ski, peer.name.as_deref().map(safe))).collect();
    let lines = report(&model.greeting, hub, &names, Some(view::popup_columns(model)));
    strip_str(&lines.join("\n")).to_string()
}

/// Stops what is shown, or goes on.
pub(super) fn freeze(model: &mut Model) {
    if model.frozen.take().is_none() {
        let mut world = Box::new(model.live.clone());
        world.stopped = Some(model.now);
        model.frozen = Some(world);
    }
}

/// Leaves the dashboard; where that ends connections it `asks` first, if a question could be read.
pub(super) fn leave(model: &mut Model, asks: bool) -> Vec<Effect> {
    if model.gone.is_some() {
        return vec![Effect::Quit(Exit::NoHub)];
    }
    if asks && model.embedded && model.connections() > 0 && !model.is_shutting_down() {
        model.screen.popup = Some(Popup::Leave);
        return Vec::new();
    }
    end(model, Exit::Done)
}

/// Ends with this exit code: at once where the hub is not ours, else after it has ended in order;
/// asked for again, at once in any case.
pub(super) fn end(model: &mut Model, exit: Exit) -> Vec<Effect> {
    if !model.embedded || model.gone.is_some() || model.ending.is_some() {
        return vec![Effect::Quit(model.ending.map_or(exit, |_| Exit::Findings))];
    }
    model.ending = Some(exit);
    model.frozen = None;
    model.screen.popup = None;
    model.screen.typing = None;
    if model.asked.values().any(|asked| asked.wants == Answers::Shutdown) {
        return Vec::new();
    }
    vec![ask(model, Wish::Plain(Plain::Shutdown {}), "shutdown".to_owned())]
}

/// Why nothing can come of it, where that is known beforehand.
fn in_vain(model: &Model, wish: &Wish) -> Option<String> {
    let Wish::Plain(Plain::Unregister { ski }) = wish else { return None };
    let peer = model.live.peer_of(*ski).filter(|peer| !peer.registered)?;
    let name = model.name_of(*ski, 24).unwrap_or_else(|| ski.grouped());
    Some(match peer.state {
        ConnectionState::ReceivedPairingRequest => {
            format!("{name} is not trusted, it only asks: d denies it")
        }
        _ => format!("{name} is not trusted; r trusts it"),
    })
}

/// What would be lost, as a question; `None` where nothing is.
fn loses(model: &Model, wish: &Wish) -> Option<String> {
    let Wish::Plain(plain) = wish else { return None };
    let name = |ski: &Ski| model.name_of(*ski, 40).unwrap_or_else(|| ski.grouped());
    let connections = count(model.connections() as u64, "connection");
    Some(match plain {
        Plain::Unregister { ski } => format!(
            "Disconnect {} and trust it no longer? To pair again, somebody must confirm it on both \
             sides.",
            name(ski)
        ),
        Plain::Cancel { ski } => {
            format!("Give up the pairing with {}, and forget it?", name(ski))
        }
        Plain::Deny { ski } => format!("Refuse {}?", name(ski)),
        Plain::DisconnectAll {} => format!(
            "Close {connections}, and refuse those asking to be paired? The devices stay off until \
             you press c."
        ),
        Plain::Shutdown {} if model.embedded => {
            format!("Stop the hub, and the dashboard with it? That closes {connections}.")
        }
        Plain::Shutdown {} => {
            format!("Stop the running hub for everybody? That closes {connections}.")
        }
        _ => return None,
    })
}
