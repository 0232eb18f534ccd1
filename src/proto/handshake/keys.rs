//! Key material in data exchange (SHIP 1.1, 12.1.3): the receiver of another node's changes.
//!
//! A `keyMaterialState` is answered at once, whatever becomes of it: the answer says that it arrived,
//! and a peer that gets none closes. What it says is handed to the owner of the connection as
//! [`Event::KeyMaterial`], never before [`Event::Completed`]: until then the peer's SHIP ID may still
//! turn out to be the wrong one. A hello that shows a higher counter than is known makes us ask, once
//! on a connection.
//!
//! Our own key never changes yet, so our counter stays at 1 and our hello does not show it. Whoever
//! asks knowing another counter is told our one key, once per request; no answer to that is waited for.

use super::{Event, context::Context};
use crate::proto::message::{Control, KeyEntry, KeyMaterialState, KeyState, SECP256R1};

/// Our `updateCounter`: it starts at 1, and we have not changed our key since.
const OWN_COUNTER: u16 = 1;

/// What a connection remembers of key material.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// The `updateCounter` in the peer's last hello that had one.
    pub(super) announced: Option<u16>,
    /// The last state that came before the handshake was complete.
    early: Option<KeyMaterialState>,
    /// Whether we sent our state and have no response yet.
    awaits_response: bool,
}

pub(super) fn on_state(cx: &mut Context, state: KeyMaterialState) {
    cx.send_control(Control::KeyMaterialStateResponse { accept: true });
    if cx.is_complete() {
        cx.event(Event::KeyMaterial(state));
    } else {
        cx.keys.early = Some(state);
    }
}

/// The handshake is complete: hands over what came early, and asks for what the hello announced.
pub(super) fn on_complete(cx: &mut Context) {
    if let Some(state) = cx.keys.early.take() {
        cx.event(Event::KeyMaterial(state));
    } else if cx.keys.announced.is_some_and(|counter| counter > cx.settings.known_update_counter) {
        let known_update_counter = cx.settings.known_update_counter;
        cx.send_control(Control::KeyMaterialStateRequest { known_update_counter });
    }
}

pub(super) fn on_request(cx: &mut Context, known_update_counter: u16) {
    let Some(ski) = cx.settings.own_ski.filter(|_| known_update_counter != OWN_COUNTER) else {
        return;
    };
    cx.send_control(Control::KeyMaterialState(KeyMaterialState {
        update_counter: OWN_COUNTER,
        entries: vec![KeyEntry { state: KeyState::Current, curve: SECP256R1, ski }],
        unreadable: 0,
    }));
    cx.keys.awaits_response = true;
}

pub(super) fn on_response(cx: &mut Context) {
    if !std::mem::take(&mut cx.keys.awaits_response) {
        cx.ignored("keyMaterialStateResponse");
    }
}
