//! The other end of the control socket: asks a hub that runs, and hears what happens there.

use std::{io, path::PathBuf, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use super::{
    lines::{Line, Lines},
    wire::{Answer, Greeting, MAX_REPLY, PROTOCOL, Reply, Request, Wish},
};

/// A hub that lives greets at once; one on a slow disk may be writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a hub.
pub struct Client {
    greeting: Greeting,
    lines: Lines<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    last_id: u64,
    /// Whether the hub reported the end of its shutdown.
    shut_down: bool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("hub", &self.greeting).finish_non_exhaustive()
    }
}

/// Why a hub cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Somebody listens, but does not greet as a hub does.
    #[error("whatever listens at {path} does not answer as a hub does")]
    NoHub {
        /// The socket.
        path: PathBuf,
    },
    /// The hub takes no more clients.
    #[error("the hub is busy: {0}")]
    Busy(String),
    /// The hub speaks another version of the protocol.
    #[error(
        "the running hub is shipctl {shipctl} and speaks version {protocol} of the control protocol; this one speaks {PROTOCOL}"
    )]
    Version {
        /// Its protocol.
        protocol: u64,
        /// Its version.
        shipctl: String,
    },
    /// The socket is there and cannot be used.
    #[error("cannot use the control socket {path}: {source}")]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The hub reported its shutdown, and ended.
    #[error("the hub (process {pid}) was shut down")]
    ShutDown {
        /// Its process.
        pid: u32,
    },
    /// The hub ended without a shutdown, or does not keep to the protocol.
    #[error("the hub (process {pid}) {what}")]
    Lost {
        /// Its process.
        pid: u32,
        /// What it did.
        what: &'static str,
    },
}

impl Client {
    /// Connects to the hub at the first of `places` where one runs; `None` if none does.
    ///
    /// # Errors
    ///
    /// Something is there that cannot be talked to.
    pub async fn find(places: &[PathBuf]) -> Result<Option<Self>, ClientError> {
        for path in places {
            match UnixStream::connect(path).await {
                Ok(stream) => return Self::open(stream, path.clone()).await.map(Some),
                Err(error) if is_absence(&error) => {}
                Err(source) => return Err(ClientError::Io { path: path.clone(), source }),
            }
        }
        Ok(None)
    }

    async fn open(stream: UnixStream, path: PathBuf) -> Result<Self, ClientError> {
        let (reader, writer) = stream.into_split();
        let mut lines = Lines::new(reader, MAX_REPLY);
        let line = match timeout(PATIENCE, lines.next()).await {
            Ok(Ok(Some(Line::Whole(line)))) => line,
            Ok(Err(source)) => return Err(ClientError::Io { path, source }),
            _ => return Err(ClientError::NoHub { path }),
        };
        if let Some(Reply::Answer { answer: Err(refusal), .. }) = Reply::read(&line) {
            return Err(ClientError::Busy(refusal.message));
        }
        let greeting: serde_json::Value = serde_json::from_slice(&line).unwrap_or_default();
        match greeting["protocol"].as_u64() {
            Some(protocol) if protocol == u64::from(PROTOCOL) => {}
            Some(protocol) => {
                let shipctl = greeting["shipctl"].as_str().unwrap_or("?").to_owned();
                return Err(ClientError::Version { protocol, shipctl });
            }
            None => return Err(ClientError::NoHub { path }),
        }
        match serde_json::from_value(greeting) {
            Ok(greeting) => Ok(Self { greeting, lines, writer, last_id: 0, shut_down: false }),
            Err(_) => Err(ClientError::NoHub { path }),
        }
    }

    /// Who the hub is.
    pub fn hub(&self) -> &Greeting {
        &self.greeting
    }

    /// Sends a request and tells its number.
    ///
    /// # Errors
    ///
    /// The hub is gone.
    pub async fn send(&mut self, wish: Wish) -> Result<u64, ClientError> {
        self.last_id += 1;
        let line = Request { id: self.last_id, wish }.line();
        self.writer.write_all(line.as_bytes()).await.map_err(|_| self.lost("ended"))?;
        Ok(self.last_id)
    }

    /// The next line; `None` when the hub has ended. It may be dropped and called again.
    ///
    /// # Errors
    ///
    /// What the hub says is no line of this protocol.
    pub async fn next(&mut self) -> Result<Option<Reply>, ClientError> {
        match self.lines.next().await {
            Ok(Some(Line::Whole(line))) => match Reply::read(&line) {
                Some(reply) => {
                    self.shut_down |=
                        matches!(&reply, Reply::Event(it) if it.event["event"] == "shut_down");
                    Ok(Some(reply))
                }
                None => Err(self.lost("does not keep to the protocol")),
            },
            Ok(Some(Line::TooLong)) => Err(self.lost("does not keep to the protocol")),
            // Killed, or ended while it wrote.
            Ok(None) | Err(_) => Ok(None),
        }
    }

    /// Sends a request and waits for its answer; events that come before it are passed over.
    ///
    /// # Errors
    ///
    /// The hub is gone.
    pub async fn ask(&mut self, wish: Wish) -> Result<Answer, ClientError> {
        let sent = self.send(wish).await?;
        loop {
            match self.next().await? {
                Some(Reply::Answer { id, answer }) if id == Some(sent) => return Ok(answer),
                Some(_) => {}
                None => return Err(self.lost("ended before it answered")),
            }
        }
    }

    /// Whether the hub reported, to this client that watches, that its shutdown is over.
    pub fn has_shut_down(&self) -> bool {
        self.shut_down
    }

    /// What became of the hub, as an error.
    pub fn lost(&self, what: &'static str) -> ClientError {
        let pid = self.greeting.pid;
        if self.shut_down {
            return ClientError::ShutDown { pid };
        }
        ClientError::Lost { pid, what }
    }
}

/// No socket, or one a hub left behind that was killed.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | ConnectionRefused)
}
