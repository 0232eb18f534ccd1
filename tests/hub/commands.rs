//! What commands do to peers that are there, on their way, or gone.

use shipctl::{
    hub::{
        Command, CommandError, EventKind, Output, Registration, backoff::Verdict, snapshot::Outlook,
    },
    identity::trust::TrustChange,
    proto::{
        ConnectionState::{
            Completed, InProgress, Initiated, None as Idle, Queued, ReceivedPairingRequest,
        },
        message::{ClosePhase, CloseReason, Data, HelloPhase, Message, SPINE},
    },
};

use crate::world::{Heard, NodeId, Say, World, asked, kinds, secs, two_hubs};

#[test]
fn unregister_closes_with_removed_connection_and_forgets() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.forget_events();
    let ski = w.ski(b);
    w.told(a, Command::Unregister { ski });
    assert_eq!(w.stored(a), [TrustChange::Remove { ski }]);
    let announced = w.outputs(a).iter().find_map(|(_, output)| match output {
        Output::Transmit { bytes, .. } => {
            Some(shipctl::proto::codec::decode(bytes).unwrap().message)
        }
        _ => None,
    });
    let Some(Message::Close(close)) = announced else { panic!("{announced:?}") };
    assert_eq!(
        (close.phase, close.reason),
        (ClosePhase::Announce, Some(CloseReason::RemovedConnection))
    );
    w.run(secs(1000));
    assert_eq!((w.path(a, b), w.attempts(a, b)), (vec![Idle], vec![]));
    assert_eq!(w.count(a, |kind| *kind == EventKind::Unregistered), 1);
    assert_eq!(w.deadline(a), None);
    let again = w.command(a, Command::Unregister { ski });
    assert_eq!(again, Err(CommandError::NotRegistered(ski)), "it is seen still");
}

#[test]
fn unregister_forgets_the_counter() {
    let (mut w, a, b) = two_hubs(1);
    w.listens(b, false);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(60));
    let ski = w.ski(b);
    w.told(a, Command::Unregister { ski });
    assert_eq!(w.state(a, b), Idle);
    w.run(secs(60));
    w.forget_events();
    w.register(a, b);
    w.run(secs(1));
    assert_eq!(w.attempts(a, b).first().map(|(_, number)| *number), Some(1));
}

#[test]
fn registered_again_while_it_still_closes_a_peer_is_dialled_as_soon_as_it_is_closed() {
    let (mut w, a, b) = asked();
    let ski = w.ski(b);
    w.told(a, Command::Unregister { ski });
    w.register(a, b);
    w.run(secs(5));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
}

#[test]
fn disconnect_keeps_the_trust_and_nothing_connects_until_connect() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.forget_events();
    let ski = w.ski(b);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(1000));
    assert_eq!((w.state(a, b), w.attempts(a, b)), (Queued, vec![]));
    assert_eq!(w.stored(a), []);
    assert!(!w.attempts(b, a).is_empty(), "the peer tries, and is not let in");
    assert_eq!(w.count(b, |kind| matches!(kind, EventKind::Connected { .. })), 0);
    w.told(a, Command::Connect { ski });
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

/// The other side is silent, so that the close is under way for as long as it may take.
#[test]
fn who_is_being_disconnected_is_not_called_connected() {
    type Told = fn(shipctl::proto::Ski) -> Command;
    let cases: [(Told, _, _); 3] = [
        (|ski| Command::Disconnect { ski }, Queued, Some(Outlook::Held)),
        (|ski| Command::Unregister { ski }, Idle, Some(Outlook::NotPaired)),
        (|_| Command::Shutdown, Idle, None),
    ];
    for (told, state, outlook) in cases {
        for cut in [false, true] {
            let mut w = World::new(1);
            let (a, b) = (w.hub(1, |_| {}), w.hub(2, |_| {}));
            w.paired(a, b);
            w.node_mut(b).mute = true;
            let ski = w.ski(b);
            w.forget_events();
            w.told(a, told(ski));
            let snapshot = w.snapshot(a);
            let (peer, link) = (&snapshot.peers[0], &snapshot.links[0]);
            assert_eq!((peer.state, link.leaving), (state, true));
            assert_eq!(peer.outlook, outlook.unwrap_or(peer.outlook));
            if cut {
                w.cut(a, b);
            }
            w.run(secs(20));
            assert_eq!(w.path(a, b), [state], "its end changes nothing about that");
            let ends = w.count(a, |kind| matches!(kind, EventKind::Ended { .. }));
            assert_eq!(ends, 1);
        }
    }
}

