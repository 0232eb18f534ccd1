//! The hub with its control socket, from its start to its end in order.

use std::{path::Path, pin::pin, time::Duration};

use sd_notify::NotifyState;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::{sync::mpsc, time::sleep};

use super::{
    super::identity::qr_text,
    config::{Config, Source},
    obey,
    pairing::Pairings,
    teller::Teller,
};
use crate::{
    cli::{
        context::Context,
        error::CliError,
        exit::Exit,
        output::{Ui, json::Body, text::safe},
        session::{Wishes, settings, started},
        signals::{Hangups, Signals},
        tls,
    },
    control::{
        Ask, Greeting, Server, Wish,
        place::places,
        wire::{PROTOCOL, Plain},
    },
    devices::speaker::Speaker,
    driver::{Node, NodeEvent, Seen, tls::TlsSettings},
    hub::{Command, Event},
    identity::cert::Identity,
    proto::handshake::PinPolicy,
};

/// Events kept while a command is being obeyed: a thousand peers may come at once.
const EVENTS_KEPT: usize = 16_384;

/// How long the shutdown may take in all. The hub itself needs at most 10 s; this is for one that
/// hangs.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(11);

/// The hub, what it tells, and who asks it.
struct Running {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
    /// Every message, while anybody watches them.
    messages: Option<mpsc::Receiver<Seen>>,
    /// Who we are, as it is told to clients.
    identity: Map<String, Value>,
    server: Server,
    teller: Teller,
}

impl Running {
    fn start(
        context: &mut Context<'_>,
        config: &Config,
        flags: &tls::Flags,
    ) -> Result<Self, CliError> {
        let tls = TlsSettings {
            suites: config.suites.clone(),
            versions: config.versions.clone(),
            key_log: flags.open_key_log(context)?,
        };
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
            tls,
        };
        let mut settings = settings(context, &identity, wishes);
        settings.hub.dial_stored = true;
        settings.events_kept = EVENTS_KEPT;
        settings.hub.max_connections = config.max_connections;
        settings.hub.double_connection = config.double_connection;
        settings.hub.ask_access_methods = config.ask_access_methods;
        config.limits.apply(&mut settings);
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
        let teller = Teller::new(node.clock(), identity.ski());
        let (messages, identity) = (None, told(&identity)?);
        Ok(Self { node, events, messages, identity, server, teller })
    }
}

/// Who we are, for a client that wants to show it.
fn told(identity: &Identity) -> Result<Map<String, Value>, CliError> {
    let date = |at: Option<OffsetDateTime>| at.map(OffsetDateTime::unix_timestamp).into();
    Ok(Map::from_iter([
        ("ski".to_owned(), identity.ski().to_string().into()),
        ("ship_id".to_owned(), identity.ship_id().as_str().into()),
        ("fingerprint".to_owned(), identity.fingerprint().into()),
        ("not_before".to_owned(), date(identity.not_before())),
        ("not_after".to_owned(), date(identity.not_after())),
        ("qr".to_owned(), qr_text(identity)?.into()),
    ]))
}

/// Who may end the hub, beside the clients of its socket.
pub(super) enum Owner {
    /// A terminal or a service manager, by signals.
    System { signals: Signals, hangups: Hangups },
    /// The command it is a part of, which takes the signals.
    Command,
}

impl Owner {
    /// The next signal to end.
    async fn end(&mut self) {
        match self {
            Self::System { signals, .. } => {
                signals.next().await;
            }
            Self::Command => std::future::pending().await,
        }
    }

    /// The next signal, and whether it is one to end: else the configuration is to be read again.
    async fn signal(&mut self) -> bool {
        match self {
            Self::System { signals, hangups } => tokio::select! {
                _ = signals.next() => true,
                () = hangups.next() => false,
            },
            Self::Command => std::future::pending().await,
        }
    }

    /// Tells the service manager, if there is one.
    fn tell_manager(&self, state: &[NotifyState<'_>]) {
        if let Self::System { .. } = self
            && let Err(error) = sd_notify::notify(state)
        {
            tracing::debug!(%error, "the service manager cannot be told");
        }
    }
}

/// A hub that runs until it is told to end.
pub(super) struct Service {
    running: Running,
    pairings: Pairings,
    source: Source,
    /// As read at the start.
    config: Config,
    owner: Owner,
    /// What it says in SPINE; by itself nothing.
    speaker: Option<Speaker>,
}

impl Service {
    pub(super) fn start(
        context: &mut Context<'_>,
        config: Config,
        flags: &tls::Flags,
        source: Source,
        owner: Owner,
    ) -> Result<Self, CliError> {
        let running = Running::start(context, &config, flags)?;
        let (pairings, speaker) = (Pairings::default(), None);
        Ok(Self { running, pairings, source, config, owner, speaker })
    }

    /// The same with something to say in SPINE.
    pub(super) fn speaking(self, speaker: Speaker) -> Self {
        Self { speaker: Some(speaker), ..self }
    }

