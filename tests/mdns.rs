//! Announcing and watching over real sockets: on the loopback interface, on ports of their own.
#![cfg(all(feature = "driver", target_os = "linux"))]

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    pin::pin,
    time::Duration,
};

use shipctl::{
    checks::Code,
    mdns::{
        daemon::{Mdns, MdnsError, MdnsEvent, MdnsSettings},
        service::Service,
        txt::{OwnTxt, TxtRemark},
    },
    proto::Ski,
};
use socket2::{Domain, Socket, Type};
use tokio::{
    sync::mpsc::Receiver,
    time::{interval, timeout},
};

#[path = "support/mod.rs"]
mod support;
use support::packet::{announcement, service};

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";
const OTHER: &str = "0123456789abcdef0123456789abcdef01234567";

/// A port nobody uses now, so that each test has an mDNS world of its own.
fn free_port() -> u16 {
    UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port()
}

fn start(port: u16, own: Option<&str>) -> (Mdns, Receiver<MdnsEvent>) {
    Mdns::start(MdnsSettings {
        interfaces: Some(vec!["lo".into()]),
        port,
        own: own.map(|ski| ski.parse().unwrap()),
    })
    .unwrap()
}

/// A socket on every IPv4 address.
fn everywhere(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

fn own(ski: &str) -> OwnTxt {
    OwnTxt {
        ship_id: "i:46925_u:demo".parse().unwrap(),
        ski: ski.parse().unwrap(),
        path: "/ship/".into(),
        register: false,
        brand: "shipctl".into(),
        model: "test".into(),
        device_type: String::new(),
        serial: "1=2".into(),
        categories: vec![2],
    }
}

async fn next(events: &mut Receiver<MdnsEvent>) -> MdnsEvent {
    timeout(Duration::from_secs(20), events.recv()).await.expect("an event").expect("running")
}

/// The next sighting that fits; anything but sightings fails.
async fn seen(events: &mut Receiver<MdnsEvent>, fits: impl Fn(&Service) -> bool) -> Service {
    loop {
        match next(events).await {
            MdnsEvent::Seen(service) if fits(&service) => return *service,
            MdnsEvent::Seen(_) => {}
            other => panic!("a sighting expected: {other:?}"),
        }
    }
}

fn has_ski(ski: &str) -> impl Fn(&Service) -> bool {
    let ski: Ski = ski.parse().unwrap();
    move |service| service.txt.ski == Some(ski)
}

#[tokio::test]
async fn an_announcement_its_change_and_its_goodbye_are_seen() {
    let port = free_port();
    let (_watcher, mut events) = start(port, None);
    let (announcer, _) = start(port, Some(SKI));
    announcer.announce(own(SKI), everywhere(4712)).unwrap();

    let service = seen(&mut events, has_ski(SKI)).await;
    assert_eq!(service.instance, "shipctl-5555aaaaffff1111");
    assert_eq!(service.host, "shipctl-5555aaaa.local.");
    assert_eq!(service.addresses, ["127.0.0.1:4712".parse::<SocketAddr>().unwrap()]);
    assert_eq!(service.interfaces, ["lo"]);
    assert_eq!(service.txt.remarks, []);
    assert_eq!(service.txt.serial.as_deref(), Some("1=2"));
    assert!(service.is_strictly_dialable());

    announcer.set_register(true).unwrap();
    let service = seen(&mut events, |service| service.txt.register == Some(true)).await;
    assert_eq!(service.txt.remarks, [TxtRemark::RegisterTrue]);

    announcer.shutdown().await;
    assert_eq!(next(&mut events).await, MdnsEvent::Gone { instance: service.instance });
}

#[tokio::test]
async fn announce_socket_no_address_reaches_stays_silent() {
    let port = free_port();
    let (_watcher, mut events) = start(port, None);
    let (announcer, _) = start(port, Some(SKI));
    let (reached, _) = start(port, Some(OTHER));
    for nowhere in ["[::1]:4712", "192.0.2.7:4712"] {
        let announced = announcer.announce(own(SKI), nowhere.parse().unwrap()).unwrap();
        // There may be an IPv6 address on the loopback interface, but mDNS does not run over it.
        assert!(!announced || nowhere.starts_with('['), "{nowhere}");
        // A service announced later, on the address that does listen, is all that is seen.
        assert!(reached.announce(own(OTHER), "127.0.0.1:4713".parse().unwrap()).unwrap());
    }
    let service = seen(&mut events, |_| true).await;
    assert_eq!(service.txt.ski, Some(OTHER.parse().unwrap()));
    assert_eq!(service.addresses, ["127.0.0.1:4713".parse::<SocketAddr>().unwrap()]);

    // As soon as the socket can be reached, it is announced.
    assert!(announcer.announce(own(SKI), everywhere(4714)).unwrap());
    seen(&mut events, has_ski(SKI)).await;
}

#[tokio::test]
async fn a_change_while_our_names_are_still_probed_is_no_conflict_with_ourselves() {
    let port = free_port();
    let (_watcher, mut events) = start(port, None);
    let (announcer, mut own_events) = start(port, Some(SKI));
    announcer.announce(own(SKI), everywhere(4712)).unwrap();
    for register in [true, false, true] {
        announcer.set_register(register).unwrap();
        tokio::task::yield_now().await;
    }
    let service = seen(&mut events, |service| service.txt.register == Some(true)).await;
    assert_eq!(service.instance, "shipctl-5555aaaaffff1111");
    announcer.shutdown().await;
    assert_eq!(own_events.recv().await, None, "neither a new name nor our own record");
}

#[tokio::test]
async fn goodbye_is_said_twice_and_an_announcement_right_after_it_waits_for_the_second() {
    let port = free_port();
    let wire = Wire::listen(port);
    let (announcer, _events) = start(port, None);
    announcer.announce(own(SKI), everywhere(4712)).unwrap();
    wire.until(Said::Announced).await;
    wire.until_silent().await;

    announcer.withdraw().unwrap();
    wire.until(Said::Goodbye).await;
    announcer.announce(own(SKI), everywhere(4712)).unwrap();
    assert_eq!(wire.until(Said::Announced).await, [Said::Goodbye, Said::Announced]);

    announcer.shutdown().await;
    let rest = wire.heard();
    let goodbyes = rest.iter().rev().take_while(|said| **said == Said::Goodbye).count();
    assert_eq!(goodbyes, 2, "{rest:?}");
}

#[tokio::test]
async fn our_own_record_is_not_reported_to_us() {
    let port = free_port();
    let (us, mut events) = start(port, Some(SKI));
    let (peer, _) = start(port, Some(OTHER));
    us.announce(own(SKI), everywhere(4712)).unwrap();
    peer.announce(own(OTHER), everywhere(4713)).unwrap();
    let service = seen(&mut events, |_| true).await;
    assert_eq!(service.txt.ski, Some(OTHER.parse().unwrap()));
    peer.shutdown().await;
    assert!(matches!(next(&mut events).await, MdnsEvent::Gone { .. }));
}

#[tokio::test]
async fn a_broken_record_is_listed_with_what_is_wrong_and_an_unresolved_one_by_its_name() {
    let port = free_port();
    let (_watcher, mut events) = start(port, None);
    let foreign = Foreign::new(port);
    let garbage: &[&[u8]] = &[b"txtvers=2", b"ski=12", b"brand=\x1b[31m\xff", b"register"];
    let broken = foreign.announce_until_seen("broken", Some(garbage), &mut events).await;
    assert_eq!(broken.txt.brand.as_deref(), Some("�[31m�"));
    assert!(broken.txt.remarks.contains(&TxtRemark::BadSki("12".into())));
    assert!(broken.txt.remarks.contains(&TxtRemark::Missing("id")));
    assert_eq!(broken.dialable().count(), 1);
    assert!(!broken.is_strictly_dialable());

    let alone = foreign.announce_until_seen("alone", None, &mut events).await;
    assert_eq!((alone.host.as_str(), alone.addresses.len()), ("", 0));
}

#[tokio::test]
async fn a_record_in_doubt_whose_host_is_dead_is_gone_long_before_its_time_to_live() {
    let port = free_port();
    let (watcher, mut events) = start(port, None);
    let txt: &[&[u8]] = &[b"txtvers=1"];
    Foreign::new(port).announce_until_seen("dead", Some(txt), &mut events).await;
    watcher.verify("dead").unwrap();
    assert_eq!(next(&mut events).await, MdnsEvent::Gone { instance: "dead".into() });
}

#[tokio::test]
async fn what_makes_mdns_impossible_is_said_at_the_start() {
    let settings = |interface: &str, port| MdnsSettings {
        interfaces: Some(vec![interface.to_owned()]),
        port,
        own: None,
    };
    let error = Mdns::start(settings("nosuch0", free_port())).unwrap_err();
    assert!(matches!(&error, MdnsError::UnknownInterface { given, .. } if given == "nosuch0"));
    assert!(error.to_string().contains("lo"), "names those present: {error}");

    let exclusive = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = exclusive.local_addr().unwrap().port();
    let error = Mdns::start(settings("lo", port)).unwrap_err();
    assert!(matches!(error, MdnsError::PortTaken { port: taken, .. } if taken == port), "{error}");
    assert_eq!(error.code(), Some(Code::Mdns13));

    let (mdns, _) = start(free_port(), None);
    let error =
        mdns.announce(OwnTxt { categories: vec![], ..own(SKI) }, everywhere(4712)).unwrap_err();
    assert!(matches!(error, MdnsError::OwnRecord(TxtRemark::Missing("cat"))), "{error}");
}

/// Another stack: writes its packets by hand, answers nothing, says no goodbye.
struct Foreign {
    socket: UdpSocket,
    port: u16,
}

impl Foreign {
    fn new(port: u16) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        Self { socket: socket.into(), port }
    }

    /// Announces an instance again and again, for nobody tells when the watcher listens.
    async fn announce_until_seen(
        &self,
        instance: &str,
        txt: Option<&[&[u8]]>,
        events: &mut Receiver<MdnsEvent>,
    ) -> Service {
        let mut again = interval(Duration::from_millis(100));
        let mut sighting = pin!(seen(events, |service| service.instance == instance));
        loop {
            tokio::select! {
                service = &mut sighting => break service,
                _ = again.tick() => self.send(instance, txt),
            }
        }
    }

    /// Announces an instance: its PTR alone, or with SRV, TXT and A.
    fn send(&self, instance: &str, txt: Option<&[&[u8]]>) {
        let address = txt.map(|_| Ipv4Addr::LOCALHOST);
        let packet = announcement(instance, txt, 4712, address);
        self.socket.send_to(&packet, (Ipv4Addr::new(224, 0, 0, 251), self.port)).unwrap();
    }
}

