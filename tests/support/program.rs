//! What the tests are made of: the program on a state directory of its own, and how it ran.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    schema::{self, OUTPUT},
    skip::skip,
};

pub const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// Far longer than anything here takes.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// On loopback, without mDNS, on any free port.
pub const NETWORK: [&str; 5] = ["--no-mdns", "--port", "0", "--bind", "127.0.0.1"];

/// A state directory that vanishes, and the program on it.
pub struct Shipctl {
    pub dir: TempDir,
}

impl Shipctl {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    pub fn state(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(Command::new(env!("CARGO_BIN_EXE_shipctl")));
        command.arg("--state-dir").arg(self.state()).args(args);
        command
    }

    /// Runs a command that needs no network.
    pub fn run(&self, args: &[&str]) -> Ran {
        Running::start(self.command(args)).end()
    }

    /// Runs a command on loopback.
    pub fn net(&self, args: &[&str]) -> Ran {
        self.run(&[&NETWORK, args].concat())
    }

    /// Starts a command on loopback with `--json`.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::start(self.command(&[&NETWORK[..], &["--json"], args].concat()))
    }

    pub fn ski(&self) -> String {
        let shown = self.run(&["identity", "show", "--json"]);
        shown.last()["ski"].as_str().unwrap().to_owned()
    }

    pub fn write_state(&self, name: &str, contents: &str) {
        fs::create_dir_all(self.state()).unwrap();
        fs::write(self.state().join(name), contents).unwrap();
    }

    pub fn read_state(&self, name: &str) -> String {
        fs::read_to_string(self.state().join(name)).unwrap()
    }
}

/// A command without a terminal and without the settings of whoever runs the tests.
pub fn program(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

fn is_setting(variable: &OsStr) -> bool {
    variable.to_string_lossy().starts_with("SHIPCTL_")
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn failed(&self, code: i32, message: &str) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains("error: "), "{self:?}");
        assert!(self.err.contains(message), "expected {message:?} in {self:?}");
        self
    }

    #[track_caller]
    pub fn done(&self) -> &Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The lines of JSON on stdout.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(read).collect()
    }

    /// The last line, which must be the result.
    #[track_caller]
    pub fn last(&self) -> Value {
        let last = self.json().pop().unwrap();
        assert_eq!(last["event"], "result", "{self:?}");
        assert_eq!(last["exit"], self.code, "{self:?}");
        last
    }
}

/// A line of JSON, which must be as `docs/schema` says; the lines of a trace have a format of their own.
#[track_caller]
fn read(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap();
    if value.get("schema").is_some() {
        schema::check(OUTPUT, &value);
    }
    value
}

/// A program that runs, and what it has said so far. Dropping it kills it.
pub struct Running {
    pub child: Child,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    seen: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            let _ = stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line));
        });
        let mut errors = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, lines, stderr: Some(stderr), seen: String::new() }
    }

    /// The next line; `None` when nothing follows.
    #[track_caller]
    pub fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(line) => {
                self.seen.push_str(&line);
                self.seen.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing more came after: {}", self.seen),
        }
    }

    /// The next line that fits.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        while let Some(line) = self.line() {
            let value = read(&line);
            if fits(&value) {
                return value;
            }
        }
        let stderr = self.stderr.take().map(|it| it.join().unwrap());
        panic!("it ended without {what:?}: {} {stderr:?}", self.seen)
    }

    /// The next line with this event.
    #[track_caller]
    pub fn wait_for(&mut self, event: &str) -> Value {
        self.wait_until(event, |line| line["event"] == event)
    }

    pub fn address(&mut self) -> String {
        format!("127.0.0.1:{}", self.wait_for("started")["port"])
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        super::signal::send(self.child.id(), name);
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn end(mut self) -> Ran {
        while self.line().is_some() {}
        let status = self.child.wait().unwrap();
        let err = self.stderr.take().unwrap().join().unwrap();
        let code = status.code().unwrap_or_else(|| panic!("{status}: {err}"));
        Ran { code, out: std::mem::take(&mut self.seen), err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The files in a directory with their bytes; the lock tells only which process had it last.
pub fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != "lock" && entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// How to run something in namespaces of its own; `None`, with a notice, where the system refuses
/// and nobody demands them.
#[cfg(target_os = "linux")]
pub fn unshared(flags: &str) -> Option<Vec<String>> {
    // What tests do in there: some systems allow the namespace, and nothing in it.
    let probe = match flags {
        "-rn" => "ip link set lo up",
        "-rm" => "mount -t tmpfs tmpfs /tmp && mount -o remount,ro /tmp",
        other => panic!("no namespaces {other} here"),
    };
    let allowed = Command::new("unshare").args([flags, "sh", "-c", probe]).output();
    if allowed.is_ok_and(|tried| tried.status.success()) {
        return Some(vec!["unshare".to_owned(), flags.to_owned()]);
    }
    let demanded = std::env::var_os("SHIPCTL_REQUIRE_FOREIGN_PEERS").is_some();
    assert!(!demanded, "this system allows no `unshare {flags}` with `{probe}`");
    skip(format!("this system allows no `unshare {flags}` with `{probe}`"));
    None
}
