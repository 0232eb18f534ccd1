//! A foreign peer as a child process: built once, told what to do on stdin, heard on stdout.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
    time::Duration,
};

use serde_json::Value;
use shipctl::proto::Ski;
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{hosts::Place, skip::skip};

/// Long enough for any step on a busy machine; a step that takes longer hangs.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Which implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ShipGo,
    Eebus,
}

/// A running foreign peer; killed when dropped.
pub struct Peer {
    pub ski: Ski,
    pub ship_id: String,
    pub port: u16,
    kind: Kind,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: NamedTempFile,
    _child: Child,
}

impl Peer {
    /// Starts a peer that trusts this SKI; `None` where it cannot be built here.
    pub async fn trusting(kind: Kind, ski: impl Display) -> Option<Self> {
        Self::start(kind, &["--mode", "trust", "--remote", &ski.to_string()]).await
    }

    /// Has it dial whoever listens there, and expect this SKI.
    pub async fn dial(&mut self, address: &str, ski: impl Display) {
        self.tell(&format!("dial {address} {ski}")).await;
    }

    /// Starts a peer with these flags; `None` where it cannot be built here.
    pub async fn start(kind: Kind, flags: &[&str]) -> Option<Self> {
        Self::start_at(&Place::Here, kind, flags).await
    }

    /// The same, on another host.
    pub async fn start_at(place: &Place, kind: Kind, flags: &[&str]) -> Option<Self> {
        let program = program(kind)?;
        let stderr = NamedTempFile::new().unwrap();
        let mut child = Command::from(place.command(program))
            .args(["--port", "0"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr.reopen().unwrap())
            .kill_on_drop(true)
            .spawn()
            .expect("a foreign peer that was built starts");
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let ski = Ski::from_bytes([0; 20]);
        let ship_id = String::new();
        let mut peer = Self { ski, ship_id, port: 0, kind, stdin, stdout, stderr, _child: child };
        let ready = peer.wait_for("ready").await;
        peer.ski = ready["ski"].as_str().unwrap().parse().unwrap();
        peer.ship_id = ready["ship_id"].as_str().unwrap().to_owned();
        peer.port = ready["port"].as_u64().unwrap().try_into().unwrap();
        Some(peer)
    }

    /// Its SKI as text.
    pub fn ski(&self) -> String {
        self.ski.to_string()
    }

    /// Where it listens, on loopback.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Gives it a command.
    pub async fn tell(&mut self, command: &str) {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    /// Waits until it asks its user about us.
    ///
    /// ship-go tells so half a second late. Who accepts sooner may overtake our hello, which
    /// ship-go then takes for the next phase, and closes with 4001; no user is as fast.
    pub async fn asks(&mut self) {
        while self.wait_for("state").await["name"] != "received_pairing_request" {}
    }

    /// Waits for an event; no data comes before it.
    pub async fn hears_nothing_before(&mut self, name: &str) {
        let waiting = async {
            while let Some(line) = self.stdout.next_line().await.unwrap() {
                let event: Value = serde_json::from_str(&line).unwrap();
                assert_ne!(event["event"], "data", "{event}");
                if event["event"] == name {
                    return;
                }
            }
            panic!("it ended");
        };
        timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("it never reported {name}"));
    }

    /// The next event; `None` if it has ended. May be given up and called again.
    pub async fn next_event(&mut self) -> Option<Value> {
        let line = self.stdout.next_line().await.unwrap();
        line.map(|line| serde_json::from_str(&line).unwrap())
    }

    /// What it wrote to stderr.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.stderr.path()).unwrap()
    }

    /// The next event of this name; others are passed over.
    pub async fn wait_for(&mut self, name: &str) -> Value {
        let mut passed = Vec::new();
        let waiting = async {
            while let Some(line) = self.stdout.next_line().await.unwrap() {
                let event: Value = serde_json::from_str(&line).unwrap();
                if event["event"] == name {
                    return event;
                }
                passed.push(line);
            }
            panic!("it ended");
        };
        timeout(DEADLINE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{:?} never reported {name}, but {passed:#?}", self.kind))
    }
}

/// What it said stands beside what the test says.
impl Drop for Peer {
    fn drop(&mut self) {
        eprint!("{}", self.said());
    }
}

/// The program of a peer, built at most once; `None`, with a notice, where it cannot be built.
fn program(kind: Kind) -> Option<&'static Path> {
    static SHIP_GO: OnceLock<Option<PathBuf>> = OnceLock::new();
    static EEBUS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let program = match kind {
        Kind::ShipGo => SHIP_GO.get_or_init(|| built("ship-go", build_ship_go)),
        Kind::Eebus => {
            EEBUS.get_or_init(|| built("eebus", || build_with_cargo("eebus-peer", "eebus-peer")))
        }
    };
    program.as_deref()
}

/// What `build` makes; `None`, and a notice, where that is not possible here.
pub fn built(what: &str, build: impl FnOnce() -> Result<PathBuf, String>) -> Option<PathBuf> {
    match build() {
        Ok(program) => Some(program),
        Err(why) if std::env::var_os("SHIPCTL_REQUIRE_FOREIGN_PEERS").is_none() => {
            skip(format!("{what} cannot be built here: {why}"));
            None
        }
        Err(why) => panic!("{what} cannot be built: {why}"),
    }
}

fn build_ship_go() -> Result<PathBuf, String> {
    let program = out().join("ship-go-peer");
    run(std::process::Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(here().join("ship-go")))?;
    Ok(program)
}

/// The program of a package in this folder. Without optimisation: it is large, and speed does not
/// matter here.
pub fn build_with_cargo(folder: &str, program: &str) -> Result<PathBuf, String> {
    let target = out().join(folder);
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--manifest-path"]);
    cargo.arg(here().join(folder).join("Cargo.toml")).arg("--target-dir").arg(&target);
    // What cargo tells this test about itself would make `ring`, and all that stands on it, build
    // anew whenever it differs: a minute each time.
    let about_us =
        |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| about_us(name)) {
        cargo.env_remove(name);
    }
    run(&mut cargo)?;
    Ok(target.join("debug").join(program))
}

fn run(command: &mut std::process::Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Beside the other build products, so that they are cached and cleaned together.
fn out() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop")
}
