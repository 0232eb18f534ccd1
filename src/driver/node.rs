//! A node: the hub with its sockets, and the handle to the one task that owns both.

mod events;
pub(super) mod report;
mod settings;
mod store;
mod task;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use self::task::{Task, from_start};
pub use self::{
    events::NodeEvent,
    settings::{Adjustment, NodeSettings, StartError},
    store::Store,
};
use super::{
    Clock,
    listen::Listener,
    recorder::{RecordError, TraceFile, TraceSettings},
    tls::{TlsConfig, TlsSetupError},
};
use crate::{
    hub::{
        Command, CommandError, Hub, Snapshot,
        snapshot::{PeerSnapshot, Recording},
    },
    identity::trust::{TrustChange, TrustStore},
    mdns::daemon::Mdns,
    proto::Ski,
    time::Time,
    trace::Passed,
};

/// Messages kept for a watcher that is slow; each has at most [`crate::trace::record::KEPT`] bytes.
const MESSAGES_KEPT: usize = 256;

/// A message that went over a connection.
#[derive(Debug)]
pub struct Seen {
    /// The message.
    pub passed: Passed,
    /// How many before it were lost because nobody took them.
    pub lost: u64,
}

/// A running node. Dropping it cuts every connection; [`Node::shutdown`] closes them in order.
#[derive(Debug)]
pub struct Node {
    requests: mpsc::Sender<Request>,
    task: JoinHandle<bool>,
    clock: Clock,
    port: Option<u16>,
    discoverable: bool,
}

/// Asks a node, from any task, and does not keep it.
#[derive(Clone, Debug)]
pub struct Observer {
    requests: mpsc::WeakSender<Request>,
}

impl Observer {
    /// The same as [`Node::snapshot`].
    pub async fn snapshot(&self) -> Option<Snapshot> {
        snapshot(&self.requests.upgrade()?).await
    }
}

async fn snapshot(requests: &mpsc::Sender<Request>) -> Option<Snapshot> {
    let (answer, snapshot) = oneshot::channel();
    requests.send(Request::Snapshot(answer)).await.ok()?;
    snapshot.await.ok()
}

/// What a handle asks of the task.
#[derive(Debug)]
enum Request {
    /// Do this.
    Command(Command, oneshot::Sender<Result<(), CommandError>>),
    /// Have connections to come follow these settings.
    Adjust(Box<Adjustment>, oneshot::Sender<Result<(), TlsSetupError>>),
    /// Show every message from now on.
    Messages(mpsc::Sender<Seen>),
    /// Tell what is known of one peer.
    Peer(Ski, oneshot::Sender<Option<PeerSnapshot>>),
    /// Tell everything.
    Snapshot(oneshot::Sender<Snapshot>),
    /// Record to this file from now on.
    Record(Box<TraceFile>, oneshot::Sender<Result<(), RecordError>>),
    /// Record no more.
    StopRecording(oneshot::Sender<Option<Recording>>),
}

impl Node {
    /// Opens the port, announces the node and starts its task; to be called within a tokio runtime.
    ///
    /// `store` writes a change of trust down; it is called before the event that follows from it.
    ///
    /// # Errors
    ///
    /// A port that is taken, no usable interface, an unusable certificate, unusable settings of TLS.
    pub fn start(
        settings: NodeSettings,
        trust: &TrustStore,
        store: impl FnMut(&TrustChange) -> Result<(), String> + Send + 'static,
    ) -> Result<(Self, mpsc::Receiver<NodeEvent>), StartError> {
        Self::start_with(settings, trust, store::Told(store))
    }

    /// The same with a store that keeps what cannot be written: a change a command makes is written
    /// before the command is obeyed, every other one before the event that follows from it.
    ///
    /// # Errors
    ///
    /// Those of [`Node::start`].
    pub fn start_with(
        mut settings: NodeSettings,
        trust: &TrustStore,
        store: impl Store,
    ) -> Result<(Self, mpsc::Receiver<NodeEvent>), StartError> {
        let tls = TlsConfig::with(&settings.identity, &settings.tls)?;
        let listener = settings.listen.map(Listener::bind).transpose()?;
        let port = listener.as_ref().map(Listener::port);
        let mdns = settings.mdns.clone().map(Mdns::start).transpose()?;
        // Only now, so that a port that is taken leaves no empty file behind.
        let trace = settings.trace.clone().map(TraceFile::create).transpose()?;
        let listening = listener.as_ref().map(Listener::local_addr);
        if let (Some((mdns, _)), Some(txt), Some(listening)) =
            (&mdns, &settings.announce, listening)
        {
            settings.hub.discoverable = mdns.announce(txt.clone(), listening)?;
        }
        let discoverable = settings.hub.discoverable;
        settings.dial.names = mdns.as_ref().map(|(mdns, _)| mdns.names());
        let clock = Clock::start();
        settings.hub.origin_unix = clock.wall(Time::ORIGIN).unix_timestamp();
        let (requests, request_queue) = mpsc::channel(64);
        let (events, event_queue) = mpsc::channel(settings.events_kept.max(1));
        let seed = fastrand::u64(..);
        let recorder =
            trace.map(|file| from_start(file, &settings, clock, seed, trust, port)).transpose()?;
        let hub = Hub::new(settings.hub.clone(), trust, seed);
        let store = Box::new(store);
        let task = Task::new(settings, hub, clock, tls, listener, mdns, events, store, recorder);
        let task = tokio::spawn(task.run(request_queue));
        Ok((Self { requests, task, clock, port, discoverable }, event_queue))
    }

