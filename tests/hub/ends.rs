//! How connections end, and what follows.

use shipctl::{
    hub::Command,
    proto::{
        ConnectionState::{
            Completed, Error, InProgress, Initiated, None as Idle, Queued, ReceivedPairingRequest,
        },
        handshake::{Cause, Side},
        message::{ClosePhase, CloseReason, ConnectionClose, Message},
    },
};

use crate::world::{Heard, NodeId, Say, World, asked, secs, two_hubs};

fn pair(seed: u64) -> (World, NodeId, NodeId) {
    let (mut w, a, b) = two_hubs(seed);
    w.paired(a, b);
    w.forget_events();
    (w, a, b)
}

#[test]
fn a_completed_connection_lost_in_the_network_comes_back_by_itself() {
    for seed in 0..50 {
        let (mut w, a, b) = pair(seed);
        w.cut(a, b);
        w.run(secs(30));
        assert_eq!(w.states(a, b), [Completed; 2], "seed {seed}");
        assert_eq!(w.path(a, b)[..2], [Error, Queued]);
        assert_eq!(w.path(b, a)[..2], [Error, Queued]);
        assert_eq!(w.open_between(a, b).len(), 1);
        assert!(matches!(w.ends(a, b)[0].cause, Cause::Lost { .. }));
        let first = w.attempts(a, b).first().or(w.attempts(b, a).first()).copied();
        assert!(first.is_some_and(|(_, number)| number == 1));
    }
}

#[test]
fn a_connection_lost_in_the_network_before_it_completed_is_retried() {
    let (mut w, a, b) = asked();
    w.cut(a, b);
    w.run(secs(11));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
    assert_eq!(w.attempts(a, b).len(), 2);
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn closed_in_order_by_a_peer_still_paired_it_is_queued_and_dialled_after_the_usual_delay() {
    let mut delays = Vec::new();
    for seed in 0..20 {
        let (mut w, a, b) = pair(seed);
        let ski = w.ski(a);
        w.told(b, Command::Disconnect { ski });
        w.run(secs(4));
        let cause =
            Cause::Closed { by: Side::Peer, reason: CloseReason::Unspecific, confirmed: true };
        assert_eq!(*w.only_cause(a, b), cause);
        assert_eq!(w.path(a, b)[0], Queued);
        let (at, number) = w.attempts(a, b)[0];
        assert_eq!(number, 1);
        let ended =
            w.events(a).iter().find(|e| matches!(e.kind, shipctl::hub::EventKind::Ended { .. }));
        delays.push(at.since(ended.unwrap().at));
    }
    assert!(delays.iter().all(|delay| *delay < secs(3)), "{delays:?}");
    assert!(delays.iter().max() > Some(&secs(1)), "{delays:?}");
}

#[test]
fn a_peer_that_removed_us_is_not_dialled_again_but_stays_trusted_here() {
    let (mut w, a, b) = pair(1);
    let ski = w.ski(a);
    w.told(b, Command::Unregister { ski });
    w.run(secs(1000));
    let reason = CloseReason::RemovedConnection;
    assert_eq!(*w.only_cause(a, b), Cause::Closed { by: Side::Peer, reason, confirmed: true });
    assert_eq!((w.states(a, b), w.attempts(a, b)), ([Idle; 2], vec![]));
    assert_eq!((w.deadline(a), w.stored(a)), (None, &[][..]));
    // Registered there again, it is let in here.
    w.register(b, a);
    w.run(secs(1));
    assert_eq!(w.states(a, b), [Completed; 2]);
}

#[test]
fn a_close_without_announcement_is_an_error_and_retried() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let b = w.script(2, |_, heard| match heard {
        Heard::Connected => vec![Say::Close(4001, "close")],
        _ => vec![],
    });
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(60));
    assert!(w.attempts(a, b).len() >= 3, "before the hello nothing was refused");
    assert_eq!(w.path(a, b)[..4], [Queued, Initiated, Error, Queued]);
}

#[test]
fn a_peer_that_never_answers_an_announced_close_is_let_go_of() {
    let (mut w, a, b) = pair(1);
    w.node_mut(b).mute = true;
    w.freeze(a, b);
    let ski = w.ski(b);
    w.told(a, Command::Unregister { ski });
    w.run(secs(2));
    let cause =
        Cause::Closed { by: Side::We, reason: CloseReason::RemovedConnection, confirmed: false };
    assert_eq!((w.only_cause(a, b), w.state(a, b)), (&cause, Idle));
    assert_eq!(w.deadline(a), None);
}

#[test]
fn an_announced_close_is_confirmed_before_the_websocket_closes() {
    let mut w = World::new(1);
    let announce = ConnectionClose {
        phase: ClosePhase::Announce,
        max_time: Some(secs(1)),
        reason: Some(CloseReason::Unspecific),
    };
    let a = w.hub(1, |_| {});
    let b = w.script(2, move |_, heard| match heard {
        heard if heard.is_init() => vec![Say::INIT, Say::Message(Message::Close(announce.clone()))],
        _ => vec![],
    });
    w.sees(a, b);
    w.register(a, b);
    w.run(std::time::Duration::from_millis(20));
    let heard = w.heard(b, 0);
    let confirmed = heard.iter().position(
        |h| matches!(h, Heard::Message(Message::Close(c)) if c.phase == ClosePhase::Confirm),
    );
    let closed = heard.iter().position(|h| matches!(h, Heard::Closed(_)));
    assert!(confirmed.is_some() && confirmed < closed, "{heard:?}");
}
