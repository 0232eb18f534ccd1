//! What the driver saw, in the words of the hub.

use crate::{
    driver::{
        dial::{self, DialCause},
        tls::TlsError,
        ws::UpgradeError,
    },
    hub::dial::{DialFailure, Tried},
};

/// A failed dial, as the hub tells it.
pub(super) fn dial_failure(failure: dial::DialFailure) -> DialFailure {
    let most_telling = failure.most_telling();
    let is_telling = |f: &dial::TargetFailure| most_telling.is_some_and(|m| std::ptr::eq(m, f));
    let telling = failure.failures.iter().position(is_telling).unwrap_or(0);
    DialFailure { tried: failure.failures.iter().map(tried).collect(), telling }
}

/// What happened at one address.
pub(super) fn tried(failure: &dial::TargetFailure) -> Tried {
    Tried {
        target: failure.target.clone(),
        address: failure.address,
        stage: failure.stage,
        code: failure.code(),
        what: failure.cause.to_string(),
        passing: is_passing(&failure.cause),
    }
}

/// Whether it may be gone at the next attempt: a fault of the network or of the moment.
fn is_passing(cause: &DialCause) -> bool {
    match cause {
        DialCause::UnknownName(_)
        | DialCause::Refused
        | DialCause::NoRoute(_)
        | DialCause::Connect(_)
        | DialCause::TimedOut { .. } => true,
        DialCause::Tls(TlsError::Closed { .. }) => true,
        DialCause::Upgrade(UpgradeError::Busy | UpgradeError::Closed | UpgradeError::Io(_)) => true,
        DialCause::NoScope
        | DialCause::Tls(_)
        | DialCause::WrongSki { .. }
        | DialCause::WrongFingerprint(_)
        | DialCause::OwnSki
        | DialCause::Upgrade(_) => false,
    }
}
