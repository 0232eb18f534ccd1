//! A discovered service: one mDNS record with all its addresses.

use std::net::{IpAddr, SocketAddr};

use super::txt::Txt;
use crate::proto::{
    target::{Target, USUAL_PATH},
    text::beginning,
};

/// One announced `_ship._tcp` service as seen now. A newer sighting replaces an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The instance name, without the service type: the key of the record. Safe to show.
    pub instance: String,
    /// The host name of its SRV record, with the trailing dot (`wallbox.local.`). Safe to show.
    /// Empty while no SRV record was seen.
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
    /// link-local IPv6, and loopback last. Within IPv4 the self-assigned ones (169.254) come last.
    pub fn sort_addresses(addresses: &mut [SocketAddr]) {
        addresses.sort_by_key(|address| {
            let class = match address.ip() {
                ip if ip.is_loopback() => 4,
                IpAddr::V4(ip) => u8::from(ip.is_link_local()),
                IpAddr::V6(ip) => 2 + u8::from(ip.is_unicast_link_local()),
            };
            (class, *address)
        });
    }

    /// Where to dial, in order: a host name that unicast DNS may know, the addresses, and last the
    /// `.local` name, which is no news where there are addresses and slow where it is unknown. What
    /// is on this machine alone is not asked for by name: the question would leave the machine.
    pub fn targets(&self) -> Vec<Target> {
        let path = self.txt.path.as_deref().unwrap_or(USUAL_PATH);
        let host = self.host.trim_end_matches('.');
        let name = (!host.is_empty()).then(|| Target::name(host, self.port, path));
        let local = host.ends_with(".local");
        let sockets = self.dialable().map(|address| Target::socket(address, path));
        let first = name.clone().filter(|_| !local).into_iter();
        let last = name.filter(|_| local && !self.is_here()).into_iter();
        first.chain(sockets).chain(last).collect()
    }

    /// Whether it is on this machine, and nowhere else.
    fn is_here(&self) -> bool {
        let mut dialable = self.dialable().peekable();
        dialable.peek().is_some() && dialable.all(|address| address.ip().is_loopback())
    }

    /// The addresses worth dialling, in order: not those without a port, nor `0.0.0.0` and the
    /// like, which would reach ourselves or nobody.
    pub fn dialable(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.addresses.iter().copied().filter(|address| {
            let ip = address.ip();
            address.port() != 0
                && !ip.is_unspecified()
                && !ip.is_multicast()
                && ip != IpAddr::V4(std::net::Ipv4Addr::BROADCAST)
        })
    }

    /// Whether a peer that follows the specification to the letter would dial this record.
    pub fn is_strictly_dialable(&self) -> bool {
        self.txt.is_strictly_valid() && self.dialable().next().is_some()
    }

    /// What to call it: brand and model where it tells them, else the instance name.
    pub fn name(&self) -> String {
        const LONGEST: usize = 80;
        let name = match (&self.txt.brand, &self.txt.model) {
            (Some(brand), Some(model)) => &format!("{brand} {model}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => &self.instance,
        };
        beginning(name, LONGEST).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(addresses: &[&str]) -> Service {
        Service {
            instance: "wallbox".into(),
            host: "wallbox.local.".into(),
            port: 4712,
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            interfaces: vec!["eth0".into()],
            txt: Txt::default(),
        }
    }

    #[test]
    fn ipv4_is_dialled_first_then_global_then_link_local_ipv6_and_loopback_last() {
        let order = [
            "10.0.0.9:4712",
            "192.168.1.2:4712",
            "169.254.7.7:4712",
            "[2001:db8::1]:4712",
            "[fd00::1]:4712",
            "[fe80::1%2]:4712",
            "127.0.0.1:4712",
        ];
        let mut addresses = service(&order).addresses;
        addresses.reverse();
        Service::sort_addresses(&mut addresses);
        assert_eq!(addresses, service(&order).addresses);
    }

    #[test]
    fn addresses_that_reach_nobody_or_ourselves_are_listed_but_not_dialled() {
        let odd = ["0.0.0.0:4712", "[::]:4712", "224.0.0.251:4712", "255.255.255.255:4712"];
        assert_eq!(service(&odd).dialable().count(), 0);
        assert_eq!(service(&["10.0.0.1:0"]).dialable().count(), 0);
        assert_eq!(service(&["10.0.0.1:4712", "0.0.0.0:4712"]).dialable().count(), 1);
    }

    #[test]
    fn a_local_name_is_tried_last_and_of_what_is_on_this_machine_alone_never() {
        let targets = |addresses: &[&str]| -> Vec<String> {
            service(addresses).targets().iter().map(ToString::to_string).collect()
        };
        let name = "wallbox.local:4712/ship/";
        assert_eq!(targets(&[]), [name]);
        assert_eq!(targets(&["10.0.0.1:4712"]), ["10.0.0.1:4712/ship/", name]);
        assert_eq!(targets(&["127.0.0.1:4712", "[::1]:4712"]).len(), 2);
        assert_eq!(targets(&["10.0.0.1:4712", "127.0.0.1:4712"]).len(), 3);
    }

    #[test]
    fn a_record_without_mandatory_keys_is_not_dialled_by_a_strict_peer() {
        let mut service = service(&["10.0.0.1:4712"]);
        assert!(service.is_strictly_dialable());
        service.txt = Txt::read([]);
        assert!(!service.is_strictly_dialable());
    }

    #[test]
    fn a_service_is_called_by_brand_and_model_or_else_by_its_instance() {
        let mut service = service(&[]);
        assert_eq!(service.name(), "wallbox");
        service.txt.brand = Some("Demo".into());
        assert_eq!(service.name(), "Demo");
        service.txt.model = Some("EVSE".into());
        assert_eq!(service.name(), "Demo EVSE");
    }
}
