//! Words for what happens, and for who is there.

use std::{net::SocketAddr, time::Duration};

use super::Said;
use crate::{
    checks::{Code, Finding, Severity, dial},
    cli::output::text::{clause, count, hundredths, rough, safe},
    hub::{
        Refusal,
        backoff::Verdict,
        dial::DialFailure,
        duplicate::{Decision, Resolution},
        keys::{KeyNews, KeyOutcome},
    },
    mdns::{kind::plain as plain_kind, service::Service},
    proto::{Ski, Target, handshake::Role},
};

/// The first eight digits of an SKI, in groups: enough to tell devices apart.
pub fn short(ski: Ski) -> String {
    let grouped = ski.grouped();
    format!("{} …", grouped.get(..9).unwrap_or_default())
}

/// What a service is and where: `Demo Charge 11 (wallbox) at 192.168.1.20:4712 on eth0`.
pub fn describe(service: &Service) -> String {
    let kind = kind(service);
    let kind = if kind.is_empty() { String::new() } else { format!(" ({kind})") };
    let place = match service.addresses.first() {
        Some(address) => address.to_string(),
        None => format!("{}:{}", service.host, service.port),
    };
    let more = match service.addresses.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let on = match service.interfaces.is_empty() {
        true => String::new(),
        false => format!(" on {}", service.interfaces.join(", ")),
    };
    safe(&format!("{}{kind} at {place}{more}{on}", service.name()))
}

/// What kind of device it is, in a plain word.
pub fn kind(service: &Service) -> &str {
    let txt = &service.txt;
    plain_kind(txt.device_type.as_deref(), &txt.categories, txt.model.as_deref())
}

/// A finding worth a line, and its advice.
pub(super) fn finding(finding: &Finding) -> Vec<Said> {
    let mut said =
        vec![Said::new("remark", format!("{} [{}]", plain(&finding.seen), finding.code))];
    if finding.severity > Severity::Info {
        said.push(Said::new("", format!("→ {}", plain(&finding.advice))));
    }
    said
}

/// A sentence within a line, without escapes.
pub(super) fn plain(sentence: &str) -> String {
    safe(&clause(sentence))
}

pub(super) fn failed(failure: &DialFailure, verdict: Verdict) -> Vec<Said> {
    let mut said: Vec<Said> = dial::worth_telling_of(failure)
        .map(|tried| {
            let text = format!("{}: {} [{}]", tried.target, tried.what, tried.code);
            Said::new("failed", safe(&text))
        })
        .collect();
    if verdict == Verdict::Retry
        && let Some(advice) = failure.most_telling().and_then(dial::advice)
    {
        said.push(Said::new("", format!("→ {}", plain(&advice))));
    }
    said
}

pub(super) fn due(attempt: u32, delay: Duration, because: Option<Code>) -> String {
    let because =
        because.map_or_else(String::new, |code| format!(": {} [{code}]", clause(code.title())));
    format!("attempt {attempt} in {}{because}", hundredths(delay))
}

pub(super) fn dials(attempt: u32, targets: &[Target]) -> String {
    format!("attempt {attempt}: dialling {}", list(targets))
}

pub(super) fn complete(took: Duration) -> String {
    format!("handshake complete after {}", hundredths(took))
}

pub(super) fn asks(remote: &SocketAddr) -> String {
    format!("it asks to be paired, from {remote}")
}

pub(super) fn limited(limit: usize) -> String {
    format!(
        "waits until a connection ends: the limit is {} [{}]",
        count(limit as u64, "connection"),
        Code::Own04
    )
}

pub(super) fn two_connections(decision: &Decision) -> String {
    let opened = |role| match role {
        Role::Client => "dialled by us",
        Role::Server => "dialled by it",
    };
    let what = match decision.resolution {
        Resolution::New => "the new one stays",
        Resolution::OldIfAlive => "the old one stays if it still lives",
        Resolution::PeerDecides => "the device decides, for its SKI is the higher",
    };
    let (old, new) = (opened(decision.old.1), opened(decision.new.1));
    format!("a second connection, {new}, beside one {old}: {what}")
}

pub(super) fn connected(role: Role, remote: &SocketAddr) -> String {
    match role {
        Role::Client => format!("we dialled {remote}, it speaks SHIP"),
        Role::Server => format!("it dialled us from {remote}"),
    }
}

pub(super) fn refused(remote: &SocketAddr, why: Refusal) -> String {
    format!("turned away {remote}: {}", refusal(why))
}

fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::Limit => "our connection limit is reached",
        Refusal::Strangers => "too many devices that are not trusted wait already",
        Refusal::Duplicate => "there is a connection already",
        Refusal::ShuttingDown => "we are ending",
        Refusal::Held => "we were told to disconnect this device",
        Refusal::OwnSki => "it is ourselves",
    }
}

/// `refused` tells that one was just now, `wrong` how many there were.
pub(super) fn pin_wanted(required: bool, refused: bool, wrong: u32, busy: bool) -> &'static str {
    match (refused, busy, required) {
        (true, true, _) => "wrong PIN; its penalty runs, the next one is checked later",
        (true, false, _) => "wrong PIN; it wants another one",
        (false, false, _) if wrong > 0 => "it takes a PIN again, and wants another one",
        (false, true, _) => "it wants a PIN, and its penalty for wrong ones runs",
        (false, false, true) => "it wants its PIN",
        (false, false, false) => "it offers more for its PIN",
    }
}

pub(super) fn wrong_pin(count: u32, penalty: Option<Duration>) -> String {
    let penalty =
        penalty.map_or(String::new(), |left| format!("; the next is checked in {}", rough(left)));
    format!("it entered a wrong PIN, {count} in all{penalty}")
}

/// What became of the keys it announced; nothing where nothing is new.
pub(super) fn key_material(news: &KeyNews) -> Vec<Said> {
    let text = match news.outcome {
        KeyOutcome::Unchanged => return Vec::new(),
        KeyOutcome::Applied => match (news.trusted, news.dropped) {
            (Some(ski), _) => {
                format!("it announced another key: SKI {} is trusted for it, too", ski.grouped())
            }
            (None, Some(ski)) => format!("its key with SKI {} is no longer trusted", ski.grouped()),
            (None, None) => return Vec::new(),
        },
        KeyOutcome::Replay => {
            "key announcement ignored: it is older than the stored one".to_owned()
        }
        KeyOutcome::Contradictory => "key announcement ignored: it contradicts itself".to_owned(),
        KeyOutcome::OtherDevice => {
            "announced key not trusted: it belongs to us or to another trusted device".to_owned()
        }
        KeyOutcome::TooMany => {
            "key announcement ignored: too many changes on this connection".to_owned()
        }
    };
    vec![Said::new("keys", text)]
}

pub(super) fn key_changed(to: Ski) -> String {
    format!("it uses the key it announced: the same device, now with SKI {}", to.grouped())
}

fn list(targets: &[Target]) -> String {
    let texts: Vec<String> = targets.iter().map(|target| safe(&target.to_string())).collect();
    texts.join(", ")
}
