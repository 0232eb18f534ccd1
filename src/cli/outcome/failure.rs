//! What it was that failed, as an error with its exit code: a dial, a connection, a probe.

use crate::{
    checks::{
        Code, Finding, dial, judge,
        ladder::{Failure, Rung},
    },
    cli::{error::CliError, exit::Exit, output::text::safe},
    driver::{
        NodeEvent,
        listen::{InboundCause, InboundFailure},
    },
    hub::{Event, EventKind, WrongFingerprint, dial::DialFailure},
    proto::{
        Phase, ProtocolState, Ski,
        handshake::{Cause, Denial, End, Expectation, Side},
        message::CloseReason,
    },
};

/// A dial that found no such device.
pub fn dial_failed(failure: &DialFailure) -> CliError {
    let Some(telling) = failure.most_telling() else {
        return CliError::new(Exit::Unreachable, "there is no address to dial")
            .hint("give its address with --address");
    };
    let exit = match telling.code {
        WrongFingerprint::CODE => Exit::Denied,
        _ if telling.passing => Exit::Unreachable,
        _ => Exit::Protocol,
    };
    let mut error = CliError::new(exit, safe(&format!("{}: {}", telling.target, telling.what)))
        .stage(telling.stage.to_string());
    let others = dial::worth_telling_of(failure).filter(|tried| *tried != telling);
    error.listed = others.map(|tried| safe(&format!("{}: {}", tried.target, tried.what))).collect();
    error.hint = dial::advice(telling).map(Into::into);
    match telling.code.parse::<Code>() {
        Ok(code) => error.code(code),
        Err(_) => error,
    }
}

/// A device that dialled us with another certificate than its QR code names: we deny it our trust.
pub fn wrong_certificate(of: Ski, event: &NodeEvent) -> Option<CliError> {
    match event {
        NodeEvent::Inbound(InboundFailure {
            ski: Some(ski),
            cause: InboundCause::WrongFingerprint(wrong),
            ..
        }) if *ski == of => Some(denied_for_certificate(wrong)),
        _ => None,
    }
}

/// The same, wherever it was found.
pub fn denied_for_certificate(wrong: &WrongFingerprint) -> CliError {
    CliError::new(Exit::Denied, wrong.to_string()).code(Code::Cert10).stage("SKI check")
}

/// Whether nothing but the init was due yet.
pub(super) fn is_before_hello(state: ProtocolState) -> bool {
    state.phase() == Phase::Init
}

/// A connection that ended before it was of use.
pub fn ended(end: &End) -> CliError {
    let finding = judge::end(end).unwrap_or_else(|| {
        Finding::new(Code::Cls03, "the connection was closed in order").with_advice("try again")
    });
    CliError::finding(exit_of(end), finding).stage(judge::stage(end.during))
}

/// Why a probe went no further: the conclusion of its ladder, with the exit code every command has
/// for it.
pub fn probe_failed(failure: &Failure, rung: Rung, why: &Finding) -> CliError {
    let exit = match failure {
        Failure::NotSeen => Exit::NotFound,
        Failure::Dial(failure) => dial_failed(failure).exit,
        Failure::End(end) => exit_of(end),
        Failure::Waits => Exit::Pending,
    };
    CliError::finding(exit, why.clone()).stage(rung.stage())
}

fn exit_of(end: &End) -> Exit {
    match &end.cause {
        _ if end.instead.is_some() => Exit::PeerData,
        Cause::Denied { how: Denial::OutOfTime { .. }, .. }
        | Cause::TimedOut {
            expected: Expectation::PeerTrust | Expectation::ProlongationReply,
            ..
        } => Exit::Pending,
        Cause::Denied { .. }
        | Cause::PinMissing
        | Cause::PinRefused
        | Cause::Closed { by: Side::Peer, reason: CloseReason::RemovedConnection, .. } => {
            Exit::Denied
        }
        Cause::Violation { .. } | Cause::Flooded { .. } => Exit::PeerData,
        Cause::TimedOut { .. }
        | Cause::ProtocolError { .. }
        | Cause::ShipIdMismatch { .. }
        | Cause::ClosedWithCode { .. }
        | Cause::Closed { .. }
        | Cause::Dropped { .. }
        | Cause::NotReading { .. }
        | Cause::NoPong { .. }
        | Cause::Lost { .. } => Exit::Protocol,
    }
}

/// Whether a pairing that was complete is none any more.
pub fn undoes_pairing(event: &Event) -> bool {
    let EventKind::Ended { end, .. } = &event.kind else { return false };
    let removed = CloseReason::RemovedConnection;
    match &end.cause {
        Cause::ShipIdMismatch { .. } => true,
        Cause::Closed { by: Side::Peer, reason, .. } => *reason == removed,
        _ => false,
    }
}
