//! Our port, and the peers that dial us.
//!
//! Each connection is brought through TLS and up to its HTTP request in a task of its own, then
//! offered to the hub, which admits it (101) or has no room for it (503). Time and number of
//! handshakes are bounded: when there are too many, an old one makes room.

mod failure;
mod port;

use std::{
    fmt,
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

pub use self::{
    failure::{InboundCause, InboundFailure},
    port::{BindError, bind},
};
use super::{
    crowd::Crowd,
    tls::{Negotiated, Secured, TlsConfig},
    ws::{self, MessageLimits, Requested, WebSocket},
};
use crate::{hub::dial::Stage, identity::cert::PeerCertificate, proto::Ski};

/// Where and how to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenSettings {
    /// The port; 0 picks a free one.
    pub port: u16,
    /// The address to bind; `None` for every address, IPv6 and IPv4.
    pub bind: Option<IpAddr>,
    /// The most handshakes under way at a time.
    pub handshakes: usize,
    /// The most of them from one address. Established connections do not count.
    pub handshakes_per_address: usize,
    /// The most time for a TLS handshake.
    pub tls: Duration,
    /// The most time for a client to send its HTTP request, and to take our answer.
    pub upgrade: Duration,
    /// The limits of each WebSocket.
    pub messages: MessageLimits,
}

impl Default for ListenSettings {
    /// Port 4712 on every address, 64 handshakes at a time and 32 of one address, 10 s for each stage.
    fn default() -> Self {
        Self {
            port: 4712,
            bind: None,
            handshakes: 64,
            handshakes_per_address: 32,
            tls: Duration::from_secs(10),
            upgrade: Duration::from_secs(10),
            messages: MessageLimits::default(),
        }
    }
}

/// On which terms a connection is taken: all that may change while we listen.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) tls: TlsConfig,
    /// Its port and address stay as they were bound.
    pub(super) settings: ListenSettings,
}

/// What happens on our port.
#[derive(Debug)]
pub enum Inbound {
    /// A peer with a genuine certificate asks for a connection.
    Request(Box<Incoming>),
    /// Somebody connected and got no further.
    Failed(InboundFailure),
}

/// A peer that asks for a connection and has not been answered. Dropping it closes the connection.
pub struct Incoming {
    /// Who the peer proved to be.
    pub ski: Ski,
    /// Its certificate, with everything odd about it.
    pub certificate: PeerCertificate,
    /// What TLS agreed upon.
    pub tls: Negotiated,
    /// Its address.
    pub remote: SocketAddr,
    /// Our address it dialled.
    pub local: Option<SocketAddr>,
    /// The path it asked for.
    pub path: String,
    requested: Requested,
    limit: Duration,
    messages: MessageLimits,
}

/// Our port.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local: SocketAddr,
    settings: ListenSettings,
}

impl Listener {
    /// Opens the port: on the address asked for, else on every IPv6 and IPv4 address.
    ///
    /// Must be called within a tokio runtime.
    pub fn bind(settings: ListenSettings) -> Result<Self, BindError> {
        let port = settings.port;
        let everywhere = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
        let candidates = settings.bind.map_or(everywhere.to_vec(), |ip| vec![ip]);
        let mut refused = None;
        for ip in candidates {
            match bind(port::scoped(ip, port)) {
                Ok((socket, local)) => return Ok(Self { socket, local, settings }),
                Err(error @ BindError::InUse { .. }) => return Err(error),
                // A machine without IPv6 still has the other candidate.
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.unwrap_or(BindError::InUse { port, owner: None }))
    }

    /// The port, also where one was picked.
    pub fn port(&self) -> u16 {
        self.local.port()
    }

    /// The address bound.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Accepts connections and offers them through `wrap` into `events`, until that channel is
    /// closed. Dropping the future closes the port and ends all handshakes under way.
    pub async fn serve<T: Send + 'static>(
        self,
        tls: TlsConfig,
        events: mpsc::Sender<T>,
        wrap: impl Fn(Inbound) -> T + Clone + Send + 'static,
    ) {
        let (_keep, terms) = watch::channel(Terms { tls, settings: self.settings });
        self.serve_on(terms, events, wrap).await;
    }

