//! The hub's end of the control socket.
//!
//! One task accepts, one a client reads and writes; the owner of the hub takes the requests, one
//! after the other, and answers them. Nothing here waits for a client but the client's own task: one
//! that does not read loses events, and is told how many.

mod clients;

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
    net::UnixListener,
    sync::{broadcast, mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use self::clients::{Clients, MAX_UNANSWERED};
use super::{
    place,
    wire::{Answer, Greeting, MAX_REQUEST, Reply, Wish},
};
use crate::trace::MessageRecord;

/// Clients at a time.
pub const MAX_CLIENTS: usize = 64;

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
