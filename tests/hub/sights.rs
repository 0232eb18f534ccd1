//! What the records of mDNS let find out about peers: faults, contradictions, hosts that are dead.

use shipctl::{
    checks::{Code, Severity},
    hub::{Command, Hub, Input, Registration, history::Found},
    identity::trust::{TrustChange, TrustStore},
    mdns::{service::Service, txt::Txt},
    proto::{ConnectionState::Completed, Ski, Target},
    time::Time,
};

use crate::world::{Place, World, codes, found, secs, ship_id, ski, told, two_hubs};

/// A hub that trusts the devices 2 and 3, begun at the origin.
fn restarted() -> Hub {
    let mut trust = TrustStore::default();
    for (n, name) in [(2, "Garage"), (3, "Cellar")] {
        let (ski, ship_id, name) = (ski(n), Some(ship_id(n)), Some(name.to_owned()));
        trust.apply(&TrustChange::Trust { ski, ship_id, name, address: None, seen: true }, 1);
    }
    let mut config = shipctl::hub::Config::new(ski(1), ship_id(1));
    config.dial_stored = true;
    let mut hub = Hub::new(config, &trust, 1);
    hub.begin(Time::ORIGIN);
    hub
}

fn of(hub: &Hub, at: Time, ski: Ski, code: Code) -> Option<Found> {
    let findings = hub.peer(at, ski)?.findings;
    findings.into_iter().find(|found| found.finding.code == code)
}

/// The record of a device.
fn record(instance: &str, of: Ski, id: u8) -> Service {
    let (mut w, a, b) = two_hubs(1);
    w.sees(a, b);
    let mut service = Service { instance: instance.to_owned(), ..w.service(b) };
    (service.txt.ski, service.txt.ship_id) = (Some(of), Some(ship_id(id)));
    service
}

#[test]
fn trusted_device_not_seen_since_the_start_is_found_and_over_when_seen() {
    let mut hub = restarted();
    let (soon, later) = (Time::after(secs(59)), Time::after(secs(61)));
    hub.handle(Time::after(secs(3)), Input::Seen(record("cellar", ski(3), 3)));
    hub.handle(soon, Input::Timeout);
    assert_eq!(of(&hub, soon, ski(2), Code::Mdns15), None);
    hub.handle(later, Input::Timeout);
    let unseen = of(&hub, later, ski(2), Code::Mdns15).expect("it is off");
    assert!(unseen.over.is_none());
    assert_eq!(unseen.finding.seen, "Not seen since the hub started.");
    assert!(unseen.finding.advice.contains("`shipctl probe Garage`"), "{unseen:?}");
    assert_eq!(of(&hub, later, ski(3), Code::Mdns15), None, "that one is there");
    hub.handle(later, Input::Seen(record("garage", ski(2), 2)));
    assert!(of(&hub, later, ski(2), Code::Mdns15).unwrap().over.is_some());
}

#[test]
fn trusted_device_back_with_another_ski_is_tied_to_its_old_one_and_not_trusted() {
    let mut hub = restarted();
    let at = Time::after(secs(5));
    hub.handle(at, Input::Seen(record("garage", ski(9), 2)));
    let tied = of(&hub, at, ski(2), Code::Mdns16).expect("the SHIP ID is the same");
    let (old, new) = (ski(2), ski(9));
    assert!(
        tied.finding.seen.contains(&old.grouped()) && tied.finding.seen.contains(&new.grouped())
    );
    assert!(tied.finding.advice.contains(&format!("`shipctl pair {new}`")), "{tied:?}");
    assert!(tied.finding.advice.contains(&format!("`shipctl trust remove {old}`")), "{tied:?}");
    assert!(hub.peer(at, new).is_none_or(|peer| !peer.registered), "never trusted by itself");
    // Whoever pairs with it is told as well.
    hub.command(at, Command::Register(Registration::new(new))).unwrap();
    assert!(of(&hub, at, new, Code::Mdns16).is_some());
    // The old one is back: it was another device with its SHIP ID.
    hub.handle(at, Input::Seen(record("old", old, 2)));
    assert!(of(&hub, at, old, Code::Mdns16).unwrap().over.is_some());
}

