//! One attempt to connect to a peer: all its addresses in order, until one of them works.

mod failure;

use std::{future::Future, io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

pub use self::failure::{DialCause, DialFailure, TargetFailure};
use super::{
    route::interfaces_to,
    tls::{Negotiated, Secured, TlsConfig},
    ws::{self, MessageLimits, WebSocket},
};
pub use crate::hub::dial::Stage;
use crate::{
    identity::cert::PeerCertificate,
    mdns::daemon::Names,
    proto::{Address, Ski, Target, target::USUAL_PATH},
};

/// How long each stage of an attempt may take, per address, and what a peer may make us keep.
#[derive(Clone, Debug)]
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
    /// Whom to ask for `.local` names before the resolver of the system.
    pub names: Option<Names>,
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
            names: None,
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
    dial_telling(targets, expected.as_slice(), tls, limits, &|_, _, _| {}).await
}

/// Told with the target, the address behind it and the stage whenever another stage begins.
pub type OnStage<'a> = &'a (dyn Fn(&Target, Option<SocketAddr>, Stage) + Send + Sync);

/// The same for a peer that may prove any of these SKIs, telling how far it has come.
pub async fn dial_telling(
    targets: &[Target],
    expected: &[Ski],
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
        let addresses = match resolve(&target.address, limits.names.as_ref(), limits.resolve).await
        {
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

/// The addresses a name stands for: a `.local` name by mDNS (RFC 6762 3), and by the resolver of the
/// system if mDNS does not know it.
pub(super) async fn resolve(
    address: &Address,
    names: Option<&Names>,
    limit: Duration,
) -> Result<Vec<SocketAddr>, DialCause> {
    /// As long as mDNS takes to ask twice; the rest is for the system.
    const BY_MDNS: Duration = Duration::from_millis(1500);
    match address {
        Address::Socket(address) => Ok(vec![*address]),
        Address::Name(host, port) => {
            let began = Instant::now();
            if let Some(names) = names {
                let found = names.resolve(host, *port, BY_MDNS.min(limit)).await;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            let limit = limit.saturating_sub(began.elapsed());
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
    expected: &'a [Ski],
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
            [expected, ..] if !self.expected.contains(&actual) => {
                return Err(DialCause::WrongSki { expected: *expected, actual });
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
