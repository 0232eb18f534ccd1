//! What a peer did that was tolerated.

use super::{NAME, SENTENCE, TOLERATED, stage};
use crate::{
    checks::{Code, Finding, Severity},
    proto::{Phase, codec::DecodeRemark, handshake::Remark, text::excerpt},
    time::text::span,
};

/// What is to be done about a message that was of no use.
const IF_IT_FAILS: &str = "Nothing has to be done while the connection goes on; if it fails, update the \
                           firmware of the device.";

/// Something about the peer that was tolerated.
pub fn remark(remark: &Remark) -> Finding {
    let finding = Finding::new(code(remark), seen(remark));
    match remark {
        Remark::EarlyDataDropped(_) => finding.with_severity(Severity::Warning),
        Remark::LargeMessage(_) => finding
            .with_severity(Severity::Info)
            .with_advice("Nothing has to be done here; another device may refuse it."),
        Remark::Restricted => finding
            .with_severity(Severity::Info)
            .with_advice("If the device refuses some data, pair again with `--pin-file`."),
        Remark::OddCloseReason(_) => finding.with_severity(Severity::Info).with_advice(TOLERATED),
        Remark::Ignored { state, .. } if state.phase() == Phase::Data => {
            finding.with_severity(Severity::Info).with_advice(TOLERATED)
        }
        // The handshake may fail for exactly that.
        Remark::Ignored { .. } | Remark::UnknownMessage(_) => {
            finding.with_severity(Severity::Info).with_advice(IF_IT_FAILS)
        }
        Remark::Repeated { last, .. } => Finding { seen: finding.seen, ..self::remark(last) },
        _ => finding,
    }
}

fn code(remark: &Remark) -> Code {
    match remark {
        Remark::Decoded(_) | Remark::UnknownMessage(_) => Code::Dat01,
        Remark::Dropped(_) => Code::Dat04,
        Remark::LargeMessage(_) | Remark::EarlyDataDropped(_) => Code::Ws05,
        Remark::ShortWaiting(_) => Code::Hel07,
        Remark::NoAccessMethods(_) => Code::Acc01,
        Remark::Restricted => Code::Pin01,
        Remark::NoShipId => Code::Acc02,
        Remark::OddCloseReason(_) => Code::Cls03,
        Remark::ProlongationCutShort { .. } => Code::Hel06,
        Remark::Ignored { .. } => Code::Msg01,
        Remark::Repeated { last, .. } => code(last),
    }
}

fn seen(remark: &Remark) -> String {
    match remark {
        Remark::Decoded(DecodeRemark::TrailingZeros) => {
            "A message of the device has 00 bytes behind its JSON.".to_owned()
        }
        Remark::Decoded(DecodeRemark::PlainObjects) => {
            "A message of the device writes plain JSON objects in place of arrays.".to_owned()
        }
        Remark::Decoded(DecodeRemark::ByteOrderMark) => {
            "A message of the device has a byte order mark before its JSON.".to_owned()
        }
        Remark::Decoded(DecodeRemark::TextValues) => {
            "A message of the device writes a number or a truth value as a text.".to_owned()
        }
        Remark::Dropped(error) => {
            let error = excerpt(&error.to_string(), SENTENCE);
            format!("A message of the device cannot be read and was dropped: {error}.")
        }
        Remark::LargeMessage(bytes) => {
            format!("The device sent a message of {bytes} bytes; ship-go takes 100 KiB.")
        }
        Remark::UnknownMessage(name) => format!(
            "The device sent the control message {:?}, which is not known.",
            excerpt(name, NAME)
        ),
        Remark::ShortWaiting(Some(wait)) => {
            format!("A hello of the device announced a wait of {}.", span(*wait))
        }
        Remark::ShortWaiting(None) => {
            "A hello of the device announced no wait where one is needed.".to_owned()
        }
        Remark::NoAccessMethods(waited) => format!(
            "It was the device's turn in the stage access methods: we waited {} for its \
             accessMethods and went on without.",
            span(*waited)
        ),
        Remark::Restricted => {
            "The device would lift restrictions for a PIN; we went on without one.".to_owned()
        }
        Remark::NoShipId => {
            "The accessMethods of the device have no id, or one that is no SHIP ID.".to_owned()
        }
        Remark::OddCloseReason(reason) => format!(
            "The device announced its close with the undefined reason {:?}.",
            excerpt(reason, NAME)
        ),
        Remark::EarlyDataDropped(count) => format!(
            "The device sent more data before the end of the handshake than is kept: {count} of \
             its messages dropped."
        ),
        Remark::ProlongationCutShort { promised, aborted_after } => format!(
            "The device promised to wait {} for somebody to accept it here, and aborted after {}.",
            span(*promised),
            span(*aborted_after)
        ),
        Remark::Repeated { count, last } => {
            format!("{} This was number {count} of its kind; few of them are told.", seen(last))
        }
        Remark::Ignored { message, state } => format!(
            "The device sent {message} out of place, in the stage {}; it was ignored.",
            stage(*state)
        ),
    }
}
