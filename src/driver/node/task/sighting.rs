//! mDNS: what is seen, what is announced, and the goodbye.

use tokio::sync::mpsc;

use super::{Report, Task};
use crate::{
    driver::{dial, node::NodeEvent},
    hub::Input,
    mdns::{
        daemon::{Mdns, MdnsError, MdnsEvent},
        service::Service,
    },
    proto::Ski,
};

impl Task {
    pub(super) fn sighted(&mut self, event: MdnsEvent) {
        match event {
            MdnsEvent::Seen(service) => self.handle(Input::Seen(*service)),
            MdnsEvent::Gone { instance } => self.handle(Input::Gone { instance }),
            other => self.tell(NodeEvent::Mdns(other)),
        }
    }

    pub(super) fn on_mdns(&self, act: impl FnOnce(&Mdns) -> Result<(), MdnsError>) {
        if let Some(Err(error)) = self.mdns.as_ref().map(act) {
            tracing::warn!(%error, "mDNS did not do what the hub wanted");
        }
    }

    /// Asks whether the records that were dialled still live, rather than to wait out their TTL; of
    /// a flood of them no more than an attempt tries.
    pub(super) fn verify_records(&self, ski: Ski, failure: &dial::DialFailure) {
        let was_dialled = |service: &&Service| {
            service.txt.ski == Some(ski)
                && service.targets().iter().any(|target| {
                    failure.failures.iter().any(|failed| failed.target.address == target.address)
                })
        };
        let most = self.settings.hub.targets_per_attempt;
        for service in self.hub.services().filter(was_dialled).take(most) {
            self.on_mdns(|mdns| mdns.verify(&service.instance));
        }
    }

    /// Ends mDNS with its goodbye, and tells the hub when that went out.
    pub(super) fn withdraw(&mut self) {
        let Some(mdns) = self.mdns.take() else { return self.handle(Input::Withdrawn) };
        let reports = self.reports.clone();
        tokio::spawn(async move {
            mdns.shutdown().await;
            let _ = reports.send(Report::Withdrawn).await;
        });
    }
}

/// The next sighting; never, where mDNS does not run.
pub(super) async fn next(sightings: &mut Option<mpsc::Receiver<MdnsEvent>>) -> Option<MdnsEvent> {
    match sightings {
        Some(sightings) => sightings.recv().await,
        None => std::future::pending().await,
    }
}
