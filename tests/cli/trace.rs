//! Traces: written by two programs that pair, read, replayed, and opened by tshark.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use super::{kit::*, support::skip::skip};

const PIN: &str = "BADCAFE5";
const WRONG: &str = "FEEDBEEF99";

/// Two programs pair with a PIN, the wrong one first; each writes a trace. Gives their paths.
fn pairing(a: &Shipctl, b: &Shipctl) -> [String; 3] {
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let (right, wrong) = (a.path("right"), a.path("wrong"));
    fs::write(&right, PIN).unwrap();
    fs::write(&wrong, WRONG).unwrap();
    let traces = [a.path("refused"), a.path("dialled"), b.path("listened")];
    let [refused, dialled, listened] = &traces;
    let listen = ["--trace", listened, "listen", "--accept", &a_ski, "--once"];
    let mut listening = b.start(&[&listen[..], &["--require-pin-file", &right]].concat());
    let address = listening.address();
    let pair = ["pair", &b_ski, "--address", &address, "--pin-file"];
    a.net(&[&["--trace", refused], &pair[..], &[&wrong]].concat()).failed(77, "PIN");
    a.net(&[&["--trace", dialled], &pair[..], &[&right]].concat()).done();
    listening.end().done();
    traces
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_pairing_is_replayed_to_the_same_decisions_and_no_trace_of_it_holds_a_secret() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let traces = pairing(&a, &b);
    let keys = [&a, &b].map(|shipctl| shipctl.read_state("identity.json"));
    for trace in &traces {
        let ran = a.run(&["trace", "replay", trace, "--json"]);
        let last = ran.done().last();
        assert_eq!(last["outcome"], "same", "{last}");
        assert!(last["states"].as_u64().unwrap() > 15, "{last}");
        assert!(last["decisions"].as_u64().unwrap() > 3, "{last}");
        assert!(last["messages"].as_u64().unwrap() > 4, "{last}");

        let pcapng = format!("{trace}.pcapng");
        a.run(&["trace", "export", "--pcapng", &pcapng, trace]).done();
        let shown = ["show", "timeline", "diagram"].map(|how| a.run(&["trace", how, trace]).out);
        let written = [fs::read(trace).unwrap(), fs::read(&pcapng).unwrap()];
        let all = written.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        for text in all.iter().chain(&shown).map(|text| text.to_lowercase()) {
            for secret in [PIN, WRONG].map(str::to_lowercase) {
                assert!(!text.contains(&secret), "{text}");
                assert!(!text.contains(&hex(&secret)), "{text}");
                assert!(!text.contains(&hex(&secret.to_uppercase())), "{text}");
            }
            let lines = keys.iter().flat_map(|key| key.split(['"', '\\', '\n']));
            for line in lines.map(|line| line.trim_start_matches('n')).filter(|it| it.len() > 45) {
                assert!(!text.contains(&line.to_lowercase()), "a line of a key");
            }
        }
    }
}

#[test]
fn each_view_of_a_trace_says_what_happened() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let [_, trace, _] = pairing(&a, &b);
    let peer = b.ski();
    let messages = a.run(&["trace", "show", &trace, "--messages"]);
    let said = &messages.done().out;
    for part in ["→ connectionHello", "← connectionPinState", r#"{"connectionPinInput":"#] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let states =
        a.run(&["trace", "show", &trace, "--only", "state", "--ski", &peer[..6], "--json"]);
    let states = states.done().json();
    let to: Vec<&str> = states.iter().filter_map(|line| line["to"].as_str()).collect();
    assert!(to.starts_with(&["Queued", "Initiated", "InProgress", "Trusted", "Pin"]), "{to:?}");
    assert!(states[1..states.len() - 1].iter().all(|line| line["ski"] == *peer));
    let none = a.run(&["trace", "show", &trace, "--since", "1h"]);
    assert_eq!(none.done().out, "");
    let show = |more: &[&str]| a.run(&[&["trace", "show", &trace][..], more].concat());
    for (only, says) in [
        ("frames", "--only knows no \"frames\"; did you mean \"frame\"?"),
        ("state,xyzzyxyzzy", "--only knows no \"xyzzyxyzzy\""),
        ("", "--only knows no \"\""),
    ] {
        show(&["--only", only]).failed(2, says).failed(2, "messages, states, decisions");
    }
    show(&["--only", "dialling,delay_drawn,phase_began"]).done();
    show(&["--since", "5s", "--until", "1s"]).failed(2, "--until 1s is before --since 5s");
    for how in ["show", "timeline", "diagram"] {
        let stranger = "0123456789".repeat(4);
        a.run(&["trace", how, &trace, "--ski", &stranger]).failed(68, "is about SKI 0123");
    }
    let timeline = a.run(&["trace", "timeline", &trace]);
    assert!(timeline.done().out.contains("  connected  "), "{timeline:?}");
    let diagram = a.run(&["trace", "diagram", &trace]);
    assert!(diagram.done().out.starts_with("sequenceDiagram\n"), "{diagram:?}");
}

