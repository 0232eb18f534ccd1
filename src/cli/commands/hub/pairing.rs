//! Pairings a client of the control socket waits for: `shipctl pair` beside a hub that runs.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};

use super::obey;
use crate::{
    cli::{
        error::CliError,
        linger::Linger,
        outcome::{Progress, undoes_pairing, wrong_certificate},
        session::deadline,
    },
    control::{Answer, Ask, Wish},
    driver::{Node, NodeEvent},
    hub::{Command, Event, EventKind, Registration, Snapshot},
    proto::{ConnectionState, ShipId, Ski},
    time::Time,
};

/// How often to look whether somebody still waits for the answer.
const LOOK: Duration = Duration::from_millis(500);

/// The pairings under way.
pub(super) struct Pairings {
    pairings: Vec<Pairing>,
    /// Whether devices are asked what they offer.
    asks: bool,
}

struct Pairing {
    ask: Ask,
    ski: Ski,
    progress: Progress,
    /// What happened earlier is no part of it.
    began: Time,
    /// Whether a connection from before is still being closed.
    closes_first: bool,
    /// Whether the device was paired before: then it stays so, whatever comes.
    was_registered: bool,
    timeout: Duration,
    deadline: Instant,
    ship_id: Option<ShipId>,
    took: Option<Duration>,
    /// The wait for its SHIP ID and what it offers.
    linger: Linger,
}

impl Pairings {
    /// None is under way; `asks` tells whether devices are asked what they offer.
    pub(super) fn new(asks: bool) -> Self {
        Self { pairings: Vec::new(), asks }
    }

    /// Whether devices are asked from now on.
    pub(super) fn set_asks(&mut self, asks: bool) {
        self.asks = asks;
    }

    /// Begins the pairing a client asks for. A device that is paired and connected already is answered
    /// at once; one whose connection is being closed is not: that one belongs to what was before.
    pub(super) async fn begin(&mut self, node: &Node, ask: Ask) {
        let Wish::Pair { peer, timeout_ms, can_enter_pin } = &ask.wish else { return };
        let ski = peer.ski;
        let hub = match obey::snapshot(node).await {
            Ok(hub) => hub,
            Err(refusal) => return ask.answer(Err(refusal)),
        };
        let began = node.clock().now();
        // Written down when the handshake is complete, and not before.
        let wish = Registration { store_at_once: false, ..obey::registration(peer) };
        let timeout = Duration::from_millis(*timeout_ms);
        if let Err(error) = node.command(Command::Register(wish)).await {
            return ask.answer(Err(obey::refusal(&error)));
        }
        let linger = Linger::new(self.asks, Duration::ZERO);
        let mut progress = Progress::new(ski, hub.node.mdns, *can_enter_pin);
        // A PIN that was given has been entered by now: that it was missing is past.
        let hopeless = progress.resume(&hub).err().filter(|_| peer.pin.is_none());
        let mut pairing = Pairing::new(ask, ski, progress, timeout, &hub, began, linger);
        let known = hub.peers.iter().find(|known| known.ski == ski);
        let is_paired = known.filter(|known| {
            known.registered && known.state == ConnectionState::Completed && !pairing.closes_first
        });
        if let Some(known) = is_paired {
            pairing.ship_id = known.ship_id.clone();
            pairing.linger.offers = known.offers.clone().map(Box::new);
            let answer = pairing.done();
            return pairing.ask.answer(answer);
        }
        match hopeless {
            Some(error) => pairing.fail(node, error).await,
            None => self.pairings.push(pairing),
        }
    }

    /// Takes in what happens.
    pub(super) async fn take(&mut self, node: &Node, event: &NodeEvent) {
        let NodeEvent::Hub(event) = event else {
            for n in (0..self.pairings.len()).rev() {
                if let Some(error) = wrong_certificate(self.pairings[n].ski, event) {
                    self.pairings.swap_remove(n).fail(node, error).await;
                }
            }
            return;
        };
        for n in (0..self.pairings.len()).rev() {
            let pairing = &mut self.pairings[n];
            if pairing.is_past(event) {
                continue;
            }
            let taken = pairing.progress.take(event);
            if event.ski == Some(pairing.ski) {
                pairing.note(&event.kind);
            }
            // How a connection ends behind a completed handshake does not undo the pairing, unless
            // the device turns out to be another one, or thinks better of it.
            match taken {
                Err(error) if pairing.linger.until().is_none() || undoes_pairing(event) => {
                    self.pairings.swap_remove(n).fail(node, error).await;
                }
                _ if pairing.linger.until().is_some_and(|until| until <= Instant::now()) => {
                    self.pairings.swap_remove(n).succeed();
                }
                _ => {}
            }
        }
    }

