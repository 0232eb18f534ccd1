//! The settings of a hub.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{backoff::Backoff, duplicate::DoubleConnection, offers::Spine};
use crate::proto::{
    Pin, ShipId, Ski,
    handshake::{PinPolicy, Role, Settings, Timing, Trust},
    message::Version,
};

/// The settings of a hub. Written down without its PINs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    /// Our SKI.
    pub ski: Ski,
    /// Our SHIP ID.
    pub ship_id: ShipId,
    /// The moment of the hub's origin in seconds since the Unix epoch: since when a peer is trusted
    /// is told as a date.
    pub origin_unix: i64,
    /// Whether peers trusted from the start are dialled without being asked for.
    pub dial_stored: bool,
    /// Whether somebody can be asked about a peer that is not trusted.
    pub can_ask_for_trust: bool,
    /// Peers that are trusted as soon as they come, without being dialled.
    pub accept: BTreeSet<Ski>,
    /// Whether somebody can be asked for a PIN.
    pub can_ask_for_pin: bool,
    /// The PIN to enter at every trusted peer that wants one and has none of its own here.
    #[serde(skip)]
    pub pin_for_trusted: Option<Pin>,
    /// The PIN we demand of peers.
    #[serde(skip)]
    pub pin_policy: PinPolicy,
    /// Whether mDNS announces us.
    pub discoverable: bool,
    /// Whether it announces `register=true` all the time.
    pub register: bool,
    /// Whether to ask peers for their access methods.
    pub ask_access_methods: bool,
    /// What we say in SPINE to a peer whose handshake is complete; nothing by default: whoever uses
    /// the library sends data of its own, and two who number their datagrams confuse a peer.
    pub spine: Option<Spine>,
    /// The most bytes of data kept for a peer before its handshake is complete.
    pub early_data_limit: usize,
    /// The most addresses tried in one attempt; the next attempt tries the others.
    pub targets_per_attempt: usize,
    /// Which of two connections to one peer survives.
    pub double_connection: DoubleConnection,
    /// The most connections at a time; established ones are never pre-empted.
    pub max_connections: usize,
    /// The timers of the SHIP handshake.
    pub timing: Timing,
    /// The delays before attempts.
    pub backoff: Backoff,
    /// Time between two pings (SHIP 4.2).
    pub ping_every: Duration,
    /// Time within which a ping must be answered.
    pub pong_within: Duration,
    /// Time within which a connection has to show that it lives when another wants its place.
    pub probe_within: Duration,
    /// Time the peer with the higher SKI has to close one of two connections (SHIP 12.2.3).
    pub decide_after: Duration,
    /// How many entries of the history of each peer are kept.
    pub history_kept: usize,
    /// How many findings about each peer are kept.
    pub findings_kept: usize,
    /// Time a shutdown takes at most, all phases together.
    pub shutdown_within: Duration,
    /// Time it waits until no more connections are taken.
    pub stop_listening_within: Duration,
    /// Time it waits for the goodbye of mDNS.
    pub withdraw_within: Duration,
    /// Time the connections have to close at a shutdown.
    pub close_within: Duration,
}

/// What of the settings of a hub may change while it runs, by [`super::Command::Adjust`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Which of two connections to one peer survives; for the next two.
    pub double_connection: DoubleConnection,
    /// Whether to ask peers for their access methods; on new connections.
    pub ask_access_methods: bool,
    /// What we say in SPINE; on new connections.
    pub spine: Option<Spine>,
}

impl Config {
    /// The defaults for a node.
    pub fn new(ski: Ski, ship_id: ShipId) -> Self {
        Self {
            ski,
            ship_id,
            origin_unix: 0,
            dial_stored: false,
            can_ask_for_trust: false,
            accept: BTreeSet::new(),
            can_ask_for_pin: false,
            pin_for_trusted: None,
            pin_policy: PinPolicy::None,
            discoverable: true,
            register: false,
            ask_access_methods: true,
            spine: None,
            early_data_limit: 256 * 1024,
            targets_per_attempt: 16,
            double_connection: DoubleConnection::default(),
            max_connections: 10,
            timing: Timing::default(),
            backoff: Backoff::default(),
            ping_every: Duration::from_secs(50),
            pong_within: Duration::from_secs(10),
            probe_within: Duration::from_secs(3),
            decide_after: Duration::from_secs(3),
            history_kept: 50,
            findings_kept: 20,
            shutdown_within: Duration::from_secs(10),
            stop_listening_within: Duration::from_secs(5),
            withdraw_within: Duration::from_secs(2),
            close_within: Duration::from_secs(3),
        }
    }

    /// What of it may change while the hub runs.
    pub fn rules(&self) -> Rules {
        let Self { double_connection, ask_access_methods, spine, .. } = *self;
        Rules { double_connection, ask_access_methods, spine }
    }

    /// Takes these rules.
    pub(super) fn adjust(&mut self, rules: Rules) {
        let Rules { double_connection, ask_access_methods, spine } = rules;
        self.double_connection = double_connection;
        self.ask_access_methods = ask_access_methods;
        self.spine = spine;
    }

    /// The settings of a connection of this node, before what is known of the peer.
    pub(super) fn connection(&self, role: Role, trust: Trust) -> Settings {
        Settings {
            pin_policy: self.pin_policy.clone(),
            can_ask_for_pin: self.can_ask_for_pin,
            discoverable: self.discoverable,
            ask_access_methods: self.ask_access_methods,
            max_version: Version::V1_0,
            early_data_limit: self.early_data_limit,
            timing: self.timing,
            own_ski: Some(self.ski),
            ..Settings::new(role, trust, self.ship_id.clone())
        }
    }
}
