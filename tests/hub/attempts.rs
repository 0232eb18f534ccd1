//! Attempts and their delays.

use std::{net::SocketAddr, time::Duration};

use shipctl::{
    hub::{Command, EventKind, Input, LinkId, Output, Registration, backoff::Verdict},
    proto::{
        ConnectionState::{Completed, Error, None as Idle, Queued, RemoteDeniedTrust, Trusted},
        handshake::{Cause, Denial, Side},
        message::HelloPhase,
        target::Target,
    },
    time::Time,
};

use crate::world::{Heard, NodeId, Place, Say, World, kinds, secs, two_hubs};

/// When attempts failed and what followed.
fn failures(w: &World, id: NodeId, peer: NodeId) -> Vec<(Time, u32, Verdict)> {
    let ski = Some(w.ski(peer));
    let of = |event: &shipctl::hub::Event| match &event.kind {
        EventKind::AttemptFailed { number, verdict, .. } if event.ski == ski => {
            Some((event.at, *number, *verdict))
        }
        _ => None,
    };
    w.events(id).iter().filter_map(of).collect()
}

#[test]
fn refused_dials_are_repeated_with_growing_delays_one_at_a_time() {
    for seed in 0..50 {
        let (mut w, a, b) = two_hubs(seed);
        w.listens(b, false);
        w.register(a, b);
        w.sees(a, b);
        w.run(secs(120));
        let (began, failed) = (w.attempts(a, b), failures(&w, a, b));
        assert!(began.len() >= 6, "{began:?}");
        for (i, (at, number)) in began.iter().enumerate() {
            assert_eq!(*number as usize, i + 1);
            let range = match number {
                1 => continue, // asked for just now: at once
                2 => secs(3)..secs(10),
                _ => secs(10)..secs(20),
            };
            let (failed_at, failed_number, verdict) = failed[i - 1];
            assert_eq!((failed_number, verdict), (number - 1, Verdict::Retry));
            assert!(range.contains(&at.since(failed_at)), "{began:?}");
        }
        w.listens(b, true);
        w.register(b, a);
        w.run(secs(21));
        assert_eq!(w.states(a, b), [Completed; 2]);
    }
}

#[test]
fn of_very_many_addresses_each_attempt_tries_a_few_others_and_those_given_by_hand() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |c| c.targets_per_attempt = 4), w.hub(2, |_| {}));
    w.listens(b, false);
    let by_hand: Target = "10.9.9.9:1/ship/".parse().unwrap();
    let ski = w.ski(b);
    let wish = Registration { targets: vec![by_hand.clone()], ..Registration::new(ski) };
    w.told(a, Command::Register(wish));
    let true_one = Target::socket(w.address(b), "/ship/");
    for n in 0..10 {
        let mut liar = w.service(b);
        liar.instance = format!("liar {n}");
        liar.addresses = vec![SocketAddr::from(([10, 8, 8, n], 1))];
        w.seen_as(a, liar);
    }
    w.sees(a, b);
    w.run(secs(120));
    let dials: Vec<Vec<Target>> = w
        .outputs(a)
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Dial { targets, .. } => Some(targets.clone()),
            _ => None,
        })
        .collect();
    assert!(dials.len() > 5, "{dials:?}");
    for targets in &dials[1..] {
        assert_eq!((targets.len(), &targets[0]), (4, &by_hand), "{dials:?}");
    }
    assert!(dials[1..5].iter().any(|targets| targets.contains(&true_one)), "{dials:?}");
}

