//! Pings and pongs (SHIP 4.2).

use shipctl::{
    hub::Output,
    proto::{
        ConnectionState::{Completed, Error, Queued},
        handshake::Cause,
    },
    time::Time,
};

use crate::world::{NodeId, World, secs, two_hubs};

fn pings(w: &World, id: NodeId) -> Vec<Time> {
    let of = |(at, output): &(Time, Output)| matches!(output, Output::Ping { .. }).then_some(*at);
    w.outputs(id).iter().filter_map(of).collect()
}

fn pair() -> (World, NodeId, NodeId) {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    (w, a, b)
}

#[test]
fn a_peer_that_answers_pings_stays() {
    let (mut w, a, b) = pair();
    w.run(secs(1000));
    assert_eq!(w.states(a, b), [Completed; 2]);
    let pings = pings(&w, a);
    assert!((19..=20).contains(&pings.len()), "{pings:?}");
    for pair in pings.windows(2) {
        assert!((secs(50)..secs(51)).contains(&pair[1].since(pair[0])), "{pings:?}");
    }
}

#[test]
fn without_a_pong_within_ten_seconds_the_connection_is_lost_and_retried() {
    let (mut w, a, b) = pair();
    w.forget_events();
    w.freeze(a, b);
    let frozen = w.now;
    w.run(secs(61));
    let ended =
        w.events(a).iter().find(|e| matches!(e.kind, shipctl::hub::EventKind::Ended { .. }));
    let ended = ended.unwrap().at.since(frozen);
    assert!((secs(58)..=secs(60)).contains(&ended), "{ended:?}");
    assert_eq!(pings(&w, a).len(), 1);
    assert!(matches!(w.only_cause(a, b), Cause::NoPong { .. }));
    w.run(secs(20));
    assert_eq!(w.states(a, b), [Completed; 2]);
    assert_eq!(w.path(a, b)[..2], [Error, Queued]);
}

#[test]
fn whatever_arrives_counts_as_a_sign_of_life() {
    let (mut w, a, b) = pair();
    w.node_mut(b).mute = true;
    let ski = w.ski(a);
    for _ in 0..40 {
        let data = shipctl::proto::message::Data {
            protocol_id: shipctl::proto::message::SPINE.to_owned(),
            payload: "{}".to_owned(),
        };
        w.told(b, shipctl::hub::Command::Send { ski, data });
        w.run(secs(5));
    }
    assert_eq!(w.states(a, b), [Completed; 2]);
}
