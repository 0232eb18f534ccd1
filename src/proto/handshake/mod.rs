//! The state machine of one SHIP connection (SHIP 13.4), client or server.
//!
//! # The way through
//!
//! The numbers are the protocol states that are reported ([`ProtocolState`]). Every state a
//! connection rests in is a type of its own, which owns what belongs to that state and nothing else;
//! a transition consumes it and returns the next. What outlives the states (settings, timers, the
//! queue of outputs) is the context each of them is handed.
//!
//! | rests in | type | waits for | on the way in | goes on to |
//! |---|---|---|---|---|
//! | 1 | `cmi::ClientSend` | the pause before our init, if any | 0 | 2 |
//! | 2, 4 | `cmi::ClientWait`, `cmi::ServerWait` | the peer's `00 00`, 10 s | 0, 1 | 3 or 5, 6, then 8 or 11 |
//! | 8 | `hello::Ready` | the peer to trust us, 60 s and what it asks for more | 7 | 13, then 20 or 22 |
//! | 11 | `hello::Pending` | our own user; asks the peer for more time | 10 | 7, then 8 or 13 |
//! | 15 | `hello::Aborting` | our `aborted` to arrive, 1 s | 9 or 12, 14 | closing |
//! | 20, 21 | `protocol::ListenProposal`, `ListenConfirm` | the client's offer, then its echo, 10 s each | 18 | 25, 26 |
//! | 22 | `protocol::ListenChoice` | the server's choice, 10 s | 19 | 24, 26 |
//! | 27, 30, 33 | `pin::PinPhase` | what the peer demands (10 s), then whoever must enter a PIN | 26 | 31 or 34, then 36 |
//! | 36 | `access::Requested` | `accessMethods`, or data, or 10 s | | 37, 38 |
//! | 38 | `access::Complete` | anything; data flows | 37 | |
//! | | `close::Announced` | the confirmation of our close, 500 ms | | closing |
//! | | `close::Closing` | the transport to be gone, 1 s | 16, 39 where it was a fault | over |
//!
//! 17 and 39 are also entered when the transport goes away by itself; then it is over at once.
//!
//! # Contract
//!
//! One mutation, then drain: after every call to a `handle_…` or command method, call
//! [`Connection::poll_output`] until it returns `None`; then wait until [`Connection::poll_timeout`]
//! (or the next input) and call [`Connection::handle_timeout`]. Waiting exactly that long is always
//! enough. [`Event::Ended`] comes exactly once; after it nothing follows.
//!
//! After [`Output::Close`] the transport has a second to report [`Connection::handle_closed`];
//! messages that still arrive are ignored, and after that second the connection is over anyway.

mod access;
mod close;
mod cmi;
mod context;
pub mod end;
pub mod event;
mod hello;
mod keys;
mod pin;
mod protocol;
mod resting;
pub mod settings;

pub use end::{Cause, Denial, End, EndClass, Expectation, Instead, Side, TransportEnd};
pub use event::{Event, HelloStatus, Output, Remark};
pub use settings::{PinPolicy, Role, Settings, Timing, Trust};

use std::mem;

use super::{
    ConnectionState, Pin, ProtocolState,
    message::{CloseReason, Data, Message, Version},
};
use crate::time::Time;
use context::Context;
use resting::State;

/// The one message format there is.
pub const FORMAT: &str = "JSON-UTF8";

/// A message larger than this is refused by ship-go.
const LARGE_MESSAGE: usize = 100 * 1024;

/// One SHIP connection, from the finished WebSocket upgrade to its end. See the module's contract.
#[derive(Debug)]
pub struct Connection {
    state: State,
    cx: Context,
}

/// Data cannot be sent: the handshake has not come so far, or the connection is closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no data can be sent in state {state} ({})", .state.number())]
pub struct NotReady {
    /// Where the connection stands.
    pub state: ProtocolState,
}

impl Connection {
    /// Begins the handshake on a WebSocket that is open. A client's init is the first output, or
    /// follows after [`Timing::init_delay`].
    pub fn new(settings: Settings, now: Time) -> Self {
        let mut cx = Context::new(settings, now);
        let state = cmi::start(&mut cx);
        Self { state, cx }
    }

    /// Takes one binary WebSocket message.
    pub fn handle_message(&mut self, now: Time, bytes: &[u8]) {
        self.step(now, |state, cx| state.on_bytes(cx, bytes));
    }

    /// Takes notice of a text frame, which SHIP does not allow: closes.
    pub fn handle_text(&mut self, now: Time) {
        self.step(now, |state, cx| match state {
            State::Aborting(_) | State::Announced(_) | State::Closing(_) | State::Over => state,
            _ => {
                let got = "a text frame".to_owned();
                close::fail(cx, Cause::Violation { expected: Expectation::Binary, got })
            }
        });
    }

    /// Takes notice that the WebSocket is gone, by our doing or the peer's.
    pub fn handle_closed(&mut self, now: Time, how: TransportEnd) {
        self.step(now, |state, cx| state.on_transport_end(cx, how));
    }

