//! A thousand peers connected at once, while two terminals watch.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Stdio},
    sync::Arc,
};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use serde_json::{Value, json};
use shipctl::{
    driver::{Node, NodeEvent, NodeSettings},
    hub::{Command, EventKind, Registration},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
    proto::{Ski, target::Target},
};
use time::OffsetDateTime;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};

use crate::kit::{Home, Hub, PATIENCE};

const PEERS: usize = 1000;

/// Handshakes at a time: a hub that is busy turns those away that knock beyond its own limit.
const AT_A_TIME: usize = 32;

#[test]
fn a_thousand_peers_are_connected_at_once_and_a_terminal_that_does_not_read_holds_up_nobody() {
    raise_file_limit();
    let (home, identities) = (Home::new(), identities());
    home.write("trust.json", &trusting(&identities).to_json());
    // Nobody reads its log here, and it would wait for that.
    let hub = home.hub(&["--max-connections", "1000", "--quiet"]);
    let (mut reader, mut sleeper) = (Watcher::start(&home), Watcher::start(&home));
    sleeper.send(Signal::STOP);
    let reading = std::thread::spawn(move || reader.count_until_limit(1001));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let nodes = runtime.block_on(connect_all(&hub, identities));
    assert_eq!(nodes.len(), PEERS);
    let status = home.client().order(json!({ "do": "status", "history": false }));
    assert_eq!(status["hub"]["metrics"]["connections"], PEERS);
    let peers = status["hub"]["peers"].as_array().unwrap();
    assert!(peers.iter().all(|peer| peer["state"] == "Completed"));

    // Only now the other one goes on: what it missed it is told, and it missed a lot.
    home.client().order(json!({ "do": "limit", "connections": 1001 }));
    sleeper.send(Signal::CONT);
    let (slept, read) = (sleeper.count_until_limit(1001), reading.join().unwrap());
    assert!(slept.lost > 0, "{slept:?}");
    assert_eq!(slept.seen + slept.lost, read.seen + read.lost, "{slept:?} {read:?}");
    assert!(read.seen + read.lost > 5 * PEERS as u64, "{read:?}");
}

fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

fn identities() -> Vec<Identity> {
    let now = OffsetDateTime::now_utc();
    (0..PEERS).map(|_| Identity::generate(None, now).unwrap()).collect()
}

fn trusting(identities: &[Identity]) -> TrustStore {
    let mut trust = TrustStore::default();
    for identity in identities {
        let (ski, ship_id, name, address) = (identity.ski(), None, None, None);
        trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen: false }, 1);
    }
    trust
}

/// Connects a node for each identity; they stay connected as long as they live.
async fn connect_all(
    hub: &Hub,
    identities: Vec<Identity>,
) -> Vec<(Node, mpsc::Receiver<NodeEvent>)> {
    let (ski, target) = (hub.ski.parse().unwrap(), format!("{}/ship/", hub.address()));
    let target: Target = target.parse().unwrap();
    let (places, mut connecting) = (Arc::new(Semaphore::new(AT_A_TIME)), JoinSet::new());
    for identity in identities {
        let (places, target) = (places.clone(), target.clone());
        connecting.spawn(async move {
            let _place = places.acquire().await.unwrap();
            timeout(PATIENCE, connect(identity, ski, target)).await.expect("it completes")
        });
    }
    connecting.join_all().await
}

async fn connect(
    identity: Identity,
    ski: Ski,
    target: Target,
) -> (Node, mpsc::Receiver<NodeEvent>) {
    let settings = NodeSettings { listen: None, ..NodeSettings::new(identity) };
    let (node, mut events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
    let wish = Registration { targets: vec![target], ..Registration::new(ski) };
    node.command(Command::Register(wish)).await.unwrap();
    loop {
        if let NodeEvent::Hub(event) = events.recv().await.expect("the node runs")
            && let EventKind::Completed { .. } = event.kind
        {
            return (node, events);
        }
    }
}

/// `shipctl status --watch`; killed when dropped.
struct Watcher {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

#[derive(Debug, Default)]
struct Counted {
    seen: u64,
    lost: u64,
}

impl Watcher {
    /// Starts it and reads its first line: from then on it is told what happens.
    fn start(home: &Home) -> Self {
        let mut command = home.command(&["status", "--watch", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut watcher = Self { child, lines };
        assert_eq!(watcher.next()["event"], "status");
        watcher
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().expect("it runs").unwrap()).unwrap()
    }

    /// Counts events until the limit becomes this.
    fn count_until_limit(&mut self, limit: u64) -> Counted {
        let mut counted = Counted::default();
        loop {
            let line = self.next();
            if line["event"] == "events_lost" {
                counted.lost += line["count"].as_u64().unwrap();
            } else {
                counted.seen += 1;
            }
            if line["event"] == "limit" && line["limit"] == limit {
                return counted;
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
