//! The port itself: opened on one address or on all, and who has it where it is taken.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, SocketAddrV6},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

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

/// The socket address of `ip`; for a link-local IPv6 address with the scope of the interface that has it.
pub(super) fn scoped(ip: IpAddr, port: u16) -> SocketAddr {
    match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
            let scope = interfaces.iter().find(|it| it.ip() == ip).and_then(|it| it.index);
            SocketAddrV6::new(v6, port, 0, scope.unwrap_or_default()).into()
        }
        _ => SocketAddr::new(ip, port),
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
