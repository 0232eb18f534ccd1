//! Interfaces, what they are, and what mDNS showed on them.

use std::{fmt, net::IpAddr, time::Duration};

use crate::mdns::service::Service;

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether we use it: named, or any but loopback where none is named.
    pub used: bool,
}

/// What an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A cable, or a bridge to one.
    Wired,
    /// Wi-Fi.
    Wifi,
    /// A bridge to containers or virtual machines, or the end of one inside a container or WSL.
    Container,
    /// A VPN or another tunnel.
    Vpn,
    /// This computer alone.
    Loopback,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wired => "wired",
            Self::Wifi => "Wi-Fi",
            Self::Container => "container",
            Self::Vpn => "VPN",
            Self::Loopback => "loopback",
        })
    }
}

/// What the system shows of an interface that hints at what it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// Its name.
    pub name: &'a str,
    /// It has a loopback address.
    pub loopback: bool,
    /// It is a radio.
    pub wireless: bool,
    /// It is a tunnel, or leads to one other point.
    pub tunnel: bool,
    /// We are inside a container, and its other end is outside; or inside WSL, behind its NAT.
    pub inside: bool,
}

impl Kind {
    /// What these hints amount to. Names are only believed where programs make them, with the
    /// digits such programs append.
    pub fn of(hints: Hints<'_>) -> Self {
        /// `docker0`, `veth12ab`; the bridges of Docker are `br-` and twelve hex digits.
        const CONTAINERS: [&str; 11] = [
            "docker", "veth", "podman", "cni", "flannel", "cali", "lxcbr", "lxdbr", "virbr",
            "vmnet", "vboxnet",
        ];
        const TUNNELS: [&str; 8] = ["tun", "tap", "wg", "ppp", "tailscale", "zt", "utun", "ipsec"];
        let name = hints.name;
        let begins = |with: &[&str]| with.iter().any(|beginning| name.starts_with(beginning));
        let is_docker_bridge = name
            .strip_prefix("br-")
            .is_some_and(|rest| rest.len() == 12 && rest.chars().all(|c| c.is_ascii_hexdigit()));
        match hints {
            Hints { loopback: true, .. } => Self::Loopback,
            Hints { tunnel: true, .. } => Self::Vpn,
            Hints { wireless: true, .. } => Self::Wifi,
            Hints { inside: true, .. } => Self::Container,
            _ if begins(&TUNNELS) => Self::Vpn,
            _ if begins(&CONTAINERS) || is_docker_bridge => Self::Container,
            _ if begins(&["wl"]) => Self::Wifi,
            _ => Self::Wired,
        }
    }

    /// Whether devices of a home can be behind it.
    pub fn is_home(self) -> bool {
        matches!(self, Self::Wired | Self::Wifi)
    }
}

/// What mDNS showed.
#[derive(Clone, Debug)]
pub enum Mdns {
    /// It was not to be used.
    Off,
    /// Somebody holds the port without sharing it.
    PortTaken {
        /// The port.
        port: u16,
        /// What the system said.
        why: String,
        /// Who holds it, as far as the system tells.
        holders: Vec<Process>,
    },
    /// It cannot run: why.
    Unusable(String),
    /// We looked.
    Looked(Look),
}

/// What was seen by mDNS.
#[derive(Clone, Debug)]
pub struct Look {
    /// For how long.
    pub lasted: Duration,
    /// The UDP port.
    pub port: u16,
    /// What passed, for each interface and each kind of address it has.
    pub passages: Vec<Passage>,
    /// Other programs on this computer that have the port open, as far as this user may know.
    pub responders: Vec<Process>,
    /// The SHIP services seen, our own ones too.
    pub services: Vec<Service>,
    /// Who listens on this computer on the TCP ports of those services, as far as this user may
    /// know: port and program.
    pub listening: Vec<(u16, Process)>,
}

/// What went out and came in on one interface.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The interface.
    pub interface: String,
    /// Over IPv6, or else over IPv4.
    pub ipv6: bool,
    /// How many queries were sent, or what the system said.
    pub sent: Result<u32, String>,
    /// How many of them came back to us.
    pub own_heard: u32,
    /// Whether another program on this computer was heard.
    pub neighbours: bool,
    /// Other hosts that were heard, in the order of their addresses.
    pub others: Vec<Heard>,
}

/// A host that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its address.
    pub from: IpAddr,
    /// The types of the services it told of, as in `_http._tcp`.
    pub types: Vec<String>,
}

/// A program that runs here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// Its number.
    pub pid: u32,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}
