//! One pairing at a time, in both roles, with each foreign peer.

use shipctl::{
    hub::{Command, EventKind, Registration, backoff::Verdict},
    proto::{
        ConnectionState, ProtocolState,
        handshake::{Cause, End, Side},
    },
};

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
};

with_each_peer! {
    we_dial_a_peer_that_trusts_us => dial_trusting;
    a_peer_that_trusts_us_dials_us => be_dialled;
    a_peer_waits_for_its_user_who_accepts => dial_waiting;
    a_peer_asks_us_and_our_user_accepts => be_asked;
    a_peer_denies => dial_denying;
    a_peer_asks_us_and_our_user_denies => deny;
    another_peer_answers_at_the_address => dial_wrong;
    both_close_in_order => close_in_order;
}

async fn dial_trusting(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut us = Ours::start(&identity);
    us.register(peer.ski, Some(peer.port)).await;
    us.completed().await;
    assert_eq!(peer.wait_for("connected").await["ski"], identity.ski().to_string());
}

async fn be_dialled(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut us = Ours::start(&identity);
    us.register(peer.ski, None).await;
    peer.dial(&us.address(), identity.ski()).await;
    us.completed().await;
    assert_eq!(peer.wait_for("connected").await["ski"], identity.ski().to_string());
}

async fn dial_waiting(kind: Kind) {
    let identity = identity();
    let ours = identity.ski().to_string();
    let Some(mut peer) = Peer::start(kind, &["--mode", "wait"]).await else { return };
    let mut us = Ours::start(&identity);
    us.register(peer.ski, Some(peer.port)).await;
    let status = us
        .wait_for("pending hello of the peer", |kind| match kind {
            EventKind::Hello(status) if status.peer_trusts == Some(false) => Some(*status),
            _ => None,
        })
        .await;
    assert!(status.we_trust);
    peer.asks().await;
    peer.tell(&format!("accept {ours}")).await;
    if !us.completed_or_ended().await && kind == Kind::ShipGo {
        // It lost our announcement in the moment of the accept; trusted we are all the same.
        us.register(peer.ski, Some(peer.port)).await;
        us.completed().await;
    }
    peer.wait_for("connected").await;
}

async fn be_asked(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut us = Ours::start_asking(&identity);
    peer.dial(&us.address(), identity.ski()).await;
    us.is_asked().await;
    let wish = Command::Register(Registration::new(peer.ski));
    us.node.command(wish).await.unwrap();
    us.completed().await;
    peer.wait_for("connected").await;
}

async fn dial_denying(kind: Kind) {
    let Some(peer) = Peer::start(kind, &["--mode", "deny"]).await else { return };
    let mut us = Ours::start(&identity());
    us.register(peer.ski, Some(peer.port)).await;
    let end = us
        .wait_for("refusal", |kind| match kind {
            EventKind::Ended { end, verdict: Verdict::PeerRefused } => Some(end.clone()),
            _ => None,
        })
        .await;
    assert!(matches!(end.cause, Cause::Denied { by: Side::Peer, .. }), "{end:?}");
    assert_eq!(end.during, ProtocolState::HelloReadyListen);
    let denied = ConnectionState::RemoteDeniedTrust;
    us.wait_for("state", |kind| match kind {
        EventKind::State { to, .. } if *to == denied => Some(()),
        _ => None,
    })
    .await;
}

async fn deny(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut us = Ours::start_asking(&identity);
    peer.dial(&us.address(), identity.ski()).await;
    us.is_asked().await;
    us.node.command(Command::Deny { ski: peer.ski }).await.unwrap();
    let end = us.wait_for("end", refused).await;
    assert!(matches!(end.cause, Cause::Denied { by: Side::We, .. }), "{end:?}");
    // It reports states in any order.
    while peer.wait_for("state").await["name"] != "remote_denied_trust" {}
}

/// Only the `eebus` crate asks its user about a device it dials itself; ship-go always trusts it.
#[tokio::test]
async fn a_peer_that_dials_us_is_refused_by_its_own_user() {
    let identity = identity();
    let Some(mut peer) = Peer::start(Kind::Eebus, &["--mode", "deny"]).await else { return };
    let mut us = Ours::start(&identity);
    us.register(peer.ski, None).await;
    peer.dial(&us.address(), identity.ski()).await;
    let end = us.wait_for("end", refused).await;
    assert!(matches!(end.cause, Cause::Denied { by: Side::Peer, .. }), "{end:?}");
    assert_eq!(end.during, ProtocolState::HelloReadyListen);
}

fn refused(kind: &EventKind) -> Option<End> {
    match kind {
        EventKind::Ended { end, .. } => Some(end.clone()),
        _ => None,
    }
}

async fn dial_wrong(kind: Kind) {
    let Some(peer) = Peer::start(kind, &["--mode", "trust"]).await else { return };
    let mut us = Ours::start(&identity());
    let expected = identity().ski();
    us.register(expected, Some(peer.port)).await;
    let (failure, verdict) = us
        .wait_for("failed attempt", |kind| match kind {
            EventKind::AttemptFailed { failure, verdict, .. } => Some((failure.clone(), *verdict)),
            _ => None,
        })
        .await;
    let tried = failure.most_telling().unwrap();
    assert_eq!((tried.code, verdict), ("CERT-03", Verdict::GiveUp));
    assert!(tried.what.contains(&expected.to_string()), "{}", tried.what);
    assert!(tried.what.contains(&peer.ski.to_string()), "{}", tried.what);
}

async fn close_in_order(kind: Kind) {
    let identity = identity();
    let Some(mut peer) = Peer::trusting(kind, identity.ski()).await else { return };
    let mut us = Ours::start(&identity);
    us.register(peer.ski, Some(peer.port)).await;
    us.completed().await;
    peer.wait_for("connected").await;
    assert!(!us.node.shutdown().await, "the shutdown cut connections");
    peer.wait_for("disconnected").await;
}
