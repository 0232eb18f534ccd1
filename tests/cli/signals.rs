//! Ctrl-C, SIGTERM and SIGHUP, at every stage.

use std::net::TcpListener;

use serde_json::Value;

use super::{
    kit::*,
    peer::{Instead::*, Peer, Stage::*},
};

/// The signal, what it does to the exit code, and its name.
const ALL: [(&str, i32, &str); 3] =
    [("INT", 130, "interrupted"), ("TERM", 143, "terminated"), ("HUP", 129, "hung_up")];

#[test]
fn a_signal_while_nothing_is_connected_ends_with_its_exit_code() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    for (signal, code, outcome) in ALL {
        for (more, event) in
            [(&[][..], "registered"), (&["--address", &address], "attempt_started")]
        {
            let shipctl = Shipctl::new();
            let mut running = shipctl.start(&[&["pair", SKI][..], more].concat());
            running.wait_for(event);
            running.signal(signal);
            let ran = running.end();
            assert_eq!((ran.code, &ran.last()["outcome"]), (code, &outcome.into()), "{ran:?}");
            assert!(!shipctl.state().join("trust.json").exists());
        }
    }
}

#[test]
fn a_signal_while_the_device_is_pending_aborts_the_hello() {
    for (signal, code, _) in ALL {
        let (shipctl, peer) = (Shipctl::new(), Peer::ship(Hello, Pending));
        let mut running = shipctl.start(&["pair", &peer.ski, "--address", &peer.address]);
        running.wait_until("its hello", |line| line["peer_trusts"] == false);
        running.signal(signal);
        peer.hears("aborted");
        peer.hears("close 4452");
        assert_eq!(running.end().code, code);
    }
}

#[test]
fn a_signal_while_a_connection_is_kept_announces_the_close() {
    for (signal, code, outcome) in ALL {
        let (shipctl, peer) = (Shipctl::new(), Peer::ship(Data, Nothing));
        let mut running = shipctl.start(&["pair", &peer.ski, "--address", &peer.address, "--keep"]);
        running.wait_for("completed");
        running.signal(signal);
        let announced = peer.hears("connectionClose");
        assert!(announced.contains("announce") && announced.contains("maxTime"), "{announced}");
        peer.hears("close 4001");
        let ran = running.end();
        assert_eq!((ran.code, &ran.last()["outcome"]), (code, &outcome.into()), "{ran:?}");
        assert!(shipctl.read_state("trust.json").contains(&peer.ski), "what was paired stays so");
    }
}

#[test]
fn two_programs_part_in_order() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski]);
    let address = listening.address();
    let mut keeping = a.start(&["pair", &b_ski, "--address", &address, "--keep"]);
    keeping.wait_for("completed");
    keeping.signal("INT");
    assert_eq!(keeping.end().code, 130);
    let ended = listening.wait_for("ended");
    assert_eq!(ended["code"], Value::Null, "the close was announced: {ended}");
}

#[test]
fn a_second_signal_does_not_wait_for_a_peer_that_never_answers() {
    for (first, second, code) in [("INT", "INT", 130), ("TERM", "INT", 130), ("INT", "TERM", 143)] {
        let (shipctl, peer) = (Shipctl::new(), Peer::ship(Data, Silence));
        let mut running = shipctl.start(&["pair", &peer.ski, "--address", &peer.address, "--keep"]);
        running.wait_for("completed");
        running.signal(first);
        running.wait_for("shutting_down");
        running.signal(second);
        let ran = running.end();
        assert_eq!(ran.code, code, "{ran:?}");
        // In order, the end of the connection would have been told.
        assert!(ran.json().iter().all(|line| line["event"] != "ended"), "{ran:?}");
    }
}

#[test]
fn who_is_told_to_ignore_hangups_goes_on_when_the_terminal_is_gone() {
    let shipctl = Shipctl::new();
    let outside = shipctl.command(&[&NETWORK[..], &["listen", "--auto-accept", "--json"]].concat());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", r#"trap "" HUP; exec "$@""#, "sh"]);
    command.arg(outside.get_program()).args(outside.get_args());
    let mut running = Running::start(program(command));
    running.wait_for("auto_accept");
    running.signal("HUP");
    running.signal("TERM");
    let ran = running.end();
    assert_eq!((ran.code, &ran.last()["outcome"]), (143, &"terminated".into()), "{ran:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_goodbye_is_said_on_the_way_out() {
    use shipctl::mdns::daemon::MdnsEvent;

    for (signal, code, _) in ALL {
        let (world, shipctl) = (super::mdns::World::new(), Shipctl::new());
        let instance = format!("shipctl-{}", &shipctl.ski()[..16]);
        let mut watcher = world.node();
        let running = world.start(&shipctl, &["listen", "--auto-accept=10m", "--json"]);
        watcher.sees(
            "the announcement",
            |event| matches!(event, MdnsEvent::Seen(service) if service.instance == instance),
        );
        running.signal(signal);
        watcher.sees(
            "the goodbye",
            |event| matches!(event, MdnsEvent::Gone { instance: gone } if *gone == instance),
        );
        assert_eq!(running.end().code, code);
    }
}
