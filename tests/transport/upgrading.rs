//! The HTTP upgrade in both roles.

use std::sync::{Arc, Mutex};

use rustls::version::TLS12;
use shipctl::{
    driver::{
        dial::{DialCause, TargetFailure},
        listen::InboundCause,
        ws::UpgradeError,
    },
    proto::Target,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::{accept_hdr_async, tungstenite::handshake::server};

use super::{
    kit::*,
    papers::{Papers, odd_client, odd_server},
};

/// What a server answers.
#[derive(Clone, Copy)]
enum Answer {
    Ship,
    NoSubProtocol,
    Status(u16),
}
use Answer::*;

/// A server that answers like this to a path, with the requests it got.
async fn answering(
    answer: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static,
) -> (std::net::SocketAddr, Arc<Mutex<Vec<server::Request>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    let address = serve_oddly(odd_server(Papers::of(&identity()), &TLS12), move |stream| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            let callback = |request: &server::Request, mut response: server::Response| {
                seen.lock().unwrap().push(request.clone());
                match answer(request.uri().path()) {
                    Ship => {
                        let ship = "ship".parse().unwrap();
                        response.headers_mut().insert("Sec-WebSocket-Protocol", ship);
                        Ok(response)
                    }
                    NoSubProtocol => Ok(response),
                    Status(code) => {
                        let mut refusal = server::ErrorResponse::new(None);
                        *refusal.status_mut() = code.try_into().unwrap();
                        Err(refusal)
                    }
                }
            };
            if let Ok(mut ws) = accept_hdr_async(stream.unwrap(), callback).await {
                // Keeps the connection until the client has gone.
                let _ = ws.get_mut().read(&mut [0; 64]).await;
            }
        }
    })
    .await;
    (address, requests)
}

#[tokio::test]
async fn the_request_has_all_that_ship_asks_for() {
    let (address, requests) = answering(|_| Ship).await;
    drop(dial_one(Target::socket(address, "/a/b"), None).await.unwrap());
    let requests = requests.lock().unwrap();
    assert_eq!((requests.len(), requests[0].uri().path()), (1, "/a/b"));
    let header = |name| requests[0].headers()[name].to_str().unwrap();
    assert_eq!(header("host"), address.to_string());
    assert_eq!(header("sec-websocket-protocol"), "ship");
    assert!(!requests[0].headers().contains_key("origin"));
}

#[tokio::test]
async fn a_server_that_does_not_select_ship_is_left() {
    let (address, _) = answering(|_| NoSubProtocol).await;
    let failure = fail(address).await;
    assert_eq!(failure.failures[0].cause, UpgradeError::NoSubProtocol.into());
    assert_eq!(failure.failures[0].code(), "WS-02");
}

#[tokio::test]
async fn where_the_announced_path_fails_the_usual_ones_are_tried() {
    let (address, _) = answering(|path| match path {
        "/" => Ship,
        _ => Status(404),
    })
    .await;
    for announced in ["/wrong", "no path at all"] {
        let dialed = dial_one(Target::socket(address, announced), None).await.unwrap();
        assert_eq!(dialed.target, Target::socket(address, "/"));
        let tried: Vec<_> = dialed.failures.iter().map(|f| f.target.path.as_str()).collect();
        assert_eq!(tried, [announced, "/ship/"]);
        let codes: Vec<_> = dialed.failures.iter().map(TargetFailure::code).collect();
        assert_eq!(codes, ["WS-01", "WS-01"]);
        assert_eq!(dialed.failures[1].cause, UpgradeError::Status(404).into());
    }
}

#[tokio::test]
async fn where_no_path_works_the_announced_one_is_told_with_its_status() {
    let (address, requests) = answering(|path| match path {
        "/wrong" => Status(403),
        _ => Status(404),
    })
    .await;
    let failure = dial_one(Target::socket(address, "/wrong"), None).await.unwrap_err();
    let told = failure.most_telling().unwrap();
    assert_eq!(
        (&told.cause, told.target.path.as_str()),
        (&UpgradeError::Status(403).into(), "/wrong")
    );
    let requests = requests.lock().unwrap();
    let paths: Vec<_> = requests.iter().map(|request| request.uri().path()).collect();
    assert_eq!(paths, ["/wrong", "/ship/", "/"]);
}

#[tokio::test]
async fn a_server_at_its_limit_answers_503_before_any_websocket_and_is_not_asked_again() {
    let mut node = Node::start();
    let (dialed, refused) = tokio::join!(dial_one(node.target(), None), async {
        node.request().await.refuse_busy().await
    });
    refused.unwrap();
    let failure = dialed.unwrap_err();
    assert_eq!(failure.failures.len(), 1);
    assert_eq!(failure.failures[0].cause, UpgradeError::Busy.into());
    assert_eq!(failure.failures[0].code(), "WS-03");
}

#[tokio::test]
async fn a_request_that_is_dropped_undecided_closes_the_connection() {
    let mut node = Node::start();
    let (dialed, ()) = tokio::join!(dial_one(node.target(), None), async {
        drop(node.request().await);
    });
    let failure = dialed.unwrap_err();
    assert_eq!(failure.failures[0].cause, DialCause::Upgrade(UpgradeError::Closed));
}

#[tokio::test]
async fn a_request_that_lacks_something_is_answered_400() {
    const REST: &str = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(9000));
    let mut node = Node::start();
    for (request, reason) in [
        (format!("GET /ship/ HTTP/1.1\r\n{REST}\r\n"), "does not offer the sub-protocol `ship`"),
        (
            format!("GET / HTTP/1.1\r\n{REST}Sec-WebSocket-Protocol: soap, shipping\r\n\r\n"),
            "does not offer the sub-protocol `ship`",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Protocol: ship\r\n\r\n".to_owned(),
            "does not ask for a WebSocket of version 13",
        ),
        (format!("POST / HTTP/1.1\r\n{REST}\r\n"), "is no HTTP/1.1 GET"),
        ("\u{16}\u{3}\u{1} what?\r\n\r\n".to_owned(), "is no HTTP/1.1 GET"),
        (long, "is longer than the 8 KiB we take"),
    ] {
        let config = odd_client(Some(Papers::of(&identity())), &TLS12);
        let mut stream = connect_oddly(config, node.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = soon(stream.read_to_string(&mut answer)).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{request:?}: {answer:?}");
        let failure = node.failure().await;
        assert_eq!(failure.cause, InboundCause::Upgrade(UpgradeError::BadRequest(reason)));
    }
}

#[tokio::test]
async fn ship_is_selected_among_several_and_any_path_is_accepted() {
    let mut node = Node::start();
    let config = odd_client(Some(Papers::of(&identity())), &TLS12);
    let mut stream = connect_oddly(config, node.address).await.unwrap();
    let request = "GET /any/where?x HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n\
        Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: soap\r\n\
        Sec-WebSocket-Protocol: a, ship\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let incoming = node.request().await;
    assert_eq!(incoming.path, "/any/where");
    let _server = incoming.admit().await.unwrap();
    let mut answer = vec![0; 1024];
    let length = soon(stream.read(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(answer.contains("\r\nsec-websocket-protocol: ship\r\n"), "{answer}");
    assert!(
        answer.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"),
        "{answer}"
    );
}
