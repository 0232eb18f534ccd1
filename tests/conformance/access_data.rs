//! Data beside access methods.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    cases::{Case, at_most},
    device::{Device, Wallbox},
    tester::{Tester, access_methods, access_request, field, id, run},
};

pub const CASES: [Case; 4] = [
    Case::new(
        "TC_SHIP_AMDATA_001",
        "handle data while its own accessMethodsRequest is unanswered, for 8 s",
        amdata_001,
    )
    .timed(virtual_time::amdata_001)
    .remark(WALLBOX),
    Case::new(
        "TC_SHIP_AMDATA_002",
        "answer an accessMethodsRequest within 10 s while data flows",
        amdata_002,
    )
    .timed(virtual_time::amdata_002)
    .remark(WALLBOX),
    Case::new(
        "TC_SHIP_AMDATA_003",
        "send its data though access methods are never told",
        amdata_003,
    )
    .timed(virtual_time::amdata_003)
    .remark(WALLBOX),
    Case::new(
        "TC_SHIP_AMDATA_004",
        "where it does not ask for access methods, send no accessMethodsRequest within \
         120 s and keep the connection",
        amdata_004,
    )
    .with("`ask_access_methods = false`")
    .timed(virtual_time::amdata_004)
    .remark("every day: 50 s; in full: 120 s"),
];

/// The hub has no data of its own to send.
const WALLBOX: &str = "with `shipctl simulate wallbox`, which speaks SPINE";

fn amdata_001() {
    run(async {
        let (_wallbox, mut tester) = asked().await;
        tester.say_json(2, discovery(1)).await;
        reply(&mut tester, 1).await;
        tester.is_silent_for(Duration::from_secs(8)).await;
        tester.say(access_methods()).await;
        tester.say_json(2, discovery(2)).await;
        reply(&mut tester, 2).await;
        tester.answers().await;
    });
}

fn amdata_002() {
    run(async {
        let (_wallbox, mut tester) = asked().await;
        for counter in 1..=5 {
            tester.say_json(2, discovery(counter)).await;
            tester.say(access_request()).await;
            let (mut replied, mut told) = (false, false);
            while !(replied && told) {
                match tester.heard_any().await {
                    (1, control) => told |= id(&control).is_string(),
                    (_, data) => replied |= is_reply(&data, counter),
                }
            }
            tester.took(0.0, 10.0);
        }
    });
}

fn amdata_003() {
    run(async {
        let ((_one, mut asking), (_other, mut silent)) = (asked().await, asked().await);
        // It has a reply for whoever asks, and something to ask of its own.
        asking.say_json(2, discovery(1)).await;
        reply(&mut asking, 1).await;
        asking.took(0.0, 10.0);
        let own = silent.heard_json(2).await;
        assert_eq!(function(&own), Some(DISCOVERY));
        silent.took(0.0, 12.0);
        asking.say_json(2, discovery(2)).await;
        reply(&mut asking, 2).await;
        silent.answers().await;
    });
}

fn amdata_004() {
    run(async {
        let mut device = Device::with("ask_access_methods = false", &["--no-mdns"]);
        let [mut client, mut server] = device.both_roles().await;
        tokio::join!(is_never_asked(&mut client), is_never_asked(&mut server));
    });
}

async fn is_never_asked(tester: &mut Tester) {
    tester.through_pin().await;
    tester.is_silent_for(at_most(50, 120)).await;
    assert!(tester.answers().await.is_string());
}

/// A tester that was asked for its access methods and has not told them.
async fn asked() -> (Wallbox, Tester) {
    let wallbox = Wallbox::start();
    let mut tester = wallbox.served().await;
    tester.through_pin().await;
    assert_eq!(tester.heard().await, access_request());
    (wallbox, tester)
}

const DISCOVERY: &str = "nodeManagementDetailedDiscoveryData";

/// A SPINE datagram that asks what the device consists of.
fn discovery(counter: u64) -> Value {
    let address = json!([{ "entity": [0] }, { "feature": 0 }]);
    json!({ "data": [{ "header": [{ "protocolId": "ee1.0" }] }, { "payload": { "datagram": [
        { "header": [
            { "specificationVersion": "1.3.0" },
            { "addressSource": address },
            { "addressDestination": address },
            { "msgCounter": counter },
            { "cmdClassifier": "read" },
        ] },
        { "payload": [{ "cmd": [[{ DISCOVERY: [] }]] }] },
    ] } }] })
}

/// Hears the reply to a datagram; the device asks this and that in between.
async fn reply(tester: &mut Tester, counter: u64) {
    while !is_reply(&tester.heard_json(2).await, counter) {}
}

fn is_reply(data: &Value, counter: u64) -> bool {
    let header = |name| field(&datagram(data)[0], "header", name);
    let refers = header("msgCounterReference") == counter;
    refers && header("cmdClassifier") == "reply" && function(data) == Some(DISCOVERY)
}

fn datagram(data: &Value) -> &Value {
    &field(data, "data", "payload")["datagram"]
}

/// What a datagram is about.
fn function(data: &Value) -> Option<&str> {
    let command = field(&datagram(data)[1], "payload", "cmd")[0].as_array()?;
    command.last()?.as_object()?.keys().next().map(String::as_str)
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        ProtocolState,
        handshake::{Event, Remark, Role, Settings, Trust},
    };

    use super::super::support::virtual_time::*;

    const ROLES: [Role; 2] = [Role::Client, Role::Server];

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn amdata_001() {
        let mut bench = Bench::in_access(trusting(Role::Server));
        assert_eq!(bench.heard(), access_request());
        bench.say(data(r#"{"datagram":[]}"#));
        assert_eq!(bench.log.data(), [r#"{"datagram":[]}"#]);
        bench.with(|dut, now| dut.send_data(now, data_of("1"))).unwrap();
        assert_eq!(bench.heard(), data("1"));
        bench.pass(secs(8));
        bench.say(access_methods("peer"));
        assert!(bench.log.events.contains(&Event::PeerShipId(ship_id("peer"))));
        bench.pass(secs(60));
        assert!(bench.log.remarks().is_empty() && bench.log.closed.is_none());
    }

    pub fn amdata_002() {
        let mut bench = Bench::in_access(trusting(Role::Client));
        assert_eq!(bench.heard(), access_request());
        for n in 0..5 {
            bench.say(data(&n.to_string()));
            bench.say(access_request());
            assert_eq!(bench.heard(), own_access_methods());
        }
        assert_eq!(bench.log.data(), ["0", "1", "2", "3", "4"]);
    }

    pub fn amdata_003() {
        let mut bench = Bench::in_access(trusting(Role::Client));
        assert_eq!(bench.heard(), access_request());
        assert!(bench.dut.can_send());
        bench.with(|dut, now| dut.send_data(now, data_of("1"))).unwrap();
        assert_eq!(bench.heard(), data("1"));
        assert_eq!(bench.state(), ProtocolState::Complete);
        // The answer never comes: told, and nothing else.
        bench.pass(secs(10));
        assert_eq!(bench.log.remarks(), [&Remark::NoAccessMethods(secs(10))]);
        assert!(bench.log.closed.is_none());
    }

    pub fn amdata_004() {
        for role in ROLES {
            let mut settings = trusting(role);
            settings.ask_access_methods = false;
            let mut bench = Bench::in_access(settings);
            assert!(bench.log.numbers().ends_with(&[31, 37, 38]));
            bench.pass(secs(120));
            assert!(bench.is_silent() && bench.log.closed.is_none());
            bench.say(access_request());
            assert_eq!(bench.heard(), own_access_methods());
        }
    }
}
