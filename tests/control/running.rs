//! `shipctl hub run`: from the start to the end, with the signals between them.

use std::{
    fs,
    os::unix::net::{UnixDatagram, UnixStream},
};

use serde_json::{Value, json};
use shipctl::proto::Ski;

use crate::kit::{Client, Home, Hub, PATIENCE};

#[test]
fn it_ends_in_order_by_signal_or_request_with_exit_code_0() {
    let home = Home::new();
    for end in ["TERM", "INT", "shutdown"] {
        let hub = home.hub(&[]);
        match end {
            "shutdown" => {
                let ran = home.run(&["shutdown", "--json"]);
                assert_eq!(ran.done().last()["forced"], false);
            }
            signal => hub.signal(signal),
        }
        let (code, log) = hub.end();
        assert_eq!(code, Some(0), "{end}: {log}");
        assert!(!home.socket().exists(), "{end}");
    }
    home.run(&["shutdown"]).failed(66, "no hub runs").failed(66, "shipctl hub run");
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_reloads_and_stops() {
    let home = Home::new();
    let path = home.temp.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut text = [0; 4096];
        let length = manager.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    let mut command = home.hub_command(&[]);
    let hub = Hub::start({
        command.env("NOTIFY_SOCKET", &path);
        command
    });
    assert_eq!(told(), "READY=1\n");
    hub.signal("HUP");
    let reloading = told();
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading:?}");
    assert_eq!(told(), "READY=1\n");
    hub.signal("TERM");
    assert_eq!(told(), "STOPPING=1\n");
    assert_eq!(hub.end().0, Some(0));
}

#[test]
fn a_hangup_reloads_the_configuration_and_a_bad_one_changes_nothing() {
    let home = Home::new();
    let path = home.write("config.toml", "max_connections = 3\n");
    let mut hub = home.hub(&[]);
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    fs::write(&path, "max_connections = 4\n").unwrap();
    hub.signal("HUP");
    hub.wait_for_log("at most 4 connections");
    assert_eq!(client.wait_for("limit")["limit"], 4);
    fs::write(&path, "max_connections = 5\nmax_conections = 6\n").unwrap();
    hub.signal("HUP");
    let line = hub.wait_for_log("ERROR");
    assert!(
        line.contains("line 2: max_conections: no such setting")
            && line.contains("stays as it was"),
        "{line}"
    );
    fs::write(&path, "max_connections = 7\n").unwrap();
    hub.signal("HUP");
    assert_eq!(client.wait_for("limit")["limit"], 7, "and no 5 before it");
}

#[test]
fn a_hangup_has_a_hub_follow_every_setting_that_one_can_follow_while_it_runs() {
    let (a, b) = (Home::new(), Home::new());
    let path = a.write("config.toml", "double_connection = 'initiator'\n");
    let (mut hub_a, hub_b) = (a.hub(&[]), b.hub(&[]));
    let rule = || a.client().order(json!({ "do": "status" }))["hub"]["double_connection"].clone();
    assert_eq!(rule(), "initiator");
    let text = "double_connection = 'most-recent'\nask_access_methods = false\nspine = false\n\
                tls_suites = ['cbc']\nmax_handshakes = 7\nmax_message_kib = 256\n";
    fs::write(&path, text).unwrap();
    hub_a.signal("HUP");
    let line = hub_a.wait_for_log("was read again");
    for told in text.lines() {
        assert!(line.contains(&told.replace('\'', "\"")), "{told} in {line}");
    }
    assert_eq!(rule(), "most-recent");
    // Connections to come follow it, whoever dials.
    let mut at_b = b.client();
    at_b.order(json!({ "do": "watch" }));
    let addresses = [hub_a.address()];
    a.client().order(json!({ "do": "register", "ski": hub_b.ski }));
    at_b.order(json!({ "do": "register", "ski": hub_a.ski, "addresses": addresses }));
    at_b.wait_for("completed");
    let status = a.client().order(json!({ "do": "status" }));
    let peer = &status["hub"]["peers"][0];
    let suite = peer["connection"]["transport"]["cipher_suite"].as_str().unwrap();
    assert!(suite.ends_with("WITH_AES_128_CBC_SHA256"), "{suite}");
    assert_eq!((&peer["ship_id"], &peer["offers"]), (&Value::Null, &Value::Null), "{peer}");
}

#[test]
fn a_hangup_names_what_counts_with_the_next_start_only() {
    let home = Home::new();
    let path = home.write("config.toml", "mdns_port = 5999\n");
    let mut hub = home.hub(&[]);
    fs::write(&path, "log_file = '/nowhere/log'\ncolor = 'never'\n").unwrap();
    hub.signal("HUP");
    let first = hub.wait_for_log("WARN");
    assert!(first.contains("mdns_port = 5353 counts with the next start"), "{first}");
    let second = hub.wait_for_log("WARN");
    assert!(second.contains("log_file = \"/nowhere/log\" counts with the next start"), "{second}");
    fs::write(&path, "mdns_port = 5999\nport = 1\n").unwrap();
    hub.signal("HUP");
    hub.wait_for_log("was read again");
    hub.signal("TERM");
    let (_, log) = hub.end();
    assert_eq!(log.matches("WARN").count(), 2, "it is as it began, and --port counts: {log}");
}

