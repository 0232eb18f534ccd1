//! What each command does, at every stage a peer can be in.

use std::time::Duration;

use super::{
    Command, CommandError, EventKind, Hub, LinkId, Output, Owner, Registration, WrongFingerprint,
    peer::Peer,
};
use crate::{
    identity::trust::TrustChange,
    proto::{
        ConnectionState, Pin, Ski,
        message::{CloseReason, Data},
    },
    time::Time,
};

impl Hub {
    pub(super) fn obey(&mut self, now: Time, command: Command) -> Result<(), CommandError> {
        match command {
            Command::Register(registration) => self.register(now, registration),
            Command::Unregister { ski } => self.unregister(now, ski),
            Command::Disconnect { ski } => self.disconnect(now, ski),
            Command::DisconnectAll => {
                self.disconnect_all(now);
                Ok(())
            }
            Command::Connect { ski } => self.connect(now, ski),
            Command::Accept { ski } => {
                self.require_request(ski)?;
                self.register(now, Registration::written_at_once(ski))
            }
            Command::Deny { ski } => self.deny(now, ski),
            Command::Cancel { ski } => self.cancel(now, ski),
            Command::AutoAccept { duration } => {
                self.auto_accept(now, duration);
                Ok(())
            }
            Command::SetLimit { limit } => {
                self.set_limit(now, limit);
                Ok(())
            }
            Command::Adjust(rules) => {
                self.config.adjust(rules);
                Ok(())
            }
            Command::Rename { ski, name } => self.rename(now, ski, name),
            Command::ForgetAddress { ski } => self.forget_address(now, ski),
            Command::ForgetPin { ski } => self.forget_pin(now, ski),
            Command::EnterPin { ski, pin } => self.enter_pin(now, ski, pin),
            Command::Send { ski, data } => self.send(now, ski, data),
            Command::Shutdown => {
                self.begin_shutdown(now);
                Ok(())
            }
        }
    }

    /// Opens the auto-accept window, or closes it. Who waits for a decision already is let in too.
    pub(super) fn auto_accept(&mut self, now: Time, duration: Duration) {
        let until = (!duration.is_zero()).then(|| now + duration);
        self.auto_accept_until = until;
        self.deadlines.set(Owner::AutoAccept, until);
        self.outputs.push_back(Output::Announce { register: until.is_some() });
        self.report(now, None, EventKind::AutoAccept { until });
        if until.is_none() {
            return;
        }
        let waits = |peer: &&Peer| peer.state == ConnectionState::ReceivedPairingRequest;
        let links: Vec<_> =
            self.peers.values().filter(waits).filter_map(|peer| peer.link).collect();
        for link in links {
            self.approve(now, link);
        }
    }

    /// Trusts the peer of a connection that may wait for it. Whoever waited long may be gone, and
    /// that must not look as if it broke off the handshake: it has to show that it lives.
    fn approve(&mut self, now: Time, link: LinkId) {
        self.on_connection(now, link, |connection| connection.trust(now));
        self.probe(now, link);
    }

    fn register(&mut self, now: Time, wish: Registration) -> Result<(), CommandError> {
        self.require_other(&wish)?;
        let (ski, pin) = (wish.ski, wish.pin.clone());
        let is_new = !self.peers.contains_key(&ski);
        let peer = self.peers.entry(ski).or_insert_with(|| Peer::new(ski));
        peer.registered = true;
        peer.on_probation = false;
        peer.want();
        peer.ship_id = wish.ship_id.or(peer.ship_id.take());
        peer.pin = wish.pin.or(peer.pin.take());
        peer.remember_pin |= wish.remember_pin;
        let is_completed = peer.is_completed();
        peer.fingerprint = wish.fingerprint.or(peer.fingerprint.take());
        if !wish.targets.is_empty() {
            peer.targets = wish.targets;
        }
        self.note_place(ski);
        self.deadlines.set(Owner::Attempt(ski), None);
        self.report(now, Some(ski), EventKind::Registered);
        if is_new {
            self.judge_records(now, ski);
        }
        if wish.store_at_once {
            self.store(now, ski, false);
        }
        if is_completed {
            self.remember_pin(now, ski);
        }
        self.approve_or_dial(now, ski);
        if let Some(pin) = pin {
            // A connection that waits for it gets it at once; any other when it asks.
            let _ = self.enter_pin(now, ski, pin);
        }
        Ok(())
    }

    /// To accept somebody who does not ask would be to register it unseen.
    pub(super) fn require_request(&self, ski: Ski) -> Result<(), CommandError> {
        let asks = |peer: &&Peer| peer.state == ConnectionState::ReceivedPairingRequest;
        let link = self.peers.get(&ski).filter(asks).and_then(|peer| peer.link);
        let stays = link.and_then(|link| self.links.get(&link)).is_some_and(|link| !link.leaving);
        if stays { Ok(()) } else { Err(CommandError::NothingToAccept(ski)) }
    }

    /// A peer to be registered is not ourselves, and what is connected already is the one meant.
    pub(super) fn require_other(&self, wish: &Registration) -> Result<(), CommandError> {
        if wish.ski == self.config.ski {
            return Err(CommandError::OwnSki(wish.ski));
        }
        let shown = self.peers.get(&wish.ski).and_then(|peer| self.shown_fingerprint(peer));
        match (&wish.fingerprint, shown) {
            (Some(expected), Some(actual)) if expected != actual => {
                let (expected, actual) = (expected.clone(), actual.to_owned());
                Err(CommandError::OtherCertificate(WrongFingerprint { expected, actual }))
            }
            _ => Ok(()),
        }
    }

