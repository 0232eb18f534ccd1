//! Our port, and the peers that dial us.
//!
//! Each connection is brought through TLS and up to its HTTP request in a task of its own, then
//! offered to the hub, which admits it (101) or has no room for it (503). Time and number of
//! handshakes are bounded: when there are too many, an old one makes room.

use std::{
    fmt,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

use super::{
    crowd::Crowd,
    tls::{Negotiated, Secured, TlsConfig, TlsError},
    ws::{self, MessageLimits, Requested, UpgradeError, WebSocket},
};
use crate::{
    hub::{WrongFingerprint, dial::Stage},
    identity::cert::PeerCertificate,
    proto::Ski,
};

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

/// Why we cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has the port (TCP-05).
    #[error("port {port} is in use{}", OwnedBy(.owner))]
    InUse {
        /// The port.
        port: u16,
        /// Name and process id of who has it, if the system tells.
        owner: Option<(String, u32)>,
    },
    /// The system refuses for another reason.
    #[error("cannot listen on {address}")]
    Refused {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

struct OwnedBy<'a>(&'a Option<(String, u32)>);

impl fmt::Display for OwnedBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((name, pid)) => write!(f, " by {name} (process {pid})"),
            None => Ok(()),
        }
    }
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

/// A connection to our port that got no further than its handshakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("connection from {remote}: {cause}")]
pub struct InboundFailure {
    /// Where it came from.
    pub remote: SocketAddr,
    /// Who it was, if it got that far.
    pub ski: Option<Ski>,
    /// Why it failed.
    pub cause: InboundCause,
}

/// Why a connection to our port failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundCause {
    /// The TLS handshake failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The peer has our own key: we dialled ourselves.
    #[error("we reached ourselves: the SKI of the client is our own")]
    OwnSki,
    /// It is a device we wait for, with another certificate than its QR code names.
    #[error(transparent)]
    WrongFingerprint(#[from] WrongFingerprint),
    /// The upgrade failed.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// Nothing came in time.
    #[error("the client was silent in {stage} for {after:?}")]
    TimedOut {
        /// The stage that was waited in.
        stage: Stage,
        /// How long was waited.
        after: Duration,
    },
    /// Too many others were knocking, and this one was the slowest.
    #[error(
        "too many connections at a time; this one was the oldest of its address without a handshake"
    )]
    Crowded,
}

impl InboundCause {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tls(error) => error.code(),
            Self::WrongFingerprint(_) => WrongFingerprint::CODE,
            Self::OwnSki => "CERT-04",
            // A client that looked at our certificate and had seen enough.
            Self::Upgrade(UpgradeError::Closed) => "TLS-04",
            Self::Upgrade(error) => error.code(),
            Self::TimedOut { .. } | Self::Crowded => "TLS-05",
        }
    }
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
            match bind(SocketAddr::new(ip, port)) {
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

/// Opens a listening socket, and tells where; the unspecified IPv6 address takes IPv4 as well.
///
/// Must be called within a tokio runtime.
///
/// # Errors
///
/// Somebody has the port, or the system refuses.
pub fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let port = address.port();
    match open(address).and_then(|socket| Ok((socket.local_addr()?, socket))) {
        Ok((local, socket)) => Ok((socket, local)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(BindError::InUse { port, owner: owner_of(port) })
        }
        Err(source) => Err(BindError::Refused { address, source }),
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // On Unix: rebind at once after a restart. On Windows it would share the port with a thief.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}

/// Who listens on a port, if the system tells.
fn owner_of(port: u16) -> Option<(String, u32)> {
    let process = listeners::get_process_by_port(port, listeners::Protocol::TCP).ok()?;
    Some((process.name, process.pid))
}

/// An IPv4 address that came in through an IPv6 socket, as IPv4; a scope is kept.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
