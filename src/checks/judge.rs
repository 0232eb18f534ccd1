//! From what the protocol and discovery report to findings: stage, whose turn, for how long.

use std::{net::SocketAddr, time::Duration};

use super::{Code, Finding, Severity};
use crate::{
    hub::{DOUBLE_CONNECTION, backoff::Verdict},
    mdns::{
        service::Service,
        txt::{MANDATORY, TxtRemark},
    },
    proto::{
        ProtocolState, ShipId,
        codec::DecodeRemark,
        handshake::{Cause, Denial, End, Expectation, HelloStatus, Instead, Remark, Side},
        message::{CloseReason, ProtocolErrorCode},
        text::excerpt,
    },
    time::Time,
};

const TOLERATED: &str = "Nothing has to be done: it is tolerated.";

/// The most characters that are told of a name a peer chose, and of a sentence with such names.
const NAME: usize = 80;
const SENTENCE: usize = 240;

/// Below this, no person has decided: a device in a mode of its own, or the start-up race of
/// ship-go (PROTOCOL 11).
const TOO_FAST_FOR_A_PERSON: Duration = Duration::from_millis(500);

/// The stage of the handshake, in words.
pub fn stage(state: ProtocolState) -> &'static str {
    match state.number() {
        0..=5 => "connection mode initialisation",
        6..=17 => "hello",
        18..=25 => "protocol handshake",
        26..=35 => "PIN check",
        36..=37 => "access methods",
        38 => "data exchange",
        _ => "handshake",
    }
}

/// We have no place for a peer: one we are to dial, or one that came by itself.
pub fn limit(limit: usize, it_came: bool) -> Finding {
    let what = if it_came { "was turned away with 503" } else { "is not dialled until one ends" };
    Finding::new(
        Code::Own04,
        format!("The peer {what}: there may be {limit} connections here, and all are taken."),
    )
}

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

/// Nobody there accepted us in time while we announce `register=false`: perhaps nobody could see us.
pub fn not_listed(cause: &Cause) -> Option<Finding> {
    let by = Side::Peer;
    matches!(cause, Cause::Denied { by: it, how: Denial::OutOfTime { .. } } if *it == by).then(|| {
        let seen = "Nobody accepted us there in time, and we announce register=false: devices that \
                    list only nodes with register=true do not show us.";
        Finding::new(Code::Mdns12, seen)
    })
}

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

/// Whom the hello waits for just now, and how long still; `None` when it waits for no person.
pub fn hello(status: &HelloStatus, now: Time) -> Option<Finding> {
    let left = |until: Option<Time>| {
        until.map_or_else(String::new, |at| format!(", {} left", span(now.until(at))))
    };
    match (status.we_trust, status.peer_trusts) {
        (true, Some(false)) => Some(Finding::new(
            Code::Hel01,
            format!(
                "We trust the peer; it is the turn of its user{}{}.",
                left(status.we_wait_until),
                prolonged(status.prolongations_granted)
            ),
        )),
        (false, _) => Some(
            Finding::new(
                Code::Hel04,
                format!("The peer waits for us to trust it{}.", left(status.peer_waits_until)),
            )
            .with_severity(Severity::Info),
        ),
        (true, _) => None,
    }
}

/// What the peer wants of us while it waits for a PIN; `None` if it would let us go on without.
pub fn pin_wanted(required: bool, refused: bool, busy: bool) -> Option<Finding> {
    match (required, refused, busy) {
        (_, true, _) => {
            Some(Finding::new(Code::Pin02, "The peer refused our PIN, and waits for another."))
        }
        (true, _, true) => Some(Finding::new(
            Code::Pin02,
            "The peer requires a PIN, and takes none while its penalty for wrong ones runs.",
        )),
        (true, ..) => Some(Finding::new(Code::Pin01, "The peer requires a PIN, and waits for it.")),
        (false, ..) => None,
    }
}

/// What is wrong with a TXT record.
pub fn txt(remark: &TxtRemark) -> Finding {
    let found = |code, key: Option<&str>| {
        let finding = Finding::new(code, format!("In the TXT record, {remark}."));
        // Keys that SRIP or nobody demands keep no peer from connecting.
        match key {
            Some(key) if !MANDATORY.contains(&key) => {
                finding.with_severity(Severity::Info).with_advice(TOLERATED)
            }
            _ => finding,
        }
    };
    match remark {
        TxtRemark::Missing(key) => found(Code::Mdns06, Some(key)),
        TxtRemark::Invalid { key, .. } => found(Code::Mdns07, Some(key)),
        TxtRemark::Duplicate(_) => found(Code::Mdns07, Some("")),
        TxtRemark::BadSki(_) => found(Code::Mdns08, None),
        TxtRemark::RegisterTrue => found(Code::Mdns11, None),
    }
}