#[test]
fn trusted_device_back_with_another_ski_that_is_trusted_too_leaves_only_the_old_one_to_remove() {
    let mut hub = restarted();
    let at = Time::after(secs(5));
    hub.handle(at, Input::Seen(record("garage", ski(3), 2)));
    let tied = of(&hub, at, ski(2), Code::Mdns16).unwrap().finding;
    assert_eq!(tied.severity, Severity::Info);
    assert!(tied.advice.contains(&format!("`shipctl trust remove {}`", ski(2))), "{tied}");
    assert!(!tied.advice.contains("shipctl pair"), "{tied}");
}

#[test]
fn device_seen_with_another_ski_before_its_old_record_expired_is_tied_when_that_is_gone() {
    let mut hub = restarted();
    let at = Time::after(secs(5));
    hub.handle(at, Input::Seen(record("old", ski(2), 2)));
    hub.handle(at, Input::Seen(record("new", ski(9), 2)));
    assert_eq!(of(&hub, at, ski(2), Code::Mdns16), None, "a clone, as far as is known");
    hub.handle(at, Input::Gone { instance: "old".to_owned() });
    let dialled = hub.peer(at, ski(2)).unwrap().outlook;
    assert!(of(&hub, at, ski(2), Code::Mdns16).is_some(), "{dialled:?}");
}

#[test]
fn a_record_that_breaks_rules_is_found_with_its_peer() {
    let (mut w, a, b) = two_hubs(1);
    let mut service = w.service(b);
    let pairs = [("txtvers", "1"), ("register", "true"), ("path", "/ship/")];
    let mut txt = Txt::read(pairs.iter().map(|(key, value)| (*key, Some(value.as_bytes()))));
    txt.ski = service.txt.ski;
    service.txt = txt;
    w.seen_as(a, service.clone());
    assert!(w.snapshot(a).peers.is_empty(), "it is no peer yet");
    w.register(a, b);
    let mut all = codes(&w, a, b);
    all.sort();
    assert_eq!(all, [Code::Mdns06, Code::Mdns11]);
    // Seen again as it was, it is no news.
    w.seen_as(a, service.clone());
    assert_eq!(found(&w, a, b, Code::Mdns11).count, 1);
    service.txt.serial = Some("2".into());
    w.seen_as(a, service);
    assert_eq!(found(&w, a, b, Code::Mdns11).count, 2);
}

#[test]
fn one_ski_at_two_hosts_is_found_with_the_peer_and_one_host_with_two_names_is_not() {
    let (mut w, a, b) = two_hubs(1);
    w.register(a, b);
    let at = |w: &World, instance: &str, host: &str, address: &str| {
        let addresses = vec![address.parse().unwrap()];
        let (instance, host) = (instance.to_owned(), host.to_owned());
        Service { instance, host, addresses, ..w.service(b) }
    };
    let one = at(&w, "box", "box.local.", "10.0.0.8:4712");
    w.seen_as(a, one);
    for (instance, host, address) in [
        ("box (2)", "box.local.", "192.168.7.7:4712"),
        ("box", "box.local.", "10.0.0.9:4712"),
        ("box (3)", "box-3.local.", "10.0.0.9:4712"),
    ] {
        let again = at(&w, instance, host, address);
        w.seen_as(a, again);
    }
    assert!(!codes(&w, a, b).contains(&Code::Mdns09));
    let clone = at(&w, "clone", "clone.local.", "10.0.0.77:4712");
    w.seen_as(a, clone);
    let double = found(&w, a, b, Code::Mdns09);
    assert!(double.finding.seen.contains("clone.local."), "{double:?}");
    assert_eq!(told(&w, a, Code::Mdns09), 1);
}

