//! Two hubs get to know each other: registration, requests, approval, the auto-accept window.

use shipctl::{
    checks::Code,
    hub::{Command, EventKind, Output, Registration},
    identity::trust::{TrustChange, TrustStore},
    proto::{
        ConnectionState::{
            self, Completed, InProgress, Initiated, None as Idle, Queued, ReceivedPairingRequest,
            RemoteDeniedTrust, Trusted,
        },
        handshake::PinPolicy,
        message::HelloPhase,
    },
};

use crate::world::{Heard, Say, World, asked, kinds, secs, ship_id, ski, two_hubs};

#[test]
fn registering_a_visible_peer_dials_at_once_and_completes_on_both_sides() {
    let (mut w, a, b) = two_hubs(1);
    w.register(b, a);
    w.sees(a, b);
    w.register(a, b);
    assert_eq!(w.attempts(a, b), [(w.now, 1)]);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
    let path: [ConnectionState; 5] = [Queued, Initiated, InProgress, Trusted, Completed];
    assert_eq!(w.path(a, b), path);
    assert_eq!(w.path(b, a), path);
    for (here, there) in [(a, b), (b, a)] {
        assert_eq!(w.count(here, |kind| matches!(kind, EventKind::Connected { .. })), 1);
        assert_eq!(w.count(here, |kind| matches!(kind, EventKind::Completed { .. })), 1);
        assert_eq!(w.open_between(here, there).len(), 1);
    }
}

#[test]
fn an_unseen_peer_stays_queued_and_is_dialled_at_once_at_first_sight() {
    let (mut w, a, b) = two_hubs(1);
    w.register(b, a);
    w.register(a, b);
    w.run(secs(1000));
    assert_eq!((w.state(a, b), w.attempts(a, b)), (Queued, vec![]));
    assert_eq!(w.deadline(a), None);
    w.sees(a, b);
    assert_eq!(w.attempts(a, b), [(w.now, 1)]);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn completing_stores_ship_id_and_name_and_nothing_is_stored_before() {
    let (mut w, a, b) = asked();
    assert_eq!((w.stored(a), w.stored(b)), (&[][..], &[][..]));
    w.register(b, a);
    w.run(secs(1));
    let stored = |tag, name: Option<&str>| TrustChange::Trust {
        ski: ski(tag),
        ship_id: Some(ship_id(tag)),
        name: name.map(str::to_owned),
        address: None,
        seen: true,
    };
    assert_eq!(w.stored(a), [stored(2, Some("Demo"))]);
    assert_eq!(w.stored(b), [stored(1, None)], "it never saw the record of the other");
}

#[test]
fn trust_is_stored_at_once_when_asked_for_and_again_with_what_was_learned() {
    let (mut w, a, b) = two_hubs(1);
    let target = "192.0.2.1:4712".parse().unwrap();
    let wish = Registration { store_at_once: true, targets: vec![target], ..reg(&w, b) };
    w.told(a, Command::Register(wish));
    assert!(
        matches!(
            w.stored(a),
            [TrustChange::Trust { ship_id: None, seen: false, address: None, .. }]
        ),
        "{:?}",
        w.stored(a)
    );
    w.register(b, a);
    w.sees(a, b);
    w.run(secs(30));
    assert!(
        matches!(w.stored(a), [_, TrustChange::Trust { ship_id: Some(id), seen: true, address: None, .. }]
            if *id == ship_id(2)),
        "{:?}",
        w.stored(a)
    );
}

#[test]
fn an_address_given_by_hand_is_stored_once_the_device_was_found_there_and_not_before() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    let told = |w: &mut World, address: &str| {
        let targets = vec![address.parse().unwrap()];
        let wish = Registration { store_at_once: true, targets, ..reg(w, b) };
        w.told(a, Command::Register(wish));
    };
    let stored = |w: &World| {
        let mut trust = TrustStore::default();
        for change in w.stored(a) {
            trust.apply(change, 0);
        }
        trust.get(&ski(2)).unwrap().address.clone()
    };
    let there = format!("{}/ship/", w.address(b));
    told(&mut w, "192.0.2.1:4712");
    w.run(secs(5));
    assert_eq!(stored(&w), None, "nobody was found there");
    told(&mut w, &there);
    w.run(secs(5));
    assert_eq!(stored(&w), Some(there.clone()), "whether it trusts us or not");
    w.register(b, a);
    w.run(secs(5));
    assert_eq!(w.states(a, b), [Completed; 2]);
    told(&mut w, "192.0.2.1:4712");
    w.told(a, Command::Disconnect { ski: ski(2) });
    w.run(secs(5));
    w.told(a, Command::Connect { ski: ski(2) });
    w.run(secs(30));
    assert_eq!(stored(&w), Some(there), "the one that worked is kept");
    w.told(a, Command::ForgetAddress { ski: ski(2) });
    assert_eq!(stored(&w), None);
    w.run(secs(600));
    assert_eq!(stored(&w), None, "it does not come back");
}

