//! Who did not trust whom, and how that was said.

use std::time::Duration;

use super::NAME;
use crate::{
    checks::{Code, Finding},
    proto::{
        close_code::in_words,
        handshake::{Cause, Denial, Side},
    },
    time::text::span,
};

/// Below this, no person has decided: a device in a mode of its own, or the start-up race of
/// ship-go.
const TOO_FAST_FOR_A_PERSON: Duration = Duration::from_millis(500);

pub(super) fn denied_by_peer(how: &Denial, after: Duration, at: &str) -> Finding {
    match how {
        Denial::Aborted => {
            let finding = Finding::new(Code::Hel03, format!("The device said aborted {at}."));
            if after < TOO_FAST_FOR_A_PERSON {
                finding.with_advice(
                    "Open pairing on the device, then try again: no person decides that fast.",
                )
            } else {
                finding
            }
        }
        Denial::Closed { code: None, .. } => Finding::new(
            Code::Hel02,
            format!(
                "The device did not accept the pairing request: it hung up without a close frame {at}."
            ),
        ),
        Denial::Closed { code: Some(code), text } => Finding::new(
            Code::Hel02,
            format!(
                "The device did not accept the pairing request: it closed with {} {at}.",
                in_words(*code, text, NAME)
            ),
        ),
        Denial::OutOfTime { waited } => Finding::new(
            Code::Hel05,
            format!(
                "It was the turn of the device's user in the stage hello: nobody trusted us there \
                 within {}.",
                span(*waited)
            ),
        ),
        Denial::NobodyToAsk => Finding::new(
            Code::Hel03,
            format!("The device has nobody to ask and said aborted {at}."),
        ),
        Denial::ByUser => {
            Finding::new(Code::Hel03, format!("The user of the device refused us {at}."))
        }
    }
}

pub(super) fn denied_by_us(how: &Denial, at: &str) -> Finding {
    let seen = match how {
        Denial::OutOfTime { waited } => format!(
            "It was our turn in the stage hello: nobody trusted the device here within {}.",
            span(*waited)
        ),
        Denial::NobodyToAsk => format!(
            "We do not trust the device, and nobody could be asked here; we refused it {at}."
        ),
        Denial::ByUser => format!("The device was refused here {at}."),
        Denial::Aborted | Denial::Closed { .. } => format!("We refused the device {at}."),
    };
    Finding::new(Code::Hel04, seen)
}

/// Nobody there accepted us in time while we announce `register=false`: perhaps nobody could see us.
pub fn not_listed(cause: &Cause) -> Option<Finding> {
    let late = matches!(cause, Cause::Denied { by: Side::Peer, how: Denial::OutOfTime { .. } });
    late.then(|| {
        let seen = "Nobody accepted us there in time, and we announce register=false: devices that \
                    list only those with register=true do not show us.";
        Finding::new(Code::Mdns12, seen)
    })
}
