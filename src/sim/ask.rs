//! What a test does to a world, and what it asks about it.

use std::{net::SocketAddr, time::Duration};

use crate::{
    hub::{Command, CommandError, Event, EventKind, Input, Output, Registration, Snapshot},
    identity::trust::TrustChange,
    mdns::{service::Service, txt::Txt},
    proto::{
        ConnectionState, Ski,
        handshake::{Cause, End},
    },
    time::Time,
};

use super::{Heard, NodeId, Who, World, wire::Happening};

/// So many seconds.
pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The kinds of a peer's events.
pub fn kinds(events: &[Event], ski: Ski) -> impl Iterator<Item = &EventKind> {
    events.iter().filter(move |event| event.ski == Some(ski)).map(|event| &event.kind)
}

impl World {
    /// A node.
    pub fn node_mut(&mut self, id: NodeId) -> &mut super::Node {
        &mut self.nodes[id]
    }

    /// The SKI of a node.
    pub fn ski(&self, id: NodeId) -> Ski {
        self.nodes[id].ski
    }

    /// Tells a hub something.
    pub fn command(&mut self, id: NodeId, command: Command) -> Result<(), CommandError> {
        let now = self.now;
        let node = self.hub_mut(id);
        node.laws.told(&command);
        if let Command::SetLimit { limit } = command {
            node.limit = limit;
        }
        let result = node.hub.command(now, command);
        self.drain(id);
        result
    }

    /// Tells a hub to do what it has to accept.
    pub fn told(&mut self, id: NodeId, command: Command) {
        self.command(id, command).expect("the command is in order");
    }

    /// A hub registers a peer of which nothing but the SKI is known.
    pub fn register(&mut self, id: NodeId, peer: NodeId) {
        let ski = self.ski(peer);
        self.told(id, Command::Register(Registration::new(ski)));
    }

    /// What mDNS tells of a node.
    pub fn service(&self, of: NodeId) -> Service {
        let node = &self.nodes[of];
        let txt = Txt { ski: Some(node.ski), brand: Some("Demo".into()), ..Txt::default() };
        Service {
            instance: format!("node {of}"),
            host: String::new(),
            port: node.address.port(),
            addresses: vec![node.address],
            interfaces: vec!["eth0".to_owned()],
            txt,
        }
    }

    /// A hub sees a node by mDNS, now.
    pub fn sees(&mut self, id: NodeId, of: NodeId) {
        let service = self.service(of);
        self.seen_as(id, service);
    }

    /// A hub sees this record, now.
    pub fn seen_as(&mut self, id: NodeId, service: Service) {
        self.feed(id, Input::Seen(service));
    }

    /// A hub will see a node by mDNS.
    pub fn sees_later(&mut self, after: Duration, id: NodeId, of: NodeId) {
        let service = Box::new(self.service(of));
        self.later(after, Happening::Seen { node: id, service });
    }

    /// Both see each other, both register each other, and the handshake has all the time it needs.
    pub fn paired(&mut self, a: NodeId, b: NodeId) {
        self.sees(a, b);
        self.register(b, a);
        self.register(a, b);
        self.run(secs(1));
        assert_eq!(self.states(a, b), [ConnectionState::Completed; 2]);
        self.sees(b, a);
    }

    /// How a hub sees a peer.
    pub fn state(&self, id: NodeId, peer: NodeId) -> ConnectionState {
        self.hub_node(id).hub.state(self.ski(peer))
    }

    /// How each of two hubs sees the other.
    pub fn states(&self, a: NodeId, b: NodeId) -> [ConnectionState; 2] {
        [self.state(a, b), self.state(b, a)]
    }

    /// What a hub told, in order.
    pub fn events(&self, id: NodeId) -> &[Event] {
        &self.hub_node(id).events
    }

    /// The events of a hub from now on: those so far are forgotten.
    pub fn forget_events(&mut self) {
        for node in &mut self.nodes {
            if let Who::Hub(hub) = &mut node.who {
                hub.events.clear();
                hub.outputs.clear();
                hub.stored.clear();
            }
        }
    }

    /// Everything a hub wanted done, with its time.
    pub fn outputs(&self, id: NodeId) -> &[(Time, Output)] {
        &self.hub_node(id).outputs
    }

    /// What a hub had written down.
    pub fn stored(&self, id: NodeId) -> &[TrustChange] {
        &self.hub_node(id).stored
    }

    /// The states a hub told of a peer, in order.
    pub fn path(&self, id: NodeId, peer: NodeId) -> Vec<ConnectionState> {
        let to = |kind: &EventKind| match kind {
            EventKind::State { to, .. } => Some(*to),
            _ => None,
        };
        kinds(self.events(id), self.ski(peer)).filter_map(to).collect()
    }

    /// When a hub began attempts at a peer, and their numbers.
    pub fn attempts(&self, id: NodeId, peer: NodeId) -> Vec<(Time, u32)> {
        let ski = Some(self.ski(peer));
        let of = |event: &Event| match &event.kind {
            EventKind::AttemptStarted { number, .. } if event.ski == ski => {
                Some((event.at, *number))
            }
            _ => None,
        };
        self.events(id).iter().filter_map(of).collect()
    }

    /// How the connections of a hub to a peer ended.
    pub fn ends(&self, id: NodeId, peer: NodeId) -> Vec<&End> {
        let mut ends = Vec::new();
        for kind in kinds(self.events(id), self.ski(peer)) {
            if let EventKind::Ended { end, .. } = kind {
                ends.push(end);
            }
        }
        ends
    }

    /// Why the only connection that ended did.
    pub fn only_cause(&self, id: NodeId, peer: NodeId) -> &Cause {
        let ends = self.ends(id, peer);
        assert_eq!(ends.len(), 1, "{ends:?}");
        &ends[0].cause
    }

    /// How often a hub told something of this kind.
    pub fn count(&self, id: NodeId, of: impl Fn(&EventKind) -> bool) -> usize {
        self.events(id).iter().filter(|event| of(&event.kind)).count()
    }

    /// What a scripted peer heard on its n-th connection.
    pub fn heard(&self, id: NodeId, nth: usize) -> Vec<&Heard> {
        let Who::Script(script) = &self.nodes[id].who else { panic!("node {id} is a hub") };
        script.heard.iter().filter(|(n, _)| *n == nth).map(|(_, heard)| heard).collect()
    }

    /// A node stops, or begins again, to take connections.
    pub fn listens(&mut self, id: NodeId, listening: bool) {
        self.nodes[id].listening = listening;
    }

    /// Whether a node is a hub that has come to its end.
    pub fn is_stopped(&self, id: NodeId) -> bool {
        matches!(&self.nodes[id].who, Who::Hub(hub) if hub.laws.is_stopped())
    }

    /// Everything a hub knows.
    pub fn snapshot(&self, id: NodeId) -> Snapshot {
        self.hub_node(id).hub.snapshot(self.now)
    }

    /// When a hub needs the next timeout.
    pub fn deadline(&self, id: NodeId) -> Option<Time> {
        self.hub_node(id).hub.poll_timeout()
    }

    /// Where a node is found.
    pub fn address(&self, id: NodeId) -> SocketAddr {
        self.nodes[id].address
    }
}
