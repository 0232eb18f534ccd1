//! Attempts: whom to dial, when, and what follows from a dial.

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use super::{
    EventKind, Hub, LinkId, Opened, Output, Owner, Sighting,
    backoff::{Verdict, after_dial, draw_slow},
    dial::{DialFailure, Stage},
    duplicate::Resolution,
    facts::{DialProgress, TransportFacts},
    link::{Attempt, Link, Phase},
    peer::Peer,
};
use crate::{
    checks::{route, transport},
    mdns::service::Service,
    proto::{
        ConnectionState, Ski,
        handshake::{Role, Trust},
        target::{Address, Target},
    },
    time::Time,
};

impl Hub {
    /// Schedules the next attempt at a peer, if one is due and there is somewhere to dial.
    pub(super) fn schedule(&mut self, now: Time, ski: Ski) {
        if self.shutdown.is_asked() || self.is_nowhere(ski) {
            return;
        }
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.may_attempt()) else { return };
        let number = peer.attempts + 1;
        let repeated = peer.record.judged.standing(now);
        let (delay, because) = if std::mem::take(&mut peer.eager) {
            (Duration::ZERO, None)
        } else {
            let usual = self.config.backoff.draw(number, &mut self.rng);
            let slow = repeated.map(|it| draw_slow(it.code, it.times, &mut self.rng));
            (slow.map_or(usual, |slow| slow.max(usual)), repeated.map(|it| it.code))
        };
        if delay.is_zero() {
            self.dial(now, ski, Attempt::Usual);
            return;
        }
        peer.next_attempt = Some(now + delay);
        self.deadlines.set(Owner::Attempt(ski), Some(now + delay));
        self.report(now, Some(ski), EventKind::AttemptScheduled { number, delay, because });
    }

    pub(super) fn attempt_due(&mut self, now: Time, ski: Ski) {
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.next_attempt = None;
        }
        self.dial(now, ski, Attempt::Usual);
    }

    /// Begins an attempt, if there is a reason, a way and room for it.
    pub(super) fn dial(&mut self, now: Time, ski: Ski, attempt: Attempt) {
        let targets = self.next_targets(ski);
        let may = self.peers.get(&ski).is_some_and(Peer::may_attempt);
        if !may || targets.is_empty() || self.shutdown.is_asked() {
            return;
        }
        if !self.has_room(ski) {
            return self.wait_for_room(now, ski);
        }
        let link = self.new_link();
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.dial = Some(link);
        peer.eager = false;
        // The counter may have been reset while the handshake before it ran.
        if attempt != Attempt::AfterRace || peer.attempts == 0 {
            peer.attempts += 1;
        }
        let number = peer.attempts;
        self.links.insert(link, Link::new(ski, Role::Client, now, Phase::Dialing(attempt)));
        self.report(now, Some(ski), EventKind::AttemptStarted { number, targets: targets.clone() });
        self.enter_initiated(now, ski);
        let also = self.also_trusted(ski);
        self.outputs.push_back(Output::Dial { link, ski, also, targets });
    }

    pub(super) fn dialled(&mut self, now: Time, link: LinkId, result: Result<Opened, DialFailure>) {
        let Some(&Link { ski, phase: Phase::Dialing(attempt), .. }) = self.links.get(&link) else {
            // Cancelled meanwhile: the transport, if there is one, has no owner here.
            self.outputs.push_back(Output::Forget { link });
            return;
        };
        match result {
            Ok(opened) => self.dial_succeeded(now, link, ski, opened, attempt),
            Err(mut failure) => {
                let services: Vec<_> = self.services_of(ski).collect();
                route::explain(&mut failure, services.iter().copied());
                self.dial_failed(now, link, ski, failure);
            }
        }
    }

    /// A dial has come so far at one of its targets.
    pub(super) fn dialling(
        &mut self,
        now: Time,
        link: LinkId,
        target: &Target,
        address: Option<SocketAddr>,
        stage: Stage,
    ) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        if !matches!(entry.phase, Phase::Dialing(_)) {
            return;
        }
        entry.dial = Some(DialProgress { target: target.to_string(), address, stage, since: now });
        let (ski, target) = (entry.ski, target.clone());
        self.report(now, Some(ski), EventKind::Dialling { target, address, stage });
    }

    fn dial_succeeded(
        &mut self,
        now: Time,
        link: LinkId,
        ski: Ski,
        opened: Opened,
        attempt: Attempt,
    ) {
        let Opened { ski: shown, remote, mut tried, transport } = opened;
        tried.iter_mut().for_each(|it| route::explain_one(it, self.services_of(ski)));
        if self.shutdown.is_asked() || !self.has_room(ski) {
            return self.dial_in_vain(now, link, ski);
        }
        // Until it is decided the dial counts as under way: nothing begins beside it.
        let resolution = self.make_way(now, ski, (link, Role::Client));
        self.note_findings(now, ski, transport::detours(&tried));
        if let Some(finding) = route::detour(remote.ip(), &transport.via, self.services_of(ski)) {
            self.found(now, ski, finding);
        }
        // Without a word on the way it was the address itself.
        let dialled = self.links.get(&link).and_then(|link| link.dial.as_ref());
        let dialled = dialled.and_then(|dial| dial.target.parse::<Target>().ok());
        let dialled = dialled.map_or(Address::Socket(remote), |target| target.address);
        let mut is_news = false;
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.dial = None;
            peer.facts.tried(&tried);
            peer.facts.reached(now, target_of(remote, &transport), remote);
            is_news = peer.found_at(|target| target.address == dialled) && peer.stored;
        }
        if is_news {
            self.store(now, ski, false);
        }
        if let Some(entry) = self.links.get_mut(&link) {
            entry.dial = None;
            entry.shown = shown.unwrap_or(ski);
            entry.transport = Some(transport);
        }
        match resolution {
            Resolution::New => {
                let pause = attempt == Attempt::AfterRace;
                self.open(now, link, remote, Trust::Trusted, pause);
            }
            Resolution::OldIfAlive | Resolution::PeerDecides => {
                if let Some(entry) = self.links.get_mut(&link) {
                    entry.remote = Some(remote);
                    entry.phase = Phase::Parked;
                }
                self.keep_rival(now, ski, link);
            }
        }
    }

    /// It succeeded, but meanwhile there is no room for it, or the hub shuts down.
    fn dial_in_vain(&mut self, now: Time, link: LinkId, ski: Ski) {
        self.links.remove(&link);
        self.outputs.push_back(Output::Forget { link });
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.dial = None;
        if peer.link.is_some() {
            return;
        }
        self.set_state(now, ski, ConnectionState::None);
        if !self.shutdown.is_asked() {
            self.set_state(now, ski, ConnectionState::Queued);
            self.wait_for_room(now, ski);
        }
    }

    fn dial_failed(&mut self, now: Time, link: LinkId, ski: Ski, failure: DialFailure) {
        self.links.remove(&link);
        let stopping = self.shutdown.is_asked();
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.dial = None;
        let (number, connected) = (peer.attempts, peer.link.is_some());
        let verdict = if connected || stopping {
            Verdict::Nothing
        } else {
            after_dial(&failure, peer.ever_completed)
        };
        peer.stale |= verdict == Verdict::GiveUp;
        peer.given_up |= verdict == Verdict::GiveUp;
        let event = EventKind::AttemptFailed { number, failure: failure.clone(), verdict };
        self.report(now, Some(ski), event);
        if verdict != Verdict::Nothing {
            self.judge_failure(now, ski, &failure);
        }
        if connected {
            return;
        }
        self.set_state(now, ski, ConnectionState::Error);
        if verdict == Verdict::Retry {
            self.requeue(now, ski);
        }
    }

    /// Back to waiting for the next attempt.
    pub(super) fn requeue(&mut self, now: Time, ski: Ski) {
        if self.peers.get(&ski).is_some_and(|peer| peer.registered) {
            let through_none = !self.state(ski).may_become(ConnectionState::Queued);
            if through_none && self.state(ski) != ConnectionState::Queued {
                self.set_state(now, ski, ConnectionState::None);
            }
            self.set_state(now, ski, ConnectionState::Queued);
            self.schedule(now, ski);
        }
    }

    /// A connection begins: the state goes to Initiated, over what has to lie between.
    pub(super) fn enter_initiated(&mut self, now: Time, ski: Ski) {
        let state = self.state(ski);
        if state != ConnectionState::Initiated && !state.may_become(ConnectionState::Initiated) {
            self.set_state(now, ski, ConnectionState::None);
        }
        self.set_state(now, ski, ConnectionState::Initiated);
    }

    pub(super) fn seen(&mut self, now: Time, service: Service) {
        let Some(announced) = service.txt.ski else { return self.note(now, service) };
        let ski = self.owner_of(announced);
        let stale = self.peers.get(&ski).is_some_and(|peer| peer.stale);
        let leads_elsewhere = stale && service.targets().iter().any(|it| !self.leads_to(ski, it));
        self.note(now, service);
        if leads_elsewhere {
            // What failed for good failed there; here it was not tried yet.
            if let Some(peer) = self.peers.get_mut(&ski) {
                peer.revive();
            }
            self.requeue(now, ski);
        }
        self.schedule(now, ski);
    }

    /// Notes a sighting, and tells of it if it is news.
    fn note(&mut self, now: Time, service: Service) {
        let before = self.services.insert(now, service.clone());
        if before.as_ref() != Some(&service) {
            self.report(now, service.txt.ski, EventKind::ServiceSeen(service.clone()));
            self.judge_sight(now, &service, before.as_ref());
        }
    }

    pub(super) fn gone(&mut self, now: Time, instance: String) {
        if let Some(Sighting { service, .. }) = self.services.remove(&instance) {
            self.report(now, service.txt.ski, EventKind::ServiceGone { instance });
            self.judge_gone(now, &service);
        }
    }

    /// Ends every attempt at a peer: the one under way, the one due, the one that waits for room,
    /// and the connection that waits beside the one it has.
    pub(super) fn stop_attempts(&mut self, now: Time, ski: Ski) {
        self.drop_rival(now, ski);
        self.leave_queue(ski);
        self.deadlines.set(Owner::Attempt(ski), None);
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.next_attempt = None;
        if let Some(link) = peer.dial.take() {
            self.links.remove(&link);
            self.outputs.push_back(Output::Forget { link });
        }
    }

    /// Where to dial a peer this time. A flood of records must not make an attempt last for ever,
    /// nor hide the one that is true: of many each attempt takes the next few.
    fn next_targets(&self, ski: Ski) -> Vec<Target> {
        let mut targets = self.targets_of(ski);
        let most = self.config.targets_per_attempt.max(1);
        if targets.len() > most {
            let (by_hand, attempts) = self
                .peers
                .get(&ski)
                .map_or((0, 0), |peer| (peer.targets.len().min(most - 1), peer.attempts as usize));
            let found = targets.len() - by_hand;
            targets[by_hand..].rotate_left(attempts.wrapping_mul(most - by_hand) % found);
            targets.truncate(most);
        }
        targets
    }

    /// Whether there is no address to dial.
    fn is_nowhere(&self, ski: Ski) -> bool {
        self.peers.get(&ski).is_none_or(|peer| peer.targets.is_empty())
            && self.services_of(ski).all(|service| service.targets().is_empty())
    }

    /// Whether a peer may be dialled there.
    fn leads_to(&self, ski: Ski, target: &Target) -> bool {
        self.peers.get(&ski).is_some_and(|peer| peer.targets.contains(target))
            || self.services_of(ski).any(|service| service.targets().contains(target))
    }

    /// Where to dial a peer: addresses given by hand, then those of its records.
    fn targets_of(&self, ski: Ski) -> Vec<Target> {
        let by_hand =
            self.peers.get(&ski).into_iter().flat_map(|peer| peer.targets.iter().cloned());
        let found = self.services_of(ski).flat_map(Service::targets);
        let mut known = HashSet::new();
        by_hand.chain(found).filter(|target| known.insert(target.clone())).collect()
    }
}

/// What was dialled there, in words.
fn target_of(remote: SocketAddr, transport: &TransportFacts) -> String {
    format!("{remote}{}", transport.path.as_deref().unwrap_or_default())
}
