//! One attempt to connect to a peer: all its addresses in order, until one of them works.

use std::{fmt, future::Future, io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use super::{
    route::interfaces_to,
    tls::{Negotiated, Secured, TlsConfig, TlsError},
    ws::{self, MessageLimits, UpgradeError, WebSocket},
};
use crate::hub::WrongFingerprint;
pub use crate::hub::dial::Stage;
use crate::{
    checks::dial::silence,
    identity::cert::PeerCertificate,
    proto::{Address, Ski, Target, target::USUAL_PATH},
};

/// How long each stage of an attempt may take, per address, and what a peer may make us keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialLimits {
    /// The resolution of a name.
    pub resolve: Duration,
    /// The TCP connection.
    pub tcp: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// The WebSocket upgrade.
    pub upgrade: Duration,
    /// The limits of the WebSocket.
    pub messages: MessageLimits,
}

impl Default for DialLimits {
    /// 5 s for the name, 5 s for TCP, 10 s for TLS, 10 s for the upgrade.
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(5),
            tcp: Duration::from_secs(5),
            tls: Duration::from_secs(10),
            upgrade: Duration::from_secs(10),
            messages: MessageLimits::default(),
        }
    }
}

/// An established connection to a peer.
#[derive(Debug)]
pub struct Dialed {
    /// The WebSocket, for [`link::run`](super::link::run).
    pub ws: Box<WebSocket>,
    /// Who the peer proved to be.
    pub ski: Ski,
    /// Its certificate, with everything odd about it.
    pub certificate: PeerCertificate,
    /// What TLS agreed upon.
    pub tls: Negotiated,
    /// The target that worked; its path is the one that worked.
    pub target: Target,
    /// The address that worked.
    pub remote: SocketAddr,
    /// Our own address on that connection.
    pub local: Option<SocketAddr>,
    /// The interfaces the route to it uses; empty where that is not known.
    pub via: Vec<String>,
    /// What failed before, in the order tried; a wrong announced path is among it.
    pub failures: Vec<TargetFailure>,
}

/// No target worked: every address tried, in order, with why it failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct DialFailure {
    /// One entry for every address and path tried; empty only without any target.
    pub failures: Vec<TargetFailure>,
}

/// One address that did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{target}{}: {cause}", Resolved(.target, .address))]
pub struct TargetFailure {
    /// The target tried, with the path tried.
    pub target: Target,
    /// The address it stands for; `None` if it could not be resolved.
    pub address: Option<SocketAddr>,
    /// How far it went.
    pub stage: Stage,
    /// Why it went no further.
    pub cause: DialCause,
    /// How long it took.
    pub took: Duration,
    /// The interfaces the route to it uses, where nothing answered there.
    pub via: Vec<String>,
}

/// Why an address did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialCause {
    /// The name cannot be resolved: what the resolver said.
    #[error("the name cannot be resolved: {0}")]
    UnknownName(String),
    /// A link-local IPv6 address without its scope.
    #[error("a link-local address needs its interface, as in [fe80::1%eth0]:4712")]
    NoScope,
    /// The connection was refused.
    #[error("the connection was refused")]
    Refused,
    /// There is no route to the address: what the system said.
    #[error("the address cannot be reached: {0}")]
    NoRoute(String),
    /// The system could not connect for another reason.
    #[error("connecting failed: {0}")]
    Connect(String),
    /// Nothing came in time.
    #[error("no answer to the {stage} within {after:?}")]
    TimedOut {
        /// The stage that was waited in.
        stage: Stage,
        /// How long was waited.
        after: Duration,
    },
    /// The TLS handshake failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Another device answers there.
    #[error("another device answers: expected the SKI {expected}, but it has {actual}")]
    WrongSki {
        /// The SKI asked for.
        expected: Ski,
        /// The SKI of the device that answers.
        actual: Ski,
    },
    /// It is the device asked for, with another certificate than its QR code names.
    #[error(transparent)]
    WrongFingerprint(#[from] WrongFingerprint),
    /// We answer there ourselves.
    #[error("we reached ourselves: the SKI there is our own")]
    OwnSki,
    /// The WebSocket upgrade failed.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
}

impl DialFailure {
    /// The failure that tells most about why nothing worked: what got furthest, and of those a
    /// refusal before a silence. `None` if there was no target at all.
    pub fn most_telling(&self) -> Option<&TargetFailure> {
        // The first of equals: the addresses tried first are the better ones.
        self.failures.iter().rev().max_by_key(|failure| failure.weight())
    }
}

