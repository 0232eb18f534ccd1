//! The interfaces that are up, and what they are.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

use crate::{
    checks::doctor::facts::{Hints, Interface, Kind},
    mdns::{daemon::MdnsError, interfaces::is_down},
};

/// An interface with the number the system knows it by.
pub(super) struct Present {
    pub(super) interface: Interface,
    pub(super) index: u32,
}

/// Those that are up and have an address.
pub(super) fn present(chosen: Option<&[String]>) -> Result<Vec<Present>, MdnsError> {
    let addresses = if_addrs::get_if_addrs().map_err(MdnsError::Interfaces)?;
    let mut present: Vec<Present> = Vec::new();
    for found in addresses.iter().filter(|found| !is_down(found)) {
        if let Some(known) = present.iter_mut().find(|it| it.interface.name == found.name) {
            known.interface.addresses.push(found.ip());
            continue;
        }
        let used = match chosen {
            Some(names) => names.contains(&found.name),
            None => !found.is_loopback(),
        };
        let kind = kind(found);
        let (name, addresses) = (found.name.clone(), vec![found.ip()]);
        let interface = Interface { name, kind, addresses, used };
        present.push(Present { interface, index: found.index.unwrap_or_default() });
    }
    Ok(present)
}

fn kind(found: &if_addrs::Interface) -> Kind {
    let system = Path::new("/sys/class/net").join(&found.name);
    let number =
        |name: &str| fs::read_to_string(system.join(name)).ok()?.trim().parse::<u32>().ok();
    /// ARPHRD_PPP, _TUNNEL, _TUNNEL6, _SIT, _IPGRE, _NONE (WireGuard).
    const TUNNELS: [u32; 6] = [512, 768, 769, 776, 778, 65_534];
    let is_pair = number("iflink").is_some_and(|link| Some(link) != number("ifindex"));
    Kind::of(Hints {
        name: &found.name,
        loopback: found.is_loopback(),
        wireless: system.join("wireless").exists() || system.join("phy80211").exists(),
        tunnel: found.is_p2p
            || system.join("tun_flags").exists()
            || number("type").is_some_and(|kind| TUNNELS.contains(&kind)),
        inside: (is_pair && is_own_network_of_container()) || is_behind_wsl(found.ip()),
    })
}

/// Whether we are inside a container whose network is not that of its host. A network namespace
/// that was made within the container has nothing to do with it.
fn is_own_network_of_container() -> bool {
    let is_container =
        ["/.dockerenv", "/run/.containerenv"].iter().any(|it| Path::new(it).exists());
    let network = |process: &str| -> Option<PathBuf> {
        fs::read_link(format!("/proc/{process}/ns/net")).ok()
    };
    let own = network("self");
    is_container && own.is_some() && own == network("1")
}

/// WSL2 gives its machines addresses of 172.16/12 behind a NAT; with mirrored networking they have
/// those of the host.
fn is_behind_wsl(address: IpAddr) -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let is_wsl = release.to_ascii_lowercase().contains("microsoft");
    is_wsl
        && match address {
            IpAddr::V4(v4) => v4.octets()[0] == 172 && (16..32).contains(&v4.octets()[1]),
            IpAddr::V6(_) => false,
        }
}
