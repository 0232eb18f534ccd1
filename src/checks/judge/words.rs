//! Times and codes in words, as every finding tells them.

use std::time::Duration;

use super::NAME;
use crate::proto::{message::CloseReason, text::excerpt};

/// How long after: `at once`, `after 2.5 s`.
pub(super) fn moment(after: Duration) -> String {
    const AT_ONCE: Duration = Duration::from_millis(50);
    if after < AT_ONCE { "at once".to_owned() } else { format!("after {}", span(after)) }
}

/// A time span for people: `350 ms`, `2.5 s`, `60 s`.
pub(super) fn span(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        ms @ 1000..10_000 if ms % 1000 >= 50 => format!("{:.1} s", time.as_secs_f64()),
        ms => format!("{} s", ms.saturating_add(500) / 1000),
    }
}

pub(super) fn close_reason(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Unspecific => "unspecific".to_owned(),
        CloseReason::RemovedConnection => "removedConnection".to_owned(),
        CloseReason::Other(text) => format!("{:?}", excerpt(text, NAME)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_for_people() {
        for (ms, text) in
            [(0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (2500, "2.5 s"), (59_600, "60 s")]
        {
            assert_eq!(span(Duration::from_millis(ms)), text);
        }
    }
}
