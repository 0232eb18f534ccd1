//! What a handshake waits for just now: a person, or a PIN.

use crate::{
    checks::{Code, Finding, Severity},
    proto::handshake::HelloStatus,
    time::{Time, text::span},
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

/// Where a PIN is entered that is waited for.
const ENTER: &str = "Enter the PIN from its label: `shipctl pair` asks for it, and so does p in the \
                     dashboard (`shipctl`). From the third wrong one on the device makes us wait.";

/// What a penalty is (SHIP 13.4.4.3.4); the device does not say how long its own is.
pub const PENALTY: &str = "Wait until it takes a PIN again: mostly 15 s after the third wrong one, and 90 s \
                    from the sixth on. Then enter the PIN from its label.";

/// What the peer wants of us while it waits for a PIN; `None` if it would let us go on without.
pub fn pin_wanted(required: bool, refused: bool, busy: bool) -> Option<Finding> {
    let (code, seen, advice) = match (required, refused, busy) {
        (_, true, true) => (
            Code::Pin02,
            "The device refused our PIN, and takes none while its penalty runs.",
            PENALTY,
        ),
        (_, true, false) => {
            (Code::Pin02, "The device refused our PIN, and waits for another.", ENTER)
        }
        (true, _, true) => (
            Code::Pin02,
            "The device requires a PIN, and takes none while its penalty for wrong ones runs.",
            PENALTY,
        ),
        (true, ..) => (Code::Pin01, "The device requires a PIN, and waits for it.", ENTER),
        (false, ..) => return None,
    };
    Some(Finding::new(code, seen).with_advice(advice))
}

fn prolonged(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => "; it asked once for more time and got it".to_owned(),
        n => format!("; it asked {n} times for more time and got it"),
    }
}
