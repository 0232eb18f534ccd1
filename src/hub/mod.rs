//! Floor 1: the hub's decisions about many peers, without I/O and without a clock.
//!
//! | room | what happens there |
//! |---|---|
//! | [`io`] | what goes in and what comes out |
//! | [`command`], [`event`] | what may be told to the hub, and what it tells |
//! | [`backoff`] | the delays before attempts, and whether there is one |
//! | [`dial`] | how a dial failed |
//! | [`duplicate`] | which of two connections to a peer survives |
//! | `obey` | what each command does |
//! | `attempts`, `slots` | whom to dial, when, and whether there is room |
//! | `connections`, `rivals`, `ends` | a connection's life: let in, decided about, cleaned up behind |
//! | [`shutdown`] | the end of everything, in its phases |
//! | [`history`], [`metrics`], [`snapshot`] | what happened, what was counted, all of it as one value |
//! | [`facts`] | what is known of a connection and of an attempt beside its states |
//! | `judging` | what is found about each peer, from single events and over time |
//! | [`keys`] | peers that change their key |
//! | [`offers`] | asking a peer in SPINE what it offers, and answering it |
//! | `peer`, `link`, `services`, `deadlines` | what it remembers |
//!
//! # Contract
//!
//! One mutation, then drain: after every [`Hub::handle`] and [`Hub::command`], call
//! [`Hub::poll_output`] until it returns `None`; then wait until [`Hub::poll_timeout`] or the next
//! input. Waiting exactly that long is always enough. The outputs are to be carried out in order.

pub mod backoff;
pub mod command;
pub mod config;
pub mod dial;
pub mod duplicate;
pub mod event;
pub mod facts;
pub mod history;
pub mod io;
pub mod metrics;
pub mod offers;
pub mod shutdown;
pub mod snapshot;

mod attempts;
mod connections;
mod deadlines;
mod ends;
mod foresee;
mod json;
mod judging;
pub mod keys;
mod link;
mod obey;
mod peer;
mod rivals;
mod services;
mod slots;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

pub use command::{Command, CommandError, Registration, WrongFingerprint};
pub use config::{Config, Rules};
pub use duplicate::DoubleConnection;
pub use event::{Event, EventKind, Refusal};
pub use io::{Input, LinkId, Opened, Output};
pub use offers::Spine;
pub use shutdown::ShutdownPhase;
pub use snapshot::Snapshot;

use crate::{
    identity::trust::{TrustChange, TrustStore},
    mdns::service::Service,
    proto::{ConnectionState, Ski, handshake::Role, target::Target},
    time::Time,
    trace::Passed,
};
use deadlines::Deadlines;
use judging::Standing;
use link::Link;
use peer::Peer;
use services::{Services, Sighting};
use shutdown::Shutdown;

/// The hub: every peer it has to do with, every connection, and what comes next.
#[derive(Debug)]
pub struct Hub {
    config: Config,
    rng: fastrand::Rng,
    peers: BTreeMap<Ski, Peer>,
    links: HashMap<LinkId, Link>,
    services: Services,
    /// What is written down of the trusted peers.
    trust: TrustStore,
    auto_accept_until: Option<Time>,
    /// Peers to be dialled as soon as there is room, the longest waiting first.
    waiting: VecDeque<Ski>,
    places: slots::Places,
    shutdown: Shutdown,
    counts: metrics::Counts,
    deadlines: Deadlines<Owner>,
    outputs: VecDeque<Output>,
    /// Whether somebody wants to see every message.
    watched: bool,
    last_link: u64,
}

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    /// A peer's next attempt.
    Attempt(Ski),
    /// A link's protocol and keep-alive timers.
    Link(LinkId),
    /// The end of the auto-accept window.
    AutoAccept,
    /// When trusted peers that were never seen are looked for.
    Unseen,
    /// The time limit of the shutdown.
    Shutdown,
}

