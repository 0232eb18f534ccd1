//! What the records of mDNS let find out about peers: faults, contradictions, hosts that are dead.

use shipctl::{
    checks::{Code, Severity},
    hub::{Command, Registration},
    mdns::{service::Service, txt::Txt},
    proto::{ConnectionState::Completed, Target},
};

use crate::world::{Place, World, codes, found, secs, ship_id, told, two_hubs};

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
