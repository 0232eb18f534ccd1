//! What is known of the network: the records seen, and which of them to report. Pure.
//!
//! Sightings come in any number and order (IPv4 first, IPv6 a moment later, the TXT record last);
//! reported is only what changed. Nothing queues up: a record that changes twice before its report
//! is taken is reported once, as it is then.

use std::{collections::BTreeMap, time::Duration};

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
    /// Sightings were dropped: more services than are kept, or the responder was too fast.
    Lost {
        /// How many since the last such event.
        count: u64,
    },
}

/// The records seen. After each call, take every [`Records::poll_event`]; call
/// [`Records::handle_timeout`] at [`Records::poll_timeout`].
#[derive(Debug)]
pub struct Records {
    own: Option<Ski>,
    entries: BTreeMap<String, Entry>,
    lost: u64,
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
    /// Whether the owner has to hear of it.
    dirty: bool,
    gone: bool,
}

/// How long a record may be incomplete before it is reported as it is: SRV, TXT and addresses may
/// come in packets of their own, and lost ones are asked for again.
const GRACE: Duration = Duration::from_secs(2);

/// The most records kept; a network with more is under attack.
const LIMIT: usize = 1000;

impl Records {
    /// No records; those of `own` are never reported.
    pub fn new(own: Option<Ski>) -> Self {
        Self { own, entries: BTreeMap::new(), lost: 0 }
    }

    /// An instance was named, and nothing else of it is known yet.
    pub fn found(&mut self, fullname: &str, now: Time) {
        let bare = Service {
            instance: instance_name(fullname),
            host: String::new(),
            port: 0,
            addresses: Vec::new(),
            interfaces: Vec::new(),
            txt: Txt::read([]),
        };
        self.entry(fullname, bare, now);
    }

    /// A record as complete as it is known now; `service.instance` is made from `fullname`.
    pub fn resolved(&mut self, fullname: &str, mut service: Service, now: Time) {
        service.instance = instance_name(fullname);
        let is_own = self.own.is_some() && service.txt.ski == self.own;
        let Some(entry) = self.entry(fullname, service.clone(), now) else { return };
        if is_own {
            // Known, so that it is not taken for an unresolved one; but never told.
            entry.gone = entry.reported;
            entry.dirty = false;
            entry.held_until = None;
            return;
        }
        if !service.txt.raw.is_empty() {
            entry.dirty |= entry.held_until.take().is_some() || !entry.reported;
        }
        if entry.service != service {
            entry.dirty |= entry.held_until.is_none();
            entry.service = service;
        }
    }

    /// An instance is there no longer.
    pub fn removed(&mut self, fullname: &str) {
        let key = fullname.to_lowercase();
        match self.entries.get_mut(&key) {
            Some(entry) if entry.reported => entry.gone = true,
            _ => drop(self.entries.remove(&key)),
        }
    }

    /// Sightings were dropped before they came here.
    pub fn lose(&mut self, count: u64) {
        self.lost += count;
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
        if self.lost > 0 {
            return Some(MdnsEvent::Lost { count: std::mem::take(&mut self.lost) });
        }
        if let Some((key, _)) = self.entries.iter().find(|(_, entry)| entry.gone) {
            let entry = self.entries.remove(&key.clone())?;
            return Some(MdnsEvent::Gone { instance: entry.service.instance });
        }
        let entry = self.entries.values_mut().find(|entry| entry.dirty)?;
        entry.dirty = false;
        entry.reported = true;
        Some(MdnsEvent::Seen(Box::new(entry.service.clone())))
    }

    /// Whether [`Records::poll_event`] has something to tell.
    pub fn has_event(&self) -> bool {
        self.lost > 0 || self.entries.values().any(|entry| entry.gone || entry.dirty)
    }

    /// When to call [`Records::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Time> {
        self.entries.values().filter_map(|entry| entry.held_until).min()
    }

    /// Reports what is still incomplete after its grace.
    pub fn handle_timeout(&mut self, now: Time) {
        for entry in self.entries.values_mut() {
            if entry.held_until.is_some_and(|at| at <= now) {
                entry.held_until = None;
                entry.dirty = true;
            }
        }
    }

    /// The entry of this name, made from `service` if there is none; `None` if there is no room.
    fn entry(&mut self, fullname: &str, service: Service, now: Time) -> Option<&mut Entry> {
        let key = fullname.to_lowercase();
        if self.entries.len() >= LIMIT && !self.entries.contains_key(&key) {
            self.lost += 1;
            return None;
        }
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            fullname: fullname.to_owned(),
            service,
            held_until: Some(now + GRACE),
            reported: false,
            dirty: false,
            gone: false,
        });
        if std::mem::take(&mut entry.gone) {
            entry.dirty = true;
        }
        Some(entry)
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
    fn a_flood_of_names_is_bounded_and_counted() {
        let mut records = Records::new(None);
        for n in 0..LIMIT + 7 {
            records.found(&format!("n{n}._ship._tcp.local."), at(0));
        }
        assert_eq!(events(&mut records), [MdnsEvent::Lost { count: 7 }]);
        records.handle_timeout(at(2000));
        assert_eq!(events(&mut records).len(), LIMIT);
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
