//! The lines of the control socket. Pure.
//!
//! The hub greets; then each line of a client is a request, and each line of the hub an answer to
//! one of them or, after `watch`, an event. Names and meanings are a promise to programs: a change
//! that breaks one needs another [`PROTOCOL`].

mod reading;
mod reply;
mod request;

use serde::{Deserialize, Serialize};

pub use self::{
    reply::{Answer, Happening, Refusal, Reply, Saying},
    request::{BadRequest, Plain, Register, Request, Wish},
};
use crate::proto::{ShipId, Ski};

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;

/// The longest request in bytes, without the end of the line.
pub const MAX_REQUEST: usize = 64 << 10;

/// The longest line of the hub in bytes, as a bound for what a client keeps.
pub const MAX_REPLY: usize = 16 << 20;

/// The first line of the hub: who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The version of the protocol.
    pub protocol: u32,
    /// The version of shipctl.
    pub shipctl: String,
    /// The process.
    pub pid: u32,
    /// The hub's SKI.
    pub ski: Ski,
    /// The hub's SHIP ID.
    pub ship_id: ShipId,
    /// The port it listens on.
    pub port: Option<u16>,
    /// Whether it looks for devices and announces itself by mDNS.
    pub mdns: bool,
    /// Where its identity and trust are kept.
    pub state_dir: String,
}

impl Greeting {
    /// The line, with its end.
    pub fn line(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests;
