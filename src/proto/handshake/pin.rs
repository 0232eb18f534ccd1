//! PIN verification (SHIP 13.4.4.3): two halves that run beside each other.
//!
//! | half | who enters | states |
//! |---|---|---|
//! | [`Check`] | the peer enters our PIN | 27 listen · 28 wrong · 29, 30 penalty · 31 right |
//! | [`Ask`] | we enter the peer's PIN | 32 it demands one · 33 being entered · 34 we go on without · 35 accepted |
//!
//! Both sides first say what they demand (26). Only `required` holds the handshake up; with
//! `optional` the halves live on in [`Pins`] beside the data, so that a PIN can still be entered.

use std::time::Duration;

use super::{
    Cause, Event, Expectation, PinPolicy, Remark, State, access, close,
    context::{Context, Timer},
};
use crate::proto::{
    Pin, ProtocolState,
    message::{Control, InputPermission, PinDemand, PinStateMessage},
};

/// Wrong PINs after which the short, and the long penalty applies (SHIP 13.4.4.3.4).
const SHORT_PENALTY_FROM: u32 = 3;
const LONG_PENALTY_FROM: u32 = 6;

/// How long after `connectionPinError` the peer's `busy` may come that belongs to it: whether it takes
/// another PIN now is told once, and not before that is known.
const PENALTY_FOLLOWS: Duration = Duration::from_millis(250);

/// The PIN phase: something `required` is missing, or the peer has not said what it demands.
#[derive(Debug)]
pub(super) struct PinPhase {
    pins: Pins,
    /// The peer went on already and asked for our access methods; answered when we go on too.
    access_requested: bool,
}

/// Enters the PIN phase: says what we demand.
pub(super) fn enter(cx: &mut Context) -> State {
    cx.pin_involved = !matches!(cx.settings.pin_policy, PinPolicy::None);
    cx.enter(ProtocolState::PinCheckInit);
    let pins = Pins::new(cx);
    pins.check.tell(cx);
    cx.start(Timer::PinState, cx.settings.timing.protocol);
    if is_penalty(cx) {
        cx.enter(ProtocolState::PinCheckBusyInit);
    }
    let phase = PinPhase { pins, access_requested: false };
    phase.rest(cx);
    State::Pin(phase)
}

impl PinPhase {
    pub(super) fn on_control(mut self, cx: &mut Context, control: Control) -> State {
        match control {
            Control::PinState(state) => self.on_state(cx, state),
            Control::PinInput(pin) => self.on_input(cx, &pin),
            Control::PinError(_) => self.pins.on_error(cx),
            Control::AccessMethodsRequest => self.access_requested = true,
            other => cx.ignored(other.name()),
        }
        self.go_on(cx)
    }

    pub(super) fn on_timeout(mut self, cx: &mut Context, timer: Timer) -> State {
        if timer == Timer::PinState {
            let waited = cx.in_state();
            return close::fail(cx, Cause::TimedOut { expected: Expectation::PinState, waited });
        }
        self.pins.on_timeout(cx, timer);
        self.rest(cx);
        State::Pin(self)
    }

    /// The peer may have closed because our PIN was wrong.
    pub(super) fn was_refused(&self) -> bool {
        self.pins.ask.refused
    }

    pub(super) fn pins(&mut self) -> &mut Pins {
        &mut self.pins
    }

    fn on_state(&mut self, cx: &mut Context, state: PinStateMessage) {
        cx.timers.stop(Timer::PinState);
        cx.of_use();
        let demands = matches!(state.state, PinDemand::Optional | PinDemand::Required);
        let demanded = self.pins.ask.is_wanted();
        cx.pin_involved |= demands;
        if demands && !demanded {
            cx.enter(ProtocolState::PinAskInit);
        }
        self.pins.on_state(cx, state);
        if demanded && !demands {
            cx.enter(ProtocolState::PinAskOk);
        }
    }

    fn on_input(&mut self, cx: &mut Context, pin: &Pin) {
        match self.pins.on_input(cx, pin) {
            Verdict::Right => cx.enter(ProtocolState::PinCheckOk),
            Verdict::Wrong { penalty } => {
                cx.enter(ProtocolState::PinCheckError);
                if penalty {
                    cx.enter(ProtocolState::PinCheckBusyInit);
                }
            }
            Verdict::Unchecked => {}
        }
    }

