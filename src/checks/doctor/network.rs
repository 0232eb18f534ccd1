//! Interfaces, multicast, and whom mDNS shows.

use std::net::IpAddr;

use super::{
    super::{Code, Finding, Severity},
    Check, count,
    facts::{Facts, Heard, Hub, Identity, Interface, Kept, Kind, Look, Mdns, Passage, Process},
    port::open_commands,
    some_of,
};
use crate::time::text::span;
use crate::{mdns::service::Service, proto::text::excerpt};

const NAME: usize = 60;

pub(super) fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![interfaces(facts)];
    match &facts.mdns {
        Mdns::Off => checks.push(Check::info("multicast", "not looked at: `--no-mdns` was given")),
        Mdns::Unusable(why) => checks.push(Check::found(
            "multicast",
            Finding::new(Code::Mdns01, format!("mDNS cannot run here: {why}."))
                .with_advice("Connect this computer to the network of the device."),
        )),
        Mdns::PortTaken { port, why, holders } => {
            let by = if holders.is_empty() {
                String::new()
            } else {
                format!(" by {}", some_of(holders))
            };
            let seen = format!("UDP port {port} is held{by} and not shared: {why}.");
            checks.push(Check::found("multicast", Finding::new(Code::Mdns13, seen)));
        }
        Mdns::Looked(look) => {
            checks.extend(facts.interfaces.iter().filter_map(|it| multicast(facts, look, it)));
            checks.extend(responders(look));
            checks.push(devices(facts, look));
            checks.extend(doubles(facts, look));
        }
    }
    checks
}

