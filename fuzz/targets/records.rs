//! Sightings in any number and order: what is told of them is neither more nor less than there is.

#![no_main]

use std::{collections::BTreeSet, time::Duration};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use shipctl::{
    mdns::{
        records::{MdnsEvent, Records},
        service::Service,
        txt::Txt,
    },
    proto::Ski,
    time::Time,
};

/// What a responder does; the names are few, so that they meet.
#[derive(Arbitrary, Debug)]
enum Sighting {
    Found {
        name: u8,
        upper: bool,
    },
    Resolved {
        name: u8,
        upper: bool,
        host: u8,
        ski: Option<u8>,
        port: u16,
    },
    Removed {
        name: u8,
        upper: bool,
    },
    /// Milliseconds pass.
    Pause(u16),
    /// The owner waits until the deadline.
    Deadline,
}

const OWN: Ski = Ski::from_bytes([1; 20]);

fuzz_target!(|sightings: Vec<Sighting>| {
    let mut records = Records::new(Some(OWN));
    let mut now = Time::ORIGIN;
    let mut known = BTreeSet::new();
    for sighting in sightings {
        match sighting {
            Sighting::Found { name, upper } => records.found(&fullname(name, upper), now),
            Sighting::Resolved { name, upper, host, ski, port } => {
                records.resolved(&fullname(name, upper), service(host, ski, port), now);
            }
            Sighting::Removed { name, upper } => records.removed(&fullname(name, upper)),
            Sighting::Pause(millis) => {
                now += Duration::from_millis(millis.into());
                records.handle_timeout(now);
            }
            Sighting::Deadline => {
                now = records.poll_timeout().map_or(now, |at| at.max(now));
                records.handle_timeout(now);
                assert!(records.poll_timeout().is_none_or(|at| at > now), "waiting was enough");
            }
        }
        drain(&mut records, &mut known);
    }
});

/// Takes what is told.
fn drain(records: &mut Records, known: &mut BTreeSet<String>) {
    while let Some(event) = records.poll_event() {
        match event {
            MdnsEvent::Seen(service) => {
                assert_ne!(service.txt.ski, Some(OWN), "our own record was told");
                assert!(records.fullname(&service.instance).is_some());
                known.insert(service.instance.to_lowercase());
            }
            MdnsEvent::Gone { instance } => {
                assert!(known.remove(&instance.to_lowercase()), "{instance} was not there");
            }
            MdnsEvent::NameChanged { .. } => unreachable!("nothing is announced here"),
            MdnsEvent::Full { .. } => unreachable!("a few names are no flood"),
        }
    }
    assert!(!records.has_event());
}

fn fullname(name: u8, upper: bool) -> String {
    let name = format!("name {}._ship._tcp.local.", name % 6);
    if upper { name.to_uppercase() } else { name }
}

fn service(host: u8, ski: Option<u8>, port: u16) -> Service {
    let digits = ski.map(|tag| Ski::from_bytes([tag % 4; 20]).to_string());
    Service {
        instance: String::new(),
        host: format!("host-{}.local.", host % 3),
        port,
        addresses: vec![([10, 0, 0, host % 3], port).into()],
        interfaces: Vec::new(),
        txt: Txt::read(digits.as_ref().map(|ski| ("ski", Some(ski.as_bytes())))),
    }
}
