//! The program as people and scripts run it: bad input, a state directory in every bad condition,
//! and pairings of two programs on loopback. Every case: its exit code, its message, its JSON.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// A state directory that vanishes, and the program on it: without mDNS, on any free port.
struct Shipctl {
    state: TempDir,
}

impl Shipctl {
    fn new() -> Self {
        Self { state: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.state.path().join(name).display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipctl"));
        command.env_remove("SHIPCTL_STATE_DIR").env("NO_COLOR", "1").arg("--state-dir");
        command.arg(self.state.path().join("state")).args(args).stdin(Stdio::null());
        command
    }

    /// Runs a command that needs no network.
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs a command on loopback.
    fn net(&self, args: &[&str]) -> Ran {
        self.run(&[&NETWORK, args].concat())
    }

    /// Starts a command on loopback with `--json`.
    fn start(&self, args: &[&str]) -> Running {
        let args = [&NETWORK[..], &["--json"], args].concat();
        let mut child =
            self.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Running { child, lines, seen: String::new() }
    }

    fn ski(&self) -> String {
        let shown = self.run(&["identity", "show", "--json"]);
        shown.last()["ski"].as_str().unwrap().to_owned()
    }

    fn write_state(&self, name: &str, contents: &str) {
        fs::create_dir_all(self.state.path().join("state")).unwrap();
        fs::write(self.state.path().join("state").join(name), contents).unwrap();
    }

    fn read_state(&self, name: &str) -> String {
        fs::read_to_string(self.state.path().join("state").join(name)).unwrap()
    }
}

const NETWORK: [&str; 5] = ["--no-mdns", "--port", "0", "--bind", "127.0.0.1"];

/// How a run ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn failed(&self, code: i32, message: &str) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains("error: "), "{self:?}");
        assert!(self.err.contains(message), "expected {message:?} in {self:?}");
        self
    }

    #[track_caller]
    fn done(&self) -> &Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The lines of JSON on stdout.
    #[track_caller]
    fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last line, which must be the result.
    #[track_caller]
    fn last(&self) -> Value {
        let last = self.json().pop().unwrap();
        assert_eq!(last["event"], "result", "{self:?}");
        assert_eq!(last["exit"], self.code, "{self:?}");
        last
    }
}

/// A program that runs, and what it has said so far.
struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    seen: String,
}

impl Running {
    /// The next line with this event.
    #[track_caller]
    fn wait_for(&mut self, event: &str) -> Value {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "it ended without {event:?}: {}", self.seen);
            self.seen.push_str(&line);
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    }

    fn address(&mut self) -> String {
        format!("127.0.0.1:{}", self.wait_for("started")["port"])
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    fn end(mut self) -> Ran {
        self.lines.read_to_string(&mut self.seen).unwrap();
        let mut ran = Ran::of(self.child.wait_with_output().unwrap());
        ran.out = self.seen;
        ran
    }
}

// What a device is named by.

#[test]
fn what_is_no_ski_is_refused_with_what_it_is_instead() {
    let shipctl = Shipctl::new();
    for (given, message) in [
        (&SKI[1..], "has 39 hex digits, but a SKI has 40"),
        (&format!("{SKI}0"), "has 41 hex digits, but a SKI has 40"),
        ("i:46925_u:demo", "is a SHIP ID, not a SKI"),
        ("WB-2024-XY-0815", "serial number"),
        ("SHIP;SKI:5555 AAAA FFFF", "part of an installation QR code"),
        ("192.168.1.20:4712", "--address"),
    ] {
        let ran = shipctl.net(&["pair", given]);
        ran.failed(2, message);
        assert!(ran.err.contains("hint: "), "{ran:?}");
    }
    assert!(!shipctl.state.path().join("state").exists(), "nothing was made on the way");
}