#[test]
fn disconnected_while_the_peer_decides_it_waits_to_be_connected_again() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    let ski = w.ski(b);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(100));
    assert_eq!((w.states(a, b), w.attempts(a, b).len()), ([Queued, Idle], 1));
}

#[test]
fn a_connection_lost_after_an_approval_comes_back_after_the_usual_delay() {
    let mut delays = Vec::new();
    for seed in 0..20 {
        let mut w = World::new(seed);
        let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
        w.sees(a, b);
        w.sees(b, a);
        w.register(a, b);
        w.run(secs(2));
        w.register(b, a);
        w.run(secs(2));
        w.listens(b, false);
        w.cut(a, b);
        let cut = w.now;
        w.run(secs(4));
        delays.push(w.attempts(b, a)[0].0.since(cut));
    }
    assert!(delays.iter().max() > Some(&secs(1)), "{delays:?}");
}

#[test]
fn deny_gives_up_a_pairing_at_every_stage() {
    for stage in ["unseen", "waiting for the peer"] {
        let mut w = World::new(1);
        let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
        w.register(a, b);
        if stage != "unseen" {
            w.sees(a, b);
            w.run(secs(1));
        }
        let ski = w.ski(b);
        w.told(a, Command::Deny { ski });
        w.run(secs(3));
        assert_eq!(w.states(a, b), [Idle; 2], "{stage}");
        w.sees(a, b);
        w.run(secs(100));
        assert!(w.attempts(a, b).len() <= 1, "{stage}");
        let said: Vec<_> = kinds(w.events(a), ski)
            .filter(|k| matches!(k, EventKind::Registered | EventKind::Unregistered))
            .collect();
        assert_eq!(said, [&EventKind::Registered, &EventKind::Unregistered], "{stage}");
        let again = w.command(a, Command::Deny { ski });
        assert_eq!(again, Err(CommandError::NothingToDeny(ski)), "{stage}");
    }
}

