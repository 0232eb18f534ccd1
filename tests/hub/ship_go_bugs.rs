//! The nine bugs ship-go's hub shipped once, each with the test that catches it.

use std::time::Duration;

use shipctl::{
    hub::{Command, EventKind, Input, Output},
    proto::ConnectionState::{Completed, None as Idle, Queued},
};

use crate::world::{Heard, Place, Say, World, secs, two_hubs};

/// An attempt that ended early left its flag behind, and no other was ever made.
#[test]
fn attempt_flag_stuck_after_an_early_return() {
    let (mut w, a, b) = two_hubs(1);
    w.register(b, a);
    w.sees(a, b);
    w.listens(b, false);
    w.register(a, b);
    w.run(secs(1));
    // Its only address is gone when the attempt is due: it returns early.
    let instance = w.service(b).instance;
    w.feed(a, Input::Gone { instance });
    w.run(secs(60));
    assert_eq!((w.state(a, b), w.attempts(a, b).len()), (Queued, 1));
    w.listens(b, true);
    w.sees(a, b);
    w.run(secs(11));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

/// Between the decision about two connections and the registration of one came a third.
#[test]
fn a_third_connection_slips_in_between_decision_and_registration() {
    let mut w = World::new(1);
    let a = w.hub(2, |_| {});
    let b = w.script(1, |_, heard| match heard {
        Heard::Connected => vec![Say::INIT],
        _ => vec![],
    });
    w.register(a, b);
    w.delay = 0..=3;
    // All at one instant: each is decided about while the one before is still being let in.
    for _ in 0..5 {
        w.script_dials(b, a);
    }
    w.run(secs(2));
    assert_eq!(w.open_between(a, b).len(), 1);
    assert_eq!(w.snapshot(a).links.len(), 1);
    assert!(w.ends(a, b).is_empty());
}

/// The end of a connection that had been replaced was reported as the end of the peer.
#[test]
fn a_disconnect_report_for_a_replaced_connection() {
    let (mut w, low, high) = two_hubs(1);
    w.paired(low, high);
    w.freeze(low, high);
    w.restart(low);
    w.forget_events();
    w.register(low, high);
    w.sees(low, high);
    w.run(secs(120));
    assert_eq!(w.count(high, |k| matches!(k, EventKind::Replaced { .. })), 1);
    assert!(w.ends(high, low).is_empty());
    assert_eq!(w.states(low, high), [Completed; 2]);
}

/// Shutdown took two locks in the other order than a connection that closed meanwhile.
#[test]
fn lock_order_deadlock_at_shutdown() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let peers: Vec<_> = (2..12).map(|tag| w.hub(tag, |_| {})).collect();
    for peer in &peers {
        w.paired(a, *peer);
    }
    // Both close all connections at the same instant.
    for peer in peers.iter().copied().chain([a]) {
        w.told(peer, Command::Shutdown);
    }
    w.run(secs(3));
    for id in peers.into_iter().chain([a]) {
        let last = w.outputs(id).last().map(|(_, output)| output);
        assert_eq!(last, Some(&Output::Stopped { forced: false }));
    }
}

/// A delay that was running at shutdown dialled afterwards.
#[test]
fn a_timer_fires_after_shutdown() {
    let (mut w, a, b) = two_hubs(1);
    w.listens(b, false);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    assert!(w.deadline(a).is_some(), "the next attempt is due");
    w.told(a, Command::Shutdown);
    assert_eq!(w.deadline(a), None);
    w.listens(b, true);
    let said = w.outputs(a).len();
    w.run(secs(100));
    w.feed(a, Input::Timeout);
    assert_eq!((w.outputs(a).len(), w.attempts(a, b).len()), (said, 1));
}

/// A dial that was under way at shutdown succeeded afterwards and was registered.
#[test]
fn a_dial_finishes_after_shutdown() {
    for hangs in [false, true] {
        let (mut w, a, b) = two_hubs(1);
        w.register(b, a);
        w.sees(a, b);
        w.delay = 500..=500;
        w.node_mut(a).hangs = hangs;
        w.register(a, b);
        w.run(Duration::from_millis(100));
        // Where the first phases hang, it finishes while the shutdown still runs.
        w.told(a, Command::Shutdown);
        w.run(secs(20));
        assert_eq!(w.count(a, |k| matches!(k, EventKind::Connected { .. })), 0, "{hangs}");
        assert_eq!((w.state(a, b), w.open_between(a, b).len()), (Idle, 0), "{hangs}");
    }
}

/// A socket that two connections took for theirs was closed by both.
#[test]
fn two_owners_close_one_socket() {
    let (mut w, low, high) = two_hubs(1);
    w.delay = 0..=5;
    for (one, other) in [(low, high), (high, low)] {
        w.register(one, other);
        w.sees(one, other);
    }
    w.run(secs(5));
    w.told(low, Command::Shutdown);
    w.run(secs(5));
    for id in [low, high] {
        let mut closed = Vec::new();
        for (_, output) in w.outputs(id) {
            if let Output::Close { link, .. } = output {
                assert!(!closed.contains(link), "{link} is closed twice");
                closed.push(*link);
            }
        }
    }
}

/// Timers that had fired, or belonged to what was gone, stayed in their table for ever.
#[test]
fn fired_timers_are_never_removed() {
    let (mut w, a, b) = two_hubs(1);
    for _ in 0..50 {
        w.paired(a, b);
        w.run(secs(200));
        for (one, other) in [(a, b), (b, a)] {
            let ski = w.ski(other);
            w.told(one, Command::Unregister { ski });
            w.run(secs(5));
        }
        assert_eq!([w.deadline(a), w.deadline(b)], [None; 2], "nothing is left to wait for");
        assert_eq!(w.snapshot(a).links, []);
    }
}

/// A connection that was dead, and no longer registered, kept its peer from coming back.
#[test]
fn a_dead_but_unregistered_connection_blocks_the_reconnect() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |c| c.max_connections = 1), w.hub(2, |_| {}));
    w.place(w.address(b), Place::Node(b));
    w.paired(a, b);
    w.freeze(a, b);
    // It is being closed, and the peer never answers: it has no place any more.
    let ski = w.ski(b);
    w.told(a, Command::Unregister { ski });
    w.restart(b);
    w.forget_events();
    w.register(a, b);
    w.sees(b, a);
    w.register(b, a);
    w.run(Duration::from_millis(100));
    assert_eq!(w.states(a, b), [Completed; 2]);
}