#[test]
fn all_addresses_of_a_record_are_one_attempt() {
    let (mut w, a, b) = two_hubs(1);
    w.register(b, a);
    let mut service = w.service(b);
    let addresses = |w: &World| -> Vec<SocketAddr> {
        let of = |last: u8| SocketAddr::from(([192, 0, 2, last], 4712));
        vec![of(1), of(2), of(3), w.address(b)]
    };
    w.place(addresses(&w)[1], Place::Silent);
    w.place(addresses(&w)[2], Place::Busy);
    service.addresses = addresses(&w);
    w.listens(b, false);
    w.seen_as(a, service);
    w.register(a, b);
    w.run(secs(11));
    let [failed] = failures(&w, a, b)[..] else { panic!("{:?}", failures(&w, a, b)) };
    assert_eq!(failed.1, 1);
    let tried: Vec<usize> = kinds(w.events(a), w.ski(b))
        .filter_map(|kind| match kind {
            EventKind::AttemptFailed { failure, .. } => Some(failure.tried.len()),
            _ => None,
        })
        .collect();
    assert_eq!(tried, [4]);
    w.listens(b, true);
    w.run(secs(25));
    assert_eq!(w.attempts(a, b).len(), 2);
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn a_failure_that_another_attempt_would_repeat_is_not_repeated() {
    let mut w = World::new(1);
    let (a, b, c) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    // The address belongs to another node: the SKI found there is not the one asked for.
    let wrong = Target::socket(w.address(c), "/ship/");
    let wish = Registration { targets: vec![wrong], ..Registration::new(w.ski(b)) };
    w.told(a, Command::Register(wish));
    w.run(secs(1000));
    assert_eq!(w.attempts(a, b).len(), 1);
    assert_eq!(failures(&w, a, b)[0].2, Verdict::GiveUp);
    assert_eq!((w.state(a, b), w.deadline(a)), (Error, None));
    // Asked for anew it is tried anew, and counted anew.
    let ski = w.ski(b);
    w.told(a, Command::Connect { ski });
    assert_eq!(w.attempts(a, b).last(), Some(&(w.now, 1)));
}

#[test]
fn the_counter_begins_anew_when_a_handshake_completes() {
    let (mut w, a, b) = two_hubs(1);
    w.listens(b, false);
    w.sees(a, b);
    w.register(a, b);
    w.register(b, a);
    w.run(secs(60));
    assert!(w.attempts(a, b).len() >= 4);
    w.listens(b, true);
    w.run(secs(20));
    assert_eq!(w.state(a, b), Completed);
    w.forget_events();
    w.listens(b, false);
    w.cut(a, b);
    w.run(secs(14));
    let numbers: Vec<u32> = w.attempts(a, b).iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_goodbye_cancels_nothing_but_without_an_address_nothing_is_dialled() {
    let (mut w, a, b) = two_hubs(1);
    w.listens(b, false);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    let instance = w.service(b).instance;
    w.feed(a, Input::Gone { instance });
    w.run(secs(100));
    assert_eq!((w.attempts(a, b).len(), w.state(a, b), w.deadline(a)), (1, Queued, None));
    w.listens(b, true);
    w.register(b, a);
    w.sees(a, b);
    w.run(secs(11));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.attempts(a, b)[1].1, 2);
}

/// The link of the only dial a hub asked for.
fn dial_of(w: &World, id: NodeId) -> LinkId {
    let of = |(_, output): &(Time, Output)| match output {
        Output::Dial { link, .. } => Some(*link),
        _ => None,
    };
    let dials: Vec<LinkId> = w.outputs(id).iter().filter_map(of).collect();
    assert_eq!(dials.len(), 1);
    dials[0]
}

#[test]
fn a_dial_that_finishes_after_it_was_cancelled_is_forgotten() {
    type Cancel = fn(shipctl::proto::Ski) -> Command;
    let cancels: [(Cancel, bool); 4] = [
        (|ski| Command::Unregister { ski }, false),
        (|ski| Command::Deny { ski }, false),
        (|ski| Command::Disconnect { ski }, true),
        (|_| Command::Shutdown, false),
    ];
    for (cancel, still_paired) in cancels {
        let (mut w, a, b) = two_hubs(1);
        w.place(w.address(b), Place::Silent);
        w.sees(a, b);
        w.register(a, b);
        w.run(secs(1));
        let (link, ski, remote) = (dial_of(&w, a), w.ski(b), w.address(b));
        let command = cancel(ski);
        w.told(a, command.clone());
        let forgotten = Output::Forget { link };
        assert!(w.outputs(a).iter().any(|(_, o)| *o == forgotten), "{command:?}");
        w.feed(a, Input::Dialled { link, result: Ok(remote.into()) });
        w.run(secs(100));
        let state = if still_paired { Queued } else { Idle };
        assert_eq!(w.state(a, b), state, "{command:?}");
        assert_eq!(w.count(a, |k| matches!(k, EventKind::Connected { .. })), 0, "{command:?}");
        assert_eq!(w.attempts(a, b).len(), 1, "{command:?}");
        assert_eq!(w.deadline(a), None, "{command:?}");
    }
}

/// A server of ship-go that stumbles over its start-up on its first `stumbles` connections, and
/// refuses or goes on as a hub would not: it only says `ready`.
fn stumbling(w: &mut World, stumbles: usize) -> NodeId {
    w.script(2, move |nth, heard| match heard {
        heard if heard.is_init() => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) && nth < stumbles => {
            vec![Say::hello(HelloPhase::Aborted), Say::Close(4452, "Node rejected by application")]
        }
        heard if heard.is_hello(HelloPhase::Ready) => vec![Say::hello(HelloPhase::Ready)],
        _ => vec![],
    })
}

