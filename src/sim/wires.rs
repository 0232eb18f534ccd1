//! The wires there are, and the places they take.

use std::{collections::HashSet, net::SocketAddr};

use super::{
    NodeId, Who, World,
    wire::{CLIENT, End, EndAt, Happening, Phase, Place, Wire},
};
use crate::hub::LinkId;

/// After how many wires those that are over are looked for.
const SWEEP: usize = 64;

impl World {
    pub(super) fn wire(&mut self, client: NodeId, link: Option<LinkId>, server: NodeId) -> usize {
        let end = |node, link| End { node, link, phase: Phase::Asking };
        let ends = [end(client, link), end(server, None)];
        let new = Wire { ends, arrival: [self.now; 2], frozen: false };
        let wire = self.free_wire();
        match self.wires.get_mut(wire) {
            Some(over) => *over = new,
            None => self.wires.push(new),
        }
        if let Some(link) = link {
            self.hub_mut(client).ends.insert(link, EndAt { wire, side: CLIENT });
        }
        wire
    }

    /// The place for another wire: that of one that is over, so that a long world stays small.
    fn free_wire(&mut self) -> usize {
        if self.free_wires.is_empty() && self.wires.len().is_multiple_of(SWEEP) {
            self.free_wires = self.wires_over();
        }
        self.free_wires.pop().unwrap_or(self.wires.len())
    }

    /// The wires between hubs that are over, and that nothing is under way on. Scripts know theirs
    /// by their numbers.
    fn wires_over(&self) -> Vec<usize> {
        let queued = self.queue.values().filter_map(Happening::wire);
        let held = self.hubs().flat_map(|(_, hub)| hub.ends.values().map(|at| at.wire));
        let used: HashSet<usize> = queued.chain(held).collect();
        let is_over = |end: &End| {
            let is_hub = matches!(self.nodes[end.node].who, Who::Hub(_));
            let never_began = end.phase == Phase::Asking && end.link.is_none();
            is_hub && (never_began || matches!(end.phase, Phase::Vanished | Phase::Gone))
        };
        let is_free =
            |wire: &usize| !used.contains(wire) && self.wires[*wire].ends.iter().all(is_over);
        (0..self.wires.len()).filter(is_free).collect()
    }

    /// The wires between two nodes that are open at both ends.
    pub fn open_between(&self, a: NodeId, b: NodeId) -> Vec<usize> {
        let is = |wire: &Wire| {
            let [client, server] = &wire.ends;
            [(a, b), (b, a)].contains(&(client.node, server.node))
                && client.phase == Phase::Open
                && server.phase == Phase::Open
                && !wire.frozen
        };
        (0..self.wires.len()).filter(|wire| is(&self.wires[*wire])).collect()
    }

    /// Which node dialled a wire.
    pub fn dialler(&self, wire: usize) -> NodeId {
        self.wires[wire].ends[CLIENT].node
    }

    /// What is behind an address from now on.
    pub fn place(&mut self, address: SocketAddr, place: Place) {
        self.places.insert(address, place);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_long_world_keeps_no_more_wires_than_it_needs() {
        let mut w = World::new(1);
        let (a, b) = (w.hub(1, |_| {}), w.hub(2, |_| {}));
        w.paired(a, b);
        for _ in 0..400 {
            w.cut(a, b);
            w.run(Duration::from_secs(30));
        }
        assert_eq!(w.open_between(a, b).len(), 1);
        assert!(w.wires.len() <= 2 * SWEEP, "{}", w.wires.len());
    }
}
