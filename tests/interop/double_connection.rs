//! ship-go and we dial each other at the same time: one connection remains, whichever rule we
//! follow and whoever has the higher SKI.

use std::time::Duration;

use shipctl::{
    hub::{
        Command,
        DoubleConnection::{self, Initiator, MostRecent},
        EventKind,
        backoff::Backoff,
        snapshot::{LinkPhase, Outlook},
    },
    identity::cert::Identity,
    proto::{
        ConnectionState::Completed,
        Ski,
        handshake::{Cause, End},
        message::{Data, SPINE},
    },
};
use tokio::time::timeout;

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
};

const DIALS: usize = 200;

#[tokio::test]
async fn initiator_with_the_higher_ski() {
    dial_each_other(Initiator, true).await;
}

#[tokio::test]
async fn initiator_with_the_lower_ski() {
    dial_each_other(Initiator, false).await;
}

#[tokio::test]
async fn most_recent_with_the_higher_ski() {
    dial_each_other(MostRecent, true).await;
}

#[tokio::test]
async fn most_recent_with_the_lower_ski() {
    dial_each_other(MostRecent, false).await;
}

/// Who we are, and a ship-go that trusts us. Its SKI is known only once it runs, and it has to know
/// ours from the start.
async fn pair_of_skis(we_are_higher: bool) -> Option<(Identity, Peer)> {
    loop {
        let ours = identity();
        let flags = ["--mode", "trust", "--remote", &ours.ski().to_string()];
        let peer = Peer::start(Kind::ShipGo, &flags).await?;
        if (ours.ski() > peer.ski) == we_are_higher {
            return Some((ours, peer));
        }
    }
}

async fn dial_each_other(rule: DoubleConnection, we_are_higher: bool) {
    let Some((mut ours, mut peer)) = pair_of_skis(we_are_higher).await else { return };
    let mut figures = Figures::default();
    for _ in 0..DIALS {
        let mut round = Round::start(rule, &ours, &mut peer).await;
        round.settle().await;
        let forgotten = round.forgotten;
        figures.add(round.told);
        drop(round.us);
        // Of a connection it has lost track of it tells an error at the most, and waits for ever.
        if !forgotten && timeout(SOON, peer.wait_for("disconnected")).await.is_err() {
            figures.forgotten += 1;
            let Some(fresh) = pair_of_skis(we_are_higher).await else { return };
            (ours, peer) = fresh;
        } else {
            figures.forgotten += usize::from(forgotten);
        }
    }
    let Figures { crossed, contradicted, forgotten, lost } = figures;
    println!(
        "{rule:?}, we are higher: {we_are_higher}: of {DIALS} {crossed} crossed, {contradicted} \
         contradicted, {forgotten} forgotten, {} lost: {lost:?}",
        lost.len()
    );
    assert!(crossed > DIALS / 4, "only {crossed} crossed");
    assert!(forgotten <= DIALS / 20, "{forgotten} were forgotten");
    assert!(lost.len() <= DIALS / 10, "{} were lost", lost.len());
    // ship-go keeps what the higher SKI initiated. Only where we are that, and keep the newer one
    // instead, may each close what the other keeps; then one of us dials again.
    let may_contradict = rule == MostRecent && we_are_higher;
    assert!(may_contradict || contradicted == 0, "{contradicted} contradicted");
}

#[derive(Debug, Default)]
struct Figures {
    /// Rounds in which there were two connections to decide between.
    crossed: usize,
    /// Connections it closed for another one that we had given up.
    contradicted: usize,
    /// Connections we have and ship-go lost track of.
    forgotten: usize,
    /// Other ends: ship-go loses some handshakes to races of its own.
    lost: Vec<End>,
}

impl Figures {
    fn add(&mut self, told: Vec<EventKind>) {
        let decided = |kind: &EventKind| {
            matches!(kind, EventKind::Replaced { .. } | EventKind::Refused { .. })
        };
        self.crossed += usize::from(told.iter().any(decided));
        for end in told.into_iter().filter_map(|kind| match kind {
            EventKind::Ended { end, .. } => Some(end),
            _ => None,
        }) {
            match &end.cause {
                Cause::ClosedWithCode { code: 1000, text } if text == "double connection" => {
                    self.contradicted += 1;
                }
                _ => self.lost.push(end),
            }
        }
    }
}

