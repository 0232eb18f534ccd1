//! Access methods (SHIP 13.4.6), side by side with data.
//!
//! From here on data may flow, in both directions, and nothing waits for anything else
//! (TC_SHIP_AMDATA_001 to 003): a request of the peer is answered at once whenever it comes, and our
//! own request stays open beside the data. The handshake counts as complete with the *first* of
//!
//! - the peer's `accessMethods`,
//! - data, in either direction (`send_data` works from `AccessMethodsRequest` on),
//! - the end of the wait (10 s), which is a remark and no fault.
//!
//! Waiting at all, instead of completing at once, gives a short pairing what it came for: the peer's
//! SHIP ID, and our own delivered to a peer that, like ship-go, completes only with it. When asking
//! is switched off, the handshake is complete right after the PIN.

use super::{
    Cause, Event, Remark, Side, State, close,
    context::{Context, Timer},
    keys,
    pin::Pins,
};
use crate::proto::{
    ProtocolState,
    message::{AccessMethods, Control, Data, Message},
};

/// We asked for the peer's access methods; nothing but our answers has flowed yet.
#[derive(Debug)]
pub(super) struct Requested {
    pins: Pins,
}

/// The handshake is complete. The answer to our request may still be due.
#[derive(Debug)]
pub(super) struct Complete {
    pins: Pins,
}

/// Enters data exchange. `requested`: the peer asked for our access methods before.
pub(super) fn enter(cx: &mut Context, pins: Pins, requested: bool) -> State {
    let ask = cx.settings.ask_access_methods;
    if ask {
        cx.enter(ProtocolState::AccessMethodsRequest);
        cx.send_control(Control::AccessMethodsRequest);
        cx.start(Timer::AccessMethods, cx.settings.timing.access_methods);
    }
    if requested {
        answer(cx);
    }
    if ask && !cx.has_early_data() {
        State::Requested(Requested { pins })
    } else {
        Requested { pins }.complete(cx)
    }
}

impl Requested {
    pub(super) fn on_control(mut self, cx: &mut Context, control: Control) -> State {
        match on_control(&mut self.pins, cx, control) {
            Step::Known => self.complete(cx),
            Step::Nothing => State::Requested(self),
            Step::Fault(cause) => close::fail(cx, cause),
        }
    }

    pub(super) fn on_data(self, cx: &mut Context, data: Data) -> State {
        cx.data(data);
        self.complete(cx)
    }

    pub(super) fn send_data(self, cx: &mut Context, data: Data) -> State {
        let state = self.complete(cx);
        cx.send(&Message::Data(data));
        state
    }

    pub(super) fn on_timeout(mut self, cx: &mut Context, timer: Timer) -> State {
        match timer {
            Timer::AccessMethods => {
                no_answer(cx);
                self.complete(cx)
            }
            _ => {
                self.pins.on_timeout(cx, timer);
                State::Requested(self)
            }
        }
    }

    pub(super) fn pins(&mut self) -> &mut Pins {
        &mut self.pins
    }

    fn complete(self, cx: &mut Context) -> State {
        cx.complete();
        State::Complete(Complete { pins: self.pins })
    }
}

impl Complete {
    pub(super) fn on_control(mut self, cx: &mut Context, control: Control) -> State {
        match on_control(&mut self.pins, cx, control) {
            Step::Known | Step::Nothing => State::Complete(self),
            Step::Fault(cause) => close::fail(cx, cause),
        }
    }

    pub(super) fn on_timeout(mut self, cx: &mut Context, timer: Timer) -> State {
        match timer {
            Timer::AccessMethods => no_answer(cx),
            _ => self.pins.on_timeout(cx, timer),
        }
        State::Complete(self)
    }

    pub(super) fn pins(&mut self) -> &mut Pins {
        &mut self.pins
    }
}

/// What a control message came to.
enum Step {
    /// The peer told its access methods.
    Known,
    Nothing,
    Fault(Cause),
}

fn on_control(pins: &mut Pins, cx: &mut Context, control: Control) -> Step {
    match control {
        Control::AccessMethodsRequest => answer(cx),
        Control::AccessMethods(methods) => return learn(cx, methods),
        Control::PinState(state) => pins.on_state(cx, state),
        Control::PinInput(pin) => {
            pins.on_input(cx, &pin);
        }
        Control::PinError(_) => pins.on_error(cx),
        Control::KeyMaterialState(state) => keys::on_state(cx, state),
        Control::KeyMaterialStateRequest { known_update_counter } => {
            keys::on_request(cx, known_update_counter);
        }
        Control::KeyMaterialStateResponse { .. } => keys::on_response(cx),
        other => cx.ignored(other.name()),
    }
    Step::Nothing
}

fn answer(cx: &mut Context) {
    let methods = AccessMethods {
        id: Some(cx.settings.ship_id.clone()),
        dns_sd_mdns: cx.settings.discoverable,
        dns_uri: cx.settings.dns_uri.clone(),
    };
    cx.send_control(Control::AccessMethods(methods));
}

/// Takes down the peer's SHIP ID. One that differs from what is known of this SKI is a fault.
fn learn(cx: &mut Context, methods: AccessMethods) -> Step {
    cx.timers.stop(Timer::AccessMethods);
    let Some(received) = methods.id else {
        cx.remark(Remark::NoShipId);
        return Step::Known;
    };
    match &cx.settings.known_ship_id {
        Some(stored) if *stored != received => Step::Fault(Cause::ShipIdMismatch {
            by: Side::We,
            stored: Some(stored.clone()),
            received: Some(received),
        }),
        _ => {
            cx.settings.known_ship_id = Some(received.clone());
            cx.event(Event::PeerShipId(received));
            Step::Known
        }
    }
}

fn no_answer(cx: &mut Context) {
    cx.remark(Remark::NoAccessMethods(cx.settings.timing.access_methods));
}
