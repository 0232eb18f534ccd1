//! How a connection ended, as a finding.

use super::{
    SENTENCE,
    refusals::{denied_by_peer, denied_by_us},
    stage,
    turns::{silence, violation_code},
    words::{close_code, close_reason, moment, span},
};
use crate::{
    checks::{Code, Finding, Severity},
    hub::{DOUBLE_CONNECTION, backoff::Verdict},
    proto::{
        ShipId,
        handshake::{Cause, Denial, End, Instead, Side},
        message::{CloseReason, ProtocolErrorCode},
        text::excerpt,
    },
};

/// What the end of a connection comes to, with what follows from it; `None` if that is nothing to
/// find fault with.
///
/// A server of ship-go that stumbles over its own start-up refused nobody (PROTOCOL 11), nor did a
/// peer that prefers another connection: those are judged by what follows.
pub fn ended(end: &End, verdict: Verdict) -> Option<Finding> {
    let stumbled = verdict == Verdict::RetryAtOnce;
    if stumbled || closed_as_double(&end.cause) { None } else { self::end(end) }
}

/// Whether the peer says that it closed one of two connections.
pub fn closed_as_double(cause: &Cause) -> bool {
    match cause {
        Cause::ClosedWithCode { text, .. }
        | Cause::Denied { by: Side::Peer, how: Denial::Closed { text, .. } } => {
            text == DOUBLE_CONNECTION
        }
        _ => false,
    }
}

/// How a connection ended, by itself; `None` if that is nothing to find fault with.
pub fn end(end: &End) -> Option<Finding> {
    let at = format!("in the stage {}, {}", stage(end.during), moment(end.after));
    match &end.cause {
        Cause::Closed { by: Side::Peer, reason: CloseReason::RemovedConnection, .. } => {
            Some(Finding::new(
                Code::Cls01,
                format!("The peer announced its close as removedConnection {at}."),
            ))
        }
        Cause::Closed { by: Side::Peer, reason, .. } if !end.completed => Some(Finding::new(
            Code::Cls03,
            format!("The peer announced its close ({}) {at}.", close_reason(reason)),
        )),
        Cause::Closed { .. } | Cause::Dropped { .. } => None,
        Cause::Denied { by: Side::Peer, how } => Some(denied_by_peer(how, end.after, &at)),
        Cause::Denied { by: Side::We, how } => Some(denied_by_us(how, &at)),
        Cause::TimedOut { expected, waited } => Some(match &end.instead {
            None => silence(*expected, *waited, stage(end.during)),
            Some(Instead { got, unreadable }) => {
                let got = excerpt(got, SENTENCE);
                let seen = format!(
                    "It was the peer's turn {at}: expected was {expected}, and {got} came."
                );
                if *unreadable {
                    Finding::new(Code::Dat01, seen)
                        .with_severity(Severity::Error)
                        .with_advice("Report it to the vendor: the device cannot be understood.")
                } else {
                    Finding::new(violation_code(*expected), seen).with_severity(Severity::Error)
                }
            }
        }),
        Cause::Violation { expected, got } => Some(Finding::new(
            violation_code(*expected),
            format!(
                "It was the peer's turn {at}: expected was {expected}, and {} came.",
                excerpt(got, SENTENCE)
            ),
        )),
        Cause::ProtocolError { by, error, detail } => {
            Some(protocol_error(*by, *error, detail, &at))
        }
        Cause::PinMissing => Some(Finding::new(
            Code::Pin01,
            format!("It was our turn {at}: the peer requires a PIN, and we have none to enter."),
        )),
        Cause::PinRefused => Some(Finding::new(
            Code::Pin02,
            format!("The peer refused our PIN {at}, and we have no other to enter."),
        )),
        Cause::ShipIdMismatch { by: Side::Peer, .. } => Some(Finding::new(
            Code::Acc03,
            format!("The peer closed with 4450 {at}: it knows us by another SHIP ID."),
        )),
        Cause::ShipIdMismatch { by: Side::We, stored, received } => {
            let name = |id: &Option<ShipId>| {
                id.as_ref().map_or_else(|| "unknown".to_owned(), ShipId::to_string)
            };
            let (stored, received) = (name(stored), name(received));
            Some(Finding::new(
                Code::Acc04,
                format!("The peer calls itself {received} {at}; stored for its SKI is {stored}."),
            ))
        }
        Cause::ClosedWithCode { code, text } => {
            let finding = Finding::new(
                Code::Cls03,
                format!("The peer closed with {} {at}.", close_code(*code, text)),
            );
            Some(match code {
                // An orderly end of a working connection, only not announced.
                1000 | 1001 if end.completed => finding.with_severity(Severity::Warning),
                // ship-go's "Node rejected by application".
                4452 => finding.with_advice(Code::Hel02.advice()),
                _ => finding,
            })
        }
        Cause::NoPong { waited } => Some(Finding::new(
            Code::Cls05,
            format!(
                "It was the peer's turn to answer our ping: we waited {} for its pong {at}.",
                span(*waited)
            ),
        )),
        Cause::Flooded { limit, within } => Some(Finding::new(
            Code::Msg03,
            format!(
                "The peer sent more than {limit} messages, or pieces of them, within {} {at}.",
                span(*within)
            ),
        )),
        Cause::NotReading { detail } => Some(Finding::new(
            Code::Ws07,
            format!("The peer does not read what we send, {at}: {}.", excerpt(detail, SENTENCE)),
        )),
        Cause::Lost { detail } => Some(Finding::new(
            Code::Cls04,
            format!(
                "The connection was gone without a close frame {at}: {}.",
                excerpt(detail, SENTENCE)
            ),
        )),
    }
}

fn protocol_error(by: Side, error: ProtocolErrorCode, detail: &str, at: &str) -> Finding {
    let who = match by {
        Side::We => "We",
        Side::Peer => "The peer",
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
