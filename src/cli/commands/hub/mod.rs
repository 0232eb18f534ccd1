//! `shipctl hub run`: the hub in the foreground, for a terminal or a service manager.
//!
//! | room | what happens there |
//! |---|---|
//! | `config` | the file that is read at the start and at SIGHUP |
//! | `obey` | what clients of the control socket ask for |
//! | `pairing` | pairings they wait for |
//! | `metrics` | the metrics for Prometheus |
//! | here | starting, telling, ending |

mod config;
mod metrics;
mod obey;
mod pairing;

use std::{pin::pin, time::Duration};

use sd_notify::NotifyState;
use serde_json::Map;
use time::OffsetDateTime;
use tokio::{sync::mpsc, time::sleep};

use self::{
    config::{Config, Source},
    pairing::Pairings,
};
use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            Ui,
            json::{Body, Line},
            story::{Said, Story},
            text::safe,
        },
        remote,
        session::{Notice, Wishes, notices, settings, started},
        signals::{Hangups, Signals},
    },
    control::{
        Ask, Greeting, Reply, Server, ServerError, Wish,
        place::places,
        wire::{Happening, PROTOCOL, Plain, Saying},
    },
    driver::{Clock, Node, NodeEvent},
    hub::{Command, DoubleConnection},
    proto::{Ski, handshake::PinPolicy},
    time::Time,
};

/// Events kept while a command is being obeyed: a thousand peers may come at once.
const EVENTS_KEPT: usize = 16_384;

/// How long the shutdown may take in all. The hub itself needs at most 10 s; this is for one that
/// hangs.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(11);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::HubRun) -> Result<Exit, CliError> {
    // From here on a signal ends us in order.
    let (signals, hangups) = (Signals::catch()?, Hangups::catch()?);
    let source = Source::new(&args, context.state_dir()?.path());
    let config = source.read()?;
    if let Some(other) = remote::find(context).await? {
        return Err(ServerError::Running(Box::new(other.hub().clone())).into());
    }
    let running = Running::start(context, &config)?;
    let double_connection = config.double_connection;
    let pairings = Pairings::default();
    let service = Service { running, pairings, source, double_connection, signals, hangups };
    service.run(context.ui).await
}

/// The hub, what it tells, and who asks it.
struct Running {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
    server: Server,
    teller: Teller,
}

impl Running {
    fn start(context: &mut Context<'_>, config: &Config) -> Result<Self, CliError> {
        let state = context.open_state()?;
        let (identity, directory) = (state.identity.clone(), state.directory().clone());
        let trust = state.trust().clone();
        // Whoever steers us decides and enters PINs.
        let wishes = Wishes {
            can_ask_for_trust: true,
            can_ask_for_pin: true,
            pin_for_trusted: None,
            pin_policy: PinPolicy::None,
            register: false,
        };
        let mut settings = settings(context, &identity, wishes);
        settings.hub.dial_stored = true;
        settings.events_kept = EVENTS_KEPT;
        settings.hub.max_connections = config.max_connections;
        settings.hub.double_connection = config.double_connection;
        let (node, events) = Node::start_with(settings, &trust, state)?;
        let greeting = Greeting {
            protocol: PROTOCOL,
            shipctl: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            ski: identity.ski(),
            ship_id: identity.ship_id().clone(),
            port: node.port(),
            mdns: !context.global.no_mdns,
            state_dir: directory.path().display().to_string(),
        };
        let server = Server::start(&places(identity.ski(), &directory), &greeting)?;
        tracing::info!(
            "SKI {}, SHIP ID {}, port {}, {} trusted, state in {}, control socket {}",
            identity.ski(),
            safe(identity.ship_id().as_str()),
            node.port().map_or_else(|| "none".to_owned(), |port| port.to_string()),
            trust.len(),
            directory.path().display(),
            server.path().display(),
        );
        context.ui.json_now(None, &started(&identity, &node, &directory))?;
        let story = Story::of_all(identity.ski());
        let teller = Teller { clock: node.clock(), story, stdout_failed: false };
        Ok(Self { node, events, server, teller })
    }
}

/// A hub that runs until it is told to end.
struct Service {
    running: Running,
    pairings: Pairings,
    source: Source,
    double_connection: DoubleConnection,
    signals: Signals,
    hangups: Hangups,
}

impl Service {
    async fn run(mut self, ui: &mut Ui) -> Result<Exit, CliError> {
        tell_manager(&[NotifyState::Ready]);
        let asked = loop {
            let Running { events, server, .. } = &mut self.running;
            tokio::select! {
                _ = self.signals.next() => break None,
                () = self.hangups.next() => self.reload().await,
                event = events.recv() => match event {
                    Some(event) => {
                        self.running.tell(ui, &event);
                        self.pairings.take(&self.running.node, &event).await;
                    }
                    None => return Err(CliError::new(Exit::Bug, "the node stopped by itself")
                        .hint("please report this, with a log (--log-file)")),
                },
                () = self.pairings.due() => self.pairings.look(&self.running.node).await,
                ask = server.next() => {
                    if let Some(shutdown) = self.take(ask).await {
                        break Some(shutdown);
                    }
                }
            }
        };
        tell_manager(&[NotifyState::Stopping]);
        self.pairings.end();
        self.end(ui, asked.into_iter().collect()).await
    }

    /// Does what is asked for; gives a wish to shut down back.
    async fn take(&mut self, ask: Ask) -> Option<Ask> {
        if matches!(ask.wish, Wish::Plain(Plain::Shutdown {})) {
            tracing::info!("asked to shut down over the control socket");
            return Some(ask);
        }
        if let Wish::Pair { .. } = &ask.wish {
            self.pairings.begin(&self.running.node, ask).await;
            return None;
        }
        let answer = obey::obey(&self.running.node, &ask.wish).await;
        if let Err(refusal) = &answer {
            tracing::info!("refused: {}", refusal.message);
        }
        ask.answer(answer);
        None
    }

