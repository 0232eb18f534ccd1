//! Signals for what a test has started, sent by ourselves: not every system has the program `kill`.

use rustix::process::{Pid, Signal, kill_process};

/// Sends it to a process that runs.
#[track_caller]
pub fn send(process: u32, name: &str) {
    kill_process(pid(process), named(name)).unwrap();
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

fn named(name: &str) -> Signal {
    match name {
        "CONT" => Signal::CONT,
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "KILL" => Signal::KILL,
        "STOP" => Signal::STOP,
        "TERM" => Signal::TERM,
        other => panic!("no signal {other} here"),
    }
}