#[test]
fn a_server_that_aborts_within_milliseconds_is_retried_at_once_with_a_pause_and_uncounted() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let b = stumbling(&mut w, 1);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(2));
    assert_eq!(w.state(a, b), Trusted);
    let attempts = w.attempts(a, b);
    assert_eq!(attempts.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [1, 1]);
    assert!(attempts[1].0.since(attempts[0].0) < Duration::from_millis(50), "{attempts:?}");
    assert!(!w.path(a, b).contains(&RemoteDeniedTrust), "it is no refusal by the user");
    let ski = Some(w.ski(b));
    let opened = w
        .events(a)
        .iter()
        .rfind(|event| event.ski == ski && matches!(event.kind, EventKind::Connected { .. }));
    let init = |(_, output): &&(Time, Output)| matches!(output, Output::Transmit { bytes, .. } if **bytes == [0, 0]);
    let sent = w.outputs(a).iter().rfind(init);
    let pause = sent.unwrap().0.since(opened.unwrap().at);
    assert!(pause >= Duration::from_millis(20), "{pause:?}");
    assert_eq!(
        w.heard(b, 0)[1],
        &Heard::Message(shipctl::proto::message::Message::Init { head: 0 })
    );
}

#[test]
fn a_server_that_aborts_again_means_it() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let b = stumbling(&mut w, 99);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1000));
    assert_eq!(w.state(a, b), RemoteDeniedTrust);
    assert_eq!(w.attempts(a, b).len(), 2);
    let denied = Cause::Denied { by: Side::Peer, how: Denial::Aborted };
    assert_eq!(w.ends(a, b).iter().map(|end| &end.cause).collect::<Vec<_>>(), [&denied; 2]);
}

#[test]
fn a_record_with_a_new_address_revives_what_was_given_up_for_the_old_one() {
    let mut w = World::new(1);
    let (a, b, other) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.register(b, a);
    let mut stale = w.service(b);
    stale.addresses = vec![w.address(other)];
    w.seen_as(a, stale.clone());
    w.register(a, b);
    w.run(secs(100));
    assert_eq!((w.state(a, b), w.attempts(a, b).len()), (Error, 1));
    // The same record again, or with other words in it, is no reason to try again.
    stale.txt.brand = Some("Other".to_owned());
    w.seen_as(a, stale);
    w.run(secs(100));
    assert_eq!(w.attempts(a, b).len(), 1);
    w.sees(a, b);
    w.run(secs(11));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.attempts(a, b).len(), 2);
}

#[test]
fn a_trusted_peer_with_a_stored_address_is_dialled_from_the_start_without_being_seen() {
    let ski = |n| shipctl::proto::Ski::from_bytes([n; 20]);
    let trust = |address: Option<&str>| {
        let mut trust = shipctl::identity::trust::TrustStore::default();
        let address = address.map(str::to_owned);
        let (ship_id, name, seen) = (None, None, true);
        let ski = ski(2);
        trust.apply(
            &shipctl::identity::trust::TrustChange::Trust { ski, ship_id, name, address, seen },
            1,
        );
        trust
    };
    for (address, dial_stored, dials) in [
        (Some("10.0.0.7:4712/ship/"), true, true),
        (None, true, false),
        (Some("a:1"), false, false),
    ] {
        let mut config = shipctl::hub::Config::new(ski(1), "i:1_u:a".parse().unwrap());
        config.dial_stored = dial_stored;
        let mut hub = shipctl::hub::Hub::new(config, &trust(address), 7);
        let began = Time::after(secs(100));
        hub.begin(began);
        // After the delay of a first attempt; later the hub looks who was never seen.
        let due = hub.poll_timeout().filter(|due| due.since(began) <= secs(3));
        assert_eq!(due.is_some(), dials, "{address:?} {dial_stored}");
        let Some(due) = due else { continue };
        hub.handle(due, Input::Timeout);
        let outputs: Vec<Output> = std::iter::from_fn(|| hub.poll_output()).collect();
        assert!(outputs.iter().any(|o| matches!(o, Output::Dial { .. })), "{outputs:?}");
    }
}
