//! A device that keeps to SHIP: one of our own nodes, and a person who stands in front of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::{
    DeviceError, Happened, Network, Persona,
    device::{Teller, txt},
    persona::{ASKS_FOR_TIME_AFTER, BACK_AFTER, Decision, Dials},
};
use crate::{
    driver::{
        Node, NodeEvent, NodeSettings, TraceSettings, listen::ListenSettings, node::StartError,
    },
    hub::{Command, Event, EventKind, Registration, Spine, backoff::Backoff},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
    mdns::{daemon::MdnsSettings, service::Service},
    proto::{
        Ski,
        handshake::{PinPolicy, Role},
        target::Target,
    },
};

/// A device between its start and its end.
pub(super) struct Sound {
    persona: Persona,
    settings: NodeSettings,
    /// Where it writes its traces, and how many there are.
    traces: (Option<TraceSettings>, u32),
    /// What it trusts survives when its power is cut.
    trust: TrustStore,
    changes: mpsc::UnboundedReceiver<TrustChange>,
    note: mpsc::UnboundedSender<TrustChange>,
    teller: Teller,
    /// None while its link is down.
    node: Option<Side>,
    /// What dials back: a second node of the same identity, so that neither knows of the other.
    twin: Option<Side>,
    seen: BTreeMap<Ski, Vec<Target>>,
    /// The peers it has asked to be paired.
    asked: BTreeSet<Ski>,
    due: Vec<(Instant, Deed)>,
    port: u16,
}

/// A node and what it tells.
struct Side {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
}

/// What is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Trust(Ski),
    Refuse(Ski),
    Drop,
    Return,
}

/// Longer than any simulation.
const NEVER: Duration = Duration::from_secs(30 * 86_400);

impl Sound {
    pub(super) fn start(
        persona: Persona,
        identity: Identity,
        network: &Network,
        teller: Teller,
    ) -> Result<Self, DeviceError> {
        let settings = settings(&persona, &identity, network);
        let (note, changes) = mpsc::unbounded_channel();
        let twin = (persona.dials == Dials::Back).then(|| twin(&settings)).transpose()?;
        let mut sound = Self {
            traces: (network.trace.clone(), 0),
            persona,
            settings,
            trust: TrustStore::default(),
            changes,
            note,
            teller,
            node: None,
            twin,
            seen: BTreeMap::new(),
            asked: BTreeSet::new(),
            due: Vec::new(),
            port: 0,
        };
        sound.switch_on()?;
        Ok(sound)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        loop {
            let next = self.due.iter().map(|(at, _)| *at).min();
            tokio::select! {
                _ = &mut stop => break,
                event = event(&mut self.node) => self.take(event).await,
                event = event(&mut self.twin) => self.take_of_twin(event).await,
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    self.act().await;
                }
            }
        }
        for side in self.node.into_iter().chain(self.twin) {
            side.node.shutdown().await;
        }
    }

    /// Starts the node; after the first time on the same port, as the device it was before.
    fn switch_on(&mut self) -> Result<(), StartError> {
        while let Ok(change) = self.changes.try_recv() {
            self.trust.apply(&change, 0);
        }
        if let Some(listen) = &mut self.settings.listen
            && self.port != 0
        {
            listen.port = self.port;
        }
        self.settings.trace = self.next_trace();
        let note = self.note.clone();
        let store = move |change: &TrustChange| {
            note.send(change.clone()).map_err(|_| "the device has ended".to_owned())
        };
        let (node, events) = Node::start(self.settings.clone(), &self.trust, store)?;
        self.port = node.port().unwrap_or_default();
        self.node = Some(Side { node, events });
        Ok(())
    }

    /// The file of its next life.
    fn next_trace(&mut self) -> Option<TraceSettings> {
        let (settings, lives) = &mut self.traces;
        let TraceSettings { path, full, limit } = settings.clone()?;
        *lives += 1;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = self.persona.name.replace(['/', '\\'], "_");
        let life = if *lives > 1 { format!("-{lives}") } else { String::new() };
        let named = path.with_file_name(format!("{stem}-{name}{life}"));
        let path = match path.extension() {
            Some(extension) => named.with_added_extension(extension),
            None => named,
        };
        Some(TraceSettings { path, full, limit })
    }

    async fn take(&mut self, event: Option<NodeEvent>) {
        let Some(event) = event else {
            self.node = None;
            return self.teller.did("it stopped by itself");
        };
        if let NodeEvent::Hub(Event { ski: Some(ski), kind, .. }) = &event {
            self.follow(*ski, kind).await;
            // An attempt that never comes is none.
            if matches!(kind, EventKind::AttemptScheduled { delay, .. } if *delay >= NEVER) {
                return;
            }
        }
        self.teller.tell(Happened::Node(event));
    }

    async fn take_of_twin(&mut self, event: Option<NodeEvent>) {
        let Some(event) = event else { return self.twin = None };
        self.teller.tell(Happened::Node(event));
    }

    async fn follow(&mut self, ski: Ski, kind: &EventKind) {
        match kind {
            EventKind::ServiceSeen(service) => self.look_at(ski, service).await,
            EventKind::PairingRequest { .. } => {
                let (after, deed) = match self.persona.decision {
                    Decision::Trust { after } => (after, Deed::Trust(ski)),
                    Decision::Refuse { after } => (after, Deed::Refuse(ski)),
                };
                self.due.retain(|(_, planned)| *planned != deed);
                self.due.push((Instant::now() + after, deed));
            }
            EventKind::Connected { role: Role::Server, .. } => self.dial_back(ski).await,
            EventKind::Completed { .. } => {
                if let Some(after) = self.persona.drops_after {
                    self.due.retain(|(_, planned)| *planned != Deed::Drop);
                    self.due.push((Instant::now() + after, Deed::Drop));
                }
            }
            _ => {}
        }
    }

    async fn look_at(&mut self, ski: Ski, service: &Service) {
        /// The category of energy managers (SRIP 2.2).
        const ENERGY_MANAGER: u16 = 2;
        self.seen.insert(ski, service.targets());
        let is_manager = service.txt.categories.contains(&ENERGY_MANAGER);
        if self.persona.dials == Dials::AtSight && is_manager && self.asked.insert(ski) {
            self.teller.did("it wants to be paired and dials");
            self.command(Command::Register(Registration::new(ski))).await;
        }
    }

    async fn dial_back(&mut self, ski: Ski) {
        let Some(twin) = &self.twin else { return };
        let Some(targets) = self.seen.get(&ski).filter(|targets| !targets.is_empty()) else {
            return self.teller.did("it cannot dial back: it has not seen that device by mDNS");
        };
        self.teller.did("it dials back at the same moment");
        let wish = Registration { targets: targets.clone(), ..Registration::new(ski) };
        // It refuses only while it ends.
        let _ = twin.node.command(Command::Register(wish)).await;
    }

    async fn act(&mut self) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = self.due.drain(..).partition(|(at, _)| *at <= now);
        self.due = later;
        for (_, deed) in due {
            self.do_now(deed).await;
        }
    }

    async fn do_now(&mut self, deed: Deed) {
        match deed {
            Deed::Trust(ski) => {
                if !matches!(self.persona.decision, Decision::Trust { after } if after.is_zero()) {
                    self.teller.did("its user presses Trust");
                }
                self.command(Command::Register(Registration::new(ski))).await;
            }
            Deed::Refuse(ski) => {
                self.teller.did("its user refuses");
                self.command(Command::Deny { ski }).await;
            }
            Deed::Drop => {
                // Nobody closes anything: the connections break.
                self.node = None;
                self.due = vec![(Instant::now() + BACK_AFTER, Deed::Return)];
                self.teller.did("its connection drops");
            }
            Deed::Return => match self.switch_on() {
                Ok(()) => self.teller.did("it is back"),
                Err(error) => {
                    self.teller.did(format!("it cannot come back yet: {error}"));
                    self.due.push((Instant::now() + BACK_AFTER, Deed::Return));
                }
            },
        }
    }

    /// Tells the node something. Whom it is about may be gone meanwhile; the events tell.
    async fn command(&self, command: Command) {
        if let Some(side) = &self.node {
            let _ = side.node.command(command).await;
        }
    }
}

