//! `shipctl probe`: every fault with its finding, addresses of every kind within the stated time,
//! and nothing changed by it.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shipctl::devices::Fault;
use socket2::{Domain, Socket, Type};

use super::{
    kit::*,
    peer::{Instead::*, Peer, Stage::*},
};

/// Trusts these devices, as if they had been paired.
fn trust<'a>(shipctl: &Shipctl, skis: impl IntoIterator<Item = &'a str>) {
    let peer = |ski: &str| (ski.to_owned(), json!({ "since": 0 }));
    let peers: serde_json::Map<String, Value> = skis.into_iter().map(peer).collect();
    shipctl.write_state("trust.json", &json!({ "version": 1, "peers": peers }).to_string());
}

/// The rung with this name.
#[track_caller]
fn rung(ran: &Ran, name: &str) -> Value {
    let lines = ran.json();
    let found = lines.iter().find(|line| line["event"] == "rung" && line["rung"] == name);
    found.unwrap_or_else(|| panic!("no rung {name} in {ran:?}")).clone()
}

#[track_caller]
fn verdicts(ran: &Ran) -> Vec<String> {
    let rungs = ran.json().into_iter().filter(|line| line["event"] == "rung");
    rungs.map(|line| line["verdict"].as_str().unwrap().to_owned()).collect()
}

/// With which code a probe of each fault ends is held by `tests/lab`; here, that it leaves no trace.
#[test]
fn whatever_the_fault_a_probe_changes_neither_trust_nor_identity() {
    let (devices, us) = (Shipctl::new(), Shipctl::new());
    let own = us.ski();
    let faults = Fault::ALL.iter().flat_map(|fault| ["--fault", fault.name()]);
    let mut args = vec!["--no-mdns", "--json", "simulate"];
    args.extend(faults);
    let mut simulation = Running::start(devices.command(&args));
    let started: Vec<(String, String)> = Fault::ALL
        .iter()
        .map(|_| {
            let device = simulation.wait_for("device");
            let address = format!("127.0.0.1:{}", device["port"]);
            (device["ski"].as_str().unwrap().to_owned(), address)
        })
        .collect();
    trust(&us, started.iter().map(|(ski, _)| ski.as_str()));
    let before = us.read_state("trust.json");
    let probe = |(ski, address): &(String, String)| {
        let ran = us.net(&["probe", ski, "--address", address, "--timeout", "5s", "--json"]);
        assert_eq!(ran.last()["event"], "result", "{ran:?}");
    };
    // Those that are silent are waited for: many at a time.
    for batch in started.chunks(12) {
        thread::scope(|scope| batch.iter().for_each(|it| drop(scope.spawn(|| probe(it)))));
    }
    assert_eq!(us.read_state("trust.json"), before, "a probe changed who is trusted");
    assert_eq!(us.ski(), own);
}

#[test]
fn the_exit_code_and_the_stage_are_those_of_the_rung_that_failed() {
    for (stage, instead, exit, code, name) in [
        (Init, Text, 65, "WS-04", "connection mode initialisation"),
        (Hello, Aborted, 77, "HEL-03", "hello"),
        (Hello, Close(4452, "no"), 77, "HEL-02", "hello"),
    ] {
        let (us, peer) = (Shipctl::new(), Peer::ship(stage, instead));
        let ran = us.net(&["probe", &peer.ski, "--address", &peer.address, "--json"]);
        let last = ran.last();
        assert_eq!(
            (ran.code, &last["code"], &last["stage"]),
            (exit, &code.into(), &name.into()),
            "{ran:?}"
        );
        assert!(last["advice"].as_str().is_some_and(|it| !it.is_empty()), "{last}");
    }
}

/// Ends within the time it stated, and long before.
#[track_caller]
fn in_time(address: SocketAddr, exit: i32, code: &str) {
    let began = Instant::now();
    let address = address.to_string();
    let ran = Shipctl::new().net(&["probe", &address, "--timeout", "1s", "--json"]);
    let took = began.elapsed();
    let stated = ran.json().iter().find_map(|line| line["ends_within_ms"].as_u64()).unwrap();
    assert_eq!(stated, 11_000, "six rungs and the leave");
    assert!(took < Duration::from_millis(stated), "{took:?} for {ran:?}");
    assert_eq!((ran.code, &ran.last()["code"]), (exit, &code.into()), "{ran:?}");
}

