//! What the tests are made of: nodes of our own, and peers made of plain rustls that may misbehave.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{ClientConfig, Error, ServerConfig, pki_types::ServerName};
use shipctl::{
    driver::{
        dial::{DialFailure, DialLimits, Dialed, dial},
        link::{LinkCommand, LinkEvent, LinkLimits, run},
        listen::{Inbound, InboundFailure, Incoming, ListenSettings, Listener},
        tls::{Suite, TlsConfig, TlsSettings},
        ws::WebSocket,
    },
    identity::cert::Identity,
    proto::{Ski, Target},
};
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Far longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for something that must happen.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future).await.expect("nothing happened within the deadline")
}

pub(crate) fn identity() -> Identity {
    Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap()
}

pub(crate) fn tls(identity: &Identity) -> TlsConfig {
    TlsConfig::new(identity).unwrap()
}

/// One suite alone.
pub(crate) fn only(suite: Suite) -> TlsSettings {
    TlsSettings { suites: vec![suite], ..TlsSettings::default() }
}

/// One of our own nodes that listens.
pub(crate) struct Node {
    pub(crate) ski: Ski,
    pub(crate) address: SocketAddr,
    pub(crate) inbox: mpsc::Receiver<Inbound>,
    pub(crate) serving: JoinHandle<()>,
}

pub(crate) fn loopback() -> ListenSettings {
    ListenSettings { port: 0, bind: Some([127, 0, 0, 1].into()), ..ListenSettings::default() }
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::with(&identity(), loopback())
    }

    pub(crate) fn with(identity: &Identity, settings: ListenSettings) -> Self {
        Self::with_tls(identity, settings, &TlsSettings::default())
    }

    pub(crate) fn with_tls(
        identity: &Identity,
        settings: ListenSettings,
        tls: &TlsSettings,
    ) -> Self {
        let tls = TlsConfig::with(identity, tls).unwrap();
        let listener = Listener::bind(settings).unwrap();
        let address = listener.local_addr();
        let (events, inbox) = mpsc::channel(16);
        let serving = tokio::spawn(listener.serve(tls, events, |inbound| inbound));
        Self { ski: identity.ski(), address, inbox, serving }
    }

    pub(crate) fn target(&self) -> Target {
        Target::socket(self.address, "/ship/")
    }

    pub(crate) async fn request(&mut self) -> Incoming {
        match soon(self.inbox.recv()).await {
            Some(Inbound::Request(incoming)) => *incoming,
            other => panic!("expected a request, not {other:?}"),
        }
    }

    pub(crate) async fn failure(&mut self) -> InboundFailure {
        match soon(self.inbox.recv()).await {
            Some(Inbound::Failed(failure)) => failure,
            other => panic!("expected a failure, not {other:?}"),
        }
    }
}

pub(crate) async fn dial_one(target: Target, expected: Option<Ski>) -> Result<Dialed, DialFailure> {
    soon(dial(&[target], expected, &tls(&identity()), &DialLimits::default())).await
}

/// The same with these settings of TLS.
pub(crate) async fn dial_with(target: Target, tls: &TlsSettings) -> Result<Dialed, DialFailure> {
    let tls = TlsConfig::with(&identity(), tls).unwrap();
    soon(dial(&[target], None, &tls, &DialLimits::default())).await
}

/// Dials something that must fail at once, with short limits.
pub(crate) async fn fail(address: SocketAddr) -> DialFailure {
    let limit = Duration::from_millis(200);
    let limits = DialLimits { tls: limit, upgrade: limit, ..DialLimits::default() };
    let target = Target::socket(address, "/ship/");
    soon(dial(&[target], None, &tls(&identity()), &limits)).await.unwrap_err()
}

/// Both ends of one established connection: the client's and the server's.
pub(crate) async fn connected(settings: ListenSettings) -> (Box<WebSocket>, Box<WebSocket>) {
    let mut node = Node::with(&identity(), settings);
    let (client, server) = tokio::join!(dial_one(node.target(), Some(node.ski)), async {
        node.request().await.admit().await.unwrap()
    });
    (client.unwrap().ws, server)
}

/// A running link task.
pub(crate) struct Link {
    pub(crate) commands: mpsc::Sender<LinkCommand>,
    pub(crate) events: mpsc::Receiver<LinkEvent>,
}

impl Link {
    pub(crate) fn start(ws: Box<WebSocket>, limits: LinkLimits) -> Self {
        let (commands, queue) = mpsc::channel(64);
        let (sink, events) = mpsc::channel(64);
        tokio::spawn(run(ws, queue, sink, |event| event, limits));
        Self { commands, events }
    }

    pub(crate) async fn tell(&self, command: LinkCommand) {
        soon(self.commands.send(command)).await.unwrap();
    }

    pub(crate) async fn event(&mut self) -> Option<LinkEvent> {
        soon(self.events.recv()).await
    }
}

pub(crate) type ClientStream = tokio_rustls::client::TlsStream<TcpStream>;
pub(crate) type ServerStream = tokio_rustls::server::TlsStream<TcpStream>;

/// Connects an odd client.
pub(crate) async fn connect_oddly(
    config: ClientConfig,
    address: SocketAddr,
) -> std::io::Result<ClientStream> {
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::IpAddress(address.ip().into());
    soon(TlsConnector::from(Arc::new(config)).connect(name, tcp)).await
}

/// Serves with an odd server: `then` gets every handshake that worked or failed.
pub(crate) async fn serve_oddly<F: Future<Output = ()> + Send>(
    config: ServerConfig,
    then: impl Fn(std::io::Result<ServerStream>) -> F + Send + Sync + 'static,
) -> SocketAddr {
    let (acceptor, then) = (TlsAcceptor::from(Arc::new(config)), Arc::new(then));
    serve_tcp(move |tcp| {
        let (accepting, then) = (acceptor.accept(tcp), then.clone());
        async move { then(accepting.await).await }
    })
    .await
}

/// Serves TCP, one connection after the other.
pub(crate) async fn serve_tcp<F: Future<Output = ()> + Send>(
    then: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            then(tcp).await;
        }
    });
    address
}

/// The rustls error inside an I/O error.
pub(crate) fn rustls_error(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}
