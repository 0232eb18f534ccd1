//! Services and peers as one list: what mDNS shows and what the hub knows of the same SKI is one row.

use std::{cmp::Reverse, collections::BTreeMap};

use super::text::clean;
use crate::{
    checks::{Finding, Severity},
    hub::{
        Snapshot,
        history::Found,
        snapshot::{LinkSnapshot, PeerSnapshot, ServiceSeen},
    },
    proto::{ConnectionState, Ski},
    time::Time,
};

/// What a row is known by from one moment to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Ski(Ski),
    /// A service that says no SKI.
    Instance(String),
}

/// One line of the list.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) key: Key,
    pub(super) service: Option<&'a ServiceSeen>,
    pub(super) peer: Option<&'a PeerSnapshot>,
    pub(super) link: Option<&'a LinkSnapshot>,
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// What needs somebody first, then what works, then the rest.
    #[default]
    Urgency,
    Name,
    /// By the time of the next attempt.
    Next,
    /// What changed last comes first.
    Age,
    Ski,
}

/// What rows are compared by; within one list all are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Same,
    Urgency(u8),
    Next(bool, Option<Time>),
    Age(Reverse<Option<Time>>),
}

impl Sort {
    const ALL: [Self; 5] = [Self::Urgency, Self::Name, Self::Next, Self::Age, Self::Ski];

    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Name => "name",
            Self::Next => "next attempt",
            Self::Age => "last change",
            Self::Ski => "SKI",
        }
    }
}

/// The rows of a hub that match the filter, in order.
pub(super) fn rows<'a>(hub: &'a Snapshot, filter: &str, sort: Sort) -> Vec<Row<'a>> {
    let mut rows = matching(hub, filter);
    // They come in the order of their keys, and those of the same rank stay in it.
    rows.sort_by_cached_key(|row| row.rank(sort));
    rows
}

/// The rows of a hub that match the filter, by their keys.
pub(super) fn matching<'a>(hub: &'a Snapshot, filter: &str) -> Vec<Row<'a>> {
    let mut rows: BTreeMap<Key, Row<'a>> = BTreeMap::new();
    let empty = |key: Key| Row { key, service: None, peer: None, link: None };
    for peer in &hub.peers {
        let key = Key::Ski(peer.ski);
        rows.entry(key.clone()).or_insert_with(|| empty(key)).peer = Some(peer);
    }
    for service in &hub.services {
        let key = service.ski.map_or_else(|| Key::Instance(service.instance.clone()), Key::Ski);
        if key == Key::Ski(hub.ski) {
            continue;
        }
        rows.entry(key.clone()).or_insert_with(|| empty(key)).service = Some(service);
    }
    for link in &hub.links {
        if let Some(row) = rows.get_mut(&Key::Ski(link.ski)) {
            row.link = Some(link);
        }
    }
    let needle = needle(filter);
    rows.into_values().filter(|row| row.matches(&needle)).collect()
}

impl<'a> Row<'a> {
    /// The row of one device, known or not.
    pub(super) fn of(hub: &'a Snapshot, key: Key) -> Self {
        let mut row = Self { key, service: None, peer: None, link: None };
        row.service = hub.services.iter().find(|service| match &row.key {
            Key::Ski(ski) => service.ski == Some(*ski),
            Key::Instance(instance) => service.ski.is_none() && service.instance == *instance,
        });
        if let Some(ski) = row.ski() {
            row.peer = hub.peers.iter().find(|peer| peer.ski == ski);
            row.link = hub.links.iter().find(|link| link.ski == ski);
        }
        row
    }
}

