//! The hub with its control socket: started, told about, asked.

use std::{collections::BTreeSet, net::SocketAddr};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::{net::TcpListener, sync::mpsc};

use super::do_as_asked;
use crate::{
    checks::Code,
    cli::{
        commands::{
            hub::{metrics, obey, teller::Teller},
            identity::qr_text,
        },
        context::Context,
        error::CliError,
        exit::Exit,
        output::{Ui, text::safe},
        session::{Wishes, settings, started, warn_if_hidden},
    },
    control::{
        Ask, Greeting, Scrapes, Server, Wish,
        place::places,
        wire::{PROTOCOL, Plain},
    },
    driver::{
        Node, NodeEvent, Seen,
        listen::{self, BindError},
        tls::TlsSettings,
    },
    identity::cert::Identity,
    proto::handshake::PinPolicy,
};

/// Events kept while a command is being obeyed: a thousand peers may come at once.
const EVENTS_KEPT: usize = 16_384;

/// The hub, what it tells, and who asks it.
pub(super) struct Running {
    pub(super) node: Node,
    pub(super) events: mpsc::Receiver<NodeEvent>,
    /// Every message, while anybody watches them.
    pub(super) messages: Option<mpsc::Receiver<Seen>>,
    /// Who we are, as it is told to clients.
    pub(super) identity: Map<String, Value>,
    pub(super) server: Server,
    /// The port for Prometheus, if one is wanted.
    pub(super) scrapes: Option<Scrapes>,
    pub(super) teller: Teller,
}

impl Running {
    pub(super) fn start(context: &mut Context<'_>, tls: TlsSettings) -> Result<Self, CliError> {
        let metrics = context.settings.metrics_listen().map(open_for_metrics).transpose()?;
        let state = context.open_state()?;
        let (identity, directory) = (state.identity.clone(), state.directory().clone());
        let trust = state.trust().clone();
        // Whoever steers us decides and enters PINs.
        let wishes = Wishes {
            can_ask_for_trust: true,
            accept: BTreeSet::new(),
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
        warn_if_hidden(context, &node)?;
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

    pub(super) fn tell(&mut self, ui: &mut Ui, event: &NodeEvent) {
        self.teller.tell(ui, &self.server, event);
    }

    /// Shows a message, until nobody watches them any more.
    pub(super) fn show(&mut self, seen: Option<Seen>) {
        match seen {
            Some(seen) if self.server.are_messages_watched() => {
                self.teller.show(&self.server, &seen);
            }
            _ => self.messages = None,
        }
    }

    /// Has the messages told from now on.
    pub(super) async fn watch_messages(&mut self) {
        if self.messages.is_none() {
            self.messages = Some(self.node.messages().await);
        }
    }

    /// Answers what only asks, and refuses the rest; whoever asks for the end waits for it.
    pub(super) async fn while_it_ends(&mut self, ask: Ask, asked: &mut Vec<Ask>) {
        match &ask.wish {
            Wish::Plain(Plain::Shutdown {}) => asked.push(ask),
            Wish::Watch { .. } => {
                self.watch_messages().await;
                ask.answer(Ok(Map::new()));
            }
            wish if obey::only_asks(wish) => do_as_asked(&self.node, &self.identity, ask).await,
            _ => ask.answer(Err(obey::shutting_down())),
        }
    }
}

/// Opens the port for Prometheus.
fn open_for_metrics(address: SocketAddr) -> Result<TcpListener, CliError> {
    let (listener, local) = listen::bind(address).map_err(|error| {
        let in_use = matches!(error, BindError::InUse { .. });
        let error = CliError::from_error(Exit::LocalIo, &error)
            .stage("metrics")
            .hint("stop the program that has it, or choose another address with --metrics-listen");
        if in_use { error.code(Code::Tcp05).kind("metrics_port_in_use") } else { error }
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

/// The next message; `None` when the node has ended.
pub(super) async fn next_message(messages: &mut Option<mpsc::Receiver<Seen>>) -> Option<Seen> {
    match messages {
        Some(messages) => messages.recv().await,
        None => std::future::pending().await,
    }
}
