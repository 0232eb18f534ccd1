//! Our identity, our trust, where they are kept, and the clock.

use std::time::Duration;

use super::{
    super::{Code, Finding, Severity},
    Check, count,
    facts::{Clock, Facts, Identity, Kept, State},
    some_of,
};
use crate::time::text::rough;

/// Longer certificates are cut into several TLS records by small stacks.
const SHORT_CERTIFICATE: usize = 790;

/// A state directory takes a few kilobytes, and twice of that while it is written.
const LITTLE_SPACE: u64 = 1 << 20;

/// What clocks of one machine and of a file server may differ by.
const CLOCK_TOLERANCE: i64 = 3600;

const DAY: i64 = 86_400;

pub(super) fn judge(facts: &Facts) -> Vec<Check> {
    let state = &facts.state;
    let mut checks = vec![identity(state)];
    if let Kept::Whole(identity) = &state.identity {
        checks.extend(certificate(identity, facts.clock.now));
    }
    checks.push(trust(state));
    checks.push(directory(state));
    checks.extend(copies(state));
    checks.push(clock(&facts.clock));
    checks
}

fn identity(state: &State) -> Check {
    const NAME: &str = "identity";
    match &state.identity {
        Kept::Absent => Check::info(
            NAME,
            format!("there is none yet; the first `shipctl pair` makes one in {}", state.path),
        ),
        Kept::Unusable { message, advice, .. } => unusable(NAME, message, advice),
        Kept::Whole(identity) => match &state.key_readable {
            Some((mode, path)) => {
                let seen = format!("Others can read the private key in {path} (mode {mode:03o}).");
                let advice = format!("Run `chmod 600 '{path}'`.");
                Check::found(NAME, Finding::new(Code::Own02, seen).with_advice(advice))
            }
            None => Check::ok(
                NAME,
                format!(
                    "SKI {} is the SHA-1 of its key, and the certificate says so; SHIP ID {}",
                    identity.ski.grouped(),
                    identity.ship_id
                ),
            ),
        },
    }
}

fn unusable(name: &'static str, message: &str, advice: &str) -> Check {
    let sentence = |text: &str| {
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}.", letters.as_str().trim_end_matches('.'))
    };
    // A path is no beginning of a sentence that could be capitalised wrongly: it begins with `/`.
    Check::found(name, Finding::new(Code::Own06, sentence(message)).with_advice(sentence(advice)))
}

/// What a peer thinks of our certificate.
fn certificate(identity: &Identity, now: i64) -> Vec<Check> {
    const NAME: &str = "certificate";
    const RENEW: &str = "Check the clock first. If it is right: strict devices may refuse the certificate, \
                         and after `shipctl identity new` every device has to be paired again.";
    let mut found = Vec::new();
    let validity = match (identity.not_before, identity.not_after) {
        (Some(from), _) if now < from => {
            Some(format!("Our certificate becomes valid in {}.", days(from - now)))
        }
        (_, Some(until)) if now > until => {
            Some(format!("Our certificate has expired {} ago.", days(now - until)))
        }
        _ => None,
    };
    found.extend(validity.map(|seen| {
        Finding::new(Code::Cert06, seen).with_severity(Severity::Warning).with_advice(RENEW)
    }));
    found.extend(identity.remarks.iter().filter_map(|(code, what)| {
        let seen = format!("Our certificate is odd: {what}.");
        let finding = Finding::new(code.parse().ok()?, seen).with_severity(Severity::Info);
        Some(finding.with_advice("Nothing has to be done, unless a device refuses it."))
    }));
    if identity.certificate >= SHORT_CERTIFICATE {
        let seen = format!(
            "Our certificate has {} bytes; small devices may fail at {SHORT_CERTIFICATE} and more.",
            identity.certificate
        );
        let advice =
            "If a device breaks off in TLS, make a shorter one with `shipctl identity new`.";
        found.push(
            Finding::new(Code::Tls04, seen).with_severity(Severity::Info).with_advice(advice),
        );
    }
    if !found.is_empty() {
        return found.into_iter().map(|finding| Check::found(NAME, finding)).collect();
    }
    let valid = match identity.not_after {
        Some(until) => format!("valid for another {}", days(until - now)),
        None => "its validity cannot be read".to_owned(),
    };
    vec![Check::ok(NAME, format!("{valid}, {} bytes", identity.certificate))]
}

