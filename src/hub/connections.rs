//! Connections: taking them in, listening to them, and cleaning up behind them.

use std::net::SocketAddr;

use super::{
    EventKind, Hub, LinkId, Output, Owner, Refusal,
    duplicate::Resolution,
    facts::{ConnectionFacts, TransportFacts},
    link::{KeepAlive, Link, Phase},
    peer::Peer,
};
use crate::{
    checks::transport,
    proto::{
        ConnectionState, ProtocolState, Ski,
        handshake::{self, Connection, Role, TransportEnd, Trust},
    },
    time::Time,
};

impl Hub {
    /// Decides about an incoming connection before its upgrade is answered.
    pub(super) fn incoming(
        &mut self,
        now: Time,
        link: LinkId,
        shown: Ski,
        remote: SocketAddr,
        transport: Box<TransportFacts>,
    ) {
        let ski = self.owner_of(shown);
        if let Some(why) = self.refusal(ski) {
            self.report(now, Some(ski), EventKind::Refused { remote, why });
            self.outputs.push_back(Output::Refuse { link });
            return;
        }
        let resolution = self.make_way(now, ski, (link, Role::Server));
        let asking = Link::new(ski, Role::Server, now, Phase::Asking);
        let transport = Some(transport);
        self.links.insert(link, Link { shown, remote: Some(remote), transport, ..asking });
        match resolution {
            Resolution::New => self.admit(now, link, ski, remote),
            Resolution::OldIfAlive | Resolution::PeerDecides => self.keep_rival(now, ski, link),
        }
    }

    /// Why an incoming connection is turned away, if it is.
    fn refusal(&self, ski: Ski) -> Option<Refusal> {
        if self.shutdown.is_asked() {
            Some(Refusal::ShuttingDown)
        } else if ski == self.config.ski {
            Some(Refusal::OwnSki)
        } else if self.peers.get(&ski).is_some_and(|peer| peer.held) {
            Some(Refusal::Held)
        } else if !self.has_room(ski) {
            Some(Refusal::Limit)
        } else if self.is_stranger(ski) && !self.has_room_for_stranger(ski) {
            Some(Refusal::Strangers)
        } else {
            None
        }
    }

    /// Lets an incoming connection in. Our own dial goes on: it may be the one both ends keep.
    pub(super) fn admit(&mut self, now: Time, link: LinkId, ski: Ski, remote: SocketAddr) {
        self.leave_queue(ski);
        self.deadlines.set(Owner::Attempt(ski), None);
        let is_new = !self.peers.contains_key(&ski);
        self.peers.entry(ski).or_insert_with(|| Peer::new(ski)).next_attempt = None;
        if is_new {
            self.judge_records(now, ski);
        }
        self.set_link(ski, Some(link));
        self.enter_initiated(now, ski);
        let asking = self.links.remove(&link);
        let shown = asking.as_ref().map_or(ski, |asking| asking.shown);
        let transport = asking.and_then(|asking| asking.transport);
        let admitted = Link::new(ski, Role::Server, now, Phase::Admitted);
        self.links.insert(link, Link { shown, remote: Some(remote), transport, ..admitted });
        self.outputs.push_back(Output::Admit { link });
    }

    /// The upgrade of an admitted connection went through.
    pub(super) fn accepted(&mut self, now: Time, link: LinkId) {
        let Some(&Link { ski, phase: Phase::Admitted, remote: Some(remote), .. }) =
            self.links.get(&link)
        else {
            self.outputs.push_back(Output::Forget { link });
            return;
        };
        let trust =
            if !self.is_stranger(ski) || self.auto_accept_until.is_some_and(|until| now < until) {
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
        // Under its other key a peer is asked for all it has: the key before may be retired.
        let keys = self.trust.get(&ski).and_then(|trusted| trusted.keys);
        let known = keys.filter(|_| entry.shown == ski);
        settings.known_update_counter = known.map_or(0, |keys| keys.update_counter);
        let shown = entry.transport.as_deref().map(transport::transport).unwrap_or_default();
        if pause {
            settings.timing.init_delay = PAUSE_BEFORE_INIT;
        }
        if let Some(peer) = self.peers.get_mut(&ski) {
            peer.facts.opened(ConnectionFacts {
                link: link.0,
                we_dialled: role == Role::Client,
                remote,
                since: now,
                until: None,
                transport: entry.transport.take().map_or_else(Default::default, |facts| *facts),
                version: None,
                format: None,
                ship_id: None,
            });
            settings.known_ship_id = peer.ship_id.clone();
            settings.pin_for_peer = peer.pin.clone().or(self.config.pin_for_trusted.clone());
            settings.wrong_pins = peer.wrong_pins;
            settings.pin_penalty_until = peer.pin_penalty_until;
        }
        entry.keepalive.set(KeepAlive::Ping, now + self.config.ping_every);
        entry.remote = Some(remote);
        entry.phase = Phase::Open(Box::new(Connection::new(settings, now)));
        self.set_link(ski, Some(link));
        self.report(now, Some(ski), EventKind::Connected { link, role, remote });
        self.judge_transport(now, ski, shown);
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
            self.close_announced(now, link);
        }
    }

    /// The handshake was complete, and from now on we only wait for the other side to confirm the
    /// close: nobody is to see the device as connected any more.
    fn close_announced(&mut self, now: Time, link: LinkId) {
        let Some(&Link { ski, .. }) = self.links.get(&link) else { return };
        let Some(peer) = self.peers.get(&ski).filter(|peer| peer.link == Some(link)) else {
            return;
        };
        if peer.state == ConnectionState::Completed {
            let stays = peer.registered && !self.shutdown.is_asked();
            let next = if stays { ConnectionState::Queued } else { ConnectionState::None };
            self.set_state(now, ski, next);
        }
    }

