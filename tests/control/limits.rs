//! Limits that a hangup changes, as who is at the other end of the wire meets them.

use std::{
    fs,
    io::{ErrorKind, Read},
    net::TcpStream,
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    kit::{Home, Hub, PATIENCE},
    support::tester::{Papers, Tester, run},
};

/// Has the hub read its configuration again, with this in it.
fn reload(hub: &mut Hub, path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    hub.signal("HUP");
    hub.wait_for_log("was read again");
}

#[test]
fn a_hangup_lets_fewer_handshakes_run_at_a_time() {
    let home = Home::new();
    let path = home.write("config.toml", "");
    let mut hub = home.hub(&[]);
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    let silent = || TcpStream::connect(hub.address()).unwrap();
    let (mut first, second) = (silent(), silent());
    reload(&mut hub, &path, "max_handshakes = 1\n");
    let third = TcpStream::connect(hub.address()).unwrap();
    let is_crowded = |event: &Value| event["message"].as_str().unwrap().contains("too many");
    let failed = client.wait_until("inbound_failed", is_crowded);
    assert_eq!(failed["code"], "TLS-05", "{failed}");
    assert_eq!(failed["remote"], first.local_addr().unwrap().to_string(), "the oldest goes");
    first.set_read_timeout(Some(PATIENCE)).unwrap();
    match first.read(&mut [0]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("it still stands: {other:?}"),
    }
    drop((second, third));
}

#[test]
fn a_hangup_makes_the_largest_message_of_connections_to_come_smaller() {
    const DATA: u8 = 2;
    let data = json!({ "data": [
        { "header": [{ "protocolId": "ee1.0" }] },
        { "payload": "x".repeat(300 << 10) },
    ] });
    let home = Home::new();
    let path = home.write("config.toml", "max_message_kib = 1024\n");
    let mut hub = home.hub(&["--no-spine"]);
    let address = hub.address().parse().unwrap();
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    run(async {
        let (stands, comes) = (Papers::new(), Papers::new());
        for ski in [stands.ski, comes.ski] {
            client.order(json!({ "do": "register", "ski": ski.to_string() }));
        }
        let mut stands = Tester::dial(address, &stands).await.complete().await;
        stands.say_json(DATA, data.clone()).await;
        stands.answers().await;
        reload(&mut hub, &path, "max_message_kib = 256\n");
        let mut comes = Tester::dial(address, &comes).await.complete().await;
        comes.say_json(DATA, data.clone()).await;
        while comes.hear().await.is_some() {}
        let ended = client.wait_for("ended");
        assert_eq!(ended["code"], "WS-05", "{ended}");
        stands.say_json(DATA, data).await;
        stands.answers().await;
    });
}
