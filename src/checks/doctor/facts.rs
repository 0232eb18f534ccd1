//! What can be known of this side, as it was found. Nothing here is judged.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use crate::{
    mdns::service::Service,
    proto::{ShipId, Ski},
};

/// Everything that is known of this side.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The hub that runs with our identity, if it could be asked.
    pub hub: Hub,
    /// The interfaces that are up and have an address, in the order of the system.
    pub interfaces: Vec<Interface>,
    /// Whether interfaces were named.
    pub named: bool,
    /// What mDNS showed.
    pub mdns: Mdns,
    /// Our port.
    pub port: Port,
    /// The firewall of this computer, as far as it tells.
    pub firewall: Firewall,
    /// Our state directory.
    pub state: State,
    /// The clock.
    pub clock: Clock,
}

/// A hub with our identity.
#[derive(Clone, Debug)]
pub enum Hub {
    /// None runs.
    None,
    /// One runs.
    Runs(HubFacts),
    /// Something is wrong with it: what.
    Silent(String),
}

/// What a running hub tells of itself.
#[derive(Clone, Debug)]
pub struct HubFacts {
    /// Its process.
    pub pid: u32,
    /// The port it listens on.
    pub port: Option<u16>,
    /// The interfaces it runs mDNS on; none if it does not.
    pub interfaces: Vec<String>,
    /// How many connections it has.
    pub connections: usize,
    /// How many it may have.
    pub limit: usize,
    /// How many wait for a place.
    pub waiting: usize,
}

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

/// Our port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its number; 0 for any that is free.
    pub number: u16,
    /// Who has it.
    pub state: PortState,
    /// The addresses it is, or would be, bound to.
    pub bound: Vec<SocketAddr>,
    /// Our own addresses it was dialled at, and what the system said where that failed.
    pub dialled: Vec<(SocketAddr, Option<String>)>,
}

/// Who has our port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortState {
    /// Nobody: it could be opened.
    Free,
    /// A program of ours: the running hub, or whoever owns our state.
    Ours(u32),
    /// Somebody else, named as far as the system tells.
    Taken(Option<Process>),
    /// The system does not let us have it: what it said.
    Refused(String),
    /// The running hub takes nobody in.
    Closed,
}

/// The firewall of this computer.
#[derive(Clone, Debug)]
pub struct Firewall {
    /// The programs for it that are installed.
    pub tools: Vec<Tool>,
    /// What its rules say about our port.
    pub rules: Rules,
}

/// A program that opens ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// ufw.
    Ufw,
    /// firewall-cmd, for firewalld.
    Firewalld,
    /// nft.
    Nft,
    /// iptables.
    Iptables,
}

/// What the rules of the firewall say about our port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// They cannot be read, or not be understood.
    NotKnown,
    /// The firewall in use is this one, and is not to be read by this user.
    Unreadable(Tool),
    /// There is a rule that opens it.
    Open(Tool),
    /// There is none, and what is not opened is dropped.
    Shut(Tool),
}

/// Our state directory.
#[derive(Clone, Debug)]
pub struct State {
    /// Its path.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
    /// Why it cannot be written, if so.
    pub not_writable: Option<String>,
    /// The bytes that are free on its disk.
    pub free: Option<u64>,
    /// Who we are.
    pub identity: Kept<Identity>,
    /// How many are trusted.
    pub trust: Kept<usize>,
    /// Permission bits and path of a key file that others may read.
    pub key_readable: Option<(u32, String)>,
    /// Damaged files that were set aside and lie there still.
    pub leftovers: Vec<String>,
    /// Other state directories that hold an identity, and which.
    pub others: Vec<(String, Ski)>,
}

/// A file of the state.
#[derive(Clone, Debug)]
pub enum Kept<T> {
    /// It is not there yet.
    Absent,
    /// It is whole.
    Whole(T),
    /// It cannot be used.
    Unusable {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
        /// Whether it is the disk or its permissions, rather than what was kept.
        io: bool,
    },
}

/// Our identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Our SKI. It is the SHA-1 of the key and what the certificate says, or reading it fails.
    pub ski: Ski,
    /// Our SHIP ID.
    pub ship_id: ShipId,
    /// The bytes of the certificate.
    pub certificate: usize,
    /// From when it is valid; seconds since the Unix epoch.
    pub not_before: Option<i64>,
    /// Until when it is valid; seconds since the Unix epoch.
    pub not_after: Option<i64>,
    /// What is odd about it: code of the finding, and what.
    pub remarks: Vec<(&'static str, String)>,
}

/// The clock of this computer.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Seconds since the Unix epoch.
    pub now: i64,
    /// When files were last written, seconds since the Unix epoch: which, and when.
    pub written: Vec<(String, i64)>,
    /// Whether it is synchronised with others, if the system tells.
    pub synchronised: Option<bool>,
}
