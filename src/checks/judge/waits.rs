//! What a handshake waits for just now: a person, or a PIN.

use super::words::span;
use crate::{
    checks::{Code, Finding, Severity},
    proto::handshake::HelloStatus,
    time::Time,
};

/// Whom the hello waits for just now, and how long still; `None` when it waits for no person.
pub fn hello(status: &HelloStatus, now: Time) -> Option<Finding> {
    let left = |until: Option<Time>| {
        until.map_or_else(String::new, |at| format!(", {} left", span(now.until(at))))
    };
    match (status.we_trust, status.peer_trusts) {
        (true, Some(false)) => Some(Finding::new(
            Code::Hel01,
            format!(
                "We trust the device; it is the turn of its user{}{}.",
                left(status.we_wait_until),
                prolonged(status.prolongations_granted)
            ),
        )),
        (false, _) => Some(
            Finding::new(
                Code::Hel04,
                format!("The device waits for us to trust it{}.", left(status.peer_waits_until)),
            )
            .with_severity(Severity::Info),
        ),
        (true, _) => None,
    }
}

/// What the peer wants of us while it waits for a PIN; `None` if it would let us go on without.
pub fn pin_wanted(required: bool, refused: bool, busy: bool) -> Option<Finding> {
    match (required, refused, busy) {
        (_, true, _) => {
            Some(Finding::new(Code::Pin02, "The device refused our PIN, and waits for another."))
        }
        (true, _, true) => Some(Finding::new(
            Code::Pin02,
            "The device requires a PIN, and takes none while its penalty for wrong ones runs.",
        )),
        (true, ..) => {
            Some(Finding::new(Code::Pin01, "The device requires a PIN, and waits for it."))
        }
        (false, ..) => None,
    }
}

fn prolonged(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => "; it asked once for more time and got it".to_owned(),
        n => format!("; it asked {n} times for more time and got it"),
    }
}
