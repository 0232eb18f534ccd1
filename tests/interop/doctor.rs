//! What `doctor` says of a network of two hosts: a healthy one, a silent one, one that is shut.

use std::process::Command;

use serde_json::{Value, json};

use super::support::skip::skip;
use super::{
    network::{Network, Place},
    peer::{Kind, Peer},
    program::{Ran, Running, Shipctl},
};

with_each_peer! {
    a_network_with_a_device_is_in_order => in_order;
}

async fn in_order(kind: Kind) {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let mdns = ["--mdns", "--interface", Network::LEFT_INTERFACE, "--mode", "wait"];
    let Some(_peer) = Peer::start_at(&network.left(), kind, &mdns).await else { return };
    assert_in_order(&doctor(&us, &network.right()).await);
}

#[tokio::test]
async fn a_network_with_another_shipctl_is_in_order() {
    let Some(network) = Network::start() else { return };
    let (us, other) = (Shipctl::new().await, Shipctl::new().await);
    let _listen = listen(&other, &network.left()).await;
    let ran = doctor(&us, &network.right()).await;
    assert_in_order(&ran);
    let multicast = check(&ran, "multicast");
    let told = multicast["evidence"].as_str().unwrap();
    assert!(told.starts_with("vb: ") && told.contains("10.77.0.1"), "{told}");
    let inbound = check(&ran, "inbound")["evidence"].to_string();
    assert!(inbound.contains("10.77.0.2 succeeds"), "{inbound}");
}

#[tokio::test]
async fn a_running_hub_is_asked_and_not_taken_for_a_double() {
    let Some(network) = Network::start() else { return };
    let (us, other) = (Shipctl::new().await, Shipctl::new().await);
    let _listen = listen(&other, &network.left()).await;
    let mut hub = us.start(&network.right(), &["--json", "hub", "run"]);
    hub.event_with("service_seen", "ski", other.ski.clone()).await;
    let ran = doctor(&us, &network.right()).await;
    assert_in_order(&ran);
    for (name, part) in [("hub", "0 of 10 connections"), ("port", "4712 is ours")] {
        let told = check(&ran, name)["evidence"].to_string();
        assert!(told.contains(part), "{told}");
    }
    let asked = us.start(&network.right(), &["--json", "shutdown"]).end().await;
    assert_eq!(asked.code, 0, "{asked:#?}");
    assert!(hub.end().await.events("inbound_failed").is_empty(), "the hub was disturbed");
}

#[tokio::test]
async fn a_copy_of_our_identity_on_another_host_is_found() {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let copy = us.copy();
    let _listen = listen(&copy, &network.left()).await;
    let ran = doctor(&us, &network.right()).await;
    assert_eq!((ran.code, &ran.result()["codes"]), (1, &json!(["MDNS-09"])), "{ran:#?}");
    let told = check(&ran, "doubles")["evidence"].to_string();
    assert!(told.contains("10.77.0.1:4712"), "{told}");
}

#[tokio::test]
async fn a_network_where_nobody_answers_is_told_as_that() {
    let Some(network) = Network::start() else { return };
    let us = Shipctl::new().await;
    let ran = doctor(&us, &network.right()).await;
    assert_eq!((ran.code, &ran.result()["codes"]), (1, &json!(["MDNS-01"])), "{ran:#?}");
    let multicast = check(&ran, "multicast");
    assert_eq!(multicast["verdict"], "warning");
    let told = multicast["evidence"].as_str().unwrap();
    assert!(told.contains("all came back, no other host heard"), "{told}");
}

#[tokio::test]
async fn a_firewall_of_our_own_that_drops_mdns_is_told_from_a_silent_network() {
    let Some(network) = Network::start() else { return };
    let rules = "table inet filter {\n chain input {\n type filter hook input priority 0\n \
                 udp dport 5353 drop\n }\n}";
    if !is_done(network.right().command("nft").arg(rules)) {
        return skip("there is no nft");
    }
    let (us, other) = (Shipctl::new().await, Shipctl::new().await);
    let _listen = listen(&other, &network.left()).await;
    let ran = doctor(&us, &network.right()).await;
    assert_eq!((ran.code, &ran.result()["codes"]), (1, &json!(["MDNS-01"])), "{ran:#?}");
    let multicast = check(&ran, "multicast");
    assert_eq!(multicast["verdict"], "failed");
    let told = multicast["evidence"].as_str().unwrap();
    assert!(told.contains("3 sent, 0 came back") && told.contains("This computer drops"), "{told}");
    let advice = multicast["finding"]["advice"].to_string();
    assert!(advice.contains("nft insert rule inet filter input udp dport 5353 accept"), "{advice}");
}

async fn doctor(us: &Shipctl, place: &Place) -> Ran {
    us.start(place, &["--json", "doctor"]).end().await
}

/// One that announces itself and has been seen to.
async fn listen(other: &Shipctl, place: &Place) -> Running {
    let mut listen = other.start(place, &["--json", "listen", "--auto-accept"]);
    listen.event("started").await;
    listen
}

#[track_caller]
fn assert_in_order(ran: &Ran) {
    assert_eq!((ran.code, &ran.result()["codes"]), (0, &json!([])), "{ran:#?}");
    for line in ran.events("check") {
        assert!(!["warning", "failed"].contains(&line["verdict"].as_str().unwrap()), "{line}");
    }
    let devices = check(ran, "devices")["evidence"].to_string();
    assert!(devices.contains("1 SHIP device seen"), "{devices}");
}

#[track_caller]
fn check(ran: &Ran, name: &str) -> Value {
    let found = ran.events("check").into_iter().find(|line| line["check"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {ran:#?}"))
}

fn is_done(command: &mut Command) -> bool {
    command.output().is_ok_and(|ran| ran.status.success())
}
