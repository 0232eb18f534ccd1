//! What the events of a pairing come to: done, failed and with which exit code, or still going. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | `late` | why the time ran out |
//! | `failure` | what failed, as an error with its exit code |

mod failure;
mod late;

use std::time::Duration;

use super::error::CliError;
use crate::{
    checks::{judge, unseen::Others},
    hub::{
        Event, EventKind, Snapshot,
        backoff::Verdict,
        dial::{DialFailure, Stage},
        snapshot::{Outlook, PinWanted},
    },
    proto::{
        ConnectionState, ProtocolState, Ski, Target,
        handshake::{Cause, End, HelloStatus, Instead, Remark},
    },
    time::{Time, text::span},
};

use self::failure::is_before_hello;
pub use self::failure::{
    denied_for_certificate, dial_failed, ended, probe_failed, undoes_pairing, wrong_certificate,
};

/// How far the pairing with one device has come.
#[derive(Debug)]
pub struct Progress {
    peer: Ski,
    /// Whether the handshake is complete on a connection that still stands.
    pub completed: bool,
    /// Whether the device told its SHIP ID.
    pub identified: bool,
    /// Whether somebody can be asked for a PIN.
    can_ask: bool,
    /// The connection limit, where all of it is in use.
    full: Option<usize>,
    /// Whether mDNS runs.
    mdns: bool,
    /// Whether the device was seen by mDNS.
    seen: bool,
    /// The other SHIP devices that were seen.
    others: Others,
    hello: Option<HelloStatus>,
    /// Whether it waits for a PIN, and if so whether it takes none yet.
    pin_wanted: Option<PinWait>,
    /// How far the handshake has come on the connection that stands, and since when.
    handshake: Option<(ProtocolState, Time)>,
    /// What came last that was of no use, and the stage it came in.
    odd: Option<(&'static str, Instead)>,
    /// Where the attempt under way dials.
    dialling: Vec<Target>,
    /// The target it is at, and what it waits for there.
    waits_at: Option<(Target, Stage)>,
    /// A refusal so quick that it was taken for a stumble and tried once more.
    refused: Option<End>,
    last: Option<Last>,
}

/// What a device that wants a PIN waits for.
#[derive(Clone, Copy, Debug)]
enum PinWait {
    /// Somebody has to enter it.
    Entry,
    /// Its penalty for wrong ones has to be over.
    Penalty,
}

/// The last failure that another attempt was to mend.
#[derive(Debug)]
enum Last {
    Dial(DialFailure),
    End(End),
}

impl Progress {
    /// Nothing has happened yet. Whether mDNS runs decides where a device may have stayed, and
    /// `can_ask` whether a PIN that is missing or wrong is the end of it.
    pub fn new(peer: Ski, mdns: bool, can_ask: bool) -> Self {
        Self {
            peer,
            completed: false,
            identified: false,
            can_ask,
            full: None,
            mdns,
            seen: false,
            others: Others::default(),
            hello: None,
            pin_wanted: None,
            handshake: None,
            odd: None,
            dialling: Vec::new(),
            waits_at: None,
            refused: None,
            last: None,
        }
    }

    /// Notes a service that was seen before this pairing began.
    pub fn note_seen(&mut self, ski: Option<Ski>, name: &str) {
        if ski == Some(self.peer) {
            self.seen = true;
        } else {
            self.others.note(ski, name);
        }
    }

    /// Who was seen instead of the device within so much time, for somebody who waits; `None` if it was
    /// seen, or cannot be.
    pub fn seen_instead(&self, waited: Duration, left: Duration) -> Option<String> {
        let is_seen = self.seen || self.handshake.is_some() || !self.dialling.is_empty();
        (self.mdns && !is_seen).then(|| still_waiting(&self.others, self.peer, waited, left))
    }

    /// Begins where a hub is with the device already. Errors as [`Self::take`] does.
    pub fn resume(&mut self, hub: &Snapshot) -> Result<(), CliError> {
        hub.services.iter().for_each(|service| self.note_seen(service.ski, &service.name));
        let Some(peer) = hub.peers.iter().find(|peer| peer.ski == self.peer) else { return Ok(()) };
        if peer.outlook == Outlook::WaitsForPlace {
            self.full = Some(hub.metrics.limit);
        }
        let Some(link) = hub.links.iter().find(|link| link.ski == self.peer && !link.leaving)
        else {
            return Ok(());
        };
        self.handshake = link.protocol.map(|state| (state, link.since));
        self.hello = peer.hello;
        match &peer.pin_wanted {
            Some(PinWanted { required, refused, busy, .. }) => {
                self.pin_wanted(*required, *refused, *busy, hub.at.since(link.since))
            }
            None => Ok(()),
        }
    }

