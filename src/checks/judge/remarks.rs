//! What a peer did that was tolerated.

use super::{NAME, SENTENCE, TOLERATED, stage, words::span};
use crate::{
    checks::{Code, Finding, Severity},
    proto::{codec::DecodeRemark, handshake::Remark, text::excerpt},
};

/// Something about the peer that was tolerated.
pub fn remark(remark: &Remark) -> Finding {
    match remark {
        Remark::Decoded(DecodeRemark::TrailingZeros) => {
            Finding::new(Code::Dat01, "A message of the peer has 00 bytes behind its JSON.")
        }
        Remark::Decoded(DecodeRemark::PlainObjects) => Finding::new(
            Code::Dat01,
            "A message of the peer writes plain JSON objects in place of arrays.",
        ),
        Remark::Dropped(error) => Finding::new(
            Code::Dat01,
            format!("A message of the peer was dropped: {}.", excerpt(&error.to_string(), SENTENCE)),
        )
        .with_severity(Severity::Warning),
        Remark::LargeMessage(bytes) => Finding::new(
            Code::Ws05,
            format!("The peer sent a message of {bytes} bytes; ship-go accepts 100 KiB."),
        )
        .with_severity(Severity::Info)
        .with_advice("Nothing has to be done here; other peers may refuse it."),
        Remark::UnknownMessage(name) => Finding::new(
            Code::Dat01,
            format!("The peer sent the control message {:?}, which is not known.", excerpt(name, NAME)),
        ),
        Remark::ShortWaiting(Some(wait)) => {
            Finding::new(Code::Hel07, format!("A hello of the peer announced a wait of {}.", span(*wait)))
        }
        Remark::ShortWaiting(None) => {
            Finding::new(Code::Hel07, "A hello of the peer announced no wait where one is needed.")
        }
        Remark::NoAccessMethods(waited) => Finding::new(
            Code::Acc01,
            format!(
                "It was the peer's turn in the stage access methods: we waited {} for its \
                 accessMethods and went on without.",
                span(*waited)
            ),
        ),
        Remark::Restricted => Finding::new(
            Code::Pin01,
            "The peer would lift restrictions for a PIN; we went on without one.",
        )
        .with_severity(Severity::Info)
        .with_advice("If the device refuses some data, pair again with --pin-file."),
        Remark::NoShipId => Finding::new(
            Code::Acc02,
            "The accessMethods of the peer have no id, or one that is no SHIP ID.",
        ),
        Remark::OddCloseReason(reason) => Finding::new(
            Code::Cls03,
            format!("The peer announced its close with the undefined reason {:?}.", excerpt(reason, NAME)),
        )
        .with_severity(Severity::Info)
        .with_advice(TOLERATED),
        Remark::EarlyDataDropped(count) => Finding::new(
            Code::Ws05,
            format!("The peer sent more data before the end of the handshake than is kept: {count} of its messages dropped."),
        )
        .with_severity(Severity::Warning),
        Remark::ProlongationCutShort { promised, aborted_after } => Finding::new(
            Code::Hel06,
            format!(
                "The peer promised to wait {} for our user and aborted after {}.",
                span(*promised),
                span(*aborted_after)
            ),
        ),
        Remark::Repeated { count, last } => {
            let mut finding = self::remark(last);
            finding.seen += &format!(" This was number {count} of its kind; few of them are told.");
            finding
        }
        Remark::Ignored { message, state } => Finding::new(
            Code::Msg01,
            format!("The peer sent {message} out of place, in the stage {}; it was ignored.", stage(*state)),
        )
        .with_severity(Severity::Info)
        .with_advice(TOLERATED),
    }
}
