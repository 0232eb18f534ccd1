//! Traces of commands that have no hub: what they tell, and a probe's messages.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::kit::*;

/// The header and the facts of a trace.
#[track_caller]
fn read(path: &str) -> (Value, Vec<Value>) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let header = lines.next().unwrap();
    (header, lines.collect())
}

#[track_caller]
fn events(facts: &[Value], name: &str) -> usize {
    facts.iter().filter(|fact| fact["event"] == name).count()
}

#[test]
fn a_probe_writes_its_rungs_states_and_messages_and_says_why_it_is_not_replayed() {
    let (us, devices) = (Shipctl::new(), Shipctl::new());
    let mut simulation =
        Running::start(devices.command(&["--no-mdns", "--json", "simulate", "boiler"]));
    let device = simulation.wait_for("device");
    let ski = device["ski"].as_str().unwrap();
    let address = format!("127.0.0.1:{}", device["port"]);
    let trust = json!({ "version": 1, "peers": { ski: { "since": 0 } } });
    us.write_state("trust.json", &trust.to_string());
    let (pin, trace) = (us.path("pin"), us.path("trace"));
    fs::write(&pin, "12345678").unwrap();
    let probe = ["probe", ski, "--address", &address, "--pin-file", &pin, "--trace", &trace];
    us.net(&probe).done();
    let (header, facts) = read(&trace);
    assert_eq!((&header["of"], &header["start"]), (&"probe".into(), &Value::Null));
    assert_eq!(events(&facts, "rung"), 12, "{facts:#?}");
    assert_eq!(events(&facts, "result"), 1);
    assert!(events(&facts, "protocol") > 10, "{facts:#?}");
    let frames: Vec<&Value> = facts.iter().filter(|fact| fact["kind"] == "frame").collect();
    for sent in [true, false] {
        assert!(frames.iter().filter(|it| it["sent"] == sent).count() > 4, "{frames:#?}");
    }
    // Its PIN went over the wire, and stands nowhere.
    assert!(frames.iter().any(|it| it["message"] == "connectionPinInput"), "{frames:#?}");
    let hex: String = "12345678".bytes().map(|byte| format!("{byte:02x}")).collect();
    let text = fs::read_to_string(&trace).unwrap();
    assert!(!text.contains("12345678") && !text.contains(&hex));
    us.run(&["trace", "replay", &trace]).failed(65, "trace of `shipctl probe`, which has no hub");
    let shown = us.run(&["trace", "show", &trace, "--only", "messages"]);
    assert!(shown.done().out.contains("connectionHello"), "{shown:?}");
    let pcapng = us.path("pcapng");
    us.run(&["trace", "export", "--pcapng", &pcapng, &trace]).done();
    assert!(fs::metadata(&pcapng).unwrap().len() > 1000);
}

#[test]
fn whatever_a_command_tells_is_in_its_trace_printed_or_not() {
    let shipctl = Shipctl::new();
    shipctl.ski();
    for (command, of, event) in [
        (&["doctor", "--timeout", "1s", "--interface", "lo"][..], "doctor", "check"),
        (&["trust", "list"], "trust", "result"),
        (&["explain", "HEL-02"], "explain", "result"),
        (&["identity", "show"], "identity", "result"),
    ] {
        let path = shipctl.path(of);
        shipctl.net(&[&["--trace", &path], command].concat()).done();
        let (header, facts) = read(&path);
        assert_eq!((&header["of"], header["ski"].is_string()), (&of.into(), true));
        assert!(events(&facts, event) > 0, "{of}: {facts:#?}");
        assert_eq!(facts.last().unwrap()["kind"], "end", "{of}");
    }
    // What fails is told as well.
    let path = shipctl.path("status");
    shipctl.run(&["--trace", &path, "status"]).failed(66, "no hub runs");
    let (header, facts) = read(&path);
    assert_eq!(header["of"], "status");
    let result = facts.iter().find(|fact| fact["event"] == "result").unwrap();
    assert_eq!(result["exit"], 66, "{result}");
}

#[test]
fn each_simulated_device_writes_a_trace_of_its_own() {
    let (us, devices) = (Shipctl::new(), Shipctl::new());
    let trace = devices.path("run.trace");
    let args = ["--no-mdns", "--json", "--trace", &trace, "simulate", "wallbox"];
    let mut simulation = Running::start(devices.command(&args));
    let device = simulation.wait_for("device");
    let address = format!("127.0.0.1:{}", device["port"]);
    us.net(&["pair", device["ski"].as_str().unwrap(), "--address", &address]).done();
    simulation.wait_for("ended");
    simulation.signal("INT");
    simulation.end().done();
    let (header, facts) = read(&trace);
    assert_eq!(header["of"], "simulate");
    assert!(events(&facts, "completed") > 0 && events(&facts, "device") == 1, "{facts:#?}");
    let own = devices.path("run-wallbox.trace");
    assert!(Path::new(&own).exists());
    let timeline = us.run(&["trace", "timeline", &own]);
    assert!(timeline.done().out.contains("connected"), "{timeline:?}");
    us.run(&["trace", "replay", &own]).failed(65, "of a simulated device");
}
