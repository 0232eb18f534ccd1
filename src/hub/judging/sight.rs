//! What the records of mDNS let find out about peers: what is wrong with them, and where they
//! contradict each other or the peer itself.

use std::time::Duration;

use super::super::{Hub, dial::DialFailure, peer::Peer};
use crate::{
    checks::{
        Code, Finding, Severity,
        doubles::{self, Double},
        judge,
        quirks::signs_of_service,
        unseen,
    },
    mdns::service::Service,
    proto::{ShipId, Ski},
    time::Time,
};

/// A trusted peer that was not seen so long after the start is probably off.
pub(in crate::hub) const UNSEEN_AFTER: Duration = Duration::from_secs(60);

impl Hub {
    /// The trusted peers that neither announced themselves nor came since the start.
    pub(in crate::hub) fn judge_unseen(&mut self, now: Time) {
        let never = |peer: &&Peer| {
            peer.registered
                && !peer.held
                && peer.facts.connection.is_none()
                && self.services_of(peer.ski).next().is_none()
        };
        let unseen: Vec<Ski> = self.peers.values().filter(never).map(|peer| peer.ski).collect();
        for ski in unseen {
            let name = self.trust.get(&ski).and_then(|trusted| trusted.name.as_deref());
            self.found(now, ski, unseen::since_start(ski, name));
        }
    }

    /// A trusted peer that is gone may be back with another SKI: its SHIP ID tells.
    pub(in crate::hub) fn judge_other_ski(&mut self, now: Time, ski: Ski, id: Option<&ShipId>) {
        let Some(id) = id else { return };
        let is_gone = |old: Ski| {
            old != ski
                && self.also_trusted(old) != Some(ski)
                && self.services_of(old).next().is_none()
                && self.peers.get(&old).is_none_or(|peer| peer.link.is_none())
        };
        let with_id = self.trust.iter().filter(|(_, known)| known.ship_id.as_ref() == Some(id));
        let gone: Vec<Ski> = with_id.map(|(old, _)| *old).filter(|old| is_gone(*old)).collect();
        let is_trusted = self.trust.get(&ski).is_some();
        for old in gone {
            let finding = doubles::other_ski(id, old, ski, is_trusted);
            self.found(now, ski, finding.clone());
            self.found(now, old, finding);
        }
    }

    /// A record appeared, or another one stands in its place; `before` is that one.
    pub(in crate::hub) fn judge_sight(
        &mut self,
        now: Time,
        service: &Service,
        before: Option<&Service>,
    ) {
        let Some(ski) = service.txt.ski else { return };
        self.judge_record(now, ski, service);
        self.judge_other_ski(now, ski, service.txt.ship_id.as_ref());
        // A few of them, and this one: a flood must not hide it, nor cost more with each record.
        let id = service.txt.ship_id.as_ref();
        let same_ski = self.services.of(ski).take(doubles::MANY + 1);
        let same_id = self.services.with_id(id).take(doubles::MANY + 1);
        let group = same_ski.chain(same_id).chain([service]);
        let renewed = before.and_then(|before| doubles::renewed(before, service));
        let mut doubles: Vec<Double> = doubles::among(group).into_iter().chain(renewed).collect();
        doubles.retain(|double| !self.is_one_peer(double));
        for Double { skis, finding } in doubles {
            for ski in skis {
                self.found(now, ski, finding.clone());
            }
        }
    }

    /// Judges what is seen of a peer that is only now of interest.
    pub(in crate::hub) fn judge_records(&mut self, now: Time, ski: Ski) {
        let services: Vec<Service> = self.services.of(ski).cloned().collect();
        for service in &services {
            self.judge_record(now, ski, service);
            self.judge_other_ski(now, ski, service.txt.ship_id.as_ref());
        }
        let namesakes = services
            .iter()
            .flat_map(|it| self.services.with_id(it.txt.ship_id.as_ref()).take(doubles::MANY + 1));
        let mut doubles = doubles::among(services.iter().chain(namesakes));
        doubles.retain(|double| !self.is_one_peer(double));
        for Double { skis, finding } in doubles {
            if skis.contains(&ski) {
                self.found(now, ski, finding);
            }
        }
    }

    /// Whether it is one peer that announces itself under both SKIs it may use.
    fn is_one_peer(&self, double: &Double) -> bool {
        let mut owners = double.skis.iter().map(|ski| self.owner_of(*ski));
        double.skis.len() > 1 && owners.next().is_some_and(|first| owners.all(|it| it == first))
    }

    /// A record is gone: of those that remain with its SHIP ID one may be the same device.
    pub(in crate::hub) fn judge_gone(&mut self, now: Time, service: &Service) {
        let id = service.txt.ship_id.as_ref();
        let same_id = self.services.with_id(id).take(doubles::MANY + 1);
        let others: Vec<Ski> = same_id.filter_map(|it| it.txt.ski).collect();
        for ski in others {
            self.judge_other_ski(now, ski, id);
        }
    }

    fn judge_record(&mut self, now: Time, ski: Ski, service: &Service) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.record.judged.show(signs_of_service(service));
        self.note_findings(now, ski, judge::service(service));
    }

    /// A dial failed: the record may be alive, and its host dead.
    pub(in crate::hub) fn judge_failure(&mut self, now: Time, ski: Ski, failure: &DialFailure) {
        let silent = failure.most_telling().is_some_and(|it| it.code == Code::Tcp02.as_str());
        let dialled = |service: &&Service| {
            let targets = service.targets();
            failure.tried.iter().any(|tried| targets.contains(&tried.target))
        };
        let record = silent.then(|| self.services.of(ski).find(dialled)).flatten();
        if let Some(service) = record {
            let seen =
                format!("{:?} is still announced, but its host does not answer.", service.instance);
            self.found(now, ski, Finding::new(Code::Mdns10, seen));
        }
    }

    /// The peer gave its SHIP ID: its record should tell the same.
    pub(in crate::hub) fn judge_ship_id(&mut self, now: Time, ski: Ski, given: &ShipId) {
        self.judge_other_ski(now, ski, Some(given));
        let announced = self.services.of(ski).find_map(|service| service.txt.ship_id.as_ref());
        let Some(announced) = announced.filter(|announced| *announced != given) else { return };
        let seen = format!("The device calls itself {given}, and announces itself as {announced}.");
        let finding = Finding::new(Code::Acc04, seen).with_severity(Severity::Warning).with_advice(
            "Compare its SKI with the label; if it is right, report it to the vendor.",
        );
        self.found(now, ski, finding);
    }
}
