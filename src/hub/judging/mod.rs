//! What is found about a peer: from each of its events, and from several of them in a row. Kept once
//! a code, with first and last time and count; bounded, and the oldest goes first.
//!
//! | room | what happens there |
//! |---|---|
//! | `pattern` | what several connections in a row show that one alone does not |
//! | `double` | two rules for double connections, told apart by what each side closed |
//! | `sight` | what the records of mDNS let find out about peers |

mod double;
mod pattern;
mod sight;

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    Config, DoubleConnection, Event, EventKind, Hub, Refusal, backoff::Verdict, peer::Peer,
};
use crate::{
    checks::{
        Code, Finding, dial, judge, offers,
        quirks::{self, Sign},
    },
    proto::{Ski, handshake::Cause},
    time::Time,
};
pub(super) use double::Double;
use pattern::{Pattern, Seen};

/// A finding about a peer, however often it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What was found, as it was seen last.
    #[serde(flatten)]
    pub finding: Finding,
    /// How often.
    pub count: u32,
    /// When first.
    #[serde(rename = "first_ms")]
    pub first: Time,
    /// When last.
    #[serde(rename = "last_ms")]
    pub last: Time,
}

/// What was found about a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    findings: VecDeque<Found>,
    pattern: Pattern,
    signs: BTreeSet<Sign>,
    /// What was found last about PINs on this connection, and after how many wrong ones.
    pin: Option<(Code, u32)>,
}

/// How we stand with a peer, beside what happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Our rule for double connections.
    rule: DoubleConnection,
    /// Whether our SKI is the higher one, so that we are to decide between them.
    we_decide: bool,
    /// Whether a handshake ever completed.
    ever_completed: bool,
    /// Our limit of connections.
    limit: usize,
}

/// What an event came to over time: it takes the place of what single events seemed to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Explained {
    pub(super) finding: Finding,
    /// Since when.
    pub(super) since: Time,
    /// The findings of single events it explains.
    pub(super) instead_of: &'static [Code],
}

impl Judged {
    pub(super) fn findings(&self) -> impl ExactSizeIterator<Item = &Found> {
        self.findings.iter()
    }

    pub(super) fn signs(&self) -> &BTreeSet<Sign> {
        &self.signs
    }

    pub(super) fn show(&mut self, signs: impl IntoIterator<Item = Sign>) {
        self.signs.extend(signs);
    }

    /// Takes notice of an event of the peer; what it comes to together with those before it.
    pub(super) fn take(&mut self, event: &Event, with: Standing, keep: usize) -> Option<Finding> {
        let at = event.at;
        let explained = match &event.kind {
            // Beside a connection it says nothing of the peer: of two dials one is turned away.
            EventKind::AttemptFailed { verdict: Verdict::Nothing, .. } => None,
            EventKind::AttemptFailed { failure, .. } => {
                let finding = dial::finding(failure);
                let code = finding.as_ref().map(|finding| finding.code);
                self.add(at, finding, keep);
                self.pattern.not_reached(at, code, with)
            }
            EventKind::Ended { end, verdict } => {
                self.signs.extend(quirks::sign_of_end(end, *verdict));
                match self.pattern.ended(at, end, *verdict, with) {
                    Seen::Explained(explained) => Some(explained),
                    Seen::Nothing => None,
                    Seen::Single => {
                        let refusal = matches!(end.cause, Cause::PinRefused);
                        match judge::ended(end, *verdict) {
                            // The wrong PIN was counted when it was refused.
                            Some(finding) if refusal && self.pin.is_some_and(|it| it.1 > 0) => {
                                self.renew(at, finding, keep);
                            }
                            found => self.add(at, found, keep),
                        }
                        None
                    }
                }
            }
            EventKind::Remark(remark) => {
                self.signs.extend(quirks::sign_of_remark(remark));
                self.add(at, [judge::remark(remark)], keep);
                None
            }
            EventKind::Hello(status) => {
                self.add(at, judge::hello(status, at), keep);
                None
            }
            EventKind::PinWanted { required, refused, wrong, busy } => {
                let found = judge::pin_wanted(*required, *refused, *busy);
                let about = found.as_ref().map(|finding| (finding.code, *wrong));
                // The end of a penalty, say, is no further wrong PIN.
                match found {
                    Some(finding) if about == self.pin => self.renew(at, finding, keep),
                    found => self.add(at, found, keep),
                }
                self.pin = about;
                None
            }
            EventKind::Found(finding) => {
                self.add(at, [finding.clone()], keep);
                None
            }
            EventKind::NoOffers { lack, waited } => {
                self.add(at, [offers::lacking(*lack, *waited)], keep);
                None
            }
            EventKind::LimitReached { limit } => {
                self.add(at, [judge::limit(*limit, false)], keep);
                None
            }
            EventKind::Refused { why: Refusal::Limit, .. } => {
                self.add(at, [judge::limit(with.limit, true)], keep);
                None
            }
            kind => {
                if matches!(kind, EventKind::Connected { .. }) {
                    self.pin = None;
                }
                self.pattern.note(at, kind);
                None
            }
        };
        let Explained { finding, since, instead_of } = explained?;
        let explains =
            |found: &Found| instead_of.contains(&found.finding.code) && found.first >= since;
        self.findings.retain(|found| !explains(found));
        Some(finding)
    }