impl Hub {
    /// A hub that trusts the peers of `trust`. Its random delays follow from `seed`.
    pub fn new(config: Config, trust: &TrustStore, seed: u64) -> Self {
        let mut hub = Self {
            config,
            rng: fastrand::Rng::with_seed(seed),
            peers: BTreeMap::new(),
            links: HashMap::new(),
            services: Services::default(),
            trust: trust.clone(),
            auto_accept_until: None,
            waiting: VecDeque::new(),
            places: Default::default(),
            shutdown: Shutdown::NotAsked,
            counts: Default::default(),
            deadlines: Deadlines::default(),
            outputs: VecDeque::new(),
            watched: false,
            last_link: 0,
        };
        for (ski, trusted) in trust.iter() {
            let address: Option<Target> = trusted.address.as_ref().and_then(|it| it.parse().ok());
            let peer = Peer {
                registered: true,
                stored: true,
                ship_id: trusted.ship_id.clone(),
                pin: trust.pin(ski).cloned(),
                remember_pin: trust.pin(ski).is_some(),
                ever_completed: trusted.last_seen.is_some(),
                passive: !hub.config.dial_stored,
                targets: address.iter().cloned().collect(),
                address,
                state: ConnectionState::Queued,
                ..Peer::new(*ski)
            };
            hub.peers.insert(*ski, peer);
        }
        hub
    }

    /// Begins to dial the trusted peers that need not be seen first: those with a stored address.
    /// To be called once, at the start.
    pub fn begin(&mut self, now: Time) {
        let peers: Vec<Ski> = self.peers.keys().copied().collect();
        for ski in peers {
            self.schedule(now, ski);
        }
        if self.config.discoverable && self.peers.values().any(|peer| peer.registered) {
            self.deadlines.set(Owner::Unseen, Some(now + judging::UNSEEN_AFTER));
        }
    }

    /// A link for an incoming connection; see [`Input::Incoming`].
    pub fn new_link(&mut self) -> LinkId {
        self.last_link += 1;
        LinkId(self.last_link)
    }

    /// Takes in something that happened outside. After [`Output::Stopped`] nothing follows from it.
    pub fn handle(&mut self, now: Time, input: Input) {
        if self.shutdown == Shutdown::Done {
            return;
        }
        match input {
            Input::Seen(service) => self.seen(now, service),
            Input::Gone { instance } => self.gone(now, instance),
            Input::Incoming { link, ski, remote, transport } => {
                self.incoming(now, link, ski, remote, transport);
            }
            Input::Accepted { link } => self.accepted(now, link),
            Input::Dialled { link, result } => self.dialled(now, link, result),
            Input::Dialling { link, target, address, stage } => {
                self.dialling(now, link, &target, address, stage);
            }
            Input::Message { link, bytes } => {
                self.passed(now, link, false, &bytes);
                self.alive(now, link);
                self.on_connection(now, link, |connection| connection.handle_message(now, &bytes));
            }
            Input::Text { link } => {
                self.on_connection(now, link, |connection| connection.handle_text(now));
            }
            Input::Pong { link } => self.alive(now, link),
            Input::Closed { link, how } => self.transport_closed(now, link, how),
            Input::ListeningStopped => self.phase_done(now, ShutdownPhase::StopListening),
            Input::Withdrawn => self.phase_done(now, ShutdownPhase::Withdraw),
            Input::Timeout => self.timeout(now),
        }
        self.follow_up(now);
    }

    /// Does what somebody asks for.
    ///
    /// # Errors
    ///
    /// Tells why it does not; then nothing has changed.
    pub fn command(&mut self, now: Time, mut command: Command) -> Result<(), CommandError> {
        if let Some(ski) = command.peer_mut() {
            *ski = self.owner_of(*ski);
        }
        if self.shutdown.is_asked() && !matches!(command, Command::Shutdown) {
            return Err(CommandError::ShuttingDown);
        }
        self.obey(now, command)?;
        self.follow_up(now);
        Ok(())
    }

    /// Whether to tell of every message as [`Output::Message`] from now on; off at the start.
    pub fn watch_messages(&mut self, watched: bool) {
        self.watched = watched;
    }

