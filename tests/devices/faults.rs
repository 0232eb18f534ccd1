//! The table of faults: whoever dials the device finds what the table says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use shipctl::{
    devices::{Fault, Persona},
    hub::backoff::Backoff,
};

use super::kit::{Hub, device, soon};

#[tokio::test]
async fn every_fault_gives_its_finding() {
    let mut hub = Hub::start(|config| {
        let second = Duration::from_secs(1);
        config.max_connections = Fault::ALL.len() + 1;
        config.backoff = Backoff([Duration::ZERO..Duration::ZERO, second..second, second..second]);
        config.timing.cmi = 3 * second;
        config.timing.hello_init = 3 * second;
        config.timing.protocol = 3 * second;
        config.timing.access_methods = 3 * second;
        config.ping_every = 2 * second;
        config.pong_within = 2 * second;
    });
    let devices: Vec<_> =
        Fault::ALL.iter().map(|&fault| (fault, device(Persona::with_fault(fault)).0)).collect();
    let mut waiting = BTreeMap::new();
    for (fault, device) in &devices {
        hub.register(device).await;
        waiting.insert(device.ski, *fault);
    }
    let mut found: BTreeMap<Fault, BTreeSet<String>> = BTreeMap::new();
    let all = async {
        while !waiting.is_empty() {
            let (ski, codes) = hub.next_codes().await;
            let Some(fault) = waiting.get(&ski).copied() else { continue };
            if codes.iter().any(|code| code == fault.code().as_str()) {
                waiting.remove(&ski);
            }
            found.entry(fault).or_default().extend(codes);
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), all).await.is_err() {
        let missing: Vec<_> = waiting
            .values()
            .map(|fault| {
                format!("{fault}: {} expected, found {:?}", fault.code(), found.get(fault))
            })
            .collect();
        panic!("{missing:#?}");
    }
    for (_, device) in devices {
        soon("the end of a device", device.stop()).await;
    }
}

#[test]
fn the_documentation_has_the_table_of_faults() {
    let text = include_str!("../../docs/devices.md");
    let section = text.split("## Faults").nth(1).unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |it: &Fault| format!("| `{it}` | {} | {} |", it.code(), it.does());
    assert_eq!(rows, Fault::ALL.iter().map(row).collect::<Vec<_>>());
}
