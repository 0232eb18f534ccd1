//! What is known of a connection beside its states: its transport, the peer's certificate, what was
//! agreed upon; and what an attempt found at each address. The driver and the handshake tell it, the
//! snapshot shows it.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Event, EventKind,
    dial::{DialFailure, Stage, Tried},
    json,
    snapshot::{PairingRequest, PinWanted},
};
use crate::{
    checks::Code,
    proto::{
        ConnectionState, ShipId, Ski,
        handshake::{FORMAT, HelloStatus},
        message::Version,
    },
    spine::Offers,
    time::Time,
};

/// What the transport of a connection showed before its first message. What the driver does not
/// know is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransportFacts {
    /// The version of TLS: `TLS 1.2`.
    pub tls_version: Option<String>,
    /// The cipher suite, by its IANA name.
    pub cipher_suite: Option<String>,
    /// The path of the WebSocket.
    pub path: Option<String>,
    /// The sub-protocol of the WebSocket.
    pub sub_protocol: Option<String>,
    /// The peer's certificate.
    pub certificate: Option<CertificateFacts>,
    /// The interfaces our dial left by; empty where that is not known, or the peer dialled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// What a certificate says. Dates are seconds since the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateFacts {
    /// The common name of its subject.
    pub subject: Option<String>,
    /// The common name of its issuer.
    pub issuer: Option<String>,
    /// From when it is valid.
    pub not_before: Option<i64>,
    /// Until when it is valid.
    pub not_after: Option<i64>,
    /// The kind of its key.
    pub key: String,
    /// The SKI its extension claims; `None` without such an extension.
    pub ski: Option<Ski>,
    /// The SHA-256 of the certificate, 64 upper-case hex digits.
    pub fingerprint: String,
    /// What is odd about it, in words.
    pub remarks: Vec<CertificateOddity>,
}

/// Something odd about a certificate that is accepted all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateOddity {
    /// The finding it belongs to, if it is of consequence.
    #[serde(default, deserialize_with = "json::maybe")]
    pub code: Option<Code>,
    /// What it is, in words.
    pub what: String,
}

/// The present connection of a peer, or its last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFacts {
    /// The number of its link.
    pub link: u64,
    /// Whether we dialled.
    pub we_dialled: bool,
    /// The peer's address.
    pub remote: SocketAddr,
    /// Since when there is a WebSocket.
    #[serde(rename = "since_ms")]
    pub since: Time,
    /// When it ended; `None` while it is open.
    #[serde(rename = "until_ms")]
    pub until: Option<Time>,
    /// What its transport showed.
    #[serde(default)]
    pub transport: TransportFacts,
    /// The SHIP version agreed upon: `1.0`.
    pub version: Option<String>,
    /// The message format agreed upon: `JSON-UTF8`.
    pub format: Option<String>,
    /// The SHIP ID the peer gave on it.
    pub ship_id: Option<ShipId>,
}

/// The latest attempt at a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFacts {
    /// Its number since the last completed handshake.
    pub number: u32,
    /// When it began.
    #[serde(rename = "began_ms")]
    pub began: Time,
    /// What came of each address, in the order of trying.
    #[serde(default, deserialize_with = "json::known")]
    pub tried: Vec<TriedFacts>,
}

/// What came of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedFacts {
    /// The target, with the path tried: `host:port/path`.
    pub target: String,
    /// The address behind its name.
    pub address: Option<SocketAddr>,
    /// Whether the peer answered there.
    pub reached: bool,
    /// How far it went.
    pub stage: Stage,
    /// The finding, where it failed.
    #[serde(default, deserialize_with = "json::maybe")]
    pub code: Option<Code>,
    /// What happened, in words, where it failed.
    pub what: Option<String>,
    /// When it was begun with.
    #[serde(rename = "at_ms")]
    pub at: Time,
    /// How long it took.
    #[serde(rename = "took_ms", with = "json::millis")]
    pub took: Duration,
}

/// How far a running dial has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialProgress {
    /// The target being tried, `host:port/path`.
    pub target: String,
    /// The address behind its name, once it is known.
    pub address: Option<SocketAddr>,
    /// What is being waited for there.
    pub stage: Stage,
    /// Since when.
    #[serde(rename = "since_ms")]
    pub since: Time,
}