    /// The next thing to do outside.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Hub::handle`] with [`Input::Timeout`] at the latest.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadlines.next()
    }

    /// The connection state of a peer.
    pub fn state(&self, ski: Ski) -> ConnectionState {
        self.peers.get(&ski).map_or(ConnectionState::None, |peer| peer.state)
    }

    /// The services seen now, by their instance.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.all().map(|seen| &seen.service)
    }

    fn timeout(&mut self, now: Time) {
        while let Some(owner) = self.deadlines.take_due(now) {
            match owner {
                Owner::Attempt(ski) => self.attempt_due(now, ski),
                Owner::Link(link) => self.link_due(now, link),
                Owner::Unseen => self.judge_unseen(now),
                Owner::AutoAccept => self.auto_accept(now, Duration::ZERO),
                Owner::Shutdown => self.phase_overran(now),
            }
        }
    }

    /// What every change may lead to.
    fn follow_up(&mut self, now: Time) {
        self.fill_room(now);
        self.finish_shutdown(now);
    }

    fn report(&mut self, at: Time, ski: Option<Ski>, kind: EventKind) {
        let event = Event { at, ski, kind };
        let mut found = None;
        let peer = ski.and_then(|ski| self.peers.get_mut(&ski));
        let we_dialled = peer.as_ref().is_some_and(|peer| peer.record.judged.we_dialled());
        self.counts.note(&event, we_dialled);
        if let Some(peer) = peer {
            let with = Standing::with(&self.config, peer);
            peer.record.note(&event, peer.state, self.config.history_kept);
            found = peer.record.judged.take(&event, with, self.config.findings_kept);
            peer.facts.note(&event);
            self.counts.short_lived(peer.record.judged.take_short_lived());
        }
        self.outputs.push_back(Output::Event(event));
        if let Some((ski, finding)) = ski.zip(found) {
            self.found(at, ski, finding);
        }
    }

    /// Tells of a message, if anybody wants to see it.
    fn passed(&mut self, now: Time, link: LinkId, sent: bool, bytes: &[u8]) {
        if let (true, Some(ski)) = (self.watched, self.link_ski(link)) {
            let passed = Passed::new(now, ski, link.0, sent, bytes);
            self.outputs.push_back(Output::Message(Box::new(passed)));
        }
    }

    /// Changes the state of a peer, and says so.
    fn set_state(&mut self, now: Time, ski: Ski, to: ConnectionState) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let from = peer.state;
        if from == to {
            return;
        }
        debug_assert!(from.may_become(to), "{ski}: {from} must not become {to}");
        peer.state = to;
        self.report(now, Some(ski), EventKind::State { from, to });
    }

    /// Writes down a change of trust.
    fn write_down(&mut self, now: Time, change: TrustChange) {
        let elapsed = i64::try_from(now.since_origin().as_secs()).unwrap_or(i64::MAX);
        self.trust.apply(&change, self.config.origin_unix.saturating_add(elapsed));
        self.outputs.push_back(Output::Store(change));
    }

    /// Writes down what is known of a trusted peer.
    fn store(&mut self, now: Time, ski: Ski, seen: bool) {
        let name = self.announced_name(ski);
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.stored = true;
        let change = TrustChange::Trust {
            ski,
            ship_id: peer.ship_id.clone(),
            name,
            address: peer.address.as_ref().map(ToString::to_string),
            seen,
        };
        self.write_down(now, change);
    }

    /// What a peer that is seen calls itself.
    fn announced_name(&self, ski: Ski) -> Option<String> {
        self.services.of(ski).next().map(Service::name)
    }

    /// Drops a peer nothing has to be remembered of.
    fn forget_if_idle(&mut self, ski: Ski) {
        if self.peers.get(&ski).is_some_and(Peer::is_forgettable) {
            self.peers.remove(&ski);
            self.deadlines.set(Owner::Attempt(ski), None);
        }
    }

    /// The peer of a link.
    pub fn link_ski(&self, link: LinkId) -> Option<Ski> {
        self.links.get(&link).map(|link| link.ski)
    }

    fn link_role(&self, link: LinkId) -> Option<Role> {
        self.links.get(&link).map(|link| link.role)
    }
}
