//! Both rules for double connections, in every pair, and connections that are dead without being
//! known to be.

use std::time::Duration;

use shipctl::{
    hub::{Command, DoubleConnection, EventKind, Output, Refusal, Rules},
    proto::{ConnectionState::Completed, message::HelloPhase},
};

use crate::world::{Habits, Heard, NodeId, Place, Say, World, secs};
use DoubleConnection::{Initiator, MostRecent};

const PAIRS: [(DoubleConnection, DoubleConnection); 4] = [
    (Initiator, Initiator),
    (Initiator, MostRecent),
    (MostRecent, Initiator),
    (MostRecent, MostRecent),
];

fn replaced(w: &World, id: NodeId) -> usize {
    w.count(id, |kind| matches!(kind, EventKind::Replaced { .. }))
}

fn refused(w: &World, id: NodeId) -> usize {
    let duplicate =
        |kind: &EventKind| matches!(kind, EventKind::Refused { why: Refusal::Duplicate, .. });
    w.count(id, duplicate)
}

/// Two hubs with these rules, the lower first.
fn two(seed: u64, (low, high): (DoubleConnection, DoubleConnection)) -> (World, NodeId, NodeId) {
    let mut w = World::new(seed);
    let low = w.hub(1, |c| c.double_connection = low);
    let high = w.hub(2, |c| c.double_connection = high);
    (w, low, high)
}

#[test]
fn of_two_at_once_one_survives_whatever_rule_each_follows_and_no_end_is_told() {
    for rules in PAIRS {
        let mut doubles = 0;
        for seed in 0..200 {
            let (mut w, low, high) = two(seed, rules);
            w.delay = 0..=5;
            w.register(low, high);
            w.register(high, low);
            let [one, other] = [w.rng.u64(0..=10), w.rng.u64(0..=10)].map(Duration::from_millis);
            w.sees_later(one, low, high);
            w.sees_later(other, high, low);
            w.run(secs(60));
            assert_eq!(w.states(low, high), [Completed; 2], "{rules:?} seed {seed}");
            assert_eq!(w.open_between(low, high).len(), 1, "{rules:?} seed {seed}");
            for (here, there) in [(low, high), (high, low)] {
                assert_eq!(w.ends(here, there), Vec::<&_>::new(), "{rules:?} seed {seed}");
                doubles += replaced(&w, here) + refused(&w, here);
            }
        }
        assert!(doubles > 50, "{rules:?}: {doubles}");
    }
}

#[test]
fn the_higher_keeps_the_most_recent_where_that_is_set() {
    let (mut w, low, high) = two(1, (MostRecent, MostRecent));
    w.paired(high, low);
    assert_eq!(w.dialler(w.open_between(low, high)[0]), high);
    // The lower has lost it without the higher knowing, and dials.
    w.freeze(low, high);
    w.restart(low);
    w.register(low, high);
    w.sees(low, high);
    let asked = w.now;
    w.run(secs(1));
    assert_eq!(w.states(low, high), [Completed; 2], "since {asked}");
    assert_eq!(w.dialler(w.open_between(low, high)[0]), low);
    assert_eq!(refused(&w, high), 0);
}

#[test]
fn a_rule_that_changes_while_a_hub_runs_counts_for_the_next_two_connections() {
    let (mut w, low, high) = two(1, (Initiator, Initiator));
    w.paired(high, low);
    let rules = Rules { double_connection: MostRecent, ask_access_methods: true, spine: None };
    w.told(high, Command::Adjust(rules));
    assert_eq!(w.snapshot(high).double_connection, MostRecent);
    w.run(secs(1));
    assert_eq!(w.dialler(w.open_between(low, high)[0]), high, "the one that stands stays");
    w.freeze(low, high);
    w.restart(low);
    w.register(low, high);
    w.sees(low, high);
    w.run(secs(1));
    assert_eq!(w.dialler(w.open_between(low, high)[0]), low, "by the other rule it had to wait");
    assert_eq!(refused(&w, high), 0);
}