#[test]
fn a_bad_configuration_at_the_start_ends_it_with_78_and_names_the_line() {
    let home = Home::new();
    home.write("config.toml", "# many\nmax_connections = 'many'\n");
    let ran = home.run(&["hub", "run", "--no-mdns", "--port", "0", "--json"]);
    ran.failed(78, "config.toml: line 2: ").failed(78, "hint: ");
    assert_eq!(ran.last()["exit"], 78);
    let missing = home.run(&["hub", "run", "--config", "/nowhere/shipctl.toml"]);
    missing.failed(78, "/nowhere/shipctl.toml");
}

#[test]
fn the_log_has_no_colour_and_in_the_journal_no_times() {
    let home = Home::new();
    home.run(&["identity", "show"]).done();
    let hub = home.hub(&[]);
    hub.signal("TERM");
    let (_, log) = hub.end();
    assert!(!log.contains('\x1b') && log.starts_with("20"), "{log}");
    let mut command = home.hub_command(&[]);
    command.env("JOURNAL_STREAM", "8:1");
    let hub = Hub::start(command);
    hub.signal("TERM");
    let (_, log) = hub.end();
    assert!(log.trim_start().starts_with("INFO"), "{log}");
}

#[test]
fn two_hubs_find_each_other_again_by_themselves() {
    let (a, b) = (Home::new(), Home::new());
    let (hub_a, hub_b) = (a.hub(&[]), b.hub(&[]));
    let (mut at_a, mut at_b) = (a.client(), b.client());
    at_a.order(json!({ "do": "watch" }));
    at_b.order(json!({ "do": "watch" }));
    at_b.order(json!({ "do": "register", "ski": hub_a.ski }));
    let addresses = [hub_b.address()];
    at_a.order(json!({ "do": "register", "ski": hub_b.ski, "addresses": addresses }));
    at_a.wait_for("completed");
    assert_eq!(at_b.wait_for("completed")["ski"], hub_a.ski);
    let ski_b = hub_b.ski.clone();
    // A is started again, and nobody tells it anything.
    hub_a.signal("TERM");
    assert_eq!(hub_a.end().0, Some(0));
    at_b.wait_for("ended");
    let hub_a = a.hub(&[]);
    let again = at_b.wait_for("completed");
    assert_eq!(again["ski"], hub_a.ski);
    let kept: Value = serde_json::from_str(&a.trust().to_json()).unwrap();
    assert!(kept["peers"][&ski_b]["last_seen"].is_i64(), "{kept}");
}

#[test]
fn a_device_that_hangs_does_not_keep_it_and_a_second_signal_ends_it_at_once_with_1() {
    let (a, b) = (Home::new(), Home::new());
    let hub_b = b.hub(&[]);
    for (signals, exit) in [(1, 0), (2, 1)] {
        let hub_a = a.hub(&[]);
        let mut at_a = a.client();
        at_a.order(json!({ "do": "watch" }));
        b.client().order(json!({ "do": "register", "ski": hub_a.ski }));
        let addresses = [hub_b.address()];
        at_a.order(json!({ "do": "register", "ski": hub_b.ski, "addresses": addresses }));
        at_a.wait_for("completed");
        hub_b.signal("STOP");
        hub_a.signal("TERM");
        at_a.wait_until("phase_began", |event| event["phase"] == "close");
        if signals == 2 {
            hub_a.signal("TERM");
        }
        // In order or cut short, whoever watches is told before the stream ends.
        assert_eq!(at_a.wait_for("shut_down")["forced"], signals == 2);
        let (code, log) = hub_a.end();
        assert_eq!(code, Some(exit), "{log}");
        assert_eq!(log.contains("a second signal"), signals == 2, "{log}");
        hub_b.signal("CONT");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_hub_whose_output_nobody_reads_serves_and_ends_all_the_same() {
    let home = Home::new();
    let (_reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, &[b'\n'; 64 << 10]).unwrap();
    let mut command = home.hub_command(&["-vv"]);
    // The log too: nothing more fits.
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    let mut client = loop {
        match UnixStream::connect(home.socket()) {
            Ok(stream) => break Client::new(stream),
            Err(_) => assert!(child.try_wait().unwrap().is_none(), "it ended"),
        }
        std::thread::yield_now();
    };
    for n in 1..100 {
        client.order(json!({ "do": "register", "ski": Ski::from_bytes([n; 20]) }));
    }
    crate::support::signal::send(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
