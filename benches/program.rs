//! What it costs to have the program: its size, how long it takes to start, to ask a hub and to
//! complete a line, and what a hub without a device needs. See `benches/README.md`.

#[path = "figures/process.rs"]
#[allow(dead_code, reason = "the other bench needs more of it")]
mod process;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::net::UnixListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use process::Process;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shipctl");

/// How often each is done.
const RUNS: usize = 50;

fn main() -> Fallible<()> {
    println!(
        "{:<34}{:>7.1} MiB",
        "size of the program",
        mib(fs::metadata(PROGRAM)?.len() as usize)
    );
    let home = tempfile::tempdir()?;
    let state = home.path().join("state");
    let state = state.to_str().ok_or("no UTF-8")?;
    row("--version", || program(state, &["--version"]))?;
    let mut hub = Hub(program(
        state,
        &["hub", "run", "--no-mdns", "--port", "0", "--bind", "127.0.0.1", "--json"],
    )
    .stdout(Stdio::piped())
    .spawn()?);
    let mut line = String::new();
    BufReader::new(hub.0.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    row("status", || program(state, &["status"]))?;
    let tab = || {
        let mut tab = Command::new(PROGRAM);
        tab.env("SHIPCTL_COMPLETE", "fish");
        tab.args(["--", "shipctl", "--state-dir", state, "connect", ""]);
        tab
    };
    row("Tab where a SKI stands, with a hub", tab)?;
    println!(
        "{:<34}{:>7.1} MiB",
        "resident memory of an idle hub",
        mib(Process(hub.0.id()).memory()?)
    );
    drop(hub);
    row("the same, without a hub", tab)?;
    let socket = home.path().join("state/control.socket");
    // What the hub that was killed left behind.
    fs::remove_file(&socket)?;
    let _hangs = UnixListener::bind(&socket)?;
    row("the same, with a hub that hangs", tab)
}

struct Hub(Child);

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(state: &str, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--state-dir", state]).args(args).env_remove("XDG_RUNTIME_DIR");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The median of many runs, and the longest.
fn row(name: &str, command: impl Fn() -> Command) -> Fallible<()> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let mut command = command();
        let began = Instant::now();
        let output = command.env_remove("XDG_RUNTIME_DIR").output()?;
        times.push(began.elapsed());
        if !output.status.success() {
            return Err(format!("{name}: {output:?}").into());
        }
    }
    times.sort();
    let (median, longest) = (times[RUNS / 2], times[RUNS - 1]);
    println!("{name:<34}{:>7.1} ms, at most {:.1} ms", ms(median), ms(longest));
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
