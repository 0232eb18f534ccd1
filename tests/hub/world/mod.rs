//! A small virtual world: hubs and scripted peers, one clock, one network.
//!
//! Everything that will happen lies in one queue, in the order of its time; the clock jumps to the
//! earliest of it, or to the earliest deadline of a hub. All chance comes from one seed, so a world
//! is repeated by its seed. [`laws`] are checked at every step.
//!
//! | room | what happens there |
//! |---|---|
//! | `net` | dials, wires, frames; what a hub wants done is done here |
//! | `script` | peers that say what a test wants them to say |
//! | [`laws`] | what has to hold at every moment, whatever the test |
//! | `ask` | what a test does to a world, and what it asks about it |

mod ask;
mod laws;
mod net;
mod script;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    ops::RangeInclusive,
    time::Duration,
};

use shipctl::{
    hub::{Config, Event, Hub, Input, LinkId, Output},
    identity::trust::{TrustChange, TrustStore},
    proto::{ShipId, Ski},
    time::Time,
};

pub(crate) use ask::{kinds, secs};
pub(crate) use net::Place;
pub(crate) use script::{Heard, Say};

/// A node, by its number in the order of creation.
pub(crate) type NodeId = usize;

/// A world; see the module.
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) rng: fastrand::Rng,
    /// How long a frame, a dial's step or an upgrade takes, in milliseconds, drawn for each.
    pub(crate) delay: RangeInclusive<u64>,
    nodes: Vec<Node>,
    wires: Vec<net::Wire>,
    places: HashMap<SocketAddr, Place>,
    queue: BTreeMap<(Time, u64), net::Happening>,
    serial: u64,
}

/// One node: a hub or a scripted peer.
pub(crate) struct Node {
    pub(crate) ski: Ski,
    pub(crate) address: SocketAddr,
    /// Answers neither pings nor closes.
    pub(crate) mute: bool,
    listening: bool,
    who: Who,
}

enum Who {
    Hub(Box<HubNode>),
    Script(script::Script),
}

/// A hub, what exists outside for its links, and everything it said.
struct HubNode {
    hub: Hub,
    dials: BTreeMap<LinkId, net::Dial>,
    ends: BTreeMap<LinkId, net::EndAt>,
    events: Vec<Event>,
    outputs: Vec<(Time, Output)>,
    stored: Vec<TrustChange>,
    laws: laws::Laws,
    config: Config,
    /// What was on the disk at the start.
    disk: TrustStore,
}

impl HubNode {
    fn start(config: Config, disk: TrustStore, seed: u64) -> Self {
        let hub = Hub::new(config.clone(), &disk, seed);
        let laws = laws::Laws::new(disk.iter().map(|(ski, _)| (*ski, hub.state(*ski))));
        Self {
            hub,
            dials: BTreeMap::new(),
            ends: BTreeMap::new(),
            events: Vec::new(),
            outputs: Vec::new(),
            stored: Vec::new(),
            laws,
            config,
            disk,
        }
    }
}

impl World {
    /// An empty world in which everything takes a millisecond.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now: Time::ORIGIN,
            rng: fastrand::Rng::with_seed(seed),
            delay: 1..=1,
            nodes: Vec::new(),
            wires: Vec::new(),
            places: HashMap::new(),
            queue: BTreeMap::new(),
            serial: 0,
        }
    }

    /// Adds a hub with the default settings, changed by `change`. `tag` fills its SKI.
    pub(crate) fn hub(&mut self, tag: u8, change: impl FnOnce(&mut Config)) -> NodeId {
        self.hub_that_trusts(tag, &TrustStore::default(), change)
    }

    /// Adds a hub that begins with this trust.
    pub(crate) fn hub_that_trusts(
        &mut self,
        tag: u8,
        trust: &TrustStore,
        change: impl FnOnce(&mut Config),
    ) -> NodeId {
        let (ski, ship_id) = (ski(tag), ship_id(tag));
        let mut config = Config::new(ski, ship_id);
        change(&mut config);
        let node = HubNode::start(config, trust.clone(), self.rng.u64(..));
        self.node(tag, Who::Hub(Box::new(node)))
    }

    /// Power fails at a hub, and it starts again with what is on its disk. Nobody is told.
    pub(crate) fn restart(&mut self, id: NodeId) {
        self.vanish(id);
        let seed = self.rng.u64(..);
        let node = self.hub_mut(id);
        let mut disk = node.disk.clone();
        for change in &node.stored {
            disk.apply(change, 0);
        }
        *node = HubNode::start(node.config.clone(), disk, seed);
        self.nodes[id].listening = true;
    }

    /// Adds a scripted peer: what it hears on its n-th connection (from 0), and what it says then.
    pub(crate) fn script(
        &mut self,
        tag: u8,
        answer: impl FnMut(usize, &Heard) -> Vec<Say> + 'static,
    ) -> NodeId {
        self.node(tag, Who::Script(script::Script::new(answer)))
    }

    fn node(&mut self, tag: u8, who: Who) -> NodeId {
        let id = self.nodes.len();
        let address = SocketAddr::from(([10, 0, 0, id as u8 + 1], 4712));
        self.places.insert(address, Place::Node(id));
        self.nodes.push(Node { ski: ski(tag), address, mute: false, listening: true, who });
        id
    }

    /// Lets the time pass, and all that happens in it.
    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            assert!(next >= self.now || self.now == Time::ORIGIN, "time runs forward");
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    /// When something happens next.
    fn next(&self) -> Option<Time> {
        let deadlines = self.hubs().filter_map(|(_, node)| node.hub.poll_timeout());
        self.queue.keys().next().map(|(at, _)| *at).into_iter().chain(deadlines).min()
    }

    /// One thing that is due: a happening, or else a hub's deadline.
    fn step(&mut self) {
        if self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
            let (_, happening) = self.queue.pop_first().expect("there is a first");
            self.happen(happening);
            return;
        }
        let due = |(id, node): (NodeId, &HubNode)| {
            node.hub.poll_timeout().is_some_and(|at| at <= self.now).then_some(id)
        };
        let id = self.hubs().find_map(due).expect("something is due");
        self.feed(id, Input::Timeout);
        self.check_timeout_was_enough(id);
    }

    fn hubs(&self) -> impl Iterator<Item = (NodeId, &HubNode)> {
        self.nodes.iter().enumerate().filter_map(|(id, node)| match &node.who {
            Who::Hub(hub) => Some((id, hub.as_ref())),
            Who::Script(_) => None,
        })
    }

    fn hub_node(&self, id: NodeId) -> &HubNode {
        match &self.nodes[id].who {
            Who::Hub(hub) => hub,
            Who::Script(_) => panic!("node {id} is scripted"),
        }
    }

    fn hub_mut(&mut self, id: NodeId) -> &mut HubNode {
        match &mut self.nodes[id].who {
            Who::Hub(hub) => hub,
            Who::Script(_) => panic!("node {id} is scripted"),
        }
    }

    /// Hands an input to a hub, then carries out what it wants.
    pub(crate) fn feed(&mut self, id: NodeId, input: Input) {
        let now = self.now;
        self.hub_mut(id).hub.handle(now, input);
        self.drain(id);
    }
}

pub(crate) fn ski(tag: u8) -> Ski {
    Ski::from_bytes([tag; 20])
}

pub(crate) fn ship_id(tag: u8) -> ShipId {
    format!("i:1_u:node-{tag}").parse().expect("a SHIP ID")
}
