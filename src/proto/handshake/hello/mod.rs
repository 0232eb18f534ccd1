//! Hello (SHIP 13.4.4.1): each side says whether it trusts the other, and waits for the other's user.
//!
//! ```text
//!            trusted ── 7 ── ready ────► 8 ReadyListen ──── its ready ────► 13 HelloOk
//!  6 Hello ──┤                             ▲      │ its time ran out: 9
//!            undecided ─ 10 ─ pending ─► 11 PendingListen   ▼
//!            nobody to ask ───────────────┴──► 14 ── aborted ──► 15 ── 1 s ──► close 4452
//!
//!  its aborted: 16 ──► close        it closes in ReadyListen and gives no other reason, or with 4452: 17
//! ```
//!
//! The side that waits (its Wait-For-Ready timer runs) is the one that grants more time; the side
//! still pending is the one that asks, before the other's patience ends.

mod pending;
mod ready;

pub(super) use pending::Pending;
pub(super) use ready::Ready;

use std::time::Duration;

use super::{
    Cause, Denial, End, Event, HelloStatus, Remark, Side, State, Trust, close,
    context::{Context, Timer},
};
use crate::{
    proto::{
        ProtocolState,
        close_code::REJECTED,
        message::{Control, Hello, HelloPhase},
    },
    time::Time,
};

/// How much earlier than promised a peer may abort without being called early: the way of the
/// messages, and clocks that tick in seconds.
const PUNCTUALITY: Duration = Duration::from_secs(1);

/// Enters the hello phase.
pub(super) fn enter(cx: &mut Context) -> State {
    cx.enter(ProtocolState::Hello);
    match cx.settings.trust {
        Trust::Trusted => Ready::enter(cx, Talk::default()),
        Trust::Undecided => Pending::enter(cx),
        Trust::NobodyToAsk => {
            let end = cx.end(Cause::Denied { by: Side::We, how: Denial::NobodyToAsk });
            abort(cx, end)
        }
    }
}

/// We sent `aborted` and give it time to arrive.
#[derive(Debug)]
pub(super) struct Aborting {
    end: End,
}

impl Aborting {
    pub(super) fn on_timeout(self, cx: &mut Context) -> State {
        close::close(cx, self.end, REJECTED)
    }

    pub(super) fn into_end(self) -> End {
        self.end
    }
}

/// Ends the hello from our side: `aborted` now, the close a little later.
pub(super) fn abort(cx: &mut Context, end: End) -> State {
    cx.timers.clear();
    cx.enter(ProtocolState::HelloAbort);
    say(cx, HelloPhase::Aborted, None, false);
    cx.enter(ProtocolState::HelloAbortDone);
    cx.start(Timer::AbortDelay, cx.settings.timing.abort_delay);
    State::Aborting(Aborting { end })
}

fn say(cx: &mut Context, phase: HelloPhase, waiting: Option<Duration>, ask: bool) {
    let hello = Hello { phase, waiting, prolongation_request: ask, update_counter: None };
    cx.send_control(Control::Hello(hello));
}

/// What the two sides told each other, in whichever state.
#[derive(Debug, Default)]
struct Talk {
    we_trust: bool,
    peer_trusts: Option<bool>,
    /// The last `waiting` of the peer, and when it came.
    peer_waits: Option<Promise>,
    /// The `waiting` that answered our last request for more time.
    prolonged: Option<Promise>,
    granted: u32,
    asked: u32,
}

/// The peer's word that it waits so long from then on.
#[derive(Clone, Copy, Debug)]
struct Promise {
    at: Time,
    waiting: Duration,
}

impl Talk {
    fn status(&self, cx: &Context) -> HelloStatus {
        HelloStatus {
            we_trust: self.we_trust,
            peer_trusts: self.peer_trusts,
            we_wait_until: cx.timers.get(Timer::WaitForReady),
            peer_waits_until: self.peer_waits.map(|promise| promise.at + promise.waiting),
            prolongations_granted: self.granted,
            prolongations_asked: self.asked,
        }
    }

