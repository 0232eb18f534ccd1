//! `shipctl probe` with a device that is trusted: its PIN, and a connection of our hub.

use std::fs;

use serde_json::{Value, json};

use super::kit::*;

/// A boiler that wants the PIN 12345678, and us, who trust it.
struct Boiler {
    us: Shipctl,
    simulation: Running,
    ski: String,
    address: String,
}

impl Boiler {
    fn start() -> Self {
        let (us, devices) = (Shipctl::new(), Shipctl::new());
        let args = ["--no-mdns", "--json", "simulate", "boiler"];
        let mut simulation = Running::start(devices.command(&args));
        let device = simulation.wait_for("device");
        let ski = device["ski"].as_str().unwrap().to_owned();
        let trust = json!({ "version": 1, "peers": { &ski: { "since": 0 } } });
        us.write_state("trust.json", &trust.to_string());
        Self { us, simulation, ski, address: format!("127.0.0.1:{}", device["port"]) }
    }

    fn probe(&self, pin: Option<&str>) -> Ran {
        let mut args = vec!["probe", &self.ski, "--address", &self.address, "--json"];
        let file = self.us.path("pin");
        if let Some(pin) = pin {
            fs::write(&file, pin).unwrap();
            args.extend(["--pin-file", &file]);
        }
        let ran = self.us.net(&args);
        let pin = pin.unwrap_or("12345678");
        assert!(!ran.out.contains(pin) && !ran.err.contains(pin), "the PIN is shown: {ran:?}");
        ran
    }
}

#[track_caller]
fn rung(ran: &Ran, name: &str) -> Value {
    let lines = ran.json();
    let found = lines.iter().find(|line| line["event"] == "rung" && line["rung"] == name);
    found.unwrap_or_else(|| panic!("no rung {name} in {ran:?}")).clone()
}

#[test]
fn with_the_right_pin_a_probe_climbs_over_it() {
    let boiler = Boiler::start();
    let ran = boiler.probe(Some("12345678"));
    assert_eq!(ran.done().last()["outcome"], "complete", "{ran:?}");
    assert!(rung(&ran, "pin").to_string().contains("our PIN was right"), "{ran:?}");
    assert_eq!(rung(&ran, "close")["verdict"], "ok");
    drop(boiler.simulation);
}

#[test]
fn without_a_pin_or_with_a_wrong_one_the_pin_is_what_fails() {
    let boiler = Boiler::start();
    let ran = boiler.probe(None);
    assert_eq!((ran.code, &ran.last()["code"]), (77, &"PIN-01".into()), "{ran:?}");
    assert_eq!(rung(&ran, "pin")["verdict"], "failed");
    let ran = boiler.probe(Some("99999999"));
    assert_eq!((ran.code, &ran.last()["code"]), (77, &"PIN-02".into()), "{ran:?}");
    assert_eq!(rung(&ran, "access_methods")["verdict"], "not_reached");
    drop(boiler.simulation);
}

#[test]
fn a_pin_that_is_none_and_one_for_nobody_are_refused_before_anything_is_dialled() {
    let boiler = Boiler::start();
    let file = boiler.us.path("pin");
    fs::write(&file, "12345").unwrap();
    let ran = boiler.us.net(&["probe", &boiler.ski, "--pin-file", &file]);
    ran.failed(2, "pin");
    fs::write(&file, "12345678").unwrap();
    let ran = boiler.us.net(&["probe", &boiler.address, "--pin-file", &file]);
    ran.failed(2, "a PIN is sent only to a device whose SKI is given");
    drop(boiler.simulation);
}

/// Asked for, the connection of our hub is risked: the device sees our SKI a second time.
#[test]
fn whoever_wants_to_disturb_climbs_beside_the_connection_of_our_hub() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (own, ski) = (us.ski(), device.ski());
    let mut listening = device.start(&["listen", "--accept", &own]);
    let address = listening.address();
    let mut hub = us.start(&["hub", "run"]);
    hub.wait_for("started");
    us.run(&["register", &ski, "--address", &address]).done();
    hub.wait_for("completed");
    let ran = us.net(&["probe", &ski, "--disturb", "--json"]);
    // Which of the two it keeps is the device's business; that it was dialled counts.
    for name in ["tcp", "tls", "certificate"] {
        let rung = rung(&ran, name);
        assert_eq!((&rung["verdict"], &rung["by_hub"]), (&"ok".into(), &false.into()), "{ran:?}");
    }
    assert_ne!(ran.last()["outcome"], "connected", "{ran:?}");
    // Whatever became of its connection, the hub has one again.
    let connected = || {
        let status = us.run(&["status", "--json"]);
        status.last()["hub"]["peers"][0]["state"] == "Completed"
    };
    let began = std::time::Instant::now();
    while !connected() {
        assert!(began.elapsed() < DEADLINE, "the hub is not connected again: {ran:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    hub.signal("INT");
    hub.end();
}
