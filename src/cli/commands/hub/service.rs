//! The hub with its control socket, from its start to its end in order.

use std::{collections::VecDeque, net::SocketAddr, path::Path, pin::pin, time::Duration};

use sd_notify::NotifyState;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    super::identity::qr_text, metrics, obey, pairing::Pairings, reload::Reload, teller::Teller,
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
        Ask, Greeting, Scrapes, Server, Wish,
        place::places,
        wire::{PROTOCOL, Plain},
    },
    driver::{Node, NodeEvent, Seen, listen, tls::TlsSettings},
    hub::Command,
    identity::cert::Identity,
    proto::handshake::PinPolicy,
};

/// Events kept while a command is being obeyed: a thousand peers may come at once.
const EVENTS_KEPT: usize = 16_384;

/// How long the shutdown may take in all. The hub itself needs at most 10 s; this is for one that
/// hangs.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(11);

/// How long the end waits for what is being done when somebody asks for it.
const A_MOMENT: Duration = Duration::from_millis(500);

/// The hub, what it tells, and who asks it.
struct Running {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
    /// Every message, while anybody watches them.
    messages: Option<mpsc::Receiver<Seen>>,
    /// Who we are, as it is told to clients.
    identity: Map<String, Value>,
    server: Server,
    /// The port for Prometheus, if one is wanted.
    scrapes: Option<Scrapes>,
    teller: Teller,
}

impl Running {
    fn start(context: &mut Context<'_>, tls: TlsSettings) -> Result<Self, CliError> {
        let metrics = context.settings.metrics_listen().map(open_for_metrics).transpose()?;
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
        let scrapes = metrics.map(|listener| {
            let hub = node.observer();
            Scrapes::start(listener, move || {
                let hub = hub.clone();
                async move { hub.snapshot().await.map(|hub| metrics::text(&hub)) }
            })
        });
        Ok(Self { node, events, messages, identity, server, scrapes, teller })
    }
}

/// Opens the port for Prometheus.
fn open_for_metrics(address: SocketAddr) -> Result<TcpListener, CliError> {
    let (listener, local) = listen::bind(address).map_err(|error| {
        CliError::from_error(Exit::LocalIo, &error)
            .hint("stop the program that has it, or choose another address with --metrics-listen")
    })?;
    tracing::info!("metrics at http://{local}/metrics");
    if !local.ip().is_loopback() {
        tracing::warn!("the metrics can be read by whoever reaches port {}", local.port());
    }
    Ok(listener)
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
    serving: Serving,
    owner: Owner,
}

/// The hub and all it does by itself.
struct Serving {
    running: Running,
    pairings: Pairings,
    reload: Reload,
    /// What was asked for while something else was being done.
    behind: VecDeque<Ask>,
}

/// What there is to do next.
enum Next {
    Reload,
    Event(Box<NodeEvent>),
    Pairings,
    Ask(Ask),
}

/// Why it ends: somebody asked over the socket, or a signal came.
type End = Option<Ask>;

impl Service {
    pub(super) fn start(
        context: &mut Context<'_>,
        flags: &tls::Flags,
        owner: Owner,
    ) -> Result<Self, CliError> {
        let tls = flags.settings(context)?;
        let reload = Reload::new(context.settings.clone(), tls.key_log.clone());
        let running = Running::start(context, tls)?;
        let pairings = Pairings::new(reload.asks_offers());
        let serving = Serving { running, pairings, reload, behind: VecDeque::new() };
        Ok(Self { serving, owner })
    }

    /// Where it can be asked.
    pub(super) fn socket(&self) -> &Path {
        self.serving.running.server.path()
    }

    pub(super) async fn run(self, ui: &mut Ui) -> Result<Exit, CliError> {
        let Self { mut serving, mut owner } = self;
        owner.tell_manager(&[NotifyState::Ready]);
        let end = loop {
            let next = tokio::select! {
                ends = owner.signal() => match ends {
                    true => break None,
                    false => Next::Reload,
                },
                next = serving.next() => next?,
            };
            let reloads = matches!(next, Next::Reload);
            if reloads && let Ok(now) = NotifyState::monotonic_usec_now() {
                owner.tell_manager(&[NotifyState::Reloading, now]);
            }
            if let Some(end) = serving.take(ui, next, &mut owner).await {
                break end;
            }
            if reloads {
                owner.tell_manager(&[NotifyState::Ready]);
            }
        };
        owner.tell_manager(&[NotifyState::Stopping]);
        serving.end(ui, owner, end).await
    }
}

