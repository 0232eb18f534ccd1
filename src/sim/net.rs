//! The network: what a hub wants done is done here, and what comes of it is handed back.

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use crate::{
    hub::{
        Input, LinkId, Opened, Output,
        dial::{DialFailure, Stage, Tried},
    },
    proto::{
        handshake::TransportEnd,
        target::{Address, Target},
    },
    time::Time,
};

use super::{
    Habits, Heard, NodeId, Who, World,
    wire::{CLIENT, Dial, End, EndAt, Frame, Happening, Phase, Place, SERVER, Wire, unordered},
};

/// How long a dial waits for an address that does not answer.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// After how many wires those that are over are looked for.
const SWEEP: usize = 64;

/// The type byte of `connectionClose`.
const CONNECTION_CLOSE: u8 = 3;

impl World {
    pub(super) fn later(&mut self, after: Duration, happening: Happening) {
        self.at(self.now + after, happening);
    }

    fn at(&mut self, at: Time, happening: Happening) {
        self.serial += 1;
        self.queue.insert((at, self.serial), happening);
    }

    fn latency(&mut self) -> Duration {
        Duration::from_millis(self.rng.u64(self.delay.clone()))
    }

    /// Carries out everything a hub wants, and checks the laws.
    pub(super) fn drain(&mut self, id: NodeId) {
        let (now, forgetful) = (self.now, self.forgetful);
        loop {
            let node = self.hub_mut(id);
            let Some(output) = node.hub.poll_output() else { break };
            node.laws.output(now, &output);
            if forgetful {
                node.outputs.clear();
                node.events.clear();
            }
            node.outputs.push((now, output.clone()));
            self.carry_out(id, output);
        }
        self.check(id);
    }

    fn carry_out(&mut self, id: NodeId, output: Output) {
        match output {
            Output::Dial { link, ski, targets } => {
                let dial = Dial { ski, rest: targets.into(), tried: Vec::new() };
                self.hub_mut(id).dials.insert(link, dial);
                let latency = self.latency();
                self.later(latency, Happening::Try { node: id, link });
            }
            Output::Admit { link } => self.admit(id, link),
            Output::Refuse { link } if self.nodes[id].habits == Habits::ShipGo => {
                let Some(at) = self.hub_mut(id).ends.remove(&link) else { return };
                self.let_in_and_close(at.wire);
            }
            Output::Refuse { link } => {
                let Some(at) = self.hub_mut(id).ends.remove(&link) else { return };
                self.wires[at.wire].ends[SERVER].phase = Phase::Gone;
                self.answer(at.wire, false);
            }
            Output::Transmit { link, bytes } => {
                let announces = bytes.first() == Some(&CONNECTION_CLOSE);
                if !(announces && self.nodes[id].habits == Habits::ShipGo) {
                    self.transmit(id, link, Frame::Message(bytes));
                }
            }
            Output::Ping { link } => self.transmit(id, link, Frame::Ping),
            Output::Close { link, code, reason } => {
                let ship_go = code == 1000 && self.nodes[id].habits == Habits::ShipGo;
                let (code, reason) = if ship_go { (4001, "close") } else { (code, reason) };
                self.transmit(id, link, Frame::Close(code, reason.to_owned()));
                if let Some(end) = self.end_of(id, link).filter(|end| end.phase == Phase::Open) {
                    end.phase = Phase::Closing;
                }
            }
            Output::Forget { link } => self.forget(id, link),
            Output::StopListening => {
                self.nodes[id].listening = false;
                if !self.nodes[id].hangs {
                    self.feed(id, Input::ListeningStopped);
                }
            }
            Output::Withdraw if self.nodes[id].hangs => {}
            Output::Withdraw => self.feed(id, Input::Withdrawn),
            Output::Store(change) => self.hub_mut(id).stored.push(change),
            Output::Event(event) => self.hub_mut(id).events.push(event),
            Output::Widen { .. }
            | Output::Announce { .. }
            | Output::Message(_)
            | Output::Stopped { .. } => {}
        }
    }

    fn admit(&mut self, id: NodeId, link: LinkId) {
        let at = self.hub_node(id).ends[&link];
        let upgraded = self.now + self.latency();
        self.wires[at.wire].arrival[SERVER] = upgraded;
        self.at(upgraded, Happening::Upgraded { wire: at.wire });
        self.answer(at.wire, true);
    }

    /// The answer to the upgrade, on its way to the client.
    fn answer(&mut self, wire: usize, admitted: bool) {
        let at = self.now + self.latency();
        self.wires[wire].arrival[CLIENT] = at;
        self.at(at, Happening::Answered { wire, admitted });
    }

    /// As ship-go does with a connection it does not want: takes it, and closes it at once.
    fn let_in_and_close(&mut self, wire: usize) {
        self.wires[wire].ends[SERVER].phase = Phase::Closing;
        self.answer(wire, true);
        self.send(wire, CLIENT, Frame::Close(1000, "double connection".to_owned()));
    }

