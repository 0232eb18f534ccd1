//! More peers than places, in both directions.

use shipctl::{
    hub::{
        Command, EventKind, Refusal,
        backoff::{Backoff, Verdict},
        dial::Stage,
    },
    proto::ConnectionState::{Completed, Queued},
};

use crate::node::{Ours, hurried, identity, in_their_ranges};

const LIMIT: usize = 3;
const PEERS: usize = 5;

fn hub() -> Ours {
    Ours::start(&identity(), |c| c.max_connections = LIMIT)
}

fn peers(backoff: &Backoff) -> Vec<Ours> {
    (0..PEERS).map(|_| Ours::start(&identity(), |c| c.backoff = backoff.clone())).collect()
}

#[tokio::test]
async fn two_of_five_that_dial_are_turned_away_with_503_and_get_a_place_once_one_is_free() {
    let (mut hub, mut peers) = (hub(), peers(&hurried()));
    for peer in &mut peers {
        hub.expect(peer.ski).await;
    }
    for peer in &mut peers[..LIMIT] {
        peer.dial(hub.ski, hub.address()).await;
        peer.completed(hub.ski).await;
    }
    for peer in &mut peers[LIMIT..] {
        peer.dial(hub.ski, hub.address()).await;
        // Told as what it is, and as something that passes.
        let failed =
            peer.wait_until("refusal", hub.ski, |k| matches!(k, EventKind::AttemptFailed { .. }));
        let EventKind::AttemptFailed { failure, verdict, .. } = failed.await.kind else {
            unreachable!()
        };
        let telling = failure.most_telling().unwrap();
        assert_eq!((telling.stage, telling.code), (Stage::Upgrade, "WS-03"), "{telling:?}");
        assert!(telling.what.contains("connection limit (HTTP 503)"), "{}", telling.what);
        assert_eq!(verdict, Verdict::Retry);
        let findings = &peer.snapshot().await.peers[0].findings;
        assert!(findings.iter().any(|found| found.finding.code.to_string() == "WS-03"));
        let refused =
            |kind: &EventKind| matches!(kind, EventKind::Refused { why: Refusal::Limit, .. });
        hub.wait_until("refusal", peer.ski, refused).await;
    }
    assert_eq!(hub.snapshot().await.metrics.connections, LIMIT);
    // One goes: one of those that keep trying comes in, and nobody else.
    let leaves = peers.remove(0);
    hub.tell(Command::Unregister { ski: leaves.ski }).await;
    let (stay, wait) = peers.split_at_mut(LIMIT - 1);
    let late = hub.wait_for("newcomer", |event| match event.kind {
        EventKind::Completed { .. } => event.ski.filter(|ski| wait.iter().any(|p| p.ski == *ski)),
        _ => None,
    });
    let late = late.await;
    for peer in &mut *wait {
        if peer.ski == late {
            peer.completed(hub.ski).await;
            in_their_ranges(&peer.attempts(hub.ski, 0), 1, &hurried());
        } else {
            assert_ne!(peer.state(hub.ski).await, Completed);
        }
    }
    for peer in stay {
        assert_eq!(peer.state(hub.ski).await, Completed, "nobody had to go for it");
    }
    assert_eq!(hub.snapshot().await.metrics.connections, LIMIT);
}

#[tokio::test]
async fn two_of_five_that_are_dialled_wait_and_the_first_of_them_takes_a_freed_place() {
    let (mut hub, mut peers) = (hub(), peers(&Backoff::default()));
    for (n, peer) in peers.iter_mut().enumerate() {
        peer.expect(hub.ski).await;
        hub.dial(peer.ski, peer.address()).await;
        if n < LIMIT {
            hub.completed(peer.ski).await;
        } else {
            let waits = |kind: &EventKind| *kind == EventKind::LimitReached { limit: LIMIT };
            hub.wait_until("limit", peer.ski, waits).await;
            assert_eq!(hub.state(peer.ski).await, Queued);
            assert_eq!(hub.attempts(peer.ski, 0), [], "nothing is dialled");
        }
    }
    assert_eq!(hub.snapshot().await.metrics.waiting, PEERS - LIMIT);
    for (leaves, comes) in [(1, 3), (0, 4)] {
        hub.tell(Command::Disconnect { ski: peers[leaves].ski }).await;
        hub.completed(peers[comes].ski).await;
        assert_eq!(hub.snapshot().await.metrics.connections, LIMIT);
    }
    assert_eq!(hub.snapshot().await.metrics.waiting, 0);
}
