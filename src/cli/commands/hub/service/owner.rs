//! Who may end the hub, beside the clients of its socket.

use sd_notify::NotifyState;

use crate::cli::signals::{Hangups, Signals};

/// Who started the hub.
pub(in crate::cli::commands::hub) enum Owner {
    /// A terminal or a service manager, by signals.
    System { signals: Signals, hangups: Hangups },
    /// The command it is a part of, which takes the signals.
    Command,
}

impl Owner {
    /// The next signal to end.
    pub(super) async fn end(&mut self) {
        match self {
            Self::System { signals, .. } => {
                signals.next().await;
            }
            Self::Command => std::future::pending().await,
        }
    }

    /// The next signal, and whether it is one to end: else the configuration is to be read again.
    pub(super) async fn signal(&mut self) -> bool {
        match self {
            Self::System { signals, hangups } => tokio::select! {
                _ = signals.next() => true,
                () = hangups.next() => false,
            },
            Self::Command => std::future::pending().await,
        }
    }

    /// Tells the service manager, if there is one.
    pub(super) fn tell_manager(&self, state: &[NotifyState<'_>]) {
        if let Self::System { .. } = self
            && let Err(error) = sd_notify::notify(state)
        {
            tracing::debug!(%error, "the service manager cannot be told");
        }
    }
}
