//! What devices want of somebody: a window for a request to be paired, a line for a PIN.

use std::time::Duration;

use serde_json::Value;

use super::super::{
    model::{Model, Popup},
    rows::Key,
    text::times,
    theme::Role,
};
use crate::{
    hub::snapshot::PeerSnapshot,
    proto::{ConnectionState, Ski},
    time::Time,
};

/// A window that opened by itself takes a key once none came for so long: what is being typed was not
/// meant for it.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// Opens a window for a request nobody has seen, and closes one whose device wants nothing any more.
pub(super) fn look(model: &mut Model) {
    let Some(hub) = model.live.hub.clone() else { return };
    let asking: Vec<(Ski, Time)> = hub.peers.iter().filter_map(asks).collect();
    model.seen.retain(|ski, since| asking.contains(&(*ski, *since)));
    let peer = |ski: &Ski| hub.peers.iter().find(|peer| peer.ski == *ski);
    let is_over = match &model.screen.popup {
        Some(Popup::Request { ski, .. }) => !asking.iter().any(|(who, _)| who == ski),
        Some(Popup::Pin { ski, .. }) => peer(ski).is_none_or(|peer| peer.pin_wanted.is_none()),
        _ => false,
    };
    if is_over {
        model.screen.popup = None;
        model.tell(Role::Waits, "it is over: the device does not ask any more");
    }
    let is_busy = model.screen.popup.is_some() || model.screen.typing.is_some();
    if is_busy || model.is_shutting_down() || model.gone.is_some() {
        return;
    }
    let new = asking.into_iter().find(|(ski, _)| !model.seen.contains_key(ski));
    if let Some((ski, since)) = new {
        model.seen.insert(ski, since);
        if model.rows().iter().any(|row| row.key == Key::Ski(ski)) {
            model.select(Key::Ski(ski));
        }
        model.screen.popup = Some(Popup::Request { ski, opened: model.now });
    }
}

/// Who asks to be paired, and since when.
fn asks(peer: &PeerSnapshot) -> Option<(Ski, Time)> {
    let asks = peer.state == ConnectionState::ReceivedPairingRequest;
    let since = peer.request.as_ref().map_or(peer.since, |request| request.since);
    asks.then_some((peer.ski, since))
}

/// Tells what an event says of a PIN. No window opens: into that would go what is typed just now.
pub(super) fn told(model: &mut Model, ski: Ski, event: &Value) {
    let name = model.name_of(ski, 24).unwrap_or_else(|| "the device".to_owned());
    let is = |field: &str| event[field] == true;
    let known = model.live.peer_of(ski).and_then(|peer| peer.pin_wanted);
    let wrong = event["wrong"].as_u64().and_then(|wrong| u32::try_from(wrong).ok()).unwrap_or(0);
    let so_far = times(wrong);
    let (role, text) = match event["event"].as_str() {
        Some("pin_accepted") => (Role::Good, format!("the PIN for {name} was right")),
        Some("pin_wanted") => match (is("refused"), is("busy")) {
            (true, true) => (
                Role::Bad,
                format!("the PIN for {name} was wrong, {so_far} so far; its penalty runs now"),
            ),
            (true, false) if known.is_some_and(|pin| pin.busy && pin.wrong == wrong) => {
                (Role::Asks, format!("{name} takes a PIN again: p enters it"))
            }
            (true, false) => (
                Role::Bad,
                format!("the PIN for {name} was wrong, {so_far} so far; p enters another"),
            ),
            (false, true) => {
                (Role::Waits, format!("{name} takes no PIN while its penalty for wrong ones runs"))
            }
            (false, false) if is("required") => {
                (Role::Asks, format!("{name} wants its PIN: p enters it"))
            }
            (false, false) => return,
        },
        _ => return,
    };
    model.tell(role, text);
}
