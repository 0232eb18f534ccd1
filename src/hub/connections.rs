//! Connections: taking them in, listening to them, and cleaning up behind them.

use std::net::SocketAddr;

use super::{
    CommandError, EventKind, Hub, LinkId, Output, Owner, Refusal,
    backoff::{Verdict, after_end},
    link::{KeepAlive, Link, Phase},
    peer::Peer,
};
use crate::{
    proto::{
        ConnectionState, Pin, ProtocolState, Ski,
        handshake::{self, Cause, Connection, End, Role, Side, TransportEnd, Trust},
        message::Data,
    },
    time::Time,
};

impl Hub {
    /// Decides about an incoming connection before its upgrade is answered.
    pub(super) fn incoming(&mut self, now: Time, link: LinkId, ski: Ski, remote: SocketAddr) {
        if let Some(why) = self.refusal(now, ski) {
            self.report(now, Some(ski), EventKind::Refused { remote, why });
            self.outputs.push_back(Output::Refuse { link });
            return;
        }
        let peer = self.peers.entry(ski).or_insert_with(|| Peer::new(ski));
        peer.link = Some(link);
        peer.next_attempt = None;
        self.deadlines.set(Owner::Attempt(ski), None);
        // Where its initiative wins anyway, our own dial is of no more use. Where ours wins, the
        // dial goes on: it may be the only one that both ends keep.
        if ski > self.config.ski {
            let dial = self.peers.get_mut(&ski).and_then(|peer| peer.dial.take());
            self.cancel_dial(dial);
        }
        self.enter_initiated(now, ski);
        let admitted = Link::new(ski, Role::Server, now, Phase::Admitted);
        self.links.insert(link, Link { remote: Some(remote), ..admitted });
        self.outputs.push_back(Output::Admit { link });
    }

    /// Why an incoming connection is turned away, if it is.
    fn refusal(&mut self, now: Time, ski: Ski) -> Option<Refusal> {
        // Dials take no place: a peer that is never there must not keep out one that is.
        let others = |link: &&Link| link.ski != ski && !matches!(link.phase, Phase::Dialing { .. });
        let full = self.links.values().filter(others).count() >= self.config.max_connections;
        if self.shutdown.is_asked() {
            Some(Refusal::ShuttingDown)
        } else if ski == self.config.ski {
            Some(Refusal::OwnSki)
        } else if self.peers.get(&ski).is_some_and(|peer| peer.held) {
            Some(Refusal::Held)
        } else if full {
            Some(Refusal::Limit)
        } else if !self.outlives_rival(now, ski, Role::Server) {
            Some(Refusal::Duplicate)
        } else {
            None
        }
    }

    /// The upgrade of an admitted connection went through.
    pub(super) fn accepted(&mut self, now: Time, link: LinkId) {
        let Some(&Link { ski, phase: Phase::Admitted, remote: Some(remote), .. }) =
            self.links.get(&link)
        else {
            self.outputs.push_back(Output::Forget { link });
            return;
        };
        let registered = self.peers.get(&ski).is_some_and(|peer| peer.registered);
        let trust = if registered || self.auto_accept_until.is_some_and(|until| now < until) {
            Trust::Trusted
        } else if self.config.can_ask_for_trust {
            Trust::Undecided
        } else {
            Trust::NobodyToAsk
        };
        self.open(now, link, remote, trust, false);
    }

