//! The handshake of a server with a fault: by the book up to the fault, then something else, then
//! listening to the end.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{
    Error, Message as Frame,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{Fault, persona::models};
use crate::{
    driver::ws::WebSocket,
    proto::{
        ShipId,
        close_code::{PLAIN, REJECTED, SHIP_ID_MISMATCH},
        codec::{decode, encode},
        message::{
            AccessMethods, ClosePhase, CloseReason, ConnectionClose, Control, Data, Format,
            HandshakeKind, Hello, HelloPhase, Message, PinDemand, PinStateMessage,
            ProtocolErrorCode, ProtocolHandshake, SPINE, Version,
        },
    },
    spine::Node,
};

/// How long it waits for whoever dialled it.
const WAITS: Duration = Duration::from_secs(60);

/// Talks to whoever dialled, to the end of the connection.
///
/// # Errors
///
/// The peer has gone, or what it sends is no WebSocket frame.
pub(super) async fn talk(ws: WebSocket, fault: Fault, ship_id: &ShipId) -> Result<(), Error> {
    let node = Node::new(format!("d:_{ship_id}"), models::WALLBOX);
    let mut talk = Talk { ws, fault, node };
    talk.init().await?;
    talk.hello().await?;
    talk.protocol().await?;
    talk.pin().await?;
    talk.access_methods(ship_id).await?;
    talk.data().await?;
    talk.listen().await
}

struct Talk {
    ws: WebSocket,
    fault: Fault,
    /// What it says in SPINE, once the handshake is complete.
    node: Node,
}

impl Talk {
    async fn init(&mut self) -> Result<(), Error> {
        self.hear("init").await?;
        match self.fault {
            Fault::CmiTimeout => self.listen().await,
            Fault::OddCmi => self.say(&Message::Init { head: 1 }).await,
            Fault::TextFrame => self.ws.send(Frame::text("hello?")).await,
            Fault::TooLarge => {
                self.raw(&[&[0x82, 127][..], &(16_u64 << 20).to_be_bytes()].concat()).await
            }
            _ => self.say(&Message::Init { head: 0 }).await,
        }
    }

    async fn hello(&mut self) -> Result<(), Error> {
        if self.fault == Fault::CloseAfterCmi {
            self.close((1000, "")).await?;
        }
        self.hear("connectionHello").await?;
        let hello = |phase, waiting| {
            let hello = Hello {
                phase,
                waiting: Some(waiting),
                prolongation_request: false,
                update_counter: None,
            };
            Message::Control(Control::Hello(hello))
        };
        match self.fault {
            Fault::HelloTimeout => self.listen().await,
            Fault::RejectHello => self.close(REJECTED).await,
            Fault::AbortHello => self.say(&hello(HelloPhase::Aborted, Duration::ZERO)).await,
            Fault::SkipHello => Ok(()),
            Fault::BadJson => {
                self.ws.send(Frame::binary(b"\x01{\"connectionHello\":[".to_vec())).await
            }
            Fault::ShortWaiting => {
                self.say(&hello(HelloPhase::Ready, Duration::from_millis(500))).await
            }
            Fault::NeverTrusts => {
                self.say(&hello(HelloPhase::Pending, WAITS)).await?;
                self.listen().await
            }
            Fault::PlainObjects => {
                let hello = br#"{"connectionHello":{"phase":"ready","waiting":60000}}"#;
                self.ws.send(Frame::binary([&[1], &hello[..]].concat())).await
            }
            Fault::UnknownMessage | Fault::UnknownType => {
                let kind = if self.fault == Fault::UnknownType { 0xFF } else { 1 };
                let odd = br#"{"weatherForecast":[{"sun":true}]}"#;
                self.ws.send(Frame::binary([&[kind], &odd[..]].concat())).await?;
                self.say(&hello(HelloPhase::Ready, WAITS)).await
            }
            _ => self.say(&hello(HelloPhase::Ready, WAITS)).await,
        }
    }

    async fn protocol(&mut self) -> Result<(), Error> {
        if self.fault != Fault::SkipHello {
            self.hear("messageProtocolHandshake").await?;
        }
        match self.fault {
            Fault::ProtocolTimeout => return self.listen().await,
            Fault::ProtocolError => {
                let error = Control::ProtocolError(ProtocolErrorCode::SelectionMismatch);
                self.say(&Message::Control(error)).await?;
                return self.listen().await;
            }
            _ => {}
        }
        let odd = Version { major: 9, minor: 9 };
        let select = ProtocolHandshake {
            kind: match self.fault {
                Fault::OddChoice => HandshakeKind::AnnounceMax,
                _ => HandshakeKind::Select,
            },
            version: if self.fault == Fault::OddVersion { odd } else { Version::V1_0 },
            formats: vec![Format::JsonUtf8],
        };
        self.say(&Message::Control(Control::Protocol(select))).await?;
        self.hear("messageProtocolHandshake").await
    }

