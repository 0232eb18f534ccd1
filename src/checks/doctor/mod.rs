//! Our own side, judged before the peer is blamed: facts in, checks out.
//!
//! | room | what is judged there |
//! |---|---|
//! | [`facts`] | nothing: what can be known of this computer, of our state, and of a running hub |
//! | `network` | interfaces, multicast on each, other responders, devices and doubles seen |
//! | [`nft`] | nothing: what rules of nftables do with a device that dials us |
//! | `port` | the running hub, our port, who reaches it, the firewall |
//! | `own` | identity, certificate, trust, state directory, clock |
//!
//! The facts are gathered outside, by the room `doctor` of the feature `driver`.

pub mod facts;
mod network;
pub mod nft;
mod own;
mod port;

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

use super::{Code, Finding, Severity};
use facts::Facts;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Info,
    /// It could not be found out.
    NotKnown,
    /// It may keep devices apart.
    Warning,
    /// It keeps devices apart.
    Failed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::NotKnown => "not known",
            Self::Warning => "warning",
            Self::Failed => "failed",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, one word: `multicast`.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// What was seen. May hold names others chose.
    pub evidence: String,
    /// What is found, and what to do about it.
    pub finding: Option<Finding>,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self { name, verdict, evidence: evidence.into(), finding: None }
    }

    fn ok(name: &'static str, evidence: impl Into<String>) -> Self {
        Self::new(name, Verdict::Ok, evidence)
    }

    fn info(name: &'static str, evidence: impl Into<String>) -> Self {
        Self::new(name, Verdict::Info, evidence)
    }

    fn not_known(name: &'static str, evidence: impl Into<String>) -> Self {
        Self::new(name, Verdict::NotKnown, evidence)
    }

    /// A check whose finding says what was seen, and how bad it is.
    fn found(name: &'static str, finding: Finding) -> Self {
        let verdict = match finding.severity {
            Severity::Info => Verdict::Info,
            Severity::Warning => Verdict::Warning,
            Severity::Error => Verdict::Failed,
        };
        Self { name, verdict, evidence: finding.seen.clone(), finding: Some(finding) }
    }

    /// The same with what to do in case it matters. It stays what it is: nothing was found.
    fn with_advice(mut self, code: Code, advice: impl Into<Cow<'static, str>>) -> Self {
        let finding = Finding::new(code, self.evidence.clone());
        self.finding = Some(finding.with_severity(Severity::Info).with_advice(advice));
        self
    }

    /// Whether something is to be done about it.
    pub fn is_serious(&self) -> bool {
        self.verdict >= Verdict::Warning
    }
}

/// Judges everything that is known, in the order in which it is told.
pub fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = network::judge(facts);
    checks.extend(port::judge(facts));
    checks.extend(own::judge(facts));
    checks
}

/// What it comes to: nothing, or what to do first. Failures come before warnings, and among equals
/// what comes first in the list of checks.
pub fn first_to_do(checks: &[Check]) -> Vec<&Finding> {
    let mut serious: Vec<&Check> = checks.iter().filter(|check| check.is_serious()).collect();
    serious.sort_by_key(|check| std::cmp::Reverse(check.verdict));
    let mut to_do: Vec<&Finding> = Vec::new();
    for finding in serious.iter().filter_map(|check| check.finding.as_ref()) {
        // The same cause on two interfaces is mended once.
        if !to_do.iter().any(|known| (known.code, &known.advice) == (finding.code, &finding.advice))
        {
            to_do.push(finding);
        }
    }
    to_do
}

/// `1 device`, `3 devices`.
fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// The first of several, and how many more there are.
fn some_of<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 4;
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let shown = items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
