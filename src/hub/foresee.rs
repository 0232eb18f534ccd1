//! What a command will have to write down, told before it is obeyed: so whoever keeps the trust can
//! write first, and a disk that fails refuses the command instead of undoing it.

use super::{Command, CommandError, Hub, Registration, peer::Peer};
use crate::{
    identity::trust::{self, TrustChange},
    proto::{Pin, Ski},
    time::Time,
};

impl Hub {
    /// The change of trust this command makes at once, if any. [`Hub::command`] tells the same one
    /// again as [`super::Output::Store`], where it then changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the command.
    pub fn foresee(&self, command: &Command) -> Result<Option<TrustChange>, CommandError> {
        if self.shutdown.is_asked() {
            return Ok(None); // it will be refused
        }
        match command {
            Command::Register(wish) if wish.store_at_once => self.foresee_trust(wish).map(Some),
            Command::Register(wish) if wish.remember_pin => {
                self.require_other(wish)?;
                let pin = wish.pin.clone();
                let known = self.peers.get(&wish.ski).filter(|it| it.is_completed());
                Ok(known.and_then(|peer| self.pin_to_remember(peer, pin)))
            }
            Command::Accept { ski } => {
                let ski = self.owner_of(*ski);
                self.require_request(ski)?;
                self.foresee_trust(&Registration::written_at_once(ski)).map(Some)
            }
            Command::Unregister { ski } => {
                let ski = self.owner_of(*ski);
                self.require_registered(ski)?;
                Ok(Some(TrustChange::Remove { ski }))
            }
            Command::Cancel { ski } => {
                let ski = self.owner_of(*ski);
                let given_up = self.cancellable(ski)?;
                Ok(given_up.stored.then_some(TrustChange::Remove { ski }))
            }
            Command::Rename { ski, name } => {
                let ski = self.owner_of(*ski);
                self.require_stored(ski)?;
                require_name(name)?;
                Ok(Some(TrustChange::Rename { ski, name: name.clone() }))
            }
            Command::ForgetAddress { ski } => {
                let ski = self.owner_of(*ski);
                self.require_stored(ski)?;
                Ok(Some(TrustChange::ForgetAddress { ski }))
            }
            Command::ForgetPin { ski } => {
                let ski = self.owner_of(*ski);
                self.require_stored(ski)?;
                Ok(Some(TrustChange::ForgetPin { ski }))
            }
            _ => Ok(None),
        }
    }

    fn foresee_trust(&self, wish: &Registration) -> Result<TrustChange, CommandError> {
        self.require_other(wish)?;
        let peer = self.peers.get(&wish.ski);
        let known = peer.and_then(|peer| peer.ship_id.clone());
        Ok(TrustChange::Trust {
            ski: wish.ski,
            ship_id: wish.ship_id.clone().or(known),
            name: self.announced_name(wish.ski),
            address: peer.and_then(|peer| peer.address.as_ref()).map(ToString::to_string),
            seen: false,
        })
    }

    pub(super) fn rename(&mut self, now: Time, ski: Ski, name: String) -> Result<(), CommandError> {
        self.require_stored(ski)?;
        require_name(&name)?;
        self.write_down(now, TrustChange::Rename { ski, name });
        Ok(())
    }

    pub(super) fn forget_address(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        self.require_stored(ski)?;
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.targets.clear();
            peer.address = None;
        }
        self.write_down(now, TrustChange::ForgetAddress { ski });
        Ok(())
    }

    /// The connection that stands stays; the next one needs the PIN again.
    pub(super) fn forget_pin(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        self.require_stored(ski)?;
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.pin = None;
            peer.remember_pin = false;
        }
        self.write_down(now, TrustChange::ForgetPin { ski });
        Ok(())
    }

    /// Writes the PIN of a peer down that has completed a handshake with it, where that is wanted.
    pub(super) fn remember_pin(&mut self, now: Time, ski: Ski) {
        let Some(peer) = self.peers.get(&ski).filter(|peer| peer.remember_pin) else { return };
        if let Some(change) = self.pin_to_remember(peer, None) {
            self.write_down(now, change);
        }
    }

    /// What to write down so that its PIN, `given` or known, is remembered.
    fn pin_to_remember(&self, peer: &Peer, given: Option<Pin>) -> Option<TrustChange> {
        let pin = given.or(peer.pin.clone()).filter(|_| peer.stored)?;
        let is_news = self.trust.pin(&peer.ski) != Some(&pin);
        is_news.then_some(TrustChange::RememberPin { ski: peer.ski, pin: Some(pin) })
    }

    /// The peer refused its PIN: it is not entered again by itself, since from the third wrong one on
    /// the peer makes us wait, and not remembered either.
    pub(super) fn pin_was_refused(&mut self, now: Time, ski: Ski) {
        let Some(pin) = self.peers.get_mut(&ski).and_then(|peer| peer.pin.take()) else { return };
        if self.trust.pin(&ski) == Some(&pin) {
            self.write_down(now, TrustChange::ForgetPin { ski });
        }
    }

    /// A pairing that never completed.
    pub(super) fn cancellable(&self, ski: Ski) -> Result<&Peer, CommandError> {
        match self.peers.get(&ski) {
            Some(peer) if peer.registered && !peer.ever_completed => Ok(peer),
            Some(_) => Err(CommandError::NothingToCancel(ski)),
            None => Err(self.unless_seen(ski, CommandError::NothingToCancel(ski))),
        }
    }

    /// A name is stored with the trust, or nowhere.
    fn require_stored(&self, ski: Ski) -> Result<(), CommandError> {
        self.require_registered(ski)?;
        let stored = self.peers.get(&ski).is_some_and(|peer| peer.stored);
        if stored { Ok(()) } else { Err(CommandError::NotTrusted(ski)) }
    }

    pub(super) fn require_registered(&self, ski: Ski) -> Result<(), CommandError> {
        match self.peers.get(&ski) {
            Some(peer) if peer.registered => Ok(()),
            Some(_) => Err(CommandError::NotRegistered(ski)),
            None => Err(self.unless_seen(ski, CommandError::NotRegistered(ski))),
        }
    }

    /// Why nothing can be done with a peer we have nothing to do with: this, where it is seen at least.
    pub(super) fn unless_seen(&self, ski: Ski, error: CommandError) -> CommandError {
        if self.services.of(ski).next().is_some() { error } else { CommandError::UnknownPeer(ski) }
    }
}

