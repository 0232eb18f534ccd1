//! Those who connect and get no further.

use std::time::Duration;

use rustls::{pki_types::ServerName, version::TLS12};
use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    task::JoinSet,
    time::{interval, timeout},
};
use tokio_rustls::TlsConnector;

use crate::{
    arena::{Arena, MOST, identity},
    kit::PATIENCE,
    odd::ClientStream,
    papers::{Papers, odd_client},
};

/// Enough to be a crowd.
const MANY: usize = 40;

#[test]
fn three_hundred_who_say_nothing() {
    Arena::new().judge("300 half-open connections", "TLS-05", MOST, async |arena| {
        let mut silent = Vec::new();
        for _ in 0..300 {
            silent.push(arena.knock().await);
        }
    });
}

#[test]
fn the_beginning_of_a_tls_hello() {
    Arena::new().judge("100 partial TLS hellos", "TLS-05", MOST, async |arena| {
        let mut silent = Vec::new();
        for _ in 0..100 {
            let mut tcp = arena.knock().await;
            // The header of a record with a ClientHello of 16 KiB, and its beginning.
            tcp.write_all(&[22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3, 7, 7, 7]).await.unwrap();
            silent.push(tcp);
        }
        arena.says("silence", |event| says(event, "s in the TLS handshake")).await;
    });
}

#[test]
fn garbage_instead_of_tls() {
    Arena::new().judge("64 KiB of garbage, 100 times", "TLS-02", MOST, async |arena| {
        for _ in 0..100 {
            let mut tcp = arena.knock().await;
            let _ = tcp.write_all(&[0xff; 1 << 16]).await;
        }
    });
}

#[test]
fn tls_and_no_http() {
    Arena::new().judge("TLS without HTTP, 40 times", "TLS-05", MOST, async |arena| {
        let mut silent = Vec::new();
        for _ in 0..MANY {
            silent.extend(secure(arena).await);
        }
    });
}

#[test]
fn headers_a_byte_a_second() {
    Arena::new().judge("40 requests, a byte a second", "TLS-05", MOST, async |arena| {
        let mut slow = JoinSet::new();
        for _ in 0..MANY {
            let Some(mut stream) = secure(arena).await else { continue };
            slow.spawn(async move {
                let mut seconds = interval(Duration::from_secs(1));
                for byte in b"GET /ship/ HTTP/1.1\r\nHost: hub\r\nX-Slow: very\r\n".chunks(1) {
                    seconds.tick().await;
                    if stream.write_all(byte).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
            });
        }
        arena.says("silence", |event| says(event, "s in the WebSocket upgrade")).await;
    });
}

#[test]
fn headers_without_end() {
    Arena::new().judge("1 MiB of headers, 40 times", "WS-02", MOST, async |arena| {
        for _ in 0..MANY {
            let Some(mut stream) = secure(arena).await else { continue };
            let _ = stream.write_all(b"GET /ship/ HTTP/1.1\r\n").await;
            for _ in 0..1 << 16 {
                if stream.write_all(b"X-Endless: yes\r\n").await.is_err() {
                    break;
                }
            }
        }
    });
}

#[test]
fn ten_thousand_who_come_and_go() {
    Arena::new().judge("10 000 connections that come and go", "TCP-03", MOST, async |arena| {
        for _ in 0..10_000 {
            let mut tcp = arena.knock().await;
            let _ = tcp.write_all(&[22, 3, 1]).await;
            // A reset leaves nothing behind that would use up the ports of this computer.
            SockRef::from(&tcp).set_linger(Some(Duration::ZERO)).unwrap();
        }
        // Whoever stays is told apart from those.
    });
}

fn says(event: &serde_json::Value, text: &str) -> bool {
    event["message"].as_str().is_some_and(|message| message.contains(text))
}

/// TLS with a genuine certificate; `None` if somebody newer displaced us.
async fn secure(arena: &Arena) -> Option<ClientStream> {
    let connector =
        TlsConnector::from(std::sync::Arc::new(odd_client(Some(Papers::of(&identity())), &TLS12)));
    let name = ServerName::IpAddress(arena.address.ip().into());
    let tcp: TcpStream = arena.knock().await;
    timeout(PATIENCE, connector.connect(name, tcp)).await.expect("an answer").ok()
}
