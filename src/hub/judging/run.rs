//! Connections in a row that the peer dropped soon, or turned away (HEL-08, DAT-03).

use std::time::Duration;

use super::{Explained, pattern::MANY};
use crate::{
    checks::{Code, Finding},
    hub::backoff::SLOW_CEILING,
    time::{Time, text::span},
};

/// How often in a row the peer dropped us, or turned us away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    times: u32,
    first: Time,
    last: Time,
    turned_away: u32,
    /// How many connections it left after it had read our use cases and found none.
    found_nothing: u32,
    /// How long the longest of those lasted.
    lasted: Duration,
    /// How many connections of ours were complete, and are not explained yet.
    short_lived: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drop {
    /// Before the handshake.
    TurnedAway,
    /// Right after both sides trusted each other.
    AtOnce,
    /// After it had read our use cases, and found none.
    FoundNothing {
        /// How long the connection lasted.
        after: Duration,
    },
}

/// What lies further apart is no row: longer than the longest delay between two attempts.
const ROW: Duration = SLOW_CEILING.saturating_mul(2);
/// How many make a row where the peer showed its reason.
const FEW: u32 = 2;

impl Run {
    /// One more; `short_lived` if it was a complete connection of ours.
    pub(super) fn add(&mut self, at: Time, how: Drop, short_lived: bool) {
        if self.times == 0 || at.since(self.last) > ROW {
            *self = Self { first: at, ..Self::default() };
        }
        self.times = self.times.saturating_add(1);
        self.last = at;
        self.short_lived += u64::from(short_lived);
        match how {
            Drop::AtOnce => {}
            Drop::TurnedAway => self.turned_away = self.turned_away.saturating_add(1),
            Drop::FoundNothing { after } => {
                self.found_nothing = self.found_nothing.saturating_add(1);
                self.lasted = self.lasted.max(after);
            }
        }
    }

    /// How many complete connections of ours it explains since it was asked last.
    pub(super) fn take_short_lived(&mut self) -> u64 {
        if self.explained().is_some() { std::mem::take(&mut self.short_lived) } else { 0 }
    }

    /// What they come to; `None` while they may be chance.
    pub(super) fn explained(&self) -> Option<Explained> {
        let mostly = self.found_nothing > self.times / 2;
        let (finding, instead_of): (_, &[Code]) = if mostly && self.found_nothing >= FEW {
            (self.leaves(), &[Code::Cls03, Code::Cls04, Code::Hel08])
        } else if self.times as usize >= MANY {
            (self.no_place(), &[Code::Cls03, Code::Cls04, Code::Dat03])
        } else {
            return None;
        };
        Some(Explained { finding, since: self.first, instead_of })
    }

    fn leaves(&self) -> Finding {
        let seen = format!(
            "The device read our use cases, found none, and left, {} times in a row within {}; the \
             connections lasted {} at most.",
            self.found_nothing,
            span(self.last.since(self.first) + self.lasted),
            span(self.lasted),
        );
        Finding::new(Code::Dat03, seen)
    }

    fn no_place(&self) -> Finding {
        let dropped = match self.times - self.turned_away {
            0 => String::new(),
            n => format!("it dropped {n} right after both sides trusted each other"),
        };
        let turned = match self.turned_away {
            0 => String::new(),
            n => format!("it turned {n} away before the handshake"),
        };
        let and = if dropped.is_empty() || turned.is_empty() { "" } else { ", " };
        let seen = format!(
            "The device has no place for us, {} times in a row within {}: {dropped}{and}{turned}.",
            self.times,
            self.within(),
        );
        Finding::new(Code::Hel08, seen)
    }

    fn within(&self) -> String {
        span(self.last.since(self.first))
    }
}
