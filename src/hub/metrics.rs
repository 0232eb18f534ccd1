//! Counts and times of the hub since its start.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Event, EventKind, backoff::Verdict, history::Reason, json};
use crate::{checks::judge::closed_as_double, proto::handshake::Role, time::Time};

/// How many connection times the percentiles are taken of: the latest ones.
const SAMPLE: usize = 512;

/// Failures are counted by the minute, for an hour.
const MINUTE: Duration = Duration::from_secs(60);
const MINUTES: u64 = 60;

/// What the hub counts. It grows no further than its sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    attempted: u64,
    completed: u64,
    replaced: u64,
    refused: u64,
    failed: u64,
    /// Attempts of ours that completed the handshake, and those that did not.
    succeeded: u64,
    in_vain: u64,
    total: Duration,
    sample: VecDeque<Duration>,
    /// Failures of the last hour: the number of the minute, and how many.
    by_minute: VecDeque<(u64, u64)>,
    shutdown: Option<Duration>,
}

/// What the hub counted, at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Attempts of ours, and connections taken in.
    pub attempted: u64,
    /// Handshakes completed.
    pub completed: u64,
    /// Connections given up for another one to the same peer.
    pub replaced: u64,
    /// Connections turned away with 503.
    pub refused: u64,
    /// Attempts that found no node, and connections that did not end in order.
    pub failed: u64,
    /// Attempts of ours whose outcome is known; without those given up for another connection, or
    /// ended by us.
    #[serde(default)]
    pub decided: u64,
    /// The part of them that completed the handshake and was not dropped soon after, again and
    /// again, 0 to 1; `None` while there are none.
    pub success_rate: Option<f64>,
    /// Failures within the last hour.
    pub failures_last_hour: u64,
    /// From the beginning of an attempt to the completed handshake; `None` while there is none.
    pub connection_time: Option<ConnectionTime>,
    /// How many peers have a connection.
    pub connections: usize,
    /// How many may have one.
    pub limit: usize,
    /// How many wait for a place.
    pub waiting: usize,
    /// How long the shutdown took, once it is over.
    #[serde(rename = "shutdown_ms", default, with = "json::optional_millis")]
    pub shutdown: Option<Duration>,
}

/// How long it took to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTime {
    /// The mean of all.
    #[serde(rename = "mean_ms", with = "json::millis")]
    pub mean: Duration,
    /// Half of the latest took no longer.
    #[serde(rename = "p50_ms", with = "json::millis")]
    pub p50: Duration,
    /// Nine tenths of the latest took no longer.
    #[serde(rename = "p90_ms", with = "json::millis")]
    pub p90: Duration,
    /// 99 of 100 of the latest took no longer.
    #[serde(rename = "p99_ms", with = "json::millis")]
    pub p99: Duration,
}

impl Counts {
    /// Takes notice of an event; `we_dialled` tells whose the connection is that it belongs to.
    pub(super) fn note(&mut self, event: &Event, we_dialled: bool) {
        match &event.kind {
            EventKind::Completed { .. } if we_dialled => self.succeeded += 1,
            EventKind::AttemptFailed { verdict, .. } if *verdict != Verdict::Nothing => {
                self.in_vain += 1;
            }
            EventKind::Ended { end, .. }
                if we_dialled
                    && !end.completed
                    && !closed_as_double(&end.cause)
                    && Reason::of(&end.cause).is_failure() =>
            {
                self.in_vain += 1;
            }
            _ => {}
        }
        match &event.kind {
            EventKind::AttemptStarted { .. } => self.attempted += 1,
            EventKind::Connected { role: Role::Server, .. } => self.attempted += 1,
            EventKind::Completed { took } => self.completed_after(*took),
            EventKind::Replaced { .. } => self.replaced += 1,
            EventKind::Refused { .. } => self.refused += 1,
            EventKind::AttemptFailed { .. } => self.failed_at(event.at),
            EventKind::Ended { end, .. } if Reason::of(&end.cause).is_failure() => {
                self.failed_at(event.at);
            }
            EventKind::ShutDown { took, .. } => self.shutdown = Some(*took),
            _ => {}
        }
    }

    /// So many attempts of ours that had completed the handshake came to nothing.
    pub(super) fn short_lived(&mut self, count: u64) {
        self.succeeded = self.succeeded.saturating_sub(count);
        self.in_vain += count;
    }

    /// What was counted until `now`, beside what the hub knows of itself.
    pub(super) fn metrics(
        &self,
        now: Time,
        connections: usize,
        limit: usize,
        waiting: usize,
    ) -> Metrics {
        let decided = self.succeeded + self.in_vain;
        let hour_ago = minute(now).saturating_sub(MINUTES - 1);
        let lately = self.by_minute.iter().filter(|(minute, _)| *minute >= hour_ago);
        Metrics {
            attempted: self.attempted,
            completed: self.completed,
            replaced: self.replaced,
            refused: self.refused,
            failed: self.failed,
            decided,
            success_rate: (decided > 0).then(|| self.succeeded as f64 / decided as f64),
            failures_last_hour: lately.map(|(_, failures)| failures).sum(),
            connection_time: self.connection_time(),
            connections,
            limit,
            waiting,
            shutdown: self.shutdown,
        }
    }

