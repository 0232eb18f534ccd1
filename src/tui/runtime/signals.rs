//! The signals a dashboard obeys.

use std::io;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::exit::Exit;

/// All of them.
pub(super) struct Signals {
    interrupt: Caughts,
    terminate: Caughts,
    hang_up: Caughts,
    stop: Caughts,
    go_on: Caughts,
    resize: Caughts,
}

type Caughts = tokio::signal::unix::Signal;

/// What a signal asks for.
pub(super) enum Caught {
    End(Exit),
    HangUp,
    Stop,
    Continue,
    Resize,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    pub(super) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.interrupt.recv() => Caught::End(Exit::Interrupted),
            _ = self.terminate.recv() => Caught::End(Exit::Terminated),
            _ = self.hang_up.recv() => Caught::HangUp,
            _ = self.stop.recv() => Caught::Stop,
            _ = self.go_on.recv() => Caught::Continue,
            _ = self.resize.recv() => Caught::Resize,
        }
    }
}
