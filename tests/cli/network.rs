//! Addresses that do not answer as they should, and our own port.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use serde_json::Value;

use super::kit::*;

#[test]
fn a_port_in_use_is_named_with_its_process() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Shipctl::new().run(&[
        "--no-mdns",
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "pair",
        SKI,
        "--json",
    ]);
    ran.failed(74, &format!("port {port} is in use"));
    assert_eq!(ran.last()["code"], "TCP-05");
    assert!(ran.err.contains(&std::process::id().to_string()), "{ran:?}");
}

#[test]
fn an_address_that_refuses_is_tried_until_the_time_is_over() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let ran =
        Shipctl::new().net(&["pair", SKI, "--address", &free, "--timeout", "300ms", "--json"]);
    ran.failed(69, "refused");
    let last = ran.last();
    assert_eq!((&last["code"], &last["ski"]), (&"TCP-01".into(), &SKI.into()));
    assert_eq!(last["stage"], "TCP connection");
}

#[test]
fn an_address_that_stays_silent_is_unreachable() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let ran =
        Shipctl::new().net(&["pair", SKI, "--address", &address, "--timeout", "300ms", "--json"]);
    ran.failed(69, &address);
}

#[test]
fn a_device_that_never_shows_is_not_found() {
    let ran = Shipctl::new().net(&["pair", SKI, "--timeout", "200ms", "--json"]);
    ran.failed(68, "did not dial us");
    let last = ran.last();
    assert_eq!((&last["stage"], &last["code"]), (&"discovery".into(), &Value::Null));
    assert!(last["advice"].as_str().unwrap().contains("--address"), "{last}");
    assert!(!ran.err.contains("not seen by mDNS"), "{ran:?}");
}

#[test]
fn a_plain_http_server_ends_the_pairing_at_once() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut client in server.incoming().flatten() {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let ran = Shipctl::new().net(&["pair", SKI, "--address", &address, "--json"]);
    ran.failed(76, "not TLS");
    assert_eq!(ran.last()["code"], "TLS-02");
}
