//! A probe of a foreign peer: it tells how far the peer lets us, and leaves no mark there.

use super::{
    peer::{Kind, Peer},
    program::{Ran, Running, Shipctl},
};

with_each_peer! {
    probe_a_peer_that_trusts_us_and_pair_afterwards => trusting;
    probe_a_peer_that_waits_for_its_user_and_pair_afterwards => waiting;
    probe_a_peer_that_denies => denying;
}

async fn probe(us: &Shipctl, peer: &Peer) -> Ran {
    us.start_json(&["probe", &peer.ski(), "--address", &peer.address()]).end().await
}

/// What a rung shows.
#[track_caller]
fn rung(ran: &Ran, name: &str) -> serde_json::Value {
    let found = ran.events("rung").into_iter().find(|it| it["rung"] == name);
    found.unwrap_or_else(|| panic!("no rung {name}: {ran:#?}"))
}

async fn trusting(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let ran = probe(&us, &peer).await;
    assert_eq!((ran.code, &ran.result()["code"]), (0, &"HEL-04".into()), "{ran:#?}");
    assert!(rung(&ran, "hello")["evidence"][0].as_str().unwrap().contains("it trusts us"));
    let close = rung(&ran, "close").to_string();
    assert!(close.contains("announced and confirmed"), "{ran:#?}");
    assert_eq!(us.trusted(&peer.ski()), None, "a probe trusts nobody");
    pair(&us, &peer).await;
    peer.wait_for("connected").await;
    // What it told its user of us: never that we refused.
    if kind == Kind::ShipGo {
        loop {
            let state = peer.wait_for("state").await;
            assert_ne!(state["name"], "remote_denied_trust", "{state}");
            if state["name"] == "completed" {
                break;
            }
        }
        peer.tell(&format!("settle {}", us.ski)).await;
        peer.wait_for("settled").await;
    } else {
        peer.wait_for("disconnected").await;
    }
    let ran = probe(&us, &peer).await;
    assert_eq!((ran.code, &ran.result()["outcome"]), (0, &"complete".into()), "{ran:#?}");
    let access = rung(&ran, "access_methods");
    assert_eq!(access["evidence"][0], format!("SHIP ID {}", peer.ship_id), "{access}");
}

async fn waiting(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(mut peer) = Peer::start(kind, &["--mode", "wait"]).await else { return };
    let ran = probe(&us, &peer).await;
    assert_eq!((ran.code, &ran.result()["code"]), (0, &"HEL-04".into()), "{ran:#?}");
    assert!(rung(&ran, "hello")["evidence"][0].as_str().unwrap().contains("does not trust us"));
    let mut pairing = us.start_json(&["pair", &peer.ski(), "--address", &peer.address()]);
    pairing.event_with("hello", "peer_trusts", false).await;
    if kind == Kind::ShipGo {
        // It asked for the probe as well, half a second late.
        peer.asks().await;
    }
    peer.asks().await;
    peer.tell(&format!("accept {}", us.ski)).await;
    let ran = pairing.end().await;
    if ran.code != 0 && kind == Kind::ShipGo {
        // It lost our announcement in the moment of the accept; trusted we are all the same.
        return pair(&us, &peer).await;
    }
    assert_eq!(ran.code, 0, "{ran:#?}");
}

async fn denying(kind: Kind) {
    let us = Shipctl::new().await;
    let Some(peer) = Peer::start(kind, &["--mode", "deny"]).await else { return };
    let ran = probe(&us, &peer).await;
    // Its user may be slower than we are.
    let code = ran.result()["code"].clone();
    let expected: &[&str] = match ran.code {
        0 => &["HEL-04"],
        77 => &["HEL-02", "HEL-03"],
        _ => panic!("{ran:#?}"),
    };
    assert!(expected.iter().any(|it| code == *it), "{ran:#?}");
    assert_eq!(us.trusted(&peer.ski()), None);
}

/// The pairing works at once, but for what ship-go loses now and then.
async fn pair(us: &Shipctl, peer: &Peer) {
    let start = || -> Running {
        us.start_json(&["pair", &peer.ski(), "--address", &peer.address(), "--timeout", "30s"])
    };
    let ran = start().end().await;
    if ran.code == 0 {
        return;
    }
    assert_eq!(ran.code, 76, "neither a refusal nor a silence: {ran:#?}");
    assert_eq!(start().end().await.code, 0);
}
