//! What has to hold at every moment of every world. A broken law is a panic that tells which.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{NodeId, World};
use crate::{
    hub::{
        Command, Event, EventKind, Hub, LinkId, Output,
        backoff::{Backoff, SLOW_CEILING},
    },
    proto::{ConnectionState, Ski},
    time::Time,
};

/// More timeouts than this at one instant are a busy loop.
const BUSY: u32 = 50;

/// A shutdown takes no longer, whatever hangs.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(10);

/// What one hub said, as far as the laws need it.
#[derive(Debug, Default)]
pub(super) struct Laws {
    states: HashMap<Ski, ConnectionState>,
    stopped: bool,
    timeouts: (Time, u32),
    /// Links that began (dialled or admitted) and are not forgotten yet.
    begun: HashSet<LinkId>,
    /// The one connection of each peer that was told of and neither ended nor was replaced.
    established: HashMap<Ski, LinkId>,
    /// Who was registered, by command or by a window that was open when it connected.
    registered: HashSet<Ski>,
    /// Until when the auto-accept window was open last, and since when each peer is connected.
    window_until: Time,
    connected_at: HashMap<Ski, Time>,
    /// Who came to trust in what was said since the last check.
    trusting: Vec<Ski>,
    /// The number of the last attempt since the counter was reset.
    attempts: HashMap<Ski, u32>,
    /// When the next attempt at each peer was said to be due.
    due: HashMap<Ski, Time>,
    backoff: Backoff,
    connections: usize,
}

impl Laws {
    /// The laws for a hub that begins with these peers.
    pub(super) fn new(states: impl Iterator<Item = (Ski, ConnectionState)>) -> Self {
        let states: HashMap<_, _> = states.collect();
        Self { registered: states.keys().copied().collect(), states, ..Self::default() }
    }

    /// Whether the hub has told its end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Somebody is about to tell the hub something.
    pub(super) fn told(&mut self, command: &Command) {
        match command {
            Command::Register(wish) => {
                self.registered.insert(wish.ski);
            }
            // Nobody else may be accepted.
            Command::Accept { ski }
                if self.states.get(ski) == Some(&ConnectionState::ReceivedPairingRequest) =>
            {
                self.registered.insert(*ski);
            }
            Command::Connect { ski } => {
                self.attempts.remove(ski);
            }
            _ => {}
        }
    }

    /// The laws of a single output.
    pub(super) fn output(&mut self, now: Time, output: &Output) {
        assert!(!self.stopped, "an output follows Stopped: {output:?}");
        match output {
            Output::Event(event) => self.event(now, event),
            Output::Stopped { .. } => self.stopped = true,
            Output::Dial { link, .. } | Output::Admit { link } => {
                assert!(self.begun.insert(*link), "{link} begins twice");
            }
            Output::Transmit { link, .. } | Output::Ping { link } | Output::Close { link, .. } => {
                assert!(self.begun.contains(link), "{link} is over, but {output:?}");
            }
            Output::Forget { link } => {
                self.begun.remove(link);
            }
            _ => {}
        }
    }

    fn event(&mut self, now: Time, event: &Event) {
        assert_eq!(event.at, now, "an event tells its own time: {event:?}");
        match event.kind {
            EventKind::AutoAccept { until } => self.window_until = until.unwrap_or(now),
            EventKind::ShutDown { took, .. } => {
                assert!(took <= SHUTDOWN_WITHIN, "{now}: the shutdown took {took:?}");
            }
            _ => {}
        }
        let Some(ski) = event.ski else { return };
        match &event.kind {
            EventKind::State { from, to } => self.state(now, ski, *from, *to),
            EventKind::Registered => self.registers(now, ski),
            EventKind::Unregistered => {
                self.registered.remove(&ski);
                self.attempts.remove(&ski);
            }
            EventKind::Connected { link, .. } => {
                let other = self.established.insert(ski, *link);
                assert_eq!(other, None, "{now} {ski}: {link} is its second connection");
                self.connected_at.insert(ski, now);
            }
            // A connection that was replaced is not the peer's end, nor is that told twice.
            EventKind::Replaced { link } if self.established.get(&ski) == Some(link) => {
                self.established.remove(&ski);
            }
            EventKind::Ended { end, .. } => {
                let ended = self.established.remove(&ski);
                assert!(ended.is_some(), "{now} {ski}: no connection of it ended: {end:?}");
            }
            EventKind::Completed { .. } => {
                self.attempts.remove(&ski);
            }
            EventKind::AttemptScheduled { number, delay, because } => {
                let range = self.backoff.range(*number);
                let longest = because.map_or(range.end, |_| SLOW_CEILING.max(range.end));
                let is_lawful = range.start <= *delay && *delay <= longest;
                assert!(is_lawful, "{now} {ski}: attempt {number} after {delay:?} ({because:?})");
                self.due.insert(ski, now + *delay);
            }
            EventKind::AttemptStarted { number, .. } => self.attempt(now, ski, *number),
            _ => {}
        }
    }

