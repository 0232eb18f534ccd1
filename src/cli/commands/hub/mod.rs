//! `shipctl hub run`: the hub in the foreground, for a terminal or a service manager; and the same
//! hub as a task of another command.
//!
//! | room | what happens there |
//! |---|---|
//! | `service` | starting, asking and ending |
//! | `reload` | the configuration, read again at SIGHUP |
//! | `teller` | what happens, told |
//! | `obey` | what clients of the control socket ask for |
//! | `pairing` | pairings they wait for |
//! | `metrics` | the metrics for Prometheus |
//! | [`embedded`] | the hub of a command that shows it |

pub mod embedded;
mod metrics;
mod obey;
mod pairing;
mod reload;
mod service;
mod teller;

use rustix::process::{Resource, getrlimit, setrlimit};

use self::service::{Owner, Service};
use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        remote,
        signals::{Hangups, Signals},
    },
    control::ServerError,
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::HubRun) -> Result<Exit, CliError> {
    // From here on a signal ends us in order.
    let owner = Owner::System { signals: Signals::catch()?, hangups: Hangups::catch()? };
    let service = start(context, &args, owner).await?;
    service.run(context.ui).await
}

/// Starts it, if none runs with our identity.
async fn start(
    context: &mut Context<'_>,
    args: &args::HubRun,
    owner: Owner,
) -> Result<Service, CliError> {
    raise_file_limit();
    if let Some(other) = remote::find(context).await? {
        return Err(ServerError::Running(Box::new(other.hub().clone())).into());
    }
    Service::start(context, &args.tls, owner)
}

/// Lets us have as many files open as the system allows: usually 1024 are open to begin with, and a
/// thousand peers need more.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

impl From<ServerError> for CliError {
    fn from(error: ServerError) -> Self {
        let (exit, hint) = match &error {
            ServerError::Running(_) => (
                Exit::InUse,
                "steer that one, end it with `shipctl shutdown`, or give this one its own identity \
                 with --profile NAME",
            ),
            ServerError::Taken { .. } => (Exit::LocalIo, "end whatever has it open"),
            ServerError::NoSocket { .. } => (Exit::LocalIo, "move it away"),
            ServerError::Io { .. } => (
                Exit::LocalIo,
                "the path must be short and writable: set XDG_RUNTIME_DIR, or choose another \
                 --state-dir",
            ),
        };
        let kind = if exit == Exit::InUse { "hub_running" } else { "control_socket" };
        Self::new(exit, error.to_string()).kind(kind).hint(hint)
    }
}