    /// The device waits for a PIN: where nobody can be asked for it, nothing comes of it.
    fn pin_wanted(
        &mut self,
        required: bool,
        refused: bool,
        busy: bool,
        after: Duration,
    ) -> Result<(), CliError> {
        self.pin_wanted = Some(if busy { PinWait::Penalty } else { PinWait::Entry });
        if !required || busy || self.can_ask {
            return Ok(());
        }
        let during = self.handshake.map_or(ProtocolState::PinAskProcess, |(state, _)| state);
        let cause = if refused { Cause::PinRefused } else { Cause::PinMissing };
        Err(ended(&End { during, cause, completed: false, after, instead: None }))
    }

    /// Takes in an event. Errors when the pairing has failed for good.
    pub fn take(&mut self, event: &Event) -> Result<(), CliError> {
        if event.ski != Some(self.peer) {
            if let EventKind::ServiceSeen(service) = &event.kind {
                self.others.note(event.ski, &service.name());
            }
            return Ok(());
        }
        match &event.kind {
            EventKind::ServiceSeen(_) => self.seen = true,
            EventKind::AttemptStarted { targets, .. } => {
                self.full = None;
                (self.dialling, self.waits_at) = (targets.clone(), None);
            }
            EventKind::Dialling { target, stage, .. } => {
                self.waits_at = Some((target.clone(), *stage));
            }
            EventKind::Connected { .. } => {
                self.full = None;
                self.dialling.clear();
            }
            EventKind::Protocol { state } => self.handshake = Some((*state, event.at)),
            EventKind::State { to: ConnectionState::Trusted, .. } => {
                self.refused = None;
                self.last = None;
            }
            EventKind::Remark(remark) => self.note(remark),
            EventKind::Hello(status) => {
                self.hello = Some(*status);
                self.odd = None;
            }
            EventKind::PinWanted { required, refused, busy, .. } => {
                let since = self.handshake.map_or(event.at, |(_, since)| since);
                return self.pin_wanted(*required, *refused, *busy, event.at.since(since));
            }
            EventKind::LimitReached { limit } => self.full = Some(*limit),
            EventKind::PinAccepted => self.pin_wanted = None,
            EventKind::PeerShipId(_) => self.identified = true,
            EventKind::Completed { .. } => self.completed = true,
            EventKind::AttemptFailed { failure, verdict, .. } => {
                self.dialling.clear();
                // A dial that failed beside a connection is no failure.
                if *verdict == Verdict::Nothing {
                    return Ok(());
                }
                // That it cannot be reached any more tells less than that it refused before.
                if let Some(refused) = &self.refused {
                    return Err(ended(refused));
                }
                // One that another attempt would repeat is final, however often it went well before.
                if *verdict != Verdict::Retry || !failure.is_passing() {
                    return Err(dial_failed(failure));
                }
                self.last = Some(Last::Dial(failure.clone()));
            }
            EventKind::Ended { end, verdict } => {
                let end = end.clone();
                self.leave_connection();
                match (&self.refused, verdict) {
                    (Some(refused), _) if is_before_hello(end.during) => {
                        return Err(ended(refused));
                    }
                    (_, Verdict::Retry) => {}
                    (_, Verdict::RetryAtOnce) => self.refused = Some(end.clone()),
                    _ => return Err(ended(&end)),
                }
                self.last = Some(Last::End(end));
            }
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, remark: &Remark) {
        let stage = self.handshake.map(|(state, _)| judge::stage(state));
        if let (Some(stage), Some(instead)) = (stage, Instead::of(remark)) {
            let kept = self.odd.as_ref().is_some_and(|(of, it)| *of == stage && it.unreadable);
            if instead.unreadable || !kept {
                self.odd = Some((stage, instead));
            }
        }
    }

    fn leave_connection(&mut self) {
        self.completed = false;
        self.handshake = None;
        self.odd = None;
        self.hello = None;
        self.pin_wanted = None;
    }
}

/// That the wanted device was not seen so far, who was, and that the wait goes on.
pub fn still_waiting(others: &Others, peer: Ski, waited: Duration, left: Duration) -> String {
    let finding = others.unseen(peer, waited);
    // The usual advice is for the end of the wait; that one device is meant helps now.
    let is_meant = finding.advice != finding.code.advice();
    let meant = if is_meant { format!(" {}", finding.advice) } else { String::new() };
    format!("{}{meant} Still waiting, {} left", finding.seen, span(left))
}

#[cfg(test)]
mod tests;
