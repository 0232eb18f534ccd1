//! The tester: a TLS socket, a WebSocket, and whatever bytes a case wants said. It shares no code for
//! messages with what it tests.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rustls::{pki_types::ServerName, version::TLS12};
use serde_json::{Value, json};
use shipctl::{identity::cert::Identity, proto::Ski};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async, client_async,
    tungstenite::{
        Message as Frame,
        client::IntoClientRequest,
        handshake::server::{Request, Response},
        http::HeaderValue,
    },
};

use super::papers::{self, odd_client, odd_server};

/// Longer than anything the device is given.
const PATIENCE: Duration = Duration::from_secs(100);

/// The type byte of data.
const DATA: u8 = 2;

/// What a busy machine may add, in seconds; nothing where it is written down what a case came to.
fn slack() -> f64 {
    if std::env::var_os("UPDATE_GENERATED").is_some() { 0.0 } else { 10.0 }
}

/// Runs a case.
pub fn run(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(case);
}

/// Waits for something that must happen.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen"),
    }
}

/// Who a tester is.
pub struct Papers {
    pub ski: Ski,
    identity: Identity,
}

impl Papers {
    pub fn new() -> Self {
        let identity = Identity::generate(None, time::OffsetDateTime::now_utc()).unwrap();
        Self { ski: identity.ski(), identity }
    }

    /// Somebody with a lower SKI than this.
    pub fn below(ski: Ski) -> Self {
        loop {
            let papers = Self::new();
            if papers.ski < ski {
                return papers;
            }
        }
    }

    pub fn tls(&self) -> papers::Papers {
        papers::Papers::of(&self.identity)
    }
}

/// Where a tester waits to be dialled.
pub struct Listener {
    pub papers: Papers,
    pub address: SocketAddr,
    tcp: TcpListener,
}

impl Listener {
    pub async fn new(papers: Papers) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { papers, address: tcp.local_addr().unwrap(), tcp }
    }

    pub async fn accept(&self) -> Tester {
        let tls = self.accept_with(self.papers.tls()).await.unwrap();
        let select = |_: &Request, mut response: Response| {
            response
                .headers_mut()
                .insert("Sec-WebSocket-Protocol", HeaderValue::from_static("ship"));
            Ok(response)
        };
        let ws = soon("the request", accept_hdr_async(TlsStream::Server(tls), select)).await;
        Tester::new(ws.unwrap(), &self.papers, false)
    }

    /// TLS alone, with other papers.
    pub async fn accept_with(
        &self,
        papers: papers::Papers,
    ) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(Arc::new(odd_server(papers, &TLS12)));
        soon("the dial", async { acceptor.accept(self.tcp.accept().await?.0).await }).await
    }
}

/// TLS alone, with any papers.
pub async fn dial_with(
    address: SocketAddr,
    papers: papers::Papers,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::IpAddress(address.ip().into());
    let connector = TlsConnector::from(Arc::new(odd_client(Some(papers), &TLS12)));
    soon("TLS", connector.connect(name, tcp)).await
}

/// One connection of the tester.
pub struct Tester {
    ws: WebSocketStream<TlsStream<TcpStream>>,
    is_client: bool,
    /// Who it is.
    pub ski: Ski,
    /// Whether to put whitespace wherever JSON allows it.
    pub spaced: bool,
    /// When it said its last word.
    spoke: Instant,
}

/// Whoever hears `waiting` of a hello knows how long the device gives it.
pub const WAITING: u64 = 60_000;

impl Tester {
    fn new(ws: WebSocketStream<TlsStream<TcpStream>>, papers: &Papers, is_client: bool) -> Self {
        Self { ws, ski: papers.ski, is_client, spaced: false, spoke: Instant::now() }
    }

    /// Dials the device.
    pub async fn dial(address: SocketAddr, papers: &Papers) -> Self {
        Self::try_dial(address, papers).await.unwrap()
    }

