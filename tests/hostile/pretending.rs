//! Those who pretend to be somebody, and those who are somebody nobody trusts.

use std::sync::Arc;

use rustls::{pki_types::ServerName, version::TLS12};
use serde_json::json;
use shipctl::proto::Ski;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{
    arena::{Arena, MOST, identity},
    papers::{Papers, odd_client, odd_server},
    talking::*,
};

async fn knock_as(arena: &Arena, claimed: Ski) {
    let config = odd_client(Some(Papers::forged(claimed)), &TLS12);
    let name = ServerName::IpAddress(arena.address.ip().into());
    let tcp = arena.knock().await;
    let _ = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
}

#[test]
fn a_client_with_the_ski_of_somebody_else() {
    let (known, unknown) = (identity(), identity());
    let arena = Arena::trusting(&[(&known, None)], &["--no-mdns"]);
    for (name, claimed) in [
        ("forged SKI of a known peer, as client", known.ski()),
        ("forged SKI of nobody known, as client", unknown.ski()),
        ("forged SKI of the hub itself, as client", arena.ski),
    ] {
        arena.judge(name, "CERT-02", MOST, async |arena| knock_as(arena, claimed).await);
        let claimed = claimed.to_string();
        assert!(!arena.has_said(|event| event["ski"] == claimed && event["event"] == "connected"));
    }
}

#[test]
fn a_server_with_the_ski_of_somebody_else() {
    let (known, unknown) = (identity(), identity());
    for (name, claimed, is_known) in [
        ("forged SKI of a known peer, as server", &known, true),
        ("forged SKI at the first contact, as server", &unknown, false),
    ] {
        // Served from a thread of its own: the hub dials as soon as it runs.
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let acceptor =
            TlsAcceptor::from(Arc::new(odd_server(Papers::forged(claimed.ski()), &TLS12)));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                server.set_nonblocking(true).unwrap();
                let server = tokio::net::TcpListener::from_std(server).unwrap();
                while let Ok((tcp, _)) = server.accept().await {
                    let _ = acceptor.accept(tcp).await;
                }
            });
        });
        let trusted = [(claimed, Some(address))];
        let arena = Arena::trusting(if is_known { &trusted } else { &[] }, &["--no-mdns"]);
        arena.judge(name, "CERT-02", MOST, async |arena| {
            let ski = claimed.ski().to_string();
            let target = format!("{address}/ship/");
            let order = match is_known {
                // What failed for good is not tried again by itself.
                true => json!({ "do": "connect", "ski": ski }),
                false => json!({ "do": "register", "ski": ski, "addresses": [target] }),
            };
            arena.home.client().order(order);
        });
        let ski = claimed.ski().to_string();
        assert!(!arena.has_said(|event| event["ski"] == ski && event["event"] == "connected"));
    }
}

#[test]
fn a_genuine_key_that_nobody_trusts() {
    let stranger = identity();
    let arena = Arena::new();
    arena.judge("a genuine, untrusted key in every state", "CLS-04", MOST, async |arena| {
        let everything = [
            (0, "\0"),
            (1, HELLO),
            (1, MORE_TIME),
            (1, ANNOUNCE),
            (1, SELECT),
            (1, r#"{"messageProtocolHandshakeError":[{"error":2}]}"#),
            (1, PIN_STATE),
            (1, r#"{"connectionPinInput":[{"pin":"12345678"}]}"#),
            (1, r#"{"connectionPinError":[{"error":1}]}"#),
            (1, ASK),
            (1, METHODS),
            (2, r#"{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":{}}]}"#),
            (3, r#"{"connectionClose":[{"phase":"announce"}]}"#),
            (3, r#"{"connectionClose":[{"phase":"confirm"}]}"#),
        ];
        for (kind, text) in everything {
            Talker::open(arena, &stranger).await.say(kind, text).await;
            let mut talker = Talker::hello(arena, &stranger).await;
            // It may have refused already.
            let _ = talker.say(kind, text).await && talker.say(1, HELLO).await;
            for (kind, text) in everything {
                if !talker.say(kind, text).await {
                    break;
                }
            }
        }
    });
    let ski = stranger.ski().to_string();
    for event in ["completed", "data", "registered"] {
        assert!(!arena.has_said(|said| said["ski"] == ski && said["event"] == event), "{event}");
    }
    let trusted = arena.home.trust();
    assert!(trusted.iter().all(|(trusted, _)| *trusted != stranger.ski()));
}
