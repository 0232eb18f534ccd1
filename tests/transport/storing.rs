//! A disk that takes its time: whoever needs it waits, and nobody else.

use std::{
    net::Ipv4Addr,
    sync::mpsc::{Receiver, Sender, channel},
};

use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, node::Store},
    hub::{Command, CommandError, EventKind, Registration},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
    proto::{Ski, target::Target},
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::kit::{identity, loopback, soon};

/// What is asked of the disk, told when it begins.
#[derive(Debug, PartialEq)]
enum Asked {
    Write(TrustChange),
    Note(Vec<TrustChange>),
}

/// A disk that does nothing before it is allowed to.
struct Slow {
    asked: UnboundedSender<Asked>,
    allowed: Receiver<()>,
}

impl Slow {
    fn work(&self, asked: Asked) {
        // Once the test has gone on, nobody listens, and everything is allowed.
        let _ = self.asked.send(asked);
        let _ = self.allowed.recv();
    }
}

impl Store for Slow {
    fn write(&mut self, change: &TrustChange) -> Result<(), String> {
        self.work(Asked::Write(change.clone()));
        Ok(())
    }

    fn note(&mut self, changes: &[TrustChange]) -> Result<bool, String> {
        self.work(Asked::Note(changes.to_vec()));
        Ok(false)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A node on a slow disk.
struct OnSlow {
    node: Node,
    events: mpsc::Receiver<NodeEvent>,
    asked: UnboundedReceiver<Asked>,
    allow: Sender<()>,
}

impl OnSlow {
    fn start(identity: &Identity) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let (allow, allowed) = channel();
        let store = Slow { asked: asks, allowed };
        let trust = TrustStore::default();
        let (node, events) = Node::start_with(settings(identity), &trust, store).unwrap();
        Self { node, events, asked, allow }
    }

    async fn asked(&mut self) -> Asked {
        soon(self.asked.recv()).await.unwrap()
    }
}

fn settings(identity: &Identity) -> NodeSettings {
    let mut settings = NodeSettings::new(identity.clone());
    settings.listen = Some(loopback());
    settings
}

async fn dial(node: &Node, ski: Ski, other: &Node) {
    let address = (Ipv4Addr::LOCALHOST, other.port().unwrap()).into();
    let targets = vec![Target::socket(address, "/ship/")];
    let wish = Registration { targets, ..Registration::new(ski) };
    node.command(Command::Register(wish)).await.unwrap();
}

async fn wait_for(events: &mut mpsc::Receiver<NodeEvent>, fits: impl Fn(&EventKind) -> bool) {
    let waiting = async {
        loop {
            if let NodeEvent::Hub(event) = events.recv().await.expect("the node runs")
                && fits(&event.kind)
            {
                return;
            }
        }
    };
    soon(waiting).await;
}

fn completed(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Completed { .. })
}

fn ended(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Ended { .. })
}

#[tokio::test]
async fn a_slow_disk_holds_back_what_follows_from_the_write_and_nothing_else() {
    let (here, there) = (identity(), identity());
    let mut slow = OnSlow::start(&here);
    let (peer, mut at_peer) =
        Node::start(settings(&there), &TrustStore::default(), |_| Ok(())).unwrap();
    slow.node.command(Command::Register(Registration::new(there.ski()))).await.unwrap();
    dial(&peer, here.ski(), &slow.node).await;
    wait_for(&mut at_peer, completed).await;
    let Asked::Note(noted) = slow.asked().await else { panic!("nobody gave a command") };
    assert!(
        matches!(noted[..], [TrustChange::Trust { ski, seen: true, .. }] if ski == there.ski())
    );
    // The connection lives on, and commands are obeyed.
    slow.node.command(Command::Disconnect { ski: there.ski() }).await.unwrap();
    wait_for(&mut at_peer, ended).await;
    let told: Vec<_> = std::iter::from_fn(|| slow.events.try_recv().ok()).collect();
    let follows = |event: &NodeEvent| matches!(event, NodeEvent::Hub(event) if completed(&event.kind) || ended(&event.kind));
    assert!(!told.iter().any(follows), "{told:?}");
    slow.allow.send(()).unwrap();
    wait_for(&mut slow.events, completed).await;
    drop(slow.allow); // whatever else is written, is written at once
    wait_for(&mut slow.events, ended).await;
}

