//! Everything the hub knows, at one moment, as one value that can be written down. Times are
//! milliseconds since the origin of the hub's clock, durations milliseconds.

use std::{net::SocketAddr, time::Duration};

use serde::{Serialize, Serializer};

use super::{
    DoubleConnection, Hub, ShutdownPhase,
    history::{Entry, Found},
    link::{Link, Phase},
    metrics::{Metrics, millis},
    peer::Peer,
};
use crate::{
    checks::{Finding, judge},
    mdns::service::Service,
    proto::{ConnectionState, ProtocolState, ShipId, Ski, handshake::Role, target::Target},
    time::Time,
};

/// The hub at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// When.
    #[serde(rename = "at_ms")]
    pub at: Time,
    /// Our own SKI.
    pub ski: Ski,
    /// Our own SHIP ID.
    pub ship_id: ShipId,
    /// Which of two connections to one peer survives.
    pub double_connection: DoubleConnection,
    /// Until when everybody who asks is trusted.
    #[serde(rename = "auto_accept_until_ms")]
    pub auto_accept_until: Option<Time>,
    /// How far the shutdown has come.
    pub shutdown: Option<ShutdownPhase>,
    /// The services seen now, by their instance.
    pub services: Vec<ServiceSeen>,
    /// The peers, by their SKI.
    pub peers: Vec<PeerSnapshot>,
    /// Dials and connections, the oldest first.
    pub links: Vec<LinkSnapshot>,
    /// Counts and times.
    pub metrics: Metrics,
}

/// A service as mDNS shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the record")]
pub struct ServiceSeen {
    pub instance: String,
    pub name: String,
    pub host: String,
    pub port: u16,
    pub addresses: Vec<SocketAddr>,
    pub interfaces: Vec<String>,
    pub ski: Option<Ski>,
    pub ship_id: Option<ShipId>,
    pub path: Option<String>,
    pub register: Option<bool>,
    pub brand: Option<String>,
    pub model: Option<String>,
    #[serde(rename = "type")]
    pub device_type: Option<String>,
    pub serial: Option<String>,
    pub categories: Vec<u16>,
    /// Every pair of the TXT record as it came; not safe to show.
    pub txt: Vec<(String, String)>,
    /// What is wrong with the record.
    pub findings: Vec<Finding>,
}

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerSnapshot {
    /// Its SKI.
    pub ski: Ski,
    /// Its SHIP ID, once known.
    pub ship_id: Option<ShipId>,
    /// The connection state.
    pub state: ConnectionState,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// The protocol state of its connection.
    pub protocol: Option<ProtocolState>,
    /// Whether it is paired on our side.
    pub registered: bool,
    /// Whether that is written down.
    pub stored: bool,
    /// Whether a handshake ever completed.
    pub ever_completed: bool,
    /// What becomes of it next.
    pub outlook: Outlook,
    /// Attempts since the last completed handshake.
    pub attempts: u32,
    /// When the next attempt is due.
    #[serde(rename = "next_attempt_ms")]
    pub next_attempt: Option<Time>,
    /// How long that is from now.
    #[serde(rename = "next_attempt_in_ms", serialize_with = "super::metrics::optional_millis")]
    pub next_attempt_in: Option<Duration>,
    /// Addresses given by hand.
    #[serde(serialize_with = "as_texts")]
    pub targets: Vec<Target>,
    /// Wrong PINs it entered here.
    pub wrong_pins: u32,
    /// What happened, the oldest first.
    pub history: Vec<Entry>,
    /// What was found about it, the latest last.
    pub findings: Vec<Found>,
}

/// What becomes of a peer next, as far as it is up to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// It has a connection.
    Connected,
    /// It is being dialled.
    Dialling,
    /// An attempt is due.
    AttemptDue,
    /// An attempt waits for a place.
    WaitsForPlace,
    /// It is dialled as soon as it is seen.
    WaitsForSight,
    /// Somebody disconnected it.
    Held,
    /// It is left to the peer to dial.
    PeerMayCome,
    /// It is not dialled any more until told to.
    GivenUp,
    /// It is not paired here.
    NotPaired,
}

/// A dial or a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkSnapshot {
    /// Its number.
    pub link: u64,
    /// Whose.
    pub ski: Ski,
    /// Whether we dialled.
    pub we_dialled: bool,
    /// How far it has come.
    pub phase: LinkPhase,
    /// Whether it is on its way out.
    pub leaving: bool,
    /// The protocol state.
    pub protocol: Option<ProtocolState>,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// For how long.
    #[serde(rename = "age_ms", serialize_with = "millis")]
    pub age: Duration,
    /// The peer's address.
    pub remote: Option<SocketAddr>,
}

