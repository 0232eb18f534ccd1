//! Traces of pairings with foreign peers, replayed: the same states, the same decisions.

use tempfile::TempDir;

use super::{
    network::Place,
    peer::{Kind, Peer},
    program::Shipctl,
};

with_each_peer! {
    a_pairing_we_dial_is_replayed => dialled;
    a_pairing_the_peer_dials_is_replayed => accepted;
}

async fn dialled(kind: Kind) {
    let (us, traces) = (Shipctl::new().await, TempDir::new().unwrap());
    let Some(peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let trace = traces.path().join("trace").display().to_string();
    let pair = ["--trace", &trace, "pair", &peer.ski(), "--address", &peer.address()];
    let ran = us.start_json(&pair).end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    replayed(&us, &trace).await;
}

async fn accepted(kind: Kind) {
    let (us, traces) = (Shipctl::new().await, TempDir::new().unwrap());
    let Some(mut peer) = Peer::trusting(kind, &us.ski).await else {
        return;
    };
    let trace = traces.path().join("trace").display().to_string();
    let ski = peer.ski();
    let mut listen = us.start_json(&["--trace", &trace, "listen", "--accept", &ski, "--once"]);
    let address = listen.address().await;
    peer.tell(&format!("dial {address} {}", us.ski)).await;
    let ran = listen.end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    replayed(&us, &trace).await;
}

async fn replayed(us: &Shipctl, trace: &str) {
    let ran = us.start(&Place::Here, &["trace", "replay", trace, "--json"]).end().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    let result = ran.result();
    assert_eq!(result["outcome"], "same", "{result}");
    let counted = |what: &str| result[what].as_u64().unwrap();
    assert!(counted("states") > 10 && counted("messages") > 4, "{result}");
    assert!(counted("decisions") > 0, "{result}");
}