#[test]
fn a_pending_request_is_approved_by_register() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    w.sees(a, b);
    w.sees(b, a);
    w.register(a, b);
    w.run(secs(5));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
    let (from, requests) =
        (w.address(a), |kind: &EventKind| matches!(kind, EventKind::PairingRequest { .. }));
    let asked: Vec<_> = kinds(w.events(b), w.ski(a)).filter(|kind| requests(kind)).collect();
    assert_eq!(asked, [&EventKind::PairingRequest { remote: from }]);
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.attempts(b, a), [], "the waiting connection is used");
    assert_eq!(w.path(b, a), [Initiated, ReceivedPairingRequest, InProgress, Trusted, Completed]);
}

#[test]
fn a_pending_request_is_refused_by_deny() {
    let (mut w, a, b) = asked();
    let denied = w.ski(a);
    w.told(b, Command::Deny { ski: denied });
    w.run(secs(3));
    assert_eq!(w.states(a, b), [RemoteDeniedTrust, Idle]);
    w.run(secs(1000));
    assert_eq!(w.attempts(a, b).len(), 1, "who was refused does not dial again by itself");
}

#[test]
fn prolongation_keeps_both_waiting_until_somebody_decides() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(20 * 60));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
    assert_eq!(w.attempts(a, b).len(), 1);
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn the_auto_accept_window_trusts_who_asks_and_ends_by_itself() {
    let mut w = World::new(1);
    let (a, b, c) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.told(b, Command::AutoAccept { duration: secs(120) });
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
    let registered: Vec<_> =
        kinds(w.events(b), w.ski(a)).filter(|k| **k == EventKind::Registered).collect();
    assert_eq!(registered.len(), 1);
    assert_eq!(w.stored(b).len(), 1);
    w.run(secs(119));
    assert_eq!(w.count(b, |k| *k == EventKind::AutoAccept { until: None }), 1);
    let announced: Vec<bool> = w
        .outputs(b)
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Announce { register } => Some(*register),
            _ => None,
        })
        .collect();
    assert_eq!(announced, [true, false]);
    w.sees(c, b);
    w.register(c, b);
    w.run(secs(5));
    assert_eq!(w.states(c, b), [RemoteDeniedTrust, Idle]);
    assert_eq!(w.state(b, a), Completed, "who came in the window stays");
}

#[test]
fn an_auto_accepted_peer_is_not_stored_before_the_handshake_is_complete() {
    let mut w = World::new(1);
    let b = w.hub(2, |_| {});
    let a = w.script(1, |_, heard| match heard {
        Heard::Connected => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => vec![Say::hello(HelloPhase::Ready)],
        _ => vec![],
    });
    w.told(b, Command::AutoAccept { duration: secs(120) });
    w.script_dials(a, b);
    w.run(secs(5));
    assert_eq!(w.state(b, a), Trusted);
    assert_eq!(w.stored(b), []);
}

#[test]
fn a_stored_peer_is_dialled_within_three_seconds_of_being_seen_where_that_is_set() {
    let mut delays = Vec::new();
    for seed in 0..50 {
        let mut w = World::new(seed);
        let a = w.hub_that_trusts(1, &trusting(2), |c| c.dial_stored = true);
        let b = w.hub_that_trusts(2, &trusting(1), |_| {});
        assert_eq!(w.state(a, b), Queued);
        w.run(secs(100));
        w.sees(a, b);
        let seen = w.now;
        w.run(secs(4));
        let [(at, 1)] = w.attempts(a, b)[..] else { panic!("{:?}", w.attempts(a, b)) };
        delays.push(at.since(seen));
        assert_eq!(w.states(a, b), [Completed; 2]);
    }
    assert!(delays.iter().all(|delay| *delay < secs(3)), "{delays:?}");
    assert!(delays.iter().max() > Some(&secs(2)) && delays.iter().min() < Some(&secs(1)));
}

