//! Both dial at once: one connection survives, on both ends the same.

use std::time::Duration;

use shipctl::{
    hub::{Command, EventKind},
    proto::{
        ConnectionState::{Completed, Initiated, Queued},
        message::HelloPhase,
    },
};

use crate::world::{NodeId, Place, Say, World, secs};

/// Two hubs that know each other's address and register each other within a moment.
fn both_dial(seed: u64, jitter: u64) -> (World, NodeId, NodeId) {
    let mut w = World::new(seed);
    w.delay = 0..=jitter;
    let (low, high) = (w.hub(1, |_| {}), w.hub(2, |_| {}));
    w.register(low, high);
    w.register(high, low);
    let (one, other) = (w.rng.u64(0..=2 * jitter), w.rng.u64(0..=2 * jitter));
    w.sees_later(Duration::from_millis(one), low, high);
    w.sees_later(Duration::from_millis(other), high, low);
    (w, low, high)
}

#[test]
fn of_two_at_once_the_one_by_the_higher_ski_survives_on_both_ends() {
    let (mut crossed, mut replaced) = (0, 0);
    for seed in 0..200 {
        let (mut w, low, high) = both_dial(seed, 5);
        w.run(secs(5));
        assert_eq!(w.states(low, high), [Completed; 2], "seed {seed}");
        let open = w.open_between(low, high);
        assert_eq!(open.len(), 1, "seed {seed}");
        let both = !w.attempts(low, high).is_empty() && !w.attempts(high, low).is_empty();
        crossed += usize::from(both);
        for (here, there) in [(low, high), (high, low)] {
            assert_eq!(w.ends(here, there), Vec::<&_>::new(), "seed {seed}: nothing ended");
            assert!(w.count(here, |k| matches!(k, EventKind::Refused { .. })) <= 1);
            replaced += w.count(here, |k| matches!(k, EventKind::Replaced { .. }));
        }
        if both {
            assert_eq!(w.dialler(open[0]), high, "seed {seed}");
        }
        let [a, b] = [(low, high), (high, low)].map(|(h, t)| w.attempts(h, t).len());
        w.run(secs(1000));
        assert_eq!(w.states(low, high), [Completed; 2], "seed {seed}: and stays");
        assert_eq!([w.attempts(low, high).len(), w.attempts(high, low).len()], [a, b]);
    }
    assert!(crossed > 100 && replaced > 50, "{crossed} crossed, {replaced} replaced");
}

#[test]
fn after_a_cut_both_come_back_to_one_connection() {
    for seed in 0..100 {
        let (mut w, low, high) = both_dial(seed, 20);
        // Both draw their delays from a narrow range, so that their attempts cross.
        w.run(secs(5));
        w.cut(low, high);
        w.run(secs(5));
        for _ in 0..5 {
            let (a, b) = (w.ski(high), w.ski(low));
            w.told(low, Command::Connect { ski: a });
            w.told(high, Command::Connect { ski: b });
            w.run(secs(1));
            w.cut(low, high);
        }
        w.run(secs(30));
        assert_eq!(w.states(low, high), [Completed; 2], "seed {seed}");
        assert_eq!(w.open_between(low, high).len(), 1, "seed {seed}");
    }
}

#[test]
fn a_limit_of_one_does_not_keep_two_that_dial_each_other_apart() {
    for seed in 0..50 {
        let mut w = World::new(seed);
        w.delay = 0..=5;
        let (low, high) =
            (w.hub(1, |c| c.max_connections = 1), w.hub(2, |c| c.max_connections = 1));
        w.sees(low, high);
        w.sees(high, low);
        w.register(low, high);
        w.register(high, low);
        w.run(secs(1));
        assert_eq!(w.states(low, high), [Completed; 2], "seed {seed}");
    }
}

#[test]
fn a_peer_that_restarted_replaces_its_dead_connection_by_dialling_again() {
    let mut w = World::new(1);
    // Its place is its own: the limit is reached, but by nobody else.
    let (low, high) = (w.hub(1, |c| c.max_connections = 1), w.script(2, |_, _| vec![]));
    w.register(low, high);
    w.script_dials(high, low);
    w.run(secs(1));
    w.freeze(low, high);
    w.script_dials(high, low);
    w.run(secs(1));
    assert_eq!(w.count(low, |k| matches!(k, EventKind::Replaced { .. })), 1);
    assert_eq!(w.ends(low, high), Vec::<&_>::new());
    assert_eq!(w.open_between(low, high).len(), 1);
}

/// A dial that is under way while the connection of the peer ends decides by itself how it goes on.
#[test]
fn our_own_dial_outlives_the_end_of_the_connection_beside_it() {
    for silent in [false, true] {
        let mut w = World::new(1);
        let (high, low) = (w.hub(2, |_| {}), w.script(1, |_, _| vec![]));
        w.listens(low, false);
        if silent {
            w.place(w.address(low), Place::Silent);
        }
        w.sees(high, low);
        w.delay = 10..=10;
        w.register(high, low);
        w.script_dials(low, high);
        w.run(Duration::from_millis(12));
        w.cut(low, high);
        w.run(secs(15));
        assert!([Initiated, Queued].contains(&w.state(high, low)), "silent {silent}");
        assert!(w.deadline(high).is_some() || w.state(high, low) == Initiated);
    }
}

/// Here the one that ends is ours, and we have the higher SKI: while open, it would be the one kept.
#[test]
fn a_connection_on_its_way_out_keeps_no_new_one_out() {
    let mut w = World::new(1);
    let high = w.hub(2, |_| {});
    let low = w.script(1, |nth, heard| match heard {
        heard if heard.is_init() && nth == 0 => {
            vec![Say::INIT, Say::hello(HelloPhase::Pending), Say::hello(HelloPhase::Aborted)]
        }
        _ => vec![],
    });
    w.node_mut(low).mute = true;
    w.sees(high, low);
    w.register(high, low);
    w.run(Duration::from_millis(20));
    w.script_dials(low, high);
    w.run(Duration::from_millis(20));
    assert_eq!(w.count(high, |k| matches!(k, EventKind::Refused { .. })), 0);
    assert_eq!(w.ends(high, low).len(), 1, "its end is told as what it was");
    assert_eq!(w.open_between(high, low).len(), 1);
}
