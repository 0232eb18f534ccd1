//! Found by mDNS, on a network of two hosts: we find the peer, the peer finds us.

use super::{
    network::Network,
    peer::{Kind, Peer},
    program::Shipctl,
};

with_each_peer! {
    discover_lists_the_peer => listed;
    pair_finds_the_peer_by_mdns => paired_by_mdns;
    the_peer_finds_us_and_dials => found;
}

async fn listed(kind: Kind) {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let Some(peer) = start_peer(&network, kind, &["--mode", "wait"]).await else { return };
    let mut watch = us.start(&network.right(), &["discover", "--watch", "--json"]);
    let seen = watch.event("service_seen").await;
    let model = if kind == Kind::ShipGo { "ship-go" } else { "eebus-peer" };
    for (key, value) in [
        ("ski", peer.ski()),
        ("ship_id", peer.ship_id.clone()),
        ("brand", "shipctl".to_owned()),
        ("model", model.to_owned()),
        ("type", "EnergyManagementSystem".to_owned()),
        ("path", "/ship/".to_owned()),
    ] {
        assert_eq!(seen[key], value, "{key} of {seen}");
    }
    assert_eq!((&seen["port"], &seen["register"]), (&peer.port.into(), &false.into()));
    assert_eq!(seen["interfaces"], serde_json::json!([Network::RIGHT_INTERFACE]));
    let address = format!("10.77.0.1:{}", peer.port);
    assert!(seen["addresses"].as_array().unwrap().contains(&address.into()), "{seen}");
}

async fn paired_by_mdns(kind: Kind) {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let flags = ["--mode", "trust", "--remote", &us.ski];
    let Some(mut peer) = start_peer(&network, kind, &flags).await else { return };
    let ran = us.start(&network.right(), &["pair", &peer.ski(), "--json"]).end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(ran.result()["ski"], peer.ski());
    assert_eq!(us.trusted(&peer.ski()).unwrap()["ship_id"], peer.ship_id);
    peer.wait_for("connected").await;
}

async fn found(kind: Kind) {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let flags = ["--mode", "trust", "--remote", &us.ski];
    let Some(mut peer) = start_peer(&network, kind, &flags).await else { return };
    let args = ["listen", "--accept", &peer.ski(), "--once", "--json"];
    let listen = us.start(&network.right(), &args);
    let service = peer.wait_for("service").await;
    assert_eq!((&service["ski"], &service["host"]), (&us.ski.clone().into(), &"10.77.0.2".into()));
    peer.wait_for("connected").await;
    let ran = listen.end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    let connected = ran.events("connected");
    assert!(connected.iter().all(|event| event["role"] == "server"), "we dialled: {connected:?}");
    assert_eq!(us.trusted(&peer.ski()).unwrap()["ship_id"], peer.ship_id);
}

/// A peer on the left host that announces itself and dials whom it trusts and sees.
async fn start_peer(network: &Network, kind: Kind, flags: &[&str]) -> Option<Peer> {
    let mdns = ["--mdns", "--interface", Network::LEFT_INTERFACE];
    Peer::start_at(&network.left(), kind, &[&mdns, flags].concat()).await
}
