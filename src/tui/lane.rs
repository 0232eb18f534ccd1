//! The timeline of a peer, reckoned from its history: which state held from when to when, and what
//! happened at one moment. Nothing here is rounded.

use std::time::Duration;

use crate::{
    hub::history::{Entry, Step},
    proto::ConnectionState,
    time::Time,
};

/// A stretch of time in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) state: ConnectionState,
}

/// What happened at one moment; the greater hides the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Scheduled,
    Attempt,
    Connected,
    Completed,
    End,
}

/// Which part of the time is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Time,
    pub(super) to: Time,
}

/// How the lane is zoomed and moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Zoom {
    /// How much time; everything there is if `None`.
    pub(super) span: Option<Duration>,
    /// How long ago the end of it is.
    pub(super) back: Duration,
}

/// The states a history tells of, without gaps, until now.
pub(super) fn stretches(history: &[Entry], now: Time) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for entry in history {
        match stretches.last_mut() {
            Some(last) if last.state == entry.state => {}
            last => {
                if let Some(last) = last {
                    last.to = entry.at;
                }
                stretches.push(Stretch { from: entry.at, to: now, state: entry.state });
            }
        }
    }
    // Of several states at one moment the last one held.
    stretches.retain(|stretch| stretch.from < stretch.to);
    stretches
}

/// The moments a history tells of.
pub(super) fn marks(history: &[Entry]) -> impl Iterator<Item = (Time, Mark)> {
    history.iter().filter_map(|entry| {
        let mark = match entry.step {
            Step::AttemptScheduled => Mark::Scheduled,
            Step::AttemptStarted => Mark::Attempt,
            Step::Connected => Mark::Connected,
            Step::Completed => Mark::Completed,
            Step::AttemptFailed | Step::Ended | Step::Refused | Step::Replaced => Mark::End,
            _ => return None,
        };
        Some((entry.at, mark))
    })
}

/// How long an entry held: until the next change of the state, or until now for the last one.
/// `None` for what did not change it.
pub(super) fn held(history: &[Entry], index: usize, now: Time) -> Option<Duration> {
    let entry = history.get(index)?;
    if entry.step != Step::State {
        return None;
    }
    let next = history[index + 1..].iter().find(|later| later.step == Step::State);
    Some(next.map_or(now, |next| next.at).since(entry.at))
}

impl Window {
    /// What the zoom shows of a history.
    pub(super) fn of(zoom: Zoom, history: &[Entry], now: Time) -> Self {
        let first = history.first().map_or(now, |entry| entry.at);
        let whole = now.since(first).max(Duration::from_millis(100));
        let to = Time::after(now.since_origin().saturating_sub(zoom.back));
        let span = zoom.span.unwrap_or(whole);
        Self { from: Time::after(to.since_origin().saturating_sub(span)), to }
    }

    /// How long it is.
    pub(super) fn span(self) -> Duration {
        self.to.since(self.from)
    }

    /// The column of a moment, of so many; `None` outside.
    pub(super) fn column(self, at: Time, columns: u16) -> Option<u16> {
        if at < self.from || at > self.to || columns == 0 {
            return None;
        }
        let share =
            at.since(self.from).as_millis() * u128::from(columns) / self.span().as_millis().max(1);
        Some(u16::try_from(share).unwrap_or(u16::MAX).min(columns - 1))
    }

    /// The state at the end of every column; `None` before the history begins.
    pub(super) fn states(
        self,
        stretches: &[Stretch],
        columns: u16,
    ) -> Vec<Option<ConnectionState>> {
        let end = |column: u16| {
            let share = self.span().as_nanos() * u128::from(column + 1) / u128::from(columns);
            self.from + Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX))
        };
        // The end of a column belongs to the next one, and `to` to the last stretch.
        let state = |at: Time| {
            let held = |stretch: &&Stretch| stretch.from < at && at <= stretch.to;
            stretches.iter().rev().find(held).map(|stretch| stretch.state)
        };
        (0..columns).map(|column| state(end(column))).collect()
    }
}

