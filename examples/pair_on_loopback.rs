//! Two SHIP nodes on 127.0.0.1 pair over real TLS and WebSockets, and tell how.
//!
//! One is a wallbox whose user presses "trust" a moment after it is asked; the other one dials it.

use std::{future::pending, net::Ipv4Addr, time::Duration};

use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, EventKind, Registration},
    identity::{cert::Identity, trust::TrustStore},
    proto::{ConnectionState, Ski, target::Target},
};
use time::OffsetDateTime;
use tokio::{sync::mpsc::Receiver, time::timeout};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible<()> {
    timeout(Duration::from_secs(30), pair()).await?
}

async fn pair() -> Fallible<()> {
    let (wallbox, mut at_wallbox) = start("i:46925_u:wallbox")?;
    let (manager, mut at_manager) = start("i:46925_u:manager")?;
    println!("wallbox  SKI {}\nmanager  SKI {}\n", wallbox.ski.grouped(), manager.ski.grouped());

    let port = wallbox.node.port().ok_or("the wallbox does not listen")?;
    let target = Target::socket((Ipv4Addr::LOCALHOST, port).into(), "/ship/");
    let wish = Registration { targets: vec![target], ..Registration::new(wallbox.ski) };
    manager.node.command(Command::Register(wish)).await?;

    let (mut done_here, mut done_there) = (false, false);
    while !(done_here && done_there) {
        tokio::select! {
            Some(event) = at_manager.recv() => done_here |= manager.show("manager", &event),
            Some(event) = at_wallbox.recv() => {
                if asks_to_be_paired(&event) {
                    println!("         wallbox  its user presses \"trust\"");
                    wallbox.node.command(Command::Register(Registration::new(manager.ski))).await?;
                }
                done_there |= wallbox.show("wallbox", &event);
            }
            else => pending().await,
        }
    }
    let forced = manager.node.shutdown().await | wallbox.node.shutdown().await;
    println!("\npaired, and closed {}", if forced { "by force" } else { "in order" });
    Ok(())
}

/// A node with a name for people.
struct Device {
    node: Node,
    ski: Ski,
}

fn start(ship_id: &str) -> Fallible<(Device, Receiver<NodeEvent>)> {
    let identity = Identity::generate(Some(&ship_id.parse()?), OffsetDateTime::now_utc())?;
    let ski = identity.ski();
    let mut settings = NodeSettings::new(identity);
    let bind = Some(Ipv4Addr::LOCALHOST.into());
    settings.listen = Some(ListenSettings { port: 0, bind, ..ListenSettings::default() });
    settings.hub.can_ask_for_trust = true;
    let (node, events) = Node::start(settings, &TrustStore::default(), |_| Ok(()))?;
    Ok((Device { node, ski }, events))
}

fn asks_to_be_paired(event: &NodeEvent) -> bool {
    matches!(event, NodeEvent::Hub(event) if matches!(event.kind, EventKind::PairingRequest { .. }))
}

impl Device {
    /// Prints the event if it is for people; returns whether the handshake is complete.
    fn show(&self, who: &str, event: &NodeEvent) -> bool {
        let NodeEvent::Hub(event) = event else { return false };
        let line = match &event.kind {
            EventKind::Connected { role, remote, .. } => {
                format!("connected to {remote} as {role:?}")
            }
            EventKind::State { from, to } => format!("{from} → {to}"),
            EventKind::Protocol { state } => format!("   {:2} {state}", state.number()),
            EventKind::PeerShipId(id) => format!("the peer is {id}"),
            EventKind::Completed { took } => format!("completed after {took:.1?}"),
            _ => return false,
        };
        println!("{:>7} s  {who}  {line}", event.at.to_string());
        matches!(event.kind, EventKind::State { to: ConnectionState::Completed, .. })
    }
}
