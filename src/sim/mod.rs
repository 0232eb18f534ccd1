//! A small virtual world: hubs and scripted peers, one clock, one network.
//!
//! Everything that will happen lies in one queue, in the order of its time; the clock jumps to the
//! earliest of it, or to the earliest deadline of a hub. All chance comes from one seed, so a world
//! is repeated by its seed. The laws are checked at every step, and a broken one panics: a world is
//! a measuring instrument, not a part of the program that runs at people's homes.
//!
//! | room | what happens there |
//! |---|---|
//! | `net` | frames on their way; what a hub wants done is done here |
//! | `dial` | how a connection comes to be, address by address |
//! | `wire`, `wires` | a connection with its two ends, and all there are |
//! | `script` | peers that say what a test wants them to say |
//! | `trouble` | what goes wrong: cuts, partitions, crashes, moves |
//! | `disorder` | worlds in which anything happens; [`run_seed`] |
//! | `laws` | what has to hold at every moment, whatever the test |
//! | `ask` | what a test does to a world, and what it asks about it |

mod ask;
mod dial;
mod disorder;
mod laws;
mod net;
mod script;
mod trouble;
mod wire;
mod wires;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    ops::RangeInclusive,
    time::Duration,
};

use crate::{
    hub::{Config, Event, Hub, Input, LinkId, Output},
    identity::trust::{TrustChange, TrustStore},
    proto::{ShipId, Ski},
    time::Time,
};

pub use ask::{kinds, secs};
pub use disorder::run_seed;
pub use script::{Heard, Say};
pub use wire::Place;

/// A node, by its number in the order of creation.
pub type NodeId = usize;

/// A world; see the module.
pub struct World {
    /// The time.
    pub now: Time,
    /// All chance of this world.
    pub rng: fastrand::Rng,
    /// How long a frame, a dial's step or an upgrade takes, in milliseconds, drawn for each.
    pub delay: RangeInclusive<u64>,
    /// Whether to keep no more of what hubs say than what comes last.
    pub forgetful: bool,
    nodes: Vec<Node>,
    wires: Vec<wire::Wire>,
    /// Places of wires that are over.
    free_wires: Vec<usize>,
    places: HashMap<SocketAddr, Place>,
    /// Pairs of nodes, the lesser first, between which nothing gets through.
    apart: BTreeSet<(NodeId, NodeId)>,
    queue: BTreeMap<(Time, u64), wire::Happening>,
    serial: u64,
}

/// One node: a hub or a scripted peer.
pub struct Node {
    /// Who it is.
    pub ski: Ski,
    /// Where it is found.
    pub address: SocketAddr,
    /// Answers neither pings nor closes.
    pub mute: bool,
    /// Neither the end of listening nor the goodbye is ever reported to its hub.
    pub hangs: bool,
    /// Takes connections.
    listening: bool,
    /// How it treats second connections, and how it closes.
    habits: Habits,
    who: Who,
}

/// The habits of a node on the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Habits {
    /// Those of a hub of this crate.
    #[default]
    Ours,
    /// Those of ship-go 0.6: it answers every request with 101 and then closes what it does not
    /// want; keeps what the higher SKI initiated without looking whether that still lives; closes
    /// without announcement, with 4001.
    ShipGo,
}

enum Who {
    Hub(Box<HubNode>),
    Script(script::Script),
}

/// A hub, what exists outside for its links, and everything it said.
struct HubNode {
    hub: Hub,
    dials: BTreeMap<LinkId, wire::Dial>,
    ends: BTreeMap<LinkId, wire::EndAt>,
    events: Vec<Event>,
    outputs: Vec<(Time, Output)>,
    stored: Vec<TrustChange>,
    laws: laws::Laws,
    /// The connection limit that was set last.
    limit: usize,
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
            limit: config.max_connections,
            config,
            disk,
        }
    }
}

impl World {
    /// An empty world in which everything takes a millisecond.
    pub fn new(seed: u64) -> Self {
        Self {
            now: Time::ORIGIN,
            rng: fastrand::Rng::with_seed(seed),
            delay: 1..=1,
            forgetful: false,
            nodes: Vec::new(),
            wires: Vec::new(),
            free_wires: Vec::new(),
            places: HashMap::new(),
            apart: BTreeSet::new(),
            queue: BTreeMap::new(),
            serial: 0,
        }
    }

    /// Adds a hub with the default settings, changed by `change`. `tag` fills its SKI.
    pub fn hub(&mut self, tag: u8, change: impl FnOnce(&mut Config)) -> NodeId {
        self.hub_that_trusts(tag, &TrustStore::default(), change)
    }

    /// Adds a hub that begins with this trust.
    pub fn hub_that_trusts(
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

    /// Adds a scripted peer: what it hears on its n-th connection (from 0), and what it says then.
    pub fn script(
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
        let habits = Habits::Ours;
        self.nodes.push(Node {
            ski: ski(tag),
            address,
            mute: false,
            hangs: false,
            listening: true,
            habits,
            who,
        });
        id
    }

    /// Lets the time pass, and all that happens in it.
    pub fn run(&mut self, duration: Duration) {
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
    pub fn feed(&mut self, id: NodeId, input: Input) {
        let now = self.now;
        self.hub_mut(id).hub.handle(now, input);
        self.drain(id);
    }
}

/// The SKI of the node with this tag.
pub fn ski(tag: u8) -> Ski {
    Ski::from_bytes([tag; 20])
}

/// Its SHIP ID.
pub fn ship_id(tag: u8) -> ShipId {
    format!("i:1_u:node-{tag}").parse().expect("a SHIP ID")
}
