//! `hub run --metrics-listen`: the metrics over HTTP, asked for by whoever reaches the port.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
};

use crate::kit::{Home, Hub, PATIENCE};

/// A hub, and where its metrics are.
fn hub(home: &Home) -> (Hub, String) {
    let mut hub = home.hub(&["--metrics-listen", "0"]);
    let line = hub.wait_for_log("metrics at http://");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    (hub, address)
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// All that is answered to this.
fn answer(address: &str, request: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: hub\r\nAccept: */*\r\n\r\n";

#[test]
fn prometheus_gets_the_metrics_and_nobody_anything_else() {
    let home = Home::new();
    let (_hub, address) = hub(&home);
    let told = answer(&address, GET);
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Content-Type: text/plain; version=0.0.4"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    assert!(body.contains("\nshipctl_connection_limit 10\n"), "{body}");
    assert_eq!(home.run(&["metrics"]).done().out, body, "the same as on the command line");
    let head_only = answer(&address, b"HEAD /metrics HTTP/1.0\r\n\r\n");
    assert!(head_only.starts_with("HTTP/1.1 200 OK\r\n"), "{head_only}");
    assert!(head_only.ends_with("\r\n\r\n"), "{head_only}");
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404"),
        ("GET /metrics/../etc HTTP/1.1\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "405"),
        ("\x16\x03\x01\x02\x00\x01\x00\x01", "400"),
        ("what is this\r\n\r\n", "400"),
    ] {
        let told = answer(&address, request.as_bytes());
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {told}");
    }
    let endless = [b"GET /metrics HTTP/1.1\r\nA: ".as_slice(), &[b'a'; 100_000]].concat();
    let told = answer(&address, &endless);
    assert!(told.starts_with("HTTP/1.1 431 "), "{told}");
}

#[test]
fn whoever_only_waits_is_cut_and_keeps_nobody_out() {
    let home = Home::new();
    let (_hub, address) = hub(&home);
    let mut first = connect(&address);
    first.write_all(b"GET /metr").unwrap();
    // More than there is room for: the oldest make room.
    let mut waiting: Vec<TcpStream> = (0..100).map(|_| connect(&address)).collect();
    assert!(answer(&address, GET).starts_with("HTTP/1.1 200 OK\r\n"));
    let mut rest = Vec::new();
    // A reset, or an end without a word.
    let _ = first.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    // The latest is cut as well, in its time.
    let _ = waiting.last_mut().unwrap().read_to_end(&mut rest);
    assert_eq!(rest, b"");
    // Whoever asks and reads nothing holds up nobody.
    let deaf = connect(&address);
    (&deaf).write_all(GET).unwrap();
    deaf.shutdown(Shutdown::Write).unwrap();
    assert!(answer(&address, GET).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn many_may_ask_at_the_same_time() {
    let home = Home::new();
    let (_hub, address) = hub(&home);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..20).all(|_| answer(&address, GET).contains("200 OK"))))
            .collect();
        assert!(all.into_iter().all(|one| one.join().unwrap()));
    });
}

#[test]
fn the_port_ends_with_the_hub() {
    let home = Home::new();
    let (hub, address) = hub(&home);
    let _waiting = connect(&address);
    home.run(&["shutdown"]).done();
    let (code, log) = hub.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_port_in_use_is_told_with_who_has_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = home.run(&["hub", "run", "--no-mdns", "--port", "0", "--metrics-listen", &port]);
    ran.failed(74, &format!("port {port} is in use by")).failed(74, "--metrics-listen");
    assert!(ran.err.contains(&format!("(process {})", std::process::id())), "{ran:?}");
    assert!(!home.state().join("identity.json").exists(), "nothing was begun");
    home.run(&["hub", "run", "--metrics-listen", "hub.local:1"]).failed(2, "192.168.1.5:9712");
}
