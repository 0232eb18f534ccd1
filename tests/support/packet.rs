//! Packets of mDNS written by hand: what they say need not be right.

use std::net::Ipv4Addr;

/// A response that announces an instance of a SHIP service: its PTR, and with a TXT record SRV and
/// TXT as well, and with an address the A of a host of its own.
pub fn announcement(
    instance: &str,
    txt: Option<&[impl AsRef<[u8]>]>,
    port: u16,
    address: Option<Ipv4Addr>,
) -> Vec<u8> {
    let full = name(&[instance, "_ship", "_tcp", "local"]);
    let host = name(&[instance, "local"]);
    let mut records = vec![record(&service(), 12, 1, &full)];
    if let Some(txt) = txt {
        let srv = [&[0, 0, 0, 0], &port.to_be_bytes()[..], &host].concat();
        let text = |text: &[u8]| [&[text.len() as u8], text].concat();
        let strings: Vec<u8> = txt.iter().flat_map(|it| text(it.as_ref())).collect();
        records.push(record(&full, 33, UNIQUE, &srv));
        records.push(record(&full, 16, UNIQUE, &strings));
    }
    records.extend(address.map(|address| record(&host, 1, UNIQUE, &address.octets())));
    let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, records.len() as u8, 0, 0, 0, 0];
    packet.extend(records.concat());
    packet
}

/// The name of all SHIP services, as it stands in a packet.
pub fn service() -> Vec<u8> {
    name(&["_ship", "_tcp", "local"])
}

/// The class of what only one host has (RFC 6762 10.2).
const UNIQUE: u16 = 0x8001;

fn name(labels: &[&str]) -> Vec<u8> {
    let label = |label: &&str| [&[label.len() as u8], label.as_bytes()].concat();
    labels.iter().flat_map(label).chain([0]).collect()
}

fn record(name: &[u8], kind: u16, class: u16, data: &[u8]) -> Vec<u8> {
    let (ttl, length) = (120_u32.to_be_bytes(), (data.len() as u16).to_be_bytes());
    [name, &kind.to_be_bytes(), &class.to_be_bytes(), &ttl, &length, data].concat()
}