#[test]
fn a_stored_peer_is_else_never_dialled_but_accepted_when_it_dials() {
    let mut w = World::new(1);
    let a = w.hub_that_trusts(1, &trusting(2), |_| {});
    let b = w.hub_that_trusts(2, &trusting(1), |c| c.dial_stored = true);
    w.sees(a, b);
    w.run(secs(1000));
    assert_eq!(w.attempts(a, b), []);
    w.sees(b, a);
    w.run(secs(4));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

fn reg(w: &World, peer: usize) -> Registration {
    Registration::new(w.ski(peer))
}

/// A store that trusts a node, from before this start.
fn trusting(tag: u8) -> TrustStore {
    let mut store = TrustStore::default();
    let ship_id = Some(ship_id(tag));
    let (name, address) = (None, None);
    store.apply(&TrustChange::Trust { ski: ski(tag), ship_id, name, address, seen: true }, 0);
    store
}

#[test]
fn the_auto_accept_window_lets_in_who_waits_for_an_answer_already() {
    let (mut w, a, b) = asked();
    assert_eq!(w.state(b, a), ReceivedPairingRequest);
    w.told(b, Command::AutoAccept { duration: secs(120) });
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.stored(b).len(), 1);
}

#[test]
fn who_was_let_in_by_the_window_but_does_not_complete_is_not_left_registered() {
    let mut w = World::new(1);
    let b = w.hub(2, |_| {});
    let a = w.script(1, |_, heard| match heard {
        Heard::Connected => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => {
            vec![Say::hello(HelloPhase::Ready), Say::Close(4001, "close")]
        }
        _ => vec![],
    });
    w.sees(b, a);
    w.told(b, Command::AutoAccept { duration: secs(10) });
    w.script_dials(a, b);
    w.run(secs(60));
    let said: Vec<_> = kinds(w.events(b), w.ski(a))
        .filter(|k| matches!(k, EventKind::Registered | EventKind::Unregistered))
        .collect();
    assert_eq!(said, [&EventKind::Registered, &EventKind::Unregistered]);
    assert_eq!((w.state(b, a), w.attempts(b, a), w.stored(b)), (Idle, vec![], &[][..]));
    // The window is over: it is a stranger again.
    w.script_dials(a, b);
    w.run(secs(5));
    assert_eq!(w.count(b, |k| *k == EventKind::Registered), 1);
}

#[test]
fn each_wrong_pin_is_counted_once_and_its_advice_follows_the_penalty() {
    let mut w = World::new(1);
    let us = w.hub(1, |c| c.can_ask_for_pin = true);
    let device = w.hub(2, |c| c.pin_policy = PinPolicy::Required("12345678".parse().unwrap()));
    w.register(device, us);
    w.sees(us, device);
    w.register(us, device);
    w.run(secs(1));
    let ski = w.ski(device);
    let found = |w: &World, code| {
        let peer = w.snapshot(us).peers.into_iter().find(|peer| peer.ski == ski).unwrap();
        let found = peer.findings.into_iter().find(|found| found.finding.code == code);
        found.map(|found| (found.count, found.finding.advice.to_string()))
    };
    let (asked, advice) = found(&w, Code::Pin01).unwrap();
    assert!(asked == 1 && advice.contains("dashboard"), "{asked} {advice}");
    for wrong in 1..=4 {
        w.told(us, Command::EnterPin { ski, pin: "00000000".parse().unwrap() });
        w.run(secs(1));
        let (count, advice) = found(&w, Code::Pin02).unwrap();
        assert_eq!((count, advice.starts_with("Wait")), (wrong, wrong > 2), "{advice}");
        // The penalty goes by, where there is one.
        w.run(secs(15));
        let (count, advice) = found(&w, Code::Pin02).unwrap();
        assert_eq!((count, advice.starts_with("Enter")), (wrong, true), "{advice}");
    }
    assert_eq!(found(&w, Code::Pin01).unwrap().0, 1);
}
