//! Which interfaces the route to an address uses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The names of the interfaces that have the address from which we would dial; nothing where that
/// is not known, or is this machine itself. Nothing is sent.
pub(super) fn interfaces_to(address: SocketAddr) -> Vec<String> {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        // A connected socket without a packet: the system has looked up the route.
        socket.connect(address)?;
        socket.local_addr()
    });
    let Ok(from) = from.map(|from| from.ip()) else { return Vec::new() };
    if from.is_loopback() || from.is_unspecified() || from == address.ip() {
        return Vec::new();
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let ours = interfaces.into_iter().filter(|it| it.ip() == from && !it.is_loopback());
    ours.map(|it| it.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_this_machine_there_is_no_interface() {
        for address in ["127.0.0.1:4712", "[::1]:4712"] {
            assert_eq!(interfaces_to(address.parse().unwrap()), Vec::<String>::new());
        }
        let ours = if_addrs::get_if_addrs().unwrap();
        for ip in ours.iter().map(|it| it.ip()).filter(|ip| !ip.to_string().starts_with("fe80")) {
            assert_eq!(interfaces_to((ip, 4712).into()), Vec::<String>::new());
        }
    }
}
