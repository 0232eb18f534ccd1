//! What is announced by mDNS.

use std::{net::UdpSocket, time::Duration};

use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent};

use super::{cases::Case, device::Device};

pub const CASES: [Case; 1] = [Case::new(
    "TC_SHIP_MDNS_001",
    "announce a TXT record with `txtvers`, `id` of at most 63 bytes, `path` with `/` of at most 32, \
         `ski` of 40 hex digits, `register`, `cat`; `brand`, `model` and `type` of at most 32",
    mdns_001,
)
.remark("on a UDP port of its own")];

fn mdns_001() {
    let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let device = Device::with("", &["--interface", "lo", "--mdns-port", &port.to_string()]);
    let daemon = ServiceDaemon::new_with_port(port).unwrap();
    daemon.disable_interface(IfKind::All).unwrap();
    daemon.enable_interface("lo").unwrap();
    let found = daemon.browse("_ship._tcp.local.").unwrap();
    let service = loop {
        let event = found.recv_timeout(Duration::from_secs(60)).expect("an announcement");
        if let ServiceEvent::ServiceResolved(service) = event {
            break service;
        }
    };
    assert_eq!(service.get_port(), device.address.port());
    let pairs = service.get_properties();
    let first = pairs.iter().next().unwrap();
    assert_eq!((first.key(), first.val_str()), ("txtvers", "1"));
    let value = |key: &str| {
        let bytes = pairs.get(key).and_then(|pair| pair.val());
        std::str::from_utf8(bytes.unwrap_or_else(|| panic!("no {key}: {pairs:?}"))).unwrap()
    };
    assert_eq!(value("id"), device.ship_id());
    assert!((1..=63).contains(&value("id").len()));
    assert!(value("path").contains('/') && value("path").len() <= 32);
    assert_eq!(value("ski").len(), 40);
    assert_eq!(value("ski").parse(), Ok(device.ski));
    assert!(["true", "false"].contains(&value("register")));
    for category in value("cat").split(',') {
        assert!(category.parse::<u16>().is_ok_and(|number| number > 0), "{category:?}");
    }
    for key in ["brand", "model", "type"] {
        assert!((1..=32).contains(&value(key).len()), "{key}: {pairs:?}");
    }
    daemon.shutdown().unwrap();
}