/// What is known of a peer's attempts and connections, as its events told it.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The delay drawn for the next attempt.
    pub(super) delay: Option<Duration>,
    pub(super) attempt: Option<AttemptFacts>,
    pub(super) connection: Option<Box<ConnectionFacts>>,
    pub(super) hello: Option<HelloStatus>,
    pub(super) pin_wanted: Option<PinWanted>,
    /// What it told last that it offers.
    pub(super) offers: Option<Box<Offers>>,
    request: Option<PairingRequest>,
}

impl Facts {
    /// The request of the peer to be paired, while nobody has decided.
    pub(super) fn request(&self) -> Option<PairingRequest> {
        let ends = self.hello.map(|hello| [hello.we_wait_until, hello.peer_waits_until]);
        let until = ends.into_iter().flatten().flatten().min();
        self.request.map(|request| PairingRequest { until, ..request })
    }

    /// Takes notice of an event of the peer.
    pub(super) fn note(&mut self, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::AttemptScheduled { delay, .. } => self.delay = Some(*delay),
            EventKind::AttemptStarted { number, .. } => {
                self.attempt = Some(AttemptFacts { number: *number, began: at, tried: Vec::new() });
            }
            EventKind::AttemptFailed { failure: DialFailure { tried, .. }, .. } => {
                self.tried(tried);
            }
            EventKind::State { to, .. } => self.state(*to),
            EventKind::PairingRequest { remote } => {
                self.request = Some(PairingRequest { remote: *remote, since: at, until: None });
            }
            EventKind::Hello(status) => self.hello = Some(*status),
            &EventKind::PinWanted { required, refused, wrong, busy } => {
                let since = self.pin_wanted.map_or(at, |wanted| wanted.since);
                self.pin_wanted = Some(PinWanted { required, refused, wrong, busy, since });
            }
            EventKind::PinAccepted => self.pin_wanted = None,
            EventKind::PeerShipId(ship_id) => {
                if let Some(connection) = &mut self.connection {
                    connection.ship_id = Some(ship_id.clone());
                }
            }
            EventKind::Replaced { link } => self.closed(at, Some(link.0)),
            EventKind::Ended { .. } => self.closed(at, None),
            _ => {}
        }
    }

    /// There is a WebSocket.
    pub(super) fn opened(&mut self, connection: ConnectionFacts) {
        self.hello = None;
        self.pin_wanted = None;
        self.connection = Some(Box::new(connection));
    }

    /// Both sides agreed upon this version.
    pub(super) fn agreed(&mut self, version: Version) {
        if let Some(connection) = &mut self.connection {
            connection.version = Some(format!("{}.{}", version.major, version.minor));
            connection.format = Some(FORMAT.to_owned());
        }
    }

    /// What came of addresses, one after the other from the beginning of the attempt.
    pub(super) fn tried(&mut self, tried: &[Tried]) {
        let Some(attempt) = &mut self.attempt else { return };
        for tried in tried {
            let at = attempt.tried.last().map_or(attempt.began, |last| last.at + last.took);
            attempt.tried.push(TriedFacts {
                target: tried.target.to_string(),
                address: tried.address,
                reached: false,
                stage: tried.stage,
                code: tried.code.parse().ok(),
                what: Some(tried.what.clone()),
                at,
                took: tried.took,
            });
        }
    }

    /// The attempt reached the peer there.
    pub(super) fn reached(&mut self, now: Time, target: String, address: SocketAddr) {
        let Some(attempt) = &mut self.attempt else { return };
        let at = attempt.tried.last().map_or(attempt.began, |last| last.at + last.took);
        attempt.tried.push(TriedFacts {
            target,
            address: Some(address),
            reached: true,
            stage: Stage::Upgrade,
            code: None,
            what: None,
            at,
            took: now.since(at),
        });
    }

    /// The connection is over, if it is this one.
    pub(super) fn closed(&mut self, now: Time, link: Option<u64>) {
        let is_it = |open: &&mut Box<ConnectionFacts>| link.is_none_or(|link| open.link == link);
        if let Some(connection) = self.connection.as_mut().filter(is_it) {
            connection.until.get_or_insert(now);
        }
    }

    /// What is being decided ends with the state it belongs to.
    fn state(&mut self, to: ConnectionState) {
        use ConnectionState::{Completed, InProgress, Pin, ReceivedPairingRequest, Trusted};
        if to != ReceivedPairingRequest {
            self.request = None;
        }
        if !matches!(to, ReceivedPairingRequest | InProgress) {
            self.hello = None;
        }
        if !matches!(to, Trusted | Pin | Completed) {
            self.pin_wanted = None;
        }
    }
}