    /// Whether the upgrade of this link is still being answered.
    fn is_admitted(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| matches!(link.phase, Phase::Admitted))
    }

    /// A sign of life: the pong is no longer overdue.
    pub(super) fn alive(&mut self, now: Time, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let ski = entry.ski;
        if entry.alive(now + self.config.ping_every) {
            self.deadlines.set(Owner::Link(link), entry.deadline());
            if self.peers.get(&ski).is_some_and(|peer| peer.link == Some(link)) {
                self.old_one_lives(now, ski);
            }
        }
    }

    /// A timer of a link is due.
    pub(super) fn link_due(&mut self, now: Time, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        match entry.keepalive.take_due(now) {
            Some(KeepAlive::Ping) => {
                entry.await_pong(now, self.config.pong_within);
                self.outputs.push_back(Output::Ping { link });
            }
            Some(KeepAlive::Pong) => {
                let waited = self.config.pong_within;
                return self.transport_closed(now, link, TransportEnd::NoPong { waited });
            }
            Some(KeepAlive::Decide) => self.ask_both(now, link),
            Some(KeepAlive::Settle) => return self.settle(now, link),
            Some(KeepAlive::AskAgain) => self.ask_again(now, link),
            Some(KeepAlive::Partial) => self.tell_partial_offers(now, link),
            Some(KeepAlive::Offers) => self.judge_offers(now, link),
            None => {}
        }
        self.on_connection(now, link, |connection| connection.handle_timeout(now));
        let deadline = self.links.get(&link).and_then(Link::deadline);
        self.deadlines.set(Owner::Link(link), deadline);
    }

    /// Carries out what a connection wants, and sets its next deadline.
    fn drain(&mut self, now: Time, link: LinkId) {
        while let Some(connection) = self.links.get_mut(&link).and_then(Link::connection) {
            let Some(output) = connection.poll_output() else { break };
            match output {
                handshake::Output::Send(bytes) => {
                    self.passed(now, link, true, &bytes);
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
        let Some(&Link { mut ski, since, .. }) = self.links.get(&link) else { return };
        let is_the_one = self.peers.get(&ski).is_some_and(|peer| peer.link == Some(link));
        let approved = matches!(event, E::State { protocol: ProtocolState::Approved, .. });
        if is_the_one && approved {
            let Some(followed) = self.follow_key(now, link) else { return };
            ski = followed;
        }
        let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.link == Some(link)) else {
            return;
        };
        let kind = match event {
            E::State { protocol, connection } => {
                self.protocol_state(now, link, ski, protocol, connection);
                return;
            }
            E::Completed => {
                self.outputs.push_back(Output::Widen { link });
                peer.reset_attempts();
                peer.ever_completed = true;
                peer.on_probation = false;
                if peer.registered {
                    let id = peer.ship_id.clone();
                    self.store(now, ski, true);
                    self.judge_other_ski(now, ski, id.as_ref());
                    self.remember_pin(now, ski);
                }
                EventKind::Completed { took: now.since(since) }
            }
            E::PeerShipId(ship_id) => {
                self.judge_ship_id(now, ski, &ship_id);
                let Some(peer) = self.peers.get_mut(&ski) else { return };
                let news = peer.ship_id.as_ref() != Some(&ship_id);
                peer.ship_id = Some(ship_id.clone());
                // It may come after Completed: what is stored has to follow.
                if news && peer.registered && peer.state == ConnectionState::Completed {
                    self.store(now, ski, true);
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
            E::PinWanted { required, refused, wrong, busy } => {
                if refused {
                    self.pin_was_refused(now, ski);
                } else if !busy && let Some(pin) = peer.pin.clone() {
                    // It was given after the connection had begun.
                    return self.on_connection(now, link, |connection| {
                        connection.enter_pin(now, pin);
                    });
                }
                EventKind::PinWanted { required, refused, wrong, busy }
            }
            E::PinAccepted => EventKind::PinAccepted,
            E::Data(data) => {
                let taken = self.hear(link, &data);
                self.report(now, Some(ski), EventKind::Data(data));
                self.respond(now, link, ski, taken);
                return;
            }
            E::KeyMaterial(state) => return self.key_material(now, link, ski, &state),
            E::Remark(remark) => EventKind::Remark(remark),
            E::Ended(_) => return,
        };
        let completed = matches!(kind, EventKind::Completed { .. });
        self.report(now, Some(ski), kind);
        if completed {
            self.begin_speaking(now, link);
        }
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
        if matches!(protocol, ProtocolState::ProtClientOk | ProtocolState::ProtServerOk)
            && let Some(connection) = self.links.get_mut(&link).and_then(Link::connection)
            && let Some(version) = connection.version()
            && let Some(peer) = self.peers.get_mut(&ski)
        {
            peer.facts.agreed(version);
        }
        if protocol == ProtocolState::HelloOk
            && let Some(peer) = self.peers.get_mut(&ski)
            && !peer.registered
        {
            // Let in as one to accept, or by the auto-accept window: paired from now on, for good once it completes.
            peer.registered = true;
            peer.on_probation = true;
            self.note_place(ski);
            self.report(now, Some(ski), EventKind::Registered);
        }
    }
}

/// How long to pause before the init at a peer that stumbled over its start-up; 20 ms were enough
/// for every ship-go tried.
const PAUSE_BEFORE_INIT: std::time::Duration = std::time::Duration::from_millis(50);
