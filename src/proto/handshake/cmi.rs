//! Connection mode initialisation (SHIP 13.4.3): both sides say `00 00`, the client first.
//!
//! Anything else is a violation. A server still answers with its own init before it closes, so that
//! the client sees whom it talked to; a client closes at once and says nothing.

use super::{
    Cause, End, Expectation, Role, State, close,
    context::{Context, Timer},
    hello,
};
use crate::proto::{ProtocolState, message::Message};

/// The only init there is: CmiHead zero.
const INIT: Message = Message::Init { head: 0 };

/// The client pauses before its init.
#[derive(Debug)]
pub(super) struct ClientSend(());

/// The client said `00 00` and waits for the same.
#[derive(Debug)]
pub(super) struct ClientWait(());

/// The server waits for the client's `00 00`.
#[derive(Debug)]
pub(super) struct ServerWait(());

/// Begins the connection.
pub(super) fn start(cx: &mut Context) -> State {
    match cx.settings.role {
        Role::Client => {
            cx.enter(ProtocolState::CmiClientSend);
            let delay = cx.settings.timing.init_delay;
            if delay.is_zero() {
                return State::ClientWait(ClientSend(()).send(cx));
            }
            cx.start(Timer::InitDelay, delay);
            State::ClientSend(ClientSend(()))
        }
        Role::Server => {
            cx.enter(ProtocolState::CmiServerWait);
            cx.start(Timer::Cmi, cx.settings.timing.cmi);
            State::ServerWait(ServerWait(()))
        }
    }
}

impl ClientSend {
    pub(super) fn on_timeout(self, cx: &mut Context) -> State {
        State::ClientWait(self.send(cx))
    }

    /// Some servers do not wait for the client: then the pause is over.
    pub(super) fn on_message(self, cx: &mut Context, got: Got<'_>) -> State {
        self.send(cx).on_message(cx, got)
    }

    fn send(self, cx: &mut Context) -> ClientWait {
        cx.timers.stop(Timer::InitDelay);
        cx.send(&INIT);
        cx.enter(ProtocolState::CmiClientWait);
        cx.start(Timer::Cmi, cx.settings.timing.cmi);
        ClientWait(())
    }
}

impl ClientWait {
    pub(super) fn on_message(self, cx: &mut Context, got: Got<'_>) -> State {
        cx.timers.stop(Timer::Cmi);
        let fault = got.violation().map(|cause| cx.end(cause));
        cx.enter(ProtocolState::CmiClientEvaluate);
        go_on(cx, fault)
    }
}

impl ServerWait {
    pub(super) fn on_message(self, cx: &mut Context, got: Got<'_>) -> State {
        cx.timers.stop(Timer::Cmi);
        let fault = got.violation().map(|cause| cx.end(cause));
        cx.enter(ProtocolState::CmiServerEvaluate);
        cx.send(&INIT);
        go_on(cx, fault)
    }
}

fn go_on(cx: &mut Context, fault: Option<End>) -> State {
    match fault {
        None => hello::enter(cx),
        Some(end) => close::fail_as(cx, end),
    }
}

/// The peer's init is overdue, in either role.
pub(super) fn on_timeout(cx: &mut Context) -> State {
    let waited = cx.in_state();
    close::fail(cx, Cause::TimedOut { expected: Expectation::Init, waited })
}

/// What arrived where an init is due: a message, or bytes that are none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Got<'a> {
    Message(&'a Message),
    Bytes(&'a [u8]),
}

impl Got<'_> {
    /// The fault, unless it is the init.
    fn violation(self) -> Option<Cause> {
        let got = match self {
            Got::Message(Message::Init { head: 0 }) => return None,
            Got::Message(Message::Init { head }) => format!("an init with CmiHead {head}"),
            Got::Message(message) => message.name().to_owned(),
            Got::Bytes(bytes) => hex(bytes),
        };
        Some(Cause::Violation { expected: Expectation::Init, got })
    }
}

/// The first bytes in hex: enough to recognise a protocol, too few to reach a secret.
fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 16;
    let mut text: Vec<String> = bytes.iter().take(SHOWN).map(|b| format!("{b:02x}")).collect();
    if bytes.len() > SHOWN {
        text.push(format!("… ({} bytes)", bytes.len()));
    }
    if text.is_empty() { "an empty message".to_owned() } else { text.join(" ") }
}
