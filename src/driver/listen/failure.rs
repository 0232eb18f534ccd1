//! Why a connection to our port came to nothing.

use std::{net::SocketAddr, time::Duration};

use crate::{
    driver::{tls::TlsError, ws::UpgradeError},
    hub::{WrongFingerprint, dial::Stage},
    proto::Ski,
    time::text::span,
};

/// A connection to our port that got no further than its handshakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("incoming connection from {remote}: {cause}")]
pub struct InboundFailure {
    /// Where it came from.
    pub remote: SocketAddr,
    /// Who it was, if it got that far.
    pub ski: Option<Ski>,
    /// Why it failed.
    pub cause: InboundCause,
}

/// Why a connection to our port failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundCause {
    /// The TLS handshake failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The peer has our own key: we dialled ourselves.
    #[error("we reached ourselves: whoever dials has our own SKI")]
    OwnSki,
    /// It is a device we wait for, with another certificate than its QR code names.
    #[error(transparent)]
    WrongFingerprint(#[from] WrongFingerprint),
    /// The upgrade failed.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// Nothing came in time.
    #[error("the device was silent for {} in the {stage}", span(*.after))]
    TimedOut {
        /// The stage that was waited in.
        stage: Stage,
        /// How long was waited.
        after: Duration,
    },
    /// Too many others were knocking, and this one was the slowest.
    #[error("too many handshakes at a time at our port; this one was the oldest of its address")]
    Crowded,
}

impl InboundCause {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tls(error) => error.code(),
            Self::WrongFingerprint(_) => WrongFingerprint::CODE,
            Self::OwnSki => "CERT-04",
            // A client that looked at our certificate and had seen enough.
            Self::Upgrade(UpgradeError::Closed) => "TLS-04",
            Self::Upgrade(error) => error.code(),
            Self::TimedOut { .. } | Self::Crowded => "TLS-05",
        }
    }
}