    /// Leaves the phase if nothing holds us up.
    fn go_on(self, cx: &mut Context) -> State {
        let Pins { check, ask } = &self.pins;
        if let Some(cause) = ask.hopeless(cx) {
            return close::fail(cx, cause);
        }
        if ask.demand.is_none() || ask.demand == Some(PinDemand::Required) || check.is_missing(cx) {
            self.rest(cx);
            return State::Pin(self);
        }
        if ask.demand == Some(PinDemand::Optional) {
            if !ask.sent {
                cx.remark(Remark::Restricted);
            }
            cx.enter(ProtocolState::PinAskRestricted);
        } else if cx.protocol() != ProtocolState::PinCheckOk && check.is_satisfied(cx) {
            cx.enter(ProtocolState::PinCheckOk);
        }
        access::enter(cx, self.pins, self.access_requested)
    }

    /// Enters the state that tells whose turn it is: ours to enter a PIN, or the peer's.
    fn rest(&self, cx: &mut Context) {
        let state = if self.pins.ask.demand == Some(PinDemand::Required) {
            ProtocolState::PinAskProcess
        } else if is_penalty(cx) {
            ProtocolState::PinCheckBusyWait
        } else {
            ProtocolState::PinCheckListen
        };
        if cx.protocol() != state {
            cx.enter(state);
        }
    }
}

/// Both halves; they outlive the PIN phase.
#[derive(Debug)]
pub(super) struct Pins {
    check: Check,
    ask: Ask,
}

impl Pins {
    fn new(cx: &mut Context) -> Self {
        if !matches!(cx.settings.pin_policy, PinPolicy::None)
            && let Some(until) = cx.settings.pin_penalty_until.filter(|until| *until > cx.now)
        {
            cx.timers.set(Timer::PinPenalty, until);
        }
        let check = Check { wrong: cx.settings.wrong_pins, right: false };
        let ask = Ask { pin: cx.settings.pin_for_peer.take(), ..Ask::default() };
        Self { check, ask }
    }

    pub(super) fn on_state(&mut self, cx: &mut Context, state: PinStateMessage) {
        self.ask.on_state(cx, state);
    }

    pub(super) fn on_error(&mut self, cx: &mut Context) {
        self.ask.on_error(cx);
    }

    /// Somebody entered a PIN for the peer; `false` if it wants none now.
    pub(super) fn enter(&mut self, cx: &mut Context, pin: Pin) -> bool {
        self.ask.enter(cx, pin)
    }

    pub(super) fn on_input(&mut self, cx: &mut Context, pin: &Pin) -> Verdict {
        self.check.on_input(cx, pin)
    }

    pub(super) fn on_timeout(&mut self, cx: &mut Context, timer: Timer) {
        match timer {
            Timer::PinVerdict => self.ask.proceed(cx),
            _ => self.check.tell(cx),
        }
    }
}

/// What came of a PIN the peer entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong { penalty: bool },
    Unchecked,
}

/// Our half: the peer enters our PIN.
#[derive(Debug)]
struct Check {
    wrong: u32,
    right: bool,
}

impl Check {
    /// Whether nothing goes on without the peer's PIN.
    fn is_missing(&self, cx: &Context) -> bool {
        !self.right && matches!(cx.settings.pin_policy, PinPolicy::Required(_))
    }

    /// Whether the peer may do everything.
    fn is_satisfied(&self, cx: &Context) -> bool {
        self.right || matches!(cx.settings.pin_policy, PinPolicy::None)
    }

    /// Says what we demand, and whether a PIN may be entered now.
    fn tell(&self, cx: &mut Context) {
        let state = match cx.settings.pin_policy {
            _ if self.right => PinDemand::PinOk,
            PinPolicy::None => PinDemand::None,
            PinPolicy::Optional(_) => PinDemand::Optional,
            PinPolicy::Required(_) => PinDemand::Required,
        };
        let permission = match state {
            PinDemand::None | PinDemand::PinOk => None,
            _ if is_penalty(cx) => Some(InputPermission::Busy),
            _ => Some(InputPermission::Ok),
        };
        cx.send_control(Control::PinState(PinStateMessage { state, permission }));
    }

