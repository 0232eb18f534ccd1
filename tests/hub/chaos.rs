//! Whatever happens, in whatever order: the laws of the world hold, and it all comes right again.

use std::time::Duration;

use shipctl::{
    hub::{Command, Input, Output},
    proto::ConnectionState::Completed,
};

use crate::world::{NodeId, World, secs};

const NODES: usize = 3;
const DEEDS: usize = 150;

#[test]
fn after_any_disorder_every_pair_comes_to_one_connection_and_every_shutdown_to_its_end() {
    for seed in 0..300 {
        let mut w = World::new(seed);
        w.delay = 0..=w.rng.u64(0..200);
        for tag in 1..=NODES {
            let (ask, dial) = (w.rng.bool(), w.rng.bool());
            w.hub(tag as u8, |c| (c.can_ask_for_trust, c.dial_stored) = (ask, dial));
        }
        for _ in 0..DEEDS {
            disorder(&mut w);
        }
        settle(&mut w, seed);
        for id in 0..NODES {
            w.told(id, Command::Shutdown);
        }
        w.run(secs(3));
        for id in 0..NODES {
            let last = w.outputs(id).last().map(|(_, output)| output);
            assert_eq!(last, Some(&Output::Stopped { forced: false }), "seed {seed}");
        }
    }
}

/// One deed of anybody, to anybody; a hub may well refuse a command.
fn disorder(w: &mut World) {
    let (a, b) = two(w);
    let ski = w.ski(b);
    match w.rng.u8(0..14) {
        0..3 => w.register(a, b),
        3 => drop(w.command(a, Command::Unregister { ski })),
        4 => drop(w.command(a, Command::Disconnect { ski })),
        5 => drop(w.command(a, Command::Connect { ski })),
        6 => drop(w.command(a, Command::Deny { ski })),
        7 => w.told(a, Command::AutoAccept { duration: secs(5) }),
        8 => w.cut(a, b),
        9 => w.freeze(a, b),
        10 => {
            let listening = w.rng.bool();
            w.listens(a, listening);
        }
        11 => {
            let instance = w.service(b).instance;
            w.feed(a, Input::Gone { instance });
        }
        _ => w.sees(a, b),
    }
    let millis = match w.rng.u8(0..4) {
        0 => 0,
        1 => w.rng.u64(0..50),
        2 => w.rng.u64(0..1_000),
        _ => w.rng.u64(0..20_000),
    };
    w.run(Duration::from_millis(millis));
}

/// All is well again, and everybody wants everybody.
fn settle(w: &mut World, seed: u64) {
    let pairs = || (0..NODES).flat_map(|a| (0..NODES).map(move |b| (a, b))).filter(|(a, b)| a != b);
    for id in 0..NODES {
        w.listens(id, true);
    }
    for (a, b) in pairs() {
        w.sees(a, b);
        w.register(a, b);
    }
    w.run(secs(120));
    for (a, b) in pairs() {
        // Whoever was refused while the other had not registered yet waits to be told again.
        if w.state(a, b) != Completed {
            w.register(a, b);
        }
    }
    w.run(secs(120));
    for (a, b) in pairs() {
        assert_eq!(w.states(a, b), [Completed; 2], "seed {seed}");
        assert_eq!(w.open_between(a, b).len(), 1, "seed {seed}");
    }
}

fn two(w: &mut World) -> (NodeId, NodeId) {
    let a = w.rng.usize(0..NODES);
    (a, (a + w.rng.usize(1..NODES)) % NODES)
}
