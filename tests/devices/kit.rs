//! A node of ours that dials simulated devices by their address, and what it has to say of them.

use std::{future::Future, net::Ipv4Addr, time::Duration};

use shipctl::{
    checks::judge,
    devices::{Device, DeviceEvent, Network, Persona},
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, Config, EventKind, Registration},
    identity::{cert::Identity, trust::TrustStore},
    proto::{Ski, target::Target},
};
use time::OffsetDateTime;
use tokio::{sync::mpsc, time::timeout};

/// Far longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for something that must happen.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen"),
    }
}

/// Our node, and what it tells.
pub struct Hub {
    pub node: Node,
    pub events: mpsc::Receiver<NodeEvent>,
}

impl Hub {
    pub fn start(adjust: impl FnOnce(&mut Config)) -> Self {
        let identity = Identity::generate(None, OffsetDateTime::now_utc()).unwrap();
        let mut settings = NodeSettings::new(identity);
        let bind = Some(Ipv4Addr::LOCALHOST.into());
        settings.listen = Some(ListenSettings { port: 0, bind, ..ListenSettings::default() });
        settings.events_kept = 16_384;
        settings.dial.tls = Duration::from_secs(3);
        settings.dial.upgrade = Duration::from_secs(3);
        adjust(&mut settings.hub);
        let (node, events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
        Self { node, events }
    }

    /// Pairs with a device at its address.
    pub async fn register(&self, device: &Device) {
        let target = Target::socket((Ipv4Addr::LOCALHOST, device.port).into(), "/ship/");
        let wish = Registration { targets: vec![target], ..Registration::new(device.ski) };
        self.node.command(Command::Register(wish)).await.unwrap();
    }

    /// The next event of the hub about a device.
    pub async fn next(&mut self) -> (Ski, EventKind) {
        loop {
            if let NodeEvent::Hub(event) = self.events.recv().await.unwrap()
                && let Some(ski) = event.ski
            {
                return (ski, event.kind);
            }
        }
    }

    /// The next event that fits.
    pub async fn until<T>(&mut self, what: &str, fits: impl Fn(Ski, &EventKind) -> Option<T>) -> T {
        soon(what, async {
            loop {
                let (ski, kind) = self.next().await;
                if let Some(found) = fits(ski, &kind) {
                    return found;
                }
            }
        })
        .await
    }
}

/// The codes of the findings in an event.
pub fn codes(kind: &EventKind) -> Vec<String> {
    match kind {
        EventKind::AttemptFailed { failure, .. } => {
            failure.tried.iter().map(|tried| tried.code.to_owned()).collect()
        }
        EventKind::Ended { end, .. } => {
            judge::end(end).map(|finding| finding.code.to_string()).into_iter().collect()
        }
        EventKind::Remark(remark) => vec![judge::remark(remark).code.to_string()],
        _ => Vec::new(),
    }
}

/// A device on loopback that nobody finds by mDNS.
pub fn device(persona: Persona) -> (Device, mpsc::Receiver<DeviceEvent>) {
    let (sender, events) = mpsc::channel(4096);
    let network =
        Network { mdns: None, bind: Some(Ipv4Addr::LOCALHOST.into()), trace: None, keep: None };
    (Device::start(persona, &network, sender).unwrap(), events)
}