impl Zoom {
    const NEAREST: Duration = Duration::from_millis(100);

    /// Closer, or farther away, around the end of what is shown.
    pub(super) fn step(&mut self, closer: bool, shown: Window, whole: Duration) {
        let span = if closer { shown.span() / 2 } else { shown.span() * 2 };
        let span = span.max(Self::NEAREST);
        self.span = (span < whole).then_some(span);
        if self.span.is_none() {
            self.back = Duration::ZERO;
        }
    }

    /// A quarter of what is shown to the past, or back.
    pub(super) fn pan(&mut self, past: bool, shown: Window, whole: Duration) {
        let step = shown.span() / 4;
        self.span.get_or_insert(shown.span());
        self.back =
            if past { (self.back + step).min(whole) } else { self.back.saturating_sub(step) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ms: u64, step: Step, state: ConnectionState) -> Entry {
        Entry {
            at: at(ms),
            step,
            state,
            protocol: None,
            reason: None,
            attempt: None,
            delay: None,
            address: None,
        }
    }

    fn at(ms: u64) -> Time {
        Time::after(Duration::from_millis(ms))
    }

    fn history() -> Vec<Entry> {
        use ConnectionState::*;
        vec![
            entry(1_000, Step::Registered, ConnectionState::None),
            entry(1_000, Step::State, Queued),
            entry(1_001, Step::State, Initiated),
            entry(1_001, Step::AttemptStarted, Initiated),
            entry(1_251, Step::State, Completed),
            entry(9_000, Step::Ended, Completed),
            entry(9_000, Step::State, Error),
        ]
    }

    #[test]
    fn stretches_meet_and_end_now() {
        let all = stretches(&history(), at(11_000));
        let expected = [
            (1_000, 1_001, ConnectionState::Queued),
            (1_001, 1_251, ConnectionState::Initiated),
            (1_251, 9_000, ConnectionState::Completed),
            (9_000, 11_000, ConnectionState::Error),
        ];
        let expected =
            expected.map(|(from, to, state)| Stretch { from: at(from), to: at(to), state });
        assert_eq!(all, expected);
    }

    #[test]
    fn a_state_held_until_the_next_change() {
        let history = history();
        assert_eq!(held(&history, 2, at(11_000)), Some(Duration::from_millis(250)));
        assert_eq!(held(&history, 6, at(11_000)), Some(Duration::from_secs(2)));
        assert_eq!(held(&history, 3, at(11_000)), None);
    }

    #[test]
    fn every_moment_of_a_window_has_its_column() {
        let window = Window { from: at(1_000), to: at(11_000) };
        assert_eq!(window.column(at(1_000), 10), Some(0));
        assert_eq!(window.column(at(1_999), 10), Some(0));
        assert_eq!(window.column(at(2_000), 10), Some(1));
        assert_eq!(window.column(at(11_000), 10), Some(9));
        assert_eq!(window.column(at(999), 10), None);
        let states = window.states(&stretches(&history(), at(11_000)), 10);
        assert_eq!(states[0], Some(ConnectionState::Completed));
        assert_eq!(states[7], Some(ConnectionState::Completed));
        assert_eq!(states[8..], [Some(ConnectionState::Error); 2]);
    }

    #[test]
    fn zoom_and_pan_stay_within_the_history() {
        let (history, now) = (history(), at(11_000));
        let mut zoom = Zoom::default();
        let whole = Window::of(zoom, &history, now);
        assert_eq!(whole, Window { from: at(1_000), to: now });
        zoom.step(true, whole, whole.span());
        assert_eq!(Window::of(zoom, &history, now), Window { from: at(6_000), to: now });
        zoom.pan(true, Window::of(zoom, &history, now), whole.span());
        assert_eq!(Window::of(zoom, &history, now), Window { from: at(4_750), to: at(9_750) });
        zoom.step(false, Window::of(zoom, &history, now), whole.span());
        assert_eq!(zoom, Zoom::default());
    }
}
