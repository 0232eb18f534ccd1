//! Who has our port, and whether it can be dialled.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use listeners::{Protocol, SocketState};
use tokio::{net::TcpStream, time::timeout};

use super::interfaces::Present;
use crate::{
    checks::doctor::facts::{Hub, Port, PortState, Process},
    driver::listen::{BindError, ListenSettings, Listener},
    time::text::span,
};

/// This computer answers itself at once, or not at all.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks at our port: that of the running hub, or else the one we would listen on, which is opened
/// for a moment. `owner` is the process that has our state open.
pub(super) async fn gather(
    settings: ListenSettings,
    hub: &Hub,
    owner: Option<u32>,
    present: &[Present],
    sockets: &[listeners::Listener],
) -> Port {
    if let Hub::Runs(hub) = hub {
        let state = hub.port.map_or(PortState::Closed, |_| PortState::Ours(hub.pid));
        let number = hub.port.unwrap_or_default();
        return Port { number, state, bound: bound(sockets, number, hub.pid), dialled: Vec::new() };
    }
    let number = settings.port;
    let mut port = Port { number, state: PortState::Free, bound: Vec::new(), dialled: Vec::new() };
    match Listener::bind(settings) {
        Ok(listener) => {
            port.bound = vec![listener.local_addr()];
            port.dialled = dial(listener.local_addr(), present).await;
        }
        Err(BindError::InUse { owner: found, .. }) => match (found, owner) {
            (Some((_, pid)), Some(owner)) if pid == owner => {
                port.state = PortState::Ours(pid);
                port.bound = bound(sockets, number, pid);
            }
            (found, _) => {
                port.state = PortState::Taken(found.map(|(name, pid)| Process { name, pid }));
            }
        },
        Err(BindError::Refused { source, .. }) => {
            port.state = PortState::Refused(source.to_string());
        }
    }
    port
}

/// Where this process listens on the port, as far as the system tells.
fn bound(sockets: &[listeners::Listener], port: u16, pid: u32) -> Vec<SocketAddr> {
    let is_it = |it: &&listeners::Listener| {
        it.process.pid == pid
            && it.socket.port() == port
            && it.protocol == Protocol::TCP
            && it.state == SocketState::Listen
    };
    let mut bound: Vec<SocketAddr> = sockets.iter().filter(is_it).map(|it| it.socket).collect();
    bound.sort();
    bound.dedup();
    bound
}

/// Dials the open port at our own addresses. The system takes such a connection in by itself.
async fn dial(bound: SocketAddr, present: &[Present]) -> Vec<(SocketAddr, Option<String>)> {
    let mut dialled = Vec::new();
    for ip in present.iter().filter(|it| it.interface.used).flat_map(|it| &it.interface.addresses) {
        // A link-local address may still be tried out by the system, and is then no address yet.
        let usable = match ip {
            IpAddr::V4(_) => bound.ip().is_unspecified() || bound.ip() == *ip,
            IpAddr::V6(v6) if v6.is_unicast_link_local() => false,
            IpAddr::V6(_) => bound.is_ipv6() && (bound.ip().is_unspecified() || bound.ip() == *ip),
        };
        if usable {
            let address = SocketAddr::new(*ip, bound.port());
            let failed = match timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!("silence for {}", span(PATIENCE))),
            };
            dialled.push((address, failed));
        }
    }
    dialled
}
