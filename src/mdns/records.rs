//! What is known of the network: the records seen, and which of them to report. Pure.
//!
//! Sightings come in any number and order (IPv4 first, IPv6 a moment later, the TXT record last);
//! reported is only what changed. Nothing queues up: a record that changes twice before its report
//! is taken is reported once, as it is then.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{service::Service, txt::Txt};
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

    /// A record as complete as it is known now; `service.instance` is made from `fullname`.
    pub fn resolved(&mut self, fullname: &str, mut service: Service, now: Time) {
        service.instance = instance_name(fullname);
        let is_own = self.own.is_some() && service.txt.ski == self.own;
        let key = fullname.to_lowercase();
        let Some(entry) = self.enter(&key, fullname, now) else { return };
        let reported = entry.reported;
        if is_own {
            // Known, so that it is not taken for an unresolved one; but never told.
            self.release(&key);
            self.dirty.remove(&key);
            if reported {
                self.gone.insert(key);
            }
            return;
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

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "Wallbox._ship._tcp.local.";
    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn at(millis: u64) -> Time {
        Time::after(Duration::from_millis(millis))
    }

    fn service(addresses: &[&str], txt: &[(&str, &str)]) -> Service {
        Service {
            instance: String::new(),
            host: "wallbox.local.".into(),
            port: 4712,
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            interfaces: vec!["eth0".into()],
            txt: Txt::read(txt.iter().map(|(key, value)| (*key, Some(value.as_bytes())))),
        }
    }

    fn events(records: &mut Records) -> Vec<MdnsEvent> {
        let events: Vec<_> = std::iter::from_fn(|| records.poll_event()).collect();
        assert!(!records.has_event());
        events
    }

    fn seen(records: &mut Records) -> Service {
        match &events(records)[..] {
            [MdnsEvent::Seen(service)] => (**service).clone(),
            other => panic!("one sighting expected: {other:?}"),
        }
    }

    #[test]
    fn a_record_is_reported_at_once_when_complete_and_then_only_when_it_changes() {
        let mut records = Records::new(None);
        records.found(NAME, at(0));
        assert_eq!(events(&mut records), []);
        let first = service(&["10.0.0.1:4712"], &[("ski", SKI)]);
        records.resolved(NAME, first.clone(), at(10));
        assert_eq!(seen(&mut records).instance, "Wallbox");
        assert_eq!(records.poll_timeout(), None);

        records.resolved(NAME, first, at(20));
        records.found(NAME, at(20));
        assert_eq!(events(&mut records), []);
        let more = service(&["10.0.0.1:4712", "[fe80::1%2]:4712"], &[("ski", SKI)]);
        records.resolved(NAME, more.clone(), at(30));
        records.resolved(&NAME.to_uppercase(), more, at(31));
        assert_eq!(seen(&mut records).addresses.len(), 2);
    }

    #[test]
    fn an_instance_that_never_resolves_is_reported_bare_after_the_grace() {
        let mut records = Records::new(None);
        records.found(NAME, at(0));
        let due = records.poll_timeout().unwrap();
        assert_eq!(due, at(2000));
        records.handle_timeout(due);
        let bare = seen(&mut records);
        assert_eq!((&bare.instance[..], &bare.host[..], bare.addresses.len()), ("Wallbox", "", 0));
        assert!(!bare.txt.remarks.is_empty());

        records.resolved(NAME, service(&["10.0.0.1:4712"], &[]), at(3000));
        assert_eq!(seen(&mut records).host, "wallbox.local.");
    }

    #[test]
    fn a_record_whose_txt_is_still_missing_waits_for_it_but_not_for_ever() {
        let mut records = Records::new(None);
        records.resolved(NAME, service(&["10.0.0.1:4712"], &[]), at(0));
        assert_eq!(events(&mut records), []);
        records.resolved(NAME, service(&["10.0.0.1:4712"], &[("ski", SKI)]), at(5));
        assert!(seen(&mut records).txt.ski.is_some());

        records.resolved("b._ship._tcp.local.", service(&["10.0.0.2:4712"], &[]), at(10));
        records.handle_timeout(records.poll_timeout().unwrap());
        assert_eq!(seen(&mut records).instance, "b");
    }

    #[test]
    fn what_was_reported_is_also_reported_gone_and_nothing_else_is() {
        let mut records = Records::new(None);
        records.found(NAME, at(0));
        records.removed(NAME);
        assert_eq!((events(&mut records), records.poll_timeout()), (vec![], None));

        records.resolved(NAME, service(&[], &[("ski", SKI)]), at(0));
        seen(&mut records);
        records.removed(NAME);
        assert_eq!(events(&mut records), [MdnsEvent::Gone { instance: "Wallbox".into() }]);

        records.resolved(NAME, service(&[], &[("ski", SKI)]), at(1));
        seen(&mut records);
        records.removed(NAME);
        records.found(NAME, at(2));
        assert_eq!(seen(&mut records).instance, "Wallbox", "back before it was told gone");
    }

    #[test]
    fn our_own_record_is_known_by_its_ski_whatever_its_name() {
        let mut records = Records::new(Some(SKI.parse().unwrap()));
        let ours = service(&["10.0.0.1:4712"], &[("ski", &SKI.to_uppercase())]);
        records.found(NAME, at(0));
        records.resolved(NAME, ours.clone(), at(0));
        records.resolved("Wallbox (2)._ship._tcp.local.", ours.clone(), at(0));
        assert_eq!((events(&mut records), records.poll_timeout()), (vec![], None));

        records.resolved("b._ship._tcp.local.", service(&[], &[("id", "b")]), at(1));
        seen(&mut records);
        records.resolved("b._ship._tcp.local.", ours, at(2));
        assert_eq!(events(&mut records), [MdnsEvent::Gone { instance: "b".into() }]);
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_told_once() {
        let mut records = Records::new(None);
        let name = |n: usize| format!("n{n}._ship._tcp.local.");
        let full = [MdnsEvent::Full { kept: LIMIT }];
        (0..LIMIT).for_each(|n| records.found(&name(n), at(0)));
        assert_eq!(events(&mut records), [], "as many as are kept are no flood");
        (LIMIT..LIMIT + 7).for_each(|n| records.found(&name(n), at(0)));
        assert_eq!(events(&mut records), full);
        records.handle_timeout(at(2000));
        assert_eq!(events(&mut records).len(), LIMIT);
        // A few of its records go and others come: it is still the same flood.
        (0..10).for_each(|n| records.removed(&name(n)));
        assert_eq!(events(&mut records).len(), 10);
        (0..50).for_each(|n| records.found(&name(2 * LIMIT + n), at(2000)));
        assert_eq!(events(&mut records), []);
        // It is over, and another one begins.
        (0..LIMIT).for_each(|n| records.removed(&name(n)));
        events(&mut records);
        (0..2 * LIMIT).for_each(|n| records.found(&name(n), at(9000)));
        assert_eq!(events(&mut records), full);
    }

    /// What is noted of entries beside them, and they themselves, must never differ.
    fn assert_in_step(records: &Records) {
        let held = |key: &String| records.entries[key].held_until;
        assert!(records.held.iter().all(|(until, key)| held(key) == Some(*until)));
        let count = records.entries.values().filter(|entry| entry.held_until.is_some()).count();
        assert_eq!(records.held.len(), count);
        assert!(records.dirty.iter().all(|key| held(key).is_none()), "told, or held back");
        assert!(records.gone.iter().all(|key| records.entries[key].reported));
    }

    #[test]
    fn whatever_comes_in_whatever_order_everything_is_told_or_held_back() {
        let mut rng = fastrand::Rng::with_seed(5);
        let mut records = Records::new(Some(SKI.parse().unwrap()));
        let other = SKI.replace('5', "6");
        let mut told = BTreeSet::new();
        for millis in 0..20_000 {
            let name = format!("n{}._ship._tcp.local.", rng.u8(..8));
            let host = format!("10.0.0.{}:4712", rng.u8(1..3));
            match rng.u8(..8) {
                0 => records.found(&name, at(millis)),
                1 => records.removed(&name),
                2 => records.resolved(&name, service(&[&host], &[("ski", SKI)]), at(millis)),
                3 => records.resolved(&name, service(&[&host], &[]), at(millis)),
                4 => records.resolved(&name, service(&[&host], &[("ski", &other)]), at(millis)),
                5 => records.handle_timeout(at(millis)),
                _ => match records.poll_event() {
                    Some(MdnsEvent::Seen(service)) => {
                        assert_ne!(service.txt.ski, records.own);
                        told.insert(service.instance);
                    }
                    Some(MdnsEvent::Gone { instance }) => assert!(told.remove(&instance)),
                    other => assert_eq!((other, records.has_event()), (None, false)),
                },
            }
            assert_in_step(&records);
        }
        assert!(!told.is_empty());
    }

    #[test]
    fn names_are_safe_to_show_and_found_again() {
        let mut records = Records::new(None);
        let odd = "a.b\x1b[2J._SHIP._tcp.local.";
        records.found(odd, at(0));
        assert_eq!(records.fullname("a.b�[2J"), Some(odd));
        assert_eq!(instance_name("no suffix"), "no suffix");
    }
}
