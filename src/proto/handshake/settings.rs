//! What a connection has to know from the start.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    proto::{Pin, ShipId, Ski, message::Version},
    time::Time,
};

/// Who opened the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// We dialled.
    Client,
    /// The peer dialled.
    Server,
}

impl Role {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// How the hello phase begins (SHIP 13.4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The peer is trusted, an auto-accept window is open, or the user asked for this pairing:
    /// begin with `ready`.
    Trusted,
    /// Somebody can be asked: begin with `pending`.
    Undecided,
    /// Nobody can be asked: abort at once.
    NobodyToAsk,
}

/// Which PIN we demand of the peer (SHIP 13.4.4.3).
#[derive(Clone, Debug, Default)]
pub enum PinPolicy {
    /// None: what practically all devices do.
    #[default]
    None,
    /// Without it the peer is restricted, but connected.
    Optional(Pin),
    /// Nothing goes on without it.
    Required(Pin),
}

/// The settings of one connection.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who opened it.
    pub role: Role,
    /// How the hello phase begins.
    pub trust: Trust,
    /// Our own SHIP ID.
    pub ship_id: ShipId,
    /// Our own SKI, for a peer that asks which keys we have; without it none is told.
    pub own_ski: Option<Ski>,
    /// The `updateCounter` last stored for the peer; 0 if none was.
    pub known_update_counter: u16,
    /// The SHIP ID stored for the peer; another one ends the connection with 4450.
    pub known_ship_id: Option<ShipId>,
    /// The PIN we demand.
    pub pin_policy: PinPolicy,
    /// The PIN to enter at the peer if it wants one. Entered once, then [`super::Event::PinWanted`].
    pub pin_for_peer: Option<Pin>,
    /// Wrong PINs the peer has entered on earlier connections; the penalties go on from there.
    pub wrong_pins: u32,
    /// The end of a penalty that began on an earlier connection: reconnecting does not lift it.
    pub pin_penalty_until: Option<Time>,
    /// Whether somebody can be asked for the PIN when `pin_for_peer` is missing or wrong.
    pub can_ask_for_pin: bool,
    /// Whether to tell the peer that we are found by mDNS.
    pub discoverable: bool,
    /// A fixed address of ours to tell the peer.
    pub dns_uri: Option<String>,
    /// Whether to ask for the peer's access methods (off: TC_SHIP_AMDATA_004).
    pub ask_access_methods: bool,
    /// The highest version to announce or select.
    pub max_version: Version,
    /// The most bytes of data kept before the handshake is complete.
    pub early_data_limit: usize,
    /// The timers.
    pub timing: Timing,
}

/// The timers of SHIP 13.4, with the values used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// Pause of a client before its init. Zero, but for a retry after a refusal that came at once
    /// (a server of ship-go can lose the hello of a client that is too quick).
    pub init_delay: Duration,
    /// CmiTimeout, 10–30 s.
    pub cmi: Duration,
    /// T_hello_init, 60–240 s: how long we wait in the hello phase, announced as `waiting`.
    pub hello_init: Duration,
    /// T_hello_inc: what a granted prolongation adds.
    pub hello_inc: Duration,
    /// T_hello_prolong_thr_inc: below this much time left, no prolongation is asked for in advance.
    pub hello_prolong_threshold: Duration,
    /// T_hello_prolong_waiting_gap: how long before the end of the peer's wait we ask.
    pub hello_prolong_gap: Duration,
    /// T_hello_prolong_min: a shorter announced wait aborts.
    pub hello_prolong_min: Duration,
    /// Between sending `aborted` and closing.
    pub abort_delay: Duration,
    /// The wait timer of the protocol handshake.
    pub protocol: Duration,
    /// How long to wait for `accessMethods` before going on without them.
    pub access_methods: Duration,
    /// PIN penalty after the third wrong PIN.
    pub pin_penalty_short: Duration,
    /// PIN penalty from the sixth wrong PIN on.
    pub pin_penalty_long: Duration,
    /// `maxTime` of an announced close.
    pub close_max_time: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            init_delay: Duration::ZERO,
            cmi: Duration::from_secs(10),
            hello_init: Duration::from_secs(60),
            hello_inc: Duration::from_secs(60),
            hello_prolong_threshold: Duration::from_secs(30),
            hello_prolong_gap: Duration::from_secs(15),
            hello_prolong_min: Duration::from_secs(1),
            abort_delay: Duration::from_secs(1),
            protocol: Duration::from_secs(10),
            access_methods: Duration::from_secs(10),
            pin_penalty_short: Duration::from_secs(15),
            pin_penalty_long: Duration::from_secs(90),
            close_max_time: Duration::from_millis(500),
        }
    }
}

impl Settings {
    /// Settings with everything but the essentials at its default.
    pub fn new(role: Role, trust: Trust, ship_id: ShipId) -> Self {
        Self {
            role,
            trust,
            ship_id,
            own_ski: None,
            known_update_counter: 0,
            known_ship_id: None,
            pin_policy: PinPolicy::None,
            pin_for_peer: None,
            wrong_pins: 0,
            pin_penalty_until: None,
            can_ask_for_pin: false,
            discoverable: true,
            dns_uri: None,
            ask_access_methods: true,
            max_version: Version::V1_0,
            early_data_limit: 256 * 1024,
            timing: Timing::default(),
        }
    }
}
