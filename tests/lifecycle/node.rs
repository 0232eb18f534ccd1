//! A node of ours whose events are waited for and kept.

use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::Range,
    time::Duration,
};

use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, Config, Event, EventKind, Registration, Snapshot, backoff::Backoff},
    identity::{cert::Identity, trust::TrustStore},
    proto::{ConnectionState, Ski, target::Target},
};
use time::OffsetDateTime;
use tokio::{sync::mpsc::Receiver, time::timeout};

/// Far longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn identity() -> Identity {
    Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap()
}

/// Two identities, the one with the lower SKI first.
pub fn two_identities() -> [Identity; 2] {
    let mut both = [identity(), identity()];
    both.sort_by_key(Identity::ski);
    both
}

/// The usual delays, a hundred times as short, but none that is nothing at all: of such an attempt
/// nobody is told beforehand.
pub fn hurried() -> Backoff {
    let least = Duration::from_millis(1);
    Backoff(Backoff::default().0.map(|Range { start, end }| (start / 100).max(least)..end / 100))
}

/// A target on loopback.
pub fn at(address: SocketAddr) -> Target {
    Target::socket(address, "/ship/")
}

/// A running node, and everything its hub told.
pub struct Ours {
    pub node: Node,
    pub ski: Ski,
    pub told: Vec<Event>,
    events: Receiver<NodeEvent>,
    /// How many of the events were looked at by [`Ours::wait_for`].
    looked_at: usize,
}

impl Ours {
    /// A node that trusts nobody and listens on a free port of 127.0.0.1.
    pub fn start(identity: &Identity, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(0, identity, change)
    }

    /// The same on this port.
    pub fn start_on(port: u16, identity: &Identity, change: impl FnOnce(&mut Config)) -> Self {
        let mut settings = NodeSettings::new(identity.clone());
        let bind = Some(Ipv4Addr::LOCALHOST.into());
        settings.listen = Some(ListenSettings { port, bind, ..ListenSettings::default() });
        settings.events_kept = 16_384;
        change(&mut settings.hub);
        let (node, events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
        let ski = identity.ski();
        Self { node, ski, told: Vec::new(), events, looked_at: 0 }
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.node.port().unwrap()).into()
    }

    pub async fn tell(&self, command: Command) {
        self.node.command(command).await.unwrap();
    }

    /// Trusts a peer, and leaves the dialling to it.
    pub async fn expect(&self, peer: Ski) {
        self.tell(Command::Register(Registration::new(peer))).await;
    }

    /// Trusts a peer and dials it there.
    pub async fn dial(&self, peer: Ski, address: SocketAddr) {
        let wish = Registration { targets: vec![at(address)], ..Registration::new(peer) };
        self.tell(Command::Register(wish)).await;
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.node.snapshot().await.unwrap()
    }

    /// The connection state of a peer.
    pub async fn state(&self, peer: Ski) -> ConnectionState {
        let peers = self.snapshot().await.peers;
        peers.iter().find(|p| p.ski == peer).map_or(ConnectionState::None, |p| p.state)
    }

    /// The first event not looked at yet for which `pick` gives something.
    pub async fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let looking = async {
            loop {
                while let Some(event) = self.told.get(self.looked_at) {
                    self.looked_at += 1;
                    if let Some(picked) = pick(event) {
                        return picked;
                    }
                }
                match self.events.recv().await {
                    Some(NodeEvent::Hub(event)) => self.told.push(event),
                    Some(NodeEvent::Lost(lost)) => panic!("{lost} events were lost"),
                    Some(_) => {}
                    None => panic!("the node is gone"),
                }
            }
        };
        let found = timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("no {what}, but {:#?}", self.told))
    }

    /// Waits for an event about this peer.
    pub async fn wait_until(
        &mut self,
        what: &str,
        peer: Ski,
        is: impl Fn(&EventKind) -> bool,
    ) -> Event {
        let wanted = |event: &Event| event.ski == Some(peer) && is(&event.kind);
        self.wait_for(what, |event| wanted(event).then(|| event.clone())).await
    }

    pub async fn completed(&mut self, peer: Ski) {
        self.wait_until("completion", peer, |kind| matches!(kind, EventKind::Completed { .. }))
            .await;
    }

    pub async fn becomes(&mut self, peer: Ski, state: ConnectionState) {
        self.wait_until(
            &format!("{state}"),
            peer,
            |kind| matches!(kind, EventKind::State { to, .. } if *to == state),
        )
        .await;
    }

    /// Takes in what was told so far.
    pub fn catch_up(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            if let NodeEvent::Hub(event) = event {
                self.told.push(event);
            }
        }
    }

    /// How many of the events told so far are like this.
    pub fn count(&mut self, is: impl Fn(&EventKind) -> bool) -> usize {
        self.catch_up();
        self.told.iter().filter(|event| is(&event.kind)).count()
    }

    /// The states a peer went through.
    pub fn path(&mut self, peer: Ski) -> Vec<ConnectionState> {
        self.catch_up();
        let of = |event: &Event| match event.kind {
            EventKind::State { to, .. } if event.ski == Some(peer) => Some(to),
            _ => None,
        };
        self.told.iter().filter_map(of).collect()
    }

    /// The attempts at a peer: their numbers, and the delay each was drawn and kept; of those told
    /// since the event `from`.
    pub fn attempts(&mut self, peer: Ski, from: usize) -> Vec<(u32, Option<Duration>)> {
        self.catch_up();
        let (mut attempts, mut due) = (Vec::new(), None);
        for event in self.told[from..].iter().filter(|event| event.ski == Some(peer)) {
            match event.kind {
                EventKind::AttemptScheduled { number, delay, .. } => {
                    due = Some((event.at, number, delay))
                }
                EventKind::AttemptStarted { number, .. } => {
                    let drawn = due.take().map(|(at, announced, delay)| {
                        assert_eq!(announced, number);
                        assert!(event.at.since(at) >= delay, "attempt {number} came too early");
                        delay
                    });
                    attempts.push((number, drawn));
                }
                _ => {}
            }
        }
        attempts
    }

    /// Ends the node in order; whether that was forced, and everything it told.
    pub async fn shut_down(self) -> (bool, Vec<Event>) {
        let Self { node, mut events, mut told, .. } = self;
        let forced = timeout(PATIENCE, node.shutdown()).await.expect("it ends");
        while let Ok(event) = events.try_recv() {
            if let NodeEvent::Hub(event) = event {
                told.push(event);
            }
        }
        (forced, told)
    }
}

/// Makes sure that numbers count from `first` without a gap, and delays lie in their ranges.
#[track_caller]
pub fn in_their_ranges(attempts: &[(u32, Option<Duration>)], first: u32, backoff: &Backoff) {
    for (expected, (number, delay)) in (first..).zip(attempts) {
        assert_eq!(*number, expected, "{attempts:?}");
        if let Some(delay) = delay {
            assert!(backoff.range(*number).contains(delay), "attempt {number} after {delay:?}");
        }
    }
}