/// One dial from each side.
struct Round<'a> {
    ours: Ski,
    us: Ours,
    peer: &'a mut Peer,
    /// What we told so far.
    told: Vec<EventKind>,
    /// Whether ship-go does not know the connection any more that we have with it.
    forgotten: bool,
}

/// How often ship-go refuses to send before it has forgotten the connection: it decides between
/// two and notes the outcome in two steps, and a second one that slips in between takes the note of
/// the first with it when it ends.
const MUCH_LATER: usize = 20_000;

/// It tells the end of a connection half a second after it.
const SOON: Duration = Duration::from_secs(10);

impl<'a> Round<'a> {
    async fn start(rule: DoubleConnection, identity: &Identity, peer: &'a mut Peer) -> Self {
        let ours = identity.ski();
        let us = Ours::start_with(identity, |hub| {
            hub.double_connection = rule;
            // The usual delays, a hundred times as short.
            hub.backoff =
                Backoff(Backoff::default().0.map(|range| range.start / 100..range.end / 100));
        });
        // From here on it dials as soon as it is told to.
        peer.tell(&format!("settle {ours}")).await;
        peer.wait_for("settled").await;
        let dial = format!("dial {} {ours}", us.address());
        let (ski, port) = (peer.ski, peer.port);
        tokio::join!(peer.tell(&dial), us.register(ski, Some(port)));
        Self { ours, us, peer, told: Vec::new(), forgotten: false }
    }

    /// Waits until one connection is left that carries data in both directions.
    async fn settle(&mut self) {
        loop {
            self.one_remains().await;
            if self.passes().await {
                break;
            }
        }
        self.one_remains().await;
    }

    /// Waits until there is one connection, complete, and nothing beside it.
    async fn one_remains(&mut self) {
        loop {
            let snapshot = self.us.node.snapshot().await.unwrap();
            let known = snapshot.peers.iter().find(|p| p.ski == self.peer.ski);
            let completed = known.is_some_and(|p| p.state == Completed);
            match &snapshot.links[..] {
                [one] if completed && one.phase == LinkPhase::Open && !one.leaving => return,
                // It refused where it did not mean to; as a person would, we ask again.
                [] if known.is_some_and(|p| p.outlook == Outlook::GivenUp) => {
                    self.us.register(self.peer.ski, Some(self.peer.port)).await;
                }
                _ => {}
            }
            self.news().await;
        }
    }

    /// Sends data in both directions; `false` if another connection came between.
    async fn passes(&mut self) -> bool {
        let send = format!("send {} {{\"n\":1}}", self.ours);
        self.peer.tell(&send).await;
        let mut refused = 0;
        loop {
            tokio::select! {
                kind = next(&mut self.us) => {
                    let (arrived, another) = (matches!(kind, EventKind::Data(_)), is_another(&kind));
                    self.told.push(kind);
                    if another {
                        return false;
                    }
                    if arrived {
                        break;
                    }
                }
                // It is a little later than we are, and refuses to send until then.
                _ = self.peer.wait_for("error") => {
                    refused += 1;
                    if refused == MUCH_LATER {
                        self.forgotten = true;
                        return true;
                    }
                    self.peer.tell(&send).await;
                }
            }
        }
        // It takes no other data for data.
        let payload = r#"{"datagram":[]}"#.to_owned();
        let data = Data { protocol_id: SPINE.to_owned(), payload };
        self.us.node.command(Command::Send { ski: self.peer.ski, data }).await.unwrap();
        self.peer.wait_for("data").await;
        true
    }

    async fn news(&mut self) {
        let kind = next(&mut self.us).await;
        self.told.push(kind);
    }
}

async fn next(us: &mut Ours) -> EventKind {
    us.wait_for("news", |kind| Some(kind.clone())).await
}

/// Whether another connection is made, or decided for.
fn is_another(kind: &EventKind) -> bool {
    use EventKind as E;
    matches!(
        kind,
        E::Connected { .. }
            | E::Completed { .. }
            | E::Replaced { .. }
            | E::Refused { .. }
            | E::Ended { .. }
    )
}
