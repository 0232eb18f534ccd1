//! The one clock: real time in, [`Time`] for the pure floors out.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::time::Time;

/// Later than any program lives: for deadlines that cannot be told.
const FAR_AWAY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A clock whose origin is the moment it was made.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    wall: OffsetDateTime,
}

impl Clock {
    /// Starts a clock.
    pub fn start() -> Self {
        Self { origin: Instant::now(), wall: OffsetDateTime::now_utc() }
    }

    /// The time now.
    pub fn now(&self) -> Time {
        Time::after(self.origin.elapsed())
    }

    /// When a deadline is, for a timer of the runtime.
    pub fn instant(&self, at: Time) -> Instant {
        self.origin.checked_add(at.since_origin()).unwrap_or(self.origin + FAR_AWAY)
    }

    /// The date and time of day of a moment, UTC.
    pub fn wall(&self, at: Time) -> OffsetDateTime {
        let elapsed = time::Duration::try_from(at.since_origin()).unwrap_or(time::Duration::MAX);
        self.wall.checked_add(elapsed).unwrap_or(self.wall + FAR_AWAY)
    }
}