    /// When to look after them again.
    pub(super) async fn due(&self) {
        let next = self.pairings.iter().map(|it| it.linger.until().unwrap_or(it.deadline));
        match next.min() {
            Some(next) => sleep_until(next.min(Instant::now() + LOOK)).await,
            None => std::future::pending().await,
        }
    }

    /// Ends those whose time is over, or whose client is gone.
    pub(super) async fn look(&mut self, node: &Node) {
        let now = Instant::now();
        for n in (0..self.pairings.len()).rev() {
            let pairing = &self.pairings[n];
            let until = pairing.linger.until();
            if until.is_some_and(|until| until <= now) {
                self.pairings.swap_remove(n).succeed();
            } else if until.is_some() {
                continue;
            } else if pairing.ask.is_abandoned() {
                self.pairings.swap_remove(n).give_up(node).await;
            } else if pairing.deadline <= now {
                let error = pairing.progress.out_of_time(node.clock().now(), pairing.timeout);
                self.pairings.swap_remove(n).fail(node, error).await;
            }
        }
    }

    /// The hub ends.
    pub(super) fn end(&mut self) {
        for pairing in self.pairings.drain(..) {
            pairing.ask.answer(Err(obey::shutting_down()));
        }
    }
}

impl Pairing {
    fn new(
        ask: Ask,
        ski: Ski,
        progress: Progress,
        timeout: Duration,
        hub: &Snapshot,
        began: Time,
        linger: Linger,
    ) -> Self {
        Self {
            ask,
            ski,
            progress,
            began,
            closes_first: hub.links.iter().any(|link| link.ski == ski && link.leaving),
            was_registered: hub.peers.iter().any(|peer| peer.ski == ski && peer.registered),
            timeout,
            deadline: deadline(timeout),
            ship_id: None,
            took: None,
            linger,
        }
    }

    /// Whether an event belongs to what was before this pairing.
    fn is_past(&mut self, event: &Event) -> bool {
        let of_ours = event.ski == Some(self.ski);
        let closed = of_ours && matches!(event.kind, EventKind::Ended { .. });
        event.at < self.began || (closed && std::mem::take(&mut self.closes_first))
    }

    fn note(&mut self, kind: &EventKind) {
        self.linger.note(kind);
        match kind {
            EventKind::PeerShipId(id) => self.ship_id = Some(id.clone()),
            EventKind::Completed { took } => self.took = Some(*took),
            _ => {}
        }
    }

    fn done(&self) -> Answer {
        let ship_id = self.ship_id.as_ref().map(ToString::to_string);
        let took = self.took.map(|took| took.as_millis() as u64);
        let offers = serde_json::to_value(&self.linger.offers).unwrap_or_default();
        Ok(Map::from_iter([
            ("ski".to_owned(), Value::from(self.ski.to_string())),
            ("ship_id".to_owned(), Value::from(ship_id)),
            ("took_ms".to_owned(), Value::from(took)),
            ("offers".to_owned(), offers),
        ]))
    }

    fn succeed(self) {
        let answer = self.done();
        self.ask.answer(answer);
    }

    async fn fail(self, node: &Node, error: CliError) {
        self.take_back(node).await;
        let kind = error.exit.name();
        self.ask.answer(Err(error.into_refusal(kind)));
    }

    async fn give_up(self, node: &Node) {
        tracing::info!("nobody waits any more for the pairing with {}", self.ski);
        self.take_back(node).await;
    }

    /// A pairing that failed leaves nothing behind.
    async fn take_back(&self, node: &Node) {
        if !self.was_registered {
            // It may be gone already: refused, or unregistered meanwhile.
            let ski = self.ski;
            let _ = match self.took {
                Some(_) => node.command(Command::Unregister { ski }).await,
                None => node.command(Command::Cancel { ski }).await,
            };
        }
    }
}
