//! Times and codes in words, as every finding tells them.

use std::time::Duration;

use super::NAME;
use crate::{
    proto::{message::CloseReason, text::excerpt},
    time::text::span,
};

/// How long after: `at once`, `after 2.5 s`.
pub(super) fn moment(after: Duration) -> String {
    const AT_ONCE: Duration = Duration::from_millis(50);
    if after < AT_ONCE { "at once".to_owned() } else { format!("after {}", span(after)) }
}

pub(super) fn close_reason(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Unspecific => "unspecific".to_owned(),
        CloseReason::RemovedConnection => "removedConnection".to_owned(),
        CloseReason::Other(text) => format!("{:?}", excerpt(text, NAME)),
    }
}