    fn completed_after(&mut self, took: Duration) {
        self.completed += 1;
        self.total += took;
        if self.sample.len() == SAMPLE {
            self.sample.pop_front();
        }
        self.sample.push_back(took);
    }

    fn failed_at(&mut self, now: Time) {
        self.failed += 1;
        let now = minute(now);
        match self.by_minute.back_mut() {
            Some((minute, failures)) if *minute == now => *failures += 1,
            _ => self.by_minute.push_back((now, 1)),
        }
        while self.by_minute.front().is_some_and(|(minute, _)| minute + MINUTES <= now) {
            self.by_minute.pop_front();
        }
    }

    fn connection_time(&self) -> Option<ConnectionTime> {
        let mut sorted: Vec<Duration> = self.sample.iter().copied().collect();
        sorted.sort();
        // The nearest rank: the smallest of which so many in a hundred are no larger.
        let rank = |of_100: usize| sorted.get((sorted.len() * of_100).div_ceil(100).max(1) - 1);
        let count = u32::try_from(self.completed).unwrap_or(u32::MAX);
        Some(ConnectionTime {
            mean: self.total.checked_div(count)?,
            p50: *rank(50)?,
            p90: *rank(90)?,
            p99: *rank(99)?,
        })
    }
}

fn minute(at: Time) -> u64 {
    at.since_origin().as_secs() / MINUTE.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(counts: &mut Counts, at: u64, kind: EventKind) {
        counts.note(&Event { at: Time::after(Duration::from_secs(at)), ski: None, kind }, true);
    }

    fn failed() -> EventKind {
        let (failure, verdict) = (Default::default(), super::super::backoff::Verdict::Retry);
        EventKind::AttemptFailed { number: 1, failure, verdict }
    }

    #[test]
    fn percentiles_are_those_of_the_latest_and_the_mean_is_that_of_all() {
        let mut counts = Counts::default();
        assert_eq!(counts.connection_time(), None);
        for millis in 1..=100 {
            note(&mut counts, 0, EventKind::Completed { took: Duration::from_millis(millis) });
        }
        let [mean, p50, p90, p99] = [50_500, 50_000, 90_000, 99_000].map(Duration::from_micros);
        assert_eq!(counts.connection_time(), Some(ConnectionTime { mean, p50, p90, p99 }));
        for _ in 0..10_000 {
            note(&mut counts, 0, EventKind::Completed { took: Duration::from_secs(1) });
        }
        assert_eq!(counts.sample.len(), SAMPLE);
        assert_eq!(counts.connection_time().unwrap().p50, Duration::from_secs(1));
    }

    #[test]
    fn failures_count_for_an_hour_and_take_no_more_room_than_that() {
        let mut counts = Counts::default();
        for at in 0..100_000 {
            note(&mut counts, at, failed());
        }
        assert!(counts.by_minute.len() <= 60);
        let lately = |at| counts.metrics(Time::after(Duration::from_secs(at)), 0, 0, 0);
        let last = lately(99_999);
        assert_eq!(last.failed, 100_000);
        assert!((3541..=3600).contains(&last.failures_last_hour), "{}", last.failures_last_hour);
        assert_eq!(lately(110_000).failures_last_hour, 0);
    }

    #[test]
    fn success_rate_is_of_attempts_we_made_and_whose_outcome_is_known() {
        let mut counts = Counts::default();
        let rate = |counts: &Counts| {
            let metrics = counts.metrics(Time::ORIGIN, 0, 0, 0);
            (metrics.decided, metrics.success_rate)
        };
        assert_eq!(rate(&counts), (0, None));
        for _ in 0..4 {
            note(&mut counts, 0, EventKind::AttemptStarted { number: 1, targets: Vec::new() });
        }
        note(&mut counts, 0, EventKind::Replaced { link: super::super::LinkId(1) });
        assert_eq!(rate(&counts), (0, None), "one was given up, three are not decided");
        for _ in 0..3 {
            note(&mut counts, 0, EventKind::Completed { took: Duration::ZERO });
        }
        note(&mut counts, 0, failed());
        assert_eq!(rate(&counts), (4, Some(0.75)));
        let theirs = EventKind::Completed { took: Duration::ZERO };
        counts.note(&Event { at: Time::ORIGIN, ski: None, kind: theirs }, false);
        assert_eq!(rate(&counts), (4, Some(0.75)), "the device dialled that one");
        counts.short_lived(2);
        assert_eq!(rate(&counts), (4, Some(0.25)));
    }
}