#[test]
fn our_own_ski_is_refused() {
    let shipctl = Shipctl::new();
    let own = shipctl.ski();
    let ran = shipctl.net(&["pair", &own, "--json"]);
    ran.failed(2, "is our own SKI");
    assert_eq!(ran.last()["code"], "CERT-04");
    shipctl.net(&["listen", "--accept", &own]).failed(2, "is our own SKI");
}

#[test]
fn a_prefix_must_mean_exactly_one_device() {
    let shipctl = Shipctl::new();
    let other = SKI.replace("aaaa", "bbbb");
    let trust = format!(
        r#"{{"version":1,"peers":{{"{SKI}":{{"since":1,"name":"A"}},"{other}":{{"since":2}}}}}}"#
    );
    shipctl.write_state("trust.json", &trust);
    let ran = shipctl.net(&["pair", "5555"]);
    ran.failed(2, "2 devices begin with 5555");
    assert!(ran.err.contains(SKI) && ran.err.contains(&other), "{ran:?}");
    shipctl.net(&["pair", "9999"]).failed(68, "begins with 9999");
    shipctl.run(&["trust", "remove", "5555"]).failed(2, "2 devices");
    shipctl.run(&["trust", "remove", "9999"]).failed(68, "begins with 9999");
    shipctl.run(&["trust", "remove", &SKI.replace('5', "6")]).failed(68, "is not trusted");
    assert_eq!(shipctl.read_state("trust.json"), trust);
}

#[test]
fn arguments_that_are_not_understood_are_named() {
    let shipctl = Shipctl::new();
    for (args, message) in [
        (&["pair", SKI, "--address", "192.168.1.20"][..], "no port"),
        (&["pair", SKI, "--timeout", "soon"], "--timeout"),
        (&["pair", SKI, "--ship-id", "with space"], "SHIP ID"),
        (&["pair", SKI, "--pin-file", "Cargo.toml"], "a PIN has 8 to 16 hex digits"),
        (&["identity", "export"], "--cert"),
        (&["discover", "--no-mdns"], "without mDNS"),
        (&["discover", "--interface", "nosuch0"], "nosuch0"),
        (&["frobnicate"], "frobnicate"),
    ] {
        shipctl.run(args).failed(2, message);
    }
    let ran = shipctl.run(&["pair", "--json"]);
    assert_eq!(ran.last()["outcome"], "usage");
}

#[test]
fn off_a_terminal_nothing_is_asked_and_the_missing_flag_is_named() {
    let shipctl = Shipctl::new();
    let ran = shipctl.net(&["listen"]);
    ran.failed(2, "nobody can be asked");
    assert!(ran.err.contains("--accept") && ran.err.contains("--auto-accept"), "{ran:?}");
    let own = shipctl.ski();
    let ran = shipctl.run(&["identity", "new"]);
    ran.failed(2, "every paired device must pair again");
    assert!(ran.err.contains("--yes"), "{ran:?}");
    assert_eq!(shipctl.ski(), own);
}

// Our own state.

#[test]
fn the_first_start_makes_an_identity_and_says_so_loudly() {
    let shipctl = Shipctl::new();
    let first = shipctl.run(&["identity", "show", "-q"]);
    first.done();
    assert!(first.err.contains("a new identity was made") && first.err.contains("[OWN-01]"));
    let second = shipctl.run(&["identity", "show", "-q"]);
    assert_eq!((second.err.as_str(), &second.out), ("", &first.out));
}

#[test]
fn a_damaged_identity_is_set_aside_and_stays_so() {
    let shipctl = Shipctl::new();
    shipctl.write_state("identity.json", "{\"version\":1,");
    shipctl.net(&["pair", SKI]).failed(78, "is damaged");
    let ran = shipctl.net(&["pair", SKI, "--json"]);
    ran.failed(78, "was found damaged and set aside");
    assert!(ran.last()["advice"].as_str().unwrap().contains("identity import"), "{ran:?}");
    assert_eq!(shipctl.read_state("identity.json.damaged-1"), "{\"version\":1,");
    let ran = shipctl.run(&["identity", "new"]);
    ran.done();
    assert!(ran.err.contains("[OWN-01]"), "{ran:?}");
}

