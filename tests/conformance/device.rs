//! The device tested: the program, and what a person would do at it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Stdio},
};

use serde_json::{Value, json};
use shipctl::proto::Ski;

use super::{
    kit::{Client, Home, Hub},
    tester::{Listener, Papers, Tester},
};

/// `shipctl hub run` on loopback.
pub struct Device {
    pub client: Client,
    pub ski: Ski,
    pub address: SocketAddr,
    _hub: Hub,
    _home: Home,
}

impl Device {
    /// Without mDNS.
    pub fn start() -> Self {
        Self::with("", &["--no-mdns"])
    }

    /// With this configuration and these flags.
    pub fn with(config: &str, flags: &[&str]) -> Self {
        let home = Home::new();
        home.write("config.toml", config);
        let hub = home.hub_on(flags);
        let address = SocketAddr::from(([127, 0, 0, 1], hub.port));
        Self {
            client: home.client(),
            ski: hub.ski.parse().unwrap(),
            address,
            _hub: hub,
            _home: home,
        }
    }

    pub fn ship_id(&self) -> Value {
        self.client.greeting["ship_id"].clone()
    }

    /// Its user trusts a tester, which dials.
    pub fn trusts(&mut self, papers: &Papers) {
        self.order("register", papers.ski, json!({}));
    }

    /// Its user pairs with whoever listens there.
    pub fn dials(&mut self, ski: Ski, address: SocketAddr) {
        self.order("register", ski, json!({ "addresses": [format!("{address}/ship/")] }));
    }

    /// An order of the control socket about a peer.
    pub fn order(&mut self, what: &str, ski: Ski, fields: Value) {
        let mut request = fields;
        request["do"] = json!(what);
        request["ski"] = json!(ski.to_string());
        self.client.order(request);
    }

    /// A tester it trusts, as client.
    pub async fn served(&mut self) -> Tester {
        let papers = Papers::new();
        self.trusts(&papers);
        Tester::dial(self.address, &papers).await
    }

    /// A tester it dials, as server.
    pub async fn dialling(&mut self) -> Tester {
        let listener = Listener::new(Papers::new()).await;
        self.dials(listener.papers.ski, listener.address);
        listener.accept().await
    }

    /// Both.
    pub async fn both_roles(&mut self) -> [Tester; 2] {
        [self.served().await, self.dialling().await]
    }
}

/// `shipctl simulate wallbox` on loopback: it trusts whoever asks.
pub struct Wallbox {
    address: SocketAddr,
    child: Child,
    _home: Home,
}

impl Wallbox {
    pub fn start() -> Self {
        let home = Home::new();
        let mut command =
            home.command(&["simulate", "--no-mdns", "--bind", "127.0.0.1", "--json", "wallbox"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        // Nobody reads on: what is printed there must not hold it up.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let started: Value = serde_json::from_str(&line).unwrap();
        let port = started["port"].as_u64().unwrap() as u16;
        Self { address: ([127, 0, 0, 1], port).into(), child, _home: home }
    }

    pub async fn served(&self) -> Tester {
        Tester::dial(self.address, &Papers::new()).await
    }
}

impl Drop for Wallbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
