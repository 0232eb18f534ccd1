//! The services seen now, found by their instance or by the peer they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{mdns::service::Service, proto::Ski};

/// The services seen now.
#[derive(Debug, Default)]
pub(super) struct Services {
    by_instance: BTreeMap<String, Service>,
    /// Which instances say that they are of a peer, in their order.
    instances: BTreeSet<(Ski, String)>,
}

impl Services {
    /// Takes in a sighting; returns what was known of that instance.
    pub(super) fn insert(&mut self, service: Service) -> Option<Service> {
        let (ski, instance) = (service.txt.ski, service.instance.clone());
        let old = self.remove(&instance);
        self.instances.extend(ski.map(|ski| (ski, instance.clone())));
        self.by_instance.insert(instance, service);
        old
    }

    pub(super) fn remove(&mut self, instance: &str) -> Option<Service> {
        let old = self.by_instance.remove(instance)?;
        if let Some(ski) = old.txt.ski {
            self.instances.remove(&(ski, instance.to_owned()));
        }
        Some(old)
    }

    /// All of them, by their instance.
    pub(super) fn all(&self) -> impl Iterator<Item = &Service> {
        self.by_instance.values()
    }

    /// Those that say they are of this peer, by their instance.
    pub(super) fn of(&self, ski: Ski) -> impl Iterator<Item = &Service> {
        self.instances
            .range((ski, String::new())..)
            .take_while(move |(of, _)| *of == ski)
            .filter_map(|(_, instance)| self.by_instance.get(instance))
    }
}
