//! Our side as people and scripts run it: the program, its lines and its exit code.

use std::{fs, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

use super::{network::Place, peer::DEADLINE};

/// On loopback, without mDNS, on any free port.
pub const ON_LOOPBACK: [&str; 5] = ["--no-mdns", "--bind", "127.0.0.1", "--port", "0"];

/// The program on a state directory of its own, which vanishes with it.
pub struct Shipctl {
    state: TempDir,
    pub ski: String,
}

impl Shipctl {
    /// Makes it an identity.
    pub async fn new() -> Self {
        let mut shipctl = Self { state: TempDir::new().unwrap(), ski: String::new() };
        let ran = shipctl.start(&Place::Here, &["identity", "show", "--json"]).end().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        shipctl.ski = ran.result()["ski"].as_str().unwrap().to_owned();
        shipctl
    }

    /// Another one with the same identity.
    pub fn copy(&self) -> Self {
        let state = TempDir::new().unwrap();
        fs::copy(self.state.path().join("identity.json"), state.path().join("identity.json"))
            .unwrap();
        Self { state, ski: self.ski.clone() }
    }

    /// Starts a command.
    pub fn start(&self, place: &Place, args: &[&str]) -> Running {
        let mut command: Command = place.command(env!("CARGO_BIN_EXE_shipctl")).into();
        command.env_remove("SHIPCTL_STATE_DIR").arg("--state-dir").arg(self.state.path());
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let (sender, lines) = unbounded_channel();
        forward(child.stdout.take().unwrap(), sender.clone(), Line::Out);
        forward(child.stderr.take().unwrap(), sender, Line::Err);
        Running { child, lines, seen: Vec::new() }
    }

    /// Starts a command on loopback with `--json`.
    pub fn start_json(&self, args: &[&str]) -> Running {
        self.start(&Place::Here, &[&ON_LOOPBACK[..], &["--json"], args].concat())
    }

    /// What is stored about a trusted peer.
    pub fn trusted(&self, ski: &str) -> Option<Value> {
        let text = fs::read_to_string(self.state.path().join("trust.json")).ok()?;
        let mut trust: Value = serde_json::from_str(&text).unwrap();
        trust["peers"].as_object_mut()?.remove(ski)
    }
}

/// A line the program wrote, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Out(String),
    Err(String),
}

impl Line {
    pub fn text(&self) -> &str {
        match self {
            Self::Out(text) | Self::Err(text) => text,
        }
    }

    /// As a line of JSON on stdout.
    pub fn json(&self) -> Option<Value> {
        match self {
            Self::Out(text) => serde_json::from_str(text).ok(),
            Self::Err(_) => None,
        }
    }
}

fn forward(
    from: impl AsyncRead + Unpin + Send + 'static,
    to: UnboundedSender<Line>,
    line: impl Fn(String) -> Line + Send + 'static,
) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(text)) = lines.next_line().await {
            let _ = to.send(line(text));
        }
    });
}

/// A program that runs, and what it has said so far; killed when dropped.
pub struct Running {
    child: Child,
    lines: UnboundedReceiver<Line>,
    seen: Vec<Line>,
}

impl Running {
    /// The first line from now on for which `pick` gives something; others are passed over.
    pub async fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&Line) -> Option<T>) -> T {
        loop {
            match timeout(DEADLINE, self.lines.recv()).await {
                Ok(Some(line)) => {
                    let picked = pick(&line);
                    self.seen.push(line);
                    if let Some(picked) = picked {
                        return picked;
                    }
                }
                Ok(None) => panic!("it ended without {what}: {:#?}", self.seen),
                Err(_) => panic!("no {what}, but {:#?}", self.seen),
            }
        }
    }

    /// The next line of JSON with this event.
    pub async fn event(&mut self, name: &str) -> Value {
        self.wait_for(name, |line| line.json().filter(|json| json["event"] == name)).await
    }

    /// The next line of JSON with this event and this in it.
    pub async fn event_with(&mut self, name: &str, key: &str, value: impl Into<Value>) -> Value {
        let value = value.into();
        let wanted = |json: &Value| json["event"] == name && json[key] == value;
        self.wait_for(&format!("{name} with {key} {value}"), |line| line.json().filter(wanted))
            .await
    }

    /// The next line of the story that tells this.
    pub async fn told(&mut self, part: &str) -> String {
        self.wait_for(part, |line| match line {
            Line::Err(text) if text.contains(part) => Some(text.clone()),
            _ => None,
        })
        .await
    }

    /// Where it listens, from its JSON.
    pub async fn address(&mut self) -> String {
        format!("127.0.0.1:{}", self.event("started").await["port"])
    }

    /// Waits for its end.
    pub async fn end(mut self) -> Ran {
        let waiting = async {
            while let Some(line) = self.lines.recv().await {
                self.seen.push(line);
            }
            self.child.wait().await.unwrap()
        };
        match timeout(DEADLINE, waiting).await {
            Ok(status) => Ran { code: status.code().expect("an exit code"), lines: self.seen },
            Err(_) => panic!("it does not end: {:#?}", self.seen),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    lines: Vec<Line>,
}

impl Ran {
    /// The last line of JSON, which must be the result, and tell the exit code.
    #[track_caller]
    pub fn result(&self) -> Value {
        let result = self.events("result").pop().unwrap_or_else(|| panic!("{self:#?}"));
        assert_eq!(result["exit"], self.code, "{self:#?}");
        result
    }

    /// Every line of JSON with this event.
    pub fn events(&self, name: &str) -> Vec<Value> {
        self.lines.iter().filter_map(Line::json).filter(|json| json["event"] == name).collect()
    }

    /// What it wrote to stdout.
    pub fn out(&self) -> Vec<&str> {
        let out = self.lines.iter().filter(|line| matches!(line, Line::Out(_)));
        out.map(Line::text).collect()
    }

    /// Whether it wrote this to stderr.
    pub fn told(&self, part: &str) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Err(text) if text.contains(part)))
    }
}
