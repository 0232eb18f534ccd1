//! The connection limit, for who comes in and for who is dialled.

use shipctl::{
    checks::Code,
    hub::{Command, EventKind, Refusal, snapshot::PeerSnapshot},
    proto::{
        ConnectionState::{Completed, Queued, ReceivedPairingRequest},
        Ski,
    },
};

use crate::world::{NodeId, Place, World, secs};

/// A hub with this limit that sees and registers so many peers, which wait for it to dial.
fn dials(limit: usize, peers: u8) -> (World, NodeId, Vec<NodeId>) {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.max_connections = limit);
    let peers: Vec<NodeId> = (2..2 + peers).map(|tag| w.hub(tag, |_| {})).collect();
    for peer in &peers {
        w.register(*peer, a);
        w.sees(a, *peer);
        w.register(a, *peer);
        w.run(secs(1));
    }
    (w, a, peers)
}

fn completed(w: &World, id: NodeId, peers: &[NodeId]) -> Vec<bool> {
    peers.iter().map(|peer| w.state(id, *peer) == Completed).collect()
}

fn waits(w: &World, id: NodeId) -> usize {
    w.count(id, |kind| matches!(kind, EventKind::LimitReached { .. }))
}

#[test]
fn beyond_the_limit_an_attempt_waits_and_nothing_is_dialled() {
    let (mut w, a, peers) = dials(3, 5);
    w.run(secs(100));
    assert_eq!(completed(&w, a, &peers), [true, true, true, false, false]);
    assert_eq!([w.state(a, peers[3]), w.state(a, peers[4])], [Queued; 2]);
    assert_eq!([3, 4].map(|n| w.attempts(a, peers[n]).len()), [0; 2]);
    assert_eq!(w.count(a, |k| *k == EventKind::LimitReached { limit: 3 }), 2, "each is told once");
    assert_eq!(told_of_the_limit(&w, a), [w.ski(peers[3]), w.ski(peers[4])]);
}

/// The peers of which it was found that the limit keeps them away.
fn told_of_the_limit(w: &World, id: NodeId) -> Vec<Ski> {
    let peers = w.snapshot(id).peers;
    let of_limit =
        |peer: &&PeerSnapshot| peer.findings.iter().any(|found| found.finding.code == Code::Own04);
    peers.iter().filter(of_limit).map(|peer| peer.ski).collect()
}

#[test]
fn a_freed_place_is_taken_at_once_by_who_waited_longest() {
    let (mut w, a, peers) = dials(3, 5);
    let ski = w.ski(peers[1]);
    w.told(a, Command::Unregister { ski });
    w.run(secs(2));
    assert_eq!(completed(&w, a, &peers), [true, false, true, true, false]);
    let ski = w.ski(peers[0]);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(2));
    assert_eq!(completed(&w, a, &peers), [false, false, true, true, true]);
}

#[test]
fn who_waits_but_is_not_there_keeps_nobody_else_waiting() {
    let (mut w, a, peers) = dials(3, 5);
    w.listens(peers[3], false);
    let ski = w.ski(peers[0]);
    w.told(a, Command::Unregister { ski });
    w.run(secs(2));
    assert_eq!(completed(&w, a, &peers), [false, true, true, false, true]);
    w.listens(peers[3], true);
    let ski = w.ski(peers[1]);
    w.told(a, Command::Unregister { ski });
    w.run(secs(25));
    assert_eq!(completed(&w, a, &peers), [false, false, true, true, true]);
}

#[test]
fn raising_the_limit_lets_in_who_waits_and_lowering_it_closes_nobody() {
    let (mut w, a, peers) = dials(3, 5);
    w.told(a, Command::SetLimit { limit: 5 });
    w.run(secs(1));
    assert_eq!(completed(&w, a, &peers), [true; 5]);
    w.told(a, Command::SetLimit { limit: 1 });
    w.run(secs(100));
    assert_eq!(completed(&w, a, &peers), [true; 5]);
    let late = w.hub(9, |_| {});
    w.register(a, late);
    w.sees(late, a);
    w.register(late, a);
    w.run(secs(1));
    let limit = |kind: &EventKind| matches!(kind, EventKind::Refused { why: Refusal::Limit, .. });
    assert_eq!(w.count(a, limit), 1);
    assert_eq!(told_of_the_limit(&w, a).last(), Some(&w.ski(late)));
    assert_eq!(w.count(a, |k| matches!(k, EventKind::Limit { .. })), 2);
}

#[test]
fn a_dial_that_succeeds_when_the_last_place_is_taken_waits_for_another() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.max_connections = 1);
    let (slow, quick) = (w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.register(slow, a);
    w.register(quick, a);
    let mut record = w.service(slow);
    let nowhere = ([192, 0, 2, 1], 4712).into();
    w.place(nowhere, Place::Silent);
    record.addresses.insert(0, nowhere);
    w.seen_as(a, record);
    w.register(a, slow);
    w.sees(a, quick);
    w.register(a, quick);
    w.run(secs(15));
    assert_eq!(completed(&w, a, &[slow, quick]), [false, true]);
    assert_eq!((w.state(a, slow), waits(&w, a)), (Queued, 1));
    let ski = w.ski(quick);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(15));
    assert_eq!(completed(&w, a, &[slow, quick]), [true, false]);
}

#[test]
fn who_is_no_longer_wanted_waits_no_longer() {
    let (mut w, a, peers) = dials(1, 3);
    for command in
        [Command::Disconnect { ski: w.ski(peers[1]) }, Command::Cancel { ski: w.ski(peers[2]) }]
    {
        w.told(a, command);
    }
    w.told(a, Command::SetLimit { limit: 9 });
    w.run(secs(100));
    assert_eq!(completed(&w, a, &peers), [true, false, false]);
}

#[test]
fn strangers_that_wait_take_half_of_the_places_and_leave_the_others_to_who_is_trusted() {
    for (limit, half) in [(1, 1), (2, 1), (3, 2), (10, 5)] {
        let mut w = World::new(1);
        let a = w.hub(1, |c| {
            c.max_connections = limit;
            c.can_ask_for_trust = true;
        });
        let strangers: Vec<NodeId> = (2..10).map(|tag| w.hub(tag, |_| {})).collect();
        for stranger in &strangers {
            w.sees(*stranger, a);
            w.register(*stranger, a);
            w.run(secs(1));
        }
        let waiting = |id: &&NodeId| w.state(a, **id) == ReceivedPairingRequest;
        assert_eq!(strangers.iter().filter(waiting).count(), half, "of {limit}");
        let turned_away = |kind: &EventKind| {
            matches!(kind, EventKind::Refused { why, .. }
            if *why == if limit == 1 { Refusal::Limit } else { Refusal::Strangers })
        };
        assert!(w.count(a, turned_away) >= strangers.len() - half, "of {limit}");
        // One that is let in is a stranger no longer, and one that is trusted never was.
        let trusted = w.hub(20, |_| {});
        w.register(a, trusted);
        w.sees(trusted, a);
        w.register(trusted, a);
        w.run(secs(1));
        assert_eq!(completed(&w, a, &[trusted]), [limit > half], "of {limit}");
    }
}
