//! The network: what a hub wants done is done here, and what comes of it is handed back.

use std::time::Duration;

use crate::{
    hub::{Input, LinkId, Output, dial::Stage},
    proto::{close_code::PLAIN, handshake::TransportEnd, target::Target},
    time::Time,
};

use super::{
    Habits, Heard, NodeId, World,
    wire::{CLIENT, Dial, End, Frame, Happening, Phase, SERVER, Wire},
};

/// The type byte of `connectionClose`.
const CONNECTION_CLOSE: u8 = 3;

impl World {
    pub(super) fn later(&mut self, after: Duration, happening: Happening) {
        self.at(self.now + after, happening);
    }

    pub(super) fn at(&mut self, at: Time, happening: Happening) {
        self.serial += 1;
        self.queue.insert((at, self.serial), happening);
    }

    pub(super) fn latency(&mut self) -> Duration {
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
            Output::Dial { link, ski, targets, .. } => {
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
                let (code, reason) = if ship_go { PLAIN } else { (code, reason) };
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
    pub(super) fn answer(&mut self, wire: usize, admitted: bool) {
        let at = self.now + self.latency();
        self.wires[wire].arrival[CLIENT] = at;
        self.at(at, Happening::Answered { wire, admitted });
    }

    /// As ship-go does with a connection it does not want: takes it, and closes it at once.
    pub(super) fn let_in_and_close(&mut self, wire: usize) {
        self.wires[wire].ends[SERVER].phase = Phase::Closing;
        self.answer(wire, true);
        self.send(wire, CLIENT, Frame::Close(1000, "double connection".to_owned()));
    }

    /// Whether ship-go would not have this connection beside the one it has.
    pub(super) fn ship_go_declines(&self, id: NodeId, peer: NodeId) -> bool {
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
}
