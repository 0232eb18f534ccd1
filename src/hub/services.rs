//! The services seen now, found by their instance or by the peer they belong to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    mdns::service::Service,
    proto::{ShipId, Ski},
    time::Time,
};

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
    /// Which instances have a SHIP ID.
    ids: BTreeSet<(ShipId, String)>,
}

impl Services {
    /// Takes in a service as it is seen now; what was seen in its place before.
    pub(super) fn insert(&mut self, now: Time, service: Service) -> Option<Service> {
        let (ski, instance) = (service.txt.ski, service.instance.clone());
        let old = self.remove(&instance);
        let since = old.as_ref().map_or(now, |old| old.since);
        self.instances.extend(ski.map(|ski| (ski, instance.clone())));
        self.ids.extend(service.txt.ship_id.clone().map(|id| (id, instance.clone())));
        self.by_instance.insert(instance, Sighting { service, since });
        old.map(|old| old.service)
    }

    pub(super) fn remove(&mut self, instance: &str) -> Option<Sighting> {
        let old = self.by_instance.remove(instance)?;
        if let Some(ski) = old.service.txt.ski {
            self.instances.remove(&(ski, instance.to_owned()));
        }
        if let Some(id) = &old.service.txt.ship_id {
            self.ids.remove(&(id.clone(), instance.to_owned()));
        }
        Some(old)
    }

    /// All of them, by their instance.
    pub(super) fn all(&self) -> impl Iterator<Item = &Sighting> {
        self.by_instance.values()
    }

    /// Those that say they are of this peer, by their instance.
    pub(super) fn of(&self, ski: Ski) -> impl Iterator<Item = &Service> + Clone {
        self.instances
            .range((ski, String::new())..)
            .take_while(move |(of, _)| *of == ski)
            .filter_map(|(_, instance)| Some(&self.by_instance.get(instance)?.service))
    }

    /// Those that say they have this SHIP ID, by their instance.
    pub(super) fn with_id(&self, id: Option<&ShipId>) -> impl Iterator<Item = &Service> {
        let from = id.map(|id| (id.clone(), String::new()));
        from.into_iter().flat_map(|from| {
            let id = from.0.clone();
            self.ids
                .range(from..)
                .take_while(move |(of, _)| *of == id)
                .filter_map(|(_, instance)| Some(&self.by_instance.get(instance)?.service))
        })
    }
}
