//! Pairing with a device that demands a PIN: the same with a hub and without, and whatever came first.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    kit::{Home, Ran},
    support::tester::{Papers, Tester, field, hello, run},
};

const PIN: &str = "1234abcdef";
const WRONG: &str = "feedbeef99";

/// A device that demands [`PIN`] and tells which it got.
struct Device {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: String,
    ski: String,
    /// Where its state lies, if it is ours.
    home: Option<Home>,
}

impl Device {
    fn new(us: &Home) -> Self {
        let home = Home::new();
        let own = ski(&home);
        let file = home.write("pin", PIN).display().to_string();
        let listen = ["listen", "--accept", &ski(us), "--require-pin-file", &file];
        let network = ["--no-mdns", "--bind", "127.0.0.1", "--port", "0", "--json"];
        let mut device = Self::of(home.command(&[&listen[..], &network].concat()));
        (device.ski, device.home) = (own, Some(home));
        device
    }

    /// Any command that listens and tells what happens as JSON.
    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut device =
            Self { child, lines, address: String::new(), ski: String::new(), home: None };
        device.address = format!("127.0.0.1:{}", device.wait_for("started")["port"]);
        device
    }

    #[track_caller]
    fn wait_for(&mut self, event: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended without {event:?}");
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ski(home: &Home) -> String {
    home.run(&["identity", "show", "--json"]).done().last()["ski"].as_str().unwrap().to_owned()
}

/// `pair` of a program that nobody can be asked in, with a timeout that is never reached.
fn pair(us: &Home, device: &Device, more: &[&str]) -> Ran {
    let network = ["--no-mdns", "--bind", "127.0.0.1", "--port", "0", "--json"];
    let args = ["pair", &device.ski, "--address", &device.address, "--timeout", "10m"];
    us.run(&[&args[..], &network, more].concat())
}

#[test]
fn a_missing_a_wrong_and_the_right_pin_come_to_the_same_with_and_without_a_hub() {
    for with_hub in [false, true] {
        let us = Home::new();
        let (wrong, right) = (us.write("wrong", WRONG), us.write("right", PIN));
        let (wrong, right) = (wrong.to_str().unwrap(), right.to_str().unwrap());
        let mut device = Device::new(&us);
        let _hub = with_hub.then(|| us.hub(&["--no-spine"]));
        let outcome = |more: &[&str]| {
            let ran = pair(&us, &device, more);
            let last = ran.last();
            (ran.code, last["code"].clone(), last["outcome"].clone(), last["stage"].clone())
        };
        let denied = |code: &str| (Some(77), json!(code), json!("denied"), json!("PIN check"));
        assert_eq!(outcome(&[]), denied("PIN-01"), "with a hub: {with_hub}");
        assert_eq!(outcome(&["--pin-file", wrong]), denied("PIN-02"), "with a hub: {with_hub}");
        let (code, _, outcome, _) = outcome(&["--pin-file", right]);
        assert_eq!((code, outcome), (Some(0), json!("completed")), "with a hub: {with_hub}");
        // One wrong PIN was entered once: whoever tries again with it does not meet the penalty.
        let told = device.wait_for("wrong_pin");
        assert_eq!((&told["count"], &told["penalty_ms"]), (&json!(1), &Value::Null));
        device.wait_for("right_pin");
    }
}

#[test]
fn a_device_that_waits_for_its_pin_already_gets_it_at_once() {
    let us = Home::new();
    let right = us.write("right", PIN);
    let device = Device::new(&us);
    let _hub = us.hub(&["--no-spine"]);
    let mut watch = us.client();
    watch.order(json!({ "do": "watch" }));
    us.run(&["register", &device.ski, "--address", &device.address]).done();
    watch.wait_for("pin_wanted");

    let without = pair(&us, &device, &[]);
    assert_eq!(
        (without.code, &without.last()["code"]),
        (Some(77), &json!("PIN-01")),
        "{without:?}"
    );
    // The pairing of before stays, and with it the connection that waits.
    assert_eq!(us.trust().len(), 1);
    pair(&us, &device, &["--pin-file", right.to_str().unwrap()]).done();
    watch.wait_for("completed");
}

#[test]
fn register_with_a_pin_opens_the_connection_that_waits_for_it() {
    let us = Home::new();
    let right = us.write("right", PIN);
    let device = Device::new(&us);
    let _hub = us.hub(&["--no-spine"]);
    let mut watch = us.client();
    watch.order(json!({ "do": "watch" }));
    us.run(&["register", &device.ski, "--address", &device.address]).done();
    watch.wait_for("pin_wanted");
    us.run(&["register", &device.ski, "--pin-file", right.to_str().unwrap()]).done();
    watch.wait_for("completed");
}

#[test]
fn where_every_connection_is_in_use_pair_says_so_and_what_frees_one() {
    let us = Home::new();
    let right = us.write("right", PIN);
    let [first, second] = [Device::new(&us), Device::new(&us)];
    let _hub = us.hub(&["--max-connections", "1", "--no-spine"]);
    pair(&us, &first, &["--pin-file", right.to_str().unwrap()]).done();
    let args = ["pair", &second.ski, "--address", &second.address, "--timeout", "1s", "--json"];
    let full = us.run(&args);
    full.failed(75, "1 of 1 connections in use").failed(75, "shipctl disconnect");
    assert_eq!(full.last()["code"], "OWN-04");
}

#[test]
fn a_pin_that_is_remembered_reconnects_after_a_restart_until_it_is_forgotten() {
    for with_hub in [false, true] {
        let us = Home::new();
        let right = us.write("right", PIN);
        let mut device = Device::new(&us);
        let mut hub = with_hub.then(|| us.hub(&["--no-spine"]));
        let paired = pair(
            &us,
            &device,
            &["--pin-file", right.to_str().unwrap(), "--remember-pin", "--name", "Boiler"],
        );
        paired.done();
        assert!(!paired.err.contains("after every restart"), "{paired:?}");
        if let Some(hub) = &mut hub {
            hub.kill();
        }
        let file = us.state().join("trust.json");
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let listed = us.run(&["trust", "list"]);
        assert!(listed.done().out.contains("the PIN of Boiler is remembered"), "{listed:?}");
        assert!(!listed.out.to_uppercase().contains(&PIN.to_uppercase()));

        // It is stored under an address it was given: the hub dials it by itself.
        let trace = us.temp.path().join("restart.trace");
        let hub = us.hub(&["--no-spine", "--trace", trace.to_str().unwrap()]);
        device.wait_for("right_pin");
        device.wait_for("right_pin");
        let mut watch = us.client();
        let status = watch.order(json!({ "do": "status" }));
        assert_eq!(status["hub"]["peers"][0]["pin_remembered"], true, "{status}");
        us.run(&["trust", "forget-pin", "boiler"]).done();
        us.run(&["shutdown"]).done();
        let (_, log) = hub.end();
        let everything = log + &std::fs::read_to_string(&trace).unwrap();
        assert!(!everything.to_uppercase().contains(&PIN.to_uppercase()), "{everything}");
        us.run(&["trace", "replay", trace.to_str().unwrap()]).done();

        let _hub = us.hub(&["--no-spine"]);
        let mut watch = us.client();
        watch.order(json!({ "do": "watch" }));
        let status = watch.order(json!({ "do": "status" }));
        assert_eq!(status["hub"]["peers"][0]["pin_remembered"], false, "{status}");
        if status["hub"]["peers"][0]["pin_wanted"].is_null() {
            watch.wait_for("pin_wanted");
        }
    }
}

#[test]
fn a_pin_that_is_not_remembered_is_said_to_be_asked_for_again() {
    for with_hub in [false, true] {
        let us = Home::new();
        let right = us.write("right", PIN);
        let device = Device::new(&us);
        let _hub = with_hub.then(|| us.hub(&["--no-spine"]));
        let paired = pair(&us, &device, &["--pin-file", right.to_str().unwrap()]);
        paired.done();
        assert!(paired.err.contains("will ask for this PIN after every restart"), "{paired:?}");
        let trust = std::fs::read_to_string(us.state().join("trust.json")).unwrap();
        assert!(!trust.to_uppercase().contains(&PIN.to_uppercase()), "{trust}");
        if with_hub {
            // The hub knows it from this run, and keeps it from now on.
            pair(&us, &device, &["--remember-pin"]).done();
            let trust = std::fs::read_to_string(us.state().join("trust.json")).unwrap();
            assert!(trust.to_uppercase().contains(&PIN.to_uppercase()), "{trust}");
        }
    }
}

#[test]
fn an_expected_ship_id_is_said_to_come_from_where_it_was_given() {
    for with_hub in [false, true] {
        let us = Home::new();
        let right = us.write("right", PIN);
        let right = right.to_str().unwrap();
        let device = Device::new(&us);
        let _hub = with_hub.then(|| us.hub(&["--no-spine"]));
        let qr = format!("SHIP;SKI:{};ID:i:1_u:other;ENDSHIP;", device.ski);
        let network = ["--no-mdns", "--bind", "127.0.0.1", "--port", "0", "--json"];
        let at = ["--address", &device.address, "--pin-file", right];
        let scanned = us.run(&[&["pair", &qr][..], &at, &network].concat());
        assert_eq!(scanned.last()["code"], "ACC-04", "{scanned:?}");
        let message = scanned.last()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("i:1_u:other, which the QR code names"), "{message}");
        let advice = scanned.last()["advice"].as_str().unwrap().to_owned();
        assert!(advice.contains("give only the SKI") && !advice.contains("remove"), "{advice}");
        assert!(us.trust().is_empty(), "nothing is stored");
        let typed = pair(&us, &device, &["--pin-file", right, "--ship-id", "i:1_u:typed"]);
        typed.failed(76, "i:1_u:typed, which --ship-id names");
    }
}

#[test]
fn a_device_to_accept_is_told_ready_at_once() {
    let us = Home::new();
    let papers = Papers::new();
    let ski = papers.ski.to_string();
    let network = ["--no-mdns", "--bind", "127.0.0.1", "--port", "0", "--json"];
    let mut listening =
        Device::of(us.command(&[&["listen", "--accept", &ski][..], &network].concat()));
    run(async {
        let mut device = Tester::dial(listening.address.parse().unwrap(), &papers).await;
        device.through_cmi().await;
        device.say(hello("ready")).await;
        let first = device.heard().await;
        assert_eq!(field(&first, "connectionHello", "phase"), "ready", "{first}");
    });
    listening.wait_for("registered");
}