/// How far a link has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPhase {
    /// We dial.
    Dialling,
    /// It waits beside another connection until one of them is decided for.
    Waiting,
    /// The upgrade is being answered.
    Admitted,
    /// The WebSocket is open.
    Open,
}

impl Hub {
    /// Everything the hub knows.
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let mut links: Vec<LinkSnapshot> =
            self.links.iter().map(|(id, link)| link_snapshot(now, id.0, link)).collect();
        links.sort_by_key(|link| link.link);
        Snapshot {
            at: now,
            ski: self.config.ski,
            ship_id: self.config.ship_id.clone(),
            double_connection: self.config.double_connection,
            auto_accept_until: self.auto_accept_until,
            shutdown: self.shutdown.phase(),
            services: self.services.all().map(service_seen).collect(),
            peers: self.peers.values().map(|peer| self.peer_snapshot(now, peer)).collect(),
            links,
            metrics: self.metrics(now),
        }
    }

    /// The counts and times of the hub.
    pub fn metrics(&self, now: Time) -> Metrics {
        let limit = self.config.max_connections;
        self.counts.metrics(now, self.connections(), limit, self.waiting.len())
    }

    fn peer_snapshot(&self, now: Time, peer: &Peer) -> PeerSnapshot {
        let link = peer.link.and_then(|link| self.links.get(&link));
        PeerSnapshot {
            ski: peer.ski,
            ship_id: peer.ship_id.clone(),
            state: peer.state,
            since: peer.record.since,
            protocol: link.and_then(protocol),
            registered: peer.registered,
            stored: peer.stored,
            ever_completed: peer.ever_completed,
            outlook: peer.outlook(),
            attempts: peer.attempts,
            next_attempt: peer.next_attempt,
            next_attempt_in: peer.next_attempt.map(|at| now.until(at)),
            targets: peer.targets.clone(),
            wrong_pins: peer.wrong_pins,
            history: peer.record.entries.iter().cloned().collect(),
            findings: peer.record.findings.iter().cloned().collect(),
        }
    }
}

impl Peer {
    fn outlook(&self) -> Outlook {
        if self.link.is_some() {
            Outlook::Connected
        } else if self.dial.is_some() {
            Outlook::Dialling
        } else if !self.registered {
            Outlook::NotPaired
        } else if self.held {
            Outlook::Held
        } else if self.waiting {
            Outlook::WaitsForPlace
        } else if self.next_attempt.is_some() {
            Outlook::AttemptDue
        } else if self.given_up {
            Outlook::GivenUp
        } else if self.passive {
            Outlook::PeerMayCome
        } else {
            Outlook::WaitsForSight
        }
    }
}

fn link_snapshot(now: Time, id: u64, link: &Link) -> LinkSnapshot {
    LinkSnapshot {
        link: id,
        ski: link.ski,
        we_dialled: link.role == Role::Client,
        phase: match link.phase {
            Phase::Dialing(_) => LinkPhase::Dialling,
            Phase::Asking | Phase::Parked => LinkPhase::Waiting,
            Phase::Admitted => LinkPhase::Admitted,
            Phase::Open(_) => LinkPhase::Open,
        },
        leaving: link.leaving,
        protocol: protocol(link),
        since: link.since,
        age: now.since(link.since),
        remote: link.remote,
    }
}

fn protocol(link: &Link) -> Option<ProtocolState> {
    match &link.phase {
        Phase::Open(connection) => Some(connection.state()),
        _ => None,
    }
}

fn service_seen(service: &Service) -> ServiceSeen {
    let txt = &service.txt;
    ServiceSeen {
        instance: service.instance.clone(),
        name: service.name(),
        host: service.host.clone(),
        port: service.port,
        addresses: service.addresses.clone(),
        interfaces: service.interfaces.clone(),
        ski: txt.ski,
        ship_id: txt.ship_id.clone(),
        path: txt.path.clone(),
        register: txt.register,
        brand: txt.brand.clone(),
        model: txt.model.clone(),
        device_type: txt.device_type.clone(),
        serial: txt.serial.clone(),
        categories: txt.categories.clone(),
        txt: txt.raw.clone(),
        findings: judge::service(service),
    }
}

fn as_texts<S: Serializer>(targets: &[Target], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(targets.iter().map(ToString::to_string))
}
