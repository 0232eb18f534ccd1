//! What leaves on stdout: one JSON object a line, flushed at once.

use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use eebus::ship::Ski;
use serde_json::{Value, json};

/// The connection states this crate lets us see, with ship-go's numbers.
#[derive(Clone, Copy)]
pub enum State {
    None = 0,
    Initiated = 2,
    ReceivedPairingRequest = 3,
    Completed = 7,
    RemoteDeniedTrust = 8,
    Error = 9,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Initiated => "initiated",
            Self::ReceivedPairingRequest => "received_pairing_request",
            Self::Completed => "completed",
            Self::RemoteDeniedTrust => "remote_denied_trust",
            Self::Error => "error",
        }
    }
}

pub fn ready(ski: Ski, ship_id: &str, port: u16) {
    emit(json!({"event": "ready", "ski": ski.to_string(), "ship_id": ship_id, "port": port}));
}

pub fn state(ski: Ski, state: State, error: &str) {
    emit(json!({
        "event": "state", "ski": ski.to_string(),
        "state": state as u8, "name": state.name(), "error": error,
    }));
}

pub fn connected(ski: Ski) {
    emit(json!({"event": "connected", "ski": ski.to_string()}));
}

pub fn disconnected(ski: Ski) {
    emit(json!({"event": "disconnected", "ski": ski.to_string()}));
}

pub fn keys_accepted(ski: Ski) {
    emit(json!({"event": "keys_accepted", "ski": ski.to_string()}));
}

pub fn ship_id(ski: Ski, ship_id: &str) {
    emit(json!({"event": "ship_id", "ski": ski.to_string(), "ship_id": ship_id}));
}

pub fn service(ski: Ski, ship_id: &str, host: &str, port: u16) {
    emit(json!({
        "event": "service", "ski": ski.to_string(),
        "ship_id": ship_id, "host": host, "port": port,
    }));
}

pub fn data(ski: Ski, payload: Value) {
    emit(json!({"event": "data", "ski": ski.to_string(), "payload": payload}));
}

pub fn error(message: impl Display) {
    emit(json!({"event": "error", "message": message.to_string()}));
}

pub fn emit(event: Value) {
    let mut out = std::io::stdout().lock();
    // A test that no longer listens is about to end us anyway.
    let _ = writeln!(out, "{event}").and_then(|()| out.flush());
}

static VERBOSE: AtomicBool = AtomicBool::new(false);

pub fn set_verbose(on: bool) {
    VERBOSE.store(on, Ordering::Relaxed);
}

/// A line for people, on stderr, with `--verbose` only.
pub fn log(line: impl Display) {
    if VERBOSE.load(Ordering::Relaxed) {
        eprintln!("{line}");
    }
}