#[test]
fn a_restarted_peer_is_let_in_as_soon_as_its_old_connection_shows_to_be_dead() {
    let (mut w, low, high) = two(1, (Initiator, Initiator));
    w.paired(high, low);
    w.freeze(low, high);
    w.restart(low);
    w.forget_events();
    w.register(low, high);
    w.sees(low, high);
    w.run(secs(4));
    assert_eq!(w.states(low, high), [Completed; 2]);
    assert_eq!((w.ends(high, low).len(), replaced(&w, high), refused(&w, high)), (0, 1, 0));
    assert_eq!(w.attempts(low, high).len(), 1, "its first attempt is let in");
}

#[test]
fn a_rival_of_a_connection_that_lives_is_turned_away_at_once() {
    let mut w = World::new(1);
    let high = w.hub(2, |_| {});
    let low = w.script(1, |_, _| vec![]);
    w.sees(high, low);
    w.register(high, low);
    w.run(secs(1));
    w.script_dials(low, high);
    w.run(Duration::from_millis(20));
    assert_eq!(w.heard(low, 1), [&Heard::Refused]);
    assert_eq!((refused(&w, high), w.ends(high, low).len()), (1, 0));
    assert_eq!(w.open_between(high, low).len(), 1);
}

#[test]
fn of_several_that_want_the_place_of_a_dead_connection_the_newest_gets_it() {
    let mut w = World::new(1);
    let high = w.hub(2, |_| {});
    let low = w.script(1, |_, _| vec![]);
    w.sees(high, low);
    w.register(high, low);
    w.run(secs(1));
    w.freeze(high, low);
    for _ in 0..3 {
        w.script_dials(low, high);
        w.run(Duration::from_millis(500));
    }
    w.run(secs(3));
    assert_eq!(w.open_between(high, low).len(), 1);
    let connected = |nth| w.heard(low, nth).contains(&&Heard::Connected);
    assert_eq!([1, 2, 3].map(connected), [false, false, true]);
}

/// ship-go up to 0.6.0 keeps what the higher SKI dialled, later ones the most recent (SHIP 12.2.2).
#[test]
fn ship_go_of_either_rule_converges_with_either_rule_of_ours_whoever_has_the_higher_ski() {
    for rules in PAIRS {
        for ship_go_is_higher in [false, true] {
            for seed in 0..100 {
                let (mut w, low, high) = two(seed, rules);
                w.has_habits(if ship_go_is_higher { high } else { low }, Habits::ShipGo);
                w.delay = 0..=5;
                w.register(low, high);
                w.register(high, low);
                let [one, other] =
                    [w.rng.u64(0..=10), w.rng.u64(0..=10)].map(Duration::from_millis);
                w.sees_later(one, low, high);
                w.sees_later(other, high, low);
                w.run(secs(60));
                let case = format!("{rules:?}, ship-go higher: {ship_go_is_higher}, seed {seed}");
                assert_eq!(w.states(low, high), [Completed; 2], "{case}");
                assert_eq!(w.open_between(low, high).len(), 1, "{case}");
                let pattern = w.snapshot(low).peers[0].pattern;
                assert_eq!(pattern, None, "{case}");
            }
        }
    }
}

/// The peer has the higher SKI, follows no rule and keeps both; `answer` is what it says on them.
fn dials_beside(
    rule: DoubleConnection,
    answer: impl FnMut(usize, &Heard) -> Vec<Say> + 'static,
) -> (World, NodeId, NodeId) {
    let mut w = World::new(1);
    let low = w.hub(1, |c| c.double_connection = rule);
    let high = w.script(2, answer);
    w.sees(low, high);
    w.delay = 10..=10;
    w.register(low, high);
    w.script_dials(high, low);
    w.run(Duration::from_millis(100));
    (w, low, high)
}

/// A peer that begins on the connection it dialled, the first, and goes on wherever we do.
fn goes_on(nth: usize, heard: &Heard) -> Vec<Say> {
    match heard {
        Heard::Connected if nth == 0 => vec![Say::INIT],
        heard if heard.is_init() && nth == 1 => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => vec![Say::hello(HelloPhase::Ready)],
        _ => vec![],
    }
}

#[test]
fn beside_a_connection_of_the_higher_our_dial_waits_and_says_nothing() {
    let (mut w, low, high) = dials_beside(Initiator, goes_on);
    assert_eq!(w.open_between(low, high).len(), 2);
    w.run(secs(2));
    let said = |nth| w.heard(high, nth).iter().filter(|heard| heard.is_init()).count();
    assert_eq!([said(0), said(1)].iter().sum::<usize>(), 1, "one handshake at a time");
    assert_eq!(w.count(low, |kind| matches!(kind, EventKind::Connected { .. })), 1);
}