#[test]
fn an_address_that_refuses_ends_in_time() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    in_time(free, 69, "TCP-01");
}

#[test]
fn an_address_that_is_silent_ends_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    in_time(silent.local_addr().unwrap(), 69, "TCP-03");
}

/// A listener whose queue is full: the system answers nobody more.
#[test]
#[cfg(target_os = "linux")]
fn an_address_that_is_unreachable_ends_in_time() {
    let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    full.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let _waiting: Vec<Socket> = (0..4)
        .map(|_| {
            let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            let _ = client.connect(&address.into());
            client
        })
        .collect();
    in_time(address, 69, "TCP-02");
}

/// A byte now and then: something always comes, and never anything whole.
#[test]
fn an_address_that_is_slow_ends_in_time() {
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = slow.local_addr().unwrap();
    thread::spawn(move || {
        for mut client in slow.incoming().flatten() {
            thread::spawn(move || {
                let hello = [0x16, 3, 3, 0x3f, 0xff];
                for byte in hello.into_iter().chain(std::iter::repeat(2)) {
                    if client.write_all(&[byte]).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            });
        }
    });
    in_time(address, 69, "TCP-03");
}

#[test]
fn a_device_that_talks_for_ever_at_one_rung_ends_in_time() {
    let peer = Peer::ship(Hello, Silence);
    in_time(peer.address.parse().unwrap(), 76, "MSG-02");
}

#[test]
fn every_address_is_tried_and_the_ladder_goes_on_at_the_one_that_works() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let own = us.ski();
    let args = ["--no-mdns", "--port", "0", "--bind", "127.0.0.2", "--json", "listen", "--accept"];
    let mut listening = Running::start(device.command(&[&args[..], &[&own]].concat()));
    let port = listening.wait_for("started")["port"].to_string();
    let ski = device.ski();
    let [bad, good] = ["127.0.0.1", "127.0.0.2"].map(|ip| format!("{ip}:{port}"));
    for [first, second] in [[&bad, &good], [&good, &bad]] {
        let ran = us.net(&["probe", &ski, "--address", first, "--address", second, "--json"]);
        let last = ran.last();
        assert_eq!((ran.code, &last["code"]), (0, &"HEL-04".into()), "{ran:?}");
        let codes: Vec<(&Value, &Value)> = last["addresses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (&it["address"], &it["code"]))
            .collect();
        let of = |it: &String| codes.iter().find(|(address, _)| **address == **it).unwrap().1;
        assert_eq!((of(&bad), of(&good)), (&"TCP-01".into(), &Value::Null), "{last}");
    }
}

#[test]
fn with_a_device_that_is_trusted_it_goes_to_the_top() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (own, ski) = (us.ski(), device.ski());
    let mut listening = device.start(&["listen", "--accept", &own]);
    let address = listening.address();
    trust(&us, [ski.as_str()]);
    let ran = us.net(&["probe", &ski, "--address", &address, "--json"]);
    assert_eq!((ran.done().last()["outcome"].as_str(), ran.code), (Some("complete"), 0));
    assert_eq!(verdicts(&ran)[2..], ["ok"; 10], "{ran:?}");
    let access = rung(&ran, "access_methods");
    assert!(access["evidence"][0].as_str().unwrap().starts_with("SHIP ID shipctl-"), "{access}");
    let close = rung(&ran, "close").to_string();
    assert!(close.contains("ping") && close.contains("announced and confirmed"), "{close}");
    listening.wait_for("completed");
    assert_eq!(listening.wait_for("ended")["code"], Value::Null, "it was closed in order");
}

