//! What a person, a script or a program may tell the hub.

use std::time::Duration;

use super::config::Rules;
use crate::{
    identity::trust::NameError,
    proto::{Pin, ShipId, Ski, message::Data, target::Target},
};

/// The most connections a hub may be told to have at a time.
pub const MOST_CONNECTIONS: u32 = 10_000;

/// The longest time it may be told to trust whoever asks: nobody means longer.
pub const LONGEST_AUTO_ACCEPT: Duration = Duration::from_secs(365 * 86_400);

/// A command to the hub.
#[derive(Clone, Debug)]
pub enum Command {
    /// Trust this peer and connect to it; a pending request of it is approved.
    Register(Registration),
    /// Trust it no longer: the connection is closed with `removedConnection`.
    Unregister {
        /// The peer.
        ski: Ski,
    },
    /// Close the connection, keep the trust, and stay disconnected until told otherwise.
    Disconnect {
        /// The peer.
        ski: Ski,
    },
    /// Do the same with every peer, and refuse those that ask to be paired.
    DisconnectAll,
    /// Connect to a trusted peer now.
    Connect {
        /// The peer.
        ski: Ski,
    },
    /// Trust a peer that asks to be paired now, and nobody else; it is written down at once.
    Accept {
        /// The peer.
        ski: Ski,
    },
    /// Refuse a pending request, or give up a pairing.
    Deny {
        /// The peer.
        ski: Ski,
    },
    /// Give up a pairing that never completed: its handshake is aborted, the peer forgotten.
    Cancel {
        /// The peer.
        ski: Ski,
    },
    /// Trust every peer that asks, or is waiting for an answer, for so long; zero ends it.
    AutoAccept {
        /// For how long.
        duration: Duration,
    },
    /// Call a trusted peer so; an empty name takes its name away.
    Rename {
        /// The peer.
        ski: Ski,
        /// The name.
        name: String,
    },
    /// Dial a trusted peer at no address given by hand any more.
    ForgetAddress {
        /// The peer.
        ski: Ski,
    },
    /// Remember no PIN of a trusted peer any more.
    ForgetPin {
        /// The peer.
        ski: Ski,
    },
    /// Have at most so many connections from now on. None is closed for it.
    SetLimit {
        /// How many; zero lets nobody in.
        limit: usize,
    },
    /// Follow these rules from now on. Connections that stand stay as they are.
    Adjust(Rules),
    /// Enter a PIN the peer asked for.
    EnterPin {
        /// The peer.
        ski: Ski,
        /// The PIN.
        pin: Pin,
    },
    /// Send data over a completed connection.
    Send {
        /// The peer.
        ski: Ski,
        /// The data.
        data: Data,
    },
    /// Close everything in order; [`super::Output::Stopped`] tells when it is done.
    Shutdown,
}

impl Command {
    /// The peer it is about, which must be known already.
    pub(super) fn peer_mut(&mut self) -> Option<&mut Ski> {
        match self {
            Self::Unregister { ski }
            | Self::Disconnect { ski }
            | Self::Connect { ski }
            | Self::Accept { ski }
            | Self::Deny { ski }
            | Self::Cancel { ski }
            | Self::Rename { ski, .. }
            | Self::ForgetAddress { ski }
            | Self::ForgetPin { ski }
            | Self::EnterPin { ski, .. }
            | Self::Send { ski, .. } => Some(ski),
            Self::Register(_)
            | Self::DisconnectAll
            | Self::AutoAccept { .. }
            | Self::SetLimit { .. }
            | Self::Adjust(_)
            | Self::Shutdown => None,
        }
    }

    /// What is left to do once the change it makes is written down: whoever was let in is trusted,
    /// even if it gave up meanwhile.
    pub fn once_written(self) -> Self {
        match self {
            Self::Accept { ski } => Self::Register(Registration::written_at_once(ski)),
            other => other,
        }
    }
}

/// The wish to be paired with a peer.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The peer.
    pub ski: Ski,
    /// The SHIP ID it must have, if known.
    pub ship_id: Option<ShipId>,
    /// Addresses to dial, before those found by mDNS. The one it is found at is written down.
    pub targets: Vec<Target>,
    /// The PIN to enter if the peer wants one.
    pub pin: Option<Pin>,
    /// The SHA-256 of its certificate in 64 upper-case hex digits, if its QR code told it.
    pub fingerprint: Option<String>,
    /// Whether to write the trust down at once; otherwise when the handshake is complete.
    pub store_at_once: bool,
    /// Whether to write its PIN down once it has accepted it.
    pub remember_pin: bool,
}

impl Registration {
    /// A wish with nothing known but the SKI, written down when the handshake is complete.
    pub fn new(ski: Ski) -> Self {
        Self {
            ski,
            ship_id: None,
            targets: Vec::new(),
            pin: None,
            fingerprint: None,
            store_at_once: false,
            remember_pin: false,
        }
    }

    /// The same, written down at once.
    pub fn written_at_once(ski: Ski) -> Self {
        Self { store_at_once: true, ..Self::new(ski) }
    }
}

/// A certificate is not the one that the QR code of the device names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its certificate has the fingerprint {actual}, but the QR code names {expected}")]
pub struct WrongFingerprint {
    /// The SHA-256 in the QR code, in 64 upper-case hex digits.
    pub expected: String,
    /// That of the certificate.
    pub actual: String,
}

impl WrongFingerprint {
    /// The code of the finding.
    pub const CODE: &'static str = "CERT-10";
}

/// Why the hub did not do what it was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The SKI is our own.
    #[error("{0} is our own SKI")]
    OwnSki(Ski),
    /// Nothing is known of this SKI: it is neither registered nor connected nor seen.
    #[error("{0} is not known here")]
    UnknownPeer(Ski),
    /// The peer is seen or connected, and not registered.
    #[error("{0} is not trusted here")]
    NotRegistered(Ski),
    /// The peer is registered, but nothing is stored of it before its first handshake is complete.
    #[error("{0} is not trusted yet; its pairing has to be complete first")]
    NotTrusted(Ski),
    /// It does not ask, or was refused already.
    #[error("{0} does not ask to be paired now")]
    NothingToAccept(Ski),
    /// There is no request or pairing to refuse.
    #[error("{0} asks for nothing that could be denied")]
    NothingToDeny(Ski),
    /// There is no pairing under way that could be cancelled.
    #[error("no pairing with {0} is under way")]
    NothingToCancel(Ski),
    /// The peer does not ask for a PIN now.
    #[error("{0} does not ask for a PIN now")]
    NoPinWanted(Ski),
    /// There is no completed connection.
    #[error("{0} is not connected")]
    NotConnected(Ski),
    /// The change it asks for cannot be written down. Nothing has changed.
    #[error("the change cannot be written down: {0}")]
    NotStored(String),
    /// The device that waits for our answer shows another certificate than the one announced.
    #[error("{0}")]
    OtherCertificate(WrongFingerprint),
    /// The name is none.
    #[error("{0}")]
    BadName(NameError),
    /// The hub shuts down.
    #[error("the hub is shutting down")]
    ShuttingDown,
}
