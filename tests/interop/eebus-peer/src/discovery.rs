//! The crate's mDNS: announces this peer, and dials whom it trusts and sees.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use eebus::mdns::{BrowseEvent, Discovered, Mdns};
use eebus::ship::{DeviceCategory, ShipTxtRecord, Ski};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout};

use crate::options::Options;
use crate::peer::Peer;
use crate::{Fallible, events};

/// How long a trusted peer is left alone after an attempt.
const REDIAL: Duration = Duration::from_secs(3);

/// Announces until the returned responder is dropped.
///
/// The crate cannot be told which interface to use: `--interface` only selects the addresses in the
/// announcement. Keep it in a network namespace.
pub fn start(peer: &Arc<Peer>, options: &Options, port: u16) -> Fallible<Mdns> {
    let mut mdns = Mdns::new()?;
    let record = ShipTxtRecord::new(options.ship_id.parse()?, peer.ski())
        .with_brand("shipctl")
        .with_model("eebus-peer")
        .with_device_type("EnergyManagementSystem")
        .with_categories([DeviceCategory::EnergyManagementSystem]);
    mdns.announce(&options.ship_id, &record, port, &addresses(options.interface.as_deref())?)?;

    let (sender, seen) = unbounded_channel();
    let browse = mdns.browse()?;
    std::thread::spawn(move || {
        while let Some(event) = browse.recv() {
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    tokio::spawn(watch(peer.clone(), seen));
    Ok(mdns)
}

fn addresses(interface: Option<&str>) -> Fallible<Vec<IpAddr>> {
    let all = if_addrs::get_if_addrs()?;
    let wanted = all.into_iter().filter(|found| match interface {
        Some(name) => found.name == name,
        None => !found.is_loopback(),
    });
    Ok(wanted.filter(|found| !found.is_link_local()).map(|found| found.ip()).collect())
}

/// Reports what is seen, and dials the trusted ones that are not connected.
async fn watch(peer: Arc<Peer>, mut seen: UnboundedReceiver<BrowseEvent>) {
    let mut visible: HashMap<String, (Ski, SocketAddr)> = HashMap::new();
    let mut attempts: HashMap<Ski, Instant> = HashMap::new();
    loop {
        // Trust may come at any time, so look again now and then even if nothing is announced.
        match timeout(Duration::from_millis(250), seen.recv()).await {
            Ok(Some(BrowseEvent::Found(found))) => {
                if let Some(address) = report(&peer, &found) {
                    visible.insert(found.instance, (found.ski, address));
                }
            }
            Ok(Some(BrowseEvent::Lost { instance })) => {
                visible.remove(&instance);
            }
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => return,
        }
        for (ski, address) in visible.values() {
            let due = attempts.get(ski).is_none_or(|last| last.elapsed() >= REDIAL);
            if due && peer.trusts(*ski) && !peer.is_connected(*ski) {
                attempts.insert(*ski, Instant::now());
                peer.dial(&address.to_string(), *ski);
            }
        }
    }
}

/// An address to dial, IPv4 if there is one; none for our own announcement.
fn report(peer: &Peer, found: &Discovered) -> Option<SocketAddr> {
    if found.ski == peer.ski() {
        return None;
    }
    let ip = found.addresses.iter().find(|ip| ip.is_ipv4()).or(found.addresses.first())?;
    events::service(found.ski, found.record.id.as_str(), &ip.to_string(), found.port);
    Some(SocketAddr::new(*ip, found.port))
}