#[test]
fn damaged_trust_is_not_forgotten() {
    let shipctl = Shipctl::new();
    shipctl.write_state("trust.json", "]");
    shipctl.net(&["listen", "--auto-accept"]).failed(78, "trust.json is damaged");
    assert_eq!(shipctl.read_state("trust.json.damaged-1"), "]");
}

#[test]
fn the_state_of_a_newer_shipctl_is_left_alone() {
    let shipctl = Shipctl::new();
    shipctl.write_state("trust.json", r#"{"version":99}"#);
    shipctl.run(&["trust", "list"]).failed(78, "has version 99");
    assert_eq!(shipctl.read_state("trust.json"), r#"{"version":99}"#);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let shipctl = Shipctl::new();
    let file = shipctl.path("file");
    fs::write(&file, "").unwrap();
    let ran = shipctl.run(&["trust", "remove", "5555", "--state-dir", &file]);
    ran.failed(78, "is not a directory");
    #[cfg(target_os = "linux")]
    shipctl.run(&["identity", "show", "--state-dir", "/proc/shipctl"]).failed(74, "/proc/shipctl");
}

#[test]
fn a_second_shipctl_on_the_same_state_is_refused() {
    let shipctl = Shipctl::new();
    let mut first = shipctl.start(&["listen", "--auto-accept=10m"]);
    first.wait_for("auto_accept");
    let ran = shipctl.net(&["pair", SKI]);
    ran.failed(78, "another shipctl");
    assert!(ran.err.contains(&first.child.id().to_string()), "the process is named: {ran:?}");
    shipctl.run(&["identity", "show"]).done();
    shipctl.run(&["trust", "list"]).done();
    first.child.kill().unwrap();
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (cert, key) = (a.path("a.crt"), b.path("b.key"));
    a.run(&["identity", "export", "--cert", &cert]).done();
    b.run(&["identity", "export", "--key", &key]).done();
    let own = a.ski();
    let import = ["identity", "import", "--cert", &cert, "--key", &key, "--yes"];
    a.run(&import).failed(78, "does not belong to the certificate");
    assert_eq!(a.ski(), own);
}

#[test]
fn an_identity_goes_out_and_comes_back() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (cert, key) = (a.path("a.crt"), a.path("a.key"));
    a.run(&["identity", "export", "--cert", &cert, "--key", &key]).done();
    a.run(&["identity", "export", "--key", &key]).failed(74, "cannot write");
    let import = ["identity", "import", "--cert", &cert, "--key", &key];
    b.run(&["identity", "show"]).done();
    b.run(&import).failed(2, "every paired device must pair again");
    b.run(&[&import[..], &["--yes"]].concat()).done();
    assert_eq!(a.ski(), b.ski());
    assert!(Path::new(&b.path("state/identity.json.replaced-1")).exists());
}

#[test]
fn trust_is_listed_renamed_and_removed() {
    let shipctl = Shipctl::new();
    let ran = shipctl.run(&["trust", "list"]);
    assert!(ran.done().err.contains("no device is trusted yet"), "{ran:?}");
    let trust = format!(r#"{{"version":1,"peers":{{"{SKI}":{{"since":1700000000}}}}}}"#);
    shipctl.write_state("trust.json", &trust);
    shipctl.run(&["trust", "rename", "5555", "Wallbox\u{1b}[2J left"]).done();
    let ran = shipctl.run(&["trust", "list"]);
    assert!(ran.done().out.contains(&format!("Wallbox[2J left  {SKI}")), "{ran:?}");
    let ran = shipctl.run(&["trust", "list", "--json"]);
    let lines = ran.json();
    assert_eq!((&lines[0]["event"], &lines[0]["ski"]), (&"trusted".into(), &SKI.into()));
    assert_eq!(lines[0]["since"], "2023-11-14T22:13:20.000Z");
    assert_eq!(ran.last()["trusted"], 1);
    shipctl.run(&["trust", "remove", "5555"]).done();
    assert!(!shipctl.read_state("trust.json").contains(SKI));
}

// Stdout.

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_an_error_and_a_closed_one_is_not() {
    let shipctl = Shipctl::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = shipctl.command(&["identity", "show"]).stdout(full).output().unwrap();
    Ran::of(ran).failed(74, "cannot write to stdout");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = shipctl.command(&["identity", "show"]).stdout(writer).output().unwrap();
    assert_eq!(Ran::of(ran).done().err, "");
}

#[test]
fn off_a_terminal_there_are_neither_colours_nor_cursor_movements() {
    let shipctl = Shipctl::new();
    let mut command = shipctl.command(&["identity", "qr"]);
    let ran = Ran::of(command.env_remove("NO_COLOR").output().unwrap());
    assert!(ran.done().out.starts_with("SHIP;SKI:"), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error() {
    let shipctl = Shipctl::new();
    let log = shipctl.path("nowhere/shipctl.log");
    shipctl.run(&["trust", "list", "--log-file", &log]).failed(74, "nowhere/shipctl.log");
}

// The network.

#[test]
fn a_port_in_use_is_named_with_its_process() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Shipctl::new().run(&[
        "--no-mdns",
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "pair",
        SKI,
        "--json",
    ]);
    ran.failed(74, &format!("port {port} is in use"));
    assert_eq!(ran.last()["code"], "TCP-05");
    assert!(ran.err.contains(&std::process::id().to_string()), "{ran:?}");
}

#[test]
fn an_address_that_refuses_is_tried_until_the_time_is_over() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let ran =
        Shipctl::new().net(&["pair", SKI, "--address", &free, "--timeout", "300ms", "--json"]);
    ran.failed(69, "refused");
    let last = ran.last();
    assert_eq!((&last["code"], &last["ski"]), (&"TCP-01".into(), &SKI.into()));
    assert_eq!(last["stage"], "TCP connection");
}

#[test]
fn an_address_that_stays_silent_is_unreachable() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let ran =
        Shipctl::new().net(&["pair", SKI, "--address", &address, "--timeout", "300ms", "--json"]);
    ran.failed(69, &address);
}

#[test]
fn a_device_that_never_shows_is_not_found() {
    let ran = Shipctl::new().net(&["pair", SKI, "--timeout", "200ms", "--json"]);
    ran.failed(68, "was not seen");
    assert_eq!(ran.last()["stage"], "discovery");
}

#[test]
fn a_plain_http_server_ends_the_pairing_at_once() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut client in server.incoming().flatten() {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let ran = Shipctl::new().net(&["pair", SKI, "--address", &address, "--json"]);
    ran.failed(76, "not TLS");
    assert_eq!(ran.last()["code"], "TLS-02");
}

#[test]
fn two_programs_pair_and_both_keep_it() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--json"]);
    ran.done();
    let last = ran.last();
    assert_eq!((&last["outcome"], &last["ski"]), (&"completed".into(), &b_ski.clone().into()));
    assert!(last["ship_id"].as_str().unwrap().starts_with("shipctl-"), "{last}");
    for line in ran.json() {
        assert_eq!(line["schema"], 1, "{line}");
        assert!(line["ts"].as_str().unwrap().ends_with('Z'), "{line}");
        assert!(line.get("ski").is_some(), "{line}");
    }
    let listened = listening.end();
    assert_eq!(listened.done().last()["paired"][0], a_ski);
    for (shipctl, peer) in [(&a, &b_ski), (&b, &a_ski)] {
        let trust = shipctl.read_state("trust.json");
        assert!(trust.contains(peer.as_str()) && trust.contains("ship_id"), "{trust}");
    }
}

