//! An mDNS world of its own for each test: on the loopback interface, on a port nobody uses.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use shipctl::mdns::{
    daemon::{Mdns, MdnsEvent, MdnsSettings},
    txt::OwnTxt,
};
use socket2::{Domain, Socket, Type};
use tokio::{runtime::Handle, sync::mpsc::Receiver, time::timeout};

use super::{
    packet::announcement,
    program::{DEADLINE, Running, Shipctl},
};

/// An mDNS world.
pub struct World {
    port: String,
    runtime: Handle,
}

/// A node in it: what it announces, and what it sees.
pub struct Node {
    mdns: Mdns,
    events: Receiver<MdnsEvent>,
    runtime: Handle,
}

impl World {
    pub fn new() -> Self {
        let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Self { port: port.to_string(), runtime: handle }
    }

    /// The flags by which the program takes part.
    pub fn flags(&self) -> [&str; 6] {
        ["--interface", "lo", "--mdns-port", &self.port, "--port", "0"]
    }

    pub fn start(&self, shipctl: &Shipctl, args: &[&str]) -> Running {
        Running::start(shipctl.command(&[&self.flags(), args].concat()))
    }

    pub fn node(&self) -> Node {
        let _entered = self.runtime.enter();
        let settings = MdnsSettings {
            interfaces: Some(vec!["lo".to_owned()]),
            port: self.port.parse().unwrap(),
            own: None,
        };
        let (mdns, events) = Mdns::start(settings).unwrap();
        Node { mdns, events, runtime: self.runtime.clone() }
    }

    /// Announces an instance with this TXT record again and again, by hand and against the rules,
    /// for as long as what it returns lives.
    pub fn announce_by_hand(&self, instance: &str, txt: &[&[u8]]) -> Repeated {
        self.announce_at(instance, txt, 4712, Some(Ipv4Addr::LOCALHOST))
    }

    /// The same, of a service on this port and at this address, if at any.
    pub fn announce_at(
        &self,
        instance: &str,
        txt: &[&[u8]],
        port: u16,
        address: Option<Ipv4Addr>,
    ) -> Repeated {
        let packet = announcement(instance, Some(txt), port, address);
        let port: u16 = self.port.parse().unwrap();
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let socket: UdpSocket = socket.into();
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                socket.send_to(&packet, (Ipv4Addr::new(224, 0, 0, 251), port)).unwrap();
                thread::sleep(Duration::from_millis(100));
            }
        });
        Repeated(over)
    }
}

/// An announcement that is repeated until this is dropped.
pub struct Repeated(Arc<AtomicBool>);

impl Drop for Repeated {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Node {
    pub fn announce(&self, txt: OwnTxt) {
        self.mdns.announce(txt, (Ipv4Addr::UNSPECIFIED, 4712).into()).unwrap();
    }

    pub fn set_register(&self, register: bool) {
        self.mdns.set_register(register).unwrap();
    }

    /// Waits for what fits; what else is seen is let go.
    #[track_caller]
    pub fn sees(&mut self, what: &str, fits: impl Fn(&MdnsEvent) -> bool) -> MdnsEvent {
        let events = &mut self.events;
        let found = self.runtime.block_on(within(async {
            loop {
                match events.recv().await {
                    Some(event) if fits(&event) => return Some(event),
                    Some(_) => {}
                    None => return None,
                }
            }
        }));
        found.flatten().unwrap_or_else(|| panic!("{what} was not seen"))
    }

    /// Says goodbye.
    pub fn leave(self) {
        let Self { mdns, runtime, .. } = self;
        runtime.block_on(within(mdns.shutdown())).unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> Option<T> {
    timeout(DEADLINE, future).await.ok()
}

/// What is announced, in order.
pub fn own(ski: &str) -> OwnTxt {
    OwnTxt {
        ship_id: "i:46925_u:demo".parse().unwrap(),
        ski: ski.parse().unwrap(),
        path: "/ship/".into(),
        register: false,
        brand: "Demo".into(),
        model: "EVSE".into(),
        device_type: "Wallbox".into(),
        serial: "1".into(),
        categories: vec![3],
    }
}
