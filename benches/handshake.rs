//! How long a handshake takes on loopback: from the TCP connect until both sides have completed.
//!
//! `cargo bench --bench handshake [-- N]` measures N handshakes of two nodes of ours, one after
//! another, and in the same run ship-go with itself where Go is installed.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command as Process,
    time::Duration,
};

use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, EventKind, Registration},
    identity::{cert::Identity, trust::TrustStore},
    proto::target::Target,
};
use time::OffsetDateTime;
use tokio::sync::mpsc::Receiver;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible<()> {
    let count = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(300);
    let mut took = Vec::with_capacity(count);
    let (here, there) = (identity()?, identity()?);
    for _ in 0..count {
        took.push(handshake(&here, &there).await?);
    }
    took.sort();
    let ms = |at: usize| took[at].as_secs_f64() * 1e3;
    println!(
        "shipctl  {count} handshakes  median {:.2} ms  p95 {:.2} ms",
        ms(count / 2),
        ms(count * 95 / 100)
    );
    match ship_go(count) {
        Ok(line) => println!("ship-go  {line}"),
        Err(why) => println!("ship-go  not measured: {why}"),
    }
    Ok(())
}

/// One handshake between two fresh nodes; the time of the side that takes longer.
async fn handshake(here: &Identity, there: &Identity) -> Fallible<Duration> {
    let (client, mut client_events) = start(here)?;
    let (server, mut server_events) = start(there)?;
    server.command(Command::Register(Registration::new(here.ski()))).await?;
    let port = server.port().ok_or("no port")?;
    let target = Target::socket((Ipv4Addr::LOCALHOST, port).into(), "/ship/");
    let wish = Registration { targets: vec![target], ..Registration::new(there.ski()) };
    client.command(Command::Register(wish)).await?;
    let (client_took, server_took) =
        (completed(&mut client_events).await?, completed(&mut server_events).await?);
    Ok(client_took.max(server_took))
}

fn identity() -> Fallible<Identity> {
    Ok(Identity::generate(None, OffsetDateTime::now_utc())?)
}

fn start(identity: &Identity) -> Fallible<(Node, Receiver<NodeEvent>)> {
    let mut settings = NodeSettings::new(identity.clone());
    let bind = Some(Ipv4Addr::LOCALHOST.into());
    settings.listen = Some(ListenSettings { port: 0, bind, ..ListenSettings::default() });
    Ok(Node::start(settings, &TrustStore::default(), |_| Ok(()))?)
}

async fn completed(events: &mut Receiver<NodeEvent>) -> Fallible<Duration> {
    while let Some(event) = events.recv().await {
        if let NodeEvent::Hub(event) = event {
            match event.kind {
                EventKind::Completed { took } => return Ok(took),
                EventKind::Ended { end, .. } => return Err(format!("{end:?}").into()),
                _ => {}
            }
        }
    }
    Err("the node ended".into())
}

/// Lets ship-go measure itself; returns what it prints.
fn ship_go(count: usize) -> Fallible<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/ship-go");
    let program: PathBuf =
        std::env::temp_dir().join(format!("ship-go-peer-{}", std::process::id()));
    let built = Process::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(source)
        .status()?;
    if !built.success() {
        return Err("it cannot be built".into());
    }
    let output = Process::new(&program).args(["--self-bench", &count.to_string()]).output();
    std::fs::remove_file(&program)?;
    Ok(String::from_utf8(output?.stdout)?.trim().to_owned())
}
