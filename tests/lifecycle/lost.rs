//! A connection that is lost, and comes back.

use serde_json::{Value, json};
use shipctl::{
    hub::{Command, EventKind, Registration, backoff::Verdict},
    proto::{ConnectionState::Completed, handshake::Cause},
};

use crate::{
    node::{Ours, at, hurried, identity, in_their_ranges},
    program::{Home, Hub},
    relay::Relay,
};

fn failed(kind: &EventKind) -> bool {
    matches!(kind, EventKind::AttemptFailed { .. })
}

#[tokio::test]
async fn a_peer_that_goes_and_comes_back_is_found_again_and_each_time_it_counts_anew() {
    let identity_b = identity();
    let mut a = Ours::start(&identity(), |c| c.backoff = hurried());
    let mut b = Ours::start(&identity_b, |_| {});
    let (peer, address) = (b.ski, b.address());
    b.expect(a.ski).await;
    a.dial(peer, address).await;
    a.completed(peer).await;
    b.completed(a.ski).await;
    for _ in 0..3 {
        let from = a.told.len();
        drop(b);
        for _ in 0..4 {
            a.wait_until("failure", peer, failed).await;
        }
        b = Ours::start_on(address.port(), &identity_b, |_| {});
        b.expect(a.ski).await;
        a.completed(peer).await;
        let attempts = a.attempts(peer, from);
        println!("attempts and their delays: {attempts:?}");
        assert!(attempts.len() > 4 && attempts.iter().all(|(_, delay)| delay.is_some()));
        in_their_ranges(&attempts, 1, &hurried());
        assert_eq!(a.snapshot().await.peers[0].attempts, 0, "completed: it counts anew");
    }
    let ends = a.count(|kind| matches!(kind, EventKind::Ended { verdict: Verdict::Retry, .. }));
    assert_eq!(ends, 3, "each loss is told once");
}

#[tokio::test]
async fn a_peer_that_goes_silent_is_noticed_by_its_missing_pong() {
    let (ping_every, pong_within) = (hurried().0[0].end, hurried().0[2].end);
    let mut a = Ours::start(&identity(), |c| {
        (c.ping_every, c.pong_within) = (ping_every, pong_within);
        c.backoff = hurried();
    });
    let mut b = Ours::start(&identity(), |_| {});
    let relay = Relay::to(b.address()).await;
    b.expect(a.ski).await;
    a.dial(b.ski, relay.address).await;
    a.completed(b.ski).await;
    relay.die();
    let ended = |kind: &EventKind| matches!(kind, EventKind::Ended { .. });
    let EventKind::Ended { end, verdict } = a.wait_until("end", b.ski, ended).await.kind else {
        unreachable!()
    };
    assert_eq!((end.cause, verdict), (Cause::NoPong { waited: pong_within }, Verdict::Retry));
    // B noticed nothing. A comes by another way, and what it left behind gives way to that.
    let wish = Registration { targets: vec![at(b.address())], ..Registration::new(b.ski) };
    a.tell(Command::Register(wish)).await;
    a.completed(b.ski).await;
    b.wait_until("swap", a.ski, |kind| matches!(kind, EventKind::Replaced { .. })).await;
    b.completed(a.ski).await;
    assert_eq!(b.count(ended), 0, "to B this was no end of A");
}

/// The peer is the program itself: killed without a chance to say goodbye, then started again.
#[tokio::test]
async fn a_peer_process_that_is_killed_and_started_again_is_found_again() {
    let home = Home::new();
    let mut hub = home.hub(&[]);
    let (peer, port) = (hub.ski.parse().unwrap(), hub.port);
    let mut a = Ours::start(&identity(), |c| c.backoff = hurried());
    home.client().order(json!({ "do": "register", "ski": a.ski.to_string() }));
    a.dial(peer, ([127, 0, 0, 1], port).into()).await;
    a.completed(peer).await;
    // What it has to find again is on its disk: it was completed there as well.
    let completed = |hub: &Value| hub["hub"]["peers"][0]["state"] == "Completed";
    while !completed(&home.client().order(json!({ "do": "status" }))) {
        tokio::task::yield_now().await;
    }
    let from = a.told.len();
    hub.kill();
    for _ in 0..3 {
        a.wait_until("failure", peer, failed).await;
    }
    let port_again = port.to_string();
    let again = home.command(&[
        "hub",
        "run",
        "--no-mdns",
        "--bind",
        "127.0.0.1",
        "--json",
        "--port",
        &port_again,
    ]);
    let hub = Hub::start(again);
    assert_eq!((hub.port, &hub.ski.parse().unwrap()), (port, &peer));
    a.completed(peer).await;
    let attempts = a.attempts(peer, from);
    println!("attempts and their delays: {attempts:?}");
    in_their_ranges(&attempts, 1, &hurried());
    assert_eq!(a.state(peer).await, Completed);
    assert_eq!(a.snapshot().await.peers[0].attempts, 0, "completed: it counts anew");
}
