//! The hub's end of the control socket.
//!
//! One task accepts, one a client reads and writes; the owner of the hub takes the requests, one
//! after the other, and answers them. Nothing here waits for a client but the client's own task: one
//! that does not read loses events, and is told how many.

use std::{
    fs,
    io::{self, BufRead, Read},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixStream as StdStream,
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{
        Semaphore,
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc, watch,
    },
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{
    lines::{Line, Lines},
    place,
    wire::{Answer, BadRequest, Greeting, MAX_REQUEST, Refusal, Reply, Request, Wish},
};
use crate::trace::MessageRecord;

/// Clients at a time.
pub const MAX_CLIENTS: usize = 64;

/// Requests of one client that may wait for their answers.
const MAX_UNANSWERED: usize = 16;

/// Events kept for a client that does not read; beyond it the oldest are lost.
const EVENTS_KEPT: usize = 512;

/// Messages kept for the same: they are larger.
const MESSAGES_KEPT: usize = 256;

/// How long the clients may take for what is left to say when the hub ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// The open socket.
#[derive(Debug)]
pub struct Server {
    asks: mpsc::Receiver<Ask>,
    events: broadcast::Sender<Arc<str>>,
    messages: broadcast::Sender<Arc<str>>,
    closing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    path: PathBuf,
    /// The places from which a link leads to it.
    links: Vec<PathBuf>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Ask {
    /// What is asked for.
    pub wish: Wish,
    /// The number of the client, of those that ever came to this hub.
    pub client: u64,
    id: u64,
    answer: mpsc::OwnedPermit<Reply>,
    hung_up: Arc<AtomicBool>,
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A hub with this identity runs already.
    #[error("a hub with this identity runs already (process {})", .0.pid)]
    Running(Box<Greeting>),
    /// Something else answers there, or does not answer.
    #[error("{path} is in use, and not by a hub that could be asked who it is")]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// Something that is no socket stands in its place.
    #[error("{path} is not a socket")]
    NoSocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot open the control socket {path}: {source}")]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Ask {
    /// Answers. A client that is gone does not mind.
    pub fn answer(self, answer: Answer) {
        self.answer.send(Reply::Answer { id: Some(self.id), answer });
    }

    /// Whether the client says nothing more: nobody waits for the answer.
    pub fn is_abandoned(&self) -> bool {
        self.hung_up.load(Ordering::Relaxed)
    }
}

impl Server {
    /// Opens the socket at the first of `places` that is fit for it, with a link to it at those
    /// behind that one: not everybody knows the first (a job without a session has no runtime
    /// directory). To be called within a tokio runtime, by the owner of the identity. A socket
    /// nobody answers at is replaced.
    ///
    /// # Errors
    ///
    /// A hub with this identity that runs already, or a system that refuses.
    pub fn start(places: &[PathBuf], greeting: &Greeting) -> Result<Self, ServerError> {
        // Any of the places may be where a hub that runs already is found.
        for path in places {
            clear(path)?;
        }
        let path = place::choose(places).unwrap_or(Path::new("control.socket")).to_owned();
        let failed = |source| ServerError::Io { path: path.clone(), source };
        let listener = UnixListener::bind(&path).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;

        let (ask_sender, asks) = mpsc::channel(MAX_UNANSWERED);
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let (messages, _) = broadcast::channel(MESSAGES_KEPT);
        let (closing, is_closing) = watch::channel(false);
        let clients = Clients {
            greeting: greeting.line().into(),
            asks: ask_sender,
            events: events.clone(),
            messages: messages.clone(),
            closing: is_closing,
        };
        let accepting = tokio::spawn(clients.accept(listener));
        let links = place::link(places, &path);
        Ok(Self { asks, events, messages, closing, accepting, path, links })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next request. It may be dropped and called again at any time.
    pub async fn next(&mut self) -> Ask {
        match self.asks.recv().await {
            Some(ask) => ask,
            // The accepting task ends only when we do.
            None => std::future::pending().await,
        }
    }

    /// Whether anybody watches; else there is no need to make events up.
    pub fn is_watched(&self) -> bool {
        self.events.receiver_count() > 0
    }

    /// Tells every watcher.
    pub fn publish(&self, event: &Reply) {
        // Fails if nobody watches.
        let _ = self.events.send(event.line().into());
    }

    /// Whether anybody watches the messages.
    pub fn are_messages_watched(&self) -> bool {
        self.messages.receiver_count() > 0
    }

    /// Shows a message to everybody who watches them.
    pub fn show(&self, message: MessageRecord) {
        // Fails if nobody watches.
        let _ = self.messages.send(Reply::Message(Box::new(message)).line().into());
    }

    /// Takes no more clients and requests, lets those there are read what is left, and removes the
    /// socket.
    pub async fn close(mut self) {
        let _ = self.closing.send(true);
        // A client that does not read must not keep us.
        let _ = timeout(FAREWELL, &mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        for path in self.links.iter().chain([&self.path]) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes a socket nobody answers at any more, or the link to one.
fn clear(path: &Path) -> Result<(), ServerError> {
    let failed = |source| ServerError::Io { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.file_type().is_socket() || meta.is_symlink() => {}
        Ok(_) => return Err(ServerError::NoSocket { path: path.to_owned() }),
        Err(error) if is_absence(&error) => return Ok(()),
        Err(error) => return Err(failed(error)),
    }
    match StdStream::connect(path) {
        Ok(stream) => Err(who_is(stream).map_or_else(
            || ServerError::Taken { path: path.to_owned() },
            |greeting| ServerError::Running(Box::new(greeting)),
        )),
        // A link that leads nowhere is absent to who follows it, and there all the same.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused || is_absence(&error) => {
            match fs::remove_file(path) {
                Err(error) if !is_absence(&error) => Err(failed(error)),
                _ => Ok(()),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Asks whoever listens there who he is.
fn who_is(stream: StdStream) -> Option<Greeting> {
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let mut line = String::new();
    io::BufReader::new(stream.take(MAX_REQUEST as u64)).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// What every client's task needs.
#[derive(Clone)]
struct Clients {
    greeting: Arc<str>,
    asks: mpsc::Sender<Ask>,
    events: broadcast::Sender<Arc<str>>,
    messages: broadcast::Sender<Arc<str>>,
    closing: watch::Receiver<bool>,
}

impl Clients {
    async fn accept(self, listener: UnixListener) {
        let places = Arc::new(Semaphore::new(MAX_CLIENTS));
        let mut tasks = JoinSet::new();
        let mut closing = self.closing.clone();
        let mut clients = 0;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                _ = closing.changed() => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: some will be given back.
                    tracing::warn!(%error, "the control socket cannot take a client");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            if !is_same_user(&stream) {
                tracing::warn!("another user was turned away from the control socket");
                continue;
            }
            match places.clone().try_acquire_owned() {
                Ok(place) => {
                    clients += 1;
                    let client = Client::new(&self, clients, stream);
                    let (greeting, closing) = (self.greeting.clone(), self.closing.clone());
                    tasks.spawn(async move {
                        // An error is the end of the client, and nobody else's matter.
                        let _ = client.serve(&greeting, closing).await;
                        drop(place);
                    });
                }
                Err(_) => {
                    let message = format!("{MAX_CLIENTS} programs are connected already");
                    let refusal = Refusal::new("busy", 75, message, Some("end one of them"));
                    let line = Reply::Answer { id: None, answer: Err(Box::new(refusal)) }.line();
                    let _ = stream.try_write(line.as_bytes());
                }
            }
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
    }
}

fn is_same_user(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own)
}

/// One client.
struct Client {
    number: u64,
    lines: Lines<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    asks: mpsc::Sender<Ask>,
    /// For new requests; `None` once the client says nothing more.
    answer: Option<mpsc::Sender<Reply>>,
    answers: mpsc::Receiver<Reply>,
    all_events: broadcast::Sender<Arc<str>>,
    events: Option<broadcast::Receiver<Arc<str>>>,
    all_messages: broadcast::Sender<Arc<str>>,
    messages: Option<broadcast::Receiver<Arc<str>>>,
    hung_up: Arc<AtomicBool>,
}

impl Client {
    fn new(clients: &Clients, number: u64, stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        let (answer, answers) = mpsc::channel(MAX_UNANSWERED);
        Self {
            number,
            lines: Lines::new(reader, MAX_REQUEST),
            writer,
            asks: clients.asks.clone(),
            answer: Some(answer),
            answers,
            all_events: clients.events.clone(),
            events: None,
            all_messages: clients.messages.clone(),
            messages: None,
            hung_up: Arc::default(),
        }
    }

    async fn serve(mut self, greeting: &str, mut closing: watch::Receiver<bool>) -> io::Result<()> {
        self.writer.write_all(greeting.as_bytes()).await?;
        loop {
            tokio::select! {
                line = self.lines.next(), if self.answer.is_some() => match line? {
                    Some(line) => self.take(line).await?,
                    None => self.hang_up(),
                },
                reply = self.answers.recv() => match reply {
                    Some(reply) => self.tell_answer(&reply).await?,
                    // It says nothing more, and everything is answered.
                    None => return Ok(()),
                },
                event = next_event(&mut self.events) => self.tell(event, "events_lost").await?,
                message = next_event(&mut self.messages) => {
                    self.tell(message, "messages_lost").await?;
                }
                _ = closing.changed() => break,
            }
        }
        self.say_the_rest().await
    }

    /// A client that says nothing more gets the answers it waits for.
    fn hang_up(&mut self) {
        self.hung_up.store(true, Ordering::Relaxed);
        self.answer = None;
        self.events = None;
        self.messages = None;
    }

    async fn take(&mut self, line: Line) -> io::Result<()> {
        let request = match &line {
            Line::TooLong => {
                let why = format!("a request has at most {MAX_REQUEST} bytes");
                Err(BadRequest { id: None, why })
            }
            Line::Whole(line) => Request::read(line),
        };
        let Request { id, wish } = match request {
            Ok(request) => request,
            Err(BadRequest { id, why }) => {
                let refusal =
                    Refusal::new("bad_request", 2, why, Some("see docs/control-socket.md"));
                return self.write(&Reply::Answer { id, answer: Err(Box::new(refusal)) }).await;
            }
        };
        if let Wish::Watch { messages } = wish {
            self.events.get_or_insert_with(|| self.all_events.subscribe());
            if messages {
                self.messages.get_or_insert_with(|| self.all_messages.subscribe());
            }
        }
        // The owner of the hub has to know of those who watch the messages.
        if matches!(wish, Wish::Watch { messages: false }) {
            return self
                .write(&Reply::Answer { id: Some(id), answer: Ok(Default::default()) })
                .await;
        }
        let place = self.answer.as_ref().map(|answer| answer.clone().try_reserve_owned());
        let Some(Ok(answer)) = place else {
            let why = format!("{MAX_UNANSWERED} requests wait for their answers already");
            let refusal = Refusal::new("busy", 75, why, Some("wait for the answers"));
            return self
                .write(&Reply::Answer { id: Some(id), answer: Err(Box::new(refusal)) })
                .await;
        };
        let ask = Ask { wish, client: self.number, id, answer, hung_up: self.hung_up.clone() };
        // Fails only when the hub is gone; then we are cut as well.
        let _ = self.asks.send(ask).await;
        Ok(())
    }

    /// Passes on an event or a message, or tells by this name how many were lost.
    async fn tell(
        &mut self,
        event: Result<Arc<str>, RecvError>,
        lost: &'static str,
    ) -> io::Result<()> {
        match event {
            Ok(line) => self.writer.write_all(line.as_bytes()).await,
            Err(RecvError::Lagged(count)) => {
                let event = serde_json::json!({ "schema": 1, "event": lost, "count": count });
                let event = super::wire::Happening { event, say: Vec::new() };
                self.write(&Reply::Event(event)).await
            }
            Err(RecvError::Closed) => {
                (self.events, self.messages) = (None, None);
                Ok(())
            }
        }
    }

    /// What happened before an answer is told before it.
    async fn tell_answer(&mut self, reply: &Reply) -> io::Result<()> {
        self.tell_the_rest().await?;
        self.write(reply).await
    }

    async fn tell_the_rest(&mut self) -> io::Result<()> {
        while let Some(events) = &mut self.events {
            match events.try_recv() {
                Ok(line) => self.tell(Ok(line), "events_lost").await?,
                Err(TryRecvError::Lagged(count)) => {
                    self.tell(Err(RecvError::Lagged(count)), "events_lost").await?
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(())
    }

    async fn say_the_rest(mut self) -> io::Result<()> {
        while let Ok(reply) = self.answers.try_recv() {
            self.tell_answer(&reply).await?;
        }
        self.tell_the_rest().await?;
        while let Some(Ok(line)) = self.messages.as_mut().map(broadcast::Receiver::try_recv) {
            self.writer.write_all(line.as_bytes()).await?;
        }
        self.writer.shutdown().await
    }

    async fn write(&mut self, reply: &Reply) -> io::Result<()> {
        self.writer.write_all(reply.line().as_bytes()).await
    }
}

impl Drop for Client {
    /// A client that was killed did not say goodbye.
    fn drop(&mut self) {
        self.hung_up.store(true, Ordering::Relaxed);
    }
}

async fn next_event(
    events: &mut Option<broadcast::Receiver<Arc<str>>>,
) -> Result<Arc<str>, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