    /// The same; the error is the status by which the device refused.
    pub async fn try_dial(address: SocketAddr, papers: &Papers) -> Result<Self, u16> {
        let tls = dial_with(address, papers.tls()).await.unwrap();
        let mut request = format!("wss://{address}/ship/").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("ship"));
        let answer = soon("the upgrade", client_async(request, TlsStream::Client(tls))).await;
        match answer {
            Ok((ws, _)) => Ok(Self::new(ws, papers, true)),
            Err(tokio_tungstenite::tungstenite::Error::Http(refusal)) => {
                Err(refusal.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Says these bytes.
    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.spoke = Instant::now();
        self.ws.send(Frame::binary(bytes.to_vec())).await.unwrap();
    }

    /// Says a control message.
    pub async fn say(&mut self, value: Value) {
        self.say_json(1, value).await;
    }

    pub async fn say_json(&mut self, kind: u8, value: Value) {
        let text = value.to_string();
        let text = if self.spaced { spaced(&text) } else { text };
        self.say_bytes(&[&[kind], text.as_bytes()].concat()).await;
    }

    /// What the device says next; `None` where it closes instead.
    pub async fn hear(&mut self) -> Option<Vec<u8>> {
        loop {
            match soon("a word or a close", self.ws.next()).await {
                Some(Ok(Frame::Binary(bytes))) => return Some(bytes.to_vec()),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("no binary frame: {other:?}"),
            }
        }
    }

    /// The next message, which must be JSON: its type and its value.
    pub async fn heard_any(&mut self) -> (u8, Value) {
        let bytes = self.hear().await.expect("it closed");
        let value = serde_json::from_slice(&bytes[1..]);
        (bytes[0], value.unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&bytes))))
    }

    /// The same, which must be of this type. Data may come at any time behind the PIN: it is passed
    /// over where it is not what is waited for.
    pub async fn heard_json(&mut self, expected: u8) -> Value {
        loop {
            let (kind, value) = self.heard_any().await;
            if kind == expected {
                return value;
            }
            assert_eq!(kind, DATA, "{value}");
        }
    }

    /// The next control message.
    pub async fn heard(&mut self) -> Value {
        self.heard_json(1).await
    }

    /// Nothing more but data is said before the connection ends.
    pub async fn is_closed(&mut self) {
        while let Some(more) = self.hear().await {
            assert_eq!(more[0], DATA, "instead of a close: {:?}", String::from_utf8_lossy(&more));
        }
    }

    /// For so long nothing but data is said, and the connection lives.
    pub async fn is_silent_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(word) = timeout_at(end, self.hear()).await {
            let is_data = word.as_ref().is_some_and(|word| word[0] == DATA);
            let word = word.as_deref().map(String::from_utf8_lossy);
            assert!(is_data, "it was not silent: {word:?}");
        }
    }

    /// The device took between these two, in seconds, since our last word.
    pub fn took(&self, least: f64, most: f64) {
        let took = self.spoke.elapsed().as_secs_f64();
        assert!((least..=most + slack()).contains(&took), "{took} s, not {least} to {most} s");
    }

    /// Up to the hello.
    pub async fn through_cmi(&mut self) {
        if self.is_client {
            self.say_bytes(&[0, 0]).await;
        }
        assert_eq!(self.hear().await.as_deref(), Some(&[0, 0][..]));
        if !self.is_client {
            self.say_bytes(&[0, 0]).await;
        }
    }

    /// Up to the protocol handshake.
    pub async fn through_hello(&mut self) {
        self.through_cmi().await;
        while phase(&self.heard().await) != "ready" {}
        self.say(hello("ready")).await;
    }

    /// Up to the PIN.
    pub async fn through_protocol(&mut self) {
        self.through_hello().await;
        if self.is_client {
            self.say(handshake("announceMax")).await;
            assert_eq!(self.heard().await, handshake("select"));
            self.say(handshake("select")).await;
        } else {
            assert_eq!(self.heard().await, handshake("announceMax"));
            self.say(handshake("select")).await;
            assert_eq!(self.heard().await, handshake("select"));
        }
    }

    /// Up to access methods.
    pub async fn through_pin(&mut self) {
        self.through_protocol().await;
        assert_eq!(self.heard().await, no_pin());
        self.say(no_pin()).await;
    }

    /// To the end of the handshake.
    pub async fn complete(mut self) -> Self {
        self.through_pin().await;
        assert_eq!(self.heard().await, access_request());
        self.say(access_methods()).await;
        self.answers().await;
        self
    }

    /// The device still answers; gives its SHIP ID.
    pub async fn answers(&mut self) -> Value {
        self.say(access_request()).await;
        id(&self.heard().await)
    }
}

pub fn hello(phase: &str) -> Value {
    json!({ "connectionHello": [{ "phase": phase }, { "waiting": WAITING }] })
}

pub fn more_time() -> Value {
    json!({ "connectionHello": [{ "phase": "pending" }, { "prolongationRequest": true }] })
}

/// A field of a message in the form of EEBUS.
pub fn field<'a>(message: &'a Value, name: &str, field: &str) -> &'a Value {
    let fields = message[name].as_array().unwrap_or_else(|| panic!("no {name}: {message}"));
    fields.iter().find_map(|it| it.get(field)).unwrap_or(&Value::Null)
}

pub fn phase(message: &Value) -> &str {
    field(message, "connectionHello", "phase").as_str().unwrap()
}

pub fn handshake(kind: &str) -> Value {
    json!({ "messageProtocolHandshake": [
        { "handshakeType": kind },
        { "version": [{ "major": 1 }, { "minor": 0 }] },
        { "formats": [{ "format": ["JSON-UTF8"] }] },
    ] })
}

pub fn no_pin() -> Value {
    json!({ "connectionPinState": [{ "pinState": "none" }] })
}

pub fn access_request() -> Value {
    json!({ "accessMethodsRequest": [] })
}

pub fn access_methods() -> Value {
    json!({ "accessMethods": [{ "id": "i:46925_u:tester" }] })
}

/// The SHIP ID in access methods.
pub fn id(message: &Value) -> Value {
    field(message, "accessMethods", "id").clone()
}

/// Whitespace of every kind around everything that is no text.
fn spaced(json: &str) -> String {
    let (mut spaced, mut in_text) = (String::from(" \t\r\n"), false);
    for c in json.chars() {
        in_text ^= c == '"';
        match c {
            '{' | '}' | '[' | ']' | ':' | ',' if !in_text => {
                spaced.extend([" \t", &c.to_string(), "\r\n "]);
            }
            _ => spaced.push(c),
        }
    }
    spaced + "\r\n\t "
}
