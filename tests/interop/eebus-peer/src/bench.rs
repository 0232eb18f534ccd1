//! `--self-bench`: two nodes of the crate shake hands in this process, over loopback.
//!
//! Inside the measured time: TCP connect, TLS 1.2 with both certificates, WebSocket upgrade, and the
//! SHIP handshake until both sides may send data *and* have the other's access methods. The crate
//! does not wait for those before data flows; ship-go does, so they are counted for a fair figure,
//! and the time until both sides may send data is given beside it as `data_ready_ms`.
//! Outside: closing, and one warm-up handshake. Both nodes share one thread.

use std::time::{Duration, Instant};

use eebus::cert::{CertParams, self_signed};
use eebus::runtime::{ConnectionError, Node, ShipConnection, TrustStore};
use eebus::tls::ShipTls;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{Fallible, events};

pub async fn run(n: usize) -> Fallible {
    let client = node("i:46925_u:bench-client")?;
    let server = node("i:46925_u:bench-server")?;
    client.trust_store().trust(server.ski());
    server.trust_store().trust(client.ski());
    let listener = TcpListener::bind("127.0.0.1:0").await?;

    let (mut ready, mut complete) = (Vec::new(), Vec::new());
    for round in 0..=n {
        let times = handshake(&client, &server, &listener).await?;
        if round > 0 {
            ready.push(times.0);
            complete.push(times.1);
        }
    }
    ready.sort_unstable();
    complete.sort_unstable();
    events::emit(json!({
        "event": "bench", "n": n,
        "median_ms": milliseconds(complete[n / 2]),
        "p95_ms": milliseconds(complete[(n * 95 / 100).min(n - 1)]),
        "data_ready_ms": milliseconds(ready[n / 2]),
    }));
    Ok(())
}

/// The time until both sides may send data, and until both are through with access methods.
async fn handshake(
    client: &Node,
    server: &Node,
    listener: &TcpListener,
) -> Fallible<(Duration, Duration)> {
    let address = listener.local_addr()?;
    let start = Instant::now();
    let accept = async { server.accept(listener.accept().await?.0).await };
    let (mut dialled, mut accepted) = tokio::try_join!(client.connect(address), accept)?;
    let ready = start.elapsed();
    tokio::try_join!(access_methods(&mut dialled), access_methods(&mut accepted))?;
    Ok((ready, start.elapsed()))
}

/// Answers the peer's request and waits for its answer to ours.
async fn access_methods(connection: &mut ShipConnection) -> Result<(), ConnectionError> {
    let (mut asked, mut answered) = (false, false);
    while !(asked && answered) {
        let message = connection.next_message().await?;
        connection.handle_message(&message)?;
        connection.flush().await?;
        match connection.peer_ship_id() {
            Some(_) if !answered => answered = true,
            _ => asked = true,
        }
    }
    Ok(())
}

fn node(ship_id: &str) -> Fallible<Node> {
    let identity = self_signed(CertParams::new(ship_id))?;
    Ok(Node::new(ship_id, ShipTls::new(identity), TrustStore::new()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
