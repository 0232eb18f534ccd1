//! The program on loopback, against each foreign peer: its exit code, its result, what it stores.

use super::{
    network::Place,
    peer::{Kind, Peer},
    program::{Line, ON_LOOPBACK, Ran, Running, Shipctl},
};

with_each_peer! {
    pair_with_a_peer_that_trusts_us => pair_trusting;
    pair_with_a_peer_whose_user_accepts => pair_accepted;
    pair_with_a_peer_that_denies => pair_denied;
    pair_with_another_peer_at_the_address => pair_wrong;
    pair_with_a_peer_that_waits_too_long => pair_pending;
    pair_and_the_peer_dials_us => pair_dialled;
    pair_and_the_peer_dials_us_and_trusts_us_later => pair_dialled_and_accepted;
    listen_accepts_the_peer_named => listen_accept;
    listen_accepts_any_peer_for_a_while => listen_auto_accept;
    listen_refuses_a_peer_not_named => listen_refuse;
}

async fn pair_trusting(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let pair = us.start_json(&["pair", &peer.ski(), "--address", &peer.address()]);
    paired(pair, &us, &peer).await;
}

/// For people: the story tells whose turn it is, the result is one line on stdout.
async fn pair_accepted(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::start(kind, &["--mode", "wait"]).await else { return };
    let (ski, address) = (peer.ski(), peer.address());
    let args = [&ON_LOOPBACK[..], &["pair", &ski, "--address", &address]].concat();
    let mut pair = us.start(&Place::Here, &args);
    let turn = pair.told("its turn").await;
    let own =
        format!("accept SKI {} {} … on the device", &us.ski[..4], &us.ski[4..8]).to_uppercase();
    assert!(turn.to_uppercase().contains(&own), "{turn}");
    peer.asks().await;
    peer.tell(&format!("accept {}", us.ski)).await;
    let mut ran = pair.end().await;
    if kind == Kind::ShipGo && ran.code == 76 {
        // It lost our announcement in the moment of the accept; trusted we are all the same.
        assert!(ran.told("both sides trust each other"), "{ran:#?}");
        ran = us.start(&Place::Here, &args).end().await;
    }
    assert_eq!(ran.code, 0, "{ran:#?}");
    let [line] = ran.out()[..] else { panic!("{ran:#?}") };
    assert!(line.starts_with("paired   ") && line.contains(" · stored in "), "{line}");
    assert_eq!(us.trusted(&peer.ski()).unwrap()["ship_id"], peer.ship_id);
}

