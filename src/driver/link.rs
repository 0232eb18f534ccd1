//! The task of one established connection: the only reader and the only writer of its socket.
//!
//! A peer that does not read never blocks reading, closing or killing: what it has not taken yet
//! waits in a buffer of bounded size, and overflowing that buffer ends the connection.

mod leave;
mod relay;

use std::time::Duration;

use tokio::{sync::mpsc, time::timeout};

use self::{
    leave::abandoned,
    relay::{Ending, Link},
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
    let mut link = Link::new(ws, limits);
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

/// Returns when somebody says [`LinkCommand::Kill`] or nobody is left to say it.
async fn killed(commands: &mut mpsc::Receiver<LinkCommand>) {
    while !matches!(commands.recv().await, Some(LinkCommand::Kill) | None) {}
}
