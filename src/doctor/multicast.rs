//! What passes on each interface: asks who is there, and hears who answers or asks as well.
//!
//! Each interface has a socket for each kind of address, which is a member of the group there and
//! nowhere else. So what is heard is known to have come in on that interface.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6},
    time::Duration,
};

use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use tokio::{
    net::UdpSocket,
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

use super::interfaces::Present;
use crate::{
    checks::doctor::facts::{Heard, Kind, Passage},
    mdns::{
        interfaces::{GROUP_V4, GROUP_V6},
        packet::{ALL_SERVICES, query, read},
    },
    proto::text::visible,
};

/// Nobody answers the same question twice within a second (RFC 6762, 6).
const QUERIES: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(1100), Duration::from_millis(2500)];

/// No more hosts are told apart than a home has; a flood of invented ones must not cost memory.
const MOST_HOSTS: usize = 256;
const MOST_TYPES: usize = 64;

/// Asks on every interface in use until then, and tells what passed.
pub(super) async fn gather(
    present: &[Present],
    own: &[IpAddr],
    port: u16,
    until: Instant,
) -> Vec<Passage> {
    let mut tasks = JoinSet::new();
    let used = present.iter().filter(|it| it.interface.used);
    let sides = used.flat_map(|it| [false, true].map(|ipv6| (it, ipv6)));
    let sides = sides.filter(|(it, v6)| it.interface.addresses.iter().any(|a| a.is_ipv6() == *v6));
    for (order, (present, ipv6)) in sides.enumerate() {
        let name = present.interface.name.clone();
        let kind = present.interface.kind;
        let opened = open(present, ipv6, port);
        let own = own.to_vec();
        tasks.spawn(async move {
            let mut passage = Passage {
                interface: name,
                ipv6,
                sent: Ok(0),
                own_heard: 0,
                neighbours: false,
                others: Vec::new(),
            };
            match opened {
                Ok((socket, group)) => watch(&mut passage, &socket, group, &own, until).await,
                Err(error) => passage.sent = Err(error.to_string()),
            }
            (order, kind, passage)
        });
    }
    let mut passages = tasks.join_all().await;
    passages.sort_by_key(|(order, ..)| *order);
    // Where loopback has IPv6 but no route for multicast, as is usual, nobody misses it.
    passages.retain(|(_, kind, it)| *kind != Kind::Loopback || !it.ipv6 || it.sent.is_ok());
    passages.into_iter().map(|(.., passage)| passage).collect()
}

async fn watch(
    passage: &mut Passage,
    socket: &UdpSocket,
    group: SocketAddr,
    own: &[IpAddr],
    until: Instant,
) {
    let question = query(fastrand::u16(1..), &[ALL_SERVICES, "_ship._tcp.local"]);
    let began = Instant::now();
    let mut queries = QUERIES.map(|after| began + after).into_iter().peekable();
    let mut heard: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    let mut buffer = vec![0; 9000];
    loop {
        let next = queries.peek().copied().filter(|at| *at < until);
        let received = tokio::select! {
            () = sleep_until(next.unwrap_or(until)), if next.is_some() => {
                queries.next();
                match (socket.send_to(&question, group).await, &mut passage.sent) {
                    (Ok(_), Ok(sent)) => *sent += 1,
                    (Err(error), sent @ Ok(0)) => *sent = Err(error.to_string()),
                    _ => {}
                }
                continue;
            }
            received = timeout_at(until, socket.recv_from(&mut buffer)) => received,
        };
        let (length, from) = match received {
            Err(_) => break,
            Ok(Ok((length, from))) => (length, from.ip()),
            // What was sent to somebody that is not there comes back as an error of the next call.
            Ok(Err(_)) => continue,
        };
        let packet = &buffer[..length];
        if packet == question {
            passage.own_heard += 1;
            continue;
        }
        let Some(message) = read(packet) else { continue };
        if own.contains(&from) {
            // Our own responder asks too: an answer is that of another program, for we announce
            // nothing.
            passage.neighbours |= message.is_response;
        } else if heard.len() < MOST_HOSTS || heard.contains_key(&from) {
            let types = heard.entry(from).or_default();
            for told in message.types.iter().map(|it| visible(it)) {
                if types.len() < MOST_TYPES && !types.contains(&told) {
                    types.push(told);
                }
            }
        }
    }
    passage.others = heard.into_iter().map(|(from, types)| Heard { from, types }).collect();
}

/// A socket on the port and in the group of one interface, and the address of the group.
fn open(present: &Present, ipv6: bool, port: u16) -> io::Result<(UdpSocket, SocketAddr)> {
    let group = if ipv6 {
        SocketAddrV6::new(GROUP_V6, port, 0, present.index).into()
    } else {
        SocketAddr::from((GROUP_V4, port))
    };
    let socket = Socket::new(Domain::for_address(group), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    // Where it is not supported, reusing the address is enough; the bind tells.
    #[cfg(unix)]
    let _ = socket.set_reuse_port(true);
    if ipv6 {
        socket.set_only_v6(true)?;
        #[cfg(target_os = "linux")]
        socket.set_multicast_all_v6(false)?;
        socket.bind(&bound_to(group))?;
        socket.join_multicast_v6(&GROUP_V6, present.index)?;
        socket.set_multicast_if_v6(present.index)?;
        socket.set_multicast_loop_v6(true)?;
        socket.set_multicast_hops_v6(255)?;
    } else {
        #[cfg(target_os = "linux")]
        socket.set_multicast_all_v4(false)?;
        socket.bind(&bound_to(group))?;
        socket.join_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(present.index))?;
        socket.set_multicast_if_v4(&first_v4(present))?;
        socket.set_multicast_loop_v4(true)?;
        socket.set_multicast_ttl_v4(255)?;
    }
    socket.set_nonblocking(true)?;
    Ok((UdpSocket::from_std(socket.into())?, group))
}

/// On Linux the group itself, so that only what is sent to it comes in.
fn bound_to(group: SocketAddr) -> socket2::SockAddr {
    if cfg!(target_os = "linux") {
        return group.into();
    }
    let any: IpAddr = match group {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(any, group.port()).into()
}

fn first_v4(present: &Present) -> Ipv4Addr {
    let addresses = present.interface.addresses.iter();
    let v4 = addresses.filter_map(|it| if let IpAddr::V4(v4) = it { Some(*v4) } else { None });
    v4.min_by_key(Ipv4Addr::is_link_local).unwrap_or(Ipv4Addr::UNSPECIFIED)
}
