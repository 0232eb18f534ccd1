//! What is found about a peer: from each of its events, and from several of them in a row. Kept once
//! a code, with first and last time and count; bounded, and the oldest goes first.
//!
//! | room | what happens there |
//! |---|---|
//! | `pattern` | what several connections in a row show that one alone does not |
//! | `run` | connections in a row that the peer dropped soon, or turned away |
//! | `double` | two rules for double connections, told apart by what each side closed |
//! | `sight` | what the records of mDNS let find out about peers |

mod double;
mod pattern;
mod run;
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
    proto::{ProtocolState, Ski, handshake::Cause},
    time::Time,
};
pub(super) use double::Double;
pub(super) use pattern::Repeated;
use pattern::{Pattern, Seen};
pub(super) use sight::UNSEEN_AFTER;

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
    /// Since when it no longer applies; `None` while it does.
    #[serde(rename = "over_ms", default)]
    pub over: Option<Time>,
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

    /// The findings as they are at this moment: a pattern is over once a connection outlives it.
    pub(super) fn findings_at(&self, now: Time) -> impl Iterator<Item = Found> {
        self.findings.iter().map(move |found| {
            let outlived = self.pattern.outlived(found.finding.code, now);
            Found { over: found.over.or(outlived), ..found.clone() }
        })
    }

    pub(super) fn signs(&self) -> &BTreeSet<Sign> {
        &self.signs
    }

    pub(super) fn show(&mut self, signs: impl IntoIterator<Item = Sign>) {
        self.signs.extend(signs);
    }

    /// The peer read our use cases, and there are none.
    pub(super) fn read_no_use_cases(&mut self) {
        self.pattern.read_no_use_cases();
    }

    /// The pattern of short connections that stands.
    pub(super) fn standing(&self, now: Time) -> Option<Repeated> {
        self.pattern.standing(now)
    }

    /// Whether we dialled the present connection.
    pub(super) fn we_dialled(&self) -> bool {
        self.pattern.we_dialled()
    }

    /// How many complete connections of ours turned out to be too short since it was asked last.
    pub(super) fn take_short_lived(&mut self) -> u64 {
        self.pattern.take_short_lived()
    }

    /// Takes notice of an event of the peer; what it comes to together with those before it.
    pub(super) fn take(&mut self, event: &Event, with: Standing, keep: usize) -> Option<Finding> {
        let at = event.at;
        let standing = self.pattern.standing(at);
        let explained = self.explain(event, with, keep);
        self.end_what_is_over(event, standing);
        let Explained { finding, since, instead_of } = explained?;
        let explains =
            |found: &Found| instead_of.contains(&found.finding.code) && found.first >= since;
        self.findings.retain(|found| !explains(found));
        Some(finding)
    }

    fn explain(&mut self, event: &Event, with: Standing, keep: usize) -> Option<Explained> {
        let at = event.at;
        match &event.kind {
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
        }
    }

    /// Marks the findings that no longer apply after an event. `before` is the pattern that stood
    /// before it.
    fn end_what_is_over(&mut self, event: &Event, before: Option<Repeated>) {
        let at = event.at;
        let standing = self.pattern.standing(at).map(|it| it.code);
        let ended = before.map(|it| it.code).filter(|code| Some(*code) != standing);
        let is_over = |code: Code| match &event.kind {
            _ if Some(code) == ended => true,
            // A pattern is over when a connection outlives it, not when one more is complete.
            EventKind::Completed { .. } => Some(code) != standing,
            EventKind::Protocol { state: ProtocolState::HelloOk } | EventKind::Ended { .. } => {
                code == Code::Hel01
            }
            EventKind::ServiceSeen(_) | EventKind::Connected { .. } => {
                matches!(code, Code::Mdns15 | Code::Mdns16)
            }
            EventKind::PinAccepted => matches!(code, Code::Pin01 | Code::Pin02),
            _ => false,
        };
        for found in &mut self.findings {
            if found.over.is_none() && is_over(found.finding.code) {
                found.over = Some(at);
            }
        }
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
                Some(old) => Found {
                    finding,
                    count: old.count.saturating_add(1),
                    last: at,
                    over: None,
                    ..old
                },
                None => Found { finding, count: 1, first: at, last: at, over: None },
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
            Some(found) => (found.finding, found.last, found.over) = (finding, at, None),
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
