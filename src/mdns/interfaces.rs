//! Which network interfaces mDNS runs on, and whether it can run at all.
//!
//! The responder says nothing when it has no interface or no port, so both are tried out here
//! before it starts.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use if_addrs::Interface;
use socket2::{Domain, Protocol, Socket, Type};

use super::daemon::MdnsError;

/// The group of mDNS over IPv4.
pub(crate) const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// The group of mDNS over IPv6.
pub(crate) const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// The names of the interfaces to use, each tried out: those named, or else all that are up but
/// loopback.
///
/// # Errors
///
/// A name that does not exist; no interface that takes multicast; a port held by somebody else.
pub(super) fn usable(named: Option<&[String]>, port: u16) -> Result<Vec<String>, MdnsError> {
    let addresses = if_addrs::get_if_addrs().map_err(MdnsError::Interfaces)?;
    let present = names(addresses.iter());
    if let Some(given) = named.into_iter().flatten().find(|name| !present.contains(name)) {
        return Err(MdnsError::UnknownInterface { given: given.clone(), present });
    }
    let wanted = addresses.iter().filter(|interface| match named {
        Some(named) => named.contains(&interface.name),
        None => !interface.is_loopback() && !is_down(interface),
    });
    let v4 = bind(Ipv4Addr::UNSPECIFIED.into(), port)
        .map_err(|source| MdnsError::PortTaken { port, source })?;
    // Without IPv6 on this host mDNS runs over IPv4 alone.
    let v6 = bind(Ipv6Addr::UNSPECIFIED.into(), port).ok();
    let usable = names(wanted.filter(|interface| joins(interface, Some(&v4), v6.as_ref())));
    if usable.is_empty() { Err(MdnsError::NoInterface { present }) } else { Ok(usable) }
}

/// Sockets in the groups of mDNS on these interfaces, to hear what the responder does not tell. They
/// are bound to the group, so that they never take a packet away from the responder.
pub(super) fn ears(interfaces: &[String], port: u16) -> Vec<Socket> {
    let addresses = if_addrs::get_if_addrs().unwrap_or_default();
    let wanted: Vec<_> = addresses.iter().filter(|it| interfaces.contains(&it.name)).collect();
    let open = |group: IpAddr| {
        let socket = bind(group, port).ok()?;
        #[cfg(target_os = "linux")]
        match group {
            IpAddr::V4(_) => socket.set_multicast_all_v4(false).ok()?,
            IpAddr::V6(_) => socket.set_multicast_all_v6(false).ok()?,
        }
        let (v4, v6) = if group.is_ipv4() { (Some(&socket), None) } else { (None, Some(&socket)) };
        let joined = wanted.iter().filter(|it| joins(it, v4, v6)).count();
        socket.set_nonblocking(true).ok()?;
        (joined > 0).then_some(socket)
    };
    // Elsewhere a socket cannot be bound to a group.
    let groups: [IpAddr; 2] = [GROUP_V4.into(), GROUP_V6.into()];
    groups.into_iter().filter(|_| cfg!(unix)).filter_map(open).collect()
}

/// Unknown counts as up: virtual interfaces often do not tell.
pub(crate) fn is_down(interface: &Interface) -> bool {
    use if_addrs::IfOperStatus::{Down, LowerLayerDown, NotPresent};
    matches!(interface.oper_status, Down | LowerLayerDown | NotPresent)
}

/// Whether a peer that dials `address`, one of this host, reaches a socket bound to `listening`.
pub(super) fn reaches(listening: IpAddr, address: IpAddr) -> bool {
    match listening {
        // A socket on every IPv6 address takes IPv4 as well.
        IpAddr::V6(ip) if ip.is_unspecified() => true,
        IpAddr::V4(ip) if ip.is_unspecified() => address.is_ipv4(),
        ip => ip == address,
    }
}

/// Whether any address that mDNS announces on these interfaces reaches a socket bound to `listening`.
pub(super) fn any_reaches(listening: IpAddr, interfaces: &[String]) -> bool {
    // If the system does not list its addresses, the responder reports that.
    if_addrs::get_if_addrs().is_ok_and(|addresses| {
        let mut used = addresses.iter().filter(|it| interfaces.contains(&it.name));
        used.any(|it| reaches(listening, it.ip()))
    })
}

/// The names, each once, in the order of the system.
fn names<'a>(interfaces: impl Iterator<Item = &'a Interface>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for interface in interfaces {
        if !names.contains(&interface.name) {
            names.push(interface.name.clone());
        }
    }
    names
}

/// Binds the port as the responder will: shared with every other that shares it.
fn bind(ip: IpAddr, port: u16) -> io::Result<Socket> {
    let address = SocketAddr::new(ip, port);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    // Where it is not supported, reusing the address is enough; the bind tells.
    #[cfg(unix)]
    let _ = socket.set_reuse_port(true);
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Whether the interface takes part in multicast at this address.
fn joins(interface: &Interface, v4: Option<&Socket>, v6: Option<&Socket>) -> bool {
    let joined = match (interface.ip(), v4, v6) {
        (IpAddr::V4(ip), Some(v4), _) => v4.join_multicast_v4(&GROUP_V4, &ip),
        (IpAddr::V6(_), _, Some(v6)) => {
            v6.join_multicast_v6(&GROUP_V6, interface.index.unwrap_or_default())
        }
        _ => return false,
    };
    // A second address of one interface: already a member.
    joined.map_or_else(|error| error.kind() == io::ErrorKind::AddrInUse, |()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_only_addresses_the_socket_listens_on() {
        let cases = [
            ("::", [true, true, true, true]),
            ("0.0.0.0", [true, true, false, false]),
            ("127.0.0.1", [true, false, false, false]),
            ("10.0.0.7", [false, true, false, false]),
            ("::1", [false, false, true, false]),
            ("fe80::7", [false, false, false, true]),
        ];
        for (listening, expected) in cases {
            let addresses = ["127.0.0.1", "10.0.0.7", "::1", "fe80::7"];
            let got = addresses.map(|it| reaches(listening.parse().unwrap(), it.parse().unwrap()));
            assert_eq!(got, expected, "{listening}");
        }
    }
}
