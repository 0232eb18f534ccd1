//! A connection that lives: commands go to its socket, messages to the hub, until something ends it.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{sync::mpsc, time::Instant};
use tokio_tungstenite::tungstenite::{
    Bytes, Error as WsError, Message, error::CapacityError, protocol::CloseFrame,
};

use super::{EARLY_WINDOW, LinkCommand, LinkEvent, LinkLimits};
use crate::driver::ws::WebSocket;

/// The most queued commands obeyed before the socket has its turn again.
const BATCH: usize = 32;

/// Why a link stops relaying.
pub(super) enum Ending {
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

pub(super) struct Link {
    pub(super) ws: Box<WebSocket>,
    /// Whether something was queued since the last complete flush.
    pub(super) unflushed: bool,
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
    pub(super) fn new(ws: Box<WebSocket>, limits: LinkLimits) -> Self {
        Self {
            ws,
            unflushed: false,
            early: Some(Early { limits, count: 0, since: Instant::now() }),
        }
    }

    /// Carries commands to the socket and messages to the hub until something ends it; also gives
    /// back the event that had not been delivered by then.
    pub(super) async fn relay<T>(
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
    pub(super) fn queue(&mut self, message: Message) -> Result<(), Ending> {
        self.unflushed = true;
        self.ws.start_send_unpin(message).map_err(|error| match error {
            WsError::Io(_) => Ending::Broken(error),
            _ => Ending::Failed(error),
        })
    }

    /// Flushes what is queued and, if wanted, reads one message.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        read: bool,
    ) -> Poll<Result<Message, Ending>> {
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
    pub(super) async fn hear_out<T>(
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
