//! The task that owns the hub and everything the hub drives. Nothing else touches them.
//!
//! It takes in one thing at a time, hands it to the hub and carries out what the hub wants. It
//! never waits for a peer, a dial, a disk or a reader of its events.

mod adjusting;
mod recording;
mod storing;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::SocketAddr,
    time::Duration,
};

use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    task::{AbortHandle, JoinHandle},
    time::{Instant, sleep_until},
};

use self::storing::{Answer, Waiting};
use super::{NodeEvent, NodeSettings, Request, Seen, Store, events::Events, report, store::Keeper};
use crate::{
    driver::{
        Clock,
        dial::{self, Dialed, Stage},
        link::{self, LinkCommand, LinkEvent},
        listen::{Inbound, InboundFailure, Incoming, Listener, Terms},
        recorder::{Heard, Recorder},
        tls::{Negotiated, TlsConfig},
        ws::WebSocket,
    },
    hub::{Command, Hub, Input, LinkId, Opened, Output, Snapshot, snapshot::NodeFacts},
    identity::{cert::PeerCertificate, trust::TrustChange},
    mdns::{
        daemon::{Mdns, MdnsEvent},
        service::Service,
    },
    proto::{Ski, handshake::TransportEnd, target::Target},
    time::Time,
    trace::{Fact, Passed},
};

/// What the tasks around this one report.
enum Report {
    Inbound(Inbound),
    Admitted(LinkId, Result<Box<WebSocket>, InboundFailure>),
    Dialled(LinkId, Ski, Result<Box<Dialed>, dial::DialFailure>),
    Stage(LinkId, Target, Option<SocketAddr>, Stage),
    Link(LinkId, LinkEvent),
    Withdrawn,
}

/// What exists outside for one link.
enum Outside {
    /// A dial under way, or an upgrade being answered.
    Pending(AbortHandle),
    /// A peer that waits for the answer to its request.
    Asking(Box<Incoming>),
    /// An open connection.
    Open { commands: mpsc::Sender<LinkCommand> },
}

/// Whoever watches the messages.
struct Watch {
    messages: mpsc::Sender<Seen>,
    lost: u64,
}

/// Commands kept for a link that does not keep up; it takes them promptly even when its peer does
/// not read, so a full queue means that it hangs.
const LINK_COMMANDS: usize = 256;

pub(super) struct Task {
    settings: NodeSettings,
    hub: Hub,
    clock: Clock,
    /// Of connections to come.
    terms: watch::Sender<Terms>,
    links: HashMap<LinkId, Outside>,
    listening: Option<JoinHandle<()>>,
    mdns: Option<Mdns>,
    sightings: Option<mpsc::Receiver<MdnsEvent>>,
    reports: mpsc::Sender<Report>,
    reported: mpsc::Receiver<Report>,
    events: Events,
    messages: Option<Watch>,
    recorder: Option<Recorder>,
    /// What the snapshot tells of us.
    facts: NodeFacts,
    keeper: Keeper,
    /// The command that is obeyed as soon as its change is written.
    waiting: Option<Waiting>,
    /// Commands behind it, in their order. Each has somebody who waits for it.
    behind: VecDeque<(Command, Answer)>,
    /// When to write what the disk did not take, or what was put off.
    write_again: Option<Instant>,
    /// Whether the disk failed last.
    disk_fails: bool,
    /// Whether connections had to be cut; known once the shutdown is over.
    stopped: Option<bool>,
}

impl Task {
    #[expect(clippy::too_many_arguments, reason = "called once, from the place that made them all")]
    pub(super) fn new(
        settings: NodeSettings,
        hub: Hub,
        clock: Clock,
        tls: TlsConfig,
        listener: Option<Listener>,
        mdns: Option<(Mdns, mpsc::Receiver<MdnsEvent>)>,
        events: mpsc::Sender<NodeEvent>,
        store: Box<dyn Store>,
        recorder: Option<Recorder>,
    ) -> Self {
        let facts = NodeFacts {
            origin_unix_ms: i64::try_from(
                clock.wall(Time::ORIGIN).unix_timestamp_nanos() / 1_000_000,
            )
            .ok(),
            port: listener.as_ref().map(Listener::port),
            mdns: mdns.is_some(),
            interfaces: mdns.as_ref().map_or_else(Vec::new, |(mdns, _)| mdns.interfaces().to_vec()),
            recording: None,
        };
        let (reports, reported) = mpsc::channel(256);
        let terms = Terms { tls, settings: settings.listen.unwrap_or_default() };
        let (terms, offered) = watch::channel(terms);
        let listening = listener.map(|listener| {
            tokio::spawn(listener.serve_on(offered, reports.clone(), Report::Inbound))
        });
        let (mdns, sightings) = mdns.unzip();
        Self {
            settings,
            hub,
            clock,
            terms,
            links: HashMap::new(),
            listening,
            mdns,
            sightings,
            reports,
            reported,
            events: Events::new(events),
            messages: None,
            recorder,
            facts,
            keeper: Keeper::new(store),
            waiting: None,
            behind: VecDeque::new(),
            write_again: None,
            disk_fails: false,
            stopped: None,
        }
    }

