//! Memory per idle connection, processor time per handshake and per echo, and echoes per second: of
//! our node, of `shipctl hub run`, of the foreign peers, and of the floor, which is TLS and a
//! WebSocket without SHIP. See `benches/README.md`.
//!
//! Each server is a process of its own and all clients are here, so that the ends are not mixed up.

mod client;
mod payload;
mod process;
mod server;

use std::time::Duration;

use client::Peer;
use server::{Kind, Server};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Handshakes of which the processor time is told together.
const GROUP: usize = 100;

/// How long each echo is measured.
const ECHO: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [serve, kind] = &args[..]
        && serve == "--serve"
    {
        return server::serve(kind.parse()?).await;
    }
    process::raise_file_limit()?;
    let kinds = args.iter().filter_map(|arg| arg.parse().ok()).collect::<Vec<Kind>>();
    let kinds = if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds };
    let count = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(1000).max(2 * GROUP);
    let peers = (0..count).map(|_| Peer::new()).collect::<Fallible<Vec<_>>>()?;
    println!("{count} connections; 1K/4K: the size of an echo, w: how many are under way");
    println!("{}", Row::HEADING);
    for kind in kinds {
        match measure(kind, &peers).await {
            Ok(row) => println!("{row}"),
            Err(why) => println!("{:<17} not measured: {why}", kind.name()),
        }
    }
    Ok(())
}

async fn measure(kind: Kind, peers: &[Peer]) -> Fallible<Row> {
    let mut server = Server::start(kind, peers).await?;
    let idle = server.process.memory()?;
    let mut connections = Vec::with_capacity(peers.len());
    let (mut groups, mut retries) = (Vec::new(), 0);
    for group in peers.chunks(GROUP) {
        let before = server.process.cpu()?;
        for peer in group {
            let (connection, again) = peer.connect(&server).await?;
            retries += again;
            connections.push(connection);
        }
        server.settle().await?;
        groups.push((server.process.cpu()? - before) / group.len() as u32);
    }
    let grown = server.process.memory()?.saturating_sub(idle);
    let mut echoes = Vec::new();
    if kind.echoes() {
        let connection = connections.last_mut().ok_or("no connection")?;
        for (size, window) in [(1024, 1), (1024, 16), (4096, 1), (4096, 16)] {
            let before = server.process.cpu()?;
            let count = connection.echo(size, window, ECHO).await?;
            let cpu = server.process.cpu()? - before;
            echoes
                .push((count as f64 / ECHO.as_secs_f64(), cpu.as_secs_f64() * 1e6 / count as f64));
        }
    }
    Ok(Row { kind, idle, per_connection: grown / peers.len(), groups, echoes, retries })
}

/// The figures of one server.
struct Row {
    kind: Kind,
    /// Bytes.
    idle: usize,
    /// Bytes.
    per_connection: usize,
    /// Processor time per handshake, group by group.
    groups: Vec<Duration>,
    /// Echoes a second, and microseconds of processor time for each.
    echoes: Vec<(f64, f64)>,
    retries: usize,
}

impl Row {
    const HEADING: &str = "                  idle MiB  KiB/conn  CPU ms/handshake        echoes/s           \
                                       CPU us/echo\n                                      first   last   \
                           1K w1  1K w16   4K w1  4K w16   1K w16  4K w16";
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |group: Option<&Duration>| group.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        write!(
            f,
            "{:<17} {:8.1}  {:8.1}  {:6.2} {:6.2} ",
            self.kind.name(),
            self.idle as f64 / f64::from(1 << 20),
            self.per_connection as f64 / 1024.0,
            ms(self.groups.first()),
            ms(self.groups.last()),
        )?;
        if let [a, b, c, d] = self.echoes[..] {
            let (rates, times) = ([a.0, b.0, c.0, d.0], [b.1, d.1]);
            rates.iter().try_for_each(|rate| write!(f, " {rate:7.0}"))?;
            times.iter().try_for_each(|time| write!(f, "  {time:7.0}"))?;
        }
        match self.retries {
            0 => Ok(()),
            retries => write!(f, "  ({retries} handshakes repeated)"),
        }
    }
}
