//! A device with a fault: a server made by hand, that keeps to everything but one thing.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use futures_util::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    accept_async, accept_hdr_async,
    tungstenite::{
        handshake::server::{Callback, ErrorResponse, Request, Response},
        http::HeaderValue,
    },
};

use super::{
    DeviceError, Fault, Network, Persona,
    device::{Teller, txt},
    papers::{Papers, acceptor, shown},
    talk::talk,
};
use crate::{
    driver::{
        frames::Counted,
        listen::{Inbound, ListenSettings, Listener},
        node::StartError,
        tls::{Suite, TlsConfig, TlsSettings},
        ws::{SUB_PROTOCOL, Tls},
    },
    identity::cert::Identity,
    mdns::daemon::{Mdns, MdnsEvent, MdnsSettings},
    proto::{ShipId, Ski},
};

/// A device with its port open and its record announced.
pub(super) struct Faulty {
    fault: Fault,
    ski: Ski,
    ship_id: ShipId,
    port: u16,
    door: Door,
    mdns: Option<(Mdns, mpsc::Receiver<MdnsEvent>)>,
}

/// Who answers on the port.
enum Door {
    /// Nobody; the port is held so that nobody else gets it.
    Closed(TcpSocket),
    /// TCP without TLS.
    Tcp(TcpListener),
    /// TLS with odd papers, or an odd answer behind it.
    Tls(TcpListener, TlsAcceptor),
    /// SHIP up to the WebSocket.
    Ship(Box<(Listener, TlsConfig)>),
}

impl Faulty {
    pub(super) fn prepare(
        fault: Fault,
        persona: &Persona,
        identity: Identity,
        network: &Network,
    ) -> Result<Self, DeviceError> {
        let ship_id = identity.ship_id().clone();
        let (papers, ski) = shown(fault, &identity)?;
        let door = Door::open(fault, papers, &identity, network.bind)?;
        let listening = door.local_addr()?;
        let port = listening.port();
        let mdns = network.mdns.clone().map(|mdns| {
            let (mdns, events) = Mdns::start(MdnsSettings { own: Some(ski), ..mdns })?;
            mdns.announce(txt(persona, ski, &ship_id), listening)?;
            Ok::<_, DeviceError>((mdns, events))
        });
        Ok(Self { fault, ski, ship_id, port, door, mdns: mdns.transpose()? })
    }

    pub(super) fn ski(&self) -> Ski {
        self.ski
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) async fn run(self, teller: Teller, stop: oneshot::Receiver<()>) {
        let Self { fault, ship_id, door, mdns, .. } = self;
        let (mdns, mut sightings) = mdns.unzip();
        tokio::select! {
            _ = stop => {}
            () = door.serve(fault, ship_id, teller) => {}
            // What others announce does not matter, but has to be taken.
            () = drain(&mut sightings) => {}
        }
        if let Some(mdns) = mdns {
            mdns.shutdown().await;
        }
    }
}

async fn drain(sightings: &mut Option<mpsc::Receiver<MdnsEvent>>) {
    if let Some(sightings) = sightings {
        while sightings.recv().await.is_some() {}
    }
    std::future::pending().await
}

impl Door {
    fn open(
        fault: Fault,
        papers: Papers,
        identity: &Identity,
        bind: Option<IpAddr>,
    ) -> Result<Self, DeviceError> {
        let tcp = || listen(bind);
        Ok(match fault {
            Fault::ClosedPort => {
                let socket = TcpSocket::new_v4()?;
                socket.bind(any_port(bind))?;
                Self::Closed(socket)
            }
            Fault::Reset | Fault::SilentTls | Fault::PlainHttp => Self::Tcp(tcp()?),
            Fault::NoCommonSuite
            | Fault::Tls13Only
            | Fault::RefusesUs
            | Fault::NoSki
            | Fault::ForgedSki
            | Fault::NotDer
            | Fault::Expired
            | Fault::OtherCurve
            | Fault::CutOff
            | Fault::OddCertificate
            | Fault::Http404
            | Fault::NoSubprotocol
            | Fault::SilentUpgrade => Self::Tls(tcp()?, acceptor(papers, fault)?),
            _ => {
                let settings = ListenSettings { port: 0, bind, ..ListenSettings::default() };
                let listener = Listener::bind(settings).map_err(StartError::from)?;
                let mut settings = TlsSettings::default();
                if fault == Fault::CbcOnly {
                    settings.suites = vec![Suite::Cbc];
                }
                let tls = TlsConfig::with(identity, &settings).map_err(StartError::from)?;
                Self::Ship(Box::new((listener, tls)))
            }
        })
    }

