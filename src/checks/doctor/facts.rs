//! What can be known of this side, as it was found. Nothing here is judged.
//!
//! | room | what is known there |
//! |---|---|
//! | `network` | interfaces, and what mDNS showed on them |
//! | `port` | our port, who has it, and the firewall before it |
//! | `state` | what is kept: identity, trust, their directory; and the clock |

mod network;
mod port;
mod state;

pub use {
    network::{Heard, Hints, Interface, Kind, Look, Mdns, Passage, Process},
    port::{Firewall, Port, PortState, Rules, Tool},
    state::{Clock, Identity, Kept, State},
};

/// Everything that is known of this side.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The hub that runs with our identity, if it could be asked.
    pub hub: Hub,
    /// The interfaces that are up and have an address, in the order of the system.
    pub interfaces: Vec<Interface>,
    /// Whether interfaces were named.
    pub named: bool,
    /// What mDNS showed.
    pub mdns: Mdns,
    /// Our port.
    pub port: Port,
    /// The firewall of this computer, as far as it tells.
    pub firewall: Firewall,
    /// Our state directory.
    pub state: State,
    /// The clock.
    pub clock: Clock,
}

/// A hub with our identity.
#[derive(Clone, Debug)]
pub enum Hub {
    /// None runs.
    None,
    /// One runs.
    Runs(HubFacts),
    /// Something is wrong with it: what.
    Silent(String),
}

/// What a running hub tells of itself.
#[derive(Clone, Debug)]
pub struct HubFacts {
    /// Its process.
    pub pid: u32,
    /// The port it listens on.
    pub port: Option<u16>,
    /// The interfaces it runs mDNS on; none if it does not.
    pub interfaces: Vec<String>,
    /// How many connections it has.
    pub connections: usize,
    /// How many it may have.
    pub limit: usize,
    /// How many wait for a place.
    pub waiting: usize,
}
