//! TLS: who is let in, who is refused, and what the refused one sees.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{
    AlertDescription, Error, HandshakeKind, ProtocolVersion, ServerConfig,
    crypto::ring::{cipher_suite, default_provider},
    version::{TLS12, TLS13},
};
use shipctl::{
    driver::{
        dial::{DialCause, Stage},
        listen::InboundCause,
        tls::TlsError,
    },
    identity::cert::CertError,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::Message;

use super::kit::*;

#[tokio::test]
async fn two_nodes_connect_and_know_each_other_by_their_keys() {
    let mut node = Node::start();
    let us = identity();
    let (tls, targets) = (tls(&us), [node.target()]);
    let limits = Default::default();
    let dialling = shipctl::driver::dial::dial(&targets, Some(node.ski), &tls, &limits);
    let (dialed, (incoming_ski, remote, local, mut server)) = tokio::join!(dialling, async {
        let incoming = node.request().await;
        assert_eq!((incoming.path.as_str(), incoming.certificate.remarks.len()), ("/ship/", 0));
        let (ski, remote, local) = (incoming.ski, incoming.remote, incoming.local);
        (ski, remote, local, incoming.admit().await.unwrap())
    });
    let mut dialed = dialed.unwrap();
    assert_eq!((dialed.ski, incoming_ski), (node.ski, us.ski()));
    assert_eq!((Some(dialed.remote), dialed.local), (local, Some(remote)));
    assert_eq!((dialed.failures.len(), &dialed.target), (0, &node.target()));

    let (_, session) = dialed.ws.get_ref().get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_2));
    for (from, to) in [(0, 1), (1, 0)] {
        let ends = [&mut dialed.ws, &mut server];
        ends[from].send(Message::Binary(vec![0, 0].into())).await.unwrap();
        let got = soon(ends[to].next()).await.unwrap().unwrap();
        assert_eq!(got, Message::Binary(vec![0, 0].into()));
    }
}

#[tokio::test]
async fn a_server_with_a_forged_ski_is_refused_with_bad_certificate() {
    let claimed = identity().ski();
    let (seen, mut alerts) = mpsc::channel(1);
    let address = serve_oddly(odd_server(Papers::forged(claimed), &TLS12), move |result| {
        let seen = seen.clone();
        async move { seen.send(result.unwrap_err()).await.unwrap() }
    })
    .await;
    let failure = fail(address).await;
    let failure = failure.most_telling().unwrap();
    assert_eq!((failure.code(), failure.stage), ("CERT-02", Stage::Tls));
    let DialCause::Tls(TlsError::Certificate(CertError::ForgedSki { claimed: named, .. })) =
        failure.cause
    else {
        panic!("{failure}")
    };
    assert_eq!(named, claimed);
    let alert = soon(alerts.recv()).await.unwrap();
    let expected = Error::AlertReceived(AlertDescription::BadCertificate);
    assert_eq!(rustls_error(&alert), Some(&expected));
}

#[tokio::test]
async fn a_client_with_a_forged_ski_is_refused_with_bad_certificate() {
    let mut node = Node::start();
    let claimed = identity().ski();
    let config = odd_client(Some(Papers::forged(claimed)), &TLS12);
    let alert = connect_oddly(config, node.address).await.unwrap_err();
    let expected = Error::AlertReceived(AlertDescription::BadCertificate);
    assert_eq!(rustls_error(&alert), Some(&expected));
    let failure = node.failure().await;
    assert_eq!(failure.cause.code(), "CERT-02");
    assert_eq!(failure.remote.ip(), node.address.ip());
}

#[tokio::test]
async fn a_peer_that_shows_a_certificate_of_which_it_has_no_key_is_refused_in_both_roles() {
    let stolen = || Papers { key: Papers::of(&identity()).key, ..Papers::of(&identity()) };
    let address = serve_oddly(odd_server(stolen(), &TLS12), |result| async { drop(result) }).await;
    let failure = fail(address).await;
    assert_eq!(failure.failures[0].cause, DialCause::Tls(TlsError::WrongKey));

    let mut node = Node::start();
    let config = odd_client(Some(stolen()), &TLS12);
    let alert = connect_oddly(config, node.address).await.unwrap_err();
    let expected = Error::AlertReceived(AlertDescription::DecryptError);
    assert_eq!(rustls_error(&alert), Some(&expected));
    assert_eq!(node.failure().await.cause, InboundCause::Tls(TlsError::WrongKey));
}

#[tokio::test]
async fn a_client_without_certificate_is_refused() {
    let mut node = Node::start();
    let alert = connect_oddly(odd_client(None, &TLS12), node.address).await.unwrap_err();
    assert!(matches!(rustls_error(&alert), Some(Error::AlertReceived(_))), "{alert}");
    let cause = node.failure().await.cause;
    assert_eq!((cause.code(), cause), ("TLS-05", TlsError::NoClientCertificate.into()));
}