impl TargetFailure {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }

    pub(super) fn new(
        target: Target,
        address: Option<SocketAddr>,
        cause: DialCause,
        took: Duration,
    ) -> Self {
        let silent = cause.code() == silence(Stage::Tcp).as_str();
        let via = address.filter(|_| silent).map(interfaces_to).unwrap_or_default();
        Self { target, address, stage: cause.stage(), cause, took, via }
    }

    /// Whether this failure makes an attempt at that address and path pointless.
    fn settles(&self, address: SocketAddr, path: &str) -> bool {
        self.address == Some(address) && (!self.cause.blames_path() || self.target.path == path)
    }

    fn weight(&self) -> (bool, bool, Stage, u8) {
        let loudness = match self.cause {
            DialCause::TimedOut { .. } => 0,
            DialCause::NoRoute(_) | DialCause::NoScope => 1,
            DialCause::Connect(_) => 2,
            _ => 3,
        };
        // A forgery must not go unmentioned; to have reached ourselves tells nothing of the peer.
        let forged = ["CERT-02", WrongFingerprint::CODE].contains(&self.code());
        let own = self.cause == DialCause::OwnSki;
        (forged, !own, self.stage, loudness)
    }
}

impl DialCause {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName(_) => "DNS-01",
            Self::TimedOut { stage, .. } => silence(*stage).as_str(),
            Self::NoScope => "DNS-02",
            Self::Refused => "TCP-01",
            Self::NoRoute(_) => "TCP-02",
            Self::Connect(_) => "TCP-03",
            Self::Tls(error) => error.code(),
            Self::WrongSki { .. } => "CERT-03",
            Self::WrongFingerprint(_) => WrongFingerprint::CODE,
            Self::OwnSki => "CERT-04",
            Self::Upgrade(error) => error.code(),
        }
    }

    /// Whether another path on the same address may work.
    pub(super) fn blames_path(&self) -> bool {
        matches!(self, Self::Upgrade(UpgradeError::Status(_) | UpgradeError::BadPath(_)))
    }

    /// The stage at which this cause ends an attempt.
    fn stage(&self) -> Stage {
        match self {
            Self::UnknownName(_) => Stage::Resolve,
            Self::NoScope | Self::Refused | Self::NoRoute(_) | Self::Connect(_) => Stage::Tcp,
            Self::TimedOut { stage, .. } => *stage,
            Self::Tls(_) => Stage::Tls,
            Self::WrongSki { .. } | Self::WrongFingerprint(_) | Self::OwnSki => Stage::Ski,
            Self::Upgrade(_) => Stage::Upgrade,
        }
    }
}

/// Adds the address to a name that stands for it.
struct Resolved<'a>(&'a Target, &'a Option<SocketAddr>);

impl fmt::Display for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.address, self.1) {
            (Address::Name(..), Some(address)) => write!(f, " ({})", address.ip()),
            _ => Ok(()),
        }
    }
}

/// Tries every target in order, each address of a name in turn, until one of them is the peer.
///
/// `expected` is the SKI the peer must prove; without one any genuine peer but ourselves will do.
/// Where the announced path fails with an HTTP status, `/ship/` and `/` are tried as well (WS-01).
pub async fn dial(
    targets: &[Target],
    expected: Option<Ski>,
    tls: &TlsConfig,
    limits: &DialLimits,
) -> Result<Dialed, DialFailure> {
    dial_telling(targets, expected, tls, limits, &|_, _, _| {}).await
}

/// Told with the target, the address behind it and the stage whenever another stage begins.
pub type OnStage<'a> = &'a (dyn Fn(&Target, Option<SocketAddr>, Stage) + Send + Sync);

