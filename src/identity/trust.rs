//! The trust store: which SKIs are trusted, and what is known of them. Pure; `disk` keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::proto::{ShipId, Ski};

/// Everything trusted, by SKI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustStore {
    peers: BTreeMap<Ski, TrustedPeer>,
}

/// What is known of one trusted peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedPeer {
    /// The SHIP ID it gave in its access methods; the one it must keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_id: Option<ShipId>,
    /// The name given by the user, or made of brand and model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Since when it is trusted; seconds since the Unix epoch.
    pub since: i64,
    /// When a handshake last completed; seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<i64>,
    /// An address to dial beside those found by mDNS, `host:port/path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// One change of the trust store, as the hub decides it and the disk keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustChange {
    /// Trust this peer, or note what was learned of it: present values replace stored ones.
    Trust {
        /// The peer.
        ski: Ski,
        /// Its SHIP ID, once known.
        ship_id: Option<ShipId>,
        /// Its name, made of brand and model.
        name: Option<String>,
        /// Its address, if one was given by hand.
        address: Option<String>,
        /// Whether a handshake completed just now.
        seen: bool,
    },
    /// Trust it no longer.
    Remove {
        /// The peer.
        ski: Ski,
    },
}
