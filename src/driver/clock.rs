//! The one clock: real time in, [`Time`] for the pure floors out.

use std::time::Instant;

use time::OffsetDateTime;

use crate::time::Time;

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
        self.origin + at.since_origin()
    }

    /// The date and time of day of a moment, UTC.
    pub fn wall(&self, at: Time) -> OffsetDateTime {
        self.wall + at.since_origin()
    }
}
