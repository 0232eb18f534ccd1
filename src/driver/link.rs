//! The task of one established connection: the only reader and the only writer of its socket.
//!
//! A peer that does not read never blocks reading, closing or killing: what it has not taken yet
//! waits in a buffer of bounded size, and overflowing that buffer ends the connection.

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_tungstenite::tungstenite::{
    Bytes, Error as WsError, Message,
    error::{CapacityError, ProtocolError},
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::ws::WebSocket;
use crate::proto::{Frame, handshake::TransportEnd};

/// What to do on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkCommand {
    /// Send one binary frame. Frames queued together are written together.
    Send(Frame),
    /// The handshake is complete: what [`LinkLimits`] says of the time before counts no longer.
    Widen,
    /// Send a ping; the answer is [`LinkEvent::Pong`].
    Ping,
    /// Close in order: close frame, the peer's close frame, TLS close_notify, TCP.
    Close {
        /// The close code.
        code: u16,
        /// The text beside it; what is beyond 123 bytes is cut off.
        reason: String,
    },
    /// Let go of the socket at once, without a word. Works at any time.
    Kill,
}

/// What happened on a connection. After [`LinkEvent::Closed`] nothing follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// A binary message arrived, whole.
    Message(Frame),
    /// A text frame arrived (WS-04).
    Text {
        /// Its length in bytes.
        length: usize,
    },
    /// The peer answered a ping.
    Pong,
    /// The connection is gone, and so is its socket.
    Closed(TransportEnd),
}

/// How patient a link is when it closes, and with a peer whose handshake is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkLimits {
    /// The most time to get what is queued and the close frame out to the peer.
    pub flush: Duration,
    /// The most time to wait for the peer's answer to our close frame.
    pub close_answer: Duration,
    /// The largest message accepted before the handshake is complete, in bytes.
    pub early_message: usize,
    /// The most frames accepted before the handshake is complete within [`EARLY_WINDOW`], pings and
    /// pieces of messages counted as well; beyond it the connection is ended.
    pub early_frames: u32,
}

/// What [`LinkLimits::early_frames`] is counted in.
pub const EARLY_WINDOW: Duration = Duration::from_secs(10);

impl Default for LinkLimits {
    /// 5 s and 1 s; before completion 256 KiB a message, as much as is kept of early data, and 500
    /// frames in 10 s, fifty times what a handshake takes.
    fn default() -> Self {
        Self {
            flush: Duration::from_secs(5),
            close_answer: Duration::from_secs(1),
            early_message: 256 * 1024,
            early_frames: 500,
        }
    }
}

/// Runs a connection to its end.
///
/// `commands` may be a bounded channel: it is emptied promptly even when the peer does not read.
/// Events go through `wrap` into `events`; while that channel is full, nothing is read from the
/// socket, but commands are still obeyed. Dropping the sender of `commands` kills the connection.
pub async fn run<T>(
    ws: Box<WebSocket>,
    mut commands: mpsc::Receiver<LinkCommand>,
    events: mpsc::Sender<T>,
    wrap: impl Fn(LinkEvent) -> T,
    limits: LinkLimits,
) {
    let early = Some(Early { limits, count: 0, since: Instant::now() });
    let mut link = Link { ws, unflushed: false, early };
    let (ending, mut undelivered) = link.relay(&mut commands, &events, &wrap).await;
    // Boxed, for a task keeps the size of its largest future, and most connections live long.
    let leaving = Box::pin(async {
        let ending = match ending {
            Ending::Broken(error) => {
                let rest = link.hear_out(&mut undelivered, &events, &wrap);
                timeout(limits.close_answer, rest).await.unwrap_or(Ending::Failed(error))
            }
            other => other,
        };
        link.end(ending, limits).await
    });
    let closed = tokio::select! {
        closed = leaving => closed,
        () = killed(&mut commands) => abandoned(),
    };
    drop(link);
    for event in undelivered.into_iter().chain([LinkEvent::Closed(closed)]) {
        // A hub that is gone needs no events.
        let _ = events.send(wrap(event)).await;
    }
}