    /// Reads the configuration again. A bad one changes nothing.
    async fn reload(&mut self) {
        let reloading = NotifyState::monotonic_usec_now().map(|now| [NotifyState::Reloading, now]);
        if let Ok(reloading) = &reloading {
            tell_manager(reloading);
        }
        match self.source.read() {
            Ok(config) => {
                let limit = config.max_connections;
                tracing::info!("the configuration was read again: at most {limit} connections");
                // Refused only while we end.
                let _ = self.running.node.command(Command::SetLimit { limit }).await;
                if config.double_connection != self.double_connection {
                    tracing::warn!("the rule for double connections changes with the next start");
                }
            }
            Err(error) => {
                let what = [vec![error.message], error.causes].concat().join(": ");
                tracing::error!("{what}; the configuration stays as it was");
            }
        }
        tell_manager(&[NotifyState::Ready]);
    }

    /// Closes everything in order: exit code 0, or 1 where that took too long, or a second signal
    /// forced it.
    async fn end(self, ui: &mut Ui, mut asked: Vec<Ask>) -> Result<Exit, CliError> {
        let Self {
            running: Running { node, mut events, mut server, mut teller }, mut signals, ..
        } = self;
        let mut limit = pin!(sleep(SHUTDOWN_WITHIN));
        let mut shutdown = Box::pin(node.shutdown());
        let forced = loop {
            tokio::select! {
                forced = &mut shutdown => break forced,
                () = &mut limit => {
                    tracing::error!("the shutdown took too long and was cut short");
                    break true;
                }
                _ = signals.next() => {
                    tracing::warn!("a second signal: everything is cut at once");
                    break true;
                }
                Some(event) = events.recv() => teller.tell(ui, &server, &event),
                ask = server.next() => match ask.wish {
                    Wish::Plain(Plain::Shutdown {}) => asked.push(ask),
                    _ => ask.answer(Err(obey::shutting_down())),
                },
            }
        };
        // A node that has not ended is cut by this.
        drop(shutdown);
        while let Ok(event) = events.try_recv() {
            teller.tell(ui, &server, &event);
        }
        for ask in asked {
            ask.answer(Ok(Map::from_iter([("forced".to_owned(), forced.into())])));
        }
        server.close().await;
        let (exit, outcome) =
            if forced { (Exit::Findings, "forced") } else { (Exit::Done, "ended") };
        tracing::info!("{outcome}");
        ui.hurry();
        ui.json_now(None, &Body::done(outcome, exit, Map::new()))?;
        Ok(exit)
    }
}

impl Running {
    fn tell(&mut self, ui: &mut Ui, event: &NodeEvent) {
        self.teller.tell(ui, &self.server, event);
    }
}

/// Tells what happens: the log, the lines of `--json`, and whoever watches.
struct Teller {
    clock: Clock,
    story: Story,
    /// Whether stdout does not take what is written: told once.
    stdout_failed: bool,
}

impl Teller {
    fn tell(&mut self, ui: &mut Ui, server: &Server, event: &NodeEvent) {
        if let NodeEvent::Hub(event) = event {
            let said = self.story.tell(event);
            self.line(ui, server, event.at, event.ski, &Body::event(event), &said);
        }
        for Notice { ski, text, body } in notices(event) {
            let said = [Said { stage: "remark", text: safe(&text) }];
            self.line(ui, server, self.clock.now(), ski, &body, &said);
        }
    }

    fn line(
        &mut self,
        ui: &mut Ui,
        server: &Server,
        at: Time,
        ski: Option<Ski>,
        body: &Body,
        said: &[Said],
    ) {
        for Said { stage, text } in said {
            tracing::info!(target: "shipctl::hub", "{stage:<10}  {text}");
        }
        // The clock of the computer may have been set since we started: what counts is the time now.
        let wall = OffsetDateTime::now_utc() - self.clock.now().since(at);
        let line = Line::new(wall, ski, body);
        tracing::debug!("{line}");
        if server.is_watched() {
            let say = said.iter().map(|Said { stage, text }| Saying {
                stage: (*stage).to_owned(),
                text: text.clone(),
            });
            let event = serde_json::to_value(&line).unwrap_or_default();
            server.publish(&Reply::Event(Happening { event, say: say.collect() }));
        }
        // A hub is there for its devices: that a disk behind stdout is full does not end it.
        match ui.json(wall, ski, body) {
            Err(error) if !std::mem::replace(&mut self.stdout_failed, true) => {
                tracing::error!("{}: {}", error.message, error.causes.join(": "));
            }
            _ => {}
        }
    }
}

/// Tells the service manager, if there is one.
fn tell_manager(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

impl From<ServerError> for CliError {
    fn from(error: ServerError) -> Self {
        let (exit, hint) = match &error {
            ServerError::Running(_) => (
                Exit::Configuration,
                "steer that one, end it with `shipctl shutdown`, or give this one its own identity \
                 with --state-dir",
            ),
            ServerError::Taken { .. } => (Exit::LocalIo, "end whatever has it open"),
            ServerError::NoSocket { .. } => (Exit::LocalIo, "move it away"),
            ServerError::Io { .. } => (
                Exit::LocalIo,
                "the path must be short and writable: set XDG_RUNTIME_DIR, or choose another \
                 --state-dir",
            ),
        };
        Self::new(exit, error.to_string()).hint(hint)
    }
}