impl Serving {
    /// What there is to do next. It may be dropped and called again at any time.
    async fn next(&mut self) -> Result<Next, CliError> {
        if let Some(ask) = self.behind.pop_front() {
            return Ok(Next::Ask(ask));
        }
        loop {
            let Running { events, messages, server, .. } = &mut self.running;
            tokio::select! {
                seen = next_message(messages) => self.running.show(seen),
                event = events.recv() => return match event {
                    Some(event) => Ok(Next::Event(Box::new(event))),
                    None => Err(CliError::new(Exit::Bug, "the node stopped by itself")
                        .hint("please report this, with a log (--log-file)")),
                },
                () = self.pairings.due() => return Ok(Next::Pairings),
                ask = server.next() => return Ok(Next::Ask(ask)),
            }
        }
    }

    /// Does what is next; tells if it is to end.
    async fn take(&mut self, ui: &mut Ui, next: Next, owner: &mut Owner) -> Option<End> {
        if let Next::Event(event) = &next {
            self.running.tell(ui, event);
        }
        let asked_by = match &next {
            Next::Ask(Ask { wish: Wish::Watch { messages: true }, .. }) => {
                self.running.watch_messages().await;
                None
            }
            Next::Ask(ask) => Some(ask.client),
            _ => None,
        };
        let Self { running, pairings, reload, behind } = self;
        let Running { node, identity, server, .. } = running;
        let (node, identity) = (&*node, &*identity);
        let doing = async {
            match next {
                Next::Reload => {
                    reload.run(node).await;
                    pairings.set_asks(reload.asks_offers());
                }
                Next::Event(event) => pairings.take(node, &event).await,
                Next::Pairings => pairings.look(node).await,
                Next::Ask(ask) => match &ask.wish {
                    Wish::Plain(Plain::Shutdown {}) => return Some(ask),
                    Wish::Pair { .. } => pairings.begin(node, ask).await,
                    _ => obey(node, identity, ask).await,
                },
            }
            None
        };
        let mut doing = pin!(doing);
        // It may wait for a disk that hangs. Who wants to end, or to know something, must not.
        let end = loop {
            tokio::select! {
                biased;
                shutdown = &mut doing => return shutdown.map(Some),
                () = owner.end() => break None,
                ask = server.next() => {
                    let is_first = asked_by != Some(ask.client)
                        && behind.iter().all(|other| other.client != ask.client);
                    match &ask.wish {
                        Wish::Plain(Plain::Shutdown {}) if is_first => break Some(ask),
                        wish if is_first && obey::only_asks(wish) => {
                            obey(node, identity, ask).await;
                        }
                        _ => behind.push_back(ask),
                    }
                }
            }
        };
        // What only needs a moment gets it.
        let _ = timeout(A_MOMENT, doing).await;
        Some(end)
    }

    /// Closes everything in order: exit code 0, or 1 where that took too long, or a second signal
    /// forced it.
    async fn end(self, ui: &mut Ui, mut owner: Owner, end: End) -> Result<Exit, CliError> {
        let Self { mut running, mut pairings, behind, .. } = self;
        let mut limit = pin!(sleep(SHUTDOWN_WITHIN));
        if end.is_some() {
            tracing::info!("asked to shut down over the control socket");
        }
        pairings.end();
        let mut asked: Vec<Ask> = end.into_iter().collect();
        // A node that stopped by itself refuses; it tells its end all the same.
        let _ = running.node.command(Command::Shutdown).await;
        for ask in behind {
            running.while_it_ends(ask, &mut asked).await;
        }
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
                ask = server.next() => running.while_it_ends(ask, &mut asked).await,
            }
        };
        let Running { node, mut events, server, scrapes, mut teller, .. } = running;
        drop(scrapes);
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

    /// Has the messages told from now on.
    async fn watch_messages(&mut self) {
        if self.messages.is_none() {
            self.messages = Some(self.node.messages().await);
        }
    }

    /// Answers what only asks, and refuses the rest; whoever asks for the end waits for it.
    async fn while_it_ends(&mut self, ask: Ask, asked: &mut Vec<Ask>) {
        match &ask.wish {
            Wish::Plain(Plain::Shutdown {}) => asked.push(ask),
            Wish::Watch { .. } => {
                self.watch_messages().await;
                ask.answer(Ok(Map::new()));
            }
            wish if obey::only_asks(wish) => obey(&self.node, &self.identity, ask).await,
            _ => ask.answer(Err(obey::shutting_down())),
        }
    }
}

/// Does what is asked for.
async fn obey(node: &Node, identity: &Map<String, Value>, ask: Ask) {
    let answer = obey::obey(node, identity, &ask.wish).await;
    if let Err(refusal) = &answer {
        tracing::info!("refused: {}", refusal.message);
    }
    ask.answer(answer);
}

/// The next message; `None` when the node has ended.
async fn next_message(messages: &mut Option<mpsc::Receiver<Seen>>) -> Option<Seen> {
    match messages {
        Some(messages) => messages.recv().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
