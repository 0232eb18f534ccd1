//! Findings over time: what several connections in a row come to, and that a clean run, a bad
//! network and our own doing come to none of it.

use std::time::Duration;

use shipctl::{
    checks::{Code, Severity},
    hub::{
        Command, Config, DoubleConnection, Hub, Input,
        facts::{CertificateFacts, CertificateOddity, TransportFacts},
        history::Found,
    },
    identity::trust::TrustStore,
    proto::{ConnectionState::Completed, message::HelloPhase},
    time::Time,
};

use crate::world::{
    NodeId, Place, Say, World, closes, codes, device, found, peer, secs, ship_id, ski, told,
    two_hubs, until_completed, with_device,
};

/// What somebody would be bothered with.
fn serious(w: &World, id: NodeId, of: NodeId) -> Vec<Found> {
    let findings = peer(w, id, of).findings;
    findings.into_iter().filter(|found| found.finding.severity > Severity::Info).collect()
}

#[test]
fn a_device_that_idles_out_is_named_as_such_and_not_as_trouble_of_the_network() {
    for (code, text) in [(1000, ""), (4001, "close")] {
        let (mut w, a, b) = with_device(1);
        for nth in 1..=5 {
            until_completed(&mut w, a, b);
            w.run(secs(600) + Duration::from_millis(nth * 300));
            closes(&mut w, a, b, code, text);
            assert_eq!(codes(&w, a, b).contains(&Code::Cls06), nth >= 3, "{nth}");
        }
        let idle = found(&w, a, b, Code::Cls06);
        assert_eq!((idle.count, idle.finding.severity), (3, Severity::Warning));
        assert!(idle.finding.seen.contains("about 601 s"), "{idle:?}");
        assert_eq!(codes(&w, a, b), [Code::Cls06], "it explains the others");
        assert_eq!(told(&w, a, Code::Cls06), 1, "once is enough");
    }
}

#[test]
fn connections_lost_at_an_interval_are_one_too_but_not_those_our_ping_ends() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    for _ in 0..3 {
        until_completed(&mut w, a, b);
        w.run(secs(600));
        w.cut(a, b);
        w.run(Duration::from_millis(50));
    }
    assert_eq!(codes(&w, a, b), [Code::Cls06]);

    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    for _ in 0..6 {
        until_completed(&mut w, a, b);
        w.run(secs(1));
        w.freeze(a, b);
        w.run(secs(90));
    }
    let all = codes(&w, a, b);
    assert!(all.contains(&Code::Cls05) && !all.contains(&Code::Cls06), "{all:?}");
}

#[test]
fn a_device_whose_place_another_manager_has_is_named_as_such() {
    let (mut w, a, b) = with_device(1);
    for nth in 1..=5 {
        until_completed(&mut w, a, b);
        w.run(Duration::from_millis(300));
        closes(&mut w, a, b, 4001, "close");
        assert_eq!(codes(&w, a, b).contains(&Code::Hel08), nth >= 3, "{nth}");
    }
    assert_eq!(codes(&w, a, b), [Code::Hel08], "neither the network nor two rules");
    let taken = found(&w, a, b, Code::Hel08);
    assert!(taken.finding.advice.contains("another energy manager"), "{taken:?}");
    assert!(taken.finding.seen.contains("dropped 5"), "{taken:?}");
    assert_eq!(told(&w, a, Code::Hel08), 1);
}

#[test]
fn a_device_known_before_that_turns_us_away_again_and_again_has_no_place_for_us() {
    let (mut w, a, b) = with_device(1);
    until_completed(&mut w, a, b);
    w.run(secs(100));
    w.place(w.address(b), Place::Busy);
    closes(&mut w, a, b, 1000, "");
    w.run(secs(120));
    let all = codes(&w, a, b);
    assert!(all.contains(&Code::Ws03) && all.contains(&Code::Hel08), "{all:?}");
    assert!(found(&w, a, b, Code::Hel08).finding.seen.contains("turned"));

    // One that was never connected may simply be full: its answer says so by itself.
    let (mut w, a, b) = with_device(1);
    w.place(w.address(b), Place::Busy);
    w.run(secs(120));
    assert_eq!(codes(&w, a, b), [Code::Ws03]);
}