async fn pair_denied(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(peer) = Peer::start(kind, &["--mode", "deny"]).await else { return };
    let ran = us.start_json(&["pair", &peer.ski(), "--address", &peer.address()]).end().await;
    assert_eq!(ran.code, 77, "{ran:#?}");
    let result = ran.result();
    assert_eq!((&result["outcome"], &result["stage"]), (&"denied".into(), &"hello".into()));
    assert!(["HEL-02", "HEL-03"].iter().any(|code| result["code"] == *code), "{result}");
    assert!(result["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{result}");
    assert_eq!(us.trusted(&peer.ski()), None);
}

async fn pair_wrong(kind: Kind) {
    const ASKED: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";
    let us = Shipctl::new().await;
    let Some(peer) = Peer::start(kind, &["--mode", "trust"]).await else { return };
    let ran = us.start_json(&["pair", ASKED, "--address", &peer.address()]).end().await;
    assert_eq!(ran.code, 76, "{ran:#?}");
    let result = ran.result();
    let message = result["message"].as_str().unwrap();
    assert!(message.contains(ASKED) && message.contains(&peer.ski()), "{message}");
    assert_eq!(result["code"], "CERT-03");
    assert_eq!(ran.events("attempt_started").len(), 1, "it was tried again: {ran:#?}");
}

async fn pair_pending(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(peer) = Peer::start(kind, &["--mode", "wait"]).await else { return };
    let args = ["pair", &peer.ski(), "--address", &peer.address(), "--timeout", "2s"];
    let ran = us.start_json(&args).end().await;
    assert_eq!(ran.code, 75, "{ran:#?}");
    let result = ran.result();
    assert_eq!((&result["code"], &result["stage"]), (&"HEL-01".into(), &"hello".into()));
    assert_eq!(us.trusted(&peer.ski()), None);
}

async fn pair_dialled(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let mut pair = us.start_json(&["pair", &peer.ski()]);
    be_dialled(&mut pair, &mut peer, &us).await;
    paired(pair, &us, &peer).await;
}

async fn pair_dialled_and_accepted(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::start(kind, &["--mode", "wait"]).await else { return };
    let mut pair = us.start_json(&["pair", &peer.ski()]);
    let address = pair.address().await;
    peer.tell(&format!("dial {address} {}", us.ski)).await;
    // Whom ship-go dials it trusts: there is nothing to accept.
    if kind == Kind::Eebus {
        let hello = pair.event_with("hello", "peer_trusts", false).await;
        assert_eq!(hello["we_trust"], true, "{hello}");
        peer.tell(&format!("accept {}", us.ski)).await;
    }
    completed(&mut pair, &mut peer, &us, &address).await;
    paired(pair, &us, &peer).await;
}

async fn listen_accept(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let mut listen = us.start_json(&["listen", "--accept", &peer.ski(), "--once"]);
    be_dialled(&mut listen, &mut peer, &us).await;
    listened(listen, &us, &peer).await;
}

async fn listen_auto_accept(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let mut listen = us.start_json(&["listen", "--auto-accept", "--once"]);
    be_dialled(&mut listen, &mut peer, &us).await;
    let ran = listened(listen, &us, &peer).await;
    assert!(ran.told("warning: every device that asks within 2 min is trusted"), "{ran:#?}");
}

async fn listen_refuse(kind: Kind) {
    const ANOTHER: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let mut listen = us.start_json(&["listen", "--accept", ANOTHER, "--once"]);
    let address = listen.address().await;
    peer.tell(&format!("dial {address} {}", us.ski)).await;
    let hint = format!("`shipctl listen --accept {}` accepts it", peer.ski());
    listen.event_with("warning", "advice", hint).await;
    listen.event("ended").await;
    assert_eq!(us.trusted(&peer.ski()), None);
}

/// Makes the peer dial, until the handshake is complete.
async fn be_dialled(ours: &mut Running, peer: &mut Peer, us: &Shipctl) {
    let address = ours.address().await;
    peer.tell(&format!("dial {address} {}", us.ski)).await;
    completed(ours, peer, us, &address).await;
}

/// ship-go loses a handshake now and then to a race at its own start; whoever dials, dials again.
async fn completed(ours: &mut Running, peer: &mut Peer, us: &Shipctl, address: &str) {
    let end = |line: &Line| {
        let json = line.json()?;
        ["completed", "ended"].into_iter().find(|name| json["event"] == *name)
    };
    while ours.wait_for("end of the handshake", end).await == "ended" {
        peer.tell(&format!("dial {address} {}", us.ski)).await;
    }
    peer.wait_for("connected").await;
}

/// `pair` ends well, and the peer is stored.
async fn paired(pair: Running, us: &Shipctl, peer: &Peer) {
    let ran = pair.end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    let result = ran.result();
    assert_eq!((&result["outcome"], &result["ski"]), (&"completed".into(), &peer.ski().into()));
    assert_eq!(result["ship_id"], peer.ship_id, "{result}");
    assert_eq!(us.trusted(&peer.ski()).unwrap()["ship_id"], peer.ship_id);
}

/// `listen` ends well, and the peer is stored.
async fn listened(listen: Running, us: &Shipctl, peer: &Peer) -> Ran {
    let ran = listen.end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(ran.result()["paired"], serde_json::json!([peer.ski()]));
    assert_eq!(us.trusted(&peer.ski()).unwrap()["ship_id"], peer.ship_id);
    ran
}
