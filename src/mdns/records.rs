//! What is known of the network: the records seen, and which of them to report. Pure.
//!
//! Sightings come in any number and order (IPv4 first, IPv6 a moment later, the TXT record last);
//! reported is only what changed. Nothing queues up: a record that changes twice before its report
//! is taken is reported once, as it is then.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{packet::Announced, service::Service, txt::Txt};
use crate::{
    proto::{Ski, text::visible},
    time::Time,
};

/// What discovery tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MdnsEvent {
    /// A service appeared, or something about it changed: replaces what was seen before.
    Seen(Box<Service>),
    /// A service said goodbye, expired, or was found dead.
    Gone {
        /// Its instance name.
        instance: String,
    },
    /// Another host uses a name of ours, so ours was changed.
    NameChanged {
        /// The name wanted.
        from: String,
        /// The name now announced.
        to: String,
    },
    /// More services are announced than are kept: those that come now are not. Told once, and again
    /// only after there was room for a good many.
    Full {
        /// How many are kept.
        kept: usize,
    },
}

/// The records seen. After each call, take every [`Records::poll_event`]; call
/// [`Records::handle_timeout`] at [`Records::poll_timeout`].
#[derive(Debug)]
pub struct Records {
    own: Option<Ski>,
    entries: BTreeMap<String, Entry>,
    /// Which entries the owner has to hear of: asked after each sighting, and there are floods.
    dirty: BTreeSet<String>,
    /// Which entries the owner knows of that are there no longer.
    gone: BTreeSet<String>,
    /// Which entries are held back, the first due first.
    held: BTreeSet<(Time, String)>,
    full: Full,
}

/// Whether there is room for more records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    /// There is, or was until a moment ago.
    No,
    /// There is none, and the owner has to hear of it.
    ToTell,
    /// It has.
    Told,
}

#[derive(Debug)]
struct Entry {
    /// The full name as it came: what the responder wants to hear.
    fullname: String,
    service: Service,
    /// Until when an incomplete record is held back; it is complete, or told, without.
    held_until: Option<Time>,
    /// Whether the owner knows of it.
    reported: bool,
}

/// How long a record may be incomplete before it is reported as it is: SRV, TXT and addresses may
/// come in packets of their own, and lost ones are asked for again.
const GRACE: Duration = Duration::from_secs(2);

/// The most records kept; a network with more is under attack.
const LIMIT: usize = 1000;

impl Records {
    /// No records; those of `own` are never reported.
    pub fn new(own: Option<Ski>) -> Self {
        Self {
            own,
            entries: BTreeMap::new(),
            dirty: BTreeSet::new(),
            gone: BTreeSet::new(),
            held: BTreeSet::new(),
            full: Full::No,
        }
    }

    /// An instance was named, and nothing else of it is known yet.
    pub fn found(&mut self, fullname: &str, now: Time) {
        let key = fullname.to_lowercase();
        self.enter(&key, fullname, now);
    }

    /// What is told of a service of which no address may ever come. It counts until the responder
    /// knows the service with an address, and is reported when its grace is over.
    pub fn announced(&mut self, fullname: &str, told: Announced, now: Time) {
        let key = fullname.to_lowercase();
        if !told.pointed_to && !self.entries.contains_key(&key) {
            return;
        }
        let Some(entry) = self.enter(&key, fullname, now) else { return };
        if !entry.service.addresses.is_empty() {
            return;
        }
        let before = entry.service.clone();
        if let Some((host, port)) = told.srv {
            entry.service.host = visible(&host);
            entry.service.port = port;
        }
        if let Some(strings) = told.txt {
            entry.service.txt = Txt::read_strings(&strings);
        }
        let is_news = entry.service != before;
        let (ski, reported) = (entry.service.txt.ski, entry.reported);
        if self.own.is_some() && ski == self.own {
            self.hide(key, reported);
        } else if is_news && !self.is_held(&key) {
            self.dirty.insert(key);
        }
    }

    /// A record as complete as it is known now; `service.instance` is made from `fullname`.
    pub fn resolved(&mut self, fullname: &str, mut service: Service, now: Time) {
        service.instance = instance_name(fullname);
        let is_own = self.own.is_some() && service.txt.ski == self.own;
        let key = fullname.to_lowercase();
        let Some(entry) = self.enter(&key, fullname, now) else { return };
        let reported = entry.reported;
        if is_own {
            return self.hide(key, reported);
        }
        let is_news = entry.service != service;
        let is_whole = !service.txt.raw.is_empty();
        entry.service = service;
        let is_due = is_whole && (self.release(&key) || !reported);
        if is_due || (is_news && !self.is_held(&key)) {
            self.dirty.insert(key);
        }
    }