    /// Acts on every deadline that has passed.
    pub fn handle_timeout(&mut self, now: Time) {
        self.step(now, |mut state, cx| {
            while let Some(timer) = cx.timers.take_due(cx.now) {
                state = state.on_timeout(cx, timer);
            }
            state
        });
    }

    /// The user trusts the peer. Only a connection that is still pending takes notice.
    pub fn trust(&mut self, now: Time) {
        self.step(now, |state, cx| {
            // Before the hello it decides how the hello begins.
            cx.settings.trust = Trust::Trusted;
            match state {
                State::Pending(pending) => pending.on_trust(cx),
                other => other,
            }
        });
    }

    /// The user refuses the peer, or cancels the pairing: aborts the hello; before and after it,
    /// closes as [`Connection::close`] does with `removedConnection`.
    pub fn deny(&mut self, now: Time) {
        self.step(now, |state, cx| match state {
            State::Ready(ready) => ready.on_deny(cx),
            State::Pending(pending) => pending.on_deny(cx),
            other => other.on_close_command(cx, CloseReason::RemovedConnection),
        });
    }

    /// Enters the PIN of the peer; waits for the end of its penalty if need be. `false` if the peer
    /// wants no PIN now, or is just checking one.
    pub fn enter_pin(&mut self, now: Time, pin: Pin) -> bool {
        let mut taken = false;
        self.step(now, |mut state, cx| {
            taken = match &mut state {
                State::Pin(phase) => phase.pins().enter(cx, pin),
                State::Requested(requested) => requested.pins().enter(cx, pin),
                State::Complete(complete) => complete.pins().enter(cx, pin),
                _ => false,
            };
            state
        });
        taken
    }

    /// Sends data. It need not wait for [`Event::Completed`]: see [`Connection::can_send`].
    ///
    /// # Errors
    ///
    /// [`NotReady`] while the handshake has not come so far, and once the connection is closing.
    pub fn send_data(&mut self, now: Time, data: Data) -> Result<(), NotReady> {
        if !self.can_send() {
            return Err(NotReady { state: self.state() });
        }
        self.step(now, |state, cx| match state {
            State::Requested(requested) => requested.send_data(cx, data),
            other => {
                cx.send(&Message::Data(data));
                other
            }
        });
        Ok(())
    }

    /// Closes in the order of the phase: announced where data may flow, by `aborted` in the hello
    /// phase, else plainly. A connection already on its way out goes on with that.
    pub fn close(&mut self, now: Time, reason: CloseReason) {
        self.step(now, |state, cx| state.on_close_command(cx, reason));
    }

    /// Leaves without a word about trust: from the hello on by an announced close, which nobody takes
    /// for a refusal; before it plainly. A connection already on its way out goes on with that.
    pub fn leave(&mut self, now: Time) {
        self.step(now, |state, cx| match state {
            State::Ready(_)
            | State::Pending(_)
            | State::ListenProposal(_)
            | State::ListenConfirm(_)
            | State::ListenChoice(_)
            | State::Pin(_) => close::Announced::enter(cx, CloseReason::Unspecific),
            other => other.on_close_command(cx, CloseReason::Unspecific),
        });
    }

    /// Closes at once with this code, without announcement (a replaced double connection). The cause
    /// of an end already under way stays.
    pub fn drop_with(&mut self, now: Time, code: u16, reason: &'static str) {
        self.step(now, |state, cx| {
            let end = match state {
                State::Closing(_) | State::Over => return state,
                State::Aborting(aborting) => aborting.into_end(),
                State::Announced(announced) => announced.end(cx, false),
                _ => cx.end(Cause::Dropped { code, reason }),
            };
            close::close(cx, end, (code, reason))
        });
    }

    /// The next thing the owner has to do; `None` until the next input or timeout.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.cx.poll_output()
    }

    /// When to call [`Connection::handle_timeout`], if ever. Never in the past after a call to it.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.cx.timers.next()
    }

    /// Where the connection stands in the handshake.
    pub fn state(&self) -> ProtocolState {
        self.cx.protocol()
    }

    /// What that means for a person.
    pub fn connection_state(&self) -> ConnectionState {
        self.cx.connection()
    }

    /// Whether [`Connection::send_data`] works: from the end of the PIN phase on, even while the
    /// peer's access methods are still due.
    pub fn can_send(&self) -> bool {
        matches!(self.state, State::Requested(_) | State::Complete(_))
    }

    /// Whether [`Event::Ended`] was said.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The SHIP version agreed upon, once it is; the format is always [`FORMAT`].
    pub fn version(&self) -> Option<Version> {
        self.cx.agreed
    }

    /// Who trusts whom, while the hello phase runs.
    pub fn hello_status(&self) -> Option<HelloStatus> {
        match &self.state {
            State::Ready(ready) => Some(ready.status(&self.cx)),
            State::Pending(pending) => Some(pending.status(&self.cx)),
            _ => None,
        }
    }

    /// One mutation: hands the state over and keeps what it becomes.
    fn step(&mut self, now: Time, act: impl FnOnce(State, &mut Context) -> State) {
        self.cx.now = now;
        let state = mem::replace(&mut self.state, State::Over);
        self.state = act(state, &mut self.cx);
    }
}
