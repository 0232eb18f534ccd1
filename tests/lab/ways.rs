//! The ways to look at a fault: what each finds, and after how long.

use std::{
    collections::BTreeSet,
    fs,
    net::Ipv4Addr,
    process::Command,
    sync::{
        Condvar, LazyLock, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shipctl::{checks::Code, devices::Device, identity::cert::Identity, proto::Ski};

use super::{
    bench::{WORLD, device},
    board::{Board, HUB},
    elsewhere,
    hub::{Home, Hub},
    kit::{NETWORK, Running, Shipctl, program, unshared},
    mdns::World,
    records::{self, SEEN},
    table::{Belief, Cause, Row},
    tester::Papers,
    visitors::Visit,
};

/// A way to look at a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Probe,
    Pair,
    Hub,
    Discover,
}

/// What was found, the code of the result first, and how long the first of them took.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub codes: Vec<Code>,
    pub took: Duration,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Probe, Self::Pair, Self::Hub, Self::Discover];

    pub fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Pair => "pair",
            Self::Hub => "hub",
            Self::Discover => "discover",
        }
    }

    /// What it finds of a fault, which must be what the table says, and nothing else; `None`, with
    /// a notice, where it needs a network of its own and this system allows none.
    pub fn judge(self, row: &'static Row) -> Option<Verdict> {
        match self {
            Self::Probe => probe(row),
            Self::Pair => pair(row),
            Self::Hub => hub(row),
            Self::Discover => Some(discover(row)),
        }
    }
}

/// Every code in a value, but for the news that we have a new identity.
pub fn codes(value: &Value) -> BTreeSet<Code> {
    let mut found = BTreeSet::new();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().map(str::parse) {
                    Some(Ok(code)) if key == "code" => _ = found.insert(code),
                    _ => found.extend(codes(value)),
                }
            }
        }
        Value::Array(values) => found.extend(values.iter().flat_map(codes)),
        _ => {}
    }
    found.remove(&Code::Own01);
    found
}

/// `shipctl probe` of a device that is trusted here, so that it climbs to the end.
fn probe(row: &'static Row) -> Option<Verdict> {
    let (target, shipctl) = (Target::of(row)?, Shipctl::new());
    let peer = json!({
        "ship_id": target.ship_id(row), "since": 1_795_780_419, "last_seen": null, "address": null,
    });
    let trust = json!({ "version": 1, "peers": { target.ski().to_string(): peer } });
    shipctl.write_state("trust.json", &trust.to_string());
    run("probe", row, row.probe, &shipctl, &target, &["--timeout", "4s"])
}

/// `shipctl pair`.
fn pair(row: &'static Row) -> Option<Verdict> {
    let (target, shipctl) = (Target::of(row)?, Shipctl::new());
    let id = target.ship_id(row);
    let mut flags = row.flags.to_vec();
    flags.extend(id.iter().flat_map(|id| ["--ship-id", id]));
    if !flags.contains(&"--timeout") {
        flags.extend(["--timeout", "8s"]);
    }
    run("pair", row, row.pair, &shipctl, &target, &flags)
}

/// A command about a device, until it ends by itself.
fn run(
    command: &str,
    row: &Row,
    expected: &[Code],
    shipctl: &Shipctl,
    target: &Target,
    flags: &[&str],
) -> Option<Verdict> {
    let ski = target.ski().to_string();
    let mut args = vec!["--json", command, &ski];
    let address = target.address(row);
    args.extend(address.iter().flat_map(|address| ["--address", address]));
    let pin_file = shipctl.path("pin");
    if let Some(pin) = target.belief(row).pin {
        fs::write(&pin_file, pin).unwrap();
        args.extend(["--pin-file", &pin_file]);
    }
    args.extend(flags);
    let alone = World::new();
    let command = match row.cause {
        Cause::Unseen { others: false } => shipctl.command(&[&alone.flags()[..], &args].concat()),
        Cause::Unseen { others: true } | Cause::Record(_) => {
            shipctl.command(&[&WORLD.flags()[..], &args].concat())
        }
        Cause::Elsewhere => shipctl.command(&[&["--port", "0"][..], &args].concat()),
        _ => shipctl.command(&[&NETWORK[..], &args].concat()),
    };
    let command = match row.cause {
        Cause::Nowhere(_) => nowhere(&command)?,
        Cause::Elsewhere => elsewhere::here(&command)?,
        _ => command,
    };
    // So many programs at once would hold each other up.
    let _turn = TURNS.take();
    Some(follow(Running::start(command), &ski, expected, flags.contains(&"--keep")))
}

/// Takes in what a command says to the end; one that stays is ended once it has found everything.
fn follow(mut running: Running, ski: &str, expected: &[Code], stays: bool) -> Verdict {
    let wanted: BTreeSet<Code> = expected.iter().copied().collect();
    let (mut began, mut took, mut found) = (Instant::now(), None, BTreeSet::new());
    let (mut last, mut told) = (Value::Null, false);
    while let Some(line) = running.line() {
        last = serde_json::from_str(&line).unwrap();
        if last["event"] == "started" {
            began = Instant::now();
        }
        // Other devices may be seen on the way.
        if last["ski"] == ski || last["event"] != "service_seen" && last["ski"].is_null() {
            found.extend(codes(&last));
        }
        if found.contains(&expected[0]) {
            took.get_or_insert(began.elapsed());
        }
        if stays && !told && found.is_superset(&wanted) {
            running.signal("INT");
            told = true;
        }
    }
    running.end();
    assert_eq!(found, wanted, "{last}");
    assert!(last["code"].is_null() || last["code"] == expected[0].as_str(), "{last}");
    Verdict { codes: expected.to_vec(), took: took.unwrap() }
}

