//! TLS: who is let in, who is refused, and what the refused one sees.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{
    AlertDescription, Error, HandshakeKind, ProtocolVersion, ServerConfig,
    crypto::ring::{cipher_suite, default_provider},
    version::{TLS12, TLS13},
};
use shipctl::{
    checks::Code,
    driver::{
        dial::{DialCause, Stage},
        listen::InboundCause,
        tls::{Suite, TlsConfig, TlsError, TlsSettings, TlsSetupError, Version},
    },
    identity::cert::CertError,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::Message;

use super::{
    kit::*,
    papers::{Papers, odd_client, odd_server},
};

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

    let (_, session) = dialed.ws.get_ref().get_ref().get_ref();
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
async fn of_our_suites_the_first_both_have_is_taken() {
    let with = |suites: &[Suite]| TlsSettings { suites: suites.to_vec(), ..Default::default() };
    let (gcm, ccm8, cbc) = (Suite::Gcm, Suite::Ccm8, Suite::Cbc);
    for (ours, theirs, taken) in [
        (&[gcm, ccm8, cbc][..], &[gcm, ccm8, cbc][..], Some(gcm)),
        // The order of the server counts.
        (&[gcm, ccm8, cbc], &[cbc, ccm8, gcm], Some(gcm)),
        (&[cbc, gcm], &[gcm, cbc], Some(cbc)),
        (&[gcm, ccm8, cbc], &[cbc, ccm8], Some(ccm8)),
        (&[gcm, ccm8, cbc], &[cbc], Some(cbc)),
        (&[cbc], &[gcm, ccm8, cbc], Some(cbc)),
        (&[gcm], &[cbc], None),
    ] {
        let mut node = Node::with_tls(&identity(), loopback(), &with(ours));
        let theirs = with(theirs);
        let dialling = dial_with(node.target(), &theirs);
        let Some(taken) = taken else {
            let (failed, inbound) = tokio::join!(dialling, node.failure());
            let failed = failed.unwrap_err();
            assert_eq!((failed.failures[0].code(), inbound.cause.code()), ("TLS-01", "TLS-01"));
            continue;
        };
        let (dialed, incoming) = tokio::join!(dialling, async {
            let incoming = node.request().await;
            let tls = incoming.tls;
            (tls, incoming.admit().await.unwrap())
        });
        let tls = dialed.unwrap().tls;
        assert_eq!((tls, tls.version), (incoming.0, Version::Tls12));
        assert_eq!(Some(tls.suite), taken.rustls().suite().as_str());
        let findings: Vec<_> = tls.findings().iter().map(|it| it.code).collect();
        assert_eq!(findings, if taken == gcm { vec![] } else { vec![Code::Tls06] });
    }
}

#[tokio::test]
async fn tls_1_3_is_spoken_where_it_was_switched_on_and_keeps_forgeries_out_as_well() {
    let settings = TlsSettings { versions: Version::ALL.to_vec(), ..TlsSettings::default() };
    let mut node = Node::with_tls(&identity(), loopback(), &settings);
    let (dialed, server) = tokio::join!(dial_with(node.target(), &settings), async {
        node.request().await.admit().await.unwrap()
    });
    let mut dialed = dialed.unwrap();
    assert_eq!(dialed.tls.version, Version::Tls13);
    assert_eq!(dialed.tls.findings()[0].code, Code::Tls07);
    let message = Message::Binary(vec![1, 2].into());
    dialed.ws.send(message.clone()).await.unwrap();
    let mut server = server;
    assert_eq!(soon(server.next()).await.unwrap().unwrap(), message);

    let papers = Papers::forged(identity().ski());
    let mut stream = connect_oddly(odd_client(Some(papers), &TLS13), node.address).await.unwrap();
    assert_eq!(node.failure().await.cause.code(), "CERT-02");
    // In TLS 1.3 a client is ready before it is judged.
    let alert = soon(stream.read_u8()).await.unwrap_err();
    let expected = Error::AlertReceived(AlertDescription::BadCertificate);
    assert_eq!(rustls_error(&alert), Some(&expected));
    let address =
        serve_oddly(odd_server(Papers::forged(identity().ski()), &TLS13), |result| async {
            drop(result)
        })
        .await;
    let target = shipctl::proto::Target::socket(address, "/ship/");
    let failure = dial_with(target, &settings).await.unwrap_err();
    assert_eq!(failure.failures[0].code(), "CERT-02");
}

#[test]
fn settings_that_fit_nothing_are_refused() {
    for settings in [
        TlsSettings { versions: Vec::new(), ..TlsSettings::default() },
        TlsSettings { suites: Vec::new(), ..TlsSettings::default() },
    ] {
        let refused = TlsConfig::with(&identity(), &settings);
        assert!(matches!(refused, Err(TlsSetupError::Settings(_))), "{refused:?}");
    }
}
