//! The other end: a peer that shakes hands, then sits idle or counts echoes.

use std::{
    future::poll_fn,
    task::Poll,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use shipctl::{
    driver::{
        dial::{DialLimits, dial},
        tls::TlsConfig,
        ws::WebSocket,
    },
    identity::cert::Identity,
    proto::{
        Ski,
        codec::decode,
        handshake::{Connection, Event, Output, Role, Settings, Trust},
        message::{self, Control},
        target::Target,
    },
    time::Time,
};
use time::OffsetDateTime;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{
    Bytes, Error, Message,
    Message::{Binary, Close},
};

use crate::{Fallible, payload, server::Server};

/// Longer than any handshake takes that is going to complete.
const PATIENCE: Duration = Duration::from_secs(10);

/// The SHIP ID of every peer.
pub(crate) const SHIP_ID: &str = "i:46925_u:bench";

/// ship-go loses a handshake now and then to a race of its own.
const TRIES: usize = 5;

/// A peer with an identity of its own.
pub(crate) struct Peer {
    pub(crate) ski: Ski,
    tls: TlsConfig,
}

/// An established connection.
pub(crate) struct Idle(Box<WebSocket>);

impl Peer {
    pub(crate) fn new() -> Fallible<Self> {
        let identity = Identity::generate(None, OffsetDateTime::now_utc())?;
        Ok(Self { ski: identity.ski(), tls: TlsConfig::new(&identity)? })
    }

    /// Connects up to the completed handshake; also tells how often it was tried again.
    pub(crate) async fn connect(&self, server: &Server) -> Fallible<(Idle, usize)> {
        for again in 0..TRIES {
            let target = Target::socket(server.address, "/ship/");
            let dialled = dial(&[target], None, &self.tls, &DialLimits::default()).await?;
            let mut ws = dialled.ws;
            if !server.kind.speaks_ship() {
                return Ok((Idle(ws), again));
            }
            if let Ok(Ok(())) = timeout(PATIENCE, shake_hands(&mut ws)).await {
                return Ok((Idle(ws), again));
            }
        }
        Err("no handshake completes".into())
    }
}

/// The next message if it is there already: what comes together is answered together.
pub(crate) async fn ready(ws: &mut WebSocket) -> Option<Option<Result<Message, Error>>> {
    poll_fn(|cx| {
        Poll::Ready(match ws.poll_next_unpin(cx) {
            Poll::Ready(message) => Some(message),
            Poll::Pending => None,
        })
    })
    .await
}

/// The whole SHIP handshake, until each side knows the other's access methods.
async fn shake_hands(ws: &mut WebSocket) -> Fallible<()> {
    let began = Instant::now();
    let now = || Time::after(began.elapsed());
    let settings = Settings::new(Role::Client, Trust::Trusted, SHIP_ID.parse()?);
    let mut connection = Connection::new(settings, now());
    let (mut completed, mut answered) = (false, false);
    loop {
        while let Some(output) = connection.poll_output() {
            match output {
                Output::Send(bytes) => {
                    let message = decode(&bytes).map(|decoded| decoded.message);
                    answered |=
                        matches!(message, Ok(message::Message::Control(Control::AccessMethods(_))));
                    ws.send(Binary(bytes.into_bytes().into())).await?;
                }
                Output::Event(Event::Completed) => completed = true,
                Output::Event(Event::Ended(end)) => return Err(format!("{end:?}").into()),
                Output::Event(_) | Output::Close { .. } => {}
            }
        }
        if completed && answered {
            return Ok(());
        }
        match ws.next().await.ok_or("the peer is gone")?? {
            Binary(bytes) => connection.handle_message(now(), &bytes),
            Close(frame) => return Err(format!("{frame:?}").into()),
            _ => {}
        }
    }
}

impl Idle {
    /// Sends messages of `size`, at most `window` at a time, and counts those that come back.
    pub(crate) async fn echo(
        &mut self,
        size: usize,
        window: usize,
        span: Duration,
    ) -> Fallible<usize> {
        let message = Bytes::from(payload::message(size));
        for _ in 0..window {
            self.0.feed(Binary(message.clone())).await?;
        }
        self.0.flush().await?;
        let (began, mut count, mut under_way) = (Instant::now(), 0, window);
        while under_way > 0 {
            let mut next = Some(timeout(PATIENCE, self.0.next()).await?);
            let goes_on = began.elapsed() < span;
            while let Some(answer) = next {
                let answer = answer.ok_or("the peer is gone")??;
                // ship-go leaves spaces out; what is much shorter is a late message of the handshake.
                if matches!(&answer, Binary(bytes) if bytes.len() > message.len() / 2) {
                    count += 1;
                    under_way -= 1;
                    if goes_on {
                        under_way += 1;
                        self.0.feed(Binary(message.clone())).await?;
                    }
                }
                next = ready(&mut self.0).await;
            }
            self.0.flush().await?;
        }
        Ok(count)
    }
}
