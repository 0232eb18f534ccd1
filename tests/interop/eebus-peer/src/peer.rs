//! The application around the crate's node, and the user in front of it.
//!
//! The crate's own `Hub` keeps connections and runs SPINE discovery over them by itself; here the
//! tests say when to connect and what to send, so the table of connections is ours. TLS, WebSocket,
//! the whole SHIP handshake and the rule for double connections are the crate's.

use std::collections::HashMap;
use std::error::Error;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use eebus::runtime::{
    CONNECT_TIMEOUT, ConnectionError, Node, PONG_TIMEOUT, ShipConnection, TrustReporter, TrustStore,
};
use eebus::ship::{
    AbortReason, ConnectionCloseReason, OwnKeys, Resolution, Ski, newest, resolve,
};
use eebus::tls::ShipTls;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};

use crate::events::{self, State};
use crate::link::{self, Order};
use crate::options::{Mode, Options};
use crate::{Fallible, identity, payload};

pub struct Peer {
    node: Node,
    mode: Mode,
    echo: bool,
    links: Mutex<HashMap<Ski, Vec<Link>>>,
    started: Instant,
    next_id: AtomicU64,
}

/// An established connection. There may be two to one peer until the rule has settled it.
struct Link {
    id: u64,
    opened: Duration,
    orders: UnboundedSender<Order>,
}

impl Peer {
    /// Listens, and says on which port.
    pub async fn start(options: &Options) -> Fallible<(Arc<Self>, u16)> {
        let identity = identity::load(options.state.as_deref(), &options.ship_id)?;
        let trusted = match options.mode {
            Mode::Trust => options.remotes.as_slice(),
            Mode::Wait | Mode::Deny => &[],
        };
        let trust = TrustStore::with(trusted.iter().copied());
        let peer = Arc::new(Self {
            node: with_keys(Node::new(&options.ship_id, ShipTls::new(identity), trust), options)?,
            mode: options.mode,
            echo: options.echo,
            links: Mutex::default(),
            started: Instant::now(),
            next_id: AtomicU64::new(0),
        });
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, options.port)).await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(peer.clone().accept_all(listener));
        Ok((peer, port))
    }

    pub fn ski(&self) -> Ski {
        self.node.ski()
    }

    pub fn trusts(&self, ski: Ski) -> bool {
        self.node.trust_store().is_trusted(&ski)
    }

    /// Lets a waiting handshake through, and every later one.
    pub fn trust(&self, ski: Ski) {
        self.node.trust_store().trust(ski);
    }

    pub fn forget(&self, ski: Ski) {
        self.node.trust_store().forget(&ski);
    }

    /// Refuses the handshake that waits. Where none does, the crate would keep the refusal for a
    /// later one, perhaps after the user has changed their mind.
    pub fn refuse(&self, ski: Ski) {
        if self.node.pending_peers().iter().any(|waiting| waiting.ski == ski) {
            self.node.refuse_pairing(ski);
        } else {
            events::error(format_args!("deny: {ski} is not waiting"));
        }
    }

    /// Announces its keys on every connection with this peer.
    pub fn announce_keys(&self, ski: Ski) {
        for link in self.links().get(&ski).into_iter().flatten() {
            let _ = link.orders.send(Order::Keys);
        }
    }

    pub fn close(&self, ski: Ski, reason: ConnectionCloseReason) {
        for link in self.links().get(&ski).into_iter().flatten() {
            let _ = link.orders.send(Order::Close(reason));
        }
    }

    pub fn send(&self, ski: Ski, json: &str) -> Fallible {
        let message = payload::message(json)?;
        let links = self.links();
        let link = links.get(&ski).and_then(|links| links.last());
        let link = link.ok_or_else(|| format!("send: not connected to {ski}"))?;
        link.orders.send(Order::Send(message))?;
        Ok(())
    }

    pub fn is_connected(&self, ski: Ski) -> bool {
        self.links().contains_key(&ski)
    }

    /// Dials once, at once, in the background.
    pub fn dial(self: &Arc<Self>, address: &str, ski: Ski) {
        let (peer, address) = (self.clone(), address.to_owned());
        tokio::spawn(async move { peer.dial_now(&address, ski).await });
    }

    pub async fn dial_now(self: Arc<Self>, address: &str, ski: Ski) {
        events::state(ski, State::Initiated, "");
        let asked = Arc::new(OnceLock::new());
        match self.connect(address, asked).await {
            Ok(connection) if connection.peer() == ski => self.keep(connection).await,
            Ok(other) => {
                events::state(ski, State::Error, &format!("{address} is {}", other.peer()));
            }
            Err(error) => report_failure(Some(ski), &error),
        }
    }

    /// Ends every connection as the specification asks.
    pub async fn stop(&self) {
        for link in self.links().values().flatten() {
            let _ = link.orders.send(Order::Close(ConnectionCloseReason::Unspecific));
        }
        let end = Instant::now() + Duration::from_secs(3);
        while !self.links().is_empty() && Instant::now() < end {
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn connect(
        &self,
        address: &str,
        asked: Asked,
    ) -> Result<ShipConnection, ConnectionError> {
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address))
            .await
            .map_err(|_| ConnectionError::Timeout)??;
        stream.set_nodelay(true)?;
        self.with_user(asked, |report| self.node.connect_over_reporting(stream, report)).await
    }

    async fn accept_all(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    events::log(format_args!("accepted from {from}"));
                    tokio::spawn(self.clone().accept(stream));
                }
                Err(error) => events::error(format_args!("accept: {error}")),
            }
        }
    }

    async fn accept(self: Arc<Self>, stream: TcpStream) {
        // The crate leaves it to whoever accepts; without it each message waits for an ACK.
        let _ = stream.set_nodelay(true);
        let asked = Asked::default();
        let accepted = self
            .with_user(asked.clone(), |report| self.node.accept_reporting(stream, report))
            .await;
        match accepted {
            Ok(connection) => self.keep(connection).await,
            Err(error) => report_failure(asked.get().copied(), &error),
        }
    }

    /// Runs a handshake with somebody there to answer its question.
    ///
    /// The crate asks from within the handshake, which must not be answered there but only wakes up
    /// on the next change; so the answer is given beside it.
    async fn with_user<F>(
        &self,
        asked: Asked,
        handshake: impl FnOnce(Option<TrustReporter>) -> F,
    ) -> Result<ShipConnection, ConnectionError>
    where
        F: Future<Output = Result<ShipConnection, ConnectionError>>,
    {
        let (question, mut questions) = unbounded_channel();
        let handshake = handshake(Some(Box::new(move |pending| {
            let _ = question.send(pending.ski);
        })));
        tokio::pin!(handshake);
        loop {
            tokio::select! {
                outcome = &mut handshake => return outcome,
                Some(ski) = questions.recv() => {
                    events::state(ski, State::ReceivedPairingRequest, "");
                    let _ = asked.set(ski);
                    if self.mode != Mode::Wait {
                        self.node.refuse_pairing(ski);
                    }
                }
            }
        }
    }

    /// Keeps an established connection in the table for as long as it lives.
    async fn keep(self: Arc<Self>, connection: ShipConnection) {
        let ski = connection.peer();
        let (orders, received) = unbounded_channel();
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let opened = self.started.elapsed();
        let held = {
            let mut links = self.links();
            let held = links.entry(ski).or_default();
            held.push(Link { id, opened, orders });
            held.len()
        };
        events::state(ski, State::Completed, "");
        events::connected(ski);
        if held > 1 {
            tokio::spawn(self.clone().arbitrate(ski));
        }

        link::serve(connection, received, self.echo).await;

        let mut links = self.links();
        let held = links.entry(ski).or_default();
        held.retain(|link| link.id != id);
        if held.is_empty() {
            links.remove(&ski);
            events::disconnected(ski);
        }
    }

    /// Settles a double connection as the crate's rule says (SHIP 12.2.3: keep the most recent).
    ///
    /// A dead connection needs no counting of pongs here: its task ends, and it leaves the table.
    async fn arbitrate(self: Arc<Self>, ski: Ski) {
        let since = self.started.elapsed();
        let mut probed = false;
        loop {
            let opened: Vec<_> =
                self.links().get(&ski).into_iter().flatten().map(|l| l.opened).collect();
            let now = self.started.elapsed();
            match resolve(&self.ski(), &ski, &opened, since, probed, now) {
                Resolution::Settled => return,
                Resolution::Wait { until } => sleep(until.saturating_sub(now)).await,
                Resolution::Probe => {
                    for link in self.links().get(&ski).into_iter().flatten() {
                        let _ = link.orders.send(Order::Ping);
                    }
                    probed = true;
                    sleep(PONG_TIMEOUT).await;
                }
                Resolution::KeepNewest | Resolution::CloseAfterProbe => {
                    let links = self.links();
                    let keep = newest(&opened);
                    for (index, link) in links.get(&ski).into_iter().flatten().enumerate() {
                        if Some(index) != keep {
                            let _ =
                                link.orders.send(Order::Close(ConnectionCloseReason::Unspecific));
                        }
                    }
                    return;
                }
            }
        }
    }

    fn links(&self) -> MutexGuard<'_, HashMap<Ski, Vec<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes part in certificate updates, before the change (`--successor`) or after it (`--predecessor`).
