//! Attempts: whom to dial, when, and what follows from a dial.

use std::net::SocketAddr;

use super::{
    CommandError, EventKind, Hub, LinkId, Output, Owner, Registration,
    backoff::{Verdict, after_dial},
    dial::DialFailure,
    duplicate::{Survivor, survivor},
    link::{Link, Phase},
    peer::Peer,
};
use crate::{
    identity::trust::TrustChange,
    mdns::service::Service,
    proto::{
        ConnectionState, Ski,
        handshake::{Role, TransportEnd, Trust},
        message::CloseReason,
        target::Target,
    },
    time::Time,
};

impl Hub {
    pub(super) fn register(&mut self, now: Time, wish: Registration) -> Result<(), CommandError> {
        let ski = wish.ski;
        if ski == self.config.ski {
            return Err(CommandError::OwnSki(ski));
        }
        let peer = self.peers.entry(ski).or_insert_with(|| Peer::new(ski));
        peer.registered = true;
        peer.want();
        peer.ship_id = wish.ship_id.or(peer.ship_id.take());
        peer.pin = wish.pin.or(peer.pin.take());
        if !wish.targets.is_empty() {
            peer.targets = wish.targets;
        }
        self.deadlines.set(Owner::Attempt(ski), None);
        self.report(now, Some(ski), EventKind::Registered);
        if wish.store_at_once {
            self.store(ski, false);
        }
        self.approve_or_dial(now, ski);
        Ok(())
    }

    pub(super) fn unregister(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let peer = self.registered(ski)?;
        let (link, dial) = (peer.link, peer.dial.take());
        peer.forget();
        self.deadlines.set(Owner::Attempt(ski), None);
        self.outputs.push_back(Output::Store(TrustChange::Remove { ski }));
        self.report(now, Some(ski), EventKind::Unregistered);
        self.cancel_dial(dial);
        match link {
            Some(link) => self.leave(now, link, |connection| {
                connection.close(now, CloseReason::RemovedConnection);
            }),
            None => self.set_state(now, ski, ConnectionState::None),
        }
        self.forget_if_idle(ski);
        Ok(())
    }

    pub(super) fn disconnect(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let peer = self.registered(ski)?;
        peer.held = true;
        peer.next_attempt = None;
        let (link, dial) = (peer.link, peer.dial.take());
        self.deadlines.set(Owner::Attempt(ski), None);
        self.cancel_dial(dial);
        match link {
            Some(link) => self.leave(now, link, |connection| {
                connection.close(now, CloseReason::Unspecific);
            }),
            None => self.requeue(now, ski),
        }
        Ok(())
    }

    pub(super) fn connect(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let peer = self.registered(ski)?;
        peer.want();
        self.deadlines.set(Owner::Attempt(ski), None);
        self.approve_or_dial(now, ski);
        Ok(())
    }

