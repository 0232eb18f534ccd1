//! What goes wrong in a world: connections cut or frozen, nodes apart, moved, or gone.

use std::net::SocketAddr;

use crate::{checks::Code, hub::dial::Stage};

use super::{
    HubNode, NodeId, World,
    wire::{CLIENT, End, Frame, Phase, Place, SERVER, unordered},
};

impl World {
    /// The network resets every open connection between two nodes; both are told.
    pub fn cut(&mut self, a: NodeId, b: NodeId) {
        for wire in self.open_between(a, b) {
            self.send(wire, CLIENT, Frame::Reset);
            self.send(wire, SERVER, Frame::Reset);
        }
    }

    /// Nothing gets through any more on the open connections between two nodes; nobody is told.
    pub fn freeze(&mut self, a: NodeId, b: NodeId) {
        for wire in self.open_between(a, b) {
            self.wires[wire].frozen = true;
        }
    }

    /// Nothing gets through between two nodes until it is allowed again; nobody is told, and what
    /// was under way is lost.
    pub fn partition(&mut self, a: NodeId, b: NodeId, apart: bool) {
        if apart {
            self.apart.insert(unordered(a, b));
            for wire in self.wires.iter_mut().filter(|wire| wire.is_between(a, b)) {
                wire.frozen = true;
            }
        } else {
            self.apart.remove(&unordered(a, b));
        }
    }

    /// Every connection on which nothing gets through is reset at both ends.
    pub fn reset_frozen(&mut self) {
        for wire in 0..self.wires.len() {
            if std::mem::take(&mut self.wires[wire].frozen) {
                self.send(wire, CLIENT, Frame::Reset);
                self.send(wire, SERVER, Frame::Reset);
            }
        }
    }

    /// A node gets another address; nobody lives at the old one. Its records are stale now.
    pub fn moves(&mut self, id: NodeId) {
        let old = self.nodes[id].address;
        self.places.remove(&old);
        let port = old.port().checked_add(1).unwrap_or(1024);
        let address = SocketAddr::new(old.ip(), port);
        self.places.insert(address, Place::Node(id));
        self.nodes[id].address = address;
    }

    /// Nothing gets through any more on this wire; nobody is told.
    pub fn freeze_wire(&mut self, wire: usize) {
        self.wires[wire].frozen = true;
    }

    /// A node is gone without a word: its ends of wires, its dials.
    pub(super) fn vanish(&mut self, id: NodeId, answers: bool) {
        for wire in &mut self.wires {
            // Where nobody has knocked yet there is nothing to lose.
            let began = |end: &&mut End| end.node == id && end.link.is_some();
            for end in wire.ends.iter_mut().filter(began) {
                let lost = if answers { Phase::Vanished } else { Phase::Gone };
                (end.phase, end.link) = (lost, None);
            }
        }
    }

    /// Power fails at a hub, and it starts again with what is on its disk. Nobody is told.
    pub fn restart(&mut self, id: NodeId) {
        self.restarts(id, false);
    }

    /// The same; if it `answers`, it resets connections of before as soon as something arrives.
    pub fn restarts(&mut self, id: NodeId, answers: bool) {
        self.vanish(id, answers);
        let seed = self.rng.u64(..);
        let node = self.hub_mut(id);
        let mut disk = node.disk.clone();
        for change in &node.stored {
            disk.apply(change, 0);
        }
        *node = HubNode::start(node.config.clone(), disk, seed);
        self.nodes[id].listening = true;
    }
}

/// What a driver would call a dial that failed so.
pub(super) fn code_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => Code::Dns01,
        Stage::Tcp => Code::Tcp02,
        Stage::Tls => Code::Tcp03,
        Stage::Ski => Code::Cert03,
        Stage::Upgrade => Code::Ws03,
    }
    .as_str()
}