    /// An instance is there no longer.
    pub fn removed(&mut self, fullname: &str) {
        let key = fullname.to_lowercase();
        if self.entries.get(&key).is_some_and(|entry| entry.reported) {
            self.gone.insert(key);
        } else {
            self.drop_entry(&key);
        }
    }

    /// The full name of an instance, as the responder wants to hear it.
    pub fn fullname(&self, instance: &str) -> Option<&str> {
        self.entries
            .values()
            .find(|entry| entry.service.instance == instance)
            .map(|entry| &entry.fullname[..])
    }

    /// The next thing to report.
    pub fn poll_event(&mut self) -> Option<MdnsEvent> {
        if self.full == Full::ToTell {
            self.full = Full::Told;
            return Some(MdnsEvent::Full { kept: LIMIT });
        }
        if let Some(key) = self.gone.pop_first() {
            let entry = self.drop_entry(&key)?;
            return Some(MdnsEvent::Gone { instance: entry.service.instance });
        }
        let entry = self.entries.get_mut(&self.dirty.pop_first()?)?;
        entry.reported = true;
        Some(MdnsEvent::Seen(Box::new(entry.service.clone())))
    }

    /// Whether [`Records::poll_event`] has something to tell.
    pub fn has_event(&self) -> bool {
        self.full == Full::ToTell || !self.gone.is_empty() || !self.dirty.is_empty()
    }

    /// When to call [`Records::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Time> {
        self.held.first().map(|(until, _)| *until)
    }

    /// Reports what is still incomplete after its grace.
    pub fn handle_timeout(&mut self, now: Time) {
        while self.poll_timeout().is_some_and(|until| until <= now)
            && let Some((_, key)) = self.held.pop_first()
        {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.held_until = None;
                self.dirty.insert(key);
            }
        }
    }

    /// The entry of this name, a bare one if there was none; `None` if there is no room.
    fn enter(&mut self, key: &str, fullname: &str, now: Time) -> Option<&mut Entry> {
        if !self.entries.contains_key(key) {
            if self.entries.len() >= LIMIT {
                if self.full == Full::No {
                    self.full = Full::ToTell;
                }
                return None;
            }
            let until = now + GRACE;
            self.held.insert((until, key.to_owned()));
            self.entries.insert(key.to_owned(), Entry::bare(fullname, until));
        } else if self.gone.remove(key) {
            self.dirty.insert(key.to_owned());
        }
        self.entries.get_mut(key)
    }

    /// Keeps our own record, so that it is not taken for an unresolved one; but never told.
    fn hide(&mut self, key: String, reported: bool) {
        self.release(&key);
        self.dirty.remove(&key);
        if reported {
            self.gone.insert(key);
        }
    }

    fn is_held(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.held_until.is_some())
    }

    /// Holds an entry back no longer; whether it was.
    fn release(&mut self, key: &str) -> bool {
        let until = self.entries.get_mut(key).and_then(|entry| entry.held_until.take());
        until.is_some_and(|until| self.held.remove(&(until, key.to_owned())))
    }

    fn drop_entry(&mut self, key: &str) -> Option<Entry> {
        self.release(key);
        self.dirty.remove(key);
        let entry = self.entries.remove(key);
        // A flood goes on while a few of its records come and go.
        if self.entries.len() < LIMIT / 2 {
            self.full = Full::No;
        }
        entry
    }
}

impl Entry {
    fn bare(fullname: &str, held_until: Time) -> Self {
        let service = Service {
            instance: instance_name(fullname),
            host: String::new(),
            port: 0,
            addresses: Vec::new(),
            interfaces: Vec::new(),
            txt: Txt::read([]),
        };
        let fullname = fullname.to_owned();
        Self { fullname, service, held_until: Some(held_until), reported: false }
    }
}

/// The instance name without `._ship._tcp.local.`, safe to show.
fn instance_name(fullname: &str) -> String {
    let at = fullname.to_ascii_lowercase().rfind("._ship._tcp.").unwrap_or(fullname.len());
    visible(&fullname[..at])
}
