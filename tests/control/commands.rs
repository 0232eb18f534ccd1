//! The commands that steer a running hub, and those that use one instead of a node of their own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::kit::{Client, Home, Hub, Ran};

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// Two hubs that know nothing of each other, and somebody who watches each.
struct Two {
    homes: [Home; 2],
    hubs: [Hub; 2],
    watch: [Client; 2],
}

impl Two {
    fn new() -> Self {
        Self::with(&["--no-mdns"])
    }

    fn with(network: &[&str]) -> Self {
        let homes = [Home::new(), Home::new()];
        let hubs = [homes[0].hub_on(network), homes[1].hub_on(network)];
        let mut watch = [homes[0].client(), homes[1].client()];
        watch.iter_mut().for_each(|client| drop(client.order(json!({ "do": "watch" }))));
        Self { homes, hubs, watch }
    }

    /// Runs a command at the first hub.
    fn run(&self, args: &[&str]) -> Ran {
        self.homes[0].run(args)
    }

    /// The state of the second peer, as the first hub tells it.
    fn state(&self) -> Value {
        let status = self.homes[0].client().order(json!({ "do": "status" }));
        let peers = status["hub"]["peers"].as_array().unwrap().clone();
        let peer = peers.into_iter().find(|peer| peer["ski"] == *self.hubs[1].ski);
        peer.map_or(Value::Null, |peer| peer["state"].clone())
    }

    fn pair(&mut self) {
        let (first, second) = (self.hubs[0].ski.clone(), self.hubs[1].ski.clone());
        self.homes[1].run(&["register", &first]).done();
        self.run(&["register", &second, "--address", &self.hubs[1].address()]).done();
        self.watch.iter_mut().for_each(|client| drop(client.wait_for("completed")));
    }
}

/// A command that runs while something else happens, with `--json`.
struct Meanwhile {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    out: String,
}

impl Meanwhile {
    fn start(home: &Home, args: &[&str]) -> Self {
        let mut command = home.command(&[args, &["--json"]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines, out: String::new() }
    }

    #[track_caller]
    fn wait_for(&mut self, event: &str) -> Value {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "it ended without {event:?}: {}", self.out);
            self.out.push_str(&line);
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    }

    fn end(mut self) -> Ran {
        std::io::Read::read_to_string(&mut self.lines, &mut self.out).unwrap();
        let mut ran = Ran::of(self.child.wait_with_output().unwrap());
        ran.out = self.out;
        ran
    }
}

#[test]
fn without_a_hub_every_command_says_how_to_start_one() {
    let home = Home::new();
    for made in [false, true] {
        for args in [
            &["status"][..],
            &["register", SKI],
            &["unregister", SKI],
            &["connect", SKI],
            &["disconnect", SKI],
            &["disconnect", "--all"],
            &["cancel", SKI],
            &["accept", SKI],
            &["deny", SKI],
            &["auto-accept"],
            &["limit", "3"],
            &["metrics"],
            &["shutdown"],
        ] {
            home.run(args).failed(66, "no hub runs").failed(66, "`shipctl hub run`");
        }
        assert_eq!(home.state().exists(), made, "nothing is made on the way");
        home.run(&["identity", "show"]).done();
    }
}

#[test]
fn a_device_is_connected_disconnected_and_let_go_by_command() {
    let mut two = Two::new();
    two.pair();
    let second = two.hubs[1].ski.clone();
    assert_eq!(two.state(), "Completed");
    two.run(&["disconnect", &second[..8]]).done();
    two.watch[1].wait_for("ended");
    two.watch[0].wait_for("ended");
    assert_eq!(two.state(), "Queued");
    let status = two.run(&["status"]);
    assert!(status.done().out.contains("  disconnected  "), "{status:?}");
    let connect = two.run(&["connect", &second]);
    assert!(connect.done().err.contains("`shipctl status --watch` shows what becomes of it"));
    two.watch[0].wait_for("completed");
    let connect = two.run(&["connect", &second]);
    assert!(connect.done().err.contains("it is connected already"), "{connect:?}");
    two.run(&["disconnect", "--all"]).done();
    two.watch[0].wait_for("ended");
    two.run(&["connect", &second]).done();
    two.watch[0].wait_for("completed");
    assert_eq!(two.run(&["unregister", &second, "--json"]).done().last()["ski"], second);
    assert!(two.homes[0].trust().is_empty());
    let ended = two.watch[1].wait_until("ended", |event| event["next"] == "peer_refused");
    assert_eq!(ended["ski"], two.hubs[0].ski);
    two.run(&["connect", &second]).failed(68, "not known");
    two.run(&["unregister", &second]).failed(68, "not known");
}