#[test]
fn the_result_for_people_is_one_line_on_stdout() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address]);
    assert!(ran.done().out.starts_with("paired   SKI "), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    for word in ["state ", "this ", "peer ", "initiated", "connected", "trusted", "completed"] {
        assert!(ran.err.contains(word), "{word} in {ran:?}");
    }
}

#[test]
fn a_device_that_denies_ends_with_77_and_nothing_is_stored() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    a.ski();
    let b_ski = b.ski();
    let mut listening = b.start(&["listen", "--accept", SKI]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--json"]);
    assert_eq!(ran.code, 77, "{ran:?}");
    let last = ran.last();
    assert_eq!((&last["outcome"], &last["stage"]), (&"denied".into(), &"hello".into()));
    assert!(last["code"].as_str().unwrap().starts_with("HEL-"), "{last}");
    assert!(last["advice"].is_string(), "{last}");
    assert!(!Path::new(&a.path("state/trust.json")).exists());
    listening.child.kill().unwrap();
}

#[test]
fn another_device_at_the_address_ends_with_76_naming_both() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    a.ski();
    let b_ski = b.ski();
    let mut listening = b.start(&["listen", "--accept", SKI]);
    let address = listening.address();
    let ran = a.net(&["pair", SKI, "--address", &address, "--json"]);
    ran.failed(76, SKI).failed(76, &b_ski);
    assert_eq!(ran.last()["code"], "CERT-03");
    listening.child.kill().unwrap();
}

