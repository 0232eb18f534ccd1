//! ship-go with one cipher suite alone, in both roles, with payloads in both directions.

use shipctl::{
    hub::{Command, EventKind},
    proto::message::Data,
};

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
    program::Shipctl,
};

#[tokio::test]
async fn ship_go_with_the_mandatory_suite_alone_is_dialled() {
    let us = Shipctl::new().await;
    let flags = ["--suite", "cbc", "--mode", "trust", "--remote", &us.ski];
    let Some(peer) = Peer::start(Kind::ShipGo, &flags).await else { return };
    let ran = us.start_json(&["pair", &peer.ski(), "--address", &peer.address()]).end().await;
    assert_eq!((ran.code, &ran.result()["outcome"]), (0, &"completed".into()), "{ran:#?}");
    let warnings = ran.events("warning");
    let told = warnings.iter().find(|it| it["code"] == "TLS-06").expect("what was agreed upon");
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"), "{message}");

    // With GCM alone there is nothing in common, and both suites are named.
    let pair = ["pair", &peer.ski(), "--address", &peer.address(), "--tls-suites", "gcm"];
    let ran = us.start_json(&[&pair[..], &["--timeout", "5s"]].concat()).end().await;
    assert_eq!(ran.code, 76, "{ran:#?}");
    assert_eq!(ran.result()["code"], "TLS-01", "{ran:#?}");
}

#[tokio::test]
async fn ship_go_with_the_mandatory_suite_alone_dials_us() {
    exchange("cbc").await;
}

#[tokio::test]
async fn ship_go_with_the_recommended_suite_alone_dials_us() {
    exchange("gcm").await;
}

/// Is dialled, and exchanges a payload that needs many records each way.
async fn exchange(suite: &str) {
    let us = identity();
    let ski = us.ski().to_string();
    let flags = ["--suite", suite, "--mode", "trust", "--remote", &ski];
    let Some(mut peer) = Peer::start(Kind::ShipGo, &flags).await else { return };
    let mut ours = Ours::start(&us);
    ours.register(peer.ski, None).await;
    // ship-go loses a handshake now and then to a race at its own start; whoever dials, dials again.
    loop {
        peer.dial(&ours.address(), &ski).await;
        if ours.completed_or_ended().await {
            break;
        }
    }
    peer.wait_for("connected").await;
    let text = "x".repeat(20_000);
    peer.tell(&format!(r#"send {ski} {{"datagram":{{"text":"{text}"}}}}"#)).await;
    let payload = ours
        .wait_for("data", |event| match event {
            EventKind::Data(data) => Some(data.payload.clone()),
            _ => None,
        })
        .await;
    assert!(payload.contains(&text), "{} bytes", payload.len());
    let payload = format!(r#"{{"datagram":[{{"text":"{text}"}}]}}"#);
    let data = Data { protocol_id: "ee1.0".to_owned(), payload };
    ours.node.command(Command::Send { ski: peer.ski, data }).await.unwrap();
    assert!(peer.wait_for("data").await["payload"].to_string().contains(&text));
}
