//! A discovered service: one mDNS record with all its addresses.

use std::net::SocketAddr;

use super::txt::Txt;

/// One announced `_ship._tcp` service as seen now. A newer sighting replaces an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The instance name, without the service type: the key of the record.
    pub instance: String,
    /// The host name of its SRV record, with the trailing dot (`wallbox.local.`).
    pub host: String,
    /// The port of its SRV record.
    pub port: u16,
    /// Every address, link-local IPv6 with its scope, in the order in which to dial them.
    pub addresses: Vec<SocketAddr>,
    /// The names of the interfaces it was seen on.
    pub interfaces: Vec<String>,
    /// What its TXT record says, with everything that is wrong with it.
    pub txt: Txt,
}

impl Service {
    /// Puts addresses into the order of dialling: IPv4, then global or unique-local IPv6, then
    /// link-local IPv6.
    pub fn sort_addresses(addresses: &mut [SocketAddr]) {
        addresses.sort_by_key(|address| {
            let class = match address {
                SocketAddr::V4(_) => 0,
                SocketAddr::V6(v6) if !v6.ip().is_unicast_link_local() => 1,
                SocketAddr::V6(_) => 2,
            };
            (class, *address)
        });
    }
}