#[test]
fn one_ski_at_two_hosts_is_found_too_if_both_were_seen_before_the_pairing() {
    let (mut w, a, b) = two_hubs(1);
    for (instance, host, address) in
        [("box", "box.local.", "10.0.0.8:4712"), ("clone", "clone.local.", "10.0.0.77:4712")]
    {
        let service = Service {
            instance: instance.to_owned(),
            host: host.to_owned(),
            addresses: vec![address.parse().unwrap()],
            ..w.service(b)
        };
        w.seen_as(a, service);
    }
    w.register(a, b);
    assert!(found(&w, a, b, Code::Mdns09).finding.seen.contains("2 hosts"));
    assert_eq!(told(&w, a, Code::Mdns09), 1);
}

#[test]
fn one_ski_at_many_hosts_is_a_flood_that_hides_no_clone() {
    let (mut w, a, b) = two_hubs(1);
    w.register(a, b);
    let at = |w: &World, instance: &str, host: &str, number: u8| {
        let addresses = vec![([10, 0, 1, number], 4712).into()];
        let (instance, host) = (instance.to_owned(), host.to_owned());
        Service { instance, host, addresses, ..w.service(b) }
    };
    for n in 0..40 {
        let again = at(&w, &format!("box {n}"), "box.local.", n);
        w.seen_as(a, again);
    }
    assert!(!codes(&w, a, b).contains(&Code::Mdns09), "one host");
    let clone = at(&w, "the last by name", "clone.local.", 77);
    w.seen_as(a, clone);
    assert!(found(&w, a, b, Code::Mdns09).finding.seen.contains("at 2 hosts"));
    for n in 0..100 {
        let host = format!("a{n}.local.");
        let another = at(&w, &host, &host, 100 + n);
        w.seen_as(a, another);
    }
    assert!(found(&w, a, b, Code::Mdns09).finding.seen.contains("more than 16 hosts"));
    assert_eq!(told(&w, a, Code::Mdns09), 1);
}

#[test]
fn one_ship_id_with_two_skis_is_found_with_both() {
    let mut w = World::new(1);
    let (a, b, c) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    for (node, host) in [(b, "b.local."), (c, "c.local.")] {
        w.register(a, node);
        let mut service = w.service(node);
        service.host = host.to_owned();
        service.txt.ship_id = Some(ship_id(9));
        w.seen_as(a, service);
    }
    for node in [b, c] {
        assert!(found(&w, a, node, Code::Mdns09).finding.seen.contains("2 SKIs"));
    }
}

#[test]
fn a_record_whose_host_is_dead_is_told_apart_from_one_that_is_alive() {
    let (mut w, a, b) = two_hubs(1);
    w.place(w.address(b), Place::Silent);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(11));
    let all = codes(&w, a, b);
    assert!(all.contains(&Code::Mdns10) && all.contains(&Code::Tcp02), "{all:?}");
    // An address given by hand says nothing of a record.
    let (mut w, a, b) = two_hubs(1);
    w.place(w.address(b), Place::Silent);
    let targets = vec![Target::socket(w.address(b), "/ship/")];
    let ski = w.ski(b);
    let wish = Registration { targets, ..Registration::new(ski) };
    w.told(a, Command::Register(wish));
    w.run(secs(11));
    assert_eq!(codes(&w, a, b), [Code::Tcp02]);
}

#[test]
fn a_ship_id_other_than_the_announced_one_is_found() {
    let (mut w, a, b) = two_hubs(1);
    let mut service = w.service(b);
    service.txt.ship_id = Some(ship_id(7));
    w.seen_as(a, service);
    w.register(b, a);
    w.register(a, b);
    w.run(secs(1));
    let other = found(&w, a, b, Code::Acc04);
    assert_eq!(other.finding.severity, Severity::Warning, "the connection works");
    assert!(other.finding.seen.contains("node-7") && other.finding.seen.contains("node-2"));
    assert_eq!(w.states(a, b), [Completed; 2]);
}