    /// Where it can be asked.
    pub(super) fn socket(&self) -> &Path {
        self.running.server.path()
    }

    pub(super) async fn run(mut self, ui: &mut Ui) -> Result<Exit, CliError> {
        self.owner.tell_manager(&[NotifyState::Ready]);
        let asked = loop {
            let Running { events, messages, server, .. } = &mut self.running;
            tokio::select! {
                ends = self.owner.signal() => match ends {
                    true => break None,
                    false => self.reload().await,
                },
                seen = next_message(messages) => self.running.show(seen),
                event = events.recv() => match event {
                    Some(event) => {
                        self.running.tell(ui, &event);
                        self.pairings.take(&self.running.node, &event).await;
                        self.speak(&event).await;
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
        self.owner.tell_manager(&[NotifyState::Stopping]);
        self.pairings.end();
        self.end(ui, asked.into_iter().collect()).await
    }

    async fn speak(&mut self, event: &NodeEvent) {
        if let (Some(speaker), NodeEvent::Hub(Event { ski: Some(ski), kind, .. })) =
            (&mut self.speaker, event)
        {
            for data in speaker.take(*ski, kind) {
                // The connection may have ended meanwhile.
                let _ = self.running.node.command(Command::Send { ski: *ski, data }).await;
            }
        }
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
        self.running.obey(ask).await;
        None
    }

    /// Reads the configuration again. A bad one changes nothing.
    async fn reload(&mut self) {
        let reloading = NotifyState::monotonic_usec_now().map(|now| [NotifyState::Reloading, now]);
        if let Ok(reloading) = &reloading {
            self.owner.tell_manager(reloading);
        }
        match self.source.read() {
            Ok(config) => {
                let limit = config.max_connections;
                tracing::info!("the configuration was read again: at most {limit} connections");
                // Refused only while we end.
                let _ = self.running.node.command(Command::SetLimit { limit }).await;
                if config.double_connection != self.config.double_connection {
                    tracing::warn!("the rule for double connections changes with the next start");
                }
                if config.ask_access_methods != self.config.ask_access_methods {
                    tracing::warn!("asking for access methods changes with the next start");
                }
                if (config.suites, config.versions)
                    != (self.config.suites.clone(), self.config.versions.clone())
                {
                    tracing::warn!("the settings of TLS change with the next start");
                }
                if config.limits != self.config.limits {
                    tracing::warn!(
                        "the limits of handshakes and messages change with the next start"
                    );
                }
            }
            Err(error) => {
                let what = [vec![error.message], error.causes].concat().join(": ");
                tracing::error!("{what}; the configuration stays as it was");
            }
        }
        self.owner.tell_manager(&[NotifyState::Ready]);
    }

    /// Closes everything in order: exit code 0, or 1 where that took too long, or a second signal
    /// forced it.
    async fn end(self, ui: &mut Ui, mut asked: Vec<Ask>) -> Result<Exit, CliError> {
        let Self { mut running, mut owner, .. } = self;
        let mut limit = pin!(sleep(SHUTDOWN_WITHIN));
        // A node that stopped by itself refuses; it tells its end all the same.
        let _ = running.node.command(Command::Shutdown).await;
        let forced = loop {
            let Running { node, events, messages, server, .. } = &mut running;
            tokio::select! {
                forced = node.ended() => break forced,
                () = &mut limit => {
                    tracing::error!("the shutdown took too long and was cut short");
                    break true;
                }
                () = owner.end() => {
                    tracing::warn!("a second signal: everything is cut at once");
                    break true;
                }
                Some(event) = events.recv() => running.tell(ui, &event),
                seen = next_message(messages) => running.show(seen),
                ask = server.next() => match ask.wish {
                    Wish::Plain(Plain::Shutdown {}) => asked.push(ask),
                    Wish::Pair { .. } => ask.answer(Err(obey::shutting_down())),
                    _ => running.obey(ask).await,
                },
            }
        };
        let Running { node, mut events, server, mut teller, .. } = running;
        // A node that has not ended is cut by this.
        drop(node);
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

    /// Shows a message, until nobody watches them any more.
    fn show(&mut self, seen: Option<Seen>) {
        match seen {
            Some(seen) if self.server.are_messages_watched() => {
                self.teller.show(&self.server, &seen);
            }
            _ => self.messages = None,
        }
    }

    /// Does what is asked for.
    async fn obey(&mut self, ask: Ask) {
        if let (Wish::Watch { messages: true }, None) = (&ask.wish, &self.messages) {
            self.messages = Some(self.node.messages().await);
        }
        let answer = obey::obey(&self.node, &self.identity, &ask.wish).await;
        if let Err(refusal) = &answer {
            tracing::info!("refused: {}", refusal.message);
        }
        ask.answer(answer);
    }
}

/// The next message; `None` when the node has ended.
async fn next_message(messages: &mut Option<mpsc::Receiver<Seen>>) -> Option<Seen> {
    match messages {
        Some(messages) => messages.recv().await,
        None => std::future::pending().await,
    }
}