    /// The fingerprint of the certificate on the connection that stands.
    fn shown_fingerprint<'a>(&'a self, peer: &'a Peer) -> Option<&'a str> {
        let link = self.links.get(&peer.link?)?;
        let open = peer.facts.connection.as_ref().filter(|open| open.until.is_none());
        let transport = link.transport.as_deref().or(open.map(|open| &open.transport))?;
        transport.certificate.as_ref().map(|certificate| &*certificate.fingerprint)
    }

    fn unregister(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        self.registered(ski)?;
        self.write_down(now, TrustChange::Remove { ski });
        self.let_go(now, ski);
        let link = self.peers.get(&ski).and_then(|peer| peer.link);
        match link {
            Some(link) => self.leave(now, link, |connection| {
                connection.close(now, CloseReason::RemovedConnection);
            }),
            None => self.set_state(now, ski, ConnectionState::None),
        }
        self.forget_if_idle(ski);
        Ok(())
    }

    fn disconnect(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let peer = self.registered(ski)?;
        peer.held = true;
        peer.eager = false;
        let link = peer.link;
        self.stop_attempts(now, ski);
        match link {
            Some(link) => self.leave(now, link, |connection| {
                connection.close(now, CloseReason::Unspecific);
            }),
            None => self.requeue(now, ski),
        }
        Ok(())
    }

    /// Disconnects every registered peer, and refuses whoever asks to become one.
    fn disconnect_all(&mut self, now: Time) {
        let all: Vec<(Ski, bool)> =
            self.peers.values().map(|peer| (peer.ski, peer.registered)).collect();
        for (ski, registered) in all {
            // Neither can fail but for a stranger that is on its way out already.
            let _ = if registered { self.disconnect(now, ski) } else { self.deny(now, ski) };
        }
    }

    fn connect(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        self.registered(ski)?.want();
        self.deadlines.set(Owner::Attempt(ski), None);
        self.approve_or_dial(now, ski);
        Ok(())
    }

    fn deny(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let unknown = self.unless_seen(ski, CommandError::NothingToDeny(ski));
        let peer = self.peers.get_mut(&ski).ok_or(unknown)?;
        let pairing = peer.registered && !peer.stored;
        let link = peer.link.and_then(|link| self.links.get(&link));
        let asks = pairing || link.is_some_and(|link| !link.leaving);
        if !asks || matches!(peer.state, ConnectionState::Completed | ConnectionState::None) {
            return Err(CommandError::NothingToDeny(ski));
        }
        peer.given_up = true;
        peer.eager = false;
        self.abort(now, ski, pairing);
        Ok(())
    }

    fn cancel(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        if self.cancellable(ski)?.stored {
            self.write_down(now, TrustChange::Remove { ski });
        }
        self.abort(now, ski, true);
        Ok(())
    }

    /// Ends whatever is under way with a peer as a refusal, and what it was registered for.
    fn abort(&mut self, now: Time, ski: Ski, forget: bool) {
        if forget {
            self.let_go(now, ski);
        } else {
            self.stop_attempts(now, ski);
        }
        let link = self.peers.get(&ski).and_then(|peer| peer.link);
        match link {
            Some(link) => self.leave(now, link, |connection| connection.deny(now)),
            None => self.set_state(now, ski, ConnectionState::None),
        }
        self.forget_if_idle(ski);
    }

    /// The peer is no longer paired here; its connection is still to be closed.
    fn let_go(&mut self, now: Time, ski: Ski) {
        self.stop_attempts(now, ski);
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.forget();
        }
        self.note_place(ski);
        self.report(now, Some(ski), EventKind::Unregistered);
    }

    fn enter_pin(&mut self, now: Time, ski: Ski, pin: Pin) -> Result<(), CommandError> {
        let unknown = self.unless_seen(ski, CommandError::NoPinWanted(ski));
        let peer = self.peers.get(&ski).ok_or(unknown)?;
        let link = peer.link.ok_or(CommandError::NoPinWanted(ski))?;
        let mut wanted = false;
        let entered = pin.clone();
        self.on_connection(now, link, |connection| wanted = connection.enter_pin(now, entered));
        if !wanted {
            return Err(CommandError::NoPinWanted(ski));
        }
        // The next connection of this run needs it as well.
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.pin = Some(pin);
        }
        Ok(())
    }

    fn send(&mut self, now: Time, ski: Ski, data: Data) -> Result<(), CommandError> {
        let link = self.peers.get(&ski).and_then(|peer| peer.link);
        let link = link.ok_or(CommandError::NotConnected(ski))?;
        let mut sent = false;
        self.on_connection(now, link, |connection| sent = connection.send_data(now, data).is_ok());
        if sent { Ok(()) } else { Err(CommandError::NotConnected(ski)) }
    }

    fn registered(&mut self, ski: Ski) -> Result<&mut Peer, CommandError> {
        self.require_registered(ski)?;
        self.peers.get_mut(&ski).ok_or(CommandError::UnknownPeer(ski))
    }

    /// Approves the connection that waits for us, or makes one.
    fn approve_or_dial(&mut self, now: Time, ski: Ski) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        match (peer.link, peer.dial) {
            (Some(link), _) if self.links.get(&link).is_some_and(|link| !link.leaving) => {
                self.approve(now, link);
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
}