fn days(seconds: i64) -> String {
    count(usize::try_from(seconds / DAY).unwrap_or_default(), "day")
}

fn trust(state: &State) -> Check {
    match &state.trust {
        Kept::Whole(0) | Kept::Absent => Check::ok("trust", "no device is trusted yet"),
        Kept::Whole(n) => Check::ok("trust", format!("{} trusted", count(*n, "device"))),
        Kept::Unusable { message, advice, .. } => unusable("trust", message, advice),
    }
}

fn directory(state: &State) -> Check {
    const NAME: &str = "state";
    let path = &state.path;
    if let Some(why) = &state.not_writable {
        let seen = format!("The state directory {path} cannot be written: {why}.");
        let advice = "Let this user write there, or name another directory with `--state-dir`.";
        return Check::found(NAME, Finding::new(Code::Own06, seen).with_advice(advice));
    }
    if let Some(free) = state.free.filter(|free| *free < LITTLE_SPACE) {
        let seen = format!("The disk of {path} is full: {} KiB are free.", free >> 10);
        let advice = "Free some space: without it no trust can be stored.";
        return Check::found(NAME, Finding::new(Code::Own06, seen).with_advice(advice));
    }
    if !state.leftovers.is_empty() && !matches!(state.identity, Kept::Unusable { .. }) {
        let seen = format!("Damaged files lie in {path}: {}.", some_of(&state.leftovers));
        let advice = "Delete them once nothing of them is missed; one may hold a private key.";
        let finding = Finding::new(Code::Own06, seen).with_severity(Severity::Info);
        return Check::found(NAME, finding.with_advice(advice));
    }
    let there = if state.exists { "can be written" } else { "can be made" };
    let free = state.free.map(|free| format!(", {} MiB free", free >> 20)).unwrap_or_default();
    Check::ok(NAME, format!("{path} {there}{free}"))
}

/// Other state directories of this user: another identity there explains devices that do not know
/// us, the same one is a copy that was never meant to run.
fn copies(state: &State) -> Vec<Check> {
    const NAME: &str = "copies";
    let own = match &state.identity {
        Kept::Whole(identity) => Some(identity.ski),
        Kept::Absent | Kept::Unusable { .. } => None,
    };
    let judged = state.others.iter().map(|(path, ski)| {
        if own == Some(*ski) {
            let seen = format!("The same identity also lies in {path}.");
            let advice = "Delete one of the two: they must never run at the same time, and trust is \
                          stored in one of them only.";
            Finding::new(Code::Mdns09, seen).with_advice(advice)
        } else {
            let seen = format!("Another identity, SKI {}, lies in {path}.", ski.grouped());
            let advice = format!(
                "Devices paired with that one do not know this one; use it with `--state-dir {path}`."
            );
            Finding::new(Code::Own01, seen).with_severity(Severity::Info).with_advice(advice)
        }
    });
    judged.map(|finding| Check::found(NAME, finding)).collect()
}

fn clock(clock: &Clock) -> Check {
    const NAME: &str = "clock";
    let newest = clock.written.iter().max_by_key(|(_, at)| *at);
    if let Some((what, at)) = newest
        && *at > clock.now.saturating_add(CLOCK_TOLERANCE)
    {
        let behind = Duration::from_secs(at.saturating_sub(clock.now).unsigned_abs());
        let seen = format!("The clock is {} behind {what}.", rough(behind));
        let advice = "Set the clock of this computer, best by NTP: certificates count by it.";
        let finding = Finding::new(Code::Cert06, seen).with_severity(Severity::Warning);
        return Check::found(NAME, finding.with_advice(advice));
    }
    match clock.synchronised {
        Some(true) => Check::ok(NAME, "plausible, and synchronised by NTP"),
        Some(false) => Check::info(NAME, "plausible, but not synchronised"),
        None => Check::ok(NAME, "plausible; whether it is synchronised is not known"),
    }
}
