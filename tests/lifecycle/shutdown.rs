//! The end of a hub with many connections, of which some never answer again.

use std::time::Duration;

use serde_json::json;
use shipctl::{
    hub::{Command, Event, EventKind, ShutdownPhase},
    proto::handshake::{Cause, Side},
};

use crate::{
    node::{Ours, identity},
    program::{Home, Hub},
    relay::Relay,
};

const PEERS: usize = 50;
const SILENT: usize = 10;

/// A peer of the hub that ends, and the way it is connected by.
struct Peer {
    node: Ours,
    relay: Relay,
}

/// Completes a handshake of each of these with a hub that trusts them.
async fn connect(nodes: Vec<Ours>, hub: shipctl::proto::Ski, port: u16) -> Vec<Peer> {
    let mut peers = Vec::new();
    for node in nodes {
        let relay = Relay::to(([127, 0, 0, 1], port).into()).await;
        node.dial(hub, relay.address).await;
        peers.push(Peer { node, relay });
    }
    for peer in &mut peers {
        peer.node.completed(hub).await;
    }
    peers
}

fn nodes(count: usize) -> Vec<Ours> {
    (0..count).map(|_| Ours::start(&identity(), |_| {})).collect()
}

/// Every peer but the silent ones heard the close announced; to those it was sent as well.
async fn everybody_was_told(peers: &mut [Peer], hub: shipctl::proto::Ski) {
    let (silent, alive) = peers.split_at_mut(SILENT);
    for Peer { node, .. } in alive {
        let ended = |kind: &EventKind| matches!(kind, EventKind::Ended { .. });
        let EventKind::Ended { end, .. } = node.wait_until("end", hub, ended).await.kind else {
            unreachable!()
        };
        let announced = matches!(end.cause, Cause::Closed { by: Side::Peer, confirmed: true, .. });
        assert!(announced, "{end:?}");
    }
    for Peer { relay, .. } in silent {
        while relay.lost() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// The phases told of, how long each took in milliseconds, and whether it ended in its time.
fn phases(told: &[Event]) -> Vec<(ShutdownPhase, u128, bool)> {
    let of = |event: &Event| match event.kind {
        EventKind::PhaseEnded { phase, took, in_time } => Some((phase, took.as_millis(), in_time)),
        _ => None,
    };
    told.iter().filter_map(of).collect()
}

#[tokio::test]
async fn fifty_connections_of_which_ten_never_answer_are_closed_in_order_and_in_time() {
    let hub = Ours::start(&identity(), |c| c.max_connections = PEERS);
    let nodes = nodes(PEERS);
    for node in &nodes {
        hub.expect(node.ski).await;
    }
    let ski = hub.ski;
    let mut peers = connect(nodes, ski, hub.address().port()).await;
    while hub.snapshot().await.metrics.completed < PEERS as u64 {
        tokio::task::yield_now().await;
    }
    for peer in &peers[..SILENT] {
        peer.relay.die();
    }
    let (forced, told) = hub.shut_down().await;
    println!("{:?}", phases(&told));
    assert!(!forced, "{:?}", phases(&told));
    let begun = told.iter().any(|e| e.kind == EventKind::ShuttingDown { connections: PEERS });
    assert!(begun);
    assert!(phases(&told).iter().all(|(.., in_time)| *in_time));
    let unconfirmed = told.iter().filter(|event| {
        let EventKind::Ended { end, .. } = &event.kind else { return false };
        matches!(end.cause, Cause::Closed { by: Side::We, confirmed: false, .. })
    });
    assert_eq!(unconfirmed.count(), SILENT);
    everybody_was_told(&mut peers, ski).await;
}

#[tokio::test]
async fn the_program_closes_fifty_of_which_ten_never_answer_and_ends_with_0() {
    let home = Home::new();
    let hub = home.hub(&["--max-connections", &PEERS.to_string()]);
    let (ski, nodes) = (hub.ski.parse().unwrap(), nodes(PEERS));
    let mut client = home.client();
    for node in &nodes {
        client.order(json!({ "do": "register", "ski": node.ski.to_string() }));
    }
    let mut peers = connect(nodes, ski, hub.port).await;
    loop {
        let status = client.order(json!({ "do": "status" }));
        if status["hub"]["metrics"]["completed"] == PEERS {
            break;
        }
        tokio::task::yield_now().await;
    }
    for peer in &peers[..SILENT] {
        peer.relay.die();
    }
    client.order(json!({ "do": "watch" }));
    hub.signal("TERM");
    everybody_was_told(&mut peers, ski).await;
    // Blocks, and nothing of this thread has to answer any more.
    let over = client.wait_for("shut_down");
    println!("the program: {over}");
    assert_eq!(over["forced"], false);
    let took = Duration::from_millis(over["took_ms"].as_u64().unwrap());
    assert!(took < Duration::from_millis(3500), "by the clock of the hub: {took:?}");
    let (code, log) = ended(hub).await;
    assert_eq!(code, Some(0), "{log}");
}

/// The end of the program, which this thread does not wait for: it has peers to keep running.
async fn ended(hub: Hub) -> (Option<i32>, String) {
    tokio::task::spawn_blocking(move || hub.end()).await.unwrap()
}

#[tokio::test]
async fn a_phase_that_hangs_is_cut_short_and_the_end_is_a_forced_one() {
    // Who waits longer for a confirmation than the phase may take, hangs in it.
    let hub = Ours::start(&identity(), |c| c.timing.close_max_time = Duration::from_secs(60));
    let nodes = nodes(1);
    hub.expect(nodes[0].ski).await;
    let peers = connect(nodes, hub.ski, hub.address().port()).await;
    peers[0].relay.die();
    let (forced, told) = hub.shut_down().await;
    println!("{:?}", phases(&told));
    assert!(forced);
    let [.., (ShutdownPhase::Close, took, false)] = phases(&told)[..] else {
        panic!("{:?}", phases(&told));
    };
    assert!(took >= 3000, "it had its time: {took} ms");
    // Nothing runs on behind it: the connection is cut.
    let told = matches!(told.last().unwrap().kind, EventKind::ShutDown { forced: true, .. });
    assert!(told);
}

#[tokio::test]
async fn while_it_ends_no_command_is_obeyed_and_nobody_is_let_in() {
    let hub = Ours::start(&identity(), |c| c.timing.close_max_time = Duration::from_secs(60));
    let nodes = nodes(2);
    for node in &nodes {
        hub.expect(node.ski).await;
    }
    let (ski, address) = (hub.ski, hub.address());
    let mut nodes = nodes.into_iter();
    let peers = connect(nodes.next().into_iter().collect(), ski, address.port()).await;
    let mut late = nodes.next().unwrap();
    peers[0].relay.die();
    hub.tell(Command::Shutdown).await;
    let refused = hub.node.command(Command::Connect { ski: late.ski }).await;
    assert_eq!(refused, Err(shipctl::hub::CommandError::ShuttingDown));
    late.dial(ski, address).await;
    let failed = late
        .wait_until("failure", ski, |kind| matches!(kind, EventKind::AttemptFailed { .. }))
        .await;
    let EventKind::AttemptFailed { failure, .. } = failed.kind else { unreachable!() };
    assert_eq!(failure.most_telling().unwrap().stage, shipctl::hub::dial::Stage::Tcp);
    assert!(hub.shut_down().await.0);
}
