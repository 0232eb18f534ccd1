//! Records that come, change and go, in any order.

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
fn a_record_without_an_address_is_reported_with_ski_host_and_port_after_the_grace() {
    let told = |pointed_to| Announced {
        pointed_to,
        srv: Some(("wallbox.local.".into(), 4712)),
        txt: Some(vec![format!("ski={SKI}").into_bytes(), b"register".to_vec()]),
    };
    let mut records = Records::new(None);
    records.announced(NAME, told(false), at(0));
    assert_eq!(records.poll_timeout(), None, "an answer about a name that is no service yet");
    records.announced(NAME, told(true), at(0));
    assert_eq!(events(&mut records), [], "its address may still come");
    records.handle_timeout(records.poll_timeout().unwrap());
    let bare = seen(&mut records);
    assert_eq!((&bare.host[..], bare.port, bare.addresses.len()), ("wallbox.local.", 4712, 0));
    assert_eq!(bare.txt.ski, Some(SKI.parse().unwrap()));
    records.announced(NAME, told(true), at(3000));
    assert_eq!(events(&mut records), [], "nothing new");

    let whole = service(&["10.0.0.1:4712"], &[("ski", SKI)]);
    records.resolved(NAME, whole, at(3001));
    assert_eq!(seen(&mut records).addresses.len(), 1);
    records.announced(NAME, told(true), at(4000));
    assert_eq!(events(&mut records), [], "the responder knows more");

    let mut records = Records::new(Some(SKI.parse().unwrap()));
    records.announced(NAME, told(true), at(0));
    assert_eq!((events(&mut records), records.poll_timeout()), (vec![], None), "our own");
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