#[test]
fn a_stranger_is_left_at_the_hello_and_can_be_paired_with_afterwards() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (own, ski) = (us.ski(), device.ski());
    let mut listening = device.start(&["listen", "--accept", &own]);
    let address = listening.address();
    let ran = us.net(&["probe", &ski, "--address", &address, "--json"]);
    assert_eq!(ran.done().last()["outcome"], "not_paired");
    assert_eq!(rung(&ran, "hello")["findings"][0]["code"], "HEL-04");
    assert_eq!(rung(&ran, "protocol")["verdict"], "not_reached");
    assert!(rung(&ran, "close").to_string().contains("announced and confirmed"), "{ran:?}");
    assert!(!us.state().join("trust.json").exists(), "a probe trusts nobody");
    let ended = listening.wait_for("ended");
    assert!(["nothing", "retry"].iter().any(|it| ended["next"] == *it), "no refusal: {ended}");
    us.net(&["pair", &ski, "--address", &address]).done();
}

#[test]
fn people_are_told_the_same_rung_by_rung() {
    let (us, peer) = (Shipctl::new(), Peer::ship(Hello, Pending));
    let ran = us.net(&["probe", &peer.address]);
    for said in ["ok     TCP", "remark hello", "-      protocol", "its dials", "conclusion  HEL-04"]
    {
        assert!(ran.done().out.contains(said), "{said:?} is not in {}", ran.out);
    }
    assert!(ran.err.contains("10 s a rung; ends within 65 s"), "{}", ran.err);
    assert!(ran.out.lines().filter(|line| line.contains("not reached")).count() == 3, "{ran:?}");
}

#[test]
fn many_probes_are_summed_up() {
    let (us, peer) = (Shipctl::new(), Peer::ship_for(2, Hello, Aborted));
    let many = ["--repeat", "4", "--pause", "200ms", "--timeout", "2s", "--json"];
    let probe = ["probe", &peer.ski, "--address", &peer.address];
    let ran = us.net(&[&probe[..], &many].concat());
    let last = ran.last();
    assert_eq!((ran.code, &last["outcome"]), (1, &"mixed".into()), "{ran:?}");
    assert_eq!(last["runs"], 4);
    let codes: Vec<_> =
        last["conclusions"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert!(codes.contains(&&json!("HEL-03")) && codes.len() == 2, "{last}");
    let cmi = last["rungs"].as_array().unwrap().iter().find(|it| it["rung"] == "cmi").unwrap();
    assert_eq!(cmi["held"], 2, "{last}");
    let told = us.net(&[&probe[..], &many[..4]].concat()).out;
    assert!(told.contains("RUNG") || told.contains("4 of 4"), "{told}");
}

#[test]
fn a_signal_leaves_in_order() {
    for (signal, code, outcome) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated")] {
        let (us, peer) = (Shipctl::new(), Peer::ship(Hello, Nothing));
        let mut running = us.start(&["probe", &peer.ski, "--address", &peer.address]);
        running.wait_until("the rung before", |line| line["rung"] == "cmi");
        running.signal(signal);
        let announced = peer.hears("connectionClose");
        assert!(announced.contains("announce"), "{announced}");
        let ran = running.end();
        assert_eq!((ran.code, &ran.last()["outcome"]), (code, &outcome.into()), "{ran:?}");
    }
}

#[test]
fn a_signal_while_nothing_answers_ends_at_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let us = Shipctl::new();
    let mut running = us.start(&["probe", SKI, "--address", &address]);
    running.wait_for("probe");
    running.signal("INT");
    assert_eq!(running.end().code, 130);
}

#[test]
fn what_cannot_be_probed_is_told() {
    let us = Shipctl::new();
    let own = us.ski();
    let ran = us.net(&["probe", &own, "--json"]);
    ran.failed(2, "our own");
    assert_eq!(ran.last()["code"], "CERT-04");
    us.net(&["probe", "i:46925_u:demo"]).failed(2, "is a SHIP ID");
    us.net(&["probe", "192.168.1.20"]).failed(2, "192.168.1.20");
    us.net(&["probe", SKI]).failed(2, "--address");
    let place = ["probe", "127.0.0.1:4712"];
    us.net(&[&place[..], &["--pin-file", "/nowhere"]].concat()).failed(74, "/nowhere");
    us.net(&[&place[..], &["--timeout", "0s"]].concat()).failed(2, "longer than nothing");
    us.net(&[&place[..], &["--repeat", "0"]].concat()).failed(2, "--repeat");
    us.write_state("pin", "1234abcd");
    let file = us.state().join("pin").display().to_string();
    us.net(&[&place[..], &["--pin-file", &file]].concat()).failed(2, "whose SKI is given");
}

