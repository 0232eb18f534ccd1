//! When the next attempt is made, and whether one is made at all.

use std::{ops::Range, time::Duration};

use serde::{Deserialize, Serialize};

use super::dial::DialFailure;
use crate::checks::Code;
use crate::proto::{
    Phase,
    close_code::REJECTED,
    handshake::{Cause, Denial, End, Role, Side},
    message::CloseReason,
};

/// The random delays before attempts: the first, the second, the third and every later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff(pub [Range<Duration>; 3]);

impl Default for Backoff {
    /// The ranges of ship-go: 0–3 s, 3–10 s, 10–20 s.
    fn default() -> Self {
        let seconds = |from, to| Duration::from_secs(from)..Duration::from_secs(to);
        Self([seconds(0, 3), seconds(3, 10), seconds(10, 20)])
    }
}

impl Backoff {
    /// The range for attempt `number`, counted from 1.
    pub fn range(&self, number: u32) -> &Range<Duration> {
        &self.0[(number.max(1) as usize - 1).min(2)]
    }

    /// Draws the delay before attempt `number`.
    pub fn draw(&self, number: u32, rng: &mut fastrand::Rng) -> Duration {
        let Range { start, end } = self.range(number);
        let span = end.saturating_sub(*start).as_millis() as u64;
        *start + Duration::from_millis(if span == 0 { 0 } else { rng.u64(0..span) })
    }
}

/// The first delay once a pattern of short connections stands.
const SLOW_FIRST: Duration = Duration::from_secs(30);
/// The longest delay then.
pub const SLOW_CEILING: Duration = Duration::from_secs(600);
/// The longest delay where each connection works for a while and is closed at an interval.
const SLOW_CEILING_AT_INTERVAL: Duration = Duration::from_secs(60);

/// Draws the delay after a pattern of short connections was repeated `times` since it stands: it
/// doubles from 30 s up to the ceiling, and the last quarter of it is random.
pub fn draw_slow(code: Code, times: u32, rng: &mut fastrand::Rng) -> Duration {
    let ceiling = if code == Code::Cls06 { SLOW_CEILING_AT_INTERVAL } else { SLOW_CEILING };
    let whole = SLOW_FIRST.saturating_mul(1 << times.saturating_sub(1).min(8)).min(ceiling);
    let quarter = whole / 4;
    whole - quarter + Duration::from_millis(rng.u64(0..=quarter.as_millis() as u64))
}

/// What follows the end of an attempt or a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after the usual delay.
    Retry,
    /// Try again at once and do not count the attempt: the peer stumbled over its own start-up.
    RetryAtOnce,
    /// The peer refused: never dial by ourselves again.
    PeerRefused,
    /// We refused, or nobody decided in time.
    WeRefused,
    /// It failed in a way that another attempt would repeat.
    GiveUp,
    /// Somebody disconnected the peer: nothing until told to connect.
    Held,
    /// The peer may dial us; we do not dial it, as nobody asked for it since the start.
    PeerMayCome,
    /// Nothing is left to follow: the peer is not paired, connected otherwise, or the hub stops.
    Nothing,
}

impl Verdict {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::RetryAtOnce => "retry_at_once",
            Self::PeerRefused => "peer_refused",
            Self::WeRefused => "we_refused",
            Self::GiveUp => "give_up",
            Self::Held => "held",
            Self::PeerMayCome => "peer_may_come",
            Self::Nothing => "nothing",
        }
    }
}

/// How long after our hello an `aborted` still looks like the start-up race of ship-go servers,
/// which lose a hello that arrives within milliseconds of the upgrade.
const STARTUP_RACE: Duration = Duration::from_millis(500);

/// Judges the end of a connection to a registered peer.
///
/// `raced` tells whether the start-up race was already assumed once since the last completed
/// handshake: a peer that aborts again means it.
pub fn after_end(end: &End, role: Role, ever_completed: bool, raced: bool) -> Verdict {
    match &end.cause {
        Cause::Denied { by: Side::Peer, how: Denial::OutOfTime { .. } } => Verdict::WeRefused,
        Cause::Denied { by: Side::Peer, how } => {
            let at_once = end.after < STARTUP_RACE
                && match how {
                    Denial::Aborted => true,
                    Denial::Closed { code, .. } => *code == Some(REJECTED.0),
                    _ => false,
                };
            if at_once && role == Role::Client && !raced {
                Verdict::RetryAtOnce
            } else {
                Verdict::PeerRefused
            }
        }
        Cause::Denied { by: Side::We, .. } => Verdict::WeRefused,
        Cause::Closed { by: Side::Peer, reason: CloseReason::RemovedConnection, .. } => {
            Verdict::PeerRefused
        }
        Cause::PinMissing | Cause::PinRefused | Cause::ShipIdMismatch { .. } => Verdict::GiveUp,
        Cause::NoPong { .. } | Cause::Flooded { .. } | Cause::NotReading { .. } => Verdict::Retry,
        // It restarts, has no room now, or prefers another connection, which may have failed since.
        cause if cause.class().is_passing() => Verdict::Retry,
        // Before the hello nothing was said yet: the peer's stack hung or was busy.
        _ if end.during.phase() == Phase::Init && !matches!(end.cause, Cause::Violation { .. }) => {
            Verdict::Retry
        }
        _ if ever_completed => Verdict::Retry,
        _ => Verdict::GiveUp,
    }
}

