//! PendingListen: our user has not decided yet; the peer is kept waiting for as long as it lets us.

use std::time::Duration;

use super::{
    super::{Cause, Denial, Expectation, HelloStatus, Side, State, TransportEnd, close},
    Ready, Talk, abort, say,
};
use crate::proto::{
    ProtocolState,
    close_code::REJECTED,
    handshake::context::{Context, Timer},
    message::{Hello, HelloPhase},
};
use crate::time::text::span;

/// A peer that claims to wait longer is not believed: it would hold a connection for as long as it
/// likes without anyone's decision.
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);

/// We said `pending`.
#[derive(Debug)]
pub(in super::super) struct Pending {
    talk: Talk,
}

impl Pending {
    pub(super) fn enter(cx: &mut Context) -> State {
        cx.enter(ProtocolState::HelloPendingInit);
        let wait = cx.settings.timing.hello_init;
        cx.start(Timer::WaitForReady, wait);
        say(cx, HelloPhase::Pending, Some(wait), false);
        cx.enter(ProtocolState::HelloPendingListen);
        let talk = Talk::default();
        talk.report(cx);
        State::Pending(Self { talk })
    }

    pub(in super::super) fn on_hello(mut self, cx: &mut Context, hello: &Hello) -> State {
        if hello.phase == HelloPhase::Aborted {
            return self.talk.aborted_by_peer(cx);
        }
        self.talk.hear(cx, hello);
        if hello.phase == HelloPhase::Ready {
            // It is ready: from now on only its patience counts, not ours.
            cx.timers.stop(Timer::WaitForReady);
        }
        match hello.waiting {
            None if hello.phase == HelloPhase::Ready => {
                return self.violation(cx, "a connectionHello ready without waiting".to_owned());
            }
            Some(waiting) if waiting < cx.settings.timing.hello_prolong_min => {
                let got = format!("a connectionHello waiting only {}", span(waiting));
                return self.violation(cx, got);
            }
            Some(waiting) => plan_request(cx, waiting),
            None => {}
        }
        // Who is ready has nothing to ask time for, and our timer no longer runs.
        if hello.prolongation_request && hello.phase == HelloPhase::Pending {
            self.talk.grant(cx);
        }
        self.talk.report(cx);
        State::Pending(self)
    }

    /// Our user trusts the peer.
    pub(in super::super) fn on_trust(self, cx: &mut Context) -> State {
        cx.timers.stop(Timer::SendProlongation);
        cx.timers.stop(Timer::ProlongationReply);
        cx.timers.stop(Timer::PeerPatience);
        Ready::enter(cx, self.talk)
    }

    pub(in super::super) fn on_deny(self, cx: &mut Context) -> State {
        let end = cx.end(Cause::Denied { by: Side::We, how: Denial::ByUser });
        abort(cx, end)
    }

    pub(in super::super) fn on_timeout(mut self, cx: &mut Context, timer: Timer) -> State {
        let cause = match timer {
            Timer::SendProlongation => {
                self.ask(cx);
                return State::Pending(self);
            }
            Timer::ProlongationReply => Cause::TimedOut {
                expected: Expectation::ProlongationReply,
                waited: reply_time(cx, &self.talk),
            },
            _ => self.talk.out_of_time(cx),
        };
        let end = cx.end(cause);
        cx.enter(ProtocolState::HelloPendingTimeout);
        abort(cx, end)
    }

    /// Here 4452 is a refusal; anything else is a fault, for nothing was asked of the peer yet.
    pub(in super::super) fn on_transport_end(self, cx: &mut Context, how: TransportEnd) -> State {
        match how {
            TransportEnd::Frame { code, text } if code == REJECTED.0 => {
                self.talk.closed_by_peer(cx, Some(code), text)
            }
            how => close::lost(cx, how),
        }
    }

    pub(in super::super) fn status(&self, cx: &Context) -> HelloStatus {
        self.talk.status(cx)
    }

    /// Asks the peer for more time. The request carries no `waiting`: ship-go aborts on one.
    fn ask(&mut self, cx: &mut Context) {
        say(cx, HelloPhase::Pending, None, true);
        cx.start(Timer::ProlongationReply, reply_time(cx, &self.talk));
        self.talk.asked += 1;
        self.talk.report(cx);
    }

    fn violation(self, cx: &mut Context, got: String) -> State {
        let end = cx.end(Cause::Violation { expected: Expectation::Hello, got });
        abort(cx, end)
    }
}

/// Plans when to ask for more time, given that the peer now waits so long.
fn plan_request(cx: &mut Context, waiting: Duration) {
    let timing = cx.settings.timing;
    cx.timers.stop(Timer::PeerPatience);
    if waiting < timing.hello_prolong_threshold {
        cx.timers.stop(Timer::SendProlongation);
        // It ought to abort by itself; a little later we do.
        cx.start(Timer::PeerPatience, waiting.saturating_add(timing.hello_prolong_gap));
        return;
    }
    let early = waiting.min(LONGEST_PATIENCE).saturating_sub(timing.hello_prolong_gap);
    cx.start(Timer::SendProlongation, early.max(timing.hello_prolong_min).min(waiting));
}

/// How long the answer to our request may take: the peer's last `waiting`, or 1.1 × T_hello_init.
fn reply_time(cx: &Context, talk: &Talk) -> Duration {
    let promised = talk.peer_waits.map(|promise| promise.waiting.min(LONGEST_PATIENCE));
    promised.unwrap_or_else(|| {
        let usual = cx.settings.timing.hello_init;
        usual.saturating_add(usual / 10)
    })
}