/// The same, telling how far it has come.
pub async fn dial_telling(
    targets: &[Target],
    expected: Option<Ski>,
    tls: &TlsConfig,
    limits: &DialLimits,
    on_stage: OnStage<'_>,
) -> Result<Dialed, DialFailure> {
    let mut failures: Vec<TargetFailure> = Vec::new();
    for target in targets {
        let mut began = Instant::now();
        if let Address::Name(..) = target.address {
            on_stage(target, None, Stage::Resolve);
        }
        let addresses = match resolve(&target.address, limits.resolve).await {
            Ok(addresses) => addresses,
            Err(cause) => {
                failures.push(TargetFailure::new(target.clone(), None, cause, began.elapsed()));
                continue;
            }
        };
        for address in addresses {
            let attempt =
                Attempt { host: &target.address, address, expected, tls, limits, on_stage };
            for path in [target.path.as_str(), USUAL_PATH, "/"] {
                if failures.iter().any(|failure| failure.settles(address, path)) {
                    continue;
                }
                let target = Target { address: target.address.clone(), path: path.to_owned() };
                match attempt.reach(&target).await {
                    Ok(reached) => {
                        let Reached { ws, certificate, tls, local } = reached;
                        return Ok(Dialed {
                            ws,
                            ski: certificate.ski,
                            certificate,
                            tls,
                            target,
                            remote: address,
                            local,
                            via: interfaces_to(address),
                            failures,
                        });
                    }
                    Err(cause) => {
                        let path_is_wrong = cause.blames_path();
                        let took = began.elapsed();
                        began = Instant::now();
                        failures.push(TargetFailure::new(target, Some(address), cause, took));
                        if !path_is_wrong {
                            break;
                        }
                    }
                }
            }
        }
    }
    Err(DialFailure { failures })
}

/// The addresses a name stands for.
pub(super) async fn resolve(
    address: &Address,
    limit: Duration,
) -> Result<Vec<SocketAddr>, DialCause> {
    match address {
        Address::Socket(address) => Ok(vec![*address]),
        Address::Name(host, port) => {
            let found: Vec<_> = within(limit, Stage::Resolve, lookup_host((host.as_str(), *port)))
                .await?
                .map_err(|error| DialCause::UnknownName(error.to_string()))?
                .collect();
            match found.is_empty() {
                true => Err(DialCause::UnknownName("it has no address".to_owned())),
                false => Ok(found),
            }
        }
    }
}

/// The attempt at one address.
struct Attempt<'a> {
    host: &'a Address,
    address: SocketAddr,
    expected: Option<Ski>,
    tls: &'a TlsConfig,
    limits: &'a DialLimits,
    on_stage: OnStage<'a>,
}

/// An attempt that got through.
struct Reached {
    ws: Box<WebSocket>,
    certificate: PeerCertificate,
    tls: Negotiated,
    local: Option<SocketAddr>,
}

impl Attempt<'_> {
    /// Connects to one path, through every stage.
    async fn reach(&self, target: &Target) -> Result<Reached, DialCause> {
        let limits = self.limits;
        let begin = |stage| (self.on_stage)(target, Some(self.address), stage);
        begin(Stage::Tcp);
        let tcp = connect(self.address, limits.tcp).await?;
        let local = tcp.local_addr().ok();
        begin(Stage::Tls);
        let Secured { stream, certificate, negotiated } =
            within(limits.tls, Stage::Tls, self.tls.connect(tcp, self.address.ip())).await??;
        let actual = certificate.ski;
        match self.expected {
            _ if actual == self.tls.ski() => return Err(DialCause::OwnSki),
            Some(expected) if actual != expected => {
                return Err(DialCause::WrongSki { expected, actual });
            }
            _ => {}
        }
        begin(Stage::Upgrade);
        let upgrade = ws::request(stream, self.host, &target.path, limits.messages);
        let ws = within(limits.upgrade, Stage::Upgrade, upgrade).await??;
        Ok(Reached { ws, certificate, tls: negotiated, local })
    }
}

/// Connects TCP, without Nagle's delay: SHIP messages are small and waited for.
pub(super) async fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, DialCause> {
    if lacks_scope(address) {
        return Err(DialCause::NoScope);
    }
    let tcp = within(limit, Stage::Tcp, TcpStream::connect(address)).await?;
    let tcp = tcp.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => DialCause::Refused,
        io::ErrorKind::TimedOut => DialCause::TimedOut { stage: Stage::Tcp, after: limit },
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => DialCause::NoRoute(error.to_string()),
        _ => DialCause::Connect(error.to_string()),
    })?;
    // A refusal of this option costs speed only.
    let _ = tcp.set_nodelay(true);
    Ok(tcp)
}

fn lacks_scope(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

/// Waits for a stage, and no longer than its limit.
pub(super) async fn within<T>(
    limit: Duration,
    stage: Stage,
    future: impl Future<Output = T>,
) -> Result<T, DialCause> {
    timeout(limit, future).await.map_err(|_| DialCause::TimedOut { stage, after: limit })
}
