//! The WebSocket over TLS (SHIP 10): its configuration, and the HTTP upgrade of both roles.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error as WsError,
        error::ProtocolError,
        handshake::{
            client::generate_key,
            machine::TryParse as _,
            server::{Request, create_response, write_response},
        },
        http::{HeaderMap, HeaderValue, StatusCode, header, request},
        protocol::{Role, WebSocketConfig},
    },
};

use super::frames::Counted;
use crate::proto::Address;

/// The stream below the WebSocket, in either role.
pub type Tls = TlsStream<TcpStream>;

/// An established WebSocket of either role. Always boxed: a task keeps the size of its largest
/// future, and this is most of a kilobyte.
pub type WebSocket = WebSocketStream<Counted<Tls>>;

/// The sub-protocol (SHIP 10.2).
pub const SUB_PROTOCOL: &str = "ship";

/// How much memory a peer may make us use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimits {
    /// The largest message accepted, in bytes; beyond it the connection is closed with 1009.
    pub incoming: usize,
    /// The most bytes kept for a peer that does not read; beyond it the connection is ended.
    pub backlog: usize,
}

impl Default for MessageLimits {
    /// 1 MiB and 4 MiB.
    fn default() -> Self {
        Self { incoming: 1024 * 1024, backlog: 4 * 1024 * 1024 }
    }
}

/// Why the upgrade to a WebSocket failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The server answered with another status than 101.
    #[error("the device answered with HTTP status {0} instead of opening a WebSocket")]
    Status(u16),
    /// The server answered 503: it has no room for another connection.
    #[error("the device is at its connection limit (HTTP 503)")]
    Busy,
    /// The server did not select the sub-protocol `ship`.
    #[error("the device did not select the sub-protocol `ship`")]
    NoSubProtocol,
    /// The announced path cannot stand in an HTTP request.
    #[error("the path {0:?} cannot stand in an HTTP request")]
    BadPath(String),
    /// What arrived is no answer to, or no request for, a WebSocket.
    #[error("not a WebSocket: {0}")]
    NotWebSocket(String),
    /// The client's request lacks something; it was answered with status 400.
    #[error("the device's HTTP request {0}")]
    BadRequest(&'static str),
    /// The peer closed the connection during the upgrade.
    #[error("the device closed the connection during the WebSocket upgrade")]
    Closed,
    /// The transport failed.
    #[error("the connection failed during the WebSocket upgrade: {0}")]
    Io(String),
}

impl UpgradeError {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status(_) | Self::BadPath(_) => "WS-01",
            Self::NoSubProtocol | Self::NotWebSocket(_) | Self::BadRequest(_) => "WS-02",
            Self::Busy => "WS-03",
            Self::Closed | Self::Io(_) => "WS-06",
        }
    }
}

/// Asks a server for a WebSocket on `path`, as a client.
pub(super) async fn request(
    stream: Tls,
    host: &Address,
    path: &str,
    limits: MessageLimits,
) -> Result<Box<WebSocket>, UpgradeError> {
    let request = request::Builder::new()
        .uri(format!("wss://host{path}"))
        .header(header::HOST, host_header(host))
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, generate_key())
        .header(header::SEC_WEBSOCKET_PROTOCOL, SUB_PROTOCOL)
        .body(())
        .map_err(|_| UpgradeError::BadPath(path.to_owned()))?;
    let stream = Counted::behind_head(stream);
    match client_async_with_config(request, stream, Some(config(limits))).await {
        Ok((ws, _)) => Ok(Box::new(ws)),
        Err(WsError::Http(response)) => Err(match response.status() {
            StatusCode::SERVICE_UNAVAILABLE => UpgradeError::Busy,
            status => UpgradeError::Status(status.as_u16()),
        }),
        Err(error) => Err(upgrade_error(error)),
    }
}

/// A client's request for a WebSocket that has not been answered yet.
pub(super) struct Requested {
    stream: Tls,
    request: Request,
    /// What arrived behind the request.
    tail: Vec<u8>,
}

/// The longest request a client may send, in bytes.
const MAX_REQUEST: usize = 8 * 1024;

