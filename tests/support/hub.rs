//! Hubs in state directories that vanish, and clients of them.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use shipctl::identity::{disk::StateDir, trust::TrustStore};
use tempfile::TempDir;

use super::schema::{self, CONTROL, REQUEST};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A state directory, and the program on it.
pub struct Home {
    pub temp: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { temp: TempDir::new().unwrap() }
    }

    /// On this disk.
    pub fn on(disk: &Path) -> Self {
        Self { temp: TempDir::new_in(disk).unwrap() }
    }

    pub fn state(&self) -> PathBuf {
        self.temp.path().join("state")
    }

    pub fn socket(&self) -> PathBuf {
        self.state().join("control.socket")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipctl"));
        for name in ["SHIPCTL_PROFILE", "SHIPCTL_CONFIG", "SHIPCTL_STATE_DIR"] {
            command.env_remove(name);
        }
        for name in ["XDG_RUNTIME_DIR", "NOTIFY_SOCKET", "JOURNAL_STREAM"] {
            command.env_remove(name);
        }
        command.env("NO_COLOR", "1").arg("--state-dir").arg(self.state());
        command.args(args).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Starts a hub and waits until it can be asked.
    pub fn hub(&self, args: &[&str]) -> Hub {
        Hub::start(self.hub_command(args))
    }

    /// The same, with mDNS as these flags say.
    pub fn hub_on(&self, network: &[&str]) -> Hub {
        Hub::start(self.command(&[&RUN[..], network].concat()))
    }

    pub fn hub_command(&self, args: &[&str]) -> Command {
        self.command(&[&RUN[..], &["--no-mdns"], args].concat())
    }

    pub fn client(&self) -> Client {
        Client::new(UnixStream::connect(self.socket()).unwrap())
    }

    /// What is trusted, as it is on disk.
    pub fn trust(&self) -> TrustStore {
        StateDir::resolve(Some(&self.state())).unwrap().read().unwrap().trust
    }

    pub fn write(&self, name: &str, contents: &str) -> PathBuf {
        fs::create_dir_all(self.state()).unwrap();
        let path = self.state().join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

const RUN: [&str; 7] = ["hub", "run", "--port", "0", "--bind", "127.0.0.1", "--json"];

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn failed(&self, code: i32, message: &str) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(message), "expected {message:?} in {self:?}");
        self
    }

    #[track_caller]
    pub fn done(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// The last line of JSON, which must be the result.
    #[track_caller]
    pub fn last(&self) -> Value {
        let last: Value = serde_json::from_str(self.out.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "result", "{self:?}");
        last
    }
}

/// A hub that runs.
pub struct Hub {
    pub child: Child,
    pub port: u16,
    pub ski: String,
    log: BufReader<ChildStderr>,
    logged: String,
}

impl Hub {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut logged = String::new();
        // The control socket is open before the first line on stdout.
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(r#""event":"started""#) {
            line.clear();
            if lines.read_line(&mut line).unwrap() == 0 {
                log.read_to_string(&mut logged).unwrap();
                panic!("no hub: {logged}");
            }
        }
        let started: Value = serde_json::from_str(&line).unwrap();
        // Nobody reads on: what is printed there must not hold the hub up.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let port = started["port"].as_u64().unwrap() as u16;
        let ski = started["own_ski"].as_str().unwrap().to_owned();
        Self { child, port, ski, log, logged }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Reads the log until a line says this; returns the line.
    #[track_caller]
    pub fn wait_for_log(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.log.read_line(&mut line).unwrap();
            assert!(length > 0, "it ended without {text:?}: {}", self.logged);
            self.logged.push_str(&line);
            if line.contains(text) {
                return line;
            }
        }
    }

    pub fn signal(&self, name: &str) {
        super::signal::send(self.child.id(), name);
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end: exit code and log.
    pub fn end(mut self) -> (Option<i32>, String) {
        self.log.read_to_string(&mut self.logged).unwrap();
        (self.child.wait().unwrap().code(), std::mem::take(&mut self.logged))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program on the control socket that is not shipctl.
pub struct Client {
    pub greeting: Value,
    stream: UnixStream,
    lines: BufReader<UnixStream>,
    last: u64,
}

impl Client {
    pub fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        let mut client = Self { greeting: Value::Null, stream, lines, last: 0 };
        client.greeting = client.line().expect("a greeting");
        client
    }

    /// Writes these bytes; where nobody reads them any more, the next line says so.
    pub fn write(&mut self, bytes: &[u8]) {
        match self.stream.write_all(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
    }

    /// Sends a request and returns its number.
    pub fn send(&mut self, mut request: Value) -> u64 {
        self.last += 1;
        request["id"] = json!(self.last);
        self.write(format!("{request}\n").as_bytes());
        self.last
    }

    /// The next line; `None` at the end.
    pub fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => None,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("nothing within {PATIENCE:?}: {error}"),
            Ok(_) if !line.ends_with('\n') => None,
            Ok(_) => {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
                schema::check(CONTROL, &line);
                Some(line)
            }
        }
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    pub fn ask(&mut self, request: Value) -> Value {
        let id = self.send(request);
        loop {
            let line = self.line().expect("an answer");
            if line["id"] == id {
                return line;
            }
        }
    }

    /// The same, which must succeed.
    #[track_caller]
    pub fn order(&mut self, request: Value) -> Value {
        let answer = self.ask(request.clone());
        assert_eq!(answer["ok"], true, "{request}: {answer}");
        let mut request = request;
        request["id"] = answer["id"].clone();
        schema::check(REQUEST, &request);
        answer
    }

    /// The next event of this name, without what is said about it.
    #[track_caller]
    pub fn wait_for(&mut self, event: &str) -> Value {
        self.wait_until(event, |_| true)
    }

    #[track_caller]
    pub fn wait_until(&mut self, event: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("the end came before {event:?}"));
            if line["event"]["event"] == event && fits(&line["event"]) {
                return line["event"].clone();
            }
        }
    }

    pub fn stream(&self) -> &UnixStream {
        &self.stream
    }
}