fn with_keys(node: Node, options: &Options) -> Fallible<Node> {
    let ski = |dir: &Path| {
        let identity = identity::load(Some(dir), &options.ship_id)?;
        Ok::<_, Box<dyn Error + Send + Sync>>(ShipTls::new(identity).ski())
    };
    Ok(match (&options.successor, &options.predecessor) {
        (Some(successor), _) => {
            let mut keys = OwnKeys::new(node.ski());
            keys.begin_update(ski(successor)?)?;
            node.key_material(keys)
        }
        (None, Some(predecessor)) => {
            let own = node.ski();
            let mut keys = OwnKeys::new(ski(predecessor)?);
            keys.begin_update(own)?;
            keys.complete_update();
            node.key_material(keys)
        }
        (None, None) => node,
    })
}

/// The SKI of an accepted peer that failed: known only if the user was asked about it.
type Asked = Arc<OnceLock<Ski>>;

fn report_failure(ski: Option<Ski>, error: &ConnectionError) {
    let state = match error {
        ConnectionError::Aborted(AbortReason::PeerAborted) => State::RemoteDeniedTrust,
        ConnectionError::Aborted(AbortReason::TrustRejected) => State::None,
        _ => State::Error,
    };
    match ski {
        Some(ski) => events::state(ski, state, &error.to_string()),
        None => events::error(format_args!("accept: {error}")),
    }
}
