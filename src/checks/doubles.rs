//! Services that contradict each other: one SHIP ID or name with two SKIs, one SKI at two hosts
//! (MDNS-09).

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Finding, Severity};
use crate::{
    mdns::service::Service,
    proto::{ShipId, Ski},
};

/// A contradiction, and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Double {
    /// The SKIs in it.
    pub skis: BTreeSet<Ski>,
    /// What it is.
    pub finding: Finding,
}

/// How many of one SKI or one SHIP ID are counted: beyond, it is a flood, and more of it is no news.
pub const MANY: usize = 16;

/// The contradictions among services. One machine may have many interfaces, addresses and names of
/// one service; that is none.
pub fn among<'a>(services: impl IntoIterator<Item = &'a Service>) -> Vec<Double> {
    let mut by_ski: BTreeMap<Ski, Vec<&Service>> = BTreeMap::new();
    let mut by_id: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in services {
        let Some(ski) = service.txt.ski else { continue };
        add_another(by_ski.entry(ski).or_default(), service, is_same_machine);
        if let Some(id) = &service.txt.ship_id {
            add_another(by_id.entry(id.as_str()).or_default(), service, is_same_node);
        }
    }
    let skis = by_ski.into_iter().filter(|(_, at)| at.len() > 1).map(|(ski, at)| {
        let hosts = list(at.iter().map(|it| format!("{} ({:?})", it.host, it.instance)));
        double([ski], format!("The SKI {ski} is announced at {} hosts: {hosts}.", number(&at)))
    });
    let ids = by_id.into_iter().filter(|(_, by)| by.len() > 1).map(|(id, by)| {
        let who = list(by.iter().map(|it| format!("{:?}", it.instance)));
        let skis = by.iter().filter_map(|it| it.txt.ski);
        let count = number(&by);
        double(skis, format!("The SHIP ID {id:?} is announced with {count} SKIs, by {who}."))
    });
    skis.chain(ids).collect()
}

/// What it means that a name is announced with another SKI than a moment ago.
pub fn renewed(before: &Service, after: &Service) -> Option<Double> {
    let (old, new) = (before.txt.ski?, after.txt.ski?);
    let seen = format!(
        "{:?} is announced with the SKI {}, before with {}.",
        after.instance,
        new.grouped(),
        old.grouped()
    );
    let advice = "Compare the SKI with the label: the unit was replaced, it has a new identity and \
                  has to be paired again, or another device uses its name.";
    (old != new).then(|| {
        let Double { skis, finding } = double([old, new], seen);
        Double { skis, finding: finding.with_advice(advice) }
    })
}

/// A SHIP ID stored for one SKI is now that of another one, which may be trusted here as well.
pub fn other_ski(id: &ShipId, stored: Ski, now: Ski, is_trusted: bool) -> Finding {
    let seen = format!(
        "The SHIP ID {id} stored for SKI {} is now announced by SKI {}.",
        stored.grouped(),
        now.grouped()
    );
    let finding = Finding::new(Code::Mdns16, seen);
    if is_trusted {
        return finding.with_severity(Severity::Info).with_advice(format!(
            "The new SKI is trusted already: remove the old one with `shipctl trust remove {stored}`."
        ));
    }
    finding.with_advice(format!(
        "Compare the new SKI with the label or the menu of the device. If it is right, pair with \
         `shipctl pair {now}`, then remove the old one with `shipctl trust remove {stored}`."
    ))
}

fn double(skis: impl IntoIterator<Item = Ski>, seen: String) -> Double {
    Double { skis: skis.into_iter().collect(), finding: Finding::new(Code::Mdns09, seen) }
}

/// Adds a service unless it is one of those known already.
fn add_another<'a>(
    known: &mut Vec<&'a Service>,
    service: &'a Service,
    is_same: fn(&Service, &Service) -> bool,
) {
    if known.len() <= MANY && !known.iter().any(|other| is_same(other, service)) {
        known.push(service);
    }
}

/// Whether two services are of one machine, as far as their records tell.
fn is_same_machine(a: &Service, b: &Service) -> bool {
    let unknown = a.host.is_empty() || b.host.is_empty();
    let shares = || a.addresses.iter().any(|x| b.addresses.iter().any(|y| x.ip() == y.ip()));
    unknown || a.host.eq_ignore_ascii_case(&b.host) || shares()
}