#[test]
fn somebody_who_asks_is_accepted_or_denied_and_nobody_else() {
    let mut two = Two::new();
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    two.run(&["accept", &second]).failed(68, "does not ask");
    two.run(&["deny", &second]).failed(68, "not known");
    let address = two.hubs[0].address();
    let ask = |two: &mut Two| {
        two.homes[1].run(&["register", &first, "--address", &address]).done();
        two.watch[0].wait_for("pairing_request");
    };
    ask(&mut two);
    let status = two.run(&["status"]);
    assert!(status.done().out.contains("accept or deny it"), "{status:?}");
    two.run(&["deny", &second]).done();
    two.watch[1].wait_for("ended");
    assert!(two.homes[0].trust().is_empty());
    ask(&mut two);
    two.run(&["accept", &second]).done();
    two.watch.iter_mut().for_each(|client| drop(client.wait_for("completed")));
    assert!(two.homes[0].trust().contains(&second.parse().unwrap()));
}

#[test]
fn whoever_asks_within_the_window_is_let_in() {
    let mut two = Two::new();
    two.run(&["auto-accept", "10m"]).done();
    let address = two.hubs[0].address();
    two.homes[1].run(&["register", &two.hubs[0].ski, "--address", &address]).done();
    two.watch[0].wait_for("completed");
    two.run(&["auto-accept", "0s"]).done();
    assert!(two.watch[0].wait_for("auto_accept")["left_ms"].is_null());
}

#[test]
fn a_pairing_that_never_completed_is_cancelled_and_one_that_did_is_not() {
    let mut two = Two::new();
    two.run(&["register", SKI]).done();
    assert_eq!(two.homes[0].trust().len(), 1);
    two.run(&["cancel", SKI]).done();
    assert!(two.homes[0].trust().is_empty());
    two.run(&["cancel", SKI]).failed(68, "not known");
    two.pair();
    two.run(&["cancel", &two.hubs[1].ski]).failed(68, "no pairing with");
}

#[test]
fn the_limit_is_set_and_shown() {
    let two = Two::new();
    two.run(&["limit", "3"]).done();
    let metrics = two.run(&["metrics"]);
    assert!(metrics.done().out.contains("\nshipctl_connection_limit 3\n"), "{metrics:?}");
    let status = two.run(&["status"]);
    assert!(status.done().out.contains("0 of 3 connections"), "{status:?}");
    let metrics = two.run(&["metrics", "--json"]).done().last();
    assert_eq!(metrics["metrics"]["limit"], 3, "{metrics}");
    two.run(&["limit", "many"]).failed(2, "many");
}

#[test]
fn whoever_connects_beyond_the_limit_is_told_that_it_waits_for_a_place() {
    let mut two = Two::new();
    two.run(&["limit", "1"]).done();
    two.pair();
    let told = two.run(&["register", SKI, "--address", "127.0.0.1:1"]);
    assert!(told.done().err.contains("every place is taken"), "{told:?}");
    let told = two.run(&["connect", SKI, "--json"]).done().last();
    assert_eq!(told["outlook"], "waits_for_place", "{told}");
    let told = two.run(&["disconnect", &two.hubs[1].ski, "--json"]).done().last();
    assert_eq!(told["outlook"], "held", "also while it is being closed: {told}");
}