/// The most queued commands obeyed before the socket has its turn again.
const BATCH: usize = 32;

/// The most bytes of text a close frame can carry (RFC 6455 5.5).
const MAX_REASON: usize = 123;

/// Why a link stops relaying.
enum Ending {
    /// We were asked to close in order.
    Close { code: u16, reason: String },
    /// We were asked to let go, or nobody is left to ask us anything.
    Kill,
    /// The peer sent a close frame.
    PeerClosed(Option<CloseFrame>),
    /// Nothing can be written any more; something may be left to read.
    Broken(WsError),
    /// The stream ended or failed, or the peer broke the WebSocket protocol.
    Failed(WsError),
    /// The peer sent more than its handshake can need.
    Flooded,
}

struct Link {
    ws: Box<WebSocket>,
    /// Whether something was queued since the last complete flush.
    unflushed: bool,
    /// The limits until the handshake is complete.
    early: Option<Early>,
}

/// What counts until the handshake is complete.
struct Early {
    limits: LinkLimits,
    /// How many frames came in this window.
    count: u32,
    since: Instant,
}

impl Link {
    /// Carries commands to the socket and messages to the hub until something ends it; also gives
    /// back the event that had not been delivered by then.
    async fn relay<T>(
        &mut self,
        commands: &mut mpsc::Receiver<LinkCommand>,
        events: &mpsc::Sender<T>,
        wrap: &impl Fn(LinkEvent) -> T,
    ) -> (Ending, Option<LinkEvent>) {
        let mut waiting: Option<LinkEvent> = None;
        loop {
            let ending = tokio::select! {
                command = commands.recv() => self.obey_all(command, commands).err(),
                permit = events.reserve(), if waiting.is_some() => match permit {
                    Ok(permit) => {
                        if let Some(event) = waiting.take() {
                            permit.send(wrap(event));
                        }
                        continue;
                    }
                    Err(_) => Some(Ending::Kill),
                },
                message = poll_fn(|cx| self.poll(cx, waiting.is_none())) => match message {
                    Ok(message) => {
                        waiting = event_of(message);
                        continue;
                    }
                    Err(ending) => Some(ending),
                },
            };
            if let Some(ending) = ending {
                return (ending, waiting);
            }
        }
    }