    fn report(&self, cx: &mut Context) {
        let status = self.status(cx);
        cx.event(Event::Hello(status));
    }

    /// Takes down what a `ready` or `pending` says; the caller acts on it, then reports.
    fn hear(&mut self, cx: &mut Context, hello: &Hello) {
        cx.of_use();
        self.peer_trusts = Some(hello.phase == HelloPhase::Ready);
        cx.keys.announced = hello.update_counter.or(cx.keys.announced);
        if hello.waiting.is_none_or(|waiting| waiting < cx.settings.timing.hello_prolong_min)
            && !hello.prolongation_request
        {
            cx.remark(Remark::ShortWaiting(hello.waiting));
        }
        if let Some(waiting) = hello.waiting {
            let promise = Promise { at: cx.now, waiting };
            if cx.timers.get(Timer::ProlongationReply).is_some() {
                self.prolonged = Some(promise);
            }
            self.peer_waits = Some(promise);
            cx.timers.stop(Timer::ProlongationReply);
        }
    }

    /// Grants the peer more time: *adds* T_hello_inc to what is left, and tells what is left now.
    fn grant(&mut self, cx: &mut Context) {
        let until = cx.timers.get(Timer::WaitForReady).unwrap_or(cx.now);
        let until = until + cx.settings.timing.hello_inc;
        cx.timers.set(Timer::WaitForReady, until);
        self.granted += 1;
        let phase = if self.we_trust { HelloPhase::Ready } else { HelloPhase::Pending };
        say(cx, phase, Some(cx.now.until(until)), false);
    }

    /// The peer said `aborted`.
    fn aborted_by_peer(&self, cx: &mut Context) -> State {
        self.remark_if_cut_short(cx);
        let how = match self.peer_waits {
            Some(promise) if cx.now + PUNCTUALITY >= promise.at + promise.waiting => {
                Denial::OutOfTime { waited: cx.in_state() }
            }
            _ => Denial::Aborted,
        };
        let end = cx.end(Cause::Denied { by: Side::Peer, how });
        cx.enter(ProtocolState::HelloRemoteAbortDone);
        close::close(cx, end, REJECTED)
    }

    /// The peer closed the transport, which is a refusal here.
    fn closed_by_peer(&self, cx: &mut Context, code: Option<u16>, text: String) -> State {
        self.remark_if_cut_short(cx);
        let how = Denial::Closed { code, text };
        let cause = Cause::Denied { by: Side::Peer, how };
        close::lost_to(cx, ProtocolState::HelloRejected, cause)
    }

    /// Tells of a prolongation that was promised and not kept (HEL-06).
    fn remark_if_cut_short(&self, cx: &mut Context) {
        let Some(Promise { at, waiting: promised }) = self.prolonged else { return };
        let aborted_after = cx.now.since(at);
        if aborted_after + PUNCTUALITY < promised {
            cx.remark(Remark::ProlongationCutShort { promised, aborted_after });
        }
    }

    /// The cause when our patience ended: nothing was heard, or nobody there decided.
    fn out_of_time(&self, cx: &Context) -> Cause {
        let waited = cx.in_state();
        match self.peer_trusts {
            None => Cause::TimedOut { expected: super::Expectation::Hello, waited },
            Some(_) => Cause::Denied { by: Side::Peer, how: Denial::OutOfTime { waited } },
        }
    }
}

/// Both sides trust each other.
fn ok(cx: &mut Context, talk: &Talk) -> State {
    for timer in [Timer::WaitForReady, Timer::SendProlongation, Timer::ProlongationReply] {
        cx.timers.stop(timer);
    }
    talk.report(cx);
    cx.enter(ProtocolState::HelloOk);
    // Its answer to a request for more time may still be under way.
    super::protocol::enter(cx, talk.asked > 0)
}
