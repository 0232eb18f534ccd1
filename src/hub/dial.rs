//! How a dial failed: what happened at every address tried.

use std::{fmt, net::SocketAddr, time::Duration};

use crate::proto::{Ski, target::Target};

/// A dial that found no SHIP node: what happened at every address, in the order of trying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialFailure {
    /// What happened at each address.
    pub tried: Vec<Tried>,
}

/// What happened at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The target as it was given.
    pub target: Target,
    /// The address behind its name.
    pub address: Option<SocketAddr>,
    /// What happened.
    pub cause: DialCause,
    /// After how long.
    pub after: Duration,
}

/// What happened at an address; each names what a person has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialCause {
    /// The resolver does not know the name.
    UnknownName {
        /// What the resolver said.
        detail: String,
    },
    /// Nothing listens on the port.
    Refused,
    /// Nothing answered.
    NoAnswer,
    /// The connection was reset.
    Reset,
    /// There is no way there.
    Unreachable {
        /// What the system said.
        detail: String,
    },
    /// The peer ended the TLS handshake with an alert.
    Alert {
        /// The alert's name in RFC 5246.
        name: String,
    },
    /// The peer closed during the TLS handshake, or right behind it.
    TlsClosed,
    /// The port speaks something else than TLS.
    NotTls {
        /// What it said first.
        said: String,
    },
    /// The peer does not speak TLS 1.2.
    TlsVersion {
        /// What it offers.
        detail: String,
    },
    /// The TLS handshake failed on our side.
    Tls {
        /// Why.
        detail: String,
    },
    /// The peer's certificate is forged or unusable.
    Certificate {
        /// Whether its SKI is not its key's.
        forged: bool,
        /// What is wrong with it.
        detail: String,
    },
    /// Another device is there.
    WrongSki {
        /// Who should be there.
        expected: Ski,
        /// Who is there.
        actual: Ski,
    },
    /// We are there ourselves.
    OwnSki,
    /// HTTP, but no WebSocket: the paths tried and the status of each answer.
    HttpStatus {
        /// Path and status.
        answers: Vec<(String, u16)>,
    },
    /// Status 503: its connection limit is reached.
    Busy,
    /// What answered is no WebSocket.
    NotWebSocket {
        /// What it said.
        detail: String,
    },
    /// A WebSocket, but not for SHIP.
    NoSubProtocol,
    /// No answer to the TLS hello or the upgrade.
    Silent {
        /// What was waited for.
        stage: DialStage,
    },
}

/// The stages of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DialStage {
    /// The name is resolved.
    Resolve,
    /// The TCP connection.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// The WebSocket upgrade.
    Upgrade,
}

impl fmt::Display for DialStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Resolve => "resolve",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Upgrade => "upgrade",
        })
    }
}

impl DialCause {
    /// How far the dial came.
    pub const fn stage(&self) -> DialStage {
        match self {
            Self::UnknownName { .. } => DialStage::Resolve,
            Self::Refused | Self::NoAnswer | Self::Reset | Self::Unreachable { .. } => {
                DialStage::Tcp
            }
            Self::Alert { .. }
            | Self::TlsClosed
            | Self::NotTls { .. }
            | Self::TlsVersion { .. }
            | Self::Tls { .. }
            | Self::Certificate { .. }
            | Self::WrongSki { .. }
            | Self::OwnSki => DialStage::Tls,
            Self::HttpStatus { .. }
            | Self::Busy
            | Self::NotWebSocket { .. }
            | Self::NoSubProtocol => DialStage::Upgrade,
            Self::Silent { stage } => *stage,
        }
    }

    /// Whether it may be gone at the next attempt: a fault of the network or of the moment.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::UnknownName { .. }
                | Self::Refused
                | Self::NoAnswer
                | Self::Reset
                | Self::Unreachable { .. }
                | Self::TlsClosed
                | Self::Busy
                | Self::Silent { .. }
        )
    }
}

impl DialFailure {
    /// The failure that tells most: the one that came furthest, and of those the first that another
    /// attempt would repeat.
    pub fn telling(&self) -> Option<&Tried> {
        self.tried.iter().rev().max_by_key(|tried| (tried.cause.stage(), !tried.cause.is_passing()))
    }

    /// Whether another attempt may succeed.
    pub fn is_passing(&self) -> bool {
        self.telling().is_none_or(|tried| tried.cause.is_passing())
    }
}
