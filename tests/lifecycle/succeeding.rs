//! What becomes of a first connection: it succeeds, one side refuses, or nobody is there yet.

use std::net::Ipv4Addr;

use shipctl::{
    hub::{
        Command, EventKind,
        backoff::{Backoff, Verdict},
        dial::Stage,
    },
    proto::{
        ConnectionState::{
            Completed, Error, InProgress, Initiated, None as Idle, Queued, ReceivedPairingRequest,
            RemoteDeniedTrust, Trusted,
        },
        handshake::{Cause, Denial, Side},
    },
};
use tokio::net::TcpSocket;

use crate::node::{Ours, hurried, identity, in_their_ranges};

#[tokio::test]
async fn two_that_trust_each_other_complete_and_tell_every_step() {
    let (mut a, mut b) = (Ours::start(&identity(), |_| {}), Ours::start(&identity(), |_| {}));
    b.expect(a.ski).await;
    a.dial(b.ski, b.address()).await;
    a.completed(b.ski).await;
    b.completed(a.ski).await;
    let path = [Queued, Initiated, InProgress, Trusted, Completed];
    assert_eq!(a.path(b.ski), path);
    assert_eq!(b.path(a.ski), path);
    assert_eq!(a.attempts(b.ski, 0), [(1, None)], "at once: somebody asked for it");
}

/// How the connection to a peer ended, and what follows.
async fn end(node: &mut Ours, peer: &Ours) -> (Cause, Verdict) {
    let ended = |kind: &EventKind| matches!(kind, EventKind::Ended { .. });
    match node.wait_until("end", peer.ski, ended).await.kind {
        EventKind::Ended { end, verdict } => (end.cause, verdict),
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn trust_the_peer_rejects_is_told_as_that_and_never_dialled_for_again() {
    let (mut a, mut b) = (
        Ours::start(&identity(), |c| c.backoff = hurried()),
        Ours::start(&identity(), |c| c.can_ask_for_trust = true),
    );
    a.dial(b.ski, b.address()).await;
    b.becomes(a.ski, ReceivedPairingRequest).await;
    a.becomes(b.ski, InProgress).await;
    // No person denies that fast: the first time passes for a race of the peer at its start.
    for _ in 0..2 {
        b.tell(Command::Deny { ski: a.ski }).await;
        let (cause, verdict) = end(&mut a, &b).await;
        assert!(matches!(cause, Cause::Denied { by: Side::Peer, .. }), "{cause:?}");
        let (cause, _) = end(&mut b, &a).await;
        assert_eq!(cause, Cause::Denied { by: Side::We, how: Denial::ByUser });
        if verdict == Verdict::PeerRefused {
            break;
        }
        assert_eq!(verdict, Verdict::RetryAtOnce);
        b.becomes(a.ski, ReceivedPairingRequest).await;
    }
    assert_eq!(a.state(b.ski).await, RemoteDeniedTrust);
    assert_eq!(b.state(a.ski).await, Idle);
    assert_eq!(a.snapshot().await.peers[0].next_attempt, None);
    assert_eq!(a.count(|kind| matches!(kind, EventKind::AttemptScheduled { .. })), 0);
}

#[tokio::test]
async fn trust_we_reject_is_told_as_ours_and_nothing_is_stored_of_the_peer() {
    let (mut a, mut b) = (Ours::start(&identity(), |_| {}), Ours::start(&identity(), |_| {}));
    // Nobody can be asked at B: it refuses by itself.
    a.dial(b.ski, b.address()).await;
    let (cause, verdict) = end(&mut b, &a).await;
    assert_eq!(cause, Cause::Denied { by: Side::We, how: Denial::NobodyToAsk });
    assert_eq!(verdict, Verdict::WeRefused);
    a.becomes(b.ski, RemoteDeniedTrust).await;
    b.becomes(a.ski, Idle).await;
    assert!(b.snapshot().await.peers.is_empty(), "nothing is left of a stranger");
    // Whoever was refused gives up a pairing of its own as well, and is heard.
    let mut c = Ours::start(&identity(), |c| c.can_ask_for_trust = true);
    a.dial(c.ski, c.address()).await;
    c.becomes(a.ski, ReceivedPairingRequest).await;
    a.becomes(c.ski, InProgress).await;
    a.tell(Command::Deny { ski: c.ski }).await;
    let (cause, verdict) = end(&mut a, &c).await;
    assert!(matches!(cause, Cause::Denied { by: Side::We, .. }), "{cause:?}");
    assert_eq!(verdict, Verdict::WeRefused);
    c.becomes(a.ski, RemoteDeniedTrust).await;
}

/// A port on which nothing listens. It is nobody else's while the socket lives, which a listener of
/// ours does not mind.
fn quiet_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    socket
}

#[tokio::test]
async fn where_nobody_listens_it_is_tried_again_in_the_ranges_until_somebody_does() {
    for (backoff, failures) in [(Backoff::default(), 1), (hurried(), 5)] {
        let (quiet, identity_b) = (quiet_port(), identity());
        let address = quiet.local_addr().unwrap();
        let mut a = Ours::start(&identity(), |c| c.backoff = backoff.clone());
        let peer = identity_b.ski();
        a.dial(peer, address).await;
        for number in 1..=failures {
            let failed = a.wait_until("failure", peer, |kind| {
                matches!(kind, EventKind::AttemptFailed { .. })
            });
            let EventKind::AttemptFailed { number: told, failure, verdict } = failed.await.kind
            else {
                unreachable!()
            };
            assert_eq!((told, verdict), (number, Verdict::Retry));
            assert_eq!(failure.most_telling().unwrap().stage, Stage::Tcp);
        }
        let b = Ours::start_on(address.port(), &identity_b, |_| {});
        b.expect(a.ski).await;
        a.completed(peer).await;
        let attempts = a.attempts(peer, 0);
        println!("attempts and their delays: {attempts:?}");
        assert!(attempts.len() > failures as usize, "{attempts:?}");
        in_their_ranges(&attempts, 1, &backoff);
        assert_eq!(attempts[0].1, None, "the first at once");
        assert!(attempts[1..].iter().all(|(_, delay)| delay.is_some()));
        assert!(a.path(peer).contains(&Error), "each failure is shown");
        assert_eq!(a.snapshot().await.peers[0].attempts, 0, "completed: it counts anew");
    }
}
