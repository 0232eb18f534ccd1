//! What has to hold at every moment of every world.

use std::collections::{HashMap, HashSet};

use shipctl::{
    hub::{Event, EventKind, LinkId, Output},
    proto::{ConnectionState, Ski},
    time::Time,
};

use super::{NodeId, World};

/// More timeouts than this at one instant are a busy loop.
const BUSY: u32 = 50;

/// What one hub said, as far as the laws need it.
#[derive(Default)]
pub(super) struct Laws {
    states: HashMap<Ski, ConnectionState>,
    stopped: bool,
    timeouts: (Time, u32),
    /// Links that began (dialled or admitted) and are not forgotten yet.
    begun: HashSet<LinkId>,
    /// Links let in or with a handshake, that are not on their way out.
    established: HashMap<LinkId, Ski>,
}

impl Laws {
    pub(super) fn new(states: impl Iterator<Item = (Ski, ConnectionState)>) -> Self {
        Self { states: states.collect(), ..Self::default() }
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
            Output::Close { link, .. } if self.begun.contains(link) => {
                self.established.remove(link);
            }
            Output::Transmit { link, .. } | Output::Ping { link } | Output::Close { link, .. } => {
                assert!(self.begun.contains(link), "{link} is over, but {output:?}");
            }
            Output::Forget { link } => {
                self.begun.remove(link);
                self.established.remove(link);
            }
            _ => {}
        }
    }

    /// Every change of state is allowed, and begins where the last one led.
    fn event(&mut self, now: Time, event: &Event) {
        assert_eq!(event.at, now, "an event tells its own time: {event:?}");
        match (event.ski, &event.kind) {
            (Some(ski), EventKind::Connected { link, .. }) => {
                self.established.insert(*link, ski);
            }
            (_, EventKind::Replaced { link }) => {
                self.established.remove(link);
            }
            _ => {}
        }
        let (Some(ski), EventKind::State { from, to }) = (event.ski, &event.kind) else { return };
        let last = self.states.insert(ski, *to).unwrap_or(ConnectionState::None);
        assert_eq!(*from, last, "{now} {ski}: the change to {to} begins elsewhere");
        assert!(from.may_become(*to), "{now} {ski}: {from} must not become {to}");
    }
}

impl World {
    /// Checked whenever a hub has said all it wants.
    pub(super) fn check(&self, id: NodeId) {
        let node = self.hub_node(id);
        for (ski, state) in &node.laws.states {
            assert_eq!(node.hub.state(*ski), *state, "{ski}: told and kept differ");
        }
        if node.laws.stopped {
            assert_eq!(node.hub.poll_timeout(), None, "node {id} waits after its end");
        }
        let mut open = HashSet::new();
        for (link, ski) in &node.laws.established {
            assert!(open.insert(ski), "node {id} has two connections to {ski}, {link} is one");
        }
        let mut dialled = HashSet::new();
        for dial in node.dials.values() {
            assert!(dialled.insert(dial.ski), "node {id} dials {} twice at a time", dial.ski);
        }
    }

    /// Waiting exactly until the deadline was enough, and is not in vain over and over.
    pub(super) fn check_timeout_was_enough(&mut self, id: NodeId) {
        let now = self.now;
        let node = self.hub_mut(id);
        let next = node.hub.poll_timeout();
        assert!(next.is_none_or(|next| next > now), "{now}: node {id} still waits for {next:?}");
        let (at, count) = &mut node.laws.timeouts;
        *count = if *at == now { *count + 1 } else { 1 };
        *at = now;
        assert!(*count <= BUSY, "{now}: node {id} runs in a busy loop");
    }
}