#[test]
fn a_capture_goes_to_stdout_where_a_dash_is_named_and_makes_no_file_of_that_name() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let [_, trace, _] = pairing(&a, &b);
    let pcapng = a.path("named");
    a.run(&["trace", "export", "--pcapng", &pcapng, &trace]).done();
    let mut command = a.command(&["trace", "export", "--pcapng", "-", &trace]);
    let there = a.path("");
    let ran = command.current_dir(&there).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(ran.stdout, fs::read(&pcapng).unwrap());
    assert!(!Path::new(&a.path("-")).exists());
    a.run(&["trace", "export", "--pcapng", "-", &trace, "--json"]).failed(2, "--json");
}

#[test]
fn tshark_reads_the_capture_and_shows_the_json() {
    if Command::new("tshark").arg("--version").output().is_err() {
        let required = std::env::var_os("SHIPCTL_REQUIRE_FOREIGN_PEERS").is_some();
        assert!(!required, "there is no tshark");
        return skip("there is no tshark");
    }
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let traces = pairing(&a, &b);
    for trace in &traces {
        let pcapng = format!("{trace}.pcapng");
        a.run(&["trace", "export", "--pcapng", &pcapng, trace]).done();
        let tshark = |more: &[&str]| {
            let ran = Command::new("tshark").args(["-r", &pcapng]).args(more).output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
            String::from_utf8(ran.stdout).unwrap()
        };
        let comments = tshark(&["-Y", "websocket", "-T", "fields", "-e", "frame.comment"]);
        for json in [r#"{"connectionHello":{"phase":"ready""#, r#"{"connectionPinState":"#] {
            assert!(comments.contains(json), "{json} in {comments}");
        }
        let payloads = tshark(&["-Y", "websocket", "-T", "fields", "-e", "data.data"]);
        assert!(payloads.contains(&hex(r#"{"connectionHello":[{"phase":"#)), "{payloads}");
        let bad = tshark(&[
            "-o",
            "tcp.check_checksum:TRUE",
            "-o",
            "ip.check_checksum:TRUE",
            "-Y",
            "_ws.malformed or tcp.analysis.flags or tcp.checksum.status == 0",
        ]);
        assert_eq!(bad, "", "{trace}");
    }
}

#[test]
fn an_existing_file_is_never_overwritten_and_no_other_is_left_behind() {
    let shipctl = Shipctl::new();
    let path = shipctl.path("trace");
    fs::write(&path, "mine").unwrap();
    let listen = ["--trace", &path, "listen", "--accept", SKI, "--timeout", "1s"];
    shipctl
        .net(&listen)
        .failed(74, "is there already, and nothing is overwritten")
        .failed(74, "name another file");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    let nowhere = shipctl.path("nowhere/trace");
    let listen = ["--trace", &nowhere, "listen", "--accept", SKI, "--timeout", "1s"];
    shipctl.net(&listen).failed(74, "cannot write the trace");
    shipctl.run(&["--trace", &path, "trust", "list"]).failed(74, "is there already");
    // Whatever writes a file says and does the same.
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let [_, trace, _] = pairing(&a, &b);
    for writes in [
        &["trace", "export", "--pcapng", &path, &trace][..],
        &["identity", "export", "--cert", &path],
        &["report", "-o", &path],
    ] {
        a.run(writes).failed(74, "is there already, and nothing is overwritten");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn what_is_no_trace_is_said_to_be_none() {
    let shipctl = Shipctl::new();
    for (name, text) in [("empty", ""), ("json", "{}\n"), ("binary", "\u{0}\u{1}\n")] {
        let path = shipctl.path(name);
        fs::write(&path, text).unwrap();
        shipctl.run(&["trace", "show", &path]).failed(65, "no trace of shipctl");
    }
    let later = shipctl.path("later");
    fs::write(&later, "{\"trace\":9}\n").unwrap();
    shipctl.run(&["trace", "replay", &later]).failed(65, "version 9");
    shipctl.run(&["trace", "show", &shipctl.path("nowhere")]).failed(74, "cannot read");
}

#[test]
fn a_trace_survives_the_death_of_its_program_and_ends_at_its_limit() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let (killed, small) = (a.path("killed"), b.path("small"));
    let listen = ["--trace", &small, "--trace-limit", "8K", "listen", "--accept", &a_ski];
    let mut listening = b.start(&listen);
    let address = listening.address();
    let mut keeping =
        a.start(&["--trace", &killed, "pair", &b_ski, "--address", &address, "--keep"]);
    keeping.wait_for("completed");
    // It is on its way to the disk at once, but by another thread.
    let began = Instant::now();
    while !fs::read_to_string(&killed).unwrap().contains(r#""event":"completed""#) {
        assert!(began.elapsed() < DEADLINE, "it is not written");
        std::thread::yield_now();
    }
    keeping.child.kill().unwrap();
    keeping.child.wait().unwrap();
    let show = a.run(&["trace", "show", &killed, "--only", "states"]);
    assert!(show.done().out.contains("trusted → connected"), "{show:?}");
    let replayed = a.run(&["trace", "replay", &killed, "--json"]);
    assert_eq!(replayed.done().last()["outcome"], "same");

    listening.wait_for("ended");
    listening.signal("INT");
    listening.end();
    assert!(fs::metadata(&small).unwrap().len() <= 8192);
    let text = fs::read_to_string(&small).unwrap();
    assert!(text.lines().last().unwrap().contains("the limit of its size"), "{text}");
    a.run(&["trace", "replay", &small]).done();
}

#[test]
fn a_running_hub_records_when_told_and_such_a_trace_says_why_it_cannot_be_replayed() {
    let shipctl = Shipctl::new();
    let mut hub = shipctl.start(&["hub", "run"]);
    hub.wait_for("started");
    let path = shipctl.path("later");
    let begun = wait_until_done(&shipctl, &["trace", "start", &path, "--json"]);
    assert_eq!(begun.last()["file"], path);
    shipctl.run(&["trace", "start", &shipctl.path("more")]).failed(2, "records already");
    shipctl.run(&["trace", "start", &path]).failed(2, &format!("records already, to {path}"));
    assert!(!Path::new(&shipctl.path("more")).exists());
    let status = shipctl.run(&["status", "--json"]);
    let hub_of = status.done().last()["hub"].clone();
    assert_eq!(hub_of["node"]["recording"]["file"], path, "{hub_of}");
    shipctl.run(&["register", SKI]).done();
    let ended = shipctl.run(&["trace", "stop", "--json"]);
    assert_eq!(ended.done().last()["file"], path);
    shipctl.run(&["trace", "stop"]).failed(68, "records nothing");
    let show = shipctl.run(&["trace", "show", &path, "--only", "commands,state"]);
    assert!(show.done().out.contains("do register"), "{show:?}");
    shipctl.run(&["trace", "replay", &path]).failed(65, "running already");
    shipctl.run(&["shutdown"]).done();
    hub.end().done();
}

/// The socket of a hub is there a moment after it tells that it runs.
fn wait_until_done(shipctl: &Shipctl, args: &[&str]) -> Ran {
    let began = Instant::now();
    loop {
        let ran = shipctl.run(args);
        if ran.code == 0 || began.elapsed() > DEADLINE.max(Duration::from_secs(1)) {
            ran.done();
            return ran;
        }
    }
}