/// What is answered with yes is stored as it was said.
fn require_name(name: &str) -> Result<(), CommandError> {
    trust::given_name(name).map(drop).map_err(CommandError::BadName)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::{Config, Output},
        identity::trust::TrustStore,
    };

    const OWN: Ski = Ski::from_bytes([1; 20]);
    const PEER: Ski = Ski::from_bytes([2; 20]);

    fn hub() -> Hub {
        Hub::new(Config::new(OWN, "i:1_u:a".parse().unwrap()), &TrustStore::default(), 1)
    }

    fn registration(address: Option<&str>) -> Command {
        Command::Register(Registration {
            ship_id: Some("i:1_u:b".parse().unwrap()),
            targets: address.iter().map(|address| address.parse().unwrap()).collect(),
            store_at_once: true,
            ..Registration::new(PEER)
        })
    }

    /// What a command really writes down.
    fn stored(hub: &mut Hub, command: Command) -> Vec<TrustChange> {
        hub.command(Time::ORIGIN, command).unwrap();
        let mut stored = Vec::new();
        while let Some(output) = hub.poll_output() {
            if let Output::Store(change) = output {
                stored.push(change);
            }
        }
        stored
    }

    #[test]
    fn what_is_foreseen_is_what_is_written() {
        let mut hub = hub();
        for command in [
            registration(Some("10.0.0.7:4712/ship/")),
            registration(None),
            Command::Register(Registration::new(PEER)),
            Command::Rename { ski: PEER, name: "Garage".to_owned() },
            Command::ForgetAddress { ski: PEER },
            Command::ForgetPin { ski: PEER },
            Command::Disconnect { ski: PEER },
            Command::Unregister { ski: PEER },
            registration(None),
            Command::Cancel { ski: PEER },
            Command::Register(Registration::new(PEER)),
            Command::Cancel { ski: PEER },
            Command::Shutdown,
        ] {
            let foreseen: Vec<_> = hub.foresee(&command).unwrap().into_iter().collect();
            assert_eq!(stored(&mut hub, command.clone()), foreseen, "{command:?}");
        }
    }

    #[test]
    fn what_will_be_refused_is_not_written() {
        let mut hub = hub();
        let own = Registration { store_at_once: true, ..Registration::new(OWN) };
        for command in [
            Command::Register(own),
            Command::Unregister { ski: PEER },
            Command::Cancel { ski: PEER },
            Command::Accept { ski: PEER },
            Command::Rename { ski: PEER, name: "Garage".to_owned() },
            Command::ForgetAddress { ski: PEER },
        ] {
            let foreseen = hub.foresee(&command).unwrap_err();
            assert_eq!(hub.command(Time::ORIGIN, command), Err(foreseen));
        }
        hub.command(Time::ORIGIN, registration(None)).unwrap();
        let rename = Command::Rename { ski: PEER, name: "a\u{1b}b".to_owned() };
        let refused = CommandError::BadName(trust::NameError::Hidden('\u{1b}'));
        assert_eq!(hub.foresee(&rename), Err(refused.clone()));
        assert_eq!(hub.command(Time::ORIGIN, rename), Err(refused));
        hub.command(Time::ORIGIN, Command::Shutdown).unwrap();
        assert_eq!(hub.foresee(&registration(None)), Ok(None));
    }
}
