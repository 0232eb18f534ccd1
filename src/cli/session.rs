//! A running node, as long as a command needs it: started, told about, ended in order.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::mpsc, time::Instant};

use super::{
    context::{Context, own_txt},
    error::CliError,
    exit::Exit,
    output::{
        Ui,
        json::{Body, Line},
        story::{Said, Story},
        text::{self, date_time, of_system, safe},
    },
    record,
    signals::Signals,
};
use crate::{
    checks::{Code, dial, judge},
    driver::{Clock, Node, NodeEvent, NodeSettings, tls::TlsSettings},
    hub::{Command, CommandError, Event},
    identity::{
        cert::Identity,
        disk::{State, StateDir},
    },
    mdns::daemon::MdnsEvent,
    proto::{Pin, Ski, handshake::PinPolicy, text::visible},
};

/// What a command wants of its node.
#[derive(Debug)]
pub struct Wishes {
    /// Whether somebody, or the command itself, decides about peers that are not trusted.
    pub can_ask_for_trust: bool,
    /// Devices that are trusted as soon as they come.
    pub accept: BTreeSet<Ski>,
    /// Whether somebody can be asked for a PIN.
    pub can_ask_for_pin: bool,
    /// The PIN to enter at every trusted device that wants one.
    pub pin_for_trusted: Option<Pin>,
    /// The PIN we demand.
    pub pin_policy: PinPolicy,
    /// Whether to announce `register=true`.
    pub register: bool,
    /// What holds for TLS.
    pub tls: TlsSettings,
}

/// A running node and what it tells.
pub struct Session {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
    signals: Signals,
    clock: Clock,
}

/// What happens to a command that waits.
#[derive(Debug)]
pub enum Happening {
    /// The node tells something.
    Event(Box<NodeEvent>),
    /// A signal wants it to end, with this exit code.
    Signal(Exit),
}

/// The settings of a node with our identity.
pub(super) fn settings(context: &Context<'_>, identity: &Identity, wishes: Wishes) -> NodeSettings {
    let mdns = context.mdns(Some(identity.ski()));
    let mut settings = NodeSettings::new(identity.clone());
    settings.listen = Some(context.listen());
    settings.announce = mdns.is_some().then(|| own_txt(identity, wishes.register));
    settings.hub.discoverable = mdns.is_some();
    settings.hub.register = wishes.register;
    settings.mdns = mdns;
    settings.hub.can_ask_for_trust = wishes.can_ask_for_trust;
    settings.hub.accept = wishes.accept;
    settings.hub.can_ask_for_pin = wishes.can_ask_for_pin;
    settings.hub.pin_policy = wishes.pin_policy;
    settings.hub.pin_for_trusted = wishes.pin_for_trusted;
    context.settings.apply(&mut settings);
    settings.tls = wishes.tls;
    settings.trace = record::settings(&context.global.trace);
    settings
}

/// The first line of JSON of a node that runs.
pub(super) fn started(identity: &Identity, node: &Node, directory: &StateDir) -> Body {
    Body::Started {
        ship_id: identity.ship_id().clone(),
        port: node.port(),
        state_dir: directory.path().display().to_string(),
        own_ski: identity.ski(),
    }
}

/// Warns if mDNS runs, but announces no address because none reaches our port.
pub(super) fn warn_if_hidden(context: &mut Context<'_>, node: &Node) -> Result<(), CliError> {
    if context.global.no_mdns || node.is_discoverable() {
        return Ok(());
    }
    let bound = context.listen().bind.map_or_else(String::new, |ip| format!(" {ip}"));
    context.warn(
        Code::Own07.as_str(),
        &format!("not announced: mDNS has no interface with the address{bound} our port is bound to"),
        "devices cannot dial us: omit `--bind`, or choose the interface of that address with `--interface`",
    )
}

/// The moment after so much time; one that never comes if it is too much.
pub(super) fn deadline(after: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
    Instant::now() + after.min(NEVER)
}

impl Session {
    /// Starts a node with our identity; the state is its from now on.
    pub fn start(
        context: &mut Context<'_>,
        state: State,
        wishes: Wishes,
    ) -> Result<Self, CliError> {
        let identity = state.identity.clone();
        let settings = settings(context, &identity, wishes);
        let directory = state.directory().clone();
        let trust = state.trust().clone();
        let signals = Signals::catch_with_hangup()?;
        let (node, events) = Node::start_with(settings, &trust, state)?;
        let ui = &mut *context.ui;
        ui.story(&format!("state    {}", directory.path().display()));
        ui.story(&format!("this     SKI {}", identity.ski().grouped()));
        let port = node.port().map_or(String::new(), |port| format!(" · port {port}"));
        ui.story(&format!("         SHIP ID {}{port}", identity.ship_id()));
        ui.json_now(None, &started(&identity, &node, &directory))?;
        warn_if_hidden(context, &node)?;
        let clock = node.clock();
        Ok(Self { node, events, signals, clock })
    }

    /// The clock the events are measured by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What happens next.
    pub async fn next(&mut self) -> Result<Happening, CliError> {
        tokio::select! {
            exit = self.signals.next() => Ok(Happening::Signal(exit)),
            event = self.events.recv() => match event {
                Some(event) => Ok(Happening::Event(Box::new(event))),
                None => Err(CliError::stopped()),
            },
        }
    }

    /// Tells the hub something.
    pub async fn command(&self, command: Command) -> Result<(), CliError> {
        Ok(self.node.command(command).await?)
    }

