//! The graceful shutdown, in its order; nothing of the hub runs afterwards.

use std::time::Duration;

use shipctl::{
    hub::{Command, CommandError, EventKind, Input, Output, Registration, ShutdownPhase},
    proto::{
        ConnectionState::{Completed, InProgress, Initiated, None as Idle, Queued},
        handshake::Cause,
        message::Message,
    },
    time::Time,
};

use crate::world::{NodeId, Place, World, secs, two_hubs};

fn stopped(w: &World, id: NodeId) -> Option<(Time, bool)> {
    w.outputs(id).iter().find_map(|(at, output)| match output {
        Output::Stopped { forced } => Some((*at, *forced)),
        _ => None,
    })
}

#[test]
fn a_shutdown_closes_everything_in_order() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let (b, c) = (w.hub(2, |_| {}), w.hub(3, |c| c.can_ask_for_trust = true));
    let (dialled, waiting) = (w.hub(4, |_| {}), w.hub(5, |_| {}));
    w.place(w.address(dialled), Place::Silent);
    w.listens(waiting, false);
    w.paired(a, b);
    for peer in [c, dialled, waiting] {
        w.sees(a, peer);
        w.register(a, peer);
    }
    w.run(secs(1));
    let before: Vec<_> = [b, c, dialled, waiting].map(|p| w.state(a, p)).into();
    assert_eq!(before, [Completed, InProgress, Initiated, Queued]);
    w.forget_events();
    w.told(a, Command::Shutdown);
    let asked = w.now;
    let outside = |output: &&Output| matches!(output, Output::StopListening | Output::Withdraw);
    let asked_for: Vec<_> = w.outputs(a).iter().map(|(_, o)| o).filter(outside).collect();
    assert_eq!(asked_for, [&Output::StopListening, &Output::Withdraw]);
    assert_eq!(w.count(a, |k| *k == EventKind::ShuttingDown { connections: 2 }), 1);
    let announces = |output: &Output| {
        matches!(output, Output::Transmit { bytes, .. } if matches!(
            shipctl::proto::codec::decode(bytes).unwrap().message, Message::Close(_)))
    };
    assert_eq!(w.outputs(a).iter().filter(|(_, o)| announces(o)).count(), 1);
    w.run(secs(5));
    let (at, forced) = stopped(&w, a).expect("it stopped");
    assert!(!forced && at.since(asked) < secs(3), "{:?}", at.since(asked));
    assert_eq!([b, c, dialled, waiting].map(|p| w.attempts(a, p).len()), [0; 4]);
    assert_eq!([b, c, dialled].map(|p| w.state(a, p)), [Idle; 3]);
    assert!(matches!(w.only_cause(b, a), Cause::Closed { .. }));
}

#[test]
fn with_nothing_open_it_stops_at_once() {
    let (mut w, a, b) = two_hubs(1);
    w.register(a, b);
    w.told(a, Command::Shutdown);
    assert_eq!(stopped(&w, a), Some((w.now, false)));
}

#[test]
fn a_peer_that_never_answers_holds_nothing_up() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.freeze(a, b);
    w.told(a, Command::Shutdown);
    let asked = w.now;
    w.run(secs(5));
    assert!(stopped(&w, a).expect("it stopped").0.since(asked) <= secs(3));
}

#[test]
fn what_is_not_closed_within_the_limit_is_cut() {
    let mut w = World::new(1);
    let slow = |c: &mut shipctl::hub::Config| c.timing.close_max_time = secs(60);
    let (a, b) = (w.hub(1, slow), w.hub(2, |_| {}));
    w.paired(a, b);
    w.freeze(a, b);
    w.forget_events();
    w.told(a, Command::Shutdown);
    let asked = w.now;
    w.run(secs(100));
    assert_eq!(stopped(&w, a), Some((asked + secs(3), true)));
    assert!(w.outputs(a).iter().any(|(_, o)| matches!(o, Output::Forget { .. })));
    assert_eq!(w.state(a, b), Idle);
}

#[test]
fn while_it_closes_nobody_is_let_in_and_nothing_is_begun() {
    let mut w = World::new(1);
    let (a, b, c) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.paired(a, b);
    w.register(a, c);
    w.freeze(a, b);
    w.forget_events();
    w.told(a, Command::Shutdown);
    let wish = Registration::new(w.ski(c));
    assert_eq!(w.command(a, Command::Register(wish)), Err(CommandError::ShuttingDown));
    w.sees(a, c);
    w.sees(a, b);
    // It had asked before the listener stopped.
    w.listens(a, true);
    w.sees(c, a);
    w.register(c, a);
    w.run(secs(1));
    assert_eq!(stopped(&w, a), None);
    assert!(w.attempts(a, c).is_empty());
    assert_eq!(w.count(a, |k| matches!(k, EventKind::Refused { .. })), 1);
}

