//! Floor 1: the hub's decisions about many peers, without I/O and without a clock.
//!
//! | room | what happens there |
//! |---|---|
//! | [`io`] | what goes in and what comes out |
//! | [`command`], [`event`] | what may be told to the hub, and what it tells |
//! | [`backoff`] | the delays before attempts, and whether there is one |
//! | [`dial`] | how a dial failed |
//! | [`duplicate`] | which of two connections to a peer survives |
//! | `attempts`, `connections`, `shutdown` | the three things the hub does, each beside its rules |
//! | `peer`, `link`, `deadlines` | what it remembers |
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
pub mod io;

mod attempts;
mod connections;
mod deadlines;
mod foresee;
mod link;
mod peer;
mod shutdown;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

pub use command::{Command, CommandError, Registration};
pub use config::Config;
pub use event::{Event, EventKind, Refusal};
pub use io::{Input, LinkId, Output};

use crate::{
    identity::trust::{TrustChange, TrustStore},
    mdns::service::Service,
    proto::{ConnectionState, Ski, handshake::Role},
    time::Time,
};
use deadlines::Deadlines;
use link::Link;
use peer::Peer;
use shutdown::Shutdown;

/// The hub: every peer it has to do with, every connection, and what comes next.
#[derive(Debug)]
pub struct Hub {
    config: Config,
    rng: fastrand::Rng,
    peers: BTreeMap<Ski, Peer>,
    links: HashMap<LinkId, Link>,
    services: BTreeMap<String, Service>,
    auto_accept_until: Option<Time>,
    shutdown: Shutdown,
    deadlines: Deadlines<Owner>,
    outputs: VecDeque<Output>,
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
            services: BTreeMap::new(),
            auto_accept_until: None,
            shutdown: Shutdown::NotAsked,
            deadlines: Deadlines::default(),
            outputs: VecDeque::new(),
            last_link: 0,
        };
        for (ski, trusted) in trust.iter() {
            let peer = Peer {
                registered: true,
                stored: true,
                ship_id: trusted.ship_id.clone(),
                ever_completed: trusted.last_seen.is_some(),
                passive: !hub.config.dial_stored,
                targets: trusted.address.iter().filter_map(|a| a.parse().ok()).collect(),
                state: ConnectionState::Queued,
                ..Peer::new(*ski)
            };
            hub.peers.insert(*ski, peer);
        }
        hub
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
            Input::Incoming { link, ski, remote } => self.incoming(now, link, ski, remote),
            Input::Accepted { link } => self.accepted(now, link),
            Input::Dialled { link, result } => self.dialled(now, link, result),
            Input::Message { link, bytes } => {
                self.alive(now, link);
                self.on_connection(now, link, |connection| connection.handle_message(now, &bytes));
            }
            Input::Text { link } => {
                self.on_connection(now, link, |connection| connection.handle_text(now));
            }
            Input::Pong { link } => self.alive(now, link),
            Input::Closed { link, how } => self.transport_closed(now, link, how),
            Input::Timeout => self.timeout(now),
        }
        self.finish_shutdown();
    }

    /// Does what somebody asks for.
    ///
    /// # Errors
    ///
    /// Tells why it does not; then nothing has changed.
    pub fn command(&mut self, now: Time, command: Command) -> Result<(), CommandError> {
        if self.shutdown.is_asked() && !matches!(command, Command::Shutdown) {
            return Err(CommandError::ShuttingDown);
        }
        match command {
            Command::Register(registration) => self.register(now, registration)?,
            Command::Unregister { ski } => self.unregister(now, ski)?,
            Command::Disconnect { ski } => self.disconnect(now, ski)?,
            Command::Connect { ski } => self.connect(now, ski)?,
            Command::Deny { ski } => self.deny(now, ski)?,
            Command::AutoAccept { duration } => self.auto_accept(now, duration),
            Command::Rename { ski, name } => self.rename(ski, name)?,
            Command::EnterPin { ski, pin } => self.enter_pin(now, ski, pin)?,
            Command::Send { ski, data } => self.send(now, ski, data)?,
            Command::Shutdown => self.begin_shutdown(now),
        }
        self.finish_shutdown();
        Ok(())
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

    /// The services seen now.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    fn timeout(&mut self, now: Time) {
        while let Some(owner) = self.deadlines.take_due(now) {
            match owner {
                Owner::Attempt(ski) => self.attempt_due(now, ski),
                Owner::Link(link) => self.link_due(now, link),
                Owner::AutoAccept => self.auto_accept(now, Duration::ZERO),
                Owner::Shutdown => self.force_shutdown(now),
            }
        }
    }

    fn auto_accept(&mut self, now: Time, duration: Duration) {
        let until = (!duration.is_zero()).then(|| now + duration);
        self.auto_accept_until = until;
        self.deadlines.set(Owner::AutoAccept, until);
        self.outputs.push_back(Output::Announce { register: until.is_some() });
        self.report(now, None, EventKind::AutoAccept { until });
    }

    fn report(&mut self, at: Time, ski: Option<Ski>, kind: EventKind) {
        self.outputs.push_back(Output::Event(Event { at, ski, kind }));
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

    /// Writes down what is known of a trusted peer.
    fn store(&mut self, ski: Ski, seen: bool) {
        let name = self.announced_name(ski);
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.stored = true;
        self.outputs.push_back(Output::Store(TrustChange::Trust {
            ski,
            ship_id: peer.ship_id.clone(),
            name,
            address: peer.targets.first().map(ToString::to_string),
            seen,
        }));
    }

    /// What a peer that is seen calls itself.
    fn announced_name(&self, ski: Ski) -> Option<String> {
        self.services.values().find(|s| s.txt.ski == Some(ski)).map(Service::name)
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