    fn on_input(&mut self, cx: &mut Context, pin: &Pin) -> Verdict {
        let right = match &cx.settings.pin_policy {
            PinPolicy::None => {
                cx.ignored("connectionPinInput");
                return Verdict::Unchecked;
            }
            // During a penalty, and once it was right, the state is the answer.
            _ if self.right || is_penalty(cx) => {
                self.tell(cx);
                return Verdict::Unchecked;
            }
            PinPolicy::Optional(ours) | PinPolicy::Required(ours) => ours.matches(pin),
        };
        if right {
            self.right = true;
            self.tell(cx);
            cx.event(Event::RightPin);
            return Verdict::Right;
        }
        self.wrong = self.wrong.saturating_add(1);
        cx.send_control(Control::PinError(1));
        let penalty = self.penalty(cx);
        let penalty_until = penalty.map(|penalty| cx.now + penalty);
        if let Some(until) = penalty_until {
            cx.timers.set(Timer::PinPenalty, until);
            self.tell(cx);
        }
        cx.event(Event::WrongPin { count: self.wrong, penalty_until });
        Verdict::Wrong { penalty: penalty.is_some() }
    }

    fn penalty(&self, cx: &Context) -> Option<Duration> {
        match self.wrong {
            ..SHORT_PENALTY_FROM => None,
            SHORT_PENALTY_FROM..LONG_PENALTY_FROM => Some(cx.settings.timing.pin_penalty_short),
            LONG_PENALTY_FROM.. => Some(cx.settings.timing.pin_penalty_long),
        }
    }
}

/// The peer's half: we enter its PIN.
#[derive(Debug, Default)]
struct Ask {
    /// What it demands; `None` until it said so.
    demand: Option<PinDemand>,
    /// Its penalty runs: nothing is checked.
    busy: bool,
    /// The PIN to enter, until the peer has judged it.
    pin: Option<Pin>,
    /// It was sent and not judged yet.
    sent: bool,
    /// The last one entered was wrong.
    refused: bool,
    /// How many were.
    wrong: u32,
    /// What was last told to the user, so that nothing is told twice.
    told: Option<Event>,
}

impl Ask {
    fn is_wanted(&self) -> bool {
        matches!(self.demand, Some(PinDemand::Optional | PinDemand::Required))
    }

    fn on_state(&mut self, cx: &mut Context, message: PinStateMessage) {
        cx.timers.stop(Timer::PinVerdict);
        self.demand = Some(message.state);
        self.busy = message.permission == Some(InputPermission::Busy);
        if !self.is_wanted() {
            if message.state == PinDemand::PinOk && self.sent {
                cx.event(Event::PinAccepted);
            }
            *self = Self { demand: self.demand, ..Self::default() };
            return;
        }
        if self.busy {
            // What was sent during the penalty was not checked: it is entered again afterwards.
            self.sent = false;
        }
        self.proceed(cx);
    }

    fn on_error(&mut self, cx: &mut Context) {
        if !self.sent {
            return cx.ignored("connectionPinError");
        }
        self.pin = None;
        self.sent = false;
        self.refused = true;
        self.wrong = self.wrong.saturating_add(1);
        cx.start(Timer::PinVerdict, PENALTY_FOLLOWS);
    }

    fn enter(&mut self, cx: &mut Context, pin: Pin) -> bool {
        if !self.is_wanted() || self.sent {
            return false;
        }
        if cx.timers.get(Timer::PinVerdict).is_some() {
            cx.timers.stop(Timer::PinVerdict);
            self.proceed(cx);
        }
        self.pin = Some(pin);
        self.refused = false;
        self.told = None;
        self.proceed(cx);
        true
    }

    /// Sends the PIN when there is one and it may be entered; asks for one when there is none.
    fn proceed(&mut self, cx: &mut Context) {
        match &self.pin {
            Some(pin) if !self.busy && !self.sent => {
                cx.send_control(Control::PinInput(pin.clone()));
                self.sent = true;
            }
            // Whoever waits for the handshake has to know what it waits for.
            Some(_) if self.busy => self.tell(cx),
            None if cx.settings.can_ask_for_pin => self.tell(cx),
            _ => {}
        }
    }

    fn tell(&mut self, cx: &mut Context) {
        let required = self.demand == Some(PinDemand::Required);
        let Self { refused, wrong, busy, .. } = *self;
        let wanted = Event::PinWanted { required, refused, wrong, busy };
        if self.told.as_ref() != Some(&wanted) {
            cx.event(wanted.clone());
            self.told = Some(wanted);
        }
    }

    /// Why nothing can come of it: a PIN is required, there is none, and nobody to ask.
    fn hopeless(&self, cx: &Context) -> Option<Cause> {
        let hopeless = self.demand == Some(PinDemand::Required)
            && self.pin.is_none()
            && !cx.settings.can_ask_for_pin;
        hopeless.then_some(if self.refused { Cause::PinRefused } else { Cause::PinMissing })
    }
}

fn is_penalty(cx: &Context) -> bool {
    cx.timers.get(Timer::PinPenalty).is_some()
}
