//! Our side: a node on loopback whose events are waited for.

use std::net::Ipv4Addr;

use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, Config, EventKind, Registration},
    identity::{cert::Identity, trust::TrustStore},
    proto::{Ski, target::Target},
};
use time::OffsetDateTime;
use tokio::{sync::mpsc::Receiver, time::timeout};

use super::peer::DEADLINE;

/// A node of ours, and what it tells.
pub struct Ours {
    pub node: Node,
    events: Receiver<NodeEvent>,
}

pub fn identity() -> Identity {
    let ship_id = "i:46925_u:shipctl-test".parse().unwrap();
    Identity::generate(Some(&ship_id), OffsetDateTime::now_utc()).unwrap()
}

impl Ours {
    /// A node that listens on a free port of 127.0.0.1.
    pub fn start(identity: &Identity) -> Self {
        Self::start_with(identity, |_| {})
    }

    /// The same, with somebody to ask about peers that are not trusted.
    pub fn start_asking(identity: &Identity) -> Self {
        Self::start_with(identity, |hub| hub.can_ask_for_trust = true)
    }

    /// The same, with other settings of the hub.
    pub fn start_with(identity: &Identity, change: impl FnOnce(&mut Config)) -> Self {
        let mut settings = NodeSettings::new(identity.clone());
        change(&mut settings.hub);
        let bind = Some(Ipv4Addr::LOCALHOST.into());
        settings.listen = Some(ListenSettings { port: 0, bind, ..ListenSettings::default() });
        let (node, events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
        Self { node, events }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.node.port().unwrap())
    }

    /// Trusts a peer; dials it at the port, if there is one.
    pub async fn register(&self, ski: Ski, port: Option<u16>) {
        let target = |port| Target::socket((Ipv4Addr::LOCALHOST, port).into(), "/ship/");
        let targets = port.map(target).into_iter().collect();
        let wish = Registration { targets, ..Registration::new(ski) };
        self.node.command(Command::Register(wish)).await.unwrap();
    }

    /// The first event for which `pick` gives something; others are passed over.
    pub async fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&EventKind) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let waiting = async {
            while let Some(event) = self.events.recv().await {
                let NodeEvent::Hub(event) = event else {
                    passed.push(format!("{event:?}"));
                    continue;
                };
                if let Some(picked) = pick(&event.kind) {
                    return picked;
                }
                passed.push(format!("{event:?}"));
            }
            panic!("the node is gone");
        };
        match timeout(DEADLINE, waiting).await {
            Ok(picked) => picked,
            Err(_) => panic!("no {what}, but {passed:#?}"),
        }
    }

    pub async fn completed(&mut self) {
        self.wait_for("completion", |kind| {
            matches!(kind, EventKind::Completed { .. }).then_some(())
        })
        .await;
    }

    /// Waits until a device asks to be paired.
    pub async fn is_asked(&mut self) {
        self.wait_for("pairing request", |kind| {
            matches!(kind, EventKind::PairingRequest { .. }).then_some(())
        })
        .await;
    }

    /// Waits for the end of the handshake; whether it is complete.
    pub async fn completed_or_ended(&mut self) -> bool {
        self.wait_for("end of the handshake", |kind| match kind {
            EventKind::Completed { .. } => Some(true),
            EventKind::Ended { .. } => Some(false),
            _ => None,
        })
        .await
    }
}
