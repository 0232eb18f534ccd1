//! The servers that are measured: ours as a child of this program, the others as they are.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    str::FromStr,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use shipctl::{
    driver::{
        Node, NodeEvent, NodeSettings,
        listen::{Inbound, ListenSettings, Listener},
        tls::TlsConfig,
        ws::WebSocket,
    },
    hub::{Command, Event, EventKind},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::ChildStdout,
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    Fallible,
    client::{Peer, SHIP_ID, ready},
    process::Process as Watched,
};

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Floor,
    Node,
    HubRun,
    Eebus,
    ShipGo,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Floor, Self::Node, Self::HubRun, Self::Eebus, Self::ShipGo];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Node => "shipctl",
            Self::HubRun => "hub-run",
            Self::Eebus => "eebus",
            Self::ShipGo => "ship-go",
        }
    }

    /// Whether there is SHIP over the WebSocket.
    pub(crate) fn speaks_ship(self) -> bool {
        self != Self::Floor
    }

    /// Whether it sends back what it gets; `shipctl hub run` has no use for data.
    pub(crate) fn echoes(self) -> bool {
        self != Self::HubRun
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| format!("no server is called {name:?}"))
    }
}

/// A server that runs; killed when dropped.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) process: Watched,
    child: tokio::process::Child,
    _state: TempDir,
}

impl Server {
    /// Starts it; it trusts these peers.
    pub(crate) async fn start(kind: Kind, peers: &[Peer]) -> Fallible<Self> {
        let state = TempDir::new()?;
        let mut command = tokio::process::Command::from(command(kind, &state, peers)?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn()?;
        let process = Watched(child.id().ok_or("it ended")?);
        let port = port(child.stdout.take().ok_or("no stdout")?).await?;
        if matches!(kind, Kind::Eebus | Kind::ShipGo) {
            use tokio::io::AsyncWriteExt as _;
            let stdin = child.stdin.as_mut().ok_or("no stdin")?;
            for peer in peers {
                stdin.write_all(format!("register {}\n", peer.ski).as_bytes()).await?;
            }
        }
        let address = (Ipv4Addr::LOCALHOST, port).into();
        let mut server = Self { kind, address, process, child, _state: state };
        server.settle().await?;
        Ok(server)
    }

    /// Waits until it has nothing to do any more.
    pub(crate) async fn settle(&mut self) -> Fallible<()> {
        let mut before = self.process.cpu()?;
        loop {
            sleep(Duration::from_millis(50)).await;
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended: {status}").into());
            }
            let now = self.process.cpu()?;
            if now - before < Duration::from_millis(1) {
                return Ok(());
            }
            before = now;
        }
    }
}

fn command(kind: Kind, state: &TempDir, peers: &[Peer]) -> Fallible<Process> {
    let mut command = match kind {
        Kind::Floor | Kind::Node => {
            let mut command = Process::new(std::env::current_exe()?);
            command.args(["--serve", kind.name()]);
            return Ok(command);
        }
        Kind::HubRun => {
            let mut trust = TrustStore::default();
            for Peer { ski, .. } in peers {
                let ski = *ski;
                let ship_id = Some(SHIP_ID.parse()?);
                let (name, address) = (None, None);
                trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen: true }, 1);
            }
            std::fs::write(state.path().join("trust.json"), trust.to_json())?;
            let mut command = Process::new(env!("CARGO_BIN_EXE_shipctl"));
            command.arg("--state-dir").arg(state.path());
            command.args(["hub", "run", "--no-mdns", "--port", "0", "--bind", "127.0.0.1"]);
            command.args(["--json", "--quiet", "--max-connections", "10000"]);
            return Ok(command);
        }
        Kind::Eebus => Process::new(build_eebus()?),
        Kind::ShipGo => Process::new(build_ship_go()?),
    };
    command.args(["--port", "0", "--mode", "trust", "--echo"]);
    Ok(command)
}

/// The port in the first line of JSON that tells one; what follows is read and forgotten.
async fn port(stdout: ChildStdout) -> Fallible<u16> {
    let mut lines = BufReader::new(stdout).lines();
    let port = loop {
        let line = timeout(Duration::from_secs(30), lines.next_line()).await??.ok_or("it ended")?;
        let line: Value = serde_json::from_str(&line)?;
        if let Some(port) = line["port"].as_u64() {
            break port.try_into()?;
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(port)
}

/// Serves until killed, in a child of this program.
pub(crate) async fn serve(kind: Kind) -> Fallible<()> {
    let identity = Identity::generate(None, OffsetDateTime::now_utc())?;
    let bind = Some(Ipv4Addr::LOCALHOST.into());
    let listen = ListenSettings { port: 0, bind, ..ListenSettings::default() };
    if kind == Kind::Floor {
        return serve_floor(Listener::bind(listen)?, TlsConfig::new(&identity)?).await;
    }
    let mut settings = NodeSettings::new(identity);
    settings.listen = Some(listen);
    settings.hub.max_connections = 10_000;
    let (node, mut events) = Node::start(settings, &TrustStore::default(), |_| Ok(()))?;
    let duration = Duration::from_secs(86_400);
    node.command(Command::AutoAccept { duration }).await?;
    tell_port(node.port().ok_or("no port")?)?;
    while let Some(event) = events.recv().await {
        if let NodeEvent::Hub(Event { ski: Some(ski), kind: EventKind::Data(data), .. }) = event {
            node.command(Command::Send { ski, data }).await?;
        }
    }
    Ok(())
}

/// TLS and a WebSocket, with nothing of SHIP on top.
async fn serve_floor(listener: Listener, tls: TlsConfig) -> Fallible<()> {
    tell_port(listener.port())?;
    let (sender, mut inbound) = mpsc::channel(64);
    tokio::spawn(listener.serve(tls, sender, |inbound| inbound));
    while let Some(inbound) = inbound.recv().await {
        let Inbound::Request(incoming) = inbound else { continue };
        tokio::spawn(async move {
            if let Ok(ws) = incoming.admit().await {
                tokio::spawn(echo(ws));
            }
        });
    }
    Ok(())
}

async fn echo(mut ws: Box<WebSocket>) {
    while let Some(Ok(message)) = ws.next().await {
        let mut next = Some(message);
        while let Some(message) = next {
            if ws.feed(message).await.is_err() {
                return;
            }
            next = ready(&mut ws).await.flatten().and_then(Result::ok);
        }
        if ws.flush().await.is_err() {
            return;
        }
    }
}

fn tell_port(port: u16) -> Fallible<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{{\"port\":{port}}}")?;
    Ok(stdout.flush()?)
}

fn build_ship_go() -> Fallible<PathBuf> {
    let program = out().join("ship-go-peer");
    let source = here().join("ship-go");
    run(Process::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(source))?;
    Ok(program)
}

fn build_eebus() -> Fallible<PathBuf> {
    let target = out().join("eebus");
    let mut cargo = Process::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--manifest-path"]);
    run(cargo.arg(here().join("eebus-peer/Cargo.toml")).arg("--target-dir").arg(&target))?;
    Ok(target.join("release/eebus-peer"))
}

fn run(command: &mut Process) -> Fallible<()> {
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    if child.wait()?.success() { Ok(()) } else { Err("it cannot be built".into()) }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// Beside the other build products.
fn out() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches")
}