/// Reads the head of a client's request from what has arrived: its length and the request, or `None` while
/// more has to come. An error completes the sentence "the request …" (RFC 6455 4.2.1, SHIP 10.2).
pub fn parse_request(bytes: &[u8]) -> Result<Option<(usize, Request)>, &'static str> {
    let (length, request) = match Request::try_parse(bytes) {
        Ok(Some(parsed)) => parsed,
        Ok(None) if bytes.len() < MAX_REQUEST => return Ok(None),
        Ok(None) => return Err("is longer than the 8 KiB we take"),
        Err(_) => return Err("is no HTTP/1.1 GET"),
    };
    if !offers_ship(request.headers()) {
        return Err("does not offer the sub-protocol `ship`");
    }
    if create_response(&request).is_err() {
        return Err("does not ask for a WebSocket of version 13");
    }
    Ok(Some((length, request)))
}

/// Reads a client's request, as a server. A request that lacks something is answered here.
pub(super) async fn read_request(mut stream: Tls) -> Result<Requested, UpgradeError> {
    let mut bytes = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut bytes).await.map_err(io_error)? == 0 {
            return Err(UpgradeError::Closed);
        }
        match parse_request(&bytes) {
            Ok(None) => {}
            Ok(Some((length, request))) => {
                return Ok(Requested { stream, request, tail: bytes.split_off(length) });
            }
            Err(reason) => return refuse(stream, reason).await,
        }
    }
}

impl Requested {
    /// The path asked for.
    pub(super) fn path(&self) -> String {
        self.request.uri().path().to_owned()
    }

    /// Answers 101 and selects the sub-protocol.
    pub(super) async fn accept(
        self,
        limits: MessageLimits,
    ) -> Result<Box<WebSocket>, UpgradeError> {
        let Self { mut stream, request, tail } = self;
        let mut response = create_response(&request).map_err(upgrade_error)?;
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUB_PROTOCOL));
        let mut head = Vec::with_capacity(256);
        write_response(&mut head, &response).map_err(upgrade_error)?;
        stream.write_all(&head).await.map_err(io_error)?;
        stream.flush().await.map_err(io_error)?;
        let config = Some(config(limits));
        let stream = Counted::from(stream, &tail);
        let ws = WebSocketStream::from_partially_read(stream, tail, Role::Server, config).await;
        Ok(Box::new(ws))
    }

    /// Answers 503 and closes.
    pub(super) async fn refuse_busy(self) -> Result<(), UpgradeError> {
        answer(self.stream, "503 Service Unavailable").await.map_err(io_error)
    }
}

/// Answers 400 and gives the reason back as an error.
async fn refuse<T>(stream: Tls, reason: &'static str) -> Result<T, UpgradeError> {
    // The reason counts, whether or not the client still listens.
    let _ = answer(stream, "400 Bad Request").await;
    Err(UpgradeError::BadRequest(reason))
}

/// Sends a response without body and closes.
async fn answer(mut stream: Tls, status: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}

/// Whether `ship` is among the sub-protocols a request offers.
fn offers_ship(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == SUB_PROTOCOL)
}

/// The Host header: IPv6 in brackets and without its scope (RFC 6874).
fn host_header(host: &Address) -> String {
    match host {
        Address::Name(name, port) if name.contains(':') => {
            let ip = name.split('%').next().unwrap_or_default();
            format!("[{ip}]:{port}")
        }
        Address::Socket(SocketAddr::V6(v6)) => format!("[{}]:{}", v6.ip(), v6.port()),
        other => other.to_string(),
    }
}

/// Small buffers: a hub holds hundreds of connections, nearly all of them idle.
fn config(limits: MessageLimits) -> WebSocketConfig {
    // Kept and zeroed from the start; for a larger message it grows.
    const READ_BUFFER: usize = 1024;
    const WRITE_BUFFER: usize = 16 * 1024;
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(limits.backlog.max(WRITE_BUFFER + 1))
        .max_message_size(Some(limits.incoming))
        .max_frame_size(Some(limits.incoming))
}

fn upgrade_error(error: WsError) -> UpgradeError {
    match error {
        WsError::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            UpgradeError::NoSubProtocol
        }
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => UpgradeError::Closed,
        WsError::Io(error) => io_error(error),
        WsError::Protocol(ProtocolError::HttparseError(error)) => {
            UpgradeError::NotWebSocket(format!("what arrived is not HTTP ({error})"))
        }
        WsError::Protocol(error) => UpgradeError::NotWebSocket(error.to_string()),
        other => UpgradeError::NotWebSocket(other.to_string()),
    }
}

fn io_error(error: io::Error) -> UpgradeError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => UpgradeError::Closed,
        _ => UpgradeError::Io(error.to_string()),
    }
}