#[test]
fn a_peer_that_does_not_decide_is_left_with_the_newer_whatever_our_rule() {
    for rule in [Initiator, MostRecent] {
        let (mut w, low, high) = dials_beside(rule, goes_on);
        w.run(secs(7));
        let open = w.open_between(low, high);
        assert_eq!(open.len(), 1, "{rule:?}");
        assert_eq!(w.dialler(open[0]), low, "{rule:?}: ours was the newer");
        assert_eq!(w.ends(low, high).len(), 0, "{rule:?}");
    }
}

/// ship-go tells its application that a peer is gone at the end of either connection, once its table
/// holds none; told so after the other one is complete, the application would drop that one too.
#[test]
fn where_the_peer_does_not_decide_the_newer_begins_after_the_close_of_the_older() {
    let (mut w, low, _) = dials_beside(Initiator, goes_on);
    w.run(secs(7));
    let outputs: Vec<_> = w.outputs(low).iter().map(|(_, output)| output).collect();
    let older = outputs.iter().find_map(|output| match output {
        Output::Admit { link } => Some(link),
        _ => None,
    });
    let older = older.expect("the peer came in first");
    let closes = |output: &&Output| matches!(output, Output::Close { link, code: 1000, .. } if link == older);
    let begins =
        |output: &&Output| matches!(output, Output::Transmit { link, .. } if link != older);
    let closed = outputs.iter().position(closes).expect("the older is closed");
    let begun = outputs.iter().position(begins).expect("the newer begins");
    assert!(closed < begun, "{outputs:?}");
}

#[test]
fn whichever_the_peer_closes_the_other_goes_on() {
    for closes in [0, 1] {
        let (mut w, low, high) = dials_beside(Initiator, goes_on);
        let wires = w.open_between(low, high);
        w.script_closes(wires[closes], 1000, "double connection");
        w.run(secs(1));
        let open = w.open_between(low, high);
        assert_eq!(open, [wires[1 - closes]], "{:?}", w.events(low));
        assert_eq!(w.ends(low, high).len(), 0, "closing one of two is not the end of the peer");
        w.run(secs(7));
        assert_eq!(w.open_between(low, high).len(), 1);
    }
}

#[test]
fn of_two_the_dead_one_is_given_up_when_the_peer_does_not_decide() {
    let (mut w, low, high) = dials_beside(Initiator, goes_on);
    let theirs =
        w.open_between(low, high).into_iter().find(|wire| w.dialler(*wire) == high).unwrap();
    w.freeze_wire(theirs);
    w.run(secs(7));
    let open = w.open_between(low, high);
    assert_eq!((open.len(), w.dialler(open[0])), (1, low));
}

#[test]
fn a_waiting_second_connection_goes_with_the_pairing() {
    type Close = fn(shipctl::proto::Ski) -> Command;
    let closes: [Close; 4] = [
        |ski| Command::Unregister { ski },
        |ski| Command::Disconnect { ski },
        |ski| Command::Cancel { ski },
        |_| Command::Shutdown,
    ];
    for close in closes {
        let (mut w, low, high) = dials_beside(Initiator, goes_on);
        let ski = w.ski(high);
        w.told(low, close(ski));
        w.run(secs(10));
        assert_eq!(w.open_between(low, high).len(), 0, "{:?}", close(ski));
    }
}

#[test]
fn a_dial_that_is_still_under_way_beside_a_connection_disturbs_nothing() {
    let (mut w, low, high) = two(1, (Initiator, Initiator));
    w.place(w.address(high), Place::Silent);
    w.sees(low, high);
    w.register(low, high);
    w.sees(high, low);
    w.register(high, low);
    w.run(secs(100));
    assert_eq!(w.states(low, high), [Completed; 2]);
    assert_eq!((w.attempts(low, high).len(), replaced(&w, low)), (1, 0));
    let retried = w.outputs(low).iter().filter(|(_, o)| matches!(o, Output::Dial { .. })).count();
    assert_eq!(retried, 1);
}