#[tokio::test]
async fn a_peer_that_speaks_only_tls_1_3_is_named_as_such_in_both_roles() {
    let mut node = Node::start();
    let papers = Papers::of(&identity());
    let alert = connect_oddly(odd_client(Some(papers), &TLS13), node.address).await.unwrap_err();
    let expected = Error::AlertReceived(AlertDescription::ProtocolVersion);
    assert_eq!(rustls_error(&alert), Some(&expected));
    let cause = node.failure().await.cause;
    assert_eq!((cause.code(), cause), ("TLS-03", TlsError::Version.into()));

    let config = odd_server(Papers::of(&identity()), &TLS13);
    let address = serve_oddly(config, |result| async { drop(result) }).await;
    assert_eq!(fail(address).await.failures[0].code(), "TLS-03");
}

#[tokio::test]
async fn a_server_without_a_common_suite_is_named_as_such() {
    let mut provider = default_provider();
    provider.cipher_suites = vec![cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Papers::of(&identity()).resolver());
    let address = serve_oddly(config, |result| async { drop(result) }).await;
    let failure = fail(address).await;
    let cause = &failure.failures[0].cause;
    assert_eq!(cause, &DialCause::Tls(TlsError::Alert("handshake_failure".to_owned())));
    assert_eq!(cause.code(), "TLS-01");
}

#[tokio::test]
async fn plain_http_is_recognised_in_both_roles() {
    let address = serve_tcp(|mut tcp| async move {
        let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let failure = fail(address).await;
    assert_eq!(failure.failures[0].cause, DialCause::Tls(TlsError::NotTls));
    assert_eq!(failure.failures[0].code(), "TLS-02");

    let mut node = Node::start();
    let mut browser = TcpStream::connect(node.address).await.unwrap();
    browser.write_all(b"GET / HTTP/1.1\r\nHost: shipctl\r\n\r\n").await.unwrap();
    assert_eq!(node.failure().await.cause, TlsError::NotTls.into());
}

#[tokio::test]
async fn a_session_is_never_resumed() {
    let mut node = Node::start();
    let config = odd_client(Some(Papers::of(&identity())), &TLS12);
    for _ in 0..2 {
        let mut stream = connect_oddly(config.clone(), node.address).await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
        stream.shutdown().await.unwrap();
        node.failure().await;
    }
}

#[tokio::test]
async fn our_records_carry_at_most_1024_bytes() {
    let mut node = Node::start();
    let (lengths, mut records) = mpsc::unbounded_channel();
    let behind = node.address;
    let address = serve_tcp(move |tcp| relay(tcp, behind, lengths.clone())).await;
    let target = shipctl::proto::Target::socket(address, "/ship/");
    let (dialed, server) =
        tokio::join!(dial_one(target, None), async { node.request().await.admit().await });
    let (mut client, mut server) = (dialed.unwrap().ws, server.unwrap());
    let long = Message::Binary(vec![2; 10_000].into());
    client.send(long.clone()).await.unwrap();
    assert_eq!(soon(server.next()).await.unwrap().unwrap(), long);
    server.send(long.clone()).await.unwrap();
    assert_eq!(soon(client.next()).await.unwrap().unwrap(), long);
    // What was read has passed the relay before.
    let mut longest = [0; 2];
    while let Ok((direction, length)) = records.try_recv() {
        longest[direction] = length.max(longest[direction]);
    }
    // 1024 bytes of plaintext, 8 of nonce, 16 of tag.
    assert_eq!(longest, [1048, 1048]);
}

/// Carries bytes between a client and `behind`, telling the length of each TLS record.
async fn relay(
    client: TcpStream,
    behind: std::net::SocketAddr,
    lengths: mpsc::UnboundedSender<(usize, usize)>,
) {
    let server = TcpStream::connect(behind).await.unwrap();
    let (client, server) = (client.into_split(), server.into_split());
    let carry = |direction,
                 mut from: tokio::net::tcp::OwnedReadHalf,
                 mut to: tokio::net::tcp::OwnedWriteHalf| {
        let lengths = lengths.clone();
        async move {
            let mut header = [0; 5];
            while from.read_exact(&mut header).await.is_ok() {
                let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
                let mut body = vec![0; length];
                if from.read_exact(&mut body).await.is_err() {
                    break;
                }
                let _ = lengths.send((direction, length));
                let _ = to.write_all(&[&header[..], &body].concat()).await;
            }
        }
    };
    tokio::join!(carry(0, client.0, server.1), carry(1, server.0, client.1));
}