    /// One of two connections was closed; what it comes to together with those before it.
    pub(super) fn doubled(&mut self, double: Double, with: Standing) -> Option<Finding> {
        self.pattern.doubled(double, with)
    }

    /// Keeps findings.
    pub(super) fn add(
        &mut self,
        at: Time,
        findings: impl IntoIterator<Item = Finding>,
        keep: usize,
    ) {
        for finding in findings {
            let known = self.findings.iter().position(|found| found.finding.code == finding.code);
            let found = match known.and_then(|index| self.findings.remove(index)) {
                Some(old) => Found { finding, count: old.count.saturating_add(1), last: at, ..old },
                None => Found { finding, count: 1, first: at, last: at },
            };
            self.findings.push_back(found);
            while self.findings.len() > keep {
                self.findings.pop_front();
            }
        }
    }

    /// Keeps what a finding has become meanwhile, which is no further one.
    fn renew(&mut self, at: Time, finding: Finding, keep: usize) {
        match self.findings.iter_mut().find(|found| found.finding.code == finding.code) {
            Some(found) => (found.finding, found.last) = (finding, at),
            None => self.add(at, [finding], keep),
        }
    }
}

impl Hub {
    /// Keeps findings about a peer that somebody else tells.
    pub(super) fn note_findings(
        &mut self,
        now: Time,
        ski: Ski,
        findings: impl IntoIterator<Item = Finding>,
    ) {
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.record.judged.add(now, findings, self.config.findings_kept);
        }
    }

    /// What the transport of a connection to a peer showed.
    pub(super) fn judge_transport(&mut self, now: Time, ski: Ski, shown: Vec<Finding>) {
        if let Some(peer) = self.peers.get_mut(&ski) {
            let not_der = shown.iter().any(|finding| finding.code == Code::Cert05);
            peer.record.judged.show(not_der.then_some(Sign::NotDer));
        }
        self.note_findings(now, ski, shown);
    }

    /// Keeps a finding about a peer, and tells of it if it is news.
    pub(super) fn found(&mut self, now: Time, ski: Ski, finding: Finding) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        if peer.record.judged.findings().any(|found| found.finding.code == finding.code) {
            self.note_findings(now, ski, [finding]);
        } else {
            self.report(now, Some(ski), EventKind::Found(finding));
        }
    }
}

impl Standing {
    /// How we, with this configuration, stand with a peer.
    pub(super) fn with(config: &Config, peer: &Peer) -> Self {
        Self {
            rule: config.double_connection,
            we_decide: config.ski > peer.ski,
            ever_completed: peer.ever_completed,
            limit: config.max_connections,
        }
    }
}