    /// Tells the hub something about a device that may have gone meanwhile; the events tell.
    pub async fn command_if_present(&self, command: Command) -> Result<(), CliError> {
        use CommandError::{
            NoPinWanted, NotRegistered, NothingToAccept, NothingToCancel, NothingToDeny,
            UnknownPeer,
        };
        match self.node.command(command).await {
            Err(
                UnknownPeer(_) | NotRegistered(_) | NothingToAccept(_) | NothingToDeny(_)
                | NothingToCancel(_) | NoPinWanted(_),
            ) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Shows an event, and errors if it is one that ends every command: trust that cannot be kept.
    pub fn show(&self, ui: &mut Ui, story: &mut Story, event: &NodeEvent) -> Result<(), CliError> {
        show(self.clock, ui, story, event)
    }

    /// Closes every connection and says goodbye. A signal meanwhile ends at once. Errors that are
    /// met on the way do not cut it short; the first is told at the end.
    pub async fn end(self, ui: &mut Ui, story: &mut Story) -> Result<Ended, CliError> {
        let Self { node, mut events, mut signals, clock } = self;
        ui.answered();
        let mut shutdown = pin!(node.shutdown());
        let mut shown = Ok(());
        let ended = loop {
            tokio::select! {
                forced = &mut shutdown => break Ended { signal: None, forced },
                Some(event) = events.recv() => shown = shown.and(show(clock, ui, story, &event)),
                signal = signals.next() => break Ended { signal: Some(signal), forced: true },
            }
        };
        while let Ok(event) = events.try_recv() {
            shown = shown.and(show(clock, ui, story, &event));
        }
        shown.map(|()| ended)
    }
}

/// How a session ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// A second signal cut it short.
    pub signal: Option<Exit>,
    /// Connections had to be cut.
    pub forced: bool,
}

fn show(clock: Clock, ui: &mut Ui, story: &mut Story, event: &NodeEvent) -> Result<(), CliError> {
    match event {
        NodeEvent::Hub(event) => show_hub(clock, ui, story, event),
        NodeEvent::StoreFailed { error, .. } => Err(CliError::new(
            Exit::LocalIo,
            format!("the trust cannot be written down: {error}"),
        )
        .hint("free some space or mend the permissions, then pair again; the device may trust us already")
        .stage("store")),
        other => show_other(clock, ui, story, other),
    }
}

fn show_hub(clock: Clock, ui: &mut Ui, story: &mut Story, event: &Event) -> Result<(), CliError> {
    let (at, body) = (clock.wall(event.at), Body::event(event));
    tracing::debug!("{}", Line::new(at, event.ski, &body));
    for said in story.tell(event) {
        ui.story(&said.line(event.at));
    }
    ui.json(at, event.ski, &body)
}

fn show_other(clock: Clock, ui: &mut Ui, story: &Story, event: &NodeEvent) -> Result<(), CliError> {
    for Notice { ski, text, body } in notices(event) {
        let text = story.whose(ski, &safe(&text));
        ui.story(&Said { stage: "remark", text }.line(clock.now()));
        ui.json_now(ski, &body)?;
    }
    Ok(())
}

/// Something about a peer or the network that is not the hub's.
pub(super) struct Notice {
    pub(super) ski: Option<Ski>,
    pub(super) text: String,
    pub(super) body: Body,
}

impl Notice {
    fn new(ski: Option<Ski>, text: String, code: Option<&str>) -> Self {
        let (message, code) = (visible(&text), code.map(str::to_owned));
        let advice = code.as_ref().and_then(|code| code.parse().ok()).map(Code::advice);
        let body = Body::Warning { message, code, advice: advice.map(str::to_owned) };
        Self { ski, text, body }
    }
}

/// Somebody at our port, a certificate, an address that did not work, mDNS.
pub(super) fn notices(event: &NodeEvent) -> Vec<Notice> {
    match event {
        NodeEvent::Inbound(failure) => {
            let text = failure.to_string();
            let (remote, code) = (failure.remote, failure.cause.code());
            let body = Body::Inbound { remote, message: visible(&text), code };
            vec![Notice { ski: failure.ski, text, body }]
        }
        NodeEvent::Certificate { ski, remarks } => remarks
            .iter()
            .map(|remark| {
                Notice::new(Some(*ski), format!("its certificate: {remark}"), Some(remark.code()))
            })
            .collect(),
        NodeEvent::Negotiated { ski, tls } => tls
            .findings()
            .into_iter()
            .map(|it| Notice::new(Some(*ski), it.seen, Some(it.code.as_str())))
            .collect(),
        NodeEvent::Detours { ski, tried } => dial::worth_telling(tried)
            .map(|tried| {
                let text = format!("{}: {}", tried.target, tried.what);
                Notice::new(Some(*ski), text, Some(tried.code))
            })
            .collect(),
        NodeEvent::Mdns(MdnsEvent::NameChanged { from, to }) => {
            let text = format!("another host uses the name {from}; ours is now {to}");
            vec![Notice::new(None, text, None)]
        }
        NodeEvent::Mdns(MdnsEvent::Full { kept }) => {
            vec![Notice::new(None, judge::flood(*kept).seen, Some(Code::Mdns14.as_str()))]
        }
        NodeEvent::Lost(count) => {
            let text =
                format!("too much happened at once: {} went untold", text::count(*count, "event"));
            vec![Notice { ski: None, text, body: Body::Lost { count: *count } }]
        }
        NodeEvent::StoreFailed { error, .. } => {
            let text =
                of_system(&format!("the trust cannot be written down; it is tried again: {error}"));
            vec![Notice::new(None, text, None)]
        }
        NodeEvent::StoreRecovered => {
            vec![Notice::new(None, "the trust is written down again".to_owned(), None)]
        }
        NodeEvent::Hub(_) | NodeEvent::Mdns(_) => Vec::new(),
    }
}

/// A moment of the Unix epoch for JSON.
pub fn unix(seconds: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => super::output::text::rfc3339(at),
        Err(_) => date_time(seconds),
    }
}
