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
        Ok(Self::spawn(context, service))
    }

    fn spawn(context: &Context<'_>, service: Service) -> Self {
        let socket = service.socket().to_owned();
        let task = tokio::spawn(run(service, Ui::silent(context.ui.writer())));
        Self { socket, task }
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
    CliError::bug("the hub stopped by itself")
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;
    use crate::{cli::settings::Settings, control::Reply, hub::Snapshot};

    fn parse(state: &std::path::Path) -> (args::Global, args::HubRun) {
        let state = state.to_str().unwrap();
        let line = ["shipctl", "--state-dir", state, "--no-mdns", "--bind", "127.0.0.1"];
        let line = line.iter().chain(&["--port", "0", "hub", "run"]);
        let parsed = args::Args::try_parse_from(line).unwrap();
        match parsed.command {
            Some(args::Command::Hub(args::Hub::Run(run))) => (parsed.global, run),
            _ => panic!("not hub run"),
        }
    }

    #[tokio::test]
    async fn a_hub_of_this_process_is_asked_like_any_other_and_ends_in_order() {
        let temp = tempfile::tempdir().unwrap();
        let (global, run) = parse(temp.path());
        let mut ui = Ui::silent(crate::cli::output::Writer::new(false));
        let mut context = Context::new(global, Settings::default(), &mut ui);
        let Attached { mut client, embedded } = attach(&mut context, &run).await.unwrap();
        let embedded = embedded.expect("none ran before");
        assert_eq!(client.hub().pid, std::process::id());

        let asked = client.ask(Wish::Plain(Plain::Status { history: true })).await.unwrap();
        let hub: Snapshot = serde_json::from_value(asked.unwrap()["hub"].clone()).unwrap();
        assert_eq!((hub.ski, hub.node.port), (client.hub().ski, client.hub().port));
        assert!(hub.node.origin_unix_ms.is_some());
        let own = client.ask(Wish::Plain(Plain::Identity {})).await.unwrap().unwrap();
        assert!(own["identity"]["qr"].as_str().unwrap().starts_with("SHIP;"), "{own:?}");

        let second = attach(&mut context, &run).await.unwrap();
        assert!(second.embedded.is_none(), "the one that runs is shown");
        let refused = Embedded::start(&mut context, &run).await.unwrap_err();
        assert_eq!(refused.exit, Exit::InUse);

        client.ask(Wish::Watch { messages: true }).await.unwrap().unwrap();
        assert_eq!(embedded.shutdown().await.unwrap(), Exit::Done);
        let mut phases = Vec::new();
        while let Some(reply) = client.next().await.unwrap() {
            if let Reply::Event(happening) = reply
                && happening.event["event"] == "phase_ended"
            {
                phases.push(happening.event["phase"].clone());
            }
        }
        let all = ["stop_listening", "withdraw", "cancel", "close"].map(Value::from);
        assert_eq!(phases, all);
    }
}