/// The next event; never where there is no node.
async fn event(side: &mut Option<Side>) -> Option<NodeEvent> {
    match side {
        Some(side) => side.events.recv().await,
        None => std::future::pending().await,
    }
}

fn settings(persona: &Persona, identity: &Identity, network: &Network) -> NodeSettings {
    let mut settings = NodeSettings::new(identity.clone());
    settings.listen =
        Some(ListenSettings { port: 0, bind: network.bind, ..ListenSettings::default() });
    settings.mdns =
        network.mdns.clone().map(|mdns| MdnsSettings { own: Some(identity.ski()), ..mdns });
    settings.announce =
        settings.mdns.is_some().then(|| txt(persona, identity.ski(), identity.ship_id()));
    settings.hub.discoverable = settings.mdns.is_some();
    settings.hub.can_ask_for_trust = true;
    // That whoever looks at it has nothing to offer is no fault of a demonstration.
    settings.hub.spine = Some(Spine { model: persona.spine, patience: None });
    if let Some(pin) = &persona.pin {
        settings.hub.pin_policy = PinPolicy::Required(pin.clone());
    }
    let timing = &mut settings.hub.timing;
    timing.hello_prolong_gap = timing.hello_init.saturating_sub(ASKS_FOR_TIME_AFTER);
    if persona.dials == Dials::Back {
        settings.hub.backoff = Backoff([NEVER..NEVER, NEVER..NEVER, NEVER..NEVER]);
    }
    settings
}

/// It dials once, at once, and then no more until told.
fn twin(settings: &NodeSettings) -> Result<Side, StartError> {
    let mut settings =
        NodeSettings { listen: None, mdns: None, announce: None, ..settings.clone() };
    let at_once = Duration::ZERO..Duration::ZERO;
    settings.hub.backoff = Backoff([at_once, NEVER..NEVER, NEVER..NEVER]);
    let (node, events) = Node::start(settings, &TrustStore::default(), |_| Ok(()))?;
    Ok(Side { node, events })
}
