//! What the records of mDNS let find out about peers: what is wrong with them, and where they
//! contradict each other or the peer itself.

use super::super::{Hub, dial::DialFailure};
use crate::{
    checks::{
        Code, Finding, Severity,
        doubles::{self, Double},
        judge,
        quirks::signs_of_service,
    },
    mdns::service::Service,
    proto::{ShipId, Ski},
    time::Time,
};

impl Hub {
    /// A record appeared, or another one stands in its place; `before` is that one.
    pub(in crate::hub) fn judge_sight(
        &mut self,
        now: Time,
        service: &Service,
        before: Option<&Service>,
    ) {
        let Some(ski) = service.txt.ski else { return };
        self.judge_record(now, ski, service);
        // A few of them, and this one: a flood must not hide it, nor cost more with each record.
        let id = service.txt.ship_id.as_ref();
        let same_ski = self.services.of(ski).take(doubles::MANY + 1);
        let same_id = self.services.with_id(id).take(doubles::MANY + 1);
        let group = same_ski.chain(same_id).chain([service]);
        let renewed = before.and_then(|before| doubles::renewed(before, service));
        for Double { skis, finding } in doubles::among(group).into_iter().chain(renewed) {
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
        }
        let namesakes = services
            .iter()
            .flat_map(|it| self.services.with_id(it.txt.ship_id.as_ref()).take(doubles::MANY + 1));
        let doubles = doubles::among(services.iter().chain(namesakes));
        for Double { skis, finding } in doubles {
            if skis.contains(&ski) {
                self.found(now, ski, finding);
            }
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
        let announced = self.services.of(ski).find_map(|service| service.txt.ship_id.as_ref());
        let Some(announced) = announced.filter(|announced| *announced != given) else { return };
        let seen = format!("The device calls itself {given}, and announces itself as {announced}.");
        let finding = Finding::new(Code::Acc04, seen).with_severity(Severity::Warning).with_advice(
            "Compare its SKI with the label; if it is right, report it to the vendor.",
        );
        self.found(now, ski, finding);
    }
}