    /// The WebSocket is open: the handshake begins.
    pub(super) fn open(
        &mut self,
        now: Time,
        link: LinkId,
        remote: SocketAddr,
        trust: Trust,
        pause: bool,
    ) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let (ski, role) = (entry.ski, entry.role);
        let mut settings = self.config.connection(role, trust);
        if pause {
            settings.timing.init_delay = PAUSE_BEFORE_INIT;
        }
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.link = Some(link);
            settings.known_ship_id = peer.ship_id.clone();
            settings.pin_for_peer = peer.pin.clone();
            settings.wrong_pins = peer.wrong_pins;
            settings.pin_penalty_until = peer.pin_penalty_until;
        }
        entry.keepalive.set(KeepAlive::Ping, now + self.config.ping_every);
        entry.remote = Some(remote);
        entry.phase = Phase::Open(Box::new(Connection::new(settings, now)));
        self.report(now, Some(ski), EventKind::Connected { link, role, remote });
        self.drain(now, link);
    }

    /// Does something to the connection of a link, then carries out what follows.
    pub(super) fn on_connection(
        &mut self,
        now: Time,
        link: LinkId,
        act: impl FnOnce(&mut Connection),
    ) {
        if let Some(connection) = self.links.get_mut(&link).and_then(Link::connection) {
            act(connection);
            self.drain(now, link);
        }
    }

    /// Ends a connection of our own accord; one that is not open yet is let go of.
    pub(super) fn leave(&mut self, now: Time, link: LinkId, act: impl FnOnce(&mut Connection)) {
        if self.is_admitted(link) {
            self.outputs.push_back(Output::Forget { link });
            self.never_opened(now, link);
        } else {
            if let Some(link) = self.links.get_mut(&link) {
                link.leaving = true;
            }
            self.on_connection(now, link, act);
        }
    }

    /// Whether the upgrade of this link is still being answered.
    fn is_admitted(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| matches!(link.phase, Phase::Admitted))
    }

    /// A sign of life: the pong is no longer overdue.
    pub(super) fn alive(&mut self, now: Time, link: LinkId) {
        if let Some(entry) = self.links.get_mut(&link)
            && entry.keepalive.get(KeepAlive::Pong).is_some()
        {
            entry.keepalive.stop(KeepAlive::Pong);
            entry.keepalive.set(KeepAlive::Ping, now + self.config.ping_every);
            self.deadlines.set(Owner::Link(link), entry.deadline());
        }
    }

    /// A timer of a link is due.
    pub(super) fn link_due(&mut self, now: Time, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        match entry.keepalive.take_due(now) {
            Some(KeepAlive::Ping) => {
                entry.keepalive.set(KeepAlive::Pong, now + self.config.pong_within);
                self.outputs.push_back(Output::Ping { link });
            }
            Some(KeepAlive::Pong) => {
                let waited = self.config.pong_within;
                self.transport_closed(now, link, TransportEnd::NoPong { waited });
                return;
            }
            None => {}
        }
        self.on_connection(now, link, |connection| connection.handle_timeout(now));
    }

    /// The transport of a link is gone.
    pub(super) fn transport_closed(&mut self, now: Time, link: LinkId, how: TransportEnd) {
        if self.is_admitted(link) {
            // The upgrade failed: there never was a handshake to end.
            self.never_opened(now, link);
        } else {
            self.on_connection(now, link, |connection| connection.handle_closed(now, how));
        }
    }

    pub(super) fn deny(&mut self, now: Time, ski: Ski) -> Result<(), CommandError> {
        let peer = self.peers.get_mut(&ski).ok_or(CommandError::UnknownPeer(ski))?;
        let pairing = peer.registered && !peer.stored;
        let asks = pairing || peer.link.is_some();
        if !asks || matches!(peer.state, ConnectionState::Completed | ConnectionState::None) {
            return Err(CommandError::NothingToDeny(ski));
        }
        let (link, dial) = (peer.link, peer.dial.take());
        peer.given_up = true;
        if pairing {
            peer.forget();
            self.report(now, Some(ski), EventKind::Unregistered);
        }
        self.deadlines.set(Owner::Attempt(ski), None);
        self.cancel_dial(dial);
        match link {
            Some(link) => self.leave(now, link, |connection| connection.deny(now)),
            None => self.set_state(now, ski, ConnectionState::None),
        }
        self.forget_if_idle(ski);
        Ok(())
    }

    pub(super) fn enter_pin(&mut self, now: Time, ski: Ski, pin: Pin) -> Result<(), CommandError> {
        let peer = self.peers.get_mut(&ski).ok_or(CommandError::UnknownPeer(ski))?;
        let link = peer.link.ok_or(CommandError::NoPinWanted(ski))?;
        let mut wanted = false;
        self.on_connection(now, link, |connection| wanted = connection.enter_pin(now, pin));
        if wanted { Ok(()) } else { Err(CommandError::NoPinWanted(ski)) }
    }

    pub(super) fn send(&mut self, now: Time, ski: Ski, data: Data) -> Result<(), CommandError> {
        let link = self.peers.get(&ski).and_then(|peer| peer.link);
        let link = link.ok_or(CommandError::NotConnected(ski))?;
        let mut sent = false;
        self.on_connection(now, link, |connection| sent = connection.send_data(now, data).is_ok());
        if sent { Ok(()) } else { Err(CommandError::NotConnected(ski)) }
    }

    /// Carries out what a connection wants, and sets its next deadline.
    fn drain(&mut self, now: Time, link: LinkId) {
        while let Some(connection) = self.links.get_mut(&link).and_then(Link::connection) {
            let Some(output) = connection.poll_output() else { break };
            match output {
                handshake::Output::Send(bytes) => {
                    self.outputs.push_back(Output::Transmit { link, bytes });
                }
                handshake::Output::Close { code, reason } => {
                    if let Some(link) = self.links.get_mut(&link) {
                        link.leaving = true;
                    }
                    self.outputs.push_back(Output::Close { link, code, reason });
                }
                handshake::Output::Event(handshake::Event::Ended(end)) => {
                    self.ended(now, link, end);
                    return;
                }
                handshake::Output::Event(event) => self.on_event(now, link, event),
            }
        }
        let deadline = self.links.get(&link).and_then(Link::deadline);
        self.deadlines.set(Owner::Link(link), deadline);
    }

    /// Passes on what a connection says, if it is still the peer's one connection.
    fn on_event(&mut self, now: Time, link: LinkId, event: handshake::Event) {
        use handshake::Event as E;
        let Some(&Link { ski, since, .. }) = self.links.get(&link) else { return };
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.link == Some(link)) else {
            return;
        };
        let kind = match event {
            E::State { protocol, connection } => {
                self.protocol_state(now, link, ski, protocol, connection);
                return;
            }
            E::Completed => {
                peer.reset_attempts();
                peer.ever_completed = true;
                if peer.registered {
                    self.store(ski, true);
                }
                EventKind::Completed { took: now.since(since) }
            }
            E::PeerShipId(ship_id) => {
                let news = peer.ship_id.as_ref() != Some(&ship_id);
                peer.ship_id = Some(ship_id.clone());
                // It may come after Completed: what is stored has to follow.
                if news && peer.registered && peer.state == ConnectionState::Completed {
                    self.store(ski, true);
                }
                EventKind::PeerShipId(ship_id)
            }
            E::WrongPin { count, penalty_until } => {
                peer.wrong_pins = count;
                peer.pin_penalty_until = penalty_until;
                EventKind::WrongPin { count, penalty_until }
            }
            E::RightPin => {
                peer.wrong_pins = 0;
                peer.pin_penalty_until = None;
                EventKind::RightPin
            }
            E::Hello(status) => EventKind::Hello(status),
            E::PinWanted { required, refused, busy } => {
                EventKind::PinWanted { required, refused, busy }
            }
            E::PinAccepted => EventKind::PinAccepted,
            E::Data(data) => EventKind::Data(data),
            E::Remark(remark) => EventKind::Remark(remark),
            E::Ended(_) => return,
        };
        self.report(now, Some(ski), kind);
    }

    fn protocol_state(
        &mut self,
        now: Time,
        link: LinkId,
        ski: Ski,
        protocol: ProtocolState,
        connection: ConnectionState,
    ) {
        self.report(now, Some(ski), EventKind::Protocol { state: protocol });
        if protocol == ProtocolState::HelloAbort
            && let Some(link) = self.links.get_mut(&link)
        {
            link.leaving = true;
        }
        if protocol.is_passed_through() {
            return;
        }
        self.set_state(now, ski, connection);
        if protocol == ProtocolState::HelloPendingListen
            && let Some(remote) = self.links.get(&link).and_then(|link| link.remote)
        {
            self.report(now, Some(ski), EventKind::PairingRequest { remote });
        }
        if protocol == ProtocolState::HelloOk
            && let Some(peer) = self.peers.get_mut(&ski)
            && !peer.registered
        {
            // Let in by the auto-accept window: from now on it is paired.
            peer.registered = true;
            self.report(now, Some(ski), EventKind::Registered);
        }
    }

    /// The cleanup behind a connection: registry, timers, handshake state, report, reconnect.
    fn ended(&mut self, now: Time, link: LinkId, end: End) {
        let Some(Link { ski, role, .. }) = self.links.remove(&link) else { return };
        self.deadlines.set(Owner::Link(link), None);
        self.outputs.push_back(Output::Forget { link });
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.link == Some(link)) else {
            return; // replaced: not the end of the peer
        };
        peer.link = None;
        if peer.dial.is_some() {
            // Our dial is the one that both ends keep: the peer may have seen it before we did and
            // given this one up for it. How the peer is to be judged, the dial will show.
            self.report(now, Some(ski), EventKind::Replaced { link });
            self.enter_initiated(now, ski);
            return;
        }
        let verdict = after_end(&end, role, peer.ever_completed, peer.raced);
        // Somebody asked for a connection while this one was closing, or wants none for now.
        let waits = peer.eager || peer.held;
        match verdict {
            Verdict::RetryAtOnce => peer.raced = true,
            Verdict::Retry => {}
            _ => peer.given_up = !waits,
        }
        let stays = peer.registered && !self.shutdown.is_asked();
        let state = state_after(&end, verdict, peer.state, stays);
        self.report(now, Some(ski), EventKind::Ended { end, verdict });
        self.set_state(now, ski, state);
        if !stays {
            self.set_state(now, ski, ConnectionState::None);
        } else if verdict == Verdict::RetryAtOnce {
            self.set_state(now, ski, ConnectionState::Queued);
            self.dial(now, ski, true);
        } else if verdict == Verdict::Retry || waits {
            self.requeue(now, ski);
        }
        self.forget_if_idle(ski);
    }

    /// An admitted connection whose upgrade never went through, or is no longer wanted.
    fn never_opened(&mut self, now: Time, link: LinkId) {
        let Some(Link { ski, .. }) = self.links.remove(&link) else { return };
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.link == Some(link)) else {
            return;
        };
        peer.link = None;
        if peer.dial.is_none() {
            self.set_state(now, ski, ConnectionState::None);
            self.requeue(now, ski);
        }
        self.forget_if_idle(ski);
    }
}

/// How long to pause before the init at a peer that stumbled over its start-up; 20 ms were enough
/// for every ship-go tried.
const PAUSE_BEFORE_INIT: std::time::Duration = std::time::Duration::from_millis(50);

/// The connection state a connection leaves behind.
fn state_after(
    end: &End,
    verdict: Verdict,
    before: ConnectionState,
    stays: bool,
) -> ConnectionState {
    let denied = ConnectionState::RemoteDeniedTrust;
    match verdict {
        _ if !stays && end.completed => ConnectionState::None,
        // A refusal of a peer that had trusted us already is a fault, or the end of the trust.
        Verdict::PeerRefused if before.may_become(denied) => denied,
        Verdict::WeRefused => ConnectionState::None,
        _ => match &end.cause {
            Cause::Closed { .. } if end.completed && verdict == Verdict::PeerRefused => {
                ConnectionState::None
            }
            Cause::Closed { .. } if end.completed => ConnectionState::Queued,
            Cause::Dropped { .. } | Cause::Closed { by: Side::We, .. } => ConnectionState::None,
            _ => ConnectionState::Error,
        },
    }
}
