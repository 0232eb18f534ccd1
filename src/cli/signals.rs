//! Ctrl-C, SIGTERM and SIGHUP.

use super::{error::CliError, exit::Exit};

/// The signals that end a run: the first in order, the second at once.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
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
        })
    }

    /// The next signal, as the exit code it asks for.
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
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

    pub(super) async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Exit::Interrupted
    }
}
