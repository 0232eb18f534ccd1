//! What a device offers, as whoever asks a running hub is told it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::kit::Home;

/// A simulated device on loopback, which trusts whoever asks.
struct Simulated {
    child: Child,
    ski: String,
    address: String,
}

impl Simulated {
    fn wallbox(home: &Home) -> Self {
        Self::start(home, &["wallbox"])
    }

    fn start(home: &Home, which: &[&str]) -> Self {
        let loopback = ["simulate", "--no-mdns", "--bind", "127.0.0.1", "--json"];
        let simulate = [&loopback[..], which].concat();
        let mut child =
            home.command(&simulate).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        // Nobody reads on: what is printed there must not hold it up.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let device: Value = serde_json::from_str(&line).unwrap();
        let ski = device["ski"].as_str().unwrap().to_owned();
        Self { child, ski, address: format!("127.0.0.1:{}/ship/", device["port"]) }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_a_device_offers_is_told_by_pair_status_and_the_events() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let wallbox = Simulated::wallbox(&home);
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    let pair = ["pair", &wallbox.ski, "--address", &wallbox.address, "--json"];
    let offers = home.run(&pair).done().last()["offers"].clone();
    assert_eq!(offers["device_type"], "ChargingStation");
    let names: Vec<&Value> =
        offers["use_cases"].as_array().unwrap().iter().map(|case| &case["name"]).collect();
    assert!(names.contains(&&json!("limitationOfPowerConsumption")), "{offers}");

    let told = client.wait_for("offers");
    assert_eq!(told["use_cases"], offers["use_cases"]);
    let status = home.run(&["status", "--json"]).done().last();
    assert_eq!(status["hub"]["peers"][0]["offers"], offers);
    let shown = home.run(&["status"]).done().out.clone();
    for line in [
        "ChargingStation, 1 entity, 5 features",
        "[1] EVSE",
        "limitation of power consumption · can be limited · ControllableSystem 1.0.0 · scenarios 1 2 3 4",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    // A device that is connected already has told it.
    assert_eq!(home.run(&pair).done().last()["offers"], offers);
}

#[test]
fn what_a_device_told_without_its_use_cases_is_kept_by_pair_and_status() {
    let home = Home::new();
    let hub = home.hub(&[]);
    let device = Simulated::start(&home, &["--fault", "no-use-cases"]);
    let pair = ["pair", &device.ski, "--address", &device.address];
    let last = home.run(&[&pair[..], &["--json"]].concat()).done().last();
    let offers = &last["offers"];
    assert_eq!(
        (&offers["device_type"], &offers["use_cases"]),
        (&json!("ChargingStation"), &Value::Null)
    );
    let shown = home.run(&["status"]).done().out.clone();
    for line in ["ChargingStation, 1 entity, 5 features", "it has not told its use cases"] {
        assert!(shown.contains(line), "{shown}");
    }
    drop(hub);
    // The same without a hub.
    let ran = home.run(&pair);
    let said = format!("{}{}", ran.done().out, ran.err);
    assert!(said.contains("it has not told its use cases (ChargingStation)"), "{said}");
}

#[test]
fn a_hub_that_says_nothing_in_spine_knows_nothing_and_waits_for_nothing() {
    let home = Home::new();
    home.write("config.toml", "spine = false\n");
    let _hub = home.hub(&[]);
    let wallbox = Simulated::wallbox(&home);
    let pair = ["pair", &wallbox.ski, "--address", &wallbox.address, "--json"];
    let last = home.run(&pair).done().last();
    assert_eq!((&last["outcome"], &last["offers"]), (&json!("completed"), &Value::Null));
    let status = home.run(&["status", "--json"]).done().last();
    assert_eq!(status["hub"]["peers"][0]["offers"], Value::Null);
}
