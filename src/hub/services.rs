//! The services seen now, found by their instance or by the peer they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{mdns::service::Service, proto::Ski, time::Time};

/// A service that is seen.
#[derive(Debug)]
pub(super) struct Sighting {
    /// What mDNS shows.
    pub(super) service: Service,
    /// Since when.
    pub(super) since: Time,
}

/// The services seen now.
#[derive(Debug, Default)]
pub(super) struct Services {
    by_instance: BTreeMap<String, Sighting>,
    /// Which instances say that they are of a peer, in their order.
    instances: BTreeSet<(Ski, String)>,
}

impl Services {
    /// Takes in a service as it is seen now; whether it is news.
    pub(super) fn insert(&mut self, now: Time, service: Service) -> bool {
        let (ski, instance) = (service.txt.ski, service.instance.clone());
        let old = self.remove(&instance);
        let is_news = old.as_ref().is_none_or(|old| old.service != service);
        let since = old.map_or(now, |old| old.since);
        self.instances.extend(ski.map(|ski| (ski, instance.clone())));
        self.by_instance.insert(instance, Sighting { service, since });
        is_news
    }

    pub(super) fn remove(&mut self, instance: &str) -> Option<Sighting> {
        let old = self.by_instance.remove(instance)?;
        if let Some(ski) = old.service.txt.ski {
            self.instances.remove(&(ski, instance.to_owned()));
        }
        Some(old)
    }

    /// All of them, by their instance.
    pub(super) fn all(&self) -> impl Iterator<Item = &Sighting> {
        self.by_instance.values()
    }

    /// Those that say they are of this peer, by their instance.
    pub(super) fn of(&self, ski: Ski) -> impl Iterator<Item = &Service> {
        self.instances
            .range((ski, String::new())..)
            .take_while(move |(of, _)| *of == ski)
            .filter_map(|(_, instance)| Some(&self.by_instance.get(instance)?.service))
    }
}
