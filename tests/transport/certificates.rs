//! What becomes of odd certificates, read alone and shown to us in a real handshake, in both roles.

use rcgen::KeyPair;
use rustls::{AlertDescription, Error, pki_types::PrivateKeyDer, version::TLS12};
use shipctl::{
    driver::dial::Stage,
    identity::cert::{CertError, CertRemark, SkiMistake, read},
    proto::Target,
};
use tokio::{io::AsyncWriteExt as _, sync::mpsc};
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        handshake::server::{Request, Response},
        http::HeaderValue,
    },
};

use super::{
    corpus::{Fate, Odd, corpus},
    kit::*,
    papers::{Papers, odd_client, odd_server},
};

fn papers(key: &KeyPair, der: &[u8]) -> Papers {
    Papers {
        certificate: der.to_vec().into(),
        more: Vec::new(),
        key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
    }
}

#[test]
fn every_odd_certificate_is_read_with_exactly_its_remarks_or_refused() {
    for Odd { name, der, fate } in corpus(&KeyPair::generate().unwrap()) {
        match (fate, read(&der)) {
            (Fate::Taken(expected), Ok(mut peer)) => {
                // The clock has no part in reading.
                let remarks = |expected: &Vec<CertRemark>| {
                    expected.iter().filter(|it| it.code() != "CERT-06").cloned().collect::<Vec<_>>()
                };
                peer.remarks.retain(|it| it.code() != "CERT-06");
                assert_eq!(peer.remarks, remarks(&expected), "{name}");
                assert!(peer.claimed_ski.is_none_or(|claimed| claimed == peer.ski), "{name}");
            }
            (Fate::Refused(code, _), Err(error)) => {
                assert_eq!(error.code(), code, "{name}: {error}")
            }
            // Only the handshake shows that nobody holds the key.
            (Fate::Refused(_, AlertDescription::DecryptError), Ok(_)) => {}
            (fate, read) => panic!("{name}: {fate:?}, but {read:?}"),
        }
    }
}

#[test]
fn names_are_read_in_every_kind_of_string() {
    let corpus = corpus(&KeyPair::generate().unwrap());
    for (kind, common_name) in [
        ("UTF-8 name", Some("Wärme")),
        ("Teletex name", Some("Wärme")),
        ("BMP name", Some("Wärme")),
        ("printable name", Some("Waerme")),
        ("name with a bell", Some("Waerme")),
        ("no names", None),
        ("name that is none", None),
    ] {
        let odd = corpus.iter().find(|odd| odd.name == kind).unwrap();
        assert_eq!(read(&odd.der).unwrap().common_name.as_deref(), common_name, "{kind}");
    }
}

#[test]
fn a_known_mistake_of_generators_is_called_by_its_name() {
    let corpus = corpus(&KeyPair::generate().unwrap());
    for (kind, known, says) in [
        ("SKI is the truncated SHA-256", Some(SkiMistake::TruncatedSha256), "RFC 7093"),
        ("SKI is the SHA-1 of the key info", Some(SkiMistake::WholeKeyInfo), "whole key info"),
        ("SKI forged", None, "a forgery"),
    ] {
        let error = read(&corpus.iter().find(|odd| odd.name == kind).unwrap().der).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(matches!(error, CertError::ForgedSki { mistake, .. } if mistake == known));
    }
}

#[tokio::test]
async fn every_odd_certificate_of_a_client_meets_its_fate() {
    let (key, mut node) = (KeyPair::generate().unwrap(), Node::start());
    for Odd { name, der, fate } in corpus(&key) {
        let connected = connect_oddly(odd_client(Some(papers(&key, &der)), &TLS12), node.address);
        match (connected.await, fate) {
            (Ok(mut stream), Fate::Taken(remarks)) => {
                stream.write_all(UPGRADE).await.unwrap();
                assert_eq!(node.request().await.certificate.remarks, remarks, "{name}");
            }
            (Err(error), Fate::Refused(code, alert)) => {
                let seen = rustls_error(&error);
                assert_eq!(seen, Some(&Error::AlertReceived(alert)), "{name}");
                assert_eq!(node.failure().await.cause.code(), code, "{name}");
            }
            (connected, fate) => panic!("{name}: {fate:?}, but {:?}", connected.map(|_| ())),
        }
    }
}

#[tokio::test]
async fn every_odd_certificate_of_a_server_meets_its_fate() {
    let key = KeyPair::generate().unwrap();
    for Odd { name, der, fate } in corpus(&key) {
        let (address, mut refused) = serve_ship(papers(&key, &der)).await;
        match (dial_one(Target::socket(address, "/ship/"), None).await, fate) {
            (Ok(dialed), Fate::Taken(remarks)) => {
                assert_eq!(dialed.certificate.remarks, remarks, "{name}");
            }
            (Err(failure), Fate::Refused(code, alert)) => {
                let failure = failure.most_telling().unwrap();
                assert_eq!((failure.code(), failure.stage), (code, Stage::Tls), "{name}");
                let seen = soon(refused.recv()).await.unwrap();
                assert_eq!(rustls_error(&seen), Some(&Error::AlertReceived(alert)), "{name}");
            }
            (dialed, fate) => panic!("{name}: {fate:?}, but {dialed:?}"),
        }
    }
}

#[tokio::test]
async fn what_comes_behind_a_certificate_is_counted_and_not_read() {
    let key = KeyPair::generate().unwrap();
    let faultless = corpus(&key).swap_remove(0).der;
    let chain = || Papers {
        more: vec![vec![0x30, 0x80].into(), b"no certificate".to_vec().into()],
        ..papers(&key, &faultless)
    };
    let mut node = Node::start();
    let mut stream = connect_oddly(odd_client(Some(chain()), &TLS12), node.address).await.unwrap();
    stream.write_all(UPGRADE).await.unwrap();
    assert_eq!(node.request().await.certificate.remarks, [CertRemark::Chain(2)]);
    let (address, _refused) = serve_ship(chain()).await;
    let dialed = dial_one(Target::socket(address, "/ship/"), None).await.unwrap();
    assert_eq!(dialed.certificate.remarks, [CertRemark::Chain(2)]);
}

/// What a client sends for a WebSocket.
const UPGRADE: &[u8] = b"GET /ship/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ship\r\n\r\n";

/// A server with these papers that gives a WebSocket, or tells why no handshake came about.
async fn serve_ship(papers: Papers) -> (std::net::SocketAddr, mpsc::Receiver<std::io::Error>) {
    let (sender, refused) = mpsc::channel(1);
    let address = serve_oddly(odd_server(papers, &TLS12), move |accepted| {
        let sender = sender.clone();
        async move {
            match accepted {
                Ok(stream) => drop(accept_hdr_async(stream, speaks_ship).await),
                Err(error) => sender.send(error).await.unwrap(),
            }
        }
    })
    .await;
    (address, refused)
}

fn speaks_ship(
    _: &Request,
    mut response: Response,
) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
    let ship = HeaderValue::from_static("ship");
    response.headers_mut().insert("Sec-WebSocket-Protocol", ship);
    Ok(response)
}
