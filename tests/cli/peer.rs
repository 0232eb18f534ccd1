//! Devices that are no good: a SHIP server that keeps to the handshake up to one stage and then does
//! something else, and TLS servers that are not SHIP at all.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::ring::{default_provider, sign::any_ecdsa_type},
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
};
use shipctl::{
    driver::{
        listen::{Inbound, ListenSettings, Listener},
        tls::TlsConfig,
        ws::WebSocket,
    },
    identity::cert::Identity,
    proto::Ski,
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::{
    Error as WsError, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::kit::DEADLINE;

/// The stages of the handshake, by what the peer has to send in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Init,
    Hello,
    Protocol,
    Pin,
    AccessMethods,
    /// Nothing is due any more.
    Data,
}

/// What the peer does instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Listens on.
    Nothing,
    /// Sends a text frame.
    Text,
    /// Sends a message that is none.
    Garbage,
    /// Sends bytes that are no WebSocket frame.
    NoFrame,
    /// Announces a message of 16 MiB.
    TooLarge,
    /// Says that it does not trust us yet.
    Pending,
    /// Says that it never will.
    Aborted,
    /// Closes the WebSocket.
    Close(u16, &'static str),
    /// Closes the connection without a close frame.
    Hangup,
    /// Says nothing, and answers no close either.
    Silence,
}

/// What the client has to say first, and what is the answer.
const SCRIPT: [(Stage, &str, &str); 5] = [
    (Stage::Init, "init", "init"),
    (
        Stage::Hello,
        "connectionHello",
        r#"{"connectionHello":[{"phase":"ready"},{"waiting":60000}]}"#,
    ),
    (
        Stage::Protocol,
        "announceMax",
        r#"{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#,
    ),
    (Stage::Pin, "connectionPinState", r#"{"connectionPinState":[{"pinState":"none"}]}"#),
    (Stage::AccessMethods, "accessMethodsRequest", r#"{"accessMethods":[{"id":"scripted"}]}"#),
];

/// A server in a thread of its own, for as long as the test runs.
pub struct Peer {
    pub ski: String,
    pub address: String,
    heard: Receiver<String>,
}

impl Peer {
    /// A SHIP server that does something else at this stage, on every connection.
    pub fn ship(at: Stage, instead: Instead) -> Self {
        Self::ship_for(usize::MAX, at, instead)
    }

    /// The same for so many connections only; then its port is closed.
    pub fn ship_for(connections: usize, at: Stage, instead: Instead) -> Self {
        let identity = identity();
        let tls = TlsConfig::new(&identity).unwrap();
        Self::start(identity.ski(), move |address, heard| async move {
            let settings = ListenSettings {
                port: 0,
                bind: Some([127, 0, 0, 1].into()),
                ..ListenSettings::default()
            };
            let listener = Listener::bind(settings).unwrap();
            address.send(listener.local_addr()).unwrap();
            let (events, mut inbox) = mpsc::channel(16);
            let serving = tokio::spawn(listener.serve(tls, events, |inbound| inbound));
            let mut asked = 0;
            while let Some(inbound) = inbox.recv().await {
                let Inbound::Request(request) = inbound else { continue };
                asked += 1;
                if asked == connections {
                    serving.abort();
                }
                let heard = heard.clone();
                tokio::spawn(async move {
                    if let Ok(ws) = request.admit().await {
                        talk(*ws, at, instead, &heard).await;
                    }
                    let _ = heard.send("gone".to_owned());
                });
            }
            // The connections that stand outlive the port.
            std::future::pending().await
        })
    }

    /// A TLS server that reads an HTTP request and answers it with this.
    pub fn answering(answer: &'static str) -> Self {
        Self::tls(Papers::of(&identity()), &rustls::version::TLS12, move |mut stream| async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        })
    }

    /// A TLS server that opens a WebSocket without any sub-protocol.
    pub fn without_sub_protocol() -> Self {
        Self::tls(Papers::of(&identity()), &rustls::version::TLS12, |stream| async move {
            if let Ok(mut ws) = tokio_tungstenite::accept_async(stream).await {
                while let Some(Ok(_)) = ws.next().await {}
            }
        })
    }

    /// A TLS server that says nothing once TLS is done.
    pub fn mute() -> Self {
        Self::tls(Papers::of(&identity()), &rustls::version::TLS12, |stream| async move {
            let _open = stream;
            std::future::pending::<()>().await;
        })
    }

    /// A TLS server with these papers, closing right after the handshake.
    pub fn showing(papers: Papers, version: &'static SupportedProtocolVersion) -> Self {
        Self::tls(papers, version, |stream| async move { drop(stream) })
    }

    fn tls<F: Future<Output = ()> + Send + 'static>(
        papers: Papers,
        version: &'static SupportedProtocolVersion,
        then: impl Fn(tokio_rustls::server::TlsStream<TcpStream>) -> F + Clone + Send + 'static,
    ) -> Self {
        let key = any_ecdsa_type(&papers.key).unwrap();
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![papers.certificate], key));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(papers.ski, move |address, _| async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            address.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                let (accepting, then) = (acceptor.accept(tcp), then.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = accepting.await {
                        then(stream).await;
                    }
                });
            }
        })
    }

    fn start<F: Future<Output = ()>>(
        ski: Ski,
        serve: impl FnOnce(Sender<SocketAddr>, Sender<String>) -> F + Send + 'static,
    ) -> Self {
        let ((told, address), (says, heard)) = (channel(), channel());
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(told, says));
        });
        let address = address.recv_timeout(DEADLINE).unwrap().to_string();
        Self { ski: ski.to_string(), address, heard }
    }

    /// Waits until the peer hears something that contains this, and returns it.
    #[track_caller]
    pub fn hears(&self, what: &str) -> String {
        let mut before = Vec::new();
        while let Ok(heard) = self.heard.recv_timeout(DEADLINE) {
            if heard.contains(what) {
                return heard;
            }
            before.push(heard);
        }
        panic!("the peer did not hear {what:?}, but {before:?}")
    }
}

