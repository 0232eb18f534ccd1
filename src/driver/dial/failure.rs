//! Why a dial came to nothing: at each address, and which of them tells most.

use std::{fmt, net::SocketAddr, time::Duration};

use crate::{
    checks::dial::silence,
    driver::{route::interfaces_to, tls::TlsError, ws::UpgradeError},
    hub::{WrongFingerprint, dial::Stage},
    proto::{Address, Ski, Target},
    time::text::span,
};

/// No target worked: every address tried, in order, with why it failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct DialFailure {
    /// One entry for every address and path tried; empty only without any target.
    pub failures: Vec<TargetFailure>,
}

/// One address that did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{target}{}: {cause}", Resolved(.target, .address))]
pub struct TargetFailure {
    /// The target tried, with the path tried.
    pub target: Target,
    /// The address it stands for; `None` if it could not be resolved.
    pub address: Option<SocketAddr>,
    /// How far it went.
    pub stage: Stage,
    /// Why it went no further.
    pub cause: DialCause,
    /// How long it took.
    pub took: Duration,
    /// The interfaces the route to it uses, where nothing answered there.
    pub via: Vec<String>,
}

/// Why an address did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialCause {
    /// The name cannot be resolved: what the resolver said.
    #[error("the name cannot be resolved: {0}")]
    UnknownName(String),
    /// A link-local IPv6 address without its scope.
    #[error("a link-local address needs its interface, as in [fe80::1%eth0]:4712")]
    NoScope,
    /// The connection was refused.
    #[error("the connection was refused")]
    Refused,
    /// There is no route to the address: what the system said.
    #[error("the address cannot be reached: {0}")]
    NoRoute(String),
    /// The system could not connect for another reason.
    #[error("connecting failed: {0}")]
    Connect(String),
    /// Nothing came in time.
    #[error("no answer to the {stage} within {}", span(*.after))]
    TimedOut {
        /// The stage that was waited in.
        stage: Stage,
        /// How long was waited.
        after: Duration,
    },
    /// The TLS handshake failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Another device answers there.
    #[error("another device answers: expected the SKI {expected}, but it has {actual}")]
    WrongSki {
        /// The SKI asked for.
        expected: Ski,
        /// The SKI of the device that answers.
        actual: Ski,
    },
    /// It is the device asked for, with another certificate than its QR code names.
    #[error(transparent)]
    WrongFingerprint(#[from] WrongFingerprint),
    /// We answer there ourselves.
    #[error("we reached ourselves: the SKI there is our own")]
    OwnSki,
    /// The WebSocket upgrade failed.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
}

impl DialFailure {
    /// The failure that tells most about why nothing worked: what got furthest, and of those a
    /// refusal before a silence. `None` if there was no target at all.
    pub fn most_telling(&self) -> Option<&TargetFailure> {
        // The first of equals: the addresses tried first are the better ones.
        self.failures.iter().rev().max_by_key(|failure| failure.weight())
    }
}

impl TargetFailure {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }

    pub(in crate::driver) fn new(
        target: Target,
        address: Option<SocketAddr>,
        cause: DialCause,
        took: Duration,
    ) -> Self {
        let silent = cause.code() == silence(Stage::Tcp).as_str();
        let via = address.filter(|_| silent).map(interfaces_to).unwrap_or_default();
        Self { target, address, stage: cause.stage(), cause, took, via }
    }

    /// Whether this failure makes an attempt at that address and path pointless.
    pub(super) fn settles(&self, address: SocketAddr, path: &str) -> bool {
        self.address == Some(address) && (!self.cause.blames_path() || self.target.path == path)
    }

    fn weight(&self) -> (bool, bool, Stage, u8) {
        let loudness = match self.cause {
            DialCause::TimedOut { .. } => 0,
            DialCause::NoRoute(_) | DialCause::NoScope => 1,
            DialCause::Connect(_) => 2,
            _ => 3,
        };
        // A forgery must not go unmentioned; to have reached ourselves tells nothing of the peer.
        let forged = ["CERT-02", WrongFingerprint::CODE].contains(&self.code());
        let own = self.cause == DialCause::OwnSki;
        (forged, !own, self.stage, loudness)
    }
}

impl DialCause {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName(_) => "DNS-01",
            Self::TimedOut { stage, .. } => silence(*stage).as_str(),
            Self::NoScope => "DNS-02",
            Self::Refused => "TCP-01",
            Self::NoRoute(_) => "TCP-02",
            Self::Connect(_) => "TCP-03",
            Self::Tls(error) => error.code(),
            Self::WrongSki { .. } => "CERT-03",
            Self::WrongFingerprint(_) => WrongFingerprint::CODE,
            Self::OwnSki => "CERT-04",
            Self::Upgrade(error) => error.code(),
        }
    }

    /// Whether another path on the same address may work.
    pub(in crate::driver) fn blames_path(&self) -> bool {
        matches!(self, Self::Upgrade(UpgradeError::Status(_) | UpgradeError::BadPath(_)))
    }

    /// The stage at which this cause ends an attempt.
    fn stage(&self) -> Stage {
        match self {
            Self::UnknownName(_) => Stage::Resolve,
            Self::NoScope | Self::Refused | Self::NoRoute(_) | Self::Connect(_) => Stage::Tcp,
            Self::TimedOut { stage, .. } => *stage,
            Self::Tls(_) => Stage::Tls,
            Self::WrongSki { .. } | Self::WrongFingerprint(_) | Self::OwnSki => Stage::Ski,
            Self::Upgrade(_) => Stage::Upgrade,
        }
    }
}

/// Adds the address to a name that stands for it.
struct Resolved<'a>(&'a Target, &'a Option<SocketAddr>);

impl fmt::Display for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.address, self.1) {
            (Address::Name(..), Some(address)) => write!(f, " ({})", address.ip()),
            _ => Ok(()),
        }
    }
}