/// Whether two services are of one node: it may have renewed its key since the older record.
fn is_same_node(a: &Service, b: &Service) -> bool {
    a.txt.ski == b.txt.ski || (is_same_machine(a, b) && a.port == b.port)
}

/// How many there are, as far as they were looked at.
fn number(known: &[&Service]) -> String {
    if known.len() > MANY { format!("more than {MANY}") } else { known.len().to_string() }
}

/// The first few, and how many there are beside them.
fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    const MOST: usize = 4;
    let count = items.len();
    let list = items.take(MOST).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(MOST) {
        0 => list,
        _ if count > MANY => list + " and others",
        more => list + &format!(" and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mdns::txt::Txt;

    fn service(instance: &str, ski: u8, id: &str, host: &str, address: &str) -> Service {
        Service {
            instance: instance.into(),
            host: host.into(),
            port: 4712,
            addresses: vec![address.parse().unwrap()],
            interfaces: vec!["eth0".into()],
            txt: Txt {
                ski: Some(Ski::from_bytes([ski; 20])),
                ship_id: id.parse().ok(),
                ..Txt::default()
            },
        }
    }

    #[test]
    fn one_machine_may_have_many_addresses_interfaces_and_names() {
        let one = service("box", 1, "i:1_u:a", "box.local.", "10.0.0.1:4712");
        let again = service("box (2)", 1, "i:1_u:a", "BOX.local.", "192.168.0.9:4712");
        let renamed = service("box-3", 1, "i:1_u:a", "box-3.local.", "10.0.0.1:4712");
        let unresolved = service("bare", 1, "i:1_u:a", "", "10.9.9.9:4712");
        assert_eq!(among([&one, &again, &renamed, &unresolved]), []);
        let renewed_key = service("box", 2, "i:1_u:a", "box.local.", "10.0.0.1:4712");
        assert_eq!(among([&one, &renewed_key]), [], "its old record is not over yet");
    }

    #[test]
    fn one_ski_at_two_hosts_and_one_id_with_two_skis_are_told_once() {
        let one = service("a", 1, "i:1_u:a", "a.local.", "10.0.0.1:4712");
        let clone = service("b", 1, "i:1_u:b", "b.local.", "10.0.0.2:4712");
        let placeholder = service("c", 3, "i:1_u:a", "c.local.", "10.0.0.3:4712");
        let found = among([&one, &clone, &placeholder]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|double| double.finding.code == Code::Mdns09));
        assert_eq!((found[0].skis.len(), found[1].skis.len()), (1, 2));
        assert!(found[0].finding.seen.contains("b.local."), "{found:?}");
        let second = Service { port: 4713, ..service("d", 4, "i:1_u:a", "a.local.", "10.0.0.1:1") };
        assert_eq!(among([&one, &second]).len(), 1, "two programs on one machine");
    }

    #[test]
    fn of_a_flood_no_more_is_looked_at_than_tells_that_it_is_one() {
        let flood: Vec<Service> = (0..100)
            .map(|n| {
                let host = format!("h{n}.local.");
                service(&host, n % 50, "i:1_u:a", &host, &format!("10.0.1.{n}:4712"))
            })
            .collect();
        let found = among(flood.iter().filter(|it| it.txt.ski == flood[0].txt.ski));
        assert!(found[0].finding.seen.contains("at 2 hosts"), "{found:?}");
        let ids = among(&flood).pop().unwrap();
        assert_eq!(ids.skis.len(), MANY + 1);
        assert!(ids.finding.seen.contains("more than 16 SKIs"), "{}", ids.finding);
        assert!(ids.finding.seen.contains("and others"), "{}", ids.finding);
    }

    #[test]
    fn a_name_that_changes_its_ski_concerns_both() {
        let one = service("a", 1, "i:1_u:a", "a.local.", "10.0.0.1:4712");
        let other = service("a", 2, "i:1_u:b", "a.local.", "10.0.0.1:4712");
        assert_eq!(renewed(&one, &other).unwrap().skis.len(), 2);
        assert_eq!(renewed(&one, &one), None);
    }
}
