//! Whose turn it was in the handshake: what is due, silence, and something else in its place.

use std::time::Duration;

use super::SENTENCE;
use crate::{
    checks::{Code, Finding, Severity},
    proto::{
        ProtocolState,
        handshake::{Expectation, Instead},
        text::excerpt,
    },
    time::text::span,
};

/// What the peer has to send in this state, if it is its turn and no person's.
pub fn due(state: ProtocolState) -> Option<Expectation> {
    use ProtocolState::*;
    match state {
        CmiClientWait | CmiServerWait => Some(Expectation::Init),
        HelloReadyListen => Some(Expectation::Hello),
        ProtServerListenProposal => Some(Expectation::ProtocolProposal),
        ProtServerListenConfirm => Some(Expectation::ProtocolConfirm),
        ProtClientListenChoice => Some(Expectation::ProtocolChoice),
        PinCheckListen => Some(Expectation::PinState),
        AccessMethodsRequest => Some(Expectation::AccessMethods),
        _ => None,
    }
}

/// Nothing came.
pub(super) fn silence(expected: Expectation, waited: Duration, stage: &str) -> Finding {
    use Expectation::*;
    let code = match expected {
        Init => Code::Cmi01,
        PeerTrust | ProlongationReply => Code::Hel05,
        ProtocolProposal => Code::Pro01,
        ProtocolChoice | ProtocolConfirm => Code::Pro02,
        Hello | PinState | PinInput | CloseConfirm | Binary | WithinLimit => Code::Msg02,
        AccessMethods => Code::Acc01,
    };
    let seen = match expected {
        Hello => format!(
            "The device accepted the connection but did not answer the pairing request for {}.",
            span(waited)
        ),
        _ => format!(
            "It was the device's turn in the stage {stage}: we waited {} for {expected}, and nothing \
         came.",
            span(waited)
        ),
    };
    // It ended the connection, whatever the code stands for otherwise.
    let finding = Finding::new(code, seen).with_severity(Severity::Error);
    match expected {
        ProtocolProposal | ProtocolChoice | ProtocolConfirm | AccessMethods => {
            finding.with_advice(Code::Msg02.advice())
        }
        Hello => finding.with_advice(
            "Open pairing on the device, then connect again; if it stays silent, reboot it.",
        ),
        _ => finding,
    }
}

/// Nothing came of what was waited for, and something else before the silence.
pub(super) fn instead(expected: Expectation, came: &Instead, at: &str) -> Finding {
    if came.unreadable {
        Finding::new(Code::Dat04, out_of_turn(expected, &came.got, at))
            .with_severity(Severity::Error)
    } else {
        violation(expected, &came.got, at).with_severity(Severity::Error)
    }
}

/// The peer gave up, as `seen` says, after something of it that could not be read.
pub(super) fn unread(seen: &str, came: &Instead) -> Finding {
    let got = excerpt(&came.got, SENTENCE);
    Finding::new(Code::Dat04, format!("{seen} Before that it sent {got}."))
        .with_severity(Severity::Error)
}

/// Something came that is not allowed there.
pub(super) fn violation(expected: Expectation, got: &str, at: &str) -> Finding {
    use Expectation::*;
    let code = match expected {
        Init => Code::Cmi02,
        Binary => Code::Ws04,
        WithinLimit => Code::Ws05,
        ProtocolProposal | ProtocolChoice | ProtocolConfirm => Code::Pro02,
        Hello | PeerTrust | ProlongationReply | PinState | PinInput | AccessMethods
        | CloseConfirm => Code::Msg01,
    };
    Finding::new(code, out_of_turn(expected, got, at))
}

fn out_of_turn(expected: Expectation, got: &str, at: &str) -> String {
    let got = excerpt(got, SENTENCE);
    format!("It was the device's turn {at}: we expected {expected}, and {got} came.")
}
