//! The hub of `hub run` as a task of a command that shows it: the same hub, steered over the same
//! socket, by that command and by everybody else.

use std::path::PathBuf;

use tokio::task::JoinHandle;

use super::{
    service::{Owner, Service},
    start,
};
use crate::{
    cli::{args, context::Context, error::CliError, exit::Exit, output::Ui, remote},
    control::{Client, Wish, wire::Plain},
};

/// A hub that runs within this process. Dropping it cuts every connection.
#[derive(Debug)]
pub struct Embedded {
    socket: PathBuf,
    task: JoinHandle<Result<Exit, CliError>>,
}

/// A hub to show.
#[derive(Debug)]
pub struct Attached {
    /// The connection to it.
    pub client: Client,
    /// The hub itself, if it runs within this process; else another process has it.
    pub embedded: Option<Embedded>,
}

/// Connects to the hub that runs with our identity; where none does, starts one in this process.
///
/// # Errors
///
/// Those of `hub run`.
pub async fn attach(context: &mut Context<'_>, args: &args::HubRun) -> Result<Attached, CliError> {
    match remote::find(context).await? {
        Some(client) => Ok(Attached { client, embedded: None }),
        None => {
            let embedded = Embedded::start(context, args).await?;
            Ok(Attached { client: embedded.client().await?, embedded: Some(embedded) })
        }
    }
}

impl Embedded {
    /// Starts it. It prints nothing, takes no signals and tells no service manager.
    ///
    /// # Errors
    ///
    /// Those of `hub run`; a hub with our identity that runs already is one of them.
    pub async fn start(context: &mut Context<'_>, args: &args::HubRun) -> Result<Self, CliError> {
        let service = start(context, args, Owner::Command).await?;
        let socket = service.socket().to_owned();
        let task = tokio::spawn(run(service, Ui::silent(context.ui.writer())));
        Ok(Self { socket, task })
    }

    /// Another connection to it.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub async fn client(&self) -> Result<Client, CliError> {
        Client::find(std::slice::from_ref(&self.socket)).await?.ok_or_else(gone)
    }

    /// Ends it in order, and tells how that went.
    ///
    /// # Errors
    ///
    /// It ended by itself before, for this reason.
    pub async fn shutdown(self) -> Result<Exit, CliError> {
        if let Ok(mut client) = self.client().await {
            // Its answer is the end, which is waited for below.
            let _ = client.ask(Wish::Plain(Plain::Shutdown {})).await;
        }
        self.ended().await
    }

    /// Waits until it has ended: somebody told it to, or it failed.
    ///
    /// # Errors
    ///
    /// Why it ended by itself.
    pub async fn ended(mut self) -> Result<Exit, CliError> {
        (&mut self.task).await.unwrap_or_else(|_| Err(gone()))
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(service: Service, mut ui: Ui) -> Result<Exit, CliError> {
    service.run(&mut ui).await
}

fn gone() -> CliError {
    CliError::new(Exit::Bug, "the hub stopped by itself")
        .hint("please report this, with a log (--log-file)")
}
