//! The task that owns the hub and everything the hub drives. Nothing else touches them.
//!
//! It takes in one thing at a time, hands it to the hub and carries out what the hub wants. It
//! never waits for a peer, a dial, a disk or a reader of its events.

mod adjusting;
mod links;
mod recording;
mod sighting;
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
    task::JoinHandle,
    time::{Instant, sleep_until},
};

pub(super) use self::recording::from_start;
use self::{
    links::Outside,
    sighting::next,
    storing::{Answer, Waiting},
};
use super::{NodeEvent, NodeSettings, Request, Seen, Store, events::Events, store::Keeper};
use crate::{
    driver::{
        Clock,
        dial::{self, Dialed, Stage},
        link::{LinkCommand, LinkEvent},
        listen::{Inbound, InboundFailure, Listener, Terms},
        recorder::{Heard, Recorder},
        tls::TlsConfig,
        ws::WebSocket,
    },
    hub::{Command, Hub, Input, LinkId, Output, Snapshot, snapshot::NodeFacts},
    identity::trust::TrustChange,
    mdns::daemon::{Mdns, MdnsEvent},
    proto::{Ski, target::Target},
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

/// Whoever watches the messages.
struct Watch {
    messages: mpsc::Sender<Seen>,
    lost: u64,
}

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
                Output::Dial { link, ski, also, targets } => self.dial(link, ski, also, targets),
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

    fn stop_listening(&mut self) {
        if let Some(task) = self.listening.take() {
            task.abort();
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

/// A moment no program lives to see, for a timer that is not armed.
fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}