    /// The same on terms that may change: each connection has those of the moment it comes in.
    pub(super) async fn serve_on<T: Send + 'static>(
        self,
        terms: watch::Receiver<Terms>,
        events: mpsc::Sender<T>,
        wrap: impl Fn(Inbound) -> T + Clone + Send + 'static,
    ) {
        let Self { socket, .. } = self;
        let mut tasks = JoinSet::new();
        let mut crowd: Crowd<(SocketAddr, AbortHandle)> = Crowd::new(1, 1);
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = events.closed() => return,
            };
            let Ok((tcp, remote)) = accepted else {
                // Out of file descriptors, or the client was gone already: neither is for ever.
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let remote = canonical(remote);
            let Terms { tls, settings } = terms.borrow().clone();
            crowd.set_limits(settings.handshakes, settings.handshakes_per_address);
            crowd.retain(|(_, task)| !task.is_finished());
            let task = tasks.spawn({
                let (events, wrap) = (events.clone(), wrap.clone());
                async move {
                    let inbound = Box::pin(receive(tcp, remote, &tls, settings)).await;
                    let _ = events.send(wrap(inbound)).await;
                }
            });
            if let Some((remote, task)) = crowd.enter(remote.ip(), (remote, task)) {
                task.abort();
                let cause = InboundCause::Crowded;
                let failure = InboundFailure { remote, ski: None, cause };
                // Under such a flood a full channel may well lose this.
                let _ = events.try_send(wrap(Inbound::Failed(failure)));
            }
        }
    }
}

impl Incoming {
    /// Answers 101: the connection is established.
    pub async fn admit(self) -> Result<Box<WebSocket>, InboundFailure> {
        let Self { ski, remote, requested, limit, messages, .. } = self;
        within(limit, Stage::Upgrade, requested.accept(messages))
            .await
            .map_err(|cause| InboundFailure { remote, ski: Some(ski), cause })
    }

    /// Answers 503: no room for another connection.
    pub async fn refuse_busy(self) -> Result<(), InboundFailure> {
        let Self { ski, remote, requested, limit, .. } = self;
        within(limit, Stage::Upgrade, requested.refuse_busy())
            .await
            .map_err(|cause| InboundFailure { remote, ski: Some(ski), cause })
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("ski", &self.ski)
            .field("remote", &self.remote)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Brings one connection up to its HTTP request.
async fn receive(
    tcp: TcpStream,
    remote: SocketAddr,
    tls: &TlsConfig,
    settings: ListenSettings,
) -> Inbound {
    let mut ski = None;
    match offer(tcp, remote, tls, settings, &mut ski).await {
        Ok(incoming) => Inbound::Request(Box::new(incoming)),
        Err(cause) => Inbound::Failed(InboundFailure { remote, ski, cause }),
    }
}

async fn offer(
    tcp: TcpStream,
    remote: SocketAddr,
    tls: &TlsConfig,
    settings: ListenSettings,
    ski: &mut Option<Ski>,
) -> Result<Incoming, InboundCause> {
    // A refusal of this option costs speed only.
    let _ = tcp.set_nodelay(true);
    let local = tcp.local_addr().ok().map(canonical);
    let Secured { stream, certificate, negotiated } =
        within(settings.tls, Stage::Tls, tls.accept(tcp)).await?;
    *ski = Some(certificate.ski);
    if certificate.ski == tls.ski() {
        return Err(InboundCause::OwnSki);
    }
    let requested = within(settings.upgrade, Stage::Upgrade, ws::read_request(stream)).await?;
    Ok(Incoming {
        ski: certificate.ski,
        certificate,
        tls: negotiated,
        remote,
        local,
        path: requested.path(),
        requested,
        limit: settings.upgrade,
        messages: settings.messages,
    })
}

async fn within<T, E: Into<InboundCause>>(
    limit: Duration,
    stage: Stage,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, InboundCause> {
    match timeout(limit, future).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(InboundCause::TimedOut { stage, after: limit }),
    }
}

/// An IPv4 address that came in through an IPv6 socket, as IPv4; a scope is kept.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