    /// Schedules the next attempt at a peer, if one is due and there is somewhere to dial.
    pub(super) fn schedule(&mut self, now: Time, ski: Ski) {
        if self.shutdown.is_asked() || self.targets_of(ski).is_empty() {
            return;
        }
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.may_attempt()) else { return };
        let number = peer.attempts + 1;
        let delay = if std::mem::take(&mut peer.eager) {
            std::time::Duration::ZERO
        } else {
            self.config.backoff.draw(number, &mut self.rng)
        };
        if delay.is_zero() {
            self.dial(now, ski, false);
            return;
        }
        peer.next_attempt = Some(now + delay);
        self.deadlines.set(Owner::Attempt(ski), Some(now + delay));
        self.report(now, Some(ski), EventKind::AttemptScheduled { number, delay });
    }

    pub(super) fn attempt_due(&mut self, now: Time, ski: Ski) {
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.next_attempt = None;
        }
        self.dial(now, ski, false);
    }

    /// Begins an attempt. `pause` gives a peer that stumbled over its start-up a moment.
    pub(super) fn dial(&mut self, now: Time, ski: Ski, pause: bool) {
        let targets = self.targets_of(ski);
        let may = self.peers.get(&ski).is_some_and(Peer::may_attempt);
        if !may || targets.is_empty() || self.shutdown.is_asked() {
            return;
        }
        let link = self.new_link();
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.dial = Some(link);
        peer.eager = false;
        if !pause {
            peer.attempts += 1;
        }
        let number = peer.attempts;
        self.links.insert(link, Link::new(ski, Role::Client, now, Phase::Dialing { pause }));
        self.report(now, Some(ski), EventKind::AttemptStarted { number, targets: targets.clone() });
        self.enter_initiated(now, ski);
        self.outputs.push_back(Output::Dial { link, ski, targets });
    }

    pub(super) fn dialled(
        &mut self,
        now: Time,
        link: LinkId,
        result: Result<SocketAddr, DialFailure>,
    ) {
        let Some(&Link { ski, phase: Phase::Dialing { pause }, .. }) = self.links.get(&link) else {
            // Cancelled meanwhile: the transport, if there is one, has no owner here.
            self.outputs.push_back(Output::Forget { link });
            return;
        };
        // Until it is decided the dial counts as under way: nothing begins beside it.
        let survives = result.is_ok() && self.outlives_rival(now, ski, Role::Client);
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.dial = None;
        }
        match result {
            Ok(remote) if survives => self.open(now, link, remote, Trust::Trusted, pause),
            Ok(_) => {
                self.links.remove(&link);
                self.report(now, Some(ski), EventKind::Replaced { link });
                self.outputs.push_back(Output::Forget { link });
            }
            Err(failure) => self.dial_failed(now, link, ski, failure),
        }
    }

    fn dial_failed(&mut self, now: Time, link: LinkId, ski: Ski, failure: DialFailure) {
        self.links.remove(&link);
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let verdict = after_dial(&failure, peer.ever_completed);
        let (number, connected) = (peer.attempts, peer.link.is_some());
        peer.given_up |= verdict == Verdict::GiveUp;
        self.report(now, Some(ski), EventKind::AttemptFailed { number, failure, verdict });
        if connected {
            return;
        }
        self.set_state(now, ski, ConnectionState::Error);
        if verdict == Verdict::Retry {
            self.requeue(now, ski);
        }
    }

    /// Whether a new connection survives beside the one the peer has, if any; the old one is given
    /// up then. Decided and swapped in one step.
    pub(super) fn outlives_rival(&mut self, now: Time, ski: Ski, new: Role) -> bool {
        let old = self.peers.get(&ski).and_then(|peer| peer.link);
        let Some((old, role)) = old.and_then(|old| Some((old, self.link_role(old)?))) else {
            return true;
        };
        if self.links.get(&old).is_some_and(|link| link.leaving) {
            // It ends by itself; whoever comes anew need not wait for its transport.
            self.transport_closed(now, old, TransportEnd::Eof);
            return true;
        }
        if survivor(self.config.ski, ski, role, new) == Survivor::Old {
            return false;
        }
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.link = None;
        }
        self.report(now, Some(ski), EventKind::Replaced { link: old });
        self.leave(now, old, |connection| connection.drop_with(now, 1000, "double connection"));
        self.set_state(now, ski, ConnectionState::None);
        true
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
        let ski = service.txt.ski;
        let news = self.services.get(&service.instance) != Some(&service);
        self.services.insert(service.instance.clone(), service.clone());
        if news {
            self.report(now, ski, EventKind::ServiceSeen(service));
        }
        if let Some(ski) = ski {
            self.schedule(now, ski);
        }
    }

    pub(super) fn gone(&mut self, now: Time, instance: String) {
        if let Some(service) = self.services.remove(&instance) {
            self.report(now, service.txt.ski, EventKind::ServiceGone { instance });
        }
    }

    pub(super) fn cancel_dial(&mut self, dial: Option<LinkId>) {
        if let Some(link) = dial {
            self.links.remove(&link);
            self.outputs.push_back(Output::Forget { link });
        }
    }

    pub(super) fn registered(&mut self, ski: Ski) -> Result<&mut Peer, CommandError> {
        match self.peers.get_mut(&ski) {
            Some(peer) if peer.registered => Ok(peer),
            Some(_) => Err(CommandError::NotRegistered(ski)),
            None => Err(CommandError::UnknownPeer(ski)),
        }
    }

    /// Approves the connection that waits for us, or makes one.
    fn approve_or_dial(&mut self, now: Time, ski: Ski) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        match (peer.link, peer.dial) {
            (Some(link), _) if self.links.get(&link).is_some_and(|link| !link.leaving) => {
                self.on_connection(now, link, |connection| connection.trust(now));
            }
            (None, Some(_)) => {}
            (leaving, _) => {
                peer.eager = true;
                if leaving.is_none() {
                    self.requeue(now, ski);
                }
            }
        }
    }

    /// Where to dial a peer: addresses given by hand, then those of its records.
    fn targets_of(&self, ski: Ski) -> Vec<Target> {
        let by_hand =
            self.peers.get(&ski).into_iter().flat_map(|peer| peer.targets.iter().cloned());
        let found =
            self.services.values().filter(|s| s.txt.ski == Some(ski)).flat_map(Service::targets);
        let mut targets: Vec<Target> = Vec::new();
        for target in by_hand.chain(found) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }
}