/// The hub that runs.
fn hub(row: &'static Row) -> Option<Verdict> {
    let board: &'static Board = match row.cause {
        Cause::Nowhere(_) => (*NOWHERE)?,
        Cause::Elsewhere => (*elsewhere::HUB)?,
        _ => *HUB,
    };
    if let Cause::Visitor(does) = row.cause {
        static VISITORS: AtomicU8 = AtomicU8::new(10);
        let from = Ipv4Addr::new(127, 0, 9, VISITORS.fetch_add(1, Ordering::Relaxed));
        let papers = Papers::new();
        let ski = papers.ski;
        thread::spawn(move || does(Visit { board, papers, from }));
        let (codes, took) = board.finds(ski, Some(&format!("{from}:")), row.hub);
        return Some(Verdict { codes, took });
    }
    let target = Target::of(row)?;
    let ski = target.ski();
    let mut fields = json!({ "addresses": target.address(row) });
    if let Some(pin) = target.belief(row).pin {
        fields["pin"] = json!(pin);
    }
    if let Some(id) = target.ship_id(row) {
        fields["ship_id"] = json!(id);
    }
    board.register(ski, fields);
    let (codes, took) = board.finds(ski, None, row.hub);
    // It need not be dialled any more.
    board.order("unregister", ski, json!({}));
    Some(Verdict { codes, took })
}

/// `shipctl discover`, one look for all.
fn discover(row: &'static Row) -> Verdict {
    let began = Instant::now();
    let found: BTreeSet<Code> = match row.cause {
        Cause::Record(_) => {
            let ski = records::of(row.name).device.ski.to_string();
            let of_it = |line: &&Value| {
                let double = line["event"] == "finding";
                line["instance"] == row.name
                    || (double && line["seen"].as_str().is_some_and(|seen| seen.contains(&ski)))
            };
            SEEN.iter().filter(of_it).flat_map(codes).collect()
        }
        _ => {
            let looking = ["discover", "--timeout", "2s", "--json"];
            codes(&World::new().start(&Shipctl::new(), &looking).end().last())
        }
    };
    assert_eq!(found, row.discover.iter().copied().collect());
    Verdict { codes: row.discover.to_vec(), took: began.elapsed() }
}

/// What is looked at.
enum Target {
    Device(Device),
    Announced(&'static records::Announced),
    /// A device in another network.
    Far(Ski),
    /// Nobody has this SKI.
    Nobody(Ski),
}

impl Target {
    fn of(row: &'static Row) -> Option<Self> {
        Some(match row.cause {
            Cause::Record(_) => Self::Announced(records::of(row.name)),
            Cause::Elsewhere => Self::Far(elsewhere::device()?),
            cause => {
                if let Cause::Unseen { others: true } = cause {
                    records::of("register-true");
                }
                device(cause).map_or_else(nobody, Self::Device)
            }
        })
    }

    fn ski(&self) -> Ski {
        match self {
            Self::Device(device) => device.ski,
            Self::Announced(announced) => announced.device.ski,
            Self::Far(ski) | Self::Nobody(ski) => *ski,
        }
    }

    /// Where to dial it; nowhere if it is to be found by mDNS.
    fn address(&self, row: &Row) -> Vec<String> {
        match (self, row.cause) {
            (Self::Device(device), _) => vec![format!("127.0.0.1:{}/ship/", device.port)],
            (_, Cause::Address(address) | Cause::Nowhere(address)) => {
                vec![format!("{address}/ship/")]
            }
            _ => Vec::new(),
        }
    }

    fn belief(&self, row: &Row) -> Belief {
        match row.cause {
            Cause::Sound(_, belief) => belief,
            _ => Belief::default(),
        }
    }

    /// The SHIP ID it is believed to have: one that announces itself is believed.
    fn ship_id(&self, row: &Row) -> Option<String> {
        match (self, row.cause) {
            (Self::Device(device), Cause::Device(shipctl::devices::Fault::OtherShipId)) => {
                Some(device.ship_id.to_string())
            }
            _ => self.belief(row).ship_id.map(str::to_owned),
        }
    }
}

fn nobody() -> Target {
    Target::Nobody(Identity::generate(None, time::OffsetDateTime::now_utc()).unwrap().ski())
}

/// A command in a network of its own: one interface, behind which nothing is.
fn nowhere(command: &Command) -> Option<Command> {
    const SETUP: &str = "ip link set lo up; ip link add hole type veth peer name end; \
        ip link set end up; ip link set hole up; ip addr add 10.99.0.1/24 dev hole; \
        ip neigh add 10.99.0.2 lladdr 02:00:00:00:00:02 dev hole; exec \"$0\" \"$@\"";
    let unshared = unshared("-rn")?;
    let mut within = Command::new(&unshared[0]);
    within.args(&unshared[1..]).args(["sh", "-ec", SETUP]);
    Some(behind(within, command))
}

/// A command behind another one that runs it.
pub fn behind(mut outer: Command, command: &Command) -> Command {
    outer.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    program(outer)
}

/// A hub in such a network.
static NOWHERE: LazyLock<Option<&'static Board>> = LazyLock::new(|| {
    let home = Home::new();
    let hub = Hub::start(nowhere(&home.hub_command(&[]))?);
    Some(Board::watch(home, hub))
});

/// So many programs at a time.
pub struct Turns(Mutex<usize>, Condvar);

pub static TURNS: Turns = Turns(Mutex::new(10), Condvar::new());

/// It is over when this is dropped.
pub struct Turn(&'static Turns);

impl Turns {
    pub fn take(&'static self) -> Turn {
        let free = self.0.lock().unwrap();
        *self.1.wait_while(free, |free| *free == 0).unwrap() -= 1;
        Turn(self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap() += 1;
        self.0.1.notify_one();
    }
}
