//! Taking the snapshot: what becomes of peers, links and services in it.

use super::{
    LinkPhase, LinkSnapshot, NodeFacts, Outlook, PeerSnapshot, ServiceSeen, Snapshot,
    StandingPattern,
};
use crate::{
    checks::{
        judge,
        quirks::{Known, QuirkSeen, recognise},
    },
    hub::{
        Hub, Sighting,
        link::{Link, Phase},
        metrics::Metrics,
        peer::Peer,
    },
    proto::{ProtocolState, Ski, handshake::Role},
    time::Time,
};

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
            node: NodeFacts::default(),
            double_connection: self.config.double_connection,
            auto_accept_until: self.auto_accept_until,
            shutdown: self.shutdown.phase(),
            phases: self.phases(),
            services: self.services.all().map(service_seen).collect(),
            peers: self.peers.values().map(|peer| self.peer_snapshot(now, peer)).collect(),
            links,
            metrics: self.metrics(now),
        }
    }

    /// What the hub knows of one peer.
    pub fn peer(&self, now: Time, ski: Ski) -> Option<PeerSnapshot> {
        self.peers.get(&ski).map(|peer| self.peer_snapshot(now, peer))
    }

    /// The counts and times of the hub.
    pub fn metrics(&self, now: Time) -> Metrics {
        let limit = self.config.max_connections;
        self.counts.metrics(now, self.connections(), limit, self.waiting.len())
    }

    fn peer_snapshot(&self, now: Time, peer: &Peer) -> PeerSnapshot {
        let link = peer.link.and_then(|link| self.links.get(&link));
        let (facts, trusted) = (&peer.facts, self.trust.get(&peer.ski));
        PeerSnapshot {
            ski: peer.ski,
            ship_id: peer.ship_id.clone(),
            name: trusted.and_then(|trusted| trusted.name.clone()),
            trusted_since: trusted.map(|trusted| trusted.since),
            last_seen: trusted.and_then(|trusted| trusted.last_seen),
            state: peer.state,
            since: peer.record.since,
            protocol: link.and_then(protocol),
            registered: peer.registered,
            stored: peer.stored,
            ever_completed: peer.ever_completed,
            outlook: peer.outlook(link.is_some_and(|link| link.leaving)),
            attempts: peer.attempts,
            next_attempt: peer.next_attempt,
            next_attempt_in: peer.next_attempt.map(|at| now.until(at)),
            next_attempt_delay: peer.next_attempt.and(facts.delay),
            pattern: peer
                .record
                .judged
                .standing(now)
                .map(|it| StandingPattern { code: it.code, times: it.times }),
            attempt: facts.attempt.clone(),
            connection: facts.connection.as_deref().cloned(),
            request: facts.request(),
            hello: facts.hello,
            pin_wanted: facts.pin_wanted,
            pin_remembered: self.trust.pin(&peer.ski).is_some(),
            offers: facts.offers.as_deref().cloned(),
            key_update_counter: trusted.and_then(|it| it.keys).map(|keys| keys.update_counter),
            also_trusted: self.also_trusted(peer.ski),
            targets: peer.targets.clone(),
            wrong_pins: peer.wrong_pins,
            pin_penalty_until: peer.pin_penalty_until,
            history: peer.record.entries.iter().cloned().collect(),
            findings: peer.record.judged.findings_at(now).collect(),
            quirks: self.quirks(peer),
        }
    }
}

impl Hub {
    /// What is known of devices like this one.
    fn quirks(&self, peer: &Peer) -> Vec<QuirkSeen> {
        let txt = self.services.of(peer.ski).next().map(|service| &service.txt);
        let known = Known {
            brand: txt.and_then(|txt| txt.brand.as_deref()),
            model: txt.and_then(|txt| txt.model.as_deref()),
            signs: peer.record.judged.signs(),
        };
        recognise(&known).into_iter().map(QuirkSeen::from).collect()
    }
}

impl Peer {
    /// Its outlook; a connection that is `leaving` does not count as one any more.
    fn outlook(&self, leaving: bool) -> Outlook {
        if self.link.is_some() && !leaving {
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
        dial: link.dial.clone(),
    }
}

fn protocol(link: &Link) -> Option<ProtocolState> {
    match &link.phase {
        Phase::Open(connection) => Some(connection.state()),
        _ => None,
    }
}

fn service_seen(sighting: &Sighting) -> ServiceSeen {
    let Sighting { service, since } = sighting;
    let txt = &service.txt;
    ServiceSeen {
        instance: service.instance.clone(),
        since: *since,
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
