//! Whose turn it was in the handshake: what is due, silence, and something else in its place.

use std::time::Duration;

use super::words::span;
use crate::{
    checks::{Code, Finding, Severity},
    proto::{ProtocolState, handshake::Expectation},
};

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
    let finding = Finding::new(
        code,
        format!(
            "It was the peer's turn in the stage {stage}: we waited {} for {expected}, and nothing \
             came.",
            span(waited)
        ),
    );
    // It ended the connection, whatever the code stands for otherwise.
    let finding = finding.with_severity(Severity::Error);
    match expected {
        ProtocolProposal | ProtocolChoice | ProtocolConfirm | AccessMethods => {
            finding.with_advice(Code::Msg02.advice())
        }
        Hello => finding.with_advice(
            "Open pairing on the device and connect again; if it stays silent, reboot it.",
        ),
        _ => finding,
    }
}

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

pub(super) fn violation_code(expected: Expectation) -> Code {
    use Expectation::*;
    match expected {
        Init => Code::Cmi02,
        Binary => Code::Ws04,
        WithinLimit => Code::Ws05,
        ProtocolProposal | ProtocolChoice | ProtocolConfirm => Code::Pro02,
        Hello | PeerTrust | ProlongationReply | PinState | PinInput | AccessMethods
        | CloseConfirm => Code::Msg01,
    }
}
