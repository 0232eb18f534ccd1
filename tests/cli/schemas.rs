//! Every command with `--json`, done and failed: each line is as `docs/schema/output.json` says, which
//! [`kit`](super::kit) sees to. What the other tests of the program read is held against it there too.

use std::{collections::BTreeSet, fs, process::Command as Process};

use clap::{Command, CommandFactory};
use serde_json::{Value, json};
use shipctl::{
    checks::ladder::Rung,
    cli::{args::Args, exit::Exit},
    proto::{ConnectionState, ProtocolState},
};

use super::{
    kit::{Ran, Running, SKI, Shipctl, program},
    mdns::World,
    schema::{OUTPUT, holds},
};

/// The program, and which of its commands were tried.
struct Trial {
    shipctl: Shipctl,
    world: World,
    tried: BTreeSet<String>,
}

impl Trial {
    /// Runs a command, and reads all that it prints.
    #[track_caller]
    fn run(&mut self, words: &str, more: &[&str]) -> Vec<Value> {
        let ran = self.start(words, more).end();
        self.seen(words, &ran)
    }

    fn start(&mut self, words: &str, more: &[&str]) -> Running {
        let words: Vec<&str> = words.split(' ').collect();
        self.world.start(&self.shipctl, &[&["--json", "--no-input"], &words[..], more].concat())
    }

    #[track_caller]
    fn seen(&mut self, words: &str, ran: &Ran) -> Vec<Value> {
        assert_ne!(ran.code, i32::from(Exit::Bug.number()), "{ran:?}");
        ran.last();
        self.tried.insert(words.to_owned());
        ran.json()
    }

    /// The same, which must come to this.
    #[track_caller]
    fn comes_to(&mut self, outcome: &str, words: &str, more: &[&str]) -> Value {
        let last = self.run(words, more).pop().unwrap();
        assert_eq!(last["outcome"], outcome, "{last}");
        last
    }
}

#[test]
fn every_command_keeps_to_the_schema() {
    let mut trial = Trial { shipctl: Shipctl::new(), world: World::new(), tried: BTreeSet::new() };
    alone(&mut trial);
    let mut simulation = trial.start("simulate", &["wallbox", "meter"]);
    let [wallbox, meter] = ["wallbox", "meter"].map(|name| {
        let device =
            simulation.wait_until(name, |line| line["event"] == "device" && line["device"] == name);
        device["ski"].as_str().unwrap().to_owned()
    });
    devices(&mut trial, &wallbox, &meter);
    hub(&mut trial, &wallbox, &meter);
    traces(&mut trial);
    trial.comes_to("removed", "trust remove", &[&wallbox]);
    simulation.signal("INT");
    trial.seen("simulate", &simulation.end());
    for name in commands(&Args::command(), "") {
        assert!(trial.tried.contains(&name), "shipctl {name} --json is not tried here");
        let failed = trial.run(&name, &["--no-such-flag"]).pop().unwrap();
        assert_eq!(failed["outcome"], "usage", "{failed}");
    }
}

/// What needs neither a device nor a hub.
fn alone(trial: &mut Trial) {
    trial.comes_to("done", "version", &[]);
    trial.comes_to("done", "identity show", &[]);
    trial.comes_to("done", "identity qr", &[]);
    trial.comes_to("done", "identity new", &["--yes"]);
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| trial.shipctl.path(name));
    trial.comes_to("done", "identity export", &["--cert", &cert, "--key", &key]);
    trial.comes_to("done", "identity import", &["--cert", &cert, "--key", &key, "--yes"]);
    trial.comes_to("configuration", "identity import", &["--cert", &key, "--key", &cert]);
    trial.comes_to("explained", "explain", &[]);
    trial.comes_to("explained", "explain", &["--quirks"]);
    trial.comes_to("usage", "explain", &["XYZ-01"]);
    trial.comes_to("listed", "simulate", &["--list"]);
    trial.comes_to("usage", "simulate", &["no-such-device"]);
    trial.comes_to("done", "config show", &["--origin"]);
    trial.comes_to("done", "config check", &[]);
    trial.comes_to("done", "config path", &[]);
    let wrong = trial.shipctl.path("wrong.toml");
    fs::write(&wrong, "port = 'a'\nmax_conections = 3\n").unwrap();
    trial.comes_to("configuration", "config check", &[&wrong]);
    trial.run("doctor", &["--timeout", "1s"]);
    trial.comes_to("done", "trust list", &[]);
    trial.comes_to("not_found", "trust rename", &[SKI, "Garage"]);
    trial.comes_to("not_found", "trust forget-address", &[SKI]);
    trial.comes_to("not_found", "trust remove", &[SKI]);
    trial.comes_to("pending", "listen", &["--timeout", "1s", "--accept", SKI, "--once"]);
    trial.comes_to("usage", "tui", &[]);
    trial.comes_to("not_found", "discover", &["--timeout", "300ms"]);
    trial.comes_to("ended", "demo", &["--headless", "--for", "1s"]);
    for words in ["status", "metrics", "shutdown", "limit 5", "auto-accept", "trace stop"] {
        let last = trial.run(words, &[]).pop().unwrap();
        assert_eq!(last["exit"], 66, "{last}");
    }
}

