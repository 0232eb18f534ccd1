//! The end of a connection: what is said to the device, how long that may take, and what the hub is
//! told of it.

use std::{future::poll_fn, task::Poll};

use futures_util::SinkExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Error as WsError, Message,
    error::{CapacityError, ProtocolError},
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    EARLY_WINDOW, LinkLimits,
    relay::{Ending, Link},
};
use crate::proto::handshake::TransportEnd;
use crate::time::text::span;

/// The most bytes of text a close frame can carry (RFC 6455 5.5).
const MAX_REASON: usize = 123;

impl Link {
    /// Takes leave of the peer as the ending demands, and closes the socket.
    pub(super) async fn end(&mut self, ending: Ending, limits: LinkLimits) -> TransportEnd {
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
                detail: format!("it read nothing for {}", span(limits.flush)),
            },
            Ok(_) | Err(_) => TransportEnd::Error {
                detail: format!(
                    "no answer to our close frame within {}",
                    span(limits.close_answer)
                ),
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

pub(super) fn abandoned() -> TransportEnd {
    TransportEnd::Error { detail: "we let go of the connection".to_owned() }
}