#[test]
fn the_status_shows_every_device_and_its_history_to_programs() {
    let mut two = Two::new();
    two.pair();
    let second = two.hubs[1].ski.clone();
    two.run(&["trust", "rename", &second, "Garage"]).done();
    let shown = two.run(&["status"]);
    let row = shown.done().out.lines().find(|line| line.contains(&second)).unwrap().to_owned();
    assert!(row.contains("Garage") && row.contains("connected"), "{shown:?}");
    let told = two.run(&["status", "--json"]).done().last();
    assert_eq!(told["hub"]["peers"][0]["ski"], second);
    assert!(!told["hub"]["peers"][0]["history"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
fn two_terminals_watch_what_happens_until_the_hub_ends() {
    let mut two = Two::new();
    let mut watching = [0, 1].map(|_| Meanwhile::start(&two.homes[0], &["status", "--watch"]));
    for watch in &mut watching {
        assert_eq!(watch.wait_for("status")["hub"]["ski"], two.hubs[0].ski);
    }
    two.pair();
    for watch in &mut watching {
        assert_eq!(watch.wait_for("completed")["ski"], two.hubs[1].ski);
    }
    two.run(&["shutdown"]).done();
    for mut watch in watching {
        watch.wait_for("shut_down");
        let last = watch.end().done().last();
        assert_eq!(last["outcome"], "hub_ended", "{last}");
    }
}

#[test]
fn status_watch_of_a_killed_hub_exits_66_hub_lost() {
    let home = Home::new();
    let mut hub = home.hub(&[]);
    let mut watch = Meanwhile::start(&home, &["status", "--watch"]);
    watch.wait_for("status");
    hub.kill();
    let ran = watch.end();
    assert_eq!(ran.failed(66, "ended").last()["kind"], "hub_lost");
}

#[test]
fn pair_asks_the_hub_that_runs_and_says_so() {
    let mut two = Two::new();
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    let address = two.hubs[1].address();
    let mut pairing = Meanwhile::start(&two.homes[0], &["pair", &second, "--address", &address]);
    two.watch[1].wait_for("pairing_request");
    two.homes[1].run(&["accept", &first]).done();
    pairing.wait_for("completed");
    let ran = pairing.end();
    let result = ran.done().last();
    assert_eq!((&result["outcome"], &result["ski"]), (&json!("completed"), &json!(second)));
    assert!(result["ship_id"].is_string() && result["took_ms"].is_u64(), "{result}");
    assert!(two.homes[0].trust().contains(&second.parse().unwrap()));
    assert_eq!(two.state(), "Completed", "the hub keeps the connection");
    // A device that is connected already needs no more.
    let again = two.run(&["--port", "1", "pair", &second, "--register"]);
    assert!(again.err.contains("--port, --register have no effect"), "{again:?}");
    let message = format!("process {} runs with this identity", two.hubs[0].child.id());
    assert!(again.done().err.contains(&message), "{again:?}");
    assert!(again.out.contains("paired") && again.out.contains("trust.json"), "{again:?}");
}

#[test]
fn a_device_that_shows_another_certificate_than_its_qr_code_names_is_not_trusted() {
    let mut two = Two::new();
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    let code = format!("SHIP;SKI:{second};FPH256:{};ENDSHIP;", "AB".repeat(32));
    // Found out when it is dialled.
    let address = two.hubs[1].address();
    two.run(&["pair", &code, "--address", &address]).failed(77, "but the QR code names ABAB");
    // Found out when it asks, and is already here.
    let address = two.hubs[0].address();
    two.homes[1].run(&["register", &first, "--address", &address]).done();
    two.watch[0].wait_for("pairing_request");
    for command in ["register", "pair"] {
        two.run(&[command, &code]).failed(77, "but the QR code names ABAB").failed(77, "CERT-10");
    }
    assert!(two.homes[0].trust().is_empty());
}

#[test]
fn a_pairing_right_behind_the_end_of_another_is_one_of_its_own() {
    let mut two = Two::new();
    let (second, address) = (two.hubs[1].ski.clone(), two.hubs[1].address());
    two.homes[1].client().order(json!({ "do": "auto-accept", "seconds": 3600 }));
    two.run(&["register", &second, "--address", &address]).done();
    two.watch[0].wait_for("completed");
    let mut client = two.homes[0].client();
    for _ in 0..5 {
        // The connection is still being closed when the device is to be paired again.
        client.send(json!({ "do": "unregister", "ski": second }));
        let pair = json!({ "do": "pair", "ski": second, "addresses": [address] });
        let answer = client.ask(pair);
        let trusted = two.homes[0].trust().contains(&second.parse().unwrap());
        assert_eq!(trusted, answer["ok"] == true, "{answer}");
        assert!(answer["took_ms"].is_u64(), "a handshake of its own: {answer}");
    }
}

#[test]
fn a_pairing_that_is_refused_or_out_of_time_leaves_nothing_behind() {
    let two = Two::new();
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    let address = two.hubs[1].address();
    // A refusal at once is taken for a stumble, once: so every request is denied.
    let (mut asking, mut denying) = (two.homes[1].client(), two.homes[1].client());
    asking.order(json!({ "do": "watch" }));
    let request = json!({ "do": "deny", "ski": first });
    std::thread::spawn(move || {
        while let Some(line) = asking.line() {
            if line["event"]["event"] == "pairing_request" {
                denying.ask(request.clone());
            }
        }
    });
    let pairing = Meanwhile::start(&two.homes[0], &["pair", &second, "--address", &address]);
    let ran = pairing.end();
    assert_eq!(ran.failed(77, "hint: ").last()["exit"], 77);
    two.run(&["pair", SKI, "--timeout", "100ms"]).failed(68, "did not dial us within 100 ms");
    two.run(&["pair", &first]).failed(2, "is our own SKI");
    assert!(two.homes[0].trust().is_empty());
    let status = two.homes[0].client().order(json!({ "do": "status" }));
    assert_eq!(status["hub"]["peers"], json!([]), "{status}");
}

#[test]
fn a_pairing_nobody_waits_for_any_more_is_taken_back() {
    let mut two = Two::new();
    let address = two.hubs[1].address();
    let args = ["pair", &two.hubs[1].ski.clone(), "--address", &address];
    let mut pairing = Meanwhile::start(&two.homes[0], &args);
    two.watch[1].wait_for("pairing_request");
    pairing.child.kill().unwrap();
    pairing.child.wait().unwrap();
    two.watch[0].wait_for("unregistered");
    two.watch[1].wait_for("ended");
    // What was registered before stays so.
    two.run(&["register", SKI]).done();
    two.run(&["pair", SKI, "--timeout", "100ms"]).failed(68, "did not dial us");
    assert_eq!(two.homes[0].trust().len(), 1);
}

#[test]
fn trust_is_changed_by_the_hub_that_runs() {
    let home = Home::new();
    let hub = home.hub(&[]);
    home.run(&["register", SKI]).done();
    home.run(&["trust", "rename", "5555", "Wall\u{7}box"]).failed(2, "the character U+0007");
    let ran = home.run(&["trust", "rename", "5555", " Wallbox "]);
    assert!(ran.done().out.contains("Wallbox"), "{ran:?}");
    assert!(ran.err.contains(&format!("process {} runs", hub.child.id())), "{ran:?}");
    let listed = home.run(&["trust", "list"]);
    assert!(listed.done().out.contains("Wallbox"), "{listed:?}");
    for trusting in [&["register", "5555"][..], &["accept", "5555"], &["pair", "5555"]] {
        home.run(trusting).failed(2, "by its whole SKI");
    }
    home.run(&["trust", "remove", "5555"]).done();
    assert!(home.trust().is_empty());
    home.run(&["connect", SKI]).failed(68, "not known");
    home.run(&["trust", "remove", SKI]).failed(68, "is not trusted");
}

#[test]
fn an_address_that_worked_is_kept_until_it_is_to_be_forgotten_and_one_that_did_not_never_was() {
    let mut two = Two::new();
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    let kept = |two: &Two| {
        let trust = two.homes[0].trust();
        trust.get(&second.parse().unwrap()).unwrap().address.clone()
    };
    two.run(&["register", &second, "--address", "127.0.0.1:1"]).done();
    let refused = two.watch[0].wait_until("attempt_failed", |it| it["ski"] == *second);
    assert!(refused["tried"].to_string().contains("127.0.0.1:1"), "{refused}");
    let address = two.hubs[0].address();
    two.homes[1].run(&["register", &first, "--address", &address]).done();
    two.watch[0].wait_for("completed");
    assert_eq!(kept(&two), None, "it dialled us");
    let address = two.hubs[1].address();
    two.run(&["register", &second, "--address", &address]).done();
    two.run(&["disconnect", &second]).done();
    two.watch[0].wait_for("ended");
    two.run(&["connect", &second]).done();
    two.watch[0].wait_for("completed");
    assert_eq!(kept(&two), Some(format!("{address}/ship/")));
    two.run(&["trust", "forget-address", &second]).done();
    assert_eq!(kept(&two), None);
    two.run(&["trust", "forget-address", SKI]).failed(68, "is not trusted");
}

#[test]
fn discover_shows_what_the_hub_sees_and_names_may_be_short() {
    // An mDNS world of its own, on loopback.
    let port = (20_000 + std::process::id() % 20_000).to_string();
    let network = ["--interface", "lo", "--mdns-port", &port];
    let two = Two::with(&network);
    let (first, second) = (two.hubs[0].ski.clone(), two.hubs[1].ski.clone());
    let mut watching =
        Meanwhile::start(&two.homes[0], &[&["discover", "--watch"][..], &network].concat());
    assert_eq!(watching.wait_for("service_seen")["ski"], second);
    // What is said as the hub has it is no reason to warn, unlike what it does not go by.
    let seen = two.run(&["discover", "--timeout", "300ms", "--interface", "lo"]);
    assert!(!seen.done().err.contains("warning"), "{seen:?}");
    let vain = ["discover", "--timeout", "300ms", "--interface", "nope"];
    let seen = two.run(&vain);
    assert!(seen.done().err.contains("warning: --interface has no effect"), "{seen:?}");
    let lines = two.run(&[&vain[..], &["--json"]].concat()).done().out.clone();
    let warned =
        lines.lines().any(|line| line.contains("\"warning\"") && line.contains("--interface"));
    assert!(warned, "{lines}");
    let seen = two.run(&[&["discover", "--timeout", "300ms"][..], &network].concat());
    assert!(seen.out.contains(&second) && !seen.out.contains(&first), "{seen:?}");
    assert!(seen.err.contains("runs with this identity"), "{seen:?}");
    // Who is not seen is told long before the time is over, and who may be meant instead.
    let digit = if second.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{digit}", &second[..39]);
    let unseen = two.run(&["pair", &mistyped, "--timeout", "4s"]);
    unseen.failed(68, "Did you mean").failed(68, "Still waiting, 1");
    // One that is seen is not unknown; what is to be done first is told.
    for command in ["connect", "disconnect", "unregister"] {
        let refused = two.run(&[command, &second]);
        refused.failed(68, "is not trusted here").failed(68, &format!("`shipctl pair {second}`"));
    }
    two.run(&["deny", &second]).failed(68, "asks for nothing that could be denied");
    two.homes[1].run(&["register", &first]).done();
    let paired = two.run(&["pair", &second]);
    assert!(paired.done().out.contains("paired"), "{paired:?}");
    two.run(&["connect", &second[..8]]).done();
    two.homes[1].run(&["shutdown"]).done();
    watching.wait_for("service_gone");
    watching.child.kill().unwrap();
}

#[test]
fn messages_are_shown_to_who_watches_them_and_a_peer_is_told_with_its_connection() {
    let mut two = Two::new();
    let mut messages = two.homes[0].client();
    messages.order(json!({ "do": "watch", "messages": true }));
    two.pair();
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let line = messages.line().expect("messages");
        if let Value::Object(message) = &line["message"] {
            assert_eq!(message["ski"], *two.hubs[1].ski);
            seen.push(message.clone());
        }
    }
    let init = &seen[0];
    assert_eq!(
        (&init["type"], &init["size"], &init["raw"]),
        (&"init".into(), &2.into(), &"0000".into())
    );
    assert!(init["ts"].as_str().unwrap().ends_with('Z') && init["at_ms"].is_u64());
    let hello = seen.iter().find(|message| message["type"] == "connectionHello").unwrap();
    let plain: Value = serde_json::from_str(hello["json"].as_str().unwrap()).unwrap();
    assert!(plain["connectionHello"]["phase"].is_string(), "{hello:?}");
    for sent in [true, false] {
        assert!(seen.iter().any(|message| message["sent"] == sent));
    }

    let ski = two.hubs[1].ski.clone();
    let peer = messages.order(json!({ "do": "peer", "ski": ski }))["peer"].clone();
    let connection = &peer["connection"];
    assert_eq!(connection["transport"]["tls_version"], "TLS 1.2");
    assert!(connection["transport"]["cipher_suite"].as_str().unwrap().contains("ECDHE_ECDSA"));
    assert_eq!(connection["transport"]["sub_protocol"], "ship");
    assert_eq!(connection["transport"]["certificate"]["ski"], *ski);
    assert_eq!(
        (&connection["version"], &connection["format"]),
        (&"1.0".into(), &"JSON-UTF8".into())
    );
    assert_eq!(peer["attempt"]["tried"][0]["reached"], true);
    assert!(peer["history"].as_array().unwrap().len() > 3 && peer["trusted_since"].is_i64());
    let unknown = messages.ask(json!({ "do": "peer", "ski": SKI }));
    assert_eq!(unknown["error"]["kind"], "unknown_peer");
}
