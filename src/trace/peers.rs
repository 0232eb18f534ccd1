//! Which link of a trace is whose, and where it leads.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use super::{
    fact::{EventRecord, Fact},
    file::{Header, Trace},
};
use crate::proto::Ski;

/// A link, as far as the trace tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whose it is.
    pub ski: Ski,
    /// Whether we dialled.
    pub we_dialled: bool,
    /// The peer's address.
    pub remote: Option<SocketAddr>,
}

/// Every peer that a line of a trace concerns.
pub fn skis(trace: &Trace) -> BTreeSet<Ski> {
    let peers = Peers::of(trace);
    trace.lines.iter().filter_map(|line| peers.ski(line.fact.as_ref()?)).collect()
}

/// Every link met so far.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    links: BTreeMap<u64, Known>,
}

impl Peers {
    /// Those there were at the beginning.
    pub fn new(header: &Header) -> Self {
        let known = header.links.iter().map(|link| {
            let known = Known { ski: link.ski, we_dialled: link.we_dialled, remote: link.remote };
            (link.link, known)
        });
        Self { links: known.collect() }
    }

    /// Every link of a trace.
    pub fn of(trace: &Trace) -> Self {
        let mut peers = Self::new(&trace.header);
        trace.lines.iter().filter_map(|line| line.fact.as_ref()).for_each(|fact| peers.note(fact));
        peers
    }

    /// Takes notice of a fact.
    pub fn note(&mut self, fact: &Fact) {
        match fact {
            Fact::Incoming { link, ski, remote, .. }
            | Fact::TurnedAway { link, ski, remote, .. } => {
                let known = Known { ski: *ski, we_dialled: false, remote: Some(*remote) };
                self.links.insert(*link, known);
            }
            Fact::Dial { link, ski, .. } => {
                self.links.insert(*link, Known { ski: *ski, we_dialled: true, remote: None });
            }
            Fact::Reached { link, remote, .. } => {
                if let Some(known) = self.links.get_mut(link) {
                    known.remote = Some(*remote);
                }
            }
            // The peer has another SKI from now on, on every link of it.
            Fact::Event(EventRecord { ski: Some(from), event, told }) if event == "key_changed" => {
                let to = told.get("to").and_then(|to| to.as_str()?.parse().ok());
                let of_it = self.links.values_mut().filter(|known| known.ski == *from);
                of_it.for_each(|known| known.ski = to.unwrap_or(*from));
            }
            _ => {}
        }
    }

    /// What is known of a link.
    pub fn get(&self, link: u64) -> Option<&Known> {
        self.links.get(&link)
    }

    /// Whom a fact concerns.
    pub fn ski(&self, fact: &Fact) -> Option<Ski> {
        fact.ski().or_else(|| Some(self.get(fact.link()?)?.ski))
    }
}
