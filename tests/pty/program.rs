//! The program on a state of its own: in a terminal, or beside it with JSON on a pipe.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::terminal::Terminal;

/// On loopback, without mDNS.
const ON_LOOPBACK: [&str; 3] = ["--no-mdns", "--bind", "127.0.0.1"];

/// The program on a state directory of its own, which vanishes with it.
pub struct Shipctl {
    state: TempDir,
    pub ski: String,
}

impl Shipctl {
    /// Without an identity yet.
    pub fn unused() -> Self {
        Self { state: TempDir::new().unwrap(), ski: String::new() }
    }

    /// With an identity.
    pub fn new() -> Self {
        let mut shipctl = Self::unused();
        let shown = shipctl.beside(&["identity", "show"]).end();
        shipctl.ski = shown.1["ski"].as_str().unwrap().to_owned();
        shipctl
    }

    /// Starts a command in a terminal of so many columns.
    pub fn start(&self, columns: u16, args: &[&str]) -> Terminal {
        self.start_with(columns, args, None)
    }

    /// The same, with a variable in its environment.
    pub fn start_with(&self, columns: u16, args: &[&str], env: Option<(&str, &str)>) -> Terminal {
        let mut command = self.command(args, 0);
        command.envs(env);
        Terminal::start(columns, command.into())
    }

    /// Starts a command in a terminal of so many columns and rows, with this in its environment.
    pub fn start_sized(&self, size: (u16, u16), args: &[&str], env: &[(&str, &str)]) -> Terminal {
        let mut command = self.command(args, 0);
        command.envs(env.iter().copied());
        Terminal::start_sized(size, command.into())
    }

    /// Starts a command with JSON on a pipe.
    pub fn beside(&self, args: &[&str]) -> Beside {
        self.beside_on(0, args)
    }

    /// The same, on this port.
    pub fn beside_on(&self, port: u16, args: &[&str]) -> Beside {
        let mut command = self.command(args, port);
        command.arg("--json").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Beside { child, lines }
    }

    /// A file with this in it.
    pub fn file(&self, name: &str, contents: &str) -> String {
        let path: PathBuf = self.state.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path.display().to_string()
    }

    /// Whether this is the path of something it has left behind.
    pub fn holds(&self, path: &str) -> bool {
        Path::new(path).starts_with(self.state.path())
    }

    /// A command, to be started anywhere.
    pub fn command(&self, args: &[&str], port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipctl"));
        command.env_remove("SHIPCTL_STATE_DIR").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        for name in ["COLORTERM", "COLORFGBG", "LC_ALL", "LC_CTYPE"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        // Whatever it leaves behind goes with its state.
        command.env("TMPDIR", self.state.path());
        command.arg("--state-dir").arg(self.state.path().join("state"));
        command.args(ON_LOOPBACK).args(["--port", &port.to_string()]).args(args);
        command
    }
}

/// A program beside the terminal; killed when dropped.
pub struct Beside {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Beside {
    /// The next line with this event.
    #[track_caller]
    pub fn event(&mut self, name: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended without {name}");
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == name {
                return value;
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn port(&mut self) -> u16 {
        self.event("started")["port"].as_u64().unwrap().try_into().unwrap()
    }

    /// Its exit code and its result.
    #[track_caller]
    pub fn end(mut self) -> (i32, Value) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        let result = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
        (self.child.wait().unwrap().code().unwrap(), result)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
