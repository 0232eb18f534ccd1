//! The protocol handshake (SHIP 13.4.4.2): the client announces, the server selects, the client echoes.
//!
//! ```text
//!  client  19 ── announceMax ──► 22 ListenChoice ── select, echoed ──► 24 ClientOk
//!  server  18 ──► 20 ListenProposal ── announceMax, select ──► 21 ListenConfirm ── echo ──► 25 ServerOk
//! ```
//!
//! Every wait ends after 10 s with error 1; another message than the one due is error 2; a version
//! or format that was not on offer is error 3.

use super::{
    Cause, Denial, Expectation, Role, Side, State, close,
    context::{Context, Timer},
    pin,
};
use crate::proto::{
    ProtocolState,
    message::{
        Control, Format, HandshakeKind, Hello, HelloPhase, ProtocolErrorCode, ProtocolHandshake,
        Version,
    },
};

/// The client announced and waits for the server's choice.
#[derive(Debug)]
pub(super) struct ListenChoice {
    announced: Version,
    late_hello: bool,
}

/// The server waits for the client's announcement.
#[derive(Debug)]
pub(super) struct ListenProposal {
    late_hello: bool,
}

/// The server selected and waits for the echo.
#[derive(Debug)]
pub(super) struct ListenConfirm {
    proposed: ProtocolHandshake,
    selected: ProtocolHandshake,
}

/// Enters the protocol handshake. `late_hello`: a `ready` may still follow, because it answers a
/// request for more time that crossed the end of the hello phase.
pub(super) fn enter(cx: &mut Context, late_hello: bool) -> State {
    match cx.settings.role {
        Role::Client => {
            cx.enter(ProtocolState::ProtClientInit);
            let announced = cx.settings.max_version;
            cx.send_control(Control::Protocol(handshake(HandshakeKind::AnnounceMax, announced)));
            cx.start(Timer::Protocol, cx.settings.timing.protocol);
            cx.enter(ProtocolState::ProtClientListenChoice);
            State::ListenChoice(ListenChoice { announced, late_hello })
        }
        Role::Server => {
            cx.enter(ProtocolState::ProtServerInit);
            cx.start(Timer::Protocol, cx.settings.timing.protocol);
            cx.enter(ProtocolState::ProtServerListenProposal);
            State::ListenProposal(ListenProposal { late_hello })
        }
    }
}

impl ListenChoice {
    pub(super) fn on_control(self, cx: &mut Context, control: Control) -> State {
        let selected = match control {
            Control::Protocol(handshake) if handshake.kind == HandshakeKind::Select => handshake,
            Control::Hello(hello) if self.late_hello && is_late(&hello) => {
                cx.ignored("connectionHello");
                return State::ListenChoice(self);
            }
            other => return unexpected(cx, Expectation::ProtocolChoice, &other),
        };
        let on_offer = (Version::V1_0..=self.announced).contains(&selected.version)
            && selected.formats == [Format::JsonUtf8];
        if !on_offer {
            let announced = handshake(HandshakeKind::AnnounceMax, self.announced);
            let detail = format!(
                "we announced {}; it selected {}",
                describe(&announced),
                describe(&selected)
            );
            return break_off(cx, ProtocolErrorCode::SelectionMismatch, detail);
        }
        cx.agreed = Some(selected.version);
        cx.send_control(Control::Protocol(selected));
        cx.timers.stop(Timer::Protocol);
        cx.enter(ProtocolState::ProtClientOk);
        pin::enter(cx)
    }
}

impl ListenProposal {
    pub(super) fn on_control(self, cx: &mut Context, control: Control) -> State {
        let proposed = match control {
            Control::Protocol(handshake) if handshake.kind == HandshakeKind::AnnounceMax => {
                handshake
            }
            Control::Hello(hello) if self.late_hello && is_late(&hello) => {
                cx.ignored("connectionHello");
                return State::ListenProposal(self);
            }
            other => return unexpected(cx, Expectation::ProtocolProposal, &other),
        };
        let ours = cx.settings.max_version;
        let version = proposed.version.min(ours);
        if version < Version::V1_0 || !proposed.formats.contains(&Format::JsonUtf8) {
            let detail = format!(
                "it announced {}; we can do {}",
                describe(&proposed),
                describe(&handshake(HandshakeKind::Select, ours))
            );
            return break_off(cx, ProtocolErrorCode::SelectionMismatch, detail);
        }
        let selected = handshake(HandshakeKind::Select, version);
        cx.send_control(Control::Protocol(selected.clone()));
        cx.start(Timer::Protocol, cx.settings.timing.protocol);
        cx.enter(ProtocolState::ProtServerListenConfirm);
        State::ListenConfirm(ListenConfirm { proposed, selected })
    }
}

