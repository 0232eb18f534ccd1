//! Every way out (SHIP 13.4.7): announced by one side, or at once after a fault.

use std::time::Duration;

use super::{
    Cause, End, Event, Expectation, Output, Remark, Side, State, TransportEnd,
    context::{Context, Timer},
};
use crate::proto::{
    ProtocolState,
    close_code::{CloseKind, CloseMeaning, PLAIN, REJECTED, SHIP_ID_MISMATCH, TIMED_OUT},
    message::{ClosePhase, CloseReason, ConnectionClose, Message},
};

/// How long the transport may take to close before it is given up.
const TRANSPORT_GRACE: Duration = Duration::from_secs(1);

/// We announced the close and wait for the confirmation.
#[derive(Debug)]
pub(super) struct Announced {
    reason: CloseReason,
}

/// We told the transport to close and wait until it has.
#[derive(Debug)]
pub(super) struct Closing {
    end: End,
}

impl Announced {
    pub(super) fn enter(cx: &mut Context, reason: CloseReason) -> State {
        let max_time = cx.settings.timing.close_max_time;
        cx.send(&Message::Close(ConnectionClose {
            phase: ClosePhase::Announce,
            max_time: Some(max_time),
            reason: Some(reason.clone()),
        }));
        cx.timers.clear();
        cx.start(Timer::CloseConfirm, max_time);
        State::Announced(Self { reason })
    }

    /// An announcement that crossed ours is confirmed too; then ours goes on as if alone.
    pub(super) fn on_close(self, cx: &mut Context, close: &ConnectionClose) -> State {
        match close.phase {
            ClosePhase::Confirm => self.finish(cx, true),
            ClosePhase::Announce => {
                confirm(cx);
                State::Announced(self)
            }
        }
    }

    pub(super) fn on_timeout(self, cx: &mut Context) -> State {
        self.finish(cx, false)
    }

    pub(super) fn on_transport_end(self, cx: &mut Context) -> State {
        let end = self.end(cx, false);
        over(cx, end)
    }

    fn finish(self, cx: &mut Context, confirmed: bool) -> State {
        let end = self.end(cx, confirmed);
        close(cx, end, PLAIN)
    }

    pub(super) fn end(self, cx: &Context, confirmed: bool) -> End {
        cx.end(Cause::Closed { by: Side::We, reason: self.reason, confirmed })
    }
}

impl Closing {
    /// The transport is gone, or out of time.
    pub(super) fn finish(self, cx: &mut Context) -> State {
        over(cx, self.end)
    }
}

/// A `connectionClose` in any state where we announced nothing ourselves.
pub(super) fn on_close(state: State, cx: &mut Context, message: ConnectionClose) -> State {
    if message.phase == ClosePhase::Confirm {
        cx.ignored("connectionClose");
        return state;
    }
    let reason = message.reason.unwrap_or(CloseReason::Unspecific);
    if let CloseReason::Other(text) = &reason {
        cx.remark(Remark::OddCloseReason(text.clone()));
    }
    confirm(cx);
    let end = cx.end(Cause::Closed { by: Side::Peer, reason, confirmed: true });
    close(cx, end, PLAIN)
}

/// The connection failed with this cause: closes it with the code that goes with the cause.
pub(super) fn fail(cx: &mut Context, cause: Cause) -> State {
    let end = cx.end(cause);
    fail_as(cx, end)
}

/// As [`fail`], where further states were entered since the fault.
pub(super) fn fail_as(cx: &mut Context, end: End) -> State {
    cx.enter(ProtocolState::Error);
    let code = end.cause.close_code();
    close(cx, end, code)
}

/// Closes the transport.
pub(super) fn close(cx: &mut Context, end: End, (code, reason): (u16, &'static str)) -> State {
    cx.output(Output::Close { code, reason });
    cx.timers.clear();
    cx.start(Timer::TransportGone, TRANSPORT_GRACE);
    State::Closing(Closing { end })
}

/// The transport went away where that is a fault.
pub(super) fn lost(cx: &mut Context, how: TransportEnd) -> State {
    let cause = match how {
        TransportEnd::Frame { code, text }
            if CloseMeaning::of(code, &text).kind == CloseKind::WrongShipId =>
        {
            Cause::ShipIdMismatch { by: Side::Peer, stored: None, received: None }
        }
        TransportEnd::Frame { code, text } => Cause::ClosedWithCode { code, text },
        TransportEnd::Eof => Cause::hung_up(),
        TransportEnd::NoPong { waited } => Cause::NoPong { waited },
        TransportEnd::NoWebSocket { detail } => {
            let got = format!("bytes that are no WebSocket frame ({detail})");
            Cause::Violation { expected: Expectation::Binary, got }
        }
        TransportEnd::TooLarge { size, limit } => {
            let got = format!("one of {size} bytes (the limit is {limit})");
            Cause::Violation { expected: Expectation::WithinLimit, got }
        }
        TransportEnd::Flooded { limit, within } => Cause::Flooded { limit, within },
        TransportEnd::NotReading { detail } => Cause::NotReading { detail },
        TransportEnd::Error { detail } => Cause::Lost { detail },
    };
    lost_to(cx, ProtocolState::Error, cause)
}

/// The transport went away, which means `cause` here: enters `state` and ends.
pub(super) fn lost_to(cx: &mut Context, state: ProtocolState, cause: Cause) -> State {
    let end = cx.end(cause);
    cx.enter(state);
    over(cx, end)
}

/// Nothing follows.
pub(super) fn over(cx: &mut Context, end: End) -> State {
    cx.timers.clear();
    cx.event(Event::Ended(end));
    State::Over
}

fn confirm(cx: &mut Context) {
    cx.send(&Message::Close(ConnectionClose {
        phase: ClosePhase::Confirm,
        max_time: None,
        reason: None,
    }));
}

impl Cause {
    /// The WebSocket close code and text we use when this cause makes us close.
    ///
    /// Causes by which the peer closed have the code we would have used.
    pub fn close_code(&self) -> (u16, &'static str) {
        match self {
            Self::Violation { expected: Expectation::Binary, .. } => (1003, "text frame"),
            Self::Violation { expected: Expectation::WithinLimit, .. } => (1009, "too large"),
            Self::Violation { .. } => (1002, "protocol error"),
            Self::Flooded { .. } => (1008, "too many messages"),
            Self::Denied { .. } => REJECTED,
            Self::ShipIdMismatch { .. } => SHIP_ID_MISMATCH,
            Self::TimedOut { .. } => TIMED_OUT,
            Self::PinMissing => (4001, "no PIN"),
            Self::PinRefused => (4001, "PIN refused"),
            Self::Dropped { code, reason } => (*code, reason),
            Self::Closed { .. }
            | Self::ProtocolError { .. }
            | Self::ClosedWithCode { .. }
            | Self::NotReading { .. }
            | Self::NoPong { .. }
            | Self::Lost { .. } => PLAIN,
        }
    }
}
