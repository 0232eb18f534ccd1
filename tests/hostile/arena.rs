//! A hub that is attacked, and watched while it is.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shipctl::{
    driver::{Node, NodeEvent, NodeSettings},
    hub::{Command, EventKind, Registration},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
    proto::Ski,
};
use time::OffsetDateTime;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::kit::{Home, Hub, PATIENCE};

/// Everybody attacks from here; the good peer comes from 127.0.0.1.
const ATTACKER: [u8; 4] = [127, 0, 0, 66];

/// What an attack may cost, in MiB over the idle hub.
///
/// The most a single connection can make us keep is a message of 1 MiB, its parts being put
/// together, and 4 MiB that it does not read; the allocator keeps as much again.
pub const MOST: u64 = 16;

/// How long the good peer may take where nothing but the attack keeps the computer busy.
const AT_ONCE: Duration = Duration::from_secs(1);

pub fn identity() -> Identity {
    Identity::generate(None, OffsetDateTime::now_utc()).unwrap()
}

/// A hub, what it says, and a well-behaved peer that it trusts.
pub struct Arena {
    pub home: Home,
    pub hub: Hub,
    pub ski: Ski,
    pub address: SocketAddr,
    good: Identity,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Arena {
    pub fn new() -> Self {
        Self::trusting(&[], &["--no-mdns"])
    }

    /// A hub that trusts these as well, each with the address it is dialled at.
    pub fn trusting(others: &[(&Identity, Option<SocketAddr>)], network: &[&str]) -> Self {
        let (home, good) = (Home::new(), identity());
        let mut trust = TrustStore::default();
        for (identity, address) in others.iter().copied().chain([(&good, None)]) {
            let address = address.map(|address| format!("{address}/ship/"));
            let (ski, ship_id, name) = (identity.ski(), None, None);
            trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen: false }, 1);
        }
        home.write("trust.json", &trust.to_json());
        // Nobody reads its log here, and it would wait for that.
        let hub = home.hub_on(&[network, &["--quiet"]].concat());
        let said = watch(&home);
        let (ski, address) = (hub.ski.parse().unwrap(), hub.address().parse().unwrap());
        Self { home, hub, ski, address, good, said }
    }

    /// Connects as the attacker does.
    pub async fn knock(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((ATTACKER, 0).into()).unwrap();
        timeout(PATIENCE, socket.connect(self.address)).await.expect("a place").unwrap()
    }

    /// Waits until something is found that says so.
    pub async fn finds(&self, text: &str) {
        let fits = |event: &Value| event["seen"].as_str().is_some_and(|seen| seen.contains(text));
        self.says(text, fits).await;
    }

    /// Whether an event of the hub fits.
    pub fn has_said(&self, fits: impl Fn(&Value) -> bool) -> bool {
        self.said.lock().unwrap().iter().any(fits)
    }

    /// Waits until an event of the hub fits.
    pub async fn says(&self, what: &str, fits: impl Fn(&Value) -> bool) {
        let waiting = async {
            while !self.has_said(&fits) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            let said = self.said.lock().unwrap();
            let last: Vec<_> = said.iter().rev().take(10).map(Value::to_string).collect();
            panic!("expected {what}; the last words: {last:#?}");
        }
    }

    /// Lets `attack` happen while the good peer connects, and judges: the memory, in MiB over the
    /// idle hub, and the finding. What `attack` returns lives until that was told.
    pub fn judge<T>(
        &self,
        name: &str,
        code: &str,
        most: u64,
        attack: impl AsyncFnOnce(&Self) -> T,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // What the first handshake leaves behind belongs to the idle hub.
            self.good_handshake().await;
            let idle = self.rest();
            let good = async {
                // Not before the attack is under way.
                sleep(Duration::from_millis(100)).await;
                self.good_handshake().await
            };
            let (done, took) = tokio::join!(attack(self), good);
            if !code.is_empty() {
                self.says(code, |event| event["code"] == code).await;
            }
            let over = self.memory("VmHWM").saturating_sub(idle);
            self.home.client().order(json!({ "do": "status", "history": false }));
            let codes = self.codes().into_iter().collect::<Vec<_>>().join(", ");
            println!("| {name} | {} KiB | {} ms | {codes} |", over, took.as_millis());
            if std::env::var_os("SHIPCTL_QUIET_COMPUTER").is_some() {
                assert!(took < AT_ONCE, "{name}: the good peer waited {took:?}");
            }
            assert!(over < most * 1024, "{name}: {over} KiB over the idle hub, at most {most} MiB");
            done
        })
    }

    /// Connects and completes the handshake; how long that took.
    pub async fn good_handshake(&self) -> Duration {
        let began = Instant::now();
        let settings = NodeSettings { listen: None, ..NodeSettings::new(self.good.clone()) };
        let (node, mut events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
        let target = format!("{}/ship/", self.address).parse().unwrap();
        let wish = Registration { targets: vec![target], ..Registration::new(self.ski) };
        node.command(Command::Register(wish)).await.unwrap();
        let completes = async {
            loop {
                if let NodeEvent::Hub(event) = events.recv().await.expect("the node runs")
                    && let EventKind::Completed { .. } = event.kind
                {
                    return began.elapsed();
                }
            }
        };
        let took = timeout(PATIENCE, completes).await.expect("the good peer completes");
        node.shutdown().await;
        took
    }

    /// The codes the hub told.
    fn codes(&self) -> BTreeSet<String> {
        let said = self.said.lock().unwrap();
        said.iter().filter_map(|event| Some(event["code"].as_str()?.to_owned())).collect()
    }

    /// Begins a new peak: the memory in use now.
    fn rest(&self) -> u64 {
        fs::write(format!("/proc/{}/clear_refs", self.hub.child.id()), "5").unwrap();
        self.said.lock().unwrap().clear();
        self.memory("VmHWM")
    }

    /// In KiB.
    fn memory(&self, key: &str) -> u64 {
        let path = format!("/proc/{}/status", self.hub.child.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// Keeps every event from now on.
fn watch(home: &Home) -> Arc<Mutex<Vec<Value>>> {
    let mut client = home.client();
    client.stream().set_read_timeout(None).unwrap();
    client.order(json!({ "do": "watch" }));
    let said = Arc::new(Mutex::new(Vec::new()));
    let events = said.clone();
    thread::spawn(move || {
        while let Some(mut line) = client.line() {
            events.lock().unwrap().push(line["event"].take());
        }
    });
    said
}