    /// The node's clock: what the times of its events are measured by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The port we listen on.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether mDNS announced us at the start: not if no address of its interfaces reaches our port.
    pub fn is_discoverable(&self) -> bool {
        self.discoverable
    }

    /// Tells the hub something.
    ///
    /// # Errors
    ///
    /// Those of the hub; [`CommandError::NotStored`] if the change cannot be written down, and then
    /// nothing has changed. A node that is gone answers like one that shuts down.
    pub async fn command(&self, command: Command) -> Result<(), CommandError> {
        let (answer, outcome) = oneshot::channel();
        let gone = CommandError::ShuttingDown;
        let request = Request::Command(command, answer);
        self.requests.send(request).await.map_err(|_| gone.clone())?;
        outcome.await.unwrap_or(Err(gone))
    }

    /// Has connections to come follow these settings; those that stand stay as they are. A node that
    /// is gone has none to come.
    ///
    /// # Errors
    ///
    /// Unusable settings of TLS; nothing has changed then.
    pub async fn adjust(&self, adjustment: Adjustment) -> Result<(), TlsSetupError> {
        let (answer, outcome) = oneshot::channel();
        let request = Request::Adjust(Box::new(adjustment), answer);
        if self.requests.send(request).await.is_err() {
            return Ok(());
        }
        outcome.await.unwrap_or(Ok(()))
    }

    /// Everything the hub knows now; its times are those of [`Node::clock`]. `None` if the node has
    /// ended.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        snapshot(&self.requests).await
    }

    /// Who asks it elsewhere.
    pub fn observer(&self) -> Observer {
        Observer { requests: self.requests.downgrade() }
    }

    /// What the hub knows of one peer now; `None` if that is nothing, or the node has ended.
    pub async fn peer(&self, ski: Ski) -> Option<PeerSnapshot> {
        let (answer, peer) = oneshot::channel();
        self.requests.send(Request::Peer(ski, answer)).await.ok()?;
        peer.await.ok().flatten()
    }

    /// Every message from now on, in both directions and without a PIN, until the receiver is
    /// dropped. Another call takes the messages away from the receiver of the one before.
    pub async fn messages(&self) -> mpsc::Receiver<Seen> {
        let (sender, messages) = mpsc::channel(MESSAGES_KEPT);
        // A node that has ended has no messages.
        let _ = self.requests.send(Request::Messages(sender)).await;
        messages
    }

    /// Records from now on; what the hub knows already is not in the file, and so it cannot be
    /// replayed.
    ///
    /// # Errors
    ///
    /// The file cannot be made, something is recorded already, or the node has ended.
    pub async fn record(&self, settings: TraceSettings) -> Result<(), RecordError> {
        // Told first: the file that is there may be the one that is being written.
        let recording = self.snapshot().await.and_then(|hub| hub.node.recording);
        if let Some(Recording { file, .. }) = recording {
            return Err(RecordError::Recording(file.into()));
        }
        let created = tokio::task::spawn_blocking(|| TraceFile::create(settings)).await;
        let file = Box::new(created.map_err(|_| RecordError::Ended)??);
        let (answer, begun) = oneshot::channel();
        let request = Request::Record(file, answer);
        self.requests.send(request).await.map_err(|_| RecordError::Ended)?;
        begun.await.unwrap_or(Err(RecordError::Ended))
    }

    /// Records no more; tells what was recorded, if anything was.
    pub async fn stop_recording(&self) -> Option<Recording> {
        let (answer, recording) = oneshot::channel();
        self.requests.send(Request::StopRecording(answer)).await.ok()?;
        recording.await.ok().flatten()
    }

    /// Closes every connection in order, says goodbye and ends. Returns whether connections had to
    /// be cut because they did not close in time.
    pub async fn shutdown(mut self) -> bool {
        // A node that already stopped refuses the command; its task tells the outcome all the same.
        let _ = self.command(Command::Shutdown).await;
        self.ended().await
    }

    /// The end of a node that was told [`Command::Shutdown`], for who wants to ask it meanwhile:
    /// whether connections had to be cut. It may be dropped and called again until it has told.
    pub async fn ended(&mut self) -> bool {
        (&mut self.task).await.unwrap_or(true)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}
