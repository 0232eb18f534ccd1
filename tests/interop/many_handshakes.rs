//! 200 handshakes in a row with each foreign peer, in each role: all complete.

use shipctl::hub::EventKind;

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
};

const HANDSHAKES: usize = 200;

#[tokio::test]
async fn as_client_of_ship_go() {
    dial(Kind::ShipGo).await;
}

#[tokio::test]
async fn as_client_of_eebus() {
    dial(Kind::Eebus).await;
}

#[tokio::test]
async fn as_server_of_ship_go() {
    be_dialled(Kind::ShipGo).await;
}

#[tokio::test]
async fn as_server_of_eebus() {
    be_dialled(Kind::Eebus).await;
}

async fn dial(kind: Kind) {
    let identity = identity();
    let ours = identity.ski().to_string();
    let Some(mut peer) = Peer::start(kind, &["--mode", "trust", "--remote", &ours]).await else {
        return;
    };
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, Some(peer.port)).await;
        us.completed().await;
        peer.wait_for("connected").await;
        // Cut, not closed: ship-go takes half a second for a close in order.
        drop(us);
        peer.wait_for("disconnected").await;
    }
}

async fn be_dialled(kind: Kind) {
    let identity = identity();
    let ours = identity.ski().to_string();
    let Some(mut peer) = Peer::start(kind, &["--mode", "trust", "--remote", &ours]).await else {
        return;
    };
    let mut repeated = 0;
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, None).await;
        let dial = format!("dial {} {ours}", us.address());
        peer.tell(&dial).await;
        // ship-go loses a few to a race at its own start; whoever dials has to dial again.
        while !completed_or_failed(&mut us).await {
            repeated += 1;
            peer.tell(&dial).await;
        }
        peer.wait_for("connected").await;
        drop(us);
        peer.wait_for("disconnected").await;
    }
    println!("{kind:?} as client: {HANDSHAKES} completed, {repeated} dials repeated");
    assert!(repeated <= HANDSHAKES / 10, "{repeated} dials of {kind:?} failed");
}

async fn completed_or_failed(us: &mut Ours) -> bool {
    us.wait_for("end of the handshake", |kind| match kind {
        EventKind::Completed { .. } => Some(true),
        EventKind::Ended { .. } => Some(false),
        _ => None,
    })
    .await
}