    /// Whether ship-go would not have this connection beside the one it has.
    fn ship_go_declines(&self, id: NodeId, peer: NodeId) -> bool {
        let (ours, theirs) = (self.nodes[id].ski, self.nodes[peer].ski);
        self.nodes[id].habits == Habits::ShipGo
            && self.hub_node(id).hub.is_connected(theirs)
            && ours != theirs
    }

    fn transmit(&mut self, id: NodeId, link: LinkId, frame: Frame) {
        let Some(&at) = self.hub_node(id).ends.get(&link) else { return };
        if self.wires[at.wire].ends[at.side].phase == Phase::Open {
            self.send(at.wire, 1 - at.side, frame);
        }
    }

    pub(super) fn send(&mut self, wire: usize, to: usize, frame: Frame) {
        let at = (self.now + self.latency()).max(self.wires[wire].arrival[to]);
        self.wires[wire].arrival[to] = at;
        self.at(at, Happening::Frame { wire, to, frame });
    }

    fn end_of(&mut self, id: NodeId, link: LinkId) -> Option<&mut End> {
        let at = *self.hub_node(id).ends.get(&link)?;
        Some(&mut self.wires[at.wire].ends[at.side])
    }

    /// Cancels the dial of a link, or lets go of its socket.
    fn forget(&mut self, id: NodeId, link: LinkId) {
        self.hub_mut(id).dials.remove(&link);
        let Some(at) = self.hub_mut(id).ends.remove(&link) else { return };
        let end = &mut self.wires[at.wire].ends[at.side];
        if end.phase != Phase::Gone {
            end.phase = Phase::Gone;
            self.send(at.wire, 1 - at.side, Frame::Eof);
        }
    }

    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Try { node, link } => self.try_next(node, link),
            Happening::Fails { node, link, target, stage, passing } => {
                self.target_failed(node, link, target, stage, passing);
            }
            Happening::Knock { wire } => self.knock(wire),
            Happening::Upgraded { wire } => self.upgraded(wire),
            Happening::Answered { wire, admitted } => self.answered(wire, admitted),
            Happening::Frame { wire, to, frame } => self.arrive(wire, to, frame),
            Happening::Seen { node, service } => self.feed(node, Input::Seen(*service)),
        }
    }

    fn try_next(&mut self, node: NodeId, link: LinkId) {
        let Some(dial) = self.hub_mut(node).dials.get_mut(&link) else { return };
        let ski = dial.ski;
        let Some(target) = dial.rest.pop_front() else {
            let tried = self.hub_mut(node).dials.remove(&link).map_or(vec![], |dial| dial.tried);
            let telling = (0..tried.len()).max_by_key(|i| tried[*i].stage).unwrap_or(0);
            let failure = DialFailure { tried, telling };
            return self.feed(node, Input::Dialled { link, result: Err(failure) });
        };
        let place = match &target.address {
            Address::Socket(address) => self.places.get(address).copied(),
            Address::Name(..) => None,
        };
        let latency = self.latency();
        let fails = |stage, passing| Happening::Fails {
            node,
            link,
            target: target.clone(),
            stage,
            passing,
        };
        match place {
            Some(Place::Silent) => self.later(SILENCE, fails(Stage::Tcp, true)),
            Some(Place::Busy) => self.later(latency, fails(Stage::Upgrade, true)),
            Some(Place::Node(server)) if self.apart.contains(&unordered(node, server)) => {
                self.later(SILENCE, fails(Stage::Tcp, true));
            }
            Some(Place::Node(server)) if self.nodes[server].listening => {
                if self.nodes[server].ski != ski {
                    return self.later(latency, fails(Stage::Ski, false));
                }
                let wire = self.wire(node, Some(link), server);
                self.later(latency, Happening::Knock { wire });
            }
            _ => self.later(latency, fails(Stage::Tcp, true)),
        }
    }

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

    fn target_failed(
        &mut self,
        node: NodeId,
        link: LinkId,
        target: Target,
        stage: Stage,
        passing: bool,
    ) {
        let what = format!("{stage} failed");
        let tried = Tried {
            target,
            address: None,
            stage,
            code: super::trouble::code_of(stage),
            what,
            passing,
            took: Default::default(),
            via: Vec::new(),
        };
        let Some(dial) = self.hub_mut(node).dials.get_mut(&link) else { return };
        dial.tried.push(tried);
        self.try_next(node, link);
    }

    /// TLS is done; the server is asked for the upgrade.
    fn knock(&mut self, wire: usize) {
        let [client, server] = &self.wires[wire].ends;
        let (client, server, there) = (client.node, server.node, client.phase != Phase::Gone);
        if !there {
            return;
        }
        if !self.nodes[server].listening || self.is_stopped(server) {
            return self.answered(wire, false);
        }
        let (ski, remote) = (self.nodes[client].ski, self.nodes[client].address);
        if let Who::Script(_) = self.nodes[server].who {
            self.wires[wire].ends[SERVER].phase = Phase::Open;
            self.answer(wire, true);
            return self.script_hears(wire, SERVER, Heard::Connected);
        }
        if self.ship_go_declines(server, client) && self.nodes[server].ski > ski {
            return self.let_in_and_close(wire);
        }
        let link = self.hub_mut(server).hub.new_link();
        self.hub_mut(server).ends.insert(link, EndAt { wire, side: SERVER });
        self.wires[wire].ends[SERVER].link = Some(link);
        let transport = Box::default();
        self.feed(server, Input::Incoming { link, ski, remote, transport });
    }

    fn upgraded(&mut self, wire: usize) {
        let [client, server] = &mut self.wires[wire].ends;
        let Some(link) = server.link.filter(|_| server.phase == Phase::Asking) else { return };
        let node = server.node;
        if client.phase == Phase::Gone {
            server.phase = Phase::Gone;
            let how = TransportEnd::Error { detail: "the client left".to_owned() };
            return self.feed(node, Input::Closed { link, how });
        }
        server.phase = Phase::Open;
        self.feed(node, Input::Accepted { link });
    }

    fn answered(&mut self, wire: usize, admitted: bool) {
        let Wire { ends: [client, server], .. } = &mut self.wires[wire];
        if client.phase == Phase::Gone {
            return;
        }
        let (node, link, address) = (client.node, client.link, self.nodes[server.node].address);
        client.phase = if admitted { Phase::Open } else { Phase::Gone };
        match link {
            Some(link) if admitted && self.client_declines(wire) => {
                self.send(wire, SERVER, Frame::Close(1000, "double connection".to_owned()));
                self.wires[wire].ends[CLIENT].phase = Phase::Closing;
                let target = Target::socket(address, "/ship/");
                self.hub_mut(node).ends.remove(&link);
                self.target_failed(node, link, target, Stage::Upgrade, true);
            }
            Some(link) if admitted => {
                let tried = self.hub_mut(node).dials.remove(&link).map(|dial| dial.tried);
                let opened = Opened { tried: tried.unwrap_or_default(), ..address.into() };
                self.feed(node, Input::Dialled { link, result: Ok(opened) });
            }
            Some(link) => {
                let target = Target::socket(address, "/ship/");
                self.hub_mut(node).ends.remove(&link);
                self.target_failed(node, link, target, Stage::Upgrade, true);
            }
            None => {
                let heard = if admitted { Heard::Connected } else { Heard::Refused };
                self.script_hears(wire, CLIENT, heard);
            }
        }
    }

    fn client_declines(&self, wire: usize) -> bool {
        let [client, server] = &self.wires[wire].ends;
        let lower = self.nodes[client.node].ski < self.nodes[server.node].ski;
        lower && self.ship_go_declines(client.node, server.node)
    }

    fn arrive(&mut self, wire: usize, to: usize, frame: Frame) {
        let mute = self.nodes[self.wires[wire].ends[to].node].mute;
        let Wire { ends, frozen, .. } = &mut self.wires[wire];
        let end = &mut ends[to];
        let phase = end.phase;
        if *frozen || phase == Phase::Gone {
            return;
        }
        if phase == Phase::Vanished {
            // A machine that is up again knows nothing of this connection, and says so.
            end.phase = Phase::Gone;
            return self.send(wire, 1 - to, Frame::Reset);
        }
        let how = match frame {
            Frame::Message(bytes) if phase == Phase::Open => return self.message(wire, to, bytes),
            Frame::Ping if !mute => return self.send(wire, 1 - to, Frame::Pong),
            Frame::Pong if phase == Phase::Open => return self.pong(wire, to),
            Frame::Close(code, text) if !mute => TransportEnd::Frame { code, text },
            Frame::Eof => TransportEnd::Eof,
            Frame::Reset => TransportEnd::Error { detail: "connection reset".to_owned() },
            _ => return,
        };
        end.phase = Phase::Gone;
        let (node, link) = (end.node, end.link);
        if let (TransportEnd::Frame { code, text }, Phase::Open) = (&how, phase) {
            self.send(wire, 1 - to, Frame::Close(*code, text.clone()));
        }
        match link {
            Some(link) if phase == Phase::Asking && to == CLIENT => {
                let address = self.nodes[self.wires[wire].ends[SERVER].node].address;
                self.hub_mut(node).ends.remove(&link);
                let target = Target::socket(address, "/ship/");
                self.target_failed(node, link, target, Stage::Upgrade, true);
            }
            Some(link) => {
                self.hub_mut(node).ends.remove(&link);
                self.feed(node, Input::Closed { link, how });
            }
            None => self.script_hears(wire, to, Heard::Closed(how)),
        }
    }

    fn message(&mut self, wire: usize, to: usize, bytes: crate::proto::Frame) {
        let End { node, link, .. } = self.wires[wire].ends[to];
        match link {
            Some(link) => self.feed(node, Input::Message { link, bytes }),
            None => self.script_hears(wire, to, Heard::message(&bytes)),
        }
    }

    fn pong(&mut self, wire: usize, to: usize) {
        let End { node, link, .. } = self.wires[wire].ends[to];
        if let Some(link) = link {
            self.feed(node, Input::Pong { link });
        }
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
