//! How a connection ended, as a finding.

use std::time::Duration;

use super::{
    NAME, SENTENCE,
    refusals::{denied_by_peer, denied_by_us},
    stage,
    turns::{instead, silence, unread, violation},
    words::{close_reason, moment},
};
use crate::{
    checks::{Code, Finding, Severity},
    hub::backoff::Verdict,
    proto::{
        ShipId,
        close_code::{CloseKind, CloseMeaning, in_words},
        handshake::{Cause, End, EndClass, Side},
        message::{CloseReason, ProtocolErrorCode},
        text::excerpt,
    },
    time::text::span,
};

/// What the end of a connection comes to, with what follows from it; `None` if that is nothing to
/// find fault with.
///
/// A server of ship-go that stumbles over its own start-up refused nobody, nor did a
/// peer that prefers another connection: those are judged by what follows.
pub fn ended(end: &End, verdict: Verdict) -> Option<Finding> {
    let stumbled = verdict == Verdict::RetryAtOnce;
    if stumbled || closed_as_double(&end.cause) { None } else { self::end(end) }
}

/// Whether the peer says that it closed one of two connections.
pub fn closed_as_double(cause: &Cause) -> bool {
    cause.class() == EndClass::Double
}

/// How a connection ended, by itself; `None` if that is nothing to find fault with.
pub fn end(end: &End) -> Option<Finding> {
    let finding = by_itself(end)?;
    Some(match &end.instead {
        // The peer gave up for want of an answer to what could not be read.
        Some(came) if came.unreadable && !matches!(end.cause, Cause::TimedOut { .. }) => {
            unread(&finding.seen, came)
        }
        _ => finding,
    })
}

fn by_itself(end: &End) -> Option<Finding> {
    let at = &format!("in the stage {}, {}", stage(end.during), moment(end.after));
    Some(match &end.cause {
        Cause::Closed { by: Side::Peer, reason, .. } => {
            return announced(reason, end.completed, end.after, at);
        }
        Cause::Closed { .. } | Cause::Dropped { .. } => return None,
        Cause::Denied { by: Side::Peer, how } => denied_by_peer(how, end.after, at),
        Cause::Denied { by: Side::We, how } => denied_by_us(how, at),
        Cause::TimedOut { expected, waited } => match &end.instead {
            None => silence(*expected, *waited, stage(end.during)),
            Some(came) => instead(*expected, came, at),
        },
        Cause::Violation { expected, got } => violation(*expected, got, at),
        Cause::ProtocolError { by, error, detail } => protocol_error(*by, *error, detail, at),
        Cause::PinMissing => Finding::new(
            Code::Pin01,
            format!("It was our turn {at}: the device requires a PIN, and we have none to enter."),
        ),
        Cause::PinRefused => Finding::new(
            Code::Pin02,
            format!("The device refused our PIN {at}, and we have no other to enter."),
        ),
        Cause::ShipIdMismatch { by, stored, received } => {
            other_ship_id(*by, stored.as_ref(), received.as_ref(), at)
        }
        Cause::ClosedWithCode { code, text } => closed(*code, text, end.completed, at),
        Cause::NoPong { waited } => Finding::new(
            Code::Cls05,
            format!(
                "It was the device's turn to answer our ping: we waited {} for its pong {at}.",
                span(*waited)
            ),
        ),
        Cause::Flooded { limit, within } => Finding::new(
            Code::Msg03,
            format!(
                "The device sent more than {limit} messages, or pieces of them, within {} {at}.",
                span(*within)
            ),
        ),
        Cause::NotReading { detail } => Finding::new(
            Code::Ws07,
            format!("The device does not read what we send, {at}: {}.", excerpt(detail, SENTENCE)),
        ),
        Cause::Lost { detail } => Finding::new(
            Code::Cls04,
            format!(
                "The connection was gone without a close frame {at}: {}.",
                excerpt(detail, SENTENCE)
            ),
        ),
    })
}

/// A removal so soon belongs to the pairing: nobody has used the device in between.
const RIGHT_AFTER: Duration = Duration::from_secs(10);

/// The peer announced its close: in order, unless it removed us or had only begun.
fn announced(reason: &CloseReason, completed: bool, after: Duration, at: &str) -> Option<Finding> {
    let (code, reason) = match reason {
        CloseReason::RemovedConnection => (Code::Cls01, "removedConnection".to_owned()),
        _ if completed => return None,
        reason => (Code::Cls03, close_reason(reason)),
    };
    if code == Code::Cls01 && completed && after < RIGHT_AFTER {
        let seen = format!("The device removed us right after pairing ({reason}).");
        let finding = Finding::new(code, seen);
        return Some(finding.with_advice("Delete us in its menu, then pair again."));
    }
    Some(Finding::new(code, format!("The device announced its close ({reason}) {at}.")))
}

/// The peer closed the WebSocket, and announced nothing.
fn closed(code: u16, text: &str, completed: bool, at: &str) -> Finding {
    let meaning = CloseMeaning::of(code, text);
    let said = in_words(code, text, NAME);
    let finding = match meaning.kind {
        CloseKind::Double => {
            let seen = format!("The device closed with {said} {at}: it keeps another connection.");
            return Finding::new(Code::Cls02, seen).with_severity(Severity::Error);
        }
        _ => Finding::new(Code::Cls03, format!("The device closed with {said} {at}.")),
    };
    let finding = match (meaning.kind, meaning.advice) {
        (CloseKind::Rejected, _) => finding.with_advice(Code::Hel02.advice()),
        (_, "") => finding,
        (_, advice) => finding.with_advice(advice),
    };
    match meaning.kind {
        // An orderly end of a working connection, only not announced.
        CloseKind::Plain | CloseKind::GoingAway if completed && code < 3000 => {
            finding.with_severity(Severity::Warning)
        }
        _ => finding,
    }
}

/// A SHIP ID is not the one stored: ours with the peer, or the peer's with us.
fn other_ship_id(
    by: Side,
    stored: Option<&ShipId>,
    received: Option<&ShipId>,
    at: &str,
) -> Finding {
    let name = |id: Option<&ShipId>| id.map_or_else(|| "unknown".to_owned(), ShipId::to_string);
    match by {
        Side::Peer => Finding::new(
            Code::Acc03,
            format!("The device closed with 4450 {at}: it knows us by another SHIP ID."),
        ),
        Side::We => Finding::new(
            Code::Acc04,
            format!(
                "The device calls itself {} {at}; expected is {}.",
                name(received),
                name(stored)
            ),
        ),
    }
}

fn protocol_error(by: Side, error: ProtocolErrorCode, detail: &str, at: &str) -> Finding {
    let who = match by {
        Side::We => "We",
        Side::Peer => "The device",
    };
    let error = match error {
        ProtocolErrorCode::Timeout => "error 1 (the other side was silent for too long)".to_owned(),
        ProtocolErrorCode::UnexpectedMessage => "error 2 (unexpected message)".to_owned(),
        ProtocolErrorCode::SelectionMismatch => "error 3 (selection mismatch)".to_owned(),
        ProtocolErrorCode::Other(number) => format!("the undefined error {number}"),
    };
    let detail = excerpt(detail, SENTENCE);
    let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
    Finding::new(Code::Pro02, format!("{who} broke off with {error} {at}{detail}."))
}
