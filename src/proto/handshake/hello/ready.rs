//! ReadyListen: we trust the peer and wait until it trusts us.

use super::{
    super::{Cause, Denial, HelloStatus, Side, State, TransportEnd, close},
    Talk, abort, ok, say,
};
use crate::proto::{
    ProtocolState,
    close_code::{CloseKind, CloseMeaning},
    handshake::context::{Context, Timer},
    message::{Hello, HelloPhase},
};

/// We said `ready`.
#[derive(Debug)]
pub(in super::super) struct Ready {
    talk: Talk,
}

impl Ready {
    /// Says `ready` and waits, unless the peer had said so before.
    pub(super) fn enter(cx: &mut Context, mut talk: Talk) -> State {
        cx.enter(ProtocolState::HelloReadyInit);
        let wait = cx.settings.timing.hello_init;
        say(cx, HelloPhase::Ready, Some(wait), false);
        talk.we_trust = true;
        if talk.peer_trusts == Some(true) {
            return ok(cx, &talk);
        }
        cx.start(Timer::WaitForReady, wait);
        cx.enter(ProtocolState::HelloReadyListen);
        talk.report(cx);
        State::Ready(Self { talk })
    }

    pub(in super::super) fn on_hello(mut self, cx: &mut Context, hello: &Hello) -> State {
        if hello.phase == HelloPhase::Aborted {
            return self.talk.aborted_by_peer(cx);
        }
        self.talk.hear(cx, hello);
        if hello.phase == HelloPhase::Ready {
            return ok(cx, &self.talk);
        }
        // A bare `pending` is left unanswered; whoever asks for time may still decide.
        if hello.prolongation_request {
            self.talk.grant(cx);
        }
        self.talk.report(cx);
        State::Ready(self)
    }

    pub(in super::super) fn on_timeout(self, cx: &mut Context) -> State {
        let end = cx.end(self.talk.out_of_time(cx));
        cx.enter(ProtocolState::HelloReadyTimeout);
        abort(cx, end)
    }

    /// Many devices refuse by just closing here. A broken link is not a refusal, nor is a close that
    /// gives another reason.
    pub(in super::super) fn on_transport_end(self, cx: &mut Context, how: TransportEnd) -> State {
        match how {
            TransportEnd::Frame { code, text } => {
                let meaning = CloseMeaning::of(code, &text);
                if meaning.may_refuse() {
                    self.talk.closed_by_peer(cx, Some(code), text)
                } else if meaning.kind == CloseKind::TimedOut && self.talk.peer_trusts.is_some() {
                    let how = Denial::OutOfTime { waited: cx.in_state() };
                    let cause = Cause::Denied { by: Side::Peer, how };
                    close::lost_to(cx, ProtocolState::HelloRejected, cause)
                } else {
                    close::lost(cx, TransportEnd::Frame { code, text })
                }
            }
            TransportEnd::Eof => self.talk.closed_by_peer(cx, None, String::new()),
            TransportEnd::NoPong { .. }
            | TransportEnd::NoWebSocket { .. }
            | TransportEnd::TooLarge { .. }
            | TransportEnd::Flooded { .. }
            | TransportEnd::NotReading { .. }
            | TransportEnd::Error { .. } => close::lost(cx, how),
        }
    }

    pub(in super::super) fn on_deny(self, cx: &mut Context) -> State {
        let end = cx.end(Cause::Denied { by: Side::We, how: Denial::ByUser });
        abort(cx, end)
    }

    pub(in super::super) fn status(&self, cx: &Context) -> HelloStatus {
        self.talk.status(cx)
    }
}