#[tokio::test]
async fn a_peer_that_completes_while_its_removal_is_written_is_not_written_down_again() {
    let (here, there) = (identity(), identity());
    let mut slow = OnSlow::start(&here);
    let (peer, mut at_peer) =
        Node::start(settings(&there), &TrustStore::default(), |_| Ok(())).unwrap();
    let ski = there.ski();
    slow.node.command(Command::Register(Registration::new(ski))).await.unwrap();
    let removal = Asked::Write(TrustChange::Remove { ski });
    let unregistered = slow.node.command(Command::Unregister { ski });
    tokio::pin!(unregistered);
    let first = tokio::select! {
        _ = &mut unregistered => panic!("not written yet"),
        first = slow.asked.recv() => first.unwrap(),
    };
    assert_eq!(first, removal);
    // Meanwhile the peer comes and completes.
    dial(&peer, here.ski(), &slow.node).await;
    tokio::select! {
        _ = &mut unregistered => panic!("not written yet"),
        () = wait_for(&mut at_peer, completed) => {}
    }
    slow.allow.send(()).unwrap();
    soon(unregistered).await.unwrap();
    wait_for(&mut at_peer, ended).await;
    // It is told all the same that the handshake was complete, and nothing of it was written.
    wait_for(&mut slow.events, completed).await;
    wait_for(&mut slow.events, ended).await;
    assert!(slow.asked.try_recv().is_err(), "nobody is written down whom nobody trusts");
}

#[tokio::test]
async fn a_command_overtaken_by_its_peer_is_acknowledged_when_the_disk_says_what_it_wanted() {
    let (here, there) = (identity(), identity());
    let mut slow = OnSlow::start(&here);
    let (peer, mut at_peer) =
        Node::start(settings(&there), &TrustStore::default(), |_| Ok(())).unwrap();
    let ski = there.ski();
    slow.allow.send(()).unwrap();
    let wish = Registration { store_at_once: true, ..Registration::new(ski) };
    soon(slow.node.command(Command::Register(wish))).await.unwrap();
    assert!(matches!(slow.asked().await, Asked::Write(TrustChange::Trust { .. })));
    let name = || "Garage".to_owned();
    let renamed = slow.node.command(Command::Rename { ski, name: name() });
    tokio::pin!(renamed);
    let naming = Asked::Write(TrustChange::Rename { ski, name: name() });
    let first = tokio::select! {
        _ = &mut renamed => panic!("not written yet"),
        first = slow.asked.recv() => first.unwrap(),
    };
    assert_eq!(first, naming);
    // Meanwhile the peer comes and completes; what is known of it is written behind the name.
    dial(&peer, here.ski(), &slow.node).await;
    tokio::select! {
        _ = &mut renamed => panic!("not written yet"),
        () = wait_for(&mut at_peer, completed) => {}
    }
    for expected in [None, Some(naming)] {
        slow.allow.send(()).unwrap();
        let asked = tokio::select! {
            _ = &mut renamed => panic!("not written yet"),
            asked = slow.asked.recv() => asked.unwrap(),
        };
        match expected {
            None => assert!(matches!(asked, Asked::Note(_)), "{asked:?}"),
            Some(expected) => assert_eq!(asked, expected),
        }
    }
    slow.allow.send(()).unwrap();
    soon(renamed).await.unwrap();
}

#[tokio::test]
async fn a_disk_that_hangs_holds_up_commands_but_neither_questions_nor_the_end() {
    let (here, there) = (identity(), identity());
    let mut slow = OnSlow::start(&here);
    let wish = Registration { store_at_once: true, ..Registration::new(there.ski()) };
    let written = slow.node.command(Command::Register(wish));
    tokio::pin!(written);
    tokio::select! {
        _ = &mut written => panic!("not written yet"),
        _ = slow.asked.recv() => {}
    }
    let behind = slow.node.command(Command::Connect { ski: there.ski() });
    tokio::pin!(behind);
    tokio::select! {
        _ = &mut behind => panic!("it came first"),
        snapshot = soon(slow.node.snapshot()) => assert!(snapshot.unwrap().peers.is_empty()),
    }
    soon(slow.node.command(Command::Shutdown)).await.unwrap();
    wait_for(&mut slow.events, |kind| matches!(kind, EventKind::ShutDown { .. })).await;
    // What is on disk in the end is not called refused.
    slow.allow.send(()).unwrap();
    soon(written).await.unwrap();
    assert_eq!(soon(behind).await, Err(CommandError::ShuttingDown));
}
