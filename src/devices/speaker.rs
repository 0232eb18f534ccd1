//! SPINE on every connection of a node: asks who the peer is, answers what it asks.

use std::collections::BTreeMap;

use crate::{
    hub::EventKind,
    proto::{
        ShipId, Ski,
        message::{Data, SPINE},
    },
    spine::{Model, Node},
};

/// What a node says in SPINE.
#[derive(Debug)]
pub struct Speaker {
    address: String,
    model: Model,
    connections: BTreeMap<Ski, Node>,
}

impl Speaker {
    /// For the node with this SHIP ID, of which its SPINE address is made.
    pub fn new(ship_id: &ShipId, model: Model) -> Self {
        Self { address: format!("d:_{ship_id}"), model, connections: BTreeMap::new() }
    }

    /// Takes in what happened with a peer and gives what to send to it, in this order.
    pub fn take(&mut self, ski: Ski, kind: &EventKind) -> Vec<Data> {
        let payloads = match kind {
            EventKind::Completed { .. } => {
                let mut node = Node::new(self.address.clone(), self.model);
                let first = node.ask_discovery();
                self.connections.insert(ski, node);
                vec![first]
            }
            EventKind::Data(data) => match self.connections.get_mut(&ski) {
                Some(node) => node.take(&data.payload),
                None => Vec::new(),
            },
            EventKind::Ended { .. } => {
                self.connections.remove(&ski);
                Vec::new()
            }
            _ => Vec::new(),
        };
        let data = |payload| Data { protocol_id: SPINE.to_owned(), payload };
        payloads.into_iter().map(data).collect()
    }
}
