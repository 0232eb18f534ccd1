//! Those who dial the hub, each with a fault.

use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{pki_types::ServerName, version::TLS12};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    board::Board,
    papers::{self, odd_client},
    tester::{Listener, Papers, Tester, field, hello, phase, run},
};

/// Somebody before he dials.
pub struct Visit {
    /// The hub.
    pub board: &'static Board,
    /// Who he is.
    pub papers: Papers,
    /// Where he comes from, if he never shows who he is: nobody else does.
    pub from: Ipv4Addr,
}

impl Visit {
    /// The hub trusts him.
    fn is_trusted(&self) {
        self.board.register(self.papers.ski, json!({}));
    }

    async fn connects(&self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((self.from, 0)))?;
        socket.connect(self.board.address()).await
    }

    async fn secures(&self, papers: Option<papers::Papers>) -> io::Result<TlsStream<TcpStream>> {
        let tcp = self.connects().await?;
        let name = ServerName::IpAddress(self.board.address().ip().into());
        TlsConnector::from(Arc::new(odd_client(papers, &TLS12))).connect(name, tcp).await
    }

    async fn dials(&self) -> Tester {
        Tester::dial(self.board.address(), &self.papers).await
    }
}

pub fn no_certificate(visit: Visit) {
    run(async {
        // Whether TLS seems to succeed to him does not matter.
        let _connection = visit.secures(None).await;
        pending::<()>().await;
    });
}

pub fn plain_http(visit: Visit) {
    run(async {
        let mut tcp = visit.connects().await.unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        pending::<()>().await;
    });
}

pub fn forged_ski(visit: Visit) {
    run(async {
        let _connection = visit.secures(Some(papers::Papers::forged(visit.papers.ski))).await;
        pending::<()>().await;
    });
}

pub fn ourselves(visit: Visit) {
    let address = visit.board.address();
    visit.board.register(visit.papers.ski, json!({ "addresses": [format!("{address}/ship/")] }));
}

pub fn stranger(visit: Visit) {
    run(async {
        let mut tester = visit.dials().await;
        tester.through_cmi().await;
        tester.say(hello("ready")).await;
        pending::<()>().await;
    });
}

pub fn cuts_short(visit: Visit) {
    /// With less left, nobody asks for more time; he is asked 15 s before its end.
    const WAITS: u64 = 31_000;
    run(async {
        let mut tester = visit.dials().await;
        tester.through_cmi().await;
        let ready =
            |waiting| json!({ "connectionHello": [{ "phase": "ready" }, { "waiting": waiting }] });
        tester.say(ready(WAITS)).await;
        loop {
            let heard = tester.heard().await;
            if field(&heard, "connectionHello", "prolongationRequest") == &Value::Bool(true) {
                break;
            }
        }
        tester.say(ready(60_000)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        tester.say(json!({ "connectionHello": [{ "phase": "aborted" }] })).await;
        pending::<()>().await;
    });
}

pub fn announces_no_version(visit: Visit) {
    visit.is_trusted();
    run(async {
        let mut tester = visit.dials().await;
        tester.through_cmi().await;
        while phase(&tester.heard().await) != "ready" {}
        tester.say(hello("ready")).await;
        pending::<()>().await;
    });
}

/// With the lower SKI: the hub decides, and keeps what it has dialled itself.
pub fn dials_again(visit: Visit) {
    run(async {
        let board = visit.board;
        let listener = Listener::new(Papers::below(board.ski())).await;
        let (papers, address) = (&listener.papers, listener.address);
        board.also(visit.papers.ski, papers.ski);
        board.register(papers.ski, json!({ "addresses": [format!("{address}/ship/")] }));
        let mut kept = listener.accept().await.complete().await;
        let dials = async {
            for _ in 0..4 {
                let refused = Tester::try_dial(board.address(), papers).await;
                assert_eq!(refused.err(), Some(503));
            }
        };
        // Whoever answers no ping is taken for dead.
        tokio::join!(dials, async { while kept.hear().await.is_some() {} });
        pending::<()>().await;
    });
}