impl Row<'_> {
    pub(super) fn ski(&self) -> Option<Ski> {
        match self.key {
            Key::Ski(ski) => Some(ski),
            Key::Instance(_) => None,
        }
    }

    pub(super) fn state(&self) -> ConnectionState {
        self.peer.map_or(ConnectionState::None, |peer| peer.state)
    }

    pub(super) fn state_word(&self) -> &'static str {
        self.peer.map_or(ConnectionState::None.word(), PeerSnapshot::state_word)
    }

    /// What people call it: the name given to it, or brand and model, or what it announces itself
    /// as. Harmless.
    pub(super) fn name(&self, columns: usize) -> String {
        if let Some(name) = self.peer.and_then(|peer| peer.name.as_deref()) {
            return clean(name, columns);
        }
        let Some(service) = self.service else { return "(not announced)".to_owned() };
        let parts = [service.brand.as_deref(), service.model.as_deref()];
        let parts: Vec<&str> =
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        // Many say their brand in the model again.
        if let [brand, model] = parts[..]
            && model.to_lowercase().starts_with(&brand.to_lowercase())
        {
            return clean(model, columns);
        }
        if parts.is_empty() {
            clean(&service.name, columns)
        } else {
            clean(&parts.join(" "), columns)
        }
    }

    /// Where it is, or would be looked for.
    pub(super) fn address(&self) -> Option<String> {
        let connected = self.link.and_then(|link| link.remote).map(|at| at.to_string());
        let seen = || {
            let service = self.service?;
            Some(service.addresses.first().map_or_else(
                || format!("{}:{}", service.host.trim_end_matches('.'), service.port),
                ToString::to_string,
            ))
        };
        let given = || self.peer.and_then(|peer| peer.targets.first()).map(ToString::to_string);
        let was = || self.peer?.connection.as_ref().map(|last| last.remote.to_string());
        connected.or_else(seen).or_else(given).or_else(was)
    }

    /// Since when it is as it is.
    pub(super) fn since(&self) -> Option<Time> {
        self.peer.map(|peer| peer.since).or_else(|| self.service.map(|service| service.since))
    }

    /// The findings about it that are not over.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        let of_peer = self.peer.into_iter().flat_map(|peer| {
            let in_record = |found: &&Found| {
                let announced = self.service.map_or(&[][..], |service| &service.findings);
                announced.iter().any(|it| it.code == found.finding.code)
            };
            let now = peer.findings.iter().filter(|found| found.over.is_none());
            now.filter(move |found| !in_record(found)).map(|found| &found.finding)
        });
        of_peer.chain(self.service.into_iter().flat_map(|service| &service.findings))
    }

    /// How bad the worst of them is.
    pub(super) fn worst(&self) -> Option<Severity> {
        self.findings().map(|finding| finding.severity).max()
    }

    pub(super) fn is_trusted(&self) -> bool {
        self.peer.is_some_and(|peer| peer.registered)
    }

    fn urgency(&self) -> u8 {
        use ConnectionState::*;
        match self.state() {
            ReceivedPairingRequest => 0,
            Pin => 1,
            Error | RemoteDeniedTrust => 2,
            Initiated | InProgress | Trusted => 3,
            Completed => 4,
            Queued => 5,
            None if self.is_trusted() => 6,
            None => 7,
        }
    }

    /// What it is sorted by: first this, then its name in small letters.
    fn rank(&self, sort: Sort) -> (Rank, String) {
        let name = || self.name(64).to_lowercase();
        let next = self.peer.and_then(|peer| peer.next_attempt);
        match sort {
            Sort::Urgency => (Rank::Urgency(self.urgency()), name()),
            Sort::Name => (Rank::Same, name()),
            Sort::Next => (Rank::Next(next.is_none(), next), name()),
            Sort::Age => (Rank::Age(Reverse(self.since())), name()),
            Sort::Ski => (Rank::Same, String::new()),
        }
    }

    /// Every word of the filter stands somewhere in what is known of it.
    fn matches(&self, needle: &[String]) -> bool {
        if needle.is_empty() {
            return true;
        }
        let mut hay = String::new();
        let mut add = |text: &str| {
            hay.push_str(&text.to_lowercase());
            hay.push('\n');
        };
        add(&self.name(512));
        add(self.state_word());
        if let Some(ski) = self.ski() {
            add(&ski.to_string());
            add(&ski.grouped());
        }
        add(&self.address().unwrap_or_default());
        add(if self.is_trusted() { "trusted" } else { "stranger" });
        if let Some(service) = self.service {
            add(&service.name);
            let texts = [&service.brand, &service.model, &service.device_type, &service.serial];
            texts.into_iter().flatten().for_each(|text| add(text));
        }
        needle.iter().all(|word| hay.contains(word.as_str()))
    }
}

/// Whether a finding is of the time before the device was connected, as it now is: nobody has to
/// follow its advice any more.
/// The words of a filter, as they are looked for.
pub(super) fn needle(filter: &str) -> Vec<String> {
    filter.split_whitespace().map(str::to_lowercase).collect()
}