impl ListenConfirm {
    pub(super) fn on_control(self, cx: &mut Context, control: Control) -> State {
        let echo = match control {
            Control::Protocol(handshake) if handshake.kind == HandshakeKind::Select => handshake,
            other => return unexpected(cx, Expectation::ProtocolConfirm, &other),
        };
        if echo != self.selected {
            let detail = format!(
                "it announced {}; we selected {}; it echoed {}",
                describe(&self.proposed),
                describe(&self.selected),
                describe(&echo)
            );
            return break_off(cx, ProtocolErrorCode::SelectionMismatch, detail);
        }
        cx.agreed = Some(self.selected.version);
        cx.timers.stop(Timer::Protocol);
        cx.enter(ProtocolState::ProtServerOk);
        pin::enter(cx)
    }
}

/// The wait timer ran out while we waited for this.
pub(super) fn on_timeout(cx: &mut Context, expected: Expectation) -> State {
    let end = cx.end(Cause::TimedOut { expected, waited: cx.in_state() });
    cx.enter(ProtocolState::ProtTimeout);
    cx.send_control(Control::ProtocolError(ProtocolErrorCode::Timeout));
    close::fail_as(cx, end)
}

fn unexpected(cx: &mut Context, expected: Expectation, got: &Control) -> State {
    if let Control::ProtocolError(error) = got {
        let detail = format!("instead of {expected}, after we offered {}", offer(cx));
        let cause = Cause::ProtocolError { by: Side::Peer, error: *error, detail };
        return close::fail(cx, cause);
    }
    if let Control::Hello(Hello { phase: HelloPhase::Aborted, .. }) = got {
        // Its patience ended while our `ready` was under way.
        cx.send_control(Control::ProtocolError(ProtocolErrorCode::UnexpectedMessage));
        return close::fail(cx, Cause::Denied { by: Side::Peer, how: Denial::Aborted });
    }
    let detail = format!("expected {expected}, got {}", got.name());
    break_off(cx, ProtocolErrorCode::UnexpectedMessage, detail)
}

fn break_off(cx: &mut Context, error: ProtocolErrorCode, detail: String) -> State {
    cx.send_control(Control::ProtocolError(error));
    close::fail(cx, Cause::ProtocolError { by: Side::We, error, detail })
}

/// A `ready` that only tells how long the peer still waits.
fn is_late(hello: &Hello) -> bool {
    hello.phase == HelloPhase::Ready
}

fn handshake(kind: HandshakeKind, version: Version) -> ProtocolHandshake {
    ProtocolHandshake { kind, version, formats: vec![Format::JsonUtf8] }
}

fn offer(cx: &Context) -> String {
    describe(&handshake(HandshakeKind::AnnounceMax, cx.settings.max_version))
}

/// Version and formats in words; what the peer wrote is escaped and shortened.
fn describe(handshake: &ProtocolHandshake) -> String {
    const SHOWN: usize = 4;
    let Version { major, minor } = handshake.version;
    let mut formats: Vec<String> = handshake
        .formats
        .iter()
        .take(SHOWN)
        .map(|format| match format {
            Format::JsonUtf8 => "JSON-UTF8".to_owned(),
            Format::Other(name) => name.chars().take(24).flat_map(char::escape_debug).collect(),
        })
        .collect();
    if handshake.formats.len() > SHOWN {
        formats.push("…".to_owned());
    }
    let formats = if formats.is_empty() { "no format".to_owned() } else { formats.join(", ") };
    format!("version {major}.{minor} with {formats}")
}
