//! 200 handshakes in a row with each foreign peer, in each role: all complete.

use std::time::Duration;

use shipctl::{
    hub::{EventKind, backoff::Verdict},
    proto::handshake::End,
};

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
};

const HANDSHAKES: usize = 200;

with_each_peer! {
    as_client => dial;
    as_server => be_dialled;
}

async fn dial(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut figures = Figures::default();
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, Some(peer.port)).await;
        // ship-go loses a few to races of its own; the hub dials again by itself, or is told to.
        while let Some(verdict) = figures.add(completed_or_failed(&mut us).await) {
            if !matches!(verdict, Verdict::Retry | Verdict::RetryAtOnce) {
                us.register(peer.ski, Some(peer.port)).await;
            }
        }
        peer.wait_for("connected").await;
        // Cut, not closed: ship-go takes half a second for a close in order.
        drop(us);
        peer.wait_for("disconnected").await;
    }
    figures.tell(kind, &format!("shipctl dials {kind:?}"));
}

async fn be_dialled(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut figures = Figures::default();
    for _ in 0..HANDSHAKES {
        let mut us = Ours::start(&identity);
        us.register(peer.ski, None).await;
        peer.dial(&us.address(), identity.ski()).await;
        // The same races; whoever dials has to dial again.
        while figures.add(completed_or_failed(&mut us).await).is_some() {
            peer.dial(&us.address(), identity.ski()).await;
        }
        peer.wait_for("connected").await;
        drop(us);
        peer.wait_for("disconnected").await;
    }
    figures.tell(kind, &format!("{kind:?} dials shipctl"));
}

/// How long a handshake took, or how it failed and what follows.
async fn completed_or_failed(us: &mut Ours) -> Result<Duration, (End, Verdict)> {
    us.wait_for("end of the handshake", |kind| match kind {
        EventKind::Completed { took } => Some(Ok(*took)),
        EventKind::Ended { end, verdict } => Some(Err((end.clone(), *verdict))),
        _ => None,
    })
    .await
}

#[derive(Default)]
struct Figures {
    took: Vec<Duration>,
    failed: Vec<End>,
}

impl Figures {
    /// Takes in the end of a handshake; what follows if it failed.
    fn add(&mut self, ended: Result<Duration, (End, Verdict)>) -> Option<Verdict> {
        match ended {
            Ok(took) => {
                self.took.push(took);
                None
            }
            Err((end, verdict)) => {
                self.failed.push(end);
                Some(verdict)
            }
        }
    }

    /// Prints them, and makes sure that few had to be repeated: of ship-go, which has a race at its
    /// start, and none of others.
    fn tell(mut self, kind: Kind, roles: &str) {
        self.took.sort_unstable();
        let (completed, repeated) = (self.took.len(), self.failed.len());
        let (median, p95) = (self.took[completed / 2], self.took[completed * 95 / 100]);
        println!(
            "{roles}: {completed} completed, {repeated} repeated, median {median:.1?}, p95 {p95:.1?}"
        );
        for end in &self.failed {
            println!("{roles}: repeated after {end:?}");
        }
        let few = if kind == Kind::ShipGo { completed / 10 } else { 0 };
        assert!(repeated <= few, "{repeated} handshakes failed");
    }
}
