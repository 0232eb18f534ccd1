//! An attacker with a genuine certificate that speaks SHIP, as far as it wants to.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{pki_types::ServerName, version::TLS12};
use shipctl::identity::cert::Identity;
use tokio::{io::AsyncWriteExt as _, time::timeout};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::{
    arena::Arena,
    kit::PATIENCE,
    odd::ClientStream,
    papers::{Papers, odd_client},
};

pub const HELLO: &str = r#"{"connectionHello":[{"phase":"ready"},{"waiting":60000}]}"#;
pub const MORE_TIME: &str =
    r#"{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}"#;
pub const ANNOUNCE: &str = r#"{"messageProtocolHandshake":[{"handshakeType":"announceMax"},{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#;
pub const SELECT: &str = r#"{"messageProtocolHandshake":[{"handshakeType":"select"},{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}"#;
pub const PIN_STATE: &str = r#"{"connectionPinState":[{"pinState":"none"}]}"#;
pub const ASK: &str = r#"{"accessMethodsRequest":[]}"#;
pub const METHODS: &str = r#"{"accessMethods":[{"id":"hostile"}]}"#;

pub struct Talker {
    ws: WebSocketStream<ClientStream>,
}

impl Talker {
    /// Up to the open WebSocket.
    pub async fn open(arena: &Arena, identity: &Identity) -> Self {
        let config = odd_client(Some(Papers::of(identity)), &TLS12);
        let name = ServerName::IpAddress(arena.address.ip().into());
        let tcp = arena.knock().await;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let mut request = "wss://hub/ship/".into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("ship"));
        let (ws, _) = client_async(request, tls).await.unwrap();
        Self { ws }
    }

    /// Up to the hello phase.
    pub async fn hello(arena: &Arena, identity: &Identity) -> Self {
        let mut talker = Self::open(arena, identity).await;
        talker.say(0, "\0").await;
        talker.hear("connectionHello").await;
        talker
    }

    /// Up to the last answer: whatever comes next completes the handshake.
    pub async fn nearly(arena: &Arena, identity: &Identity) -> Self {
        let mut talker = Self::hello(arena, identity).await;
        talker.say(1, HELLO).await;
        talker.say(1, ANNOUNCE).await;
        talker.hear("select").await;
        talker.say(1, SELECT).await;
        talker.say(1, PIN_STATE).await;
        talker.hear("accessMethodsRequest").await;
        talker
    }

    /// Up to a complete handshake.
    pub async fn complete(arena: &Arena, identity: &Identity) -> Self {
        let mut talker = Self::nearly(arena, identity).await;
        talker.say(1, METHODS).await;
        let ski = identity.ski().to_string();
        arena.says("completed", |event| event["event"] == "completed" && event["ski"] == ski).await;
        talker
    }

    /// Sends a message of this type; whether that worked.
    pub async fn say(&mut self, kind: u8, text: &str) -> bool {
        let bytes = [&[kind][..], text.as_bytes()].concat();
        self.ws.send(Message::Binary(bytes.into())).await.is_ok()
    }

    /// Sends the beginning of a frame of a message, unmasked in effect.
    pub async fn begin_frame(&mut self, is_last: bool, opcode: u8, length: usize) -> bool {
        let mut head = vec![u8::from(is_last) << 7 | opcode];
        match length {
            0..126 => head.push(0x80 | length as u8),
            126..0x1_0000 => {
                head.push(0x80 | 126);
                head.extend((length as u16).to_be_bytes());
            }
            _ => {
                head.push(0x80 | 127);
                head.extend((length as u64).to_be_bytes());
            }
        }
        head.extend([0; 4]);
        self.raw(&head).await
    }

    /// Sends so many bytes of this value.
    pub async fn fill(&mut self, byte: u8, length: usize) -> bool {
        let chunk = vec![byte; length.min(1 << 16)];
        let mut left = length;
        while left > 0 {
            let now = left.min(chunk.len());
            if !self.raw(&chunk[..now]).await {
                return false;
            }
            left -= now;
        }
        true
    }

    /// Writes below the WebSocket; whether that worked.
    pub async fn raw(&mut self, bytes: &[u8]) -> bool {
        let stream = self.ws.get_mut();
        stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
    }

    /// Reads until a message contains this.
    pub async fn hear(&mut self, what: &str) {
        let hearing = async {
            while let Some(Ok(message)) = self.ws.next().await {
                if String::from_utf8_lossy(&message.into_data()).contains(what) {
                    return;
                }
            }
            panic!("the hub said no {what}");
        };
        timeout(PATIENCE, hearing).await.expect("an answer");
    }

    /// Reads until the hub hangs up.
    pub async fn hear_out(mut self) {
        let hearing = async { while let Some(Ok(_)) = self.ws.next().await {} };
        timeout(PATIENCE, hearing).await.expect("the end");
    }
}
