//! Both dial each other at the same time, whatever rule each follows: one connection remains.

use shipctl::{
    hub::{
        Command,
        DoubleConnection::{self, Initiator, MostRecent},
        EventKind,
        snapshot::{LinkPhase, LinkSnapshot},
    },
    proto::{
        ConnectionState::Completed,
        message::{Data, SPINE},
    },
};

use crate::node::{Ours, two_identities};

const DIALS: usize = 200;

/// So many are under way at the same time: they get in each other's way as on a busy machine.
const AT_A_TIME: usize = 10;

#[tokio::test]
async fn initiator_and_initiator() {
    dial_each_other([Initiator, Initiator]).await;
}

#[tokio::test]
async fn most_recent_and_most_recent() {
    dial_each_other([MostRecent, MostRecent]).await;
}

#[tokio::test]
async fn initiator_at_the_lower_and_most_recent_at_the_higher() {
    dial_each_other([Initiator, MostRecent]).await;
}

#[tokio::test]
async fn most_recent_at_the_lower_and_initiator_at_the_higher() {
    dial_each_other([MostRecent, Initiator]).await;
}

async fn dial_each_other(rules: [DoubleConnection; 2]) {
    let mut crossed = 0;
    for _ in 0..DIALS / AT_A_TIME {
        let mut rounds: Vec<_> = (0..AT_A_TIME).map(|_| tokio::spawn(round(rules))).collect();
        for round in rounds.drain(..) {
            crossed += usize::from(round.await.unwrap());
        }
    }
    println!("{rules:?}: of {DIALS} dials at the same time {crossed} crossed");
    assert!(crossed > DIALS / 4, "only {crossed} crossed");
}

/// One dial from each side; whether there ever were two connections to decide between.
async fn round([rule_of_low, rule_of_high]: [DoubleConnection; 2]) -> bool {
    let [low, high] = two_identities();
    let mut low = Ours::start(&low, |c| c.double_connection = rule_of_low);
    let mut high = Ours::start(&high, |c| c.double_connection = rule_of_high);
    tokio::join!(low.dial(high.ski, high.address()), high.dial(low.ski, low.address()));
    let [dialled_low, dialled_high] = {
        let at_low = one_remains(&mut low, &high).await;
        [at_low, one_remains(&mut high, &low).await]
    };
    assert_ne!(dialled_low, dialled_high, "one of them dialled what remained");
    // What goes in at one end comes out at the other: it is the same connection.
    passes(&low, &mut high).await;
    passes(&high, &mut low).await;
    // And it remained: nothing was decided since.
    assert_eq!(one_remains(&mut low, &high).await, dialled_low);
    assert_eq!(one_remains(&mut high, &low).await, dialled_high);
    let ended = |kind: &EventKind| matches!(kind, EventKind::Ended { .. });
    for node in [&mut low, &mut high] {
        assert_eq!(node.count(ended), 0, "no end of the peer: {:#?}", node.told);
    }
    let decided =
        |kind: &EventKind| matches!(kind, EventKind::Replaced { .. } | EventKind::Refused { .. });
    low.count(decided) + high.count(decided) > 0
}

/// Waits until there is one connection, complete, and nothing beside it; whether we dialled it.
async fn one_remains(node: &mut Ours, peer: &Ours) -> bool {
    loop {
        let snapshot = node.snapshot().await;
        let completed = snapshot.peers.iter().any(|p| p.ski == peer.ski && p.state == Completed);
        let stays = |link: &&LinkSnapshot| link.phase == LinkPhase::Open && !link.leaving;
        let stay = snapshot.links.iter().filter(stays).count();
        assert!(stay <= 1, "two at the same time: {:#?}", snapshot.links);
        match &snapshot.links[..] {
            [one] if completed && one.phase == LinkPhase::Open && !one.leaving => {
                return one.we_dialled;
            }
            _ => node.wait_for("anything", |_| Some(())).await,
        }
    }
}

async fn passes(from: &Ours, to: &mut Ours) {
    let data =
        Data { protocol_id: SPINE.to_owned(), payload: format!(r#"{{"from":"{}"}}"#, from.ski) };
    from.tell(Command::Send { ski: to.ski, data: data.clone() }).await;
    let arrived = |kind: &EventKind| *kind == EventKind::Data(data.clone());
    to.wait_until("data", from.ski, arrived).await;
}