/// Judges a failed dial to a registered peer.
pub fn after_dial(failure: &DialFailure, ever_completed: bool) -> Verdict {
    if failure.is_passing() || ever_completed { Verdict::Retry } else { Verdict::GiveUp }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ProtocolState;

    #[test]
    fn delays_lie_in_the_range_of_their_attempt() {
        let (backoff, mut rng) = (Backoff::default(), fastrand::Rng::with_seed(1));
        for (number, from, to) in [(1, 0, 3), (2, 3, 10), (3, 10, 20), (4, 10, 20), (99, 10, 20)] {
            let drawn: Vec<Duration> = (0..1000).map(|_| backoff.draw(number, &mut rng)).collect();
            assert!(drawn.iter().all(|d| (from..to).contains(&d.as_secs())), "attempt {number}");
            let spread = *drawn.iter().max().unwrap() - *drawn.iter().min().unwrap();
            assert!(
                spread > Duration::from_secs((to - from) * 9 / 10),
                "attempt {number}: uniform"
            );
        }
    }

    #[test]
    fn slow_delays_double_up_to_their_ceiling_and_are_random() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut drawn = |code, times| -> (Duration, Duration) {
            let all: Vec<Duration> = (0..500).map(|_| draw_slow(code, times, &mut rng)).collect();
            (*all.iter().min().unwrap(), *all.iter().max().unwrap())
        };
        for code in [Code::Hel08, Code::Cls02, Code::Dat03] {
            for (times, most) in [(1, 30), (2, 60), (3, 120), (5, 480), (6, 600), (99, 600)] {
                let most = Duration::from_secs(most);
                let (shortest, longest) = drawn(code, times);
                assert!(longest <= most && shortest >= most * 3 / 4, "{code} {times}");
                assert!(longest - shortest > most / 5, "{code} {times}: random");
            }
        }
        assert!(drawn(Code::Cls06, 99).1 <= Duration::from_secs(60));
    }

    fn end(during: ProtocolState, cause: Cause) -> End {
        let after = Duration::from_millis(3);
        End { during, cause, completed: false, after, instead: None }
    }

    #[test]
    fn an_abort_right_after_the_hello_is_tried_again_once() {
        let aborted = end(
            ProtocolState::HelloReadyListen,
            Cause::Denied { by: Side::Peer, how: Denial::Aborted },
        );
        assert_eq!(after_end(&aborted, Role::Client, false, false), Verdict::RetryAtOnce);
        assert_eq!(after_end(&aborted, Role::Client, false, true), Verdict::PeerRefused);
        assert_eq!(after_end(&aborted, Role::Server, false, false), Verdict::PeerRefused);
        let later = End { after: Duration::from_secs(1), ..aborted };
        assert_eq!(after_end(&later, Role::Client, false, false), Verdict::PeerRefused);
    }

    #[test]
    fn close_with_a_passing_reason_is_retried_before_any_handshake_completed() {
        let closed = |code, text: &str| {
            let cause = Cause::ClosedWithCode { code, text: text.into() };
            after_end(&end(ProtocolState::HelloReadyListen, cause), Role::Server, false, false)
        };
        for (code, text) in [(4001, "double connection"), (1001, ""), (1012, ""), (1013, "")] {
            assert_eq!(closed(code, text), Verdict::Retry, "{code} {text}");
        }
        for code in [1002, 1009, 1011] {
            assert_eq!(closed(code, ""), Verdict::GiveUp, "{code}");
        }
    }

    #[test]
    fn a_failure_after_the_hello_is_retried_only_if_a_handshake_ever_completed() {
        let closed = end(
            ProtocolState::ProtClientListenChoice,
            Cause::ClosedWithCode { code: 4001, text: "close".into() },
        );
        assert_eq!(after_end(&closed, Role::Client, true, false), Verdict::Retry);
        assert_eq!(after_end(&closed, Role::Client, false, false), Verdict::GiveUp);
        let lost = End { cause: Cause::Lost { detail: "reset".into() }, ..closed };
        assert_eq!(after_end(&lost, Role::Client, false, false), Verdict::Retry);
    }
}