#[test]
fn a_pin_opens_what_no_pin_and_a_wrong_pin_do_not_and_is_never_shown() {
    const PIN: &str = "1234abcdef";
    const WRONG: &str = "feedbeef99";
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let (right, wrong) = (a.path("right"), a.path("wrong"));
    fs::write(&right, PIN).unwrap();
    fs::write(&wrong, WRONG).unwrap();
    let log = a.path("log");
    let mut listening =
        b.start(&["listen", "--accept", &a_ski, "--once", "--require-pin-file", &right]);
    let address = listening.address();
    let pair = ["pair", &b_ski, "--address", &address, "--json", "--log-file", &log];

    let without = a.net(&pair);
    assert_eq!((without.code, &without.last()["code"]), (77, &"PIN-01".into()), "{without:?}");
    let refused = a.net(&[&pair[..], &["--pin-file", &wrong]].concat());
    assert_eq!((refused.code, &refused.last()["code"]), (77, &"PIN-02".into()), "{refused:?}");
    let accepted = a.net(&[&pair[..], &["--pin-file", &right]].concat());
    accepted.done();

    let listened = listening.end();
    listened.done();
    assert!(listened.out.contains("wrong_pin") && listened.out.contains("right_pin"));
    let log = fs::read_to_string(&log).unwrap();
    for said in [without, refused, accepted, listened] {
        for pin in [PIN, WRONG] {
            let said = format!("{}{}{log}", said.out, said.err).to_lowercase();
            assert!(!said.contains(pin), "{said}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_signal_ends_in_order_and_is_told_in_the_exit_code() {
    for (signal, code, outcome) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated")] {
        let (a, b) = (Shipctl::new(), Shipctl::new());
        let (a_ski, b_ski) = (a.ski(), b.ski());
        let mut listening = b.start(&["listen", "--accept", &a_ski]);
        let address = listening.address();
        let mut keeping = a.start(&["pair", &b_ski, "--address", &address, "--keep"]);
        keeping.wait_for("completed");
        keeping.signal(signal);
        let kept = keeping.end();
        assert_eq!((kept.code, &kept.last()["outcome"]), (code, &outcome.into()), "{kept:?}");
        let ended = listening.wait_for("ended");
        assert_eq!(ended["code"], Value::Null, "the close was announced: {ended}");
        listening.child.kill().unwrap();
    }
}