fn identity() -> Identity {
    Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap()
}

/// One connection: the script up to the stage, then something else, then listening to the end.
async fn talk(mut ws: WebSocket, at: Stage, instead: Instead, heard: &Sender<String>) {
    for (stage, wanted, answer) in SCRIPT {
        loop {
            match hear(&mut ws, heard).await {
                Some(got) if got.contains(wanted) => break,
                Some(_) => {}
                None => return,
            }
        }
        if stage == at {
            return misbehave(ws, instead, heard).await;
        }
        let message = if stage == Stage::Init { vec![0, 0] } else { control(answer) };
        let _ = ws.send(Message::Binary(message.into())).await;
    }
    if at == Stage::Data {
        return misbehave(ws, instead, heard).await;
    }
    while hear(&mut ws, heard).await.is_some() {}
}

async fn misbehave(mut ws: WebSocket, instead: Instead, heard: &Sender<String>) {
    const HELLO: &str = r#"{"connectionHello":[{"phase":"PHASE"},{"waiting":60000}]}"#;
    let hello = |phase| Message::Binary(control(&HELLO.replace("PHASE", phase)).into());
    let done = match instead {
        Instead::Nothing => Ok(()),
        Instead::Text => ws.send(Message::text("hello?")).await,
        Instead::Garbage => ws.send(Message::Binary(vec![1, 0xC3, 0x28, 0xFF].into())).await,
        Instead::NoFrame => raw(&mut ws, &[0xFF; 64]).await,
        Instead::TooLarge => {
            let header = [&[0x82, 127][..], &(16u64 << 20).to_be_bytes()].concat();
            raw(&mut ws, &header).await
        }
        Instead::Pending => ws.send(hello("pending")).await,
        Instead::Aborted => ws.send(hello("aborted")).await,
        Instead::Close(code, reason) => {
            let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
            ws.close(Some(frame)).await
        }
        Instead::Hangup => {
            let _ = ws.get_mut().shutdown().await;
            return;
        }
        Instead::Silence => {
            // It still reads, but what it hears goes to the test only.
            while let Ok(1..) = ws.get_mut().read(&mut [0; 1024]).await {
                let _ = heard.send("something".to_owned());
            }
            return;
        }
    };
    if done.is_err() {
        return;
    }
    while hear(&mut ws, heard).await.is_some() {}
}

/// What the client says next, told to the test as well; `None` at the end.
async fn hear(ws: &mut WebSocket, heard: &Sender<String>) -> Option<String> {
    let message = tokio::time::timeout(Duration::from_secs(120), ws.next()).await.ok()??.ok()?;
    let text = match message {
        Message::Binary(bytes) if bytes[..] == [0, 0] => "init".to_owned(),
        Message::Binary(bytes) => String::from_utf8_lossy(bytes.get(1..)?).into_owned(),
        Message::Close(frame) => format!("close {}", frame.map_or(1005, |it| it.code.into())),
        other => format!("{other:?}"),
    };
    let _ = heard.send(text.clone());
    Some(text)
}

/// Bytes past the WebSocket.
async fn raw(ws: &mut WebSocket, bytes: &[u8]) -> Result<(), WsError> {
    ws.get_mut().write_all(bytes).await?;
    Ok(ws.get_mut().flush().await?)
}

fn control(json: &str) -> Vec<u8> {
    [&[1], json.as_bytes()].concat()
}

/// A certificate and its key, whatever is wrong with them.
pub struct Papers {
    ski: Ski,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Papers {
    fn of(identity: &Identity) -> Self {
        Self {
            ski: identity.ski(),
            certificate: identity.certificate_der().clone(),
            key: PrivateKeyDer::Pkcs8(identity.key_der()),
        }
    }

    /// In order.
    pub fn genuine() -> Self {
        Self::of(&identity())
    }

    /// A fresh key with a certificate that claims the SKI of somebody else.
    pub fn forged(claimed: &str) -> Self {
        let ski: Ski = claimed.parse().unwrap();
        Self::with_extension(ski, Some([&[4, 20][..], ski.as_bytes()].concat()))
    }

    /// A certificate without any SKI, as web servers have them.
    pub fn nameless(asked_for: &str) -> Self {
        Self::with_extension(asked_for.parse().unwrap(), None)
    }

    fn with_extension(ski: Ski, value: Option<Vec<u8>>) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.custom_extensions = value
            .into_iter()
            .map(|value| CustomExtension::from_oid_content(&[2, 5, 29, 14], value))
            .collect();
        Self {
            ski,
            certificate: params.self_signed(&key).unwrap().der().clone(),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }
}
