//! Floods of announcements, and announcements that lie: on the loopback interface, on ports of their
//! own.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use shipctl::proto::Ski;
use socket2::{Domain, Socket, Type};
use tokio::time::{Duration, sleep};

use crate::{
    arena::{Arena, identity},
    support::packet::announcement,
};

/// The library keeps more than we do: all it hears.
const MOST: u64 = 64;

#[test]
fn five_thousand_services_with_bad_records() {
    let (wire, network) = Wire::new();
    let arena = Arena::trusting(&[], &network.each_ref().map(String::as_str));
    arena.judge("5 000 services in mDNS, odd TXT records", "MDNS-14", MOST, async |arena| {
        let is_told = || arena.has_said(|event| event["code"] == "MDNS-14");
        // All of them at least once, and again what a busy socket dropped.
        for n in (0..5_000).chain((0..5_000).cycle().take_while(|_| !is_told())) {
            let ski = format!("{n:040x}");
            let bad = [
                vec![],
                vec![b"".to_vec()],
                vec![vec![0xff; 255]; 8],
                vec![b"=".to_vec(), b"=x".to_vec(), b"ski".to_vec(), b"ski=".to_vec()],
                vec![format!("ski={ski}").into_bytes(); 30],
                vec![format!("ski={}", "f".repeat(200)).into_bytes()],
                vec![format!("ski={ski}").into(), b"path=//\x1b[2J\r\nX: y".to_vec()],
                vec![b"txtvers=9".to_vec(), b"register=perhaps".to_vec(), vec![b'i'; 200]],
            ];
            wire.announce(&format!("s{n}"), 9, &bad[n % bad.len()]);
            if n % 50 == 0 {
                // As fast as the hub can take it, about.
                sleep(Duration::from_millis(20)).await;
            }
        }
    });
}

#[test]
fn one_ski_at_many_hosts() {
    let known = identity();
    let (wire, network) = Wire::new();
    let network = network.each_ref().map(String::as_str);
    let arena = Arena::trusting(&[(&known, None)], &network);
    let targets = |event: &serde_json::Value| event["targets"].as_array().map_or(0, Vec::len);
    let is_told = |arena: &Arena| arena.has_said(|event| targets(event) == 16);
    arena.judge("one SKI at 900 hosts in mDNS", "MDNS-09", MOST, async |arena| {
        for (count, n) in (0..900u16).cycle().enumerate() {
            let address = [127, 1, (n / 256) as u8, (n % 256) as u8];
            wire.announce_at(address, &format!("s{n}"), 1, &txt(known.ski()));
            // Not asked each time: the good peer runs on this thread as well.
            if n % 50 == 0 {
                sleep(Duration::from_millis(20)).await;
                if count >= 900 && is_told(arena) {
                    break;
                }
            }
        }
    });
    assert!(!arena.has_said(|event| targets(event) > 16), "an attempt has an end");
}

#[test]
fn a_record_that_points_at_us() {
    let known = identity();
    let (wire, network) = Wire::new();
    let network = network.each_ref().map(String::as_str);
    let arena = Arena::trusting(&[(&known, None)], &network);
    arena.judge("a record of a known SKI that points at the hub", "CERT-04", MOST, async |arena| {
        wire.announce("self", arena.address.port(), &txt(known.ski()));
    });
}

fn txt(ski: Ski) -> Vec<Vec<u8>> {
    ["txtvers=1", "id=liar", "path=/ship/", "register=false", &format!("ski={ski}")]
        .map(|pair| pair.as_bytes().to_vec())
        .to_vec()
}

/// Who announces, on an mDNS port nobody uses.
struct Wire {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Wire {
    /// Also the flags of a hub that hears it.
    fn new() -> (Self, [String; 4]) {
        let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
        let to = (Ipv4Addr::new(224, 0, 0, 251), port).into();
        let flags = ["--interface", "lo", "--mdns-port", &port.to_string()].map(str::to_owned);
        (Self { socket: socket.into(), to }, flags)
    }

    /// Announces a service at 127.0.0.1, on a host of its own.
    fn announce(&self, instance: &str, port: u16, txt: &[Vec<u8>]) {
        self.announce_at([127, 0, 0, 1], instance, port, txt);
    }

    /// The same, at this address.
    fn announce_at(&self, address: [u8; 4], instance: &str, port: u16, txt: &[Vec<u8>]) {
        let packet = announcement(instance, Some(txt), port, Some(address.into()));
        self.socket.send_to(&packet, self.to).unwrap();
    }
}