    /// Obeys a command and those queued behind it, so that one flush serves them all.
    fn obey_all(
        &mut self,
        first: Option<LinkCommand>,
        commands: &mut mpsc::Receiver<LinkCommand>,
    ) -> Result<(), Ending> {
        self.obey(first.unwrap_or(LinkCommand::Kill))?;
        for _ in 1..BATCH {
            match commands.try_recv() {
                Ok(command) => self.obey(command)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: LinkCommand) -> Result<(), Ending> {
        match command {
            LinkCommand::Send(bytes) => self.queue(Message::Binary(bytes.into_bytes().into())),
            LinkCommand::Widen => {
                self.early = None;
                self.ws.get_mut().stop();
                Ok(())
            }
            LinkCommand::Ping => self.queue(Message::Ping(Bytes::new())),
            LinkCommand::Close { code, reason } => Err(Ending::Close { code, reason }),
            LinkCommand::Kill => Err(Ending::Kill),
        }
    }

    /// Whether a peer whose handshake is not complete may send so many frames.
    fn check_count(&mut self) -> Result<(), Ending> {
        let Some(early) = &mut self.early else { return Ok(()) };
        if early.since.elapsed() > EARLY_WINDOW {
            (early.since, early.count) = (Instant::now(), 0);
        }
        early.count = early.count.saturating_add(self.ws.get_mut().take_count());
        if early.count > early.limits.early_frames { Err(Ending::Flooded) } else { Ok(()) }
    }

    /// Whether it may send a message of this size.
    fn check_size(&self, message: &Message) -> Result<(), Ending> {
        let Some(early) = &self.early else { return Ok(()) };
        let (size, max_size) = (message.len(), early.limits.early_message);
        if size <= max_size {
            return Ok(());
        }
        let too_long = CapacityError::MessageTooLong { size, max_size };
        Err(Ending::Failed(WsError::Capacity(too_long)))
    }

    /// Puts a frame into the buffer of the WebSocket; [`Self::poll`] flushes it.
    fn queue(&mut self, message: Message) -> Result<(), Ending> {
        self.unflushed = true;
        self.ws.start_send_unpin(message).map_err(|error| match error {
            WsError::Io(_) => Ending::Broken(error),
            _ => Ending::Failed(error),
        })
    }

    /// Flushes what is queued and, if wanted, reads one message.
    fn poll(&mut self, cx: &mut Context<'_>, read: bool) -> Poll<Result<Message, Ending>> {
        if self.unflushed
            && let Poll::Ready(flushed) = self.ws.poll_flush_unpin(cx)
        {
            self.unflushed = false;
            if let Err(error) = flushed {
                return Poll::Ready(Err(Ending::Broken(error)));
            }
        }
        if !read {
            return Poll::Pending;
        }
        let message = self.ws.poll_next_unpin(cx);
        if let Err(flooded) = self.check_count() {
            return Poll::Ready(Err(flooded));
        }
        message.map(|message| match message {
            Some(Ok(Message::Close(frame))) => Err(Ending::PeerClosed(frame)),
            Some(Ok(message)) => self.check_size(&message).map(|()| message),
            Some(Err(error)) => Err(Ending::Failed(error)),
            None => Err(Ending::Failed(WsError::ConnectionClosed)),
        })
    }

    /// Delivers what the peer said before writing to it failed: often that tells why it hung up.
    async fn hear_out<T>(
        &mut self,
        undelivered: &mut Option<LinkEvent>,
        events: &mpsc::Sender<T>,
        wrap: &impl Fn(LinkEvent) -> T,
    ) -> Ending {
        self.unflushed = false;
        loop {
            if undelivered.is_some() {
                let Ok(permit) = events.reserve().await else { return Ending::Kill };
                if let Some(event) = undelivered.take() {
                    permit.send(wrap(event));
                }
            }
            match poll_fn(|cx| self.poll(cx, true)).await {
                Ok(message) => *undelivered = event_of(message),
                Err(ending) => return ending,
            }
        }
    }

    /// Takes leave of the peer as the ending demands, and closes the socket.
    async fn end(&mut self, ending: Ending, limits: LinkLimits) -> TransportEnd {
        match ending {
            Ending::Kill => abandoned(),
            Ending::Close { code, reason } => {
                let closed = self.close(code, reason, limits).await;
                self.shut_down(limits).await;
                closed
            }
            Ending::PeerClosed(frame) => {
                // The answer to its frame is queued already.
                let _ = timeout(limits.flush, self.ws.flush()).await;
                self.shut_down(limits).await;
                closed_by(frame)
            }
            Ending::Flooded => {
                self.tell_off(CloseCode::Policy, limits).await;
                TransportEnd::Flooded { limit: limits.early_frames, within: EARLY_WINDOW }
            }
            Ending::Broken(error) | Ending::Failed(error) => {
                if let Some(code) = code_for(&error) {
                    self.tell_off(code, limits).await;
                }
                closed_with(error)
            }
        }
    }

    /// Tells the peer by a close frame what it did wrong.
    async fn tell_off(&mut self, code: CloseCode, limits: LinkLimits) {
        let frame = CloseFrame { code, reason: "".into() };
        let _ = timeout(limits.flush, self.ws.send(Message::Close(Some(frame)))).await;
        self.shut_down(limits).await;
        // Closing a socket with unread bytes resets it, and the peer would never see the close
        // frame: read on until it hangs up.
        let _ = timeout(limits.close_answer, self.drain()).await;
    }

    /// Sends a close frame behind everything queued and waits for the peer's.
    async fn close(&mut self, code: u16, mut reason: String, limits: LinkLimits) -> TransportEnd {
        reason.truncate(reason.floor_char_boundary(MAX_REASON));
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        if let Err(Ending::Broken(error) | Ending::Failed(error)) =
            self.queue(Message::Close(Some(frame)))
        {
            return closed_with(error);
        }
        let answer = match timeout(limits.flush, self.peer_close(true)).await {
            Ok(None) => timeout(limits.close_answer, self.peer_close(false)).await,
            answered_or_stuck => answered_or_stuck,
        };
        match answer {
            Ok(Some(Ending::PeerClosed(frame))) => closed_by(frame),
            Ok(Some(Ending::Broken(error) | Ending::Failed(error))) => closed_with(error),
            Err(_) if self.unflushed => TransportEnd::NotReading {
                detail: format!("it read nothing for {:?}", limits.flush),
            },
            Ok(_) | Err(_) => TransportEnd::Error {
                detail: format!("no answer to our close frame within {:?}", limits.close_answer),
            },
        }
    }

    /// Reads over messages until the peer's close frame or the end of the stream; with
    /// `until_flushed` no longer than until everything queued is written (`None`).
    async fn peer_close(&mut self, until_flushed: bool) -> Option<Ending> {
        poll_fn(|cx| {
            loop {
                match self.poll(cx, true) {
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(ending)) => return Poll::Ready(Some(ending)),
                    Poll::Pending if until_flushed && !self.unflushed => return Poll::Ready(None),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Sends TLS close_notify and closes our half of the TCP connection.
    async fn shut_down(&mut self, limits: LinkLimits) {
        let _ = timeout(limits.close_answer, self.ws.get_mut().shutdown()).await;
    }

    /// Reads and forgets until the peer hangs up.
    async fn drain(&mut self) {
        let mut scratch = vec![0; 16 * 1024];
        while matches!(self.ws.get_mut().read(&mut scratch).await, Ok(1..)) {}
    }
}

/// Returns when somebody says [`LinkCommand::Kill`] or nobody is left to say it.
async fn killed(commands: &mut mpsc::Receiver<LinkCommand>) {
    while !matches!(commands.recv().await, Some(LinkCommand::Kill) | None) {}
}

/// What a message means to the hub; pings are answered by the WebSocket itself.
fn event_of(message: Message) -> Option<LinkEvent> {
    match message {
        Message::Binary(bytes) => Some(LinkEvent::Message(Vec::from(bytes).into())),
        Message::Text(text) => Some(LinkEvent::Text { length: text.len() }),
        Message::Pong(_) => Some(LinkEvent::Pong),
        Message::Ping(_) | Message::Close(_) | Message::Frame(_) => None,
    }
}

/// The close code that tells the peer what it did wrong; `None` if there is nobody to tell.
fn code_for(error: &WsError) -> Option<CloseCode> {
    match error {
        WsError::Capacity(_) => Some(CloseCode::Size),
        WsError::Utf8(_) => Some(CloseCode::Invalid),
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        WsError::Protocol(_) => Some(CloseCode::Protocol),
        _ => None,
    }
}

fn closed_by(frame: Option<CloseFrame>) -> TransportEnd {
    match frame {
        Some(frame) => {
            TransportEnd::Frame { code: frame.code.into(), text: frame.reason.to_string() }
        }
        None => TransportEnd::Frame { code: CloseCode::Status.into(), text: String::new() },
    }
}

fn closed_with(error: WsError) -> TransportEnd {
    match error {
        WsError::ConnectionClosed
        | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => TransportEnd::Eof,
        WsError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            TransportEnd::Eof
        }
        WsError::Protocol(error) => TransportEnd::NoWebSocket { detail: error.to_string() },
        WsError::Utf8(detail) => TransportEnd::NoWebSocket { detail },
        WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            TransportEnd::TooLarge { size, limit: max_size }
        }
        WsError::WriteBufferFull(_) => {
            TransportEnd::NotReading { detail: "more waits for it than is kept".to_owned() }
        }
        other => TransportEnd::Error { detail: other.to_string() },
    }
}

fn abandoned() -> TransportEnd {
    TransportEnd::Error { detail: "we let go of the connection".to_owned() }
}