/// Listens to what is said of SHIP services on the wire.
struct Wire(tokio::net::UdpSocket);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Announced,
    Goodbye,
}

impl Wire {
    fn listen(port: u16) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into()).unwrap();
        let group = Ipv4Addr::new(224, 0, 0, 251);
        socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
        Self(tokio::net::UdpSocket::from_std(socket.into()).unwrap())
    }

    /// Everything said up to and including `last`.
    async fn until(&self, last: Said) -> Vec<Said> {
        let mut all = Vec::new();
        while all.last() != Some(&last) {
            let mut packet = [0; 9000];
            let received = timeout(Duration::from_secs(20), self.0.recv(&mut packet)).await;
            all.extend(Self::read(&packet[..received.unwrap().unwrap()]));
        }
        all
    }

    /// Until nothing was said for so long that no record is held back any more for having been
    /// sent within the last second (RFC 6762 6).
    async fn until_silent(&self) {
        let said = || timeout(Duration::from_millis(1100), self.until(Said::Announced));
        while said().await.is_ok() {}
    }

    /// Everything said up to now.
    fn heard(&self) -> Vec<Said> {
        let mut packet = [0; 9000];
        std::iter::from_fn(|| self.0.try_recv(&mut packet).ok().map(|n| Self::read(&packet[..n])))
            .flatten()
            .collect()
    }

    /// A response whose first answer is the PTR of a SHIP service, by its time to live.
    fn read(packet: &[u8]) -> Option<Said> {
        let service = service();
        let (header, answers) = packet.split_at_checked(12)?;
        let rest = answers.strip_prefix(&service[..]).filter(|_| header[2] & 0x80 != 0)?;
        let silent = rest.get(4..8)? == [0; 4];
        Some(if silent { Said::Goodbye } else { Said::Announced })
    }
}