#[test]
fn nothing_happens_after_it_stopped_whatever_still_arrives() {
    let mut w = World::new(1);
    let (a, b, c) = (w.hub(1, |_| {}), w.hub(2, |_| {}), w.hub(3, |_| {}));
    w.paired(a, b);
    w.place(w.address(c), Place::Silent);
    w.told(a, Command::AutoAccept { duration: secs(100) });
    w.sees(a, c);
    w.register(a, c);
    let links: Vec<_> = w
        .outputs(a)
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Dial { link, .. } => Some(*link),
            _ => None,
        })
        .collect();
    w.told(a, Command::Shutdown);
    w.run(secs(5));
    assert!(stopped(&w, a).is_some());
    let said = w.outputs(a).len();
    let (service, remote, ski) = (w.service(c), w.address(c), w.ski(c));
    for link in links {
        w.feed(a, Input::Dialled { link, result: Ok(remote.into()) });
        w.feed(a, Input::Accepted { link });
        w.feed(a, Input::Incoming { link, ski, remote, transport: Box::default() });
        w.feed(a, Input::Pong { link });
        w.feed(a, Input::Message { link, bytes: vec![0, 0].into() });
    }
    w.feed(a, Input::Gone { instance: service.instance.clone() });
    w.feed(a, Input::Seen(service));
    w.feed(a, Input::Timeout);
    assert_eq!(w.command(a, Command::Connect { ski }), Err(CommandError::ShuttingDown));
    assert_eq!(w.command(a, Command::Shutdown), Ok(()));
    w.run(secs(1000));
    assert_eq!(w.outputs(a).len(), said);
}

/// The phases a shutdown told of: how long each took, and whether it ended in its time.
fn phases(w: &World, id: NodeId) -> Vec<(ShutdownPhase, Duration, bool)> {
    let of = |event: &shipctl::hub::Event| match event.kind {
        EventKind::PhaseEnded { phase, took, in_time } => Some((phase, took, in_time)),
        _ => None,
    };
    w.events(id).iter().filter_map(of).collect()
}

const PHASES: [ShutdownPhase; 4] = [
    ShutdownPhase::StopListening,
    ShutdownPhase::Withdraw,
    ShutdownPhase::Cancel,
    ShutdownPhase::Close,
];

#[test]
fn every_phase_is_told_of_in_its_order() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.forget_events();
    w.told(a, Command::Shutdown);
    w.run(secs(5));
    assert!(phases(&w, a).iter().all(|(_, _, in_time)| *in_time));
    assert_eq!(phases(&w, a).iter().map(|(phase, ..)| *phase).collect::<Vec<_>>(), PHASES);
    let began = PHASES.map(|phase| w.count(a, |k| *k == EventKind::PhaseBegan { phase }));
    assert_eq!(began, [1; 4]);
    let took = stopped(&w, a).unwrap().0.since(Time::after(secs(1)));
    assert_eq!(w.count(a, |k| *k == EventKind::ShutDown { took, forced: false }), 1);
}

#[test]
fn a_phase_that_hangs_is_given_up_after_its_time_and_ten_seconds_are_enough_for_all() {
    let mut w = World::new(1);
    let slow = |c: &mut shipctl::hub::Config| c.timing.close_max_time = secs(60);
    let (a, b) = (w.hub(1, slow), w.hub(2, |_| {}));
    w.paired(a, b);
    w.forget_events();
    w.node_mut(a).hangs = true;
    w.freeze(a, b);
    w.told(a, Command::Shutdown);
    let asked = w.now;
    w.run(secs(4));
    assert_eq!(w.state(a, b), Completed, "what is open stays open until its turn");
    w.run(secs(100));
    let expected = [(5, false), (2, false), (0, true), (3, false)].map(|(s, ok)| (secs(s), ok));
    let told: Vec<_> = phases(&w, a).iter().map(|(_, took, in_time)| (*took, *in_time)).collect();
    assert_eq!(told, expected);
    assert_eq!(stopped(&w, a), Some((asked + secs(10), true)));
}

#[test]
fn no_phase_takes_the_time_all_of_them_have_together() {
    let mut w = World::new(1);
    let short = |c: &mut shipctl::hub::Config| c.shutdown_within = secs(4);
    let (a, b) = (w.hub(1, short), w.hub(2, |_| {}));
    w.paired(a, b);
    w.node_mut(a).hangs = true;
    w.told(a, Command::Shutdown);
    let asked = w.now;
    w.run(secs(100));
    assert_eq!(stopped(&w, a), Some((asked + secs(4), true)));
}
