//! What happened and why, in a few words.

use std::time::Duration;

use super::super::text::{clean, countdown, exact};
use crate::{
    hub::{
        dial::Stage,
        history::{Entry, Reason, Step},
        snapshot::{Outlook, PeerSnapshot},
    },
    proto::{ConnectionState, handshake::Side},
    time::Time,
};

/// What becomes of a device next.
pub(super) fn next(peer: &PeerSnapshot, now: Time) -> String {
    let attempt = peer.attempts + 1;
    match peer.outlook {
        _ if peer.state == ConnectionState::ReceivedPairingRequest => {
            let left =
                decide_until(peer).map(|until| format!(", {} left", countdown(now.until(until))));
            format!("a or d{}", left.unwrap_or_default())
        }
        _ if peer.pin_wanted.is_some_and(|pin| pin.busy) => "takes no PIN yet".to_owned(),
        _ if peer.pin_wanted.is_some_and(|pin| pin.required) => "p: enter its PIN".to_owned(),
        _ if waits_for_its_user(peer) => {
            let left = decide_until(peer).map(|until| countdown(now.until(until)));
            format!("accept there {}", left.unwrap_or_default())
        }
        Outlook::Connected if peer.state == ConnectionState::Completed => "kept open".to_owned(),
        Outlook::Connected | Outlook::Other => String::new(),
        Outlook::Dialling => format!("attempt {} runs", peer.attempts.max(1)),
        Outlook::AttemptDue => {
            let left = peer.next_attempt.map_or(Duration::ZERO, |at| now.until(at));
            let because = peer.pattern.map_or(String::new(), |it| format!(" ({})", it.code));
            format!("attempt {attempt} in {}{because}", countdown(left))
        }
        Outlook::WaitsForPlace => "waits for a place".to_owned(),
        Outlook::WaitsForSight => "until it is seen".to_owned(),
        Outlook::Held => "until c connects".to_owned(),
        Outlook::PeerMayCome => "left to the device".to_owned(),
        Outlook::GivenUp => "given up; c tries".to_owned(),
        Outlook::NotPaired => String::new(),
    }
}

/// Whether we trust it, and somebody has to accept us there.
fn waits_for_its_user(peer: &PeerSnapshot) -> bool {
    let hello = peer.hello.filter(|_| peer.state == ConnectionState::InProgress);
    hello.is_some_and(|hello| hello.we_trust && hello.peer_trusts == Some(false))
}

/// Until when somebody can decide about a peer that asks: it or we give up then.
pub(super) fn decide_until(peer: &PeerSnapshot) -> Option<Time> {
    let ours = peer.request.and_then(|request| request.until);
    let hello = peer.hello.iter().flat_map(|it| [it.we_wait_until, it.peer_waits_until]);
    hello.chain([ours]).flatten().min()
}

/// One thing that happened, without its state.
pub(super) fn entry(entry: &Entry) -> String {
    let attempt = entry.attempt.map_or_else(|| "attempt".to_owned(), |n| format!("attempt {n}"));
    let at = |word: &str| match &entry.address {
        Some(address) => format!(" {word} {}", clean(address, 64)),
        None => String::new(),
    };
    let why = entry.reason.map(|why| format!(": {}", reason(why))).unwrap_or_default();
    match entry.step {
        Step::Registered => "trusted from here on".to_owned(),
        Step::Unregistered => "not trusted any more".to_owned(),
        Step::State => String::new(),
        Step::AttemptScheduled => {
            let delay = entry.delay.map(exact).unwrap_or_default();
            format!("{attempt} after {delay}, drawn at random")
        }
        Step::LimitReached => "waits for a place: the limit is reached".to_owned(),
        Step::AttemptStarted => format!("{attempt} begins{}", at("at")),
        Step::AttemptFailed => format!("{attempt} failed{why}{}", at("at")),
        Step::Connected => format!("WebSocket open{}", at("with")),
        Step::KeyChanged => "uses its announced key, and so another SKI".to_owned(),
        Step::Completed => "handshake complete".to_owned(),
        Step::Replaced => "given up for another connection".to_owned(),
        Step::Refused => format!("turned away with 503{}", at("from")),
        Step::Ended => format!("ended{why}"),
    }
}

/// Why something ended.
pub(super) fn reason(reason: Reason) -> String {
    let who = |side| match side {
        Side::We => "we",
        Side::Peer => "the device",
    };
    match reason {
        Reason::Dial(stage) => match stage {
            Stage::Resolve => "the name is not known".to_owned(),
            Stage::Tcp => "no TCP connection".to_owned(),
            Stage::Tls => "TLS failed".to_owned(),
            Stage::Ski => "it is another device".to_owned(),
            Stage::Upgrade => "the WebSocket was refused".to_owned(),
        },
        Reason::Closed(side) => format!("{} closed in order", who(side)),
        Reason::Denied(side) => format!("{} refused trust", who(side)),
        Reason::TimedOut => "nothing came in time".to_owned(),
        Reason::Violation => "the device broke the protocol".to_owned(),
        Reason::ProtocolError(side) => format!("{} broke the protocol handshake off", who(side)),
        Reason::PinMissing => "it wants a PIN".to_owned(),
        Reason::PinRefused => "it refused the PIN".to_owned(),
        Reason::ShipIdMismatch => "another SHIP ID than before".to_owned(),
        Reason::CloseCode(code) => format!("closed with code {code}"),
        Reason::Lost => "the connection was lost".to_owned(),
        Reason::Flooded => "the device sent too much".to_owned(),
        Reason::NotReading => "the device did not read".to_owned(),
        Reason::NoPong => "a ping was not answered".to_owned(),
        Reason::Dropped => "closed by us".to_owned(),
    }
}

/// A moment as the time of day with milliseconds, UTC.
pub(super) fn clock(at: time::OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (hour, minute, second, milli) = (at.hour(), at.minute(), at.second(), at.millisecond());
    format!("{hour:02}:{minute:02}:{second:02}.{milli:03}")
}

/// The time of day of an RFC 3339 text, as it stands there.
pub(super) fn clock_of(ts: &str) -> String {
    let time = ts.split_once('T').map_or(ts, |(_, time)| time);
    clean(time.trim_end_matches('Z'), 12)
}