    /// Every change of state is allowed, and begins where the last one led.
    fn state(&mut self, now: Time, ski: Ski, from: ConnectionState, to: ConnectionState) {
        use ConnectionState::{Completed, Pin, Trusted};
        let last = self.states.insert(ski, to).unwrap_or(ConnectionState::None);
        assert_eq!(from, last, "{now} {ski}: the change to {to} begins elsewhere");
        assert!(from.may_become(to), "{now} {ski}: {from} must not become {to}");
        if matches!(to, Trusted | Pin | Completed) {
            self.trusting.push(ski);
        }
    }

    /// Nobody is registered but by command, or by a window open when or after it connected.
    fn registers(&mut self, now: Time, ski: Ski) {
        let by_window = self.connected_at.get(&ski).is_some_and(|at| *at <= self.window_until);
        let by_whom = self.registered.contains(&ski) || by_window;
        assert!(by_whom, "{now} {ski}: nobody registered it");
        self.registered.insert(ski);
        self.attempts.remove(&ski);
    }

    /// Attempts are counted one by one from 1; one more after a start-up race is not counted.
    fn attempt(&mut self, now: Time, ski: Ski, number: u32) {
        let last = self.attempts.insert(ski, number).unwrap_or(0);
        let follows = number == last + 1 || number == last.max(1);
        assert!(follows, "{now} {ski}: attempt {number} follows attempt {last}");
    }

    /// What holds whenever the hub has said all it wants.
    fn drained(&mut self, now: Time, hub: &Hub, limit: usize) {
        for (ski, state) in &self.states {
            assert_eq!(hub.state(*ski), *state, "{ski}: told and kept differ");
        }
        for ski in self.trusting.drain(..) {
            assert!(self.registered.contains(&ski), "{ski} came to trust, but nobody trusts it");
        }
        // Whoever still waits for an attempt behind its time is not dialled when that was said.
        for (ski, due) in self.due.extract_if(|_, due| *due < now) {
            let waits_for = hub.peer(now, ski).and_then(|peer| peer.next_attempt);
            assert_ne!(waits_for, Some(due), "{now} {ski}: the attempt is overdue");
        }
        let (before, connections) = (self.connections, hub.connections());
        self.connections = connections;
        let grew_within = connections <= limit.max(before);
        assert!(grew_within, "{connections} connections after {before}; the limit is {limit}");
        if self.stopped {
            assert_eq!(hub.poll_timeout(), None, "it waits after its end");
        }
    }

    /// Waiting exactly until the deadline was enough, and is not in vain over and over.
    fn timed_out(&mut self, now: Time, next: Option<Time>) {
        assert!(next.is_none_or(|next| next > now), "{now}: it still waits for {next:?}");
        let (at, count) = &mut self.timeouts;
        *count = if *at == now { *count + 1 } else { 1 };
        *at = now;
        assert!(*count <= BUSY, "{now}: a busy loop");
    }
}

impl World {
    /// Checked whenever a hub has said all it wants.
    pub(super) fn check(&mut self, id: NodeId) {
        let now = self.now;
        let node = self.hub_mut(id);
        let limit = node.limit;
        node.laws.drained(now, &node.hub, limit);
        let mut dialled = HashSet::new();
        for dial in node.dials.values() {
            assert!(dialled.insert(dial.ski), "node {id} dials {} twice at a time", dial.ski);
        }
    }

    pub(super) fn check_timeout_was_enough(&mut self, id: NodeId) {
        let now = self.now;
        let node = self.hub_mut(id);
        node.laws.timed_out(now, node.hub.poll_timeout());
    }

    /// No connection is still on its way out, a minute after the last one began.
    ///
    /// # Panics
    ///
    /// If one is.
    pub fn check_nothing_lingers(&self, id: NodeId) {
        let links = self.hub_node(id).hub.snapshot(self.now).links;
        let lingers = links.iter().find(|link| link.leaving && link.age > Duration::from_secs(60));
        assert!(lingers.is_none(), "node {id}: {lingers:?}");
    }

    /// Nothing a hub keeps has grown beyond what its peers and settings call for.
    ///
    /// # Panics
    ///
    /// If something has.
    pub fn check_sizes(&self, id: NodeId) {
        let node = self.hub_node(id);
        let snapshot = node.hub.snapshot(self.now);
        let nodes = self.nodes.len();
        assert!(snapshot.peers.len() < nodes, "{} peers", snapshot.peers.len());
        // One connection, one dial or waiting connection, and those on their way out.
        assert!(snapshot.links.len() <= 4 * nodes, "{:?}", snapshot.links);
        for peer in &snapshot.peers {
            assert!(peer.history.len() <= node.config.history_kept);
            assert!(peer.findings.len() <= node.config.findings_kept);
        }
    }
}