/// A device with the lower SKI dials while we do, three times, and closes what it dialled: it keeps
/// what the higher SKI dialled. We keep the newer.
fn keeps_crossing((code, text): (u16, &'static str)) -> (World, NodeId, NodeId) {
    let mut w = World::new(1);
    let high = w.hub(2, |c| c.double_connection = DoubleConnection::MostRecent);
    let low = w.script(1, device);
    w.sees(high, low);
    w.register(high, low);
    for _ in 0..3 {
        until_completed(&mut w, high, low);
        w.script_dials(low, high);
        w.run(Duration::from_millis(20));
        let theirs = w.open_between(low, high).into_iter().find(|it| w.dialler(*it) == low);
        w.script_closes(theirs.expect("ours was given up"), code, text);
        w.run(Duration::from_millis(20));
    }
    (w, high, low)
}

#[test]
fn two_rules_for_double_connections_are_named_both() {
    let (w, high, low) = keeps_crossing((1000, "double connection"));
    assert_eq!(codes(&w, high, low), [Code::Cls02], "nothing else is wrong");
    let both = found(&w, high, low, Code::Cls02);
    assert!(both.finding.seen.contains("3 by us and 3 by the device"), "{both:?}");
    assert!(both.finding.seen.contains("most-recent") && both.finding.seen.contains("(initiator)"));
    assert!(both.finding.advice.contains("--double-connection initiator"), "{both:?}");
    assert_eq!(told(&w, high, Code::Cls02), 1);
}

/// The peer need not say why it closes.
#[test]
fn a_close_right_after_a_double_connection_belongs_to_it() {
    let (w, high, low) = keeps_crossing((4001, "close"));
    assert_eq!(codes(&w, high, low), [Code::Cls02]);
}

#[test]
fn a_peer_that_dials_again_and_again_although_it_is_connected_is_told_so() {
    let mut w = World::new(1);
    let (high, low) = (w.hub(2, |_| {}), w.script(1, device));
    w.sees(high, low);
    w.register(high, low);
    until_completed(&mut w, high, low);
    for _ in 0..4 {
        w.script_dials(low, high);
        w.run(secs(5));
    }
    let again = found(&w, high, low, Code::Cls02);
    assert!(again.finding.seen.contains("dials again although it is connected"), "{again:?}");
}

#[test]
fn hubs_that_dial_each_other_by_any_two_rules_have_nothing_to_report() {
    use DoubleConnection::{Initiator, MostRecent};
    for (one, other) in [
        (Initiator, Initiator),
        (Initiator, MostRecent),
        (MostRecent, Initiator),
        (MostRecent, MostRecent),
    ] {
        for seed in 0..50 {
            let mut w = World::new(seed);
            let low = w.hub(1, |c| c.double_connection = one);
            let high = w.hub(2, |c| c.double_connection = other);
            w.delay = 0..=5;
            w.register(low, high);
            w.register(high, low);
            let [x, y] = [w.rng.u64(0..=10), w.rng.u64(0..=10)].map(Duration::from_millis);
            w.sees_later(x, low, high);
            w.sees_later(y, high, low);
            w.run(secs(3600));
            for (here, there) in [(low, high), (high, low)] {
                assert_eq!(w.state(here, there), Completed);
                assert_eq!(serious(&w, here, there), [], "{one:?} {other:?} seed {seed}");
            }
            w.told(low, Command::Shutdown);
            w.run(secs(20));
            let all = codes(&w, high, low);
            let ended = |code: &Code| ["CLS", "HEL"].contains(&code.family().prefix);
            assert!(!all.iter().any(ended), "it went in order: {all:?}");
        }
    }
}

#[test]
fn a_bad_network_is_called_a_bad_network_and_nothing_else() {
    for seed in 0..60 {
        let (mut w, a, b) = two_hubs(seed);
        w.paired(a, b);
        w.sees(b, a);
        for _ in 0..15 {
            until_completed(&mut w, a, b);
            // As often right after the handshake as long after it.
            let most = if w.rng.bool() { 2_000 } else { 400_000 };
            let lasts = Duration::from_millis(w.rng.u64(10..most));
            w.run(lasts);
            w.cut(a, b);
            w.run(Duration::from_millis(50));
        }
        for (here, there) in [(a, b), (b, a)] {
            assert_eq!(codes(&w, here, there), [Code::Cls04], "seed {seed}");
        }
    }
}

#[test]
fn what_we_do_ourselves_is_never_flapping() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    let ski = w.ski(b);
    for _ in 0..6 {
        until_completed(&mut w, a, b);
        w.run(Duration::from_millis(500));
        w.told(a, Command::Disconnect { ski });
        w.run(secs(1));
        w.told(a, Command::Connect { ski });
    }
    until_completed(&mut w, a, b);
    assert_eq!(serious(&w, a, b), []);
    // Nor is it at the other end, where it is announced each time, and who dials meanwhile is told
    // to wait.
    assert_eq!(codes(&w, b, a), [Code::Ws03]);
    w.told(a, Command::Unregister { ski });
    w.run(secs(5));
    assert_eq!(codes(&w, b, a), [Code::Ws03, Code::Cls01]);
}

#[test]
fn the_start_up_race_is_no_refusal_and_a_known_quirk() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let b = w.script(2, |nth, heard| match heard {
        heard if heard.is_hello(HelloPhase::Ready) && nth == 0 => {
            vec![Say::hello(HelloPhase::Aborted), Say::Close(4452, "Node rejected by application")]
        }
        heard => device(nth, heard),
    });
    w.sees(a, b);
    w.register(a, b);
    until_completed(&mut w, a, b);
    assert_eq!(codes(&w, a, b), []);
    let quirks = peer(&w, a, b).quirks;
    assert_eq!(quirks.len(), 1, "{quirks:?}");
    assert_eq!(quirks[0].name, "ship-go-start-up-race");
}

#[test]
fn what_the_transport_showed_is_found_with_the_peer() {
    let odd = CertificateOddity { code: Some(Code::Cert05), what: "a boolean is 01".into() };
    let certificate = CertificateFacts { remarks: vec![odd], ..CertificateFacts::default() };
    let transport = Box::new(TransportFacts {
        tls_version: Some("TLS 1.2".into()),
        cipher_suite: Some("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256".into()),
        certificate: Some(certificate),
        ..TransportFacts::default()
    });
    let mut config = Config::new(ski(1), ship_id(1));
    config.can_ask_for_trust = true;
    let mut hub = Hub::new(config, &TrustStore::default(), 1);
    let (link, remote, now) = (hub.new_link(), "10.0.0.2:1".parse().unwrap(), Time::ORIGIN);
    hub.handle(now, Input::Incoming { link, ski: ski(2), remote, transport });
    hub.handle(now, Input::Accepted { link });
    let findings = hub.peer(now, ski(2)).unwrap().findings;
    let codes: Vec<Code> = findings.iter().map(|found| found.finding.code).collect();
    assert_eq!(codes, [Code::Tls06, Code::Cert05]);
    assert!(findings.iter().all(|found| found.finding.severity == Severity::Info));
}
