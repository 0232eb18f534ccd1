//! What a foreign device offers: spine-go's own node on ship-go, which asks us in turn.

use std::time::Duration;

use super::{
    peer::{Kind, Peer},
    program::Shipctl,
};

/// A device on spine-go that trusts us; `None` where it cannot be built here.
async fn device(us: &Shipctl) -> Option<Peer> {
    Peer::start(Kind::ShipGo, &["--spine", "--mode", "trust", "--remote", &us.ski]).await
}

#[tokio::test]
async fn spine_go_tells_what_it_offers() {
    let us = Shipctl::new().await;
    let Some(peer) = device(&us).await else { return };
    let pair = us.start_json(&["pair", &peer.ski(), "--address", &peer.address()]);
    let ran = pair.end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    let result = ran.result();
    let offers = &result["offers"];
    assert_eq!(offers["device_type"], "ChargingStation", "{result}");
    assert_eq!(offers["device"], format!("d:_{}", peer.ship_id));
    assert_eq!(offers["entities"][0]["type"], "EVSE");
    assert_eq!(offers["entities"][0]["features"][0]["type"], "LoadControl");
    let case = &offers["use_cases"][0];
    assert_eq!(case["name"], "limitationOfPowerConsumption");
    assert_eq!((&case["actor"], &case["version"]), (&"ControllableSystem".into(), &"1.0.0".into()));
    assert_eq!(case["scenarios"], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(ran.events("offers").len(), 1, "{ran:#?}");
    assert!(ran.events("finding").is_empty(), "{ran:#?}");
}

#[tokio::test]
async fn spine_go_is_answered_what_it_asks() {
    let us = Shipctl::new().await;
    let Some(mut peer) = device(&us).await else { return };
    // It asks when it likes, and on a busy computer after we have what we want.
    let _pair = us.start_json(&["pair", &peer.ski(), "--address", &peer.address(), "--keep"]);
    // It has subscribed to us and knows us, in either order; what it did not like it would have told.
    let (mut subscribed, mut known) = (false, None);
    let waiting = async {
        while !subscribed || known.is_none() {
            let event = peer.next_event().await.expect("it ended");
            subscribed |= event["event"] == "subscribed";
            known = known.take().or_else(|| (event["event"] == "use_cases").then_some(event));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it asks and subscribes");
    let known = known.unwrap();
    assert_eq!(known["device_type"], "EnergyManagementSystem");
    assert!(known["address"].as_str().unwrap().starts_with("d:_shipctl-"), "{known}");
    assert_eq!(known["count"], 0);
}

#[tokio::test]
async fn without_spine_nothing_is_said_to_spine_go() {
    let us = Shipctl::new().await;
    let Some(mut peer) = device(&us).await else { return };
    let ski = peer.ski();
    let pair = ["pair", &ski, "--address", &peer.address(), "--no-spine"];
    let ran = us.start_json(&pair).end().await;
    assert_eq!((ran.code, &ran.result()["offers"]), (0, &serde_json::Value::Null), "{ran:#?}");
    peer.hears_nothing_before("disconnected").await;
}
