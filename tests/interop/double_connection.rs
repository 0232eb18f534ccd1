//! ship-go and we dial each other at the same time: one connection remains, whichever rule we
//! follow and whoever has the higher SKI.

use shipctl::{
    hub::{
        Command,
        DoubleConnection::{self, Initiator, MostRecent},
        EventKind,
        snapshot::LinkPhase,
    },
    identity::cert::Identity,
    proto::{
        ConnectionState::Completed,
        Ski,
        message::{Data, SPINE},
    },
};

use super::{
    node::{Ours, identity},
    peer::{Kind, Peer},
};

const DIALS: usize = 50;

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

async fn dial_each_other(rule: DoubleConnection, we_are_higher: bool) {
    // Its SKI is known only once it runs, and it has to know ours from the start.
    let (ours, mut peer) = loop {
        let ours = identity();
        let flags = ["--mode", "trust", "--remote", &ours.ski().to_string()];
        let Some(peer) = Peer::start(Kind::ShipGo, &flags).await else { return };
        if (ours.ski() > peer.ski) == we_are_higher {
            break (ours, peer);
        }
    };
    let mut figures = Figures::default();
    for _ in 0..DIALS {
        round(rule, &ours, &mut peer, &mut figures).await;
    }
    println!("{rule:?}, we are higher: {we_are_higher}: of {DIALS} {figures:?}");
    assert!(figures.crossed > DIALS / 4, "few dials crossed: {figures:?}");
    assert!(figures.ended <= DIALS / 10, "{figures:?}");
}

#[derive(Debug, Default)]
struct Figures {
    /// Rounds in which there were two connections to decide between.
    crossed: usize,
    /// Connections that ended as that of the peer: it loses a few handshakes to races of its own.
    ended: usize,
}

async fn round(
    rule: DoubleConnection,
    ours: &Identity,
    peer: &mut Peer,
    figures: &mut Figures,
) {
    let mut us = Ours::start_with(ours, |hub| hub.double_connection = rule);
    let dial = format!("dial {} {}", us.address(), ours.ski());
    tokio::join!(peer.tell(&dial), us.register(peer.ski, Some(peer.port)));
    let mut decided = false;
    loop {
        one_remains(&mut us, peer.ski, figures, &mut decided).await;
        if passes(&mut us, peer, ours.ski(), figures, &mut decided).await {
            break;
        }
    }
    one_remains(&mut us, peer.ski, figures, &mut decided).await;
    figures.crossed += usize::from(decided);
    drop(us);
    peer.wait_for("disconnected").await;
}

/// Waits until there is one connection, complete, and nothing beside it.
async fn one_remains(us: &mut Ours, peer: Ski, figures: &mut Figures, decided: &mut bool) {
    loop {
        let snapshot = us.node.snapshot().await.unwrap();
        let completed = snapshot.peers.iter().any(|p| p.ski == peer && p.state == Completed);
        match &snapshot.links[..] {
            [one] if completed && one.phase == LinkPhase::Open && !one.leaving => return,
            _ => {
                note(us, figures, decided).await;
            }
        }
    }
}

/// Sends data in both directions; `false` if another connection came between.
async fn passes(
    us: &mut Ours,
    peer: &mut Peer,
    ours: Ski,
    figures: &mut Figures,
    decided: &mut bool,
) -> bool {
    let data = Data { protocol_id: SPINE.to_owned(), payload: r#"{"n":[]}"#.to_owned() };
    let send = Command::Send { ski: peer.ski, data };
    if us.node.command(send).await.is_err() {
        return false;
    }
    peer.tell(&format!("send {ours} {{\"n\":1}}")).await;
    let (mut here, mut there) = (false, false);
    while !(here && there) {
        tokio::select! {
            news = note(us, figures, decided) => match news {
                News::Data => here = true,
                News::Nothing => {}
                News::Another => return false,
            },
            _ = peer.wait_for("data"), if !there => there = true,
        }
    }
    true
}

enum News {
    Data,
    /// Another connection is made or decided for.
    Another,
    Nothing,
}

/// The next thing that happens to us.
async fn note(us: &mut Ours, figures: &mut Figures, decided: &mut bool) -> News {
    match us.wait_for("news", |kind| Some(kind.clone())).await {
        EventKind::Data(_) => News::Data,
        EventKind::Replaced { .. } | EventKind::Refused { .. } => {
            *decided = true;
            News::Another
        }
        EventKind::Ended { .. } => {
            figures.ended += 1;
            News::Another
        }
        EventKind::Connected { .. } | EventKind::Completed { .. } => News::Another,
        _ => News::Nothing,
    }
}
