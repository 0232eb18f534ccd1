//! How a dial failed: what happened at every address tried. The driver writes it, people read it.

use std::{fmt, net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::proto::target::Target;

/// A dial that found no SHIP node: what happened at every address, in the order of trying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialFailure {
    /// What happened at each address; empty only if there was none.
    pub tried: Vec<Tried>,
    /// Which of them tells most about why nothing worked.
    pub telling: usize,
}

/// What happened at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The target, with the path tried.
    pub target: Target,
    /// The address behind its name.
    pub address: Option<SocketAddr>,
    /// How far it went.
    pub stage: Stage,
    /// The code of the finding.
    pub code: &'static str,
    /// What happened, in words.
    pub what: String,
    /// Whether it may be gone at the next attempt: a fault of the network or of the moment.
    pub passing: bool,
    /// How long it took.
    pub took: Duration,
    /// The interfaces the route to it uses, where that may tell why nothing answers.
    pub via: Vec<String>,
    /// Whether a record of the device announces this address and port.
    pub announced: bool,
}

/// The stages of a dial; later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Resolving the name.
    Resolve,
    /// Connecting TCP.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// Comparing the SKI with the one asked for.
    Ski,
    /// The WebSocket upgrade.
    Upgrade,
}

impl DialFailure {
    /// The failure that tells most; `None` if there was no address at all.
    pub fn most_telling(&self) -> Option<&Tried> {
        self.tried.get(self.telling)
    }

    /// Whether another attempt may succeed.
    pub fn is_passing(&self) -> bool {
        self.most_telling().is_none_or(|tried| tried.passing)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Resolve => "name resolution",
            Self::Tcp => "TCP connection",
            Self::Tls => "TLS handshake",
            Self::Ski => "SKI check",
            Self::Upgrade => "WebSocket upgrade",
        })
    }
}