    async fn pin(&mut self) -> Result<(), Error> {
        let state = PinStateMessage { state: PinDemand::None, permission: None };
        self.say(&Message::Control(Control::PinState(state))).await?;
        self.hear("connectionPinState").await
    }

    async fn access_methods(&mut self, ship_id: &ShipId) -> Result<(), Error> {
        self.hear("accessMethodsRequest").await?;
        let id = match self.fault {
            Fault::NoShipId => None,
            Fault::OtherShipId => "i:46925_u:somebody-else".parse().ok(),
            _ => Some(ship_id.clone()),
        };
        let methods = AccessMethods { id, dns_sd_mdns: true, dns_uri: None };
        match self.fault {
            Fault::NoAccessMethods => Ok(()),
            Fault::OurShipId => self.close(SHIP_ID_MISMATCH).await,
            _ => self.say(&Message::Control(Control::AccessMethods(methods))).await,
        }
    }

    /// What happens once the handshake is complete; a moment later, for that to be seen.
    async fn data(&mut self) -> Result<(), Error> {
        const MOMENT: Duration = Duration::from_millis(500);
        const A_WHILE: Duration = Duration::from_secs(5);
        match self.fault {
            Fault::NoUseCases => return self.discover().await,
            Fault::FindsNothing | Fault::Restarts => {
                if let Ok(gone) = tokio::time::timeout(A_WHILE, self.discover()).await {
                    return gone;
                }
                let goes = if self.fault == Fault::Restarts { 1001 } else { 1000 };
                return self.close((goes, "")).await;
            }
            _ => {}
        }
        if self.fault == Fault::NoPlace {
            return self.close(PLAIN).await;
        }
        if !matches!(self.fault, Fault::Unpairs | Fault::OddClose | Fault::HangsUp | Fault::NoPong)
        {
            return Ok(());
        }
        tokio::time::sleep(MOMENT).await;
        match self.fault {
            Fault::Unpairs => {
                self.say(&Message::Close(ConnectionClose {
                    phase: ClosePhase::Announce,
                    max_time: Some(MOMENT),
                    reason: Some(CloseReason::RemovedConnection),
                }))
                .await
            }
            Fault::OddClose => self.close((4711, "going for lunch")).await,
            Fault::HangsUp => Ok(self.ws.get_mut().get_mut().get_mut().0.shutdown().await?),
            _ => std::future::pending().await,
        }
    }

    /// Asks what the peer offers, and answers the same question, to the end of the connection. One
    /// that tells no use cases leaves out that answer.
    async fn discover(&mut self) -> Result<(), Error> {
        let first = self.node.ask_discovery();
        self.say_data(first).await?;
        loop {
            let frame = self.ws.next().await.ok_or(Error::ConnectionClosed)??;
            let Frame::Binary(bytes) = frame else { continue };
            let Ok(Message::Data(data)) = decode(&bytes).map(|decoded| decoded.message) else {
                continue;
            };
            let taken = self.node.take(&data.payload);
            if taken.read_use_cases && self.fault == Fault::NoUseCases {
                continue;
            }
            for payload in taken.say {
                self.say_data(payload).await?;
            }
        }
    }

    async fn say_data(&mut self, payload: String) -> Result<(), Error> {
        self.say(&Message::Data(Data { protocol_id: SPINE.to_owned(), payload })).await
    }

    /// Listens to the end, and confirms a close.
    async fn listen(&mut self) -> Result<(), Error> {
        self.hear("").await
    }

    /// Takes messages until one of this name comes.
    async fn hear(&mut self, name: &str) -> Result<(), Error> {
        loop {
            let frame = self.ws.next().await.ok_or(Error::ConnectionClosed)??;
            let Frame::Binary(bytes) = frame else { continue };
            match decode(&bytes).map(|decoded| decoded.message) {
                Ok(Message::Close(ConnectionClose { phase: ClosePhase::Announce, .. })) => {
                    let close = ConnectionClose {
                        phase: ClosePhase::Confirm,
                        max_time: None,
                        reason: None,
                    };
                    self.say(&Message::Close(close)).await?;
                }
                Ok(message) if message.name() == name => return Ok(()),
                Ok(_) | Err(_) => {}
            }
        }
    }

    async fn say(&mut self, message: &Message) -> Result<(), Error> {
        let mut bytes = encode(message);
        if self.fault == Fault::TrailingZeros && !matches!(message, Message::Init { .. }) {
            bytes.push(0);
        }
        self.ws.send(Frame::binary(bytes)).await
    }

    async fn close(&mut self, (code, reason): (u16, &str)) -> Result<(), Error> {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        self.ws.close(Some(frame)).await
    }

    /// Bytes past the WebSocket.
    async fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.ws.get_mut().write_all(bytes).await?;
        Ok(self.ws.get_mut().flush().await?)
    }
}