#[test]
fn a_completed_connection_cannot_be_denied() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    let ski = w.ski(b);
    assert_eq!(w.command(a, Command::Deny { ski }), Err(CommandError::NothingToDeny(ski)));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn data_flows_over_a_completed_connection_only() {
    let (mut w, a, b) = two_hubs(1);
    let data = Data { protocol_id: SPINE.to_owned(), payload: r#"{"a":[]}"#.to_owned() };
    let (ski, send) = (w.ski(b), Command::Send { ski: w.ski(b), data: data.clone() });
    assert_eq!(w.command(a, send.clone()), Err(CommandError::NotConnected(ski)));
    w.paired(a, b);
    w.told(a, send);
    w.run(secs(1));
    assert_eq!(w.count(b, |kind| *kind == EventKind::Data(data.clone())), 1);
}

/// A peer that dials in and answers the upgrade late is in between: asked for, not yet open.
#[test]
fn a_connection_not_open_yet_is_closed_by_command_all_the_same() {
    type Close = fn(shipctl::proto::Ski) -> Command;
    let closes: [(Close, _); 2] =
        [(|ski| Command::Unregister { ski }, Idle), (|ski| Command::Disconnect { ski }, Queued)];
    for (close, state) in closes {
        let mut w = World::new(1);
        let a = w.hub(1, |_| {});
        let b = late_script(&mut w);
        w.register(a, b);
        w.delay = 100..=100;
        w.script_dials(b, a);
        w.run(std::time::Duration::from_millis(50));
        assert_eq!(w.state(a, b), Initiated);
        let ski = w.ski(b);
        w.told(a, close(ski));
        w.run(secs(5));
        assert_eq!(w.state(a, b), state);
        assert_eq!(w.count(a, |kind| matches!(kind, EventKind::Connected { .. })), 0);
    }
}

fn late_script(w: &mut World) -> NodeId {
    w.script(2, |_, heard| match heard {
        Heard::Connected => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => vec![Say::hello(HelloPhase::Ready)],
        _ => vec![],
    })
}

#[test]
fn cancel_gives_up_a_pairing_that_never_completed_and_nothing_else() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    let ski = w.ski(b);
    assert_eq!(w.command(a, Command::Cancel { ski }), Err(CommandError::UnknownPeer(ski)));
    w.sees(a, b);
    w.told(a, Command::Register(Registration { store_at_once: true, ..Registration::new(ski) }));
    w.run(secs(2));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
    w.told(a, Command::Cancel { ski });
    assert_eq!(w.stored(a).last(), Some(&TrustChange::Remove { ski }));
    w.run(secs(100));
    assert_eq!((w.states(a, b), w.attempts(a, b).len()), ([Idle; 2], 1));
    w.register(b, a);
    w.register(a, b);
    w.run(secs(5));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.command(a, Command::Cancel { ski }), Err(CommandError::NothingToCancel(ski)));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn disconnect_all_closes_everything_keeps_the_trust_and_refuses_who_asks() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.can_ask_for_trust = true);
    let peers: Vec<NodeId> = (2..5).map(|tag| w.hub(tag, |_| {})).collect();
    for peer in &peers[..2] {
        w.paired(a, *peer);
    }
    w.sees(peers[2], a);
    w.register(peers[2], a);
    w.run(secs(1));
    assert_eq!(w.state(a, peers[2]), ReceivedPairingRequest);
    w.forget_events();
    w.told(a, Command::DisconnectAll);
    w.run(secs(100));
    assert_eq!([0, 1, 2].map(|n| w.state(a, peers[n])), [Queued, Queued, Idle]);
    assert_eq!((w.stored(a), w.deadline(a)), (&[][..], None));
    let ski = w.ski(peers[0]);
    w.told(a, Command::Connect { ski });
    w.run(secs(1));
    assert_eq!(w.state(a, peers[0]), Completed);
}

/// What a hub said follows the ends of the connections to a peer.
fn verdicts(w: &World, id: NodeId, peer: NodeId) -> Vec<Verdict> {
    let of = |kind: &EventKind| match kind {
        EventKind::Ended { verdict, .. } => Some(*verdict),
        _ => None,
    };
    kinds(w.events(id), w.ski(peer)).filter_map(of).collect()
}

#[test]
fn what_an_end_is_said_to_lead_to_is_what_follows() {
    type Deed = fn(&mut World, NodeId, NodeId);
    let deeds: [(Deed, Verdict); 4] = [
        (|w, a, b| w.cut(a, b), Verdict::Retry),
        (|w, a, b| w.told(a, Command::Disconnect { ski: w.ski(b) }), Verdict::Held),
        (|w, a, b| w.told(a, Command::Unregister { ski: w.ski(b) }), Verdict::Nothing),
        (|w, a, _| w.told(a, Command::Shutdown), Verdict::Nothing),
    ];
    for (n, (deed, verdict)) in deeds.into_iter().enumerate() {
        let (mut w, a, b) = two_hubs(1);
        w.paired(a, b);
        w.forget_events();
        for id in [a, b] {
            w.listens(id, false);
        }
        deed(&mut w, a, b);
        w.run(secs(5));
        assert_eq!(verdicts(&w, a, b), [verdict], "deed {n}");
        assert_eq!(w.attempts(a, b).is_empty(), verdict != Verdict::Retry, "deed {n}");
    }
}

#[test]
fn a_stored_peer_nobody_asked_for_is_said_to_be_waited_for() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.cut(a, b);
    w.restart(a);
    w.sees(a, b);
    w.run(secs(4));
    assert_eq!(w.states(a, b), [Completed; 2]);
    w.listens(a, false);
    w.cut(a, b);
    w.run(secs(100));
    assert_eq!(verdicts(&w, a, b), [Verdict::PeerMayCome]);
    assert!(w.attempts(a, b).is_empty());
}
