//! A discovered service: one mDNS record with all its addresses.

use std::net::SocketAddr;

use super::txt::Txt;
use crate::proto::target::{Target, USUAL_PATH};

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

    /// Where to dial, in order: a host name that unicast DNS may know, the addresses, and last the
    /// `.local` name, which is no news where there are addresses and slow where it is unknown.
    pub fn targets(&self) -> Vec<Target> {
        let path = self.txt.path.as_deref().unwrap_or(USUAL_PATH);
        let host = self.host.trim_end_matches('.');
        let name = (!host.is_empty()).then(|| Target::name(host, self.port, path));
        let local = host.ends_with(".local");
        let sockets = self.addresses.iter().map(|address| Target::socket(*address, path));
        let first = name.clone().filter(|_| !local).into_iter();
        first.chain(sockets).chain(name.filter(|_| local)).collect()
    }

    /// What to call the device: brand and model, as far as they are told.
    pub fn name(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.txt.brand, &self.txt.model]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}