    /// Runs until the shutdown is over; returns whether connections had to be cut.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) -> bool {
        let mut handles = true;
        let now = self.clock.now();
        self.record(now, || Heard::Fact(Fact::Begin {}));
        self.hub.begin(now);
        loop {
            self.carry_out();
            if let Some(forced) = self.stopped {
                self.write_the_rest(&mut requests).await;
                return forced;
            }
            let deadline =
                self.hub.poll_timeout().map(|at| Instant::from_std(self.clock.instant(at)));
            tokio::select! {
                request = requests.recv(), if handles => match request {
                    Some(request) => self.take_request(request),
                    None => handles = false,
                },
                written = self.keeper.next() => self.written(written),
                Some(report) = self.reported.recv() => self.take_in(report),
                Some(sighting) = next(&mut self.sightings) => self.sighted(sighting),
                () = sleep_until(deadline.unwrap_or_else(far_future)), if deadline.is_some() => {
                    self.handle(Input::Timeout);
                }
                () = sleep_until(self.write_again.unwrap_or_else(far_future)),
                    if self.write_again.is_some() => {
                    self.write_again = None;
                    self.keeper.catch_up();
                }
            }
        }
    }

    fn handle(&mut self, input: Input) {
        let now = self.clock.now();
        self.record(now, || Heard::Input(input.clone()));
        self.hub.handle(now, input);
    }

    /// Shows every message to this watcher from now on.
    fn watch_messages(&mut self, messages: mpsc::Sender<Seen>) {
        self.messages = Some(Watch { messages, lost: 0 });
        self.hub.watch_messages(true);
    }

    /// Everything the hub knows, and what is known of it here.
    fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.hub.snapshot(self.clock.now());
        snapshot.node = NodeFacts { recording: self.recording(), ..self.facts.clone() };
        snapshot
    }

    fn take_in(&mut self, report: Report) {
        match report {
            Report::Inbound(Inbound::Request(incoming)) => self.incoming(incoming),
            Report::Inbound(Inbound::Failed(failure)) => self.tell(NodeEvent::Inbound(failure)),
            Report::Admitted(link, result) => self.admitted(link, result),
            Report::Dialled(link, ski, result) => self.dialled(link, ski, result),
            Report::Stage(link, target, address, stage) => {
                self.handle(Input::Dialling { link, target, address, stage });
            }
            Report::Link(link, event) => self.link_event(link, event),
            Report::Withdrawn => self.handle(Input::Withdrawn),
        }
    }

    fn incoming(&mut self, incoming: Box<Incoming>) {
        let link = self.hub.new_link();
        let (ski, remote) = (incoming.ski, incoming.remote);
        self.tell_tls(&incoming.certificate, incoming.tls);
        let fingerprint = &incoming.certificate.fingerprint;
        if let Err(wrong) = self.hub.check_fingerprint(ski, fingerprint) {
            let failure = InboundFailure { remote, ski: Some(ski), cause: wrong.into() };
            let (link, what) = (link.number(), failure.to_string());
            let now = self.clock.now();
            self.record(now, || Heard::Fact(Fact::TurnedAway { link, ski, remote, what }));
            self.tell(NodeEvent::Inbound(failure));
            tokio::spawn(incoming.refuse_busy());
            return;
        }
        let facts =
            report::transport(incoming.tls, &incoming.path, &incoming.certificate, Vec::new());
        self.links.insert(link, Outside::Asking(incoming));
        self.handle(Input::Incoming { link, ski, remote, transport: Box::new(facts) });
    }

    fn admitted(&mut self, link: LinkId, result: Result<Box<WebSocket>, InboundFailure>) {
        // Forgotten meanwhile: the socket closes by being dropped.
        let Some(Outside::Pending(_)) = self.links.get(&link) else { return };
        match result {
            Ok(ws) => {
                self.open(link, ws);
                self.handle(Input::Accepted { link });
            }
            Err(failure) => {
                self.links.remove(&link);
                let detail = failure.cause.to_string();
                self.tell(NodeEvent::Inbound(failure));
                self.handle(Input::Closed { link, how: TransportEnd::Error { detail } });
            }
        }
    }

    fn dialled(&mut self, link: LinkId, ski: Ski, result: Result<Box<Dialed>, dial::DialFailure>) {
        let Some(Outside::Pending(_)) = self.links.remove(&link) else { return };
        let result = result.and_then(|dialed| self.check_dialed(dialed));
        let result: Result<Opened, _> = match result {
            Ok(dialed) => {
                self.tell_tls(&dialed.certificate, dialed.tls);
                let tried: Vec<_> = dialed.failures.iter().map(report::tried).collect();
                if !tried.is_empty() {
                    self.tell(NodeEvent::Detours { ski, tried: tried.clone() });
                }
                let Dialed { ws, certificate, tls, target, remote, via, .. } = *dialed;
                let facts = report::transport(tls, &target.path, &certificate, via);
                self.open(link, ws);
                Ok(Opened { remote, tried, transport: Box::new(facts) })
            }
            Err(failure) => {
                self.verify_records(ski, &failure);
                Err(report::dial_failure(failure))
            }
        };
        self.handle(Input::Dialled { link, result });
    }

    /// The certificate must be the one that the QR code names, if it names one.
    fn check_dialed(&self, dialed: Box<Dialed>) -> Result<Box<Dialed>, dial::DialFailure> {
        let Err(wrong) = self.hub.check_fingerprint(dialed.ski, &dialed.certificate.fingerprint)
        else {
            return Ok(dialed);
        };
        let Dialed { target, remote, mut failures, .. } = *dialed;
        let took = Duration::ZERO;
        failures.push(dial::TargetFailure::new(target, Some(remote), wrong.into(), took));
        Err(dial::DialFailure { failures })
    }

    /// Gives an established connection a task of its own.
    fn open(&mut self, link: LinkId, ws: Box<WebSocket>) {
        let (commands, queue) = mpsc::channel(LINK_COMMANDS);
        let wrap = move |event| Report::Link(link, event);
        tokio::spawn(link::run(ws, queue, self.reports.clone(), wrap, self.settings.link));
        self.links.insert(link, Outside::Open { commands });
    }

    fn link_event(&mut self, link: LinkId, event: LinkEvent) {
        let Some(Outside::Open { .. }) = self.links.get(&link) else { return };
        match event {
            LinkEvent::Message(bytes) => self.handle(Input::Message { link, bytes }),
            LinkEvent::Text { .. } => self.handle(Input::Text { link }),
            LinkEvent::Pong => self.handle(Input::Pong { link }),
            LinkEvent::Closed(how) => {
                self.links.remove(&link);
                self.handle(Input::Closed { link, how });
            }
        }
    }

    fn sighted(&mut self, event: MdnsEvent) {
        match event {
            MdnsEvent::Seen(service) => self.handle(Input::Seen(*service)),
            MdnsEvent::Gone { instance } => self.handle(Input::Gone { instance }),
            other => self.tell(NodeEvent::Mdns(other)),
        }
    }

    /// Carries out everything the hub wants now.
    fn carry_out(&mut self) {
        self.carry_out_after(None);
    }

    /// The same, but for the change of trust that is `written` already.
    fn carry_out_after(&mut self, written: Option<&TrustChange>) {
        while let Some(output) = self.hub.poll_output() {
            if self.recorder.is_some() && !matches!(output, Output::Message(_)) {
                let at = match &output {
                    Output::Event(event) => event.at,
                    _ => self.clock.now(),
                };
                self.record(at, || Heard::Output(output.clone()));
            }
            match output {
                Output::Dial { link, ski, targets } => self.dial(link, ski, targets),
                Output::Admit { link } => self.admit(link),
                Output::Refuse { link } => self.refuse(link),
                Output::Transmit { link, bytes } => self.on_link(link, LinkCommand::Send(bytes)),
                Output::Widen { link } => self.on_link(link, LinkCommand::Widen),
                Output::Ping { link } => self.on_link(link, LinkCommand::Ping),
                Output::Close { link, code, reason } => {
                    self.on_link(link, LinkCommand::Close { code, reason: reason.to_owned() });
                }
                Output::Forget { link } => self.forget(link),
                Output::Announce { register } => self.on_mdns(|mdns| mdns.set_register(register)),
                Output::Withdraw => self.withdraw(),
                Output::StopListening => {
                    self.stop_listening();
                    self.handle(Input::ListeningStopped);
                }
                Output::Store(change) if Some(&change) == written => {}
                Output::Store(change) => self.note(change),
                Output::Event(event) => self.tell(NodeEvent::Hub(event)),
                Output::Message(passed) => self.show(*passed),
                Output::Stopped { forced } => self.stopped = Some(forced),
            }
        }
    }

    fn dial(&mut self, link: LinkId, ski: Ski, targets: Vec<Target>) {
        let tls = self.terms.borrow().tls.clone();
        let (limits, reports) = (self.settings.dial, self.reports.clone());
        let task = tokio::spawn(async move {
            let on_stage = |target: &Target, address, stage| {
                // In a flood of news how far a dial has come is the least.
                let _ = reports.try_send(Report::Stage(link, target.clone(), address, stage));
            };
            let dialling = dial::dial_telling(&targets, Some(ski), &tls, &limits, &on_stage);
            let result = dialling.await.map(Box::new);
            let _ = reports.send(Report::Dialled(link, ski, result)).await;
        });
        self.links.insert(link, Outside::Pending(task.abort_handle()));
    }

    fn admit(&mut self, link: LinkId) {
        let Some(Outside::Asking(incoming)) = self.links.remove(&link) else { return };
        let reports = self.reports.clone();
        let task = tokio::spawn(async move {
            let _ = reports.send(Report::Admitted(link, incoming.admit().await)).await;
        });
        self.links.insert(link, Outside::Pending(task.abort_handle()));
    }

    fn refuse(&mut self, link: LinkId) {
        if let Some(Outside::Asking(incoming)) = self.links.remove(&link) {
            // It has its own time limit, and nobody waits for it.
            tokio::spawn(incoming.refuse_busy());
        }
    }

    fn on_link(&mut self, link: LinkId, command: LinkCommand) {
        let Some(Outside::Open { commands }) = self.links.get(&link) else { return };
        // Of one that has ended, what the peer said last and the end itself are on their way here.
        if let Err(TrySendError::Full(_)) = commands.try_send(command) {
            self.links.remove(&link);
            let detail = "the connection does not take what it is to send".to_owned();
            self.handle(Input::Closed { link, how: TransportEnd::Error { detail } });
        }
    }

    /// Lets go of whatever exists for a link. Dropping the commands of a connection kills it.
    fn forget(&mut self, link: LinkId) {
        if let Some(Outside::Pending(task)) = self.links.remove(&link) {
            task.abort();
        }
    }

    fn on_mdns(&self, act: impl FnOnce(&Mdns) -> Result<(), crate::mdns::daemon::MdnsError>) {
        if let Some(Err(error)) = self.mdns.as_ref().map(act) {
            tracing::warn!(%error, "mDNS");
        }
    }

    /// Asks whether the records that were dialled still live, rather than to wait out their TTL; of
    /// a flood of them no more than an attempt tries.
    fn verify_records(&self, ski: Ski, failure: &dial::DialFailure) {
        let was_dialled = |service: &&Service| {
            service.txt.ski == Some(ski)
                && service.targets().iter().any(|target| {
                    failure.failures.iter().any(|failed| failed.target.address == target.address)
                })
        };
        let most = self.settings.hub.targets_per_attempt;
        for service in self.hub.services().filter(was_dialled).take(most) {
            self.on_mdns(|mdns| mdns.verify(&service.instance));
        }
    }

    /// Ends mDNS with its goodbye, and tells the hub when that went out.
    fn withdraw(&mut self) {
        let Some(mdns) = self.mdns.take() else { return self.handle(Input::Withdrawn) };
        let reports = self.reports.clone();
        tokio::spawn(async move {
            mdns.shutdown().await;
            let _ = reports.send(Report::Withdrawn).await;
        });
    }

    fn stop_listening(&mut self) {
        if let Some(task) = self.listening.take() {
            task.abort();
        }
    }

    fn tell_tls(&mut self, certificate: &PeerCertificate, tls: Negotiated) {
        let ski = certificate.ski;
        if !certificate.remarks.is_empty() {
            let remarks = certificate.remarks.clone();
            self.tell(NodeEvent::Certificate { ski, remarks });
        }
        if !tls.findings().is_empty() {
            self.tell(NodeEvent::Negotiated { ski, tls });
        }
    }

    /// Shows a message to whoever watches them; one that does not keep up loses the latest.
    fn show(&mut self, passed: Passed) {
        let Some(watch) = &mut self.messages else { return };
        let lost = watch.lost;
        match watch.messages.try_send(Seen { passed, lost }) {
            Ok(()) => watch.lost = 0,
            Err(TrySendError::Full(_)) => watch.lost += 1,
            Err(TrySendError::Closed(_)) => {
                self.messages = None;
                self.hub.watch_messages(false);
            }
        }
    }

    /// Tells the reader of our events, behind what it follows from.
    fn tell(&mut self, event: NodeEvent) {
        self.record_notes(&event);
        match self.keeper.owes() {
            Some(change) => self.events.tell_after(change, event),
            None => self.events.tell(event),
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.stop_listening();
        for outside in self.links.values() {
            if let Outside::Pending(task) = outside {
                task.abort();
            }
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("hub", &self.hub).finish_non_exhaustive()
    }
}

async fn next(sightings: &mut Option<mpsc::Receiver<MdnsEvent>>) -> Option<MdnsEvent> {
    match sightings {
        Some(sightings) => sightings.recv().await,
        None => std::future::pending().await,
    }
}

/// A moment no program lives to see, for a timer that is not armed.
fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}
