//! Who is turned away, and how that looks on both sides.

use shipctl::{
    hub::{Command, CommandError, EventKind, Refusal, Registration},
    proto::{
        ConnectionState::{Completed, Error, None as Idle, Pin, Queued, RemoteDeniedTrust},
        handshake::{Cause, Denial, PinPolicy, Side},
        message::HelloPhase,
    },
};

use crate::world::{Heard, NodeId, Place, Say, World, kinds, secs, ship_id, two_hubs};

fn refusals(w: &World, id: NodeId) -> Vec<Refusal> {
    let of = |event: &shipctl::hub::Event| match event.kind {
        EventKind::Refused { why, .. } => Some(why),
        _ => None,
    };
    w.events(id).iter().filter_map(of).collect()
}

#[test]
fn an_untrusted_peer_is_aborted_where_nobody_can_be_asked_and_does_not_dial_again() {
    let (mut w, a, b) = two_hubs(1);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1000));
    assert_eq!(w.states(a, b), [RemoteDeniedTrust, Idle]);
    // The first abort came so early that it might have been the start-up race.
    assert_eq!(w.attempts(a, b).len(), 2);
    assert!(
        w.ends(b, a)
            .iter()
            .all(|end| { end.cause == Cause::Denied { by: Side::We, how: Denial::NobodyToAsk } })
    );
    assert_eq!((w.deadline(a), w.deadline(b)), (None, None));
}

#[test]
fn who_was_refused_is_still_let_in_when_the_peer_comes_by_itself() {
    let (mut w, a, b) = two_hubs(1);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(10));
    assert_eq!(w.state(a, b), RemoteDeniedTrust);
    w.sees(b, a);
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn a_peer_that_refuses_after_the_hello_is_an_error_and_not_dialled_again() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let b = w.script(2, |_, heard| match heard {
        heard if heard.is_init() => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => {
            vec![Say::hello(HelloPhase::Ready), Say::hello(HelloPhase::Aborted)]
        }
        _ => vec![],
    });
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1000));
    assert_eq!(w.state(a, b), Error);
    assert!(w.attempts(a, b).len() <= 2);
    assert_eq!(w.deadline(a), None);
}

#[test]
fn our_own_ski_is_neither_registered_nor_let_in() {
    let mut w = World::new(1);
    let (a, same) = (w.hub(1, |_| {}), w.script(1, |_, _| vec![]));
    let ski = w.ski(a);
    let refused = w.command(a, Command::Register(Registration::new(ski)));
    assert_eq!(refused, Err(CommandError::OwnSki(ski)));
    w.script_dials(same, a);
    w.run(secs(1));
    assert_eq!(w.heard(same, 0), [&Heard::Refused]);
    assert_eq!(refusals(&w, a), [Refusal::OwnSki]);
}

#[test]
fn beyond_the_limit_who_comes_in_is_refused_and_nobody_is_pre_empted() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.max_connections = 2);
    let peers: Vec<NodeId> = (2..=4).map(|tag| w.hub(tag, |_| {})).collect();
    for peer in &peers {
        w.register(a, *peer);
        w.sees(*peer, a);
        w.register(*peer, a);
        w.run(secs(1));
    }
    assert_eq!(
        peers.iter().map(|p| w.state(a, *p)).collect::<Vec<_>>(),
        [Completed, Completed, Queued]
    );
    assert!(refusals(&w, a).contains(&Refusal::Limit));
    // A place becomes free: the next attempt is let in.
    let ski = w.ski(peers[0]);
    w.told(a, Command::Unregister { ski });
    w.run(secs(30));
    assert_eq!(w.states(a, peers[2]), [Completed; 2]);
    assert_eq!(w.states(a, peers[1]), [Completed; 2]);
}

#[test]
fn dials_of_our_own_take_no_place_from_who_comes_in() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.max_connections = 1);
    let (gone, b) = (w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.place(w.address(gone), Place::Silent);
    w.sees(a, gone);
    w.register(a, gone);
    w.register(a, b);
    w.sees(b, a);
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn another_ship_id_than_the_stored_one_closes_with_4450() {
    let (mut w, a, b) = two_hubs(1);
    w.register(b, a);
    w.sees(a, b);
    let wish = Registration { ship_id: Some(ship_id(77)), ..Registration::new(w.ski(b)) };
    w.told(a, Command::Register(wish));
    w.run(secs(1000));
    let mismatch = Cause::ShipIdMismatch {
        by: Side::We,
        stored: Some(ship_id(77)),
        received: Some(ship_id(2)),
    };
    assert_eq!(*w.only_cause(a, b), mismatch);
    assert_eq!(w.state(a, b), Error);
    assert_eq!(w.attempts(a, b).len(), 1);
    let closed =
        |o: &shipctl::hub::Output| matches!(o, shipctl::hub::Output::Close { code: 4450, .. });
    assert_eq!(w.outputs(a).iter().filter(|(_, o)| closed(o)).count(), 1);
    assert_eq!(w.stored(a), [], "nothing of a stranger is written down");
}

#[test]
fn wrong_pins_and_their_penalty_outlive_the_connection() {
    let mut w = World::new(1);
    let demand = PinPolicy::Required("11111111".parse().unwrap());
    let (a, b) = (w.hub(1, |c| c.pin_policy = demand), w.hub(2, |_| {}));
    w.register(a, b);
    w.sees(b, a);
    let enters = |w: &mut World, pin: &str| {
        let pin = Some(pin.parse().unwrap());
        let wish = Registration { pin, ..Registration::new(w.ski(a)) };
        w.told(b, Command::Register(wish));
        w.run(secs(2));
    };
    for _ in 0..3 {
        enters(&mut w, "22222222");
        assert_eq!(w.state(b, a), Error);
    }
    let wrong: Vec<(u32, bool)> = kinds(w.events(a), w.ski(b))
        .filter_map(|kind| match kind {
            EventKind::WrongPin { count, penalty_until } => Some((*count, penalty_until.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(wrong, [(1, false), (2, false), (3, true)]);
    // The right one has to wait for the end of the penalty, on a new connection too.
    enters(&mut w, "11111111");
    assert_eq!(w.states(a, b), [Pin, Pin]);
    w.run(secs(15));
    assert_eq!(w.states(a, b), [Completed; 2]);
    // From now on the count begins anew.
    let ski = w.ski(a);
    w.told(b, Command::Unregister { ski });
    w.run(secs(5));
    w.forget_events();
    enters(&mut w, "22222222");
    let again = EventKind::WrongPin { count: 1, penalty_until: None };
    assert_eq!(w.count(a, |kind| *kind == again), 1);
}