#[test]
fn we_are_no_device() {
    let us = Shipctl::new();
    let mut listening = us.start(&["listen", "--accept", SKI]);
    let address = listening.address();
    let ran = us.net(&["probe", &address, "--json"]);
    assert_eq!((ran.code, &ran.last()["code"]), (76, &"CERT-04".into()), "{ran:?}");
    assert_eq!(rung(&ran, "certificate")["verdict"], "failed");
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_nobody_announces_is_not_found() {
    let (world, us) = (super::mdns::World::new(), Shipctl::new());
    let ran = world.start(&us, &["probe", SKI, "--timeout", "1s", "--json"]).end();
    assert_eq!((ran.code, &ran.last()["code"]), (68, &"MDNS-01".into()), "{ran:?}");
    assert_eq!(ran.last()["stage"], "discovery");
    let node = world.node();
    node.announce(super::mdns::own(&SKI.replace("aaaa", "aaab")));
    let ran = world.start(&us, &["probe", SKI, "--timeout", "5s", "--json"]).end();
    assert_eq!((ran.code, &ran.last()["code"]), (68, &"MDNS-15".into()), "{ran:?}");
    let hint = ran.last()["advice"].as_str().unwrap().to_lowercase();
    assert!(hint.contains("did you mean") && hint.contains("5555 aaab ffff"), "{hint}");
    node.leave();
}

/// The connection of our own hub is more than a look at it.
#[test]
#[cfg(unix)]
fn a_connection_of_our_hub_is_told_about_and_not_disturbed() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (own, ski) = (us.ski(), device.ski());
    let mut listening = device.start(&["listen", "--accept", &own]);
    let address = listening.address();
    let mut hub = us.start(&["hub", "run"]);
    hub.wait_for("started");
    us.run(&["register", &ski, "--address", &address]).done();
    hub.wait_for("completed");
    for place in [ski.as_str(), address.as_str()] {
        let ran = us.net(&["probe", place, "--json"]);
        assert_eq!(ran.done().last()["outcome"], "connected", "{ran:?}");
        let (tcp, hello) = (rung(&ran, "tcp"), rung(&ran, "hello"));
        assert_eq!((&tcp["by_hub"], &hello["by_hub"]), (&false.into(), &true.into()), "{ran:?}");
        assert_eq!(ran.last()["its_dials"]["watched_by"], "hub");
    }
    let status = us.run(&["status", "--json"]);
    let peers = &status.done().last()["hub"]["peers"];
    assert_eq!(peers[0]["state"], "Completed", "{peers}");
    assert!(!listening_ended(&mut listening), "the device lost its connection");

    // A device the hub is not connected with is probed as ever.
    let stranger = Peer::ship(Hello, Pending);
    let ran = us.net(&["probe", &stranger.address, "--json"]);
    assert_eq!(ran.done().last()["code"], "HEL-04", "{ran:?}");
    hub.signal("INT");
    hub.end();
}

/// Whether the device has told the end of a connection by now.
#[cfg(unix)]
fn listening_ended(listening: &mut Running) -> bool {
    listening.signal("INT");
    let told: Vec<Value> = std::iter::from_fn(|| listening.line())
        .map(|it| serde_json::from_str(&it).unwrap())
        .collect();
    let before = told.iter().take_while(|line| line["event"] != "shutting_down");
    before.into_iter().any(|line| line["event"] == "ended")
}

/// The one who knocks is told with how far it got, though nobody lets it in.
#[test]
fn a_knock_at_our_port_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let (us, port) = (Shipctl::new(), free.port().to_string());
    let args = ["--no-mdns", "--bind", "127.0.0.1", "--port", &port, "--json", "probe"];
    let mut running =
        Running::start(us.command(&[&args[..], &[&address, "--timeout", "2s"]].concat()));
    running.wait_for("probe");
    drop(TcpStream::connect(free).unwrap());
    let ran = running.end();
    let dials = &ran.last()["its_dials"];
    assert_eq!((&dials["watched_by"], &dials["port"]), (&"probe".into(), &free.port().into()));
    assert_eq!(dials["seen"].as_array().unwrap().len(), 1, "{dials}");
}
