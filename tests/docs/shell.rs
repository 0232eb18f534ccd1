//! A home directory with the program in it, in which the blocks of a page are typed.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::UdpSocket,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::{
    compare::{Names, fits},
    page::{Block, Fate, Typed},
    skip::skip,
};

/// Far longer than anything on the pages takes.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Shell {
    page: String,
    home: TempDir,
    names: Names,
    terminals: Vec<Terminal>,
}

impl Shell {
    /// A program that is called as on the page has its own mDNS world, and a free port, so that pages
    /// and whatever else runs here are not in each other's way.
    pub fn new(page: &str) -> Self {
        let home = TempDir::new().unwrap();
        let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let program = home.path().join("bin/shipctl");
        fs::create_dir(home.path().join("bin")).unwrap();
        let real = env!("CARGO_BIN_EXE_shipctl");
        let script = format!("#!/bin/sh\nSHIPCTL_MDNS_PORT={port} exec '{real}' --port 0 \"$@\"\n");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        Self { page: page.to_owned(), home, names: Names::default(), terminals: Vec::new() }
    }

    pub fn take(&mut self, block: &Block) {
        let place = format!("{}:{}", self.page, block.line);
        match &block.fate {
            Fate::File(name) => {
                fs::write(self.home.path().join(name), block.text.join("\n") + "\n").unwrap();
            }
            Fate::Run => block.commands().iter().for_each(|typed| self.run(&place, typed)),
            Fate::Terminal => {
                for typed in block.commands() {
                    let mut terminal = self.start(&typed.command);
                    terminal.wait_for(&place, &mut self.names, &typed.shown);
                    self.terminals.push(terminal);
                }
            }
            Fate::Unmarked | Fate::NotRun(_) => {}
        }
    }

    /// What still runs gets Ctrl-C, and ends in order.
    pub fn end(self) {
        for mut terminal in self.terminals {
            terminal.interrupt();
            terminal.ends(&self.page);
        }
    }

    fn run(&mut self, place: &str, typed: &Typed) {
        if typed.command.contains("jq ") && Command::new("jq").arg("-h").output().is_err() {
            return skip(format!("{place}: there is no jq: {}", typed.command));
        }
        let mut terminal = self.start(&typed.command);
        terminal.ends(place);
        let came = &terminal.said;
        let is_fine = typed.shown.is_empty() || fits(&mut self.names, &typed.shown, came, true);
        assert!(is_fine, "{place}: $ {}\nsaid\n{}", typed.command, came.join("\n"));
    }

    fn start(&self, command: &str) -> Terminal {
        let home = self.home.path();
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-o", "pipefail", "-c"]);
        shell.arg(format!("exec 2>&1; {}", self.names.in_command(command)));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("SHIPCTL_") || name.starts_with("XDG_") {
                shell.env_remove(name);
            }
        }
        shell.env("HOME", home).env("PATH", format!("{}/bin:{path}", home.display()));
        shell.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").current_dir(home);
        Terminal::start(shell, command, home)
    }
}

/// A command that runs, and what it has said so far.
struct Terminal {
    child: Child,
    command: String,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Terminal {
    fn start(mut shell: Command, command: &str, home: &Path) -> Self {
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let mut child = shell.spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        let home = home.display().to_string();
        thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            let _ = lines.map(|it| as_shown(&it, &home)).try_for_each(|it| sender.send(it));
        });
        Self { child, command: command.to_owned(), lines, said: Vec::new() }
    }

    /// Reads on until what is shown has come.
    fn wait_for(&mut self, place: &str, names: &mut Names, shown: &[String]) {
        let until = Instant::now() + PATIENCE;
        while !fits(names, shown, &self.said, false) {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(why) => panic!("{place}: {why}: $ {}\n{}", self.command, self.said.join("\n")),
            }
        }
    }

    fn ends(&mut self, place: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("{place}: $ {} goes on", self.command),
            }
        }
        let status = self.child.wait().unwrap();
        let said = self.said.join("\n");
        assert!(status.success(), "{place}: $ {}\n{said}\n{status}", self.command);
    }

    /// Ctrl-C reaches every process of the terminal.
    fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// A line as it is on a page: of somebody called `user`, on the usual port of mDNS.
fn as_shown(line: &str, home: &str) -> String {
    let line = line.replace(home, "/home/user");
    let Some((before, after)) = line.split_once(" --mdns-port ") else { return line };
    before.to_owned() + after.trim_start_matches(|c: char| c.is_ascii_digit())
}
