//! The table of deadlines one machine keeps.
//!
//! All deadlines of a machine live in one [`Timers`], so that `poll_timeout` cannot forget one and
//! leaving a state can stop what belonged to it.

use crate::time::Time;

/// Deadlines by what they are for. Few at a time: a vector is the simplest table.
#[derive(Clone, Debug)]
pub struct Timers<K>(Vec<(K, Time)>);

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + PartialEq> Timers<K> {
    /// Starts the timer, or moves its deadline.
    pub fn set(&mut self, kind: K, at: Time) {
        self.stop(kind);
        self.0.push((kind, at));
    }

    /// Stops the timer if it runs.
    pub fn stop(&mut self, kind: K) {
        self.0.retain(|(k, _)| *k != kind);
    }

    /// Stops every timer.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The deadline of the timer, if it runs.
    pub fn get(&self, kind: K) -> Option<Time> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, at)| *at)
    }

    /// The earliest deadline of all.
    pub fn next(&self) -> Option<Time> {
        self.0.iter().map(|(_, at)| *at).min()
    }

    /// Takes out the earliest timer that is due at `now`.
    pub fn take_due(&mut self, now: Time) -> Option<K> {
        let (index, _) = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, (_, at))| *at <= now)
            .min_by_key(|(_, (_, at))| *at)?;
        Some(self.0.remove(index).0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Time {
        Time::after(Duration::from_secs(seconds))
    }

    #[test]
    fn due_timers_come_out_in_the_order_of_their_deadlines() {
        let mut timers = Timers::default();
        timers.set('b', at(2));
        timers.set('a', at(1));
        timers.set('c', at(3));
        timers.set('b', at(1) + Duration::from_millis(1));
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.take_due(at(2)), Some('a'));
        assert_eq!(timers.take_due(at(2)), Some('b'));
        assert_eq!(timers.take_due(at(2)), None);
        timers.stop('c');
        assert_eq!(timers.next(), None);
    }
}
