//! Ctrl-C, SIGTERM and SIGHUP.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{error::CliError, exit::Exit};

/// Whether Ctrl-C came, which a terminal shows as `^C` wherever its cursor is.
static ECHO: AtomicBool = AtomicBool::new(false);

/// Whether there is an echo of Ctrl-C to be taken away; told once.
pub(super) fn take_echo() -> bool {
    ECHO.swap(false, Ordering::Relaxed)
}

fn interrupted() -> Exit {
    ECHO.store(true, Ordering::Relaxed);
    Exit::Interrupted
}

/// The signals that end a run: the first in order, the second at once.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// SIGHUP, where it is to end the run.
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// From now on signals come here, and no longer end the process by themselves.
    pub(super) fn catch() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error: std::io::Error| {
            CliError::new(Exit::LocalIo, "cannot catch signals").because_of(&error)
        };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            hangup: None,
        })
    }

    /// The same, and SIGHUP ends the run as well, unless it is ignored already: `nohup` starts a
    /// program so that it goes on when the terminal is gone.
    pub(super) fn catch_with_hangup() -> Result<Self, CliError> {
        let hangup = if is_hangup_ignored() { None } else { Some(Hangups::catch()?.0) };
        Ok(Self { hangup, ..Self::catch()? })
    }

    /// The next signal, as the exit code it asks for.
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => interrupted(),
            _ = self.terminate.recv() => Exit::Terminated,
            () = first(&mut self.hangup) => Exit::HungUp,
        }
    }
}

/// Whether this process was started with SIGHUP ignored. The standard library cannot tell; Linux
/// lists it in `/proc`. Elsewhere a process without a terminal is taken for one that ignores it.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    use std::io::{IsTerminal as _, stderr, stdin, stdout};
    const SIGHUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => mask & (1 << (SIGHUP - 1)) != 0,
        None => !(stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal()),
    }
}

/// The first hangup. The shell and the system may both send one: that is no second signal.
#[cfg(unix)]
async fn first(hangup: &mut Option<tokio::signal::unix::Signal>) {
    match hangup {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    };
    *hangup = None;
}

/// SIGHUP.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    /// From now on they come here.
    pub(super) fn catch() -> Result<Self, CliError> {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).map(Self).map_err(
            |error| CliError::new(Exit::LocalIo, "cannot catch signals").because_of(&error),
        )
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn catch() -> Result<Self, CliError> {
        Ok(Self {})
    }

    pub(super) fn catch_with_hangup() -> Result<Self, CliError> {
        Self::catch()
    }

    pub(super) async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        interrupted()
    }
}
