//! The running hub: one for every row, and what it says of each peer.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{LazyLock, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shipctl::{checks::Code, proto::Ski};

use super::{
    bench::WORLD,
    hub::{Client, Home, Hub},
    ways::codes,
};

/// A hub that runs, and what it has said so far.
pub struct Board {
    home: Home,
    hub: Mutex<Hub>,
    address: SocketAddr,
    ski: Ski,
    said: Mutex<Said>,
    /// Who goes by another SKI than the one of his row.
    also: Mutex<BTreeMap<Ski, Ski>>,
}

#[derive(Default)]
struct Said {
    /// The findings about each peer, as `status` has them.
    found: BTreeMap<String, BTreeSet<Code>>,
    /// The events with codes.
    told: Vec<Value>,
}

/// For rows that can be reached: on loopback, and in the mDNS world.
pub static HUB: LazyLock<&'static Board> = LazyLock::new(|| {
    let home = Home::new();
    home.write("config.toml", "max_connections = 1000\n");
    let flags = WORLD.flags();
    // RUN has a port of its own already.
    let hub = home.hub_on(&flags[..4]);
    Board::watch(home, hub)
});

/// Every hub that was started: nothing ends it by itself.
static RUNNING: Mutex<Vec<&Board>> = Mutex::new(Vec::new());

/// Ends every hub.
pub fn end_all() {
    for board in RUNNING.lock().unwrap().drain(..) {
        board.hub.lock().unwrap().kill();
    }
}

impl Board {
    /// Watches a hub to the end of the tests.
    pub fn watch(home: Home, hub: Hub) -> &'static Self {
        let client = home.client();
        let (said, also) = Default::default();
        let (address, ski) = (([127, 0, 0, 1], hub.port).into(), hub.ski.parse().unwrap());
        let hub = Mutex::new(hub);
        let board: &Self = Box::leak(Box::new(Self { home, hub, address, ski, said, also }));
        RUNNING.lock().unwrap().push(board);
        thread::spawn(move || board.look(client));
        board
    }

    /// Asks again and again; the events come in between.
    fn look(&self, mut client: Client) {
        client.order(json!({ "do": "watch" }));
        loop {
            let asked = client.send(json!({ "do": "status" }));
            let status = loop {
                let Some(line) = client.line() else { return };
                if line["id"] == asked {
                    break line;
                }
                if !codes(&line["event"]).is_empty() {
                    self.said.lock().unwrap().told.push(line["event"].clone());
                }
            };
            let peers = status["hub"]["peers"].as_array().unwrap();
            let ski = |peer: &Value| peer["ski"].as_str().unwrap().to_owned();
            let found = peers.iter().map(|peer| (ski(peer), codes(&peer["findings"]))).collect();
            self.said.lock().unwrap().found = found;
            thread::sleep(Duration::from_millis(300));
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn ski(&self) -> Ski {
        self.ski
    }

    /// What is found about somebody counts for this one.
    pub fn also(&self, row: Ski, really: Ski) {
        self.also.lock().unwrap().insert(row, really);
    }

    /// An order about a device, with these fields.
    pub fn order(&self, what: &str, ski: Ski, mut fields: Value) {
        fields["do"] = json!(what);
        fields["ski"] = json!(ski.to_string());
        self.home.client().order(fields);
    }

    pub fn register(&self, ski: Ski, fields: Value) {
        self.order("register", ski, fields);
    }

    /// What it finds about a peer, as soon as that is what is expected, and how long that took.
    #[track_caller]
    pub fn finds(&self, ski: Ski, from: Option<&str>, expected: &[Code]) -> (Vec<Code>, Duration) {
        /// The longest it may take: no answer to a ping.
        const PATIENCE: Duration = Duration::from_secs(100);
        let (began, wanted) = (Instant::now(), BTreeSet::from_iter(expected.iter().copied()));
        loop {
            let given = self.given(ski, from);
            if given == wanted {
                return (expected.to_vec(), began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "expected {wanted:?}, and the hub finds {given:?}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn given(&self, ski: Ski, from: Option<&str>) -> BTreeSet<Code> {
        let ski = self.also.lock().unwrap().get(&ski).copied().unwrap_or(ski).to_string();
        let said = self.said.lock().unwrap();
        let mut given = said.found.get(&ski).cloned().unwrap_or_default();
        // Strangers are forgotten when they leave, and some never show who they are.
        if let Some(from) = from {
            let of_him = |event: &&Value| {
                let remote = event["remote"].as_str();
                event["ski"] == ski || remote.is_some_and(|remote| remote.starts_with(from))
            };
            given.extend(said.told.iter().filter(of_him).flat_map(codes));
        }
        given
    }
}
