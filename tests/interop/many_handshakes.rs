//! 200 handshakes in a row with each foreign peer, in each role: all complete.

use std::time::Duration;

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
    let mut figures = Figures::default();
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, Some(peer.port)).await;
        // ship-go loses a few to a race at its own start; then we dial again by ourselves.
        while !figures.add(completed_or_failed(&mut us).await) {}
        peer.wait_for("connected").await;
        // Cut, not closed: ship-go takes half a second for a close in order.
        drop(us);
        peer.wait_for("disconnected").await;
    }
    figures.tell(&format!("shipctl dials {kind:?}"));
}

async fn be_dialled(kind: Kind) {
    let identity = identity();
    let ours = identity.ski().to_string();
    let Some(mut peer) = Peer::start(kind, &["--mode", "trust", "--remote", &ours]).await else {
        return;
    };
    let mut figures = Figures::default();
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, None).await;
        let dial = format!("dial {} {ours}", us.address());
        peer.tell(&dial).await;
        // The same race; whoever dials has to dial again.
        while !figures.add(completed_or_failed(&mut us).await) {
            peer.tell(&dial).await;
        }
        peer.wait_for("connected").await;
        drop(us);
        peer.wait_for("disconnected").await;
    }
    figures.tell(&format!("{kind:?} dials shipctl"));
}

/// How long a handshake took; `None` if it failed.
async fn completed_or_failed(us: &mut Ours) -> Option<Duration> {
    us.wait_for("end of the handshake", |kind| match kind {
        EventKind::Completed { took } => Some(Some(*took)),
        EventKind::Ended { .. } => Some(None),
        _ => None,
    })
    .await
}

#[derive(Default)]
struct Figures {
    took: Vec<Duration>,
    repeated: usize,
}

impl Figures {
    /// Takes in the end of a handshake; whether it completed.
    fn add(&mut self, took: Option<Duration>) -> bool {
        match took {
            Some(took) => self.took.push(took),
            None => self.repeated += 1,
        }
        took.is_some()
    }

    /// Prints them, and makes sure that few had to be repeated.
    fn tell(mut self, roles: &str) {
        self.took.sort_unstable();
        let (completed, repeated) = (self.took.len(), self.repeated);
        let (median, p95) = (self.took[completed / 2], self.took[completed * 95 / 100]);
        println!(
            "{roles}: {completed} completed, {repeated} repeated, median {median:.1?}, p95 {p95:.1?}"
        );
        assert!(repeated <= completed / 10, "{repeated} handshakes failed");
    }
}