    fn local_addr(&self) -> Result<SocketAddr, DeviceError> {
        Ok(match self {
            Self::Closed(socket) => socket.local_addr()?,
            Self::Tcp(listener) | Self::Tls(listener, _) => listener.local_addr()?,
            Self::Ship(ship) => ship.0.local_addr(),
        })
    }

    async fn serve(self, fault: Fault, ship_id: ShipId, teller: Teller) {
        match self {
            Self::Closed(_held) => std::future::pending().await,
            Self::Tcp(listener) => {
                each(listener, teller, move |tcp| plain(tcp, fault)).await;
            }
            Self::Tls(listener, acceptor) => {
                let serve = move |tcp| odd_tls(tcp, acceptor.clone(), fault, ship_id.clone());
                each(listener, teller, serve).await;
            }
            Self::Ship(ship) => {
                let (listener, tls) = *ship;
                serve_ship(listener, tls, fault, ship_id, teller).await;
            }
        }
    }
}

/// Serves every connection in a task of its own.
async fn each<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    teller: Teller,
    serve: impl Fn(TcpStream) -> F,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((tcp, remote)) = accepted else {
                    // Out of file descriptors, or the client was gone already: neither is for ever.
                    sleep(Duration::from_millis(100)).await;
                    continue;
                };
                teller.did(format!("{remote} connects"));
                open.spawn(serve(tcp));
            }
            Some(_) = open.join_next() => {}
        }
    }
}

async fn plain(mut tcp: TcpStream, fault: Fault) {
    match fault {
        Fault::Reset => {}
        Fault::PlainHttp => {
            // It reads what came first, so that its answer is not lost in a reset.
            let _ = tcp.read(&mut [0; 1024]).await;
            let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            let _ = tcp.shutdown().await;
        }
        _ => while let Ok(1..) = tcp.read(&mut [0; 1024]).await {},
    }
}

async fn odd_tls(tcp: TcpStream, acceptor: TlsAcceptor, fault: Fault, ship_id: ShipId) {
    let Ok(mut stream) = acceptor.accept(tcp).await else { return };
    match fault {
        // Its papers are tolerated: for them to be seen it has to go on.
        Fault::NoSki | Fault::NotDer | Fault::Expired | Fault::OddCertificate => {
            if let Ok(ws) =
                accept_hdr_async(Counted::behind_head(Tls::Server(stream)), SpeaksShip).await
            {
                // A peer that leaves ends the talk.
                let _ = talk(ws, fault, &ship_id).await;
            }
        }
        Fault::NoSubprotocol => {
            if let Ok(mut ws) = accept_async(stream).await {
                while let Some(Ok(_)) = ws.next().await {}
            }
        }
        Fault::Http404 => {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && request.len() < 8192 {
                if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
        _ => while let Ok(1..) = stream.read(&mut [0; 1024]).await {},
    }
}

async fn serve_ship(
    listener: Listener,
    tls: TlsConfig,
    fault: Fault,
    ship_id: ShipId,
    teller: Teller,
) {
    let (events, mut inbox) = mpsc::channel(16);
    let serving = listener.serve(tls, events, |inbound| inbound);
    let taking = async {
        let mut open = JoinSet::new();
        loop {
            let inbound = tokio::select! {
                inbound = inbox.recv() => inbound,
                Some(_) = open.join_next() => continue,
            };
            match inbound {
                Some(Inbound::Request(request)) => {
                    teller.did(format!("{} connects", request.remote));
                    let ship_id = ship_id.clone();
                    open.spawn(async move {
                        if fault == Fault::Busy {
                            let _ = request.refuse_busy().await;
                        } else if let Ok(ws) = request.admit().await {
                            // A peer that leaves ends the talk.
                            let _ = talk(*ws, fault, &ship_id).await;
                        }
                    });
                }
                Some(Inbound::Failed(failure)) => teller.did(failure.to_string()),
                None => return,
            }
        }
    };
    tokio::select! {
        () = serving => {}
        () = taking => {}
    }
}

/// Chooses the sub-protocol.
struct SpeaksShip;

impl Callback for SpeaksShip {
    fn on_request(self, _: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
        let ship = HeaderValue::from_static(SUB_PROTOCOL);
        answer.headers_mut().insert("Sec-WebSocket-Protocol", ship);
        Ok(answer)
    }
}

fn any_port(bind: Option<IpAddr>) -> SocketAddr {
    let ip = bind.filter(IpAddr::is_ipv4).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    SocketAddr::new(ip, 0)
}

fn listen(bind: Option<IpAddr>) -> Result<TcpListener, DeviceError> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(any_port(bind))?;
    Ok(socket.listen(64)?)
}