fn devices(trial: &mut Trial, wallbox: &str, meter: &str) {
    trial.comes_to("found", "discover", &["--timeout", "1s"]);
    trial.comes_to("not_paired", "probe", &[wallbox]);
    trial.comes_to("not_paired", "probe", &[wallbox, "--repeat", "2"]);
    trial.comes_to("unreachable", "probe", &["127.0.0.1:9"]);
    let trace = trial.shipctl.path("pairing.trace");
    trial.comes_to("completed", "pair", &[wallbox, "--trace", &trace]);
    trial.comes_to("denied", "pair", &[meter]);
    trial.comes_to("not_found", "pair", &[SKI, "--timeout", "300ms"]);
    let trusted = trial.run("trust list", &[]);
    assert_eq!(trusted.len(), 2, "{trusted:?}");
    trial.comes_to("renamed", "trust rename", &[wallbox, "Garage"]);
    let file = trial.shipctl.path("report.zip");
    trial.comes_to("written", "report", &["--output", &file]);
}

fn hub(trial: &mut Trial, wallbox: &str, meter: &str) {
    let mut hub = trial.start("hub run", &[]);
    hub.wait_for("offers");
    trial.comes_to("status", "status", &[]);
    let mut watching = trial.start("status", &["--watch"]);
    watching.wait_for("status");
    trial.comes_to("metrics", "metrics", &[]);
    trial.comes_to("disconnected", "disconnect", &[wallbox]);
    trial.comes_to("connecting", "connect", &[wallbox]);
    trial.comes_to("registered", "register", &[meter]);
    hub.wait_until("the refusal", |line| line["ski"] == *meter && line["event"] == "ended");
    trial.run("cancel", &[meter]);
    trial.comes_to("not_found", "accept", &[SKI]);
    trial.comes_to("not_found", "deny", &[SKI]);
    trial.run("limit", &["5"]);
    trial.run("auto-accept", &["10s"]);
    trial.comes_to("connected", "probe", &[wallbox]);
    trial.comes_to("completed", "pair", &[wallbox]);
    trial.comes_to("denied", "pair", &[meter]);
    trial.comes_to("found", "discover", &["--timeout", "1s"]);
    let trace = trial.shipctl.path("hub.trace");
    trial.comes_to("recording", "trace start", &[&trace]);
    trial.comes_to("usage", "trace start", &[&trace]);
    trial.comes_to("recorded", "trace stop", &[]);
    trial.comes_to("renamed", "trust rename", &[wallbox, "Garage"]);
    trial.comes_to("address_forgotten", "trust forget-address", &[wallbox]);
    trial.comes_to("pin_forgotten", "trust forget-pin", &[wallbox]);
    trial.comes_to("disconnected", "disconnect", &["--all"]);
    trial.run("unregister", &[meter]);
    trial.comes_to("ended", "shutdown", &[]);
    trial.seen("hub run", &hub.end());
    trial.seen("status", &watching.end());
}

fn traces(trial: &mut Trial) {
    let trace = trial.shipctl.path("pairing.trace");
    for words in ["trace show", "trace timeline", "trace diagram"] {
        trial.comes_to("shown", words, &[&trace]);
    }
    trial.comes_to("same", "trace replay", &[&trace]);
    let packets = trial.shipctl.path("pairing.pcapng");
    trial.comes_to("exported", "trace export", &["--pcapng", &packets, &trace]);
    trial.run("trace show", &["/no/such.trace"]);
}

/// The commands that do something, as they are typed.
fn commands(command: &Command, above: &str) -> Vec<String> {
    let below: Vec<&Command> = command.get_subcommands().collect();
    if below.is_empty() {
        return vec![above.to_owned()];
    }
    let name = |it: &Command| format!("{above} {}", it.get_name()).trim().to_owned();
    below.into_iter().flat_map(|it| commands(it, &name(it))).collect()
}

#[test]
fn the_schema_has_the_names_of_the_tables() {
    let text = include_str!("../../docs/schema/output.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let names = |pointer: &str| schema.pointer(pointer).unwrap().clone();
    let states: Vec<_> = ConnectionState::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names("/$defs/connection_state/enum"), json!(states));
    let states: Vec<_> = ProtocolState::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names("/$defs/protocol_state/enum"), json!(states));
    let rungs: Vec<_> = Rung::ALL.iter().map(|it| it.key()).collect();
    assert_eq!(names("/$defs/rung/enum"), json!(rungs));
    let exits: Vec<_> = Exit::ALL.iter().map(|it| it.number()).collect();
    assert_eq!(names("/$defs/event_result/properties/exit/enum"), json!(exits));
}

#[test]
fn the_schema_lets_nothing_through_that_it_does_not_know() {
    let mut command = program(Process::new(env!("CARGO_BIN_EXE_shipctl")));
    let said = Ran::of(command.args(["explain", "HEL-02", "--json"]).output().unwrap());
    for line in said.json() {
        let mut more = line.clone();
        more["something_new"] = json!(1);
        assert!(holds(OUTPUT, &more).is_err(), "{more}");
        for field in line.as_object().unwrap().keys() {
            let mut less = line.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(holds(OUTPUT, &less).is_err(), "without {field}: {less}");
        }
    }
}
