//! How a connection comes to be: the addresses of a dial, the request for the upgrade, its answer.

use std::time::Duration;

use super::{
    Heard, NodeId, Who, World,
    wire::{CLIENT, EndAt, Frame, Happening, Phase, Place, SERVER, Wire, unordered},
};
use crate::{
    hub::{
        Input, LinkId, Opened,
        dial::{DialFailure, Stage, Tried},
    },
    proto::{
        handshake::TransportEnd,
        target::{Address, Target},
    },
};

/// How long a dial waits for an address that does not answer.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

impl World {
    pub(super) fn try_next(&mut self, node: NodeId, link: LinkId) {
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

    pub(super) fn target_failed(
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
            announced: false,
        };
        let Some(dial) = self.hub_mut(node).dials.get_mut(&link) else { return };
        dial.tried.push(tried);
        self.try_next(node, link);
    }

    /// TLS is done; the server is asked for the upgrade.
    pub(super) fn knock(&mut self, wire: usize) {
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

    pub(super) fn upgraded(&mut self, wire: usize) {
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

    pub(super) fn answered(&mut self, wire: usize, admitted: bool) {
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
}
