//! A peer that is connected and does not tell what it offers.

use std::time::Duration;

use super::{Code, Finding};
use crate::hub::offers::Lack;
use crate::time::text::span;

/// What it lacks, and what to do about it.
pub fn lacking(lack: Lack, waited: Duration) -> Finding {
    let waited = span(waited);
    match lack {
        Lack::Silent => Finding::new(
            Code::Dat02,
            format!(
                "The connection has been complete for {waited}, and the device has sent nothing: it \
                 was its turn to tell what it consists of, or to ask us."
            ),
        ),
        Lack::Untold => Finding::new(
            Code::Dat02,
            format!(
                "The connection has been complete for {waited}, and the device has not told which \
                 use cases it supports, though it was asked."
            ),
        ),
        Lack::NoUseCase => Finding::new(
            Code::Dat02,
            "The device was asked which use cases it supports, and offers none.",
        )
        .with_advice("Switch on what it is to do over EEBUS in the menu of the device, or update its firmware."),
    }
}