/// Where we are, and where we are to be found.
fn interfaces(facts: &Facts) -> Check {
    const NAME: &str = "interfaces";
    let used: Vec<&Interface> = facts.interfaces.iter().filter(|it| it.used).collect();
    let listed = || {
        let one = |it: &&Interface| format!("{} ({}) {}", it.name, it.kind, some_of(&it.addresses));
        used.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let homes: Vec<&&Interface> = used.iter().filter(|it| it.kind.is_home()).collect();
    if used.is_empty() {
        let seen = "No network interface but loopback is up with an address.";
        return Check::found(NAME, Finding::new(Code::Own07, seen).with_severity(Severity::Error));
    }
    if used.iter().all(|it| it.kind == Kind::Loopback) {
        return Check::info(NAME, format!("{}: this computer only, as asked for", listed()));
    }
    if homes.is_empty() {
        let seen = format!("All interfaces belong to a container or a VPN: {}.", listed());
        return Check::found(NAME, Finding::new(Code::Mdns03, seen));
    }
    if homes.iter().all(|it| it.addresses.iter().all(is_link_local)) {
        let seen = format!("There are link-local addresses only: {}.", listed());
        return Check::found(NAME, Finding::new(Code::Own07, seen));
    }
    match used.iter().find(|it| it.kind.is_home()) {
        Some(first) if used.len() > 1 && !facts.named => {
            let seen = format!("{} networks are used: {}.", used.len(), listed());
            let advice = format!(
                "If a device is not found, choose its network, as with `--interface {}`.",
                first.name
            );
            Check::found(NAME, Finding::new(Code::Mdns04, seen).with_advice(advice))
        }
        _ => Check::ok(NAME, listed()),
    }
}

fn is_link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// Whether multicast goes out and comes in. One kind of address is enough.
fn multicast(facts: &Facts, look: &Look, interface: &Interface) -> Option<Check> {
    const NAME: &str = "multicast";
    let passages: Vec<&Passage> =
        look.passages.iter().filter(|it| it.interface == interface.name).collect();
    if passages.is_empty() {
        return None;
    }
    let local = interface.kind == Kind::Loopback;
    let told = passages.iter().map(|it| passage(it, local)).collect::<Vec<_>>().join("; ");
    let seen = format!("{}: {told}", interface.name);
    let others = passages.iter().any(|it| !it.others.is_empty());
    let own = passages.iter().any(|it| it.own_heard > 0);
    let found = |finding: Finding| Some(Check::found(NAME, finding));
    if passages.iter().all(|it| it.sent.is_err()) {
        let advice = "Let this computer send multicast on that interface, or choose another one \
                      with `--interface`.";
        return found(Finding::new(Code::Mdns01, format!("{seen}.")).with_advice(advice));
    }
    // Our own query does not touch the cable to come back: only this computer can have dropped it.
    if !own && !others {
        let seen = format!("{seen}. This computer drops multicast on UDP port {}.", look.port);
        let advice = open_commands(&facts.firewall, look.port, "udp").map_or(
            "Allow UDP port 5353 in the firewall of this computer.".to_owned(),
            |commands| format!("Open it in the firewall: {commands}."),
        );
        return found(Finding::new(Code::Mdns01, seen).with_advice(advice));
    }
    if others || local {
        return Some(Check::ok(NAME, seen));
    }
    let finding = Finding::new(Code::Mdns01, format!("{seen}."));
    // Nobody has to answer on the bridge of a container, nor on the second network of several; and
    // where devices are connected the network does what it has to.
    let elsewhere = look.passages.iter().any(|it| !it.others.is_empty())
        || matches!(&facts.hub, Hub::Runs(hub) if hub.connections > 0);
    let severity =
        if interface.kind.is_home() && !elsewhere { Severity::Warning } else { Severity::Info };
    found(finding.with_severity(severity))
}

/// `IPv4: 3 sent, all came back, 2 other hosts heard (10.0.0.1, 10.0.0.7)`. On loopback there are
/// no hosts, but other programs.
fn passage(passage: &Passage, local: bool) -> String {
    let family = if passage.ipv6 { "IPv6" } else { "IPv4" };
    let sent = match &passage.sent {
        Ok(sent) => *sent,
        Err(why) => return format!("{family}: cannot send ({why})"),
    };
    let own = if passage.own_heard >= sent {
        "all came back".to_owned()
    } else {
        format!("{} came back", passage.own_heard)
    };
    let heard = match passage.others.len() {
        0 if local && passage.neighbours => "other programs here heard".to_owned(),
        0 if local => "no other program here heard".to_owned(),
        0 => "no other host heard".to_owned(),
        n => format!(
            "{} heard ({})",
            count(n, "other host"),
            some_of(passage.others.iter().map(|it| it.from))
        ),
    };
    format!("{family}: {sent} sent, {own}, {heard}")
}

/// Who else answers mDNS on this computer. They share the port, or we could not have looked.
fn responders(look: &Look) -> Option<Check> {
    let shared = (!look.responders.is_empty()).then(|| some_of(&look.responders))?;
    Some(Check::ok("responders", format!("UDP port {} is shared with {shared}", look.port)))
}

/// The SHIP devices seen. That there is none is not the fault of this side.
fn devices(facts: &Facts, look: &Look) -> Check {
    const NAME: &str = "devices";
    let others: Vec<&Service> =
        look.services.iter().filter(|service| !is_ours(facts, look, service)).collect();
    if !others.is_empty() {
        let names = some_of(others.iter().map(|service| service.name()));
        return Check::ok(NAME, format!("{} seen: {names}", count(others.len(), "SHIP device")));
    }
    let heard: Vec<&Heard> = look.passages.iter().flat_map(|it| &it.others).collect();
    if heard.is_empty() {
        return Check::not_known(NAME, "nobody else was heard who could announce one");
    }
    let mut types: Vec<&str> = heard.iter().flat_map(|it| &it.types).map(String::as_str).collect();
    types.sort_unstable();
    types.dedup();
    let what = if types.is_empty() {
        String::new()
    } else {
        format!(", while others announce {}", some_of(types.iter().map(|it| excerpt(it, 40))))
    };
    let seen = format!("No _ship._tcp service was seen within {}{what}.", span(look.lasted));
    Check::found(NAME, Finding::new(Code::Mdns02, seen).with_severity(Severity::Info))
}

/// Whether somebody else is on this network with what is ours alone.
fn doubles(facts: &Facts, look: &Look) -> Vec<Check> {
    const WHO: &str = "doubles";
    let Some(own) = own(facts) else { return Vec::new() };
    let place = |service: &Service| {
        let at = some_of(&service.addresses);
        let by = holder(look, service).filter(|_| is_here(facts, service));
        let by = by.map(|process| format!(", by {process}")).unwrap_or_default();
        format!("{} at {at}{by}", excerpt(&service.instance, NAME))
    };
    let copies = look.services.iter().filter(|it| is_our_ski(own, it) && !is_ours(facts, look, it));
    let copies = copies.map(|service| {
        let elsewhere =
            if is_here(facts, service) { "by another program here" } else { "elsewhere" };
        let seen = format!("Our own SKI is announced {elsewhere}: {}.", place(service));
        Finding::new(Code::Mdns09, seen).with_severity(Severity::Error).with_advice(
            "End the other one, or give one of the two an identity of its own with \
             `shipctl identity new`: devices cannot tell them apart.",
        )
    });
    let names = look
        .services
        .iter()
        .filter(|it| !is_our_ski(own, it) && it.txt.ship_id.as_ref() == Some(&own.ship_id));
    let names = names.map(|service| {
        let seen = format!(
            "Our SHIP ID {} is announced with another SKI: {}.",
            own.ship_id,
            place(service)
        );
        let advice =
            "Give one of the two another SHIP ID with `shipctl identity new --ship-id ID`.";
        Finding::new(Code::Mdns09, seen).with_advice(advice)
    });
    let found: Vec<Check> = copies.chain(names).map(|it| Check::found(WHO, it)).collect();
    if found.is_empty() {
        vec![Check::ok(WHO, "nobody else announces our SKI or our SHIP ID")]
    } else {
        found
    }
}

fn own(facts: &Facts) -> Option<&Identity> {
    match &facts.state.identity {
        Kept::Whole(identity) => Some(identity),
        Kept::Absent | Kept::Unusable { .. } => None,
    }
}

/// Whether it is what we announce ourselves: our SKI, on this computer, and behind its port the hub
/// or who else has our state.
fn is_ours(facts: &Facts, look: &Look, service: &Service) -> bool {
    let ours = own(facts).is_some_and(|own| is_our_ski(own, service)) && is_here(facts, service);
    let hub = if let Hub::Runs(hub) = &facts.hub { Some(hub) } else { None };
    ours && match holder(look, service) {
        Some(process) => {
            let pid = Some(process.pid);
            pid == hub.map(|hub| hub.pid) || pid == facts.state.owner
        }
        // Where this user may not know who listens, a hub is believed what it says of itself.
        None => hub.is_some_and(|hub| hub.port.is_none_or(|port| port == service.port)),
    }
}

/// The program of this computer that listens on the port of a service.
fn holder<'a>(look: &'a Look, service: &Service) -> Option<&'a Process> {
    look.listening.iter().find(|(port, _)| *port == service.port).map(|(_, process)| process)
}

fn is_our_ski(own: &Identity, service: &Service) -> bool {
    service.txt.ski == Some(own.ski)
}

/// Whether a service is on this computer: all its addresses are ours.
fn is_here(facts: &Facts, service: &Service) -> bool {
    let ours = |ip: IpAddr| {
        ip.is_loopback() || facts.interfaces.iter().any(|it| it.addresses.contains(&ip))
    };
    service.addresses.iter().all(|address| ours(address.ip()))
}
