//! A peer that changes its key (SHIP 1.1, 12.1.3): the `eebus` crate announces and uses it.

use tempfile::TempDir;

use super::{
    peer::{Kind, Peer},
    program::Shipctl,
};

/// Announced by request of ours (its hello shows a counter) and by itself, used on a new connection.
#[tokio::test]
async fn eebus_peer_changes_its_key_and_stays_trusted() {
    let us = Shipctl::new().await;
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let dir = |dir: &TempDir| dir.path().to_str().unwrap().to_owned();
    let (old_dir, new_dir) = (dir(&old), dir(&new));
    let trusting = ["--mode", "trust", "--remote", &us.ski];

    // Which SKI is next.
    let flags = [&trusting[..], &["--state", &new_dir]].concat();
    let Some(next) = Peer::start(Kind::Eebus, &flags).await else { return };
    let new_ski = next.ski();
    drop(next);

    let flags = [&trusting[..], &["--state", &old_dir]].concat();
    let Some(peer) = Peer::start(Kind::Eebus, &flags).await else { return };
    let old_ski = peer.ski();
    let args = ["pair", &old_ski, "--address", &peer.address()];
    assert_eq!(us.start_json(&args).end().await.code, 0);
    drop(peer);

    let flags = [&trusting[..], &["--state", &old_dir, "--successor", &new_dir]].concat();
    let Some(mut peer) = Peer::start(Kind::Eebus, &flags).await else { return };

    let mut hub = us.start_json(&["hub", "run"]);
    let address = hub.address().await;
    peer.dial(&address, &us.ski).await;
    let told = hub.event_with("key_material", "ski", &*old_ski).await;
    assert_eq!((&told["update_counter"], &told["trusted"]), (&2.into(), &new_ski.clone().into()));
    peer.wait_for("keys_accepted").await;
    peer.tell(&format!("announce {}", us.ski)).await;
    let told = hub.event_with("key_material", "ski", &*old_ski).await;
    assert_eq!(told["outcome"], "unchanged", "{told}");
    peer.wait_for("keys_accepted").await;
    assert_eq!(us.trusted(&old_ski).unwrap()["keys"]["also_trusted"], *new_ski);
    drop(peer);

    let flags = [&trusting[..], &["--state", &new_dir, "--predecessor", &old_dir]].concat();
    let Some(mut peer) = Peer::start(Kind::Eebus, &flags).await else { return };
    assert_eq!(peer.ski(), new_ski);
    peer.dial(&address, &us.ski).await;
    let changed = hub.event_with("key_changed", "ski", &*old_ski).await;
    assert_eq!(changed["to"], *new_ski, "{changed}");
    hub.event_with("completed", "ski", &*new_ski).await;
    // Asked for, since its hello shows a higher counter.
    let told = hub.event_with("key_material", "ski", &*new_ski).await;
    assert_eq!((&told["update_counter"], &told["dropped"]), (&3.into(), &old_ski.clone().into()));
    peer.wait_for("keys_accepted").await;
    assert_eq!(us.trusted(&old_ski), None);
    let device = us.trusted(&new_ski).unwrap();
    assert_eq!(device["ship_id"], peer.ship_id, "{device}");
    assert_eq!(device["keys"]["update_counter"], 3, "{device}");
}