/// More services are announced than are kept.
pub fn flood(kept: usize) -> Finding {
    let seen =
        format!("More than {kept} SHIP services are announced; those that come now are not kept.");
    Finding::new(Code::Mdns14, seen)
}

/// Everything that is wrong with a discovered service.
pub fn service(service: &Service) -> Vec<Finding> {
    let mut findings = Vec::new();
    if service.addresses.is_empty() {
        let what = if service.host.is_empty() { "no host" } else { "no address" };
        findings.push(Finding::new(
            Code::Mdns10,
            format!("{:?} is announced, but {what} was told for it.", service.instance),
        ));
    }
    // A record that never resolved has shown no TXT record to find fault with.
    if !(service.addresses.is_empty() && service.txt.raw.is_empty()) {
        findings.extend(service.txt.remarks.iter().map(txt));
    }
    findings.extend(service.addresses.iter().filter(|address| lacks_scope(address)).map(
        |address| {
            let ip = address.ip();
            Finding::new(Code::Dns02, format!("{ip} is link-local and came without its scope."))
        },
    ));
    findings
}

pub(super) fn lacks_scope(address: &SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

fn denied_by_peer(how: &Denial, after: Duration, at: &str) -> Finding {
    match how {
        Denial::Aborted => {
            let finding = Finding::new(Code::Hel03, format!("The peer said aborted {at}."));
            if after < TOO_FAST_FOR_A_PERSON {
                finding.with_advice(
                    "Open pairing on the device and connect again: no person decides that fast.",
                )
            } else {
                finding
            }
        }
        Denial::Closed { code: None, .. } => Finding::new(
            Code::Hel02,
            format!("The peer did not say ready and hung up without a close frame {at}."),
        ),
        Denial::Closed { code: Some(code), text } => Finding::new(
            Code::Hel02,
            format!("The peer did not say ready and closed with {} {at}.", close_code(*code, text)),
        ),
        Denial::OutOfTime { waited } => Finding::new(
            Code::Hel05,
            format!(
                "It was the turn of the peer's user in the stage hello: nobody trusted us there \
                 within {}.",
                span(*waited)
            ),
        ),
        Denial::NobodyToAsk => {
            Finding::new(Code::Hel03, format!("The peer has nobody to ask and said aborted {at}."))
        }
        Denial::ByUser => {
            Finding::new(Code::Hel03, format!("The user of the peer refused us {at}."))
        }
    }
}

fn denied_by_us(how: &Denial, at: &str) -> Finding {
    let seen = match how {
        Denial::OutOfTime { waited } => format!(
            "It was the turn of our user in the stage hello: nobody trusted the peer here within {}.",
            span(*waited)
        ),
        Denial::NobodyToAsk => {
            format!("We do not trust the peer, and nobody could be asked here; we refused it {at}.")
        }
        Denial::ByUser => format!("Our user refused the peer {at}."),
        Denial::Aborted | Denial::Closed { .. } => format!("We refused the peer {at}."),
    };
    Finding::new(Code::Hel04, seen)
}

fn silence(expected: Expectation, waited: Duration, stage: &str) -> Finding {
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

fn violation_code(expected: Expectation) -> Code {
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

fn close_reason(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Unspecific => "unspecific".to_owned(),
        CloseReason::RemovedConnection => "removedConnection".to_owned(),
        CloseReason::Other(text) => format!("{:?}", excerpt(text, NAME)),
    }
}

/// `4452 "Node rejected by application"`.
fn close_code(code: u16, text: &str) -> String {
    match text {
        "" => code.to_string(),
        text => format!("{code} {:?}", excerpt(text, NAME)),
    }
}

fn prolonged(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => "; it asked once for more time and got it".to_owned(),
        n => format!("; it asked {n} times for more time and got it"),
    }
}

/// How long after: `at once`, `after 2.5 s`.
fn moment(after: Duration) -> String {
    const AT_ONCE: Duration = Duration::from_millis(50);
    if after < AT_ONCE { "at once".to_owned() } else { format!("after {}", span(after)) }
}

/// A time span for people: `350 ms`, `2.5 s`, `60 s`.
fn span(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        ms @ 1000..10_000 if ms % 1000 >= 50 => format!("{:.1} s", time.as_secs_f64()),
        ms => format!("{} s", ms.saturating_add(500) / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_for_people() {
        for (ms, text) in
            [(0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (2500, "2.5 s"), (59_600, "60 s")]
        {
            assert_eq!(span(Duration::from_millis(ms)), text);
        }
    }
}
