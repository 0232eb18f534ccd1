//! How long the dashboard takes to take something in and draw, and how much of a processor it takes
//! while nobody touches it.
//!
//! `cargo bench --bench dashboard [-- SECONDS]` prints the median and the 99th percentile of update
//! and draw on a hub of 200 services and 50 links with 10 000 messages and a full log; then it runs
//! `shipctl demo` in a terminal of its own for so many seconds (60; 0 leaves it out) and prints the
//! processor time. It reports and asserts nothing.

use std::{
    error::Error,
    fs,
    io::Read as _,
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use pty_process::{
    Size,
    blocking::{Command, open},
};
use ratatui::{Terminal, backend::TestBackend};
use serde_json::{Value, json};
use shipctl::{
    control::wire::{Greeting, Happening, Saying},
    hub::Snapshot,
    proto::Ski,
    time::Time,
    trace::MessageRecord,
    tui::{
        message::Message,
        model::Model,
        theme::{Depth, Theme},
        update::update,
        view,
    },
};

type Fallible<T> = Result<T, Box<dyn Error>>;

const SERVICES: u8 = 200;
const LINKS: u8 = 50;
const MESSAGES: u64 = 10_000;
const LOG: u64 = 5_000;
const ROUNDS: u64 = 1_000;

fn main() -> Fallible<()> {
    let seconds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(60);
    println!("{SERVICES} services, {LINKS} links, {MESSAGES} messages, {LOG} log lines");
    println!("update and draw, microseconds           median      p99");
    for size in [(80, 24), (120, 40), (200, 60)] {
        measure_all(size)?;
    }
    if seconds > 0 {
        idle(Duration::from_secs(seconds))?;
    }
    Ok(())
}

/// A dashboard that is drawn after every message.
struct Desk {
    model: Model,
    terminal: Terminal<TestBackend>,
    now: Time,
}

impl Desk {
    fn take(&mut self, message: Message) -> Fallible<Duration> {
        self.now += Duration::from_millis(20);
        let began = Instant::now();
        drop(update(&mut self.model, self.now, message));
        self.terminal.draw(|frame| view::draw(&self.model, frame))?;
        Ok(began.elapsed())
    }

    fn press(&mut self, key: KeyCode) -> Fallible<Duration> {
        self.take(Message::Key(KeyEvent::new(key, KeyModifiers::NONE)))
    }

    /// What `message` makes of each round.
    fn measure(&mut self, what: &str, message: impl Fn(u64) -> Message) -> Fallible<()> {
        let (columns, lines) = (self.terminal.size()?.width, self.terminal.size()?.height);
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            times.push(self.take(message(round))?.as_nanos() as f64 / 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        println!("{columns:>3} x {lines:<3} {what:<26} {median:>10.0} {late:>8.0}");
        Ok(())
    }
}

fn measure_all((columns, lines): (u16, u16)) -> Fallible<()> {
    let theme = Theme { depth: Depth::True, light: false, ascii: false };
    let terminal = Terminal::new(TestBackend::new(columns, lines))?;
    let model = Model::new(greeting()?, false, theme, (columns, lines));
    let mut desk = Desk { model, terminal, now: Time::ORIGIN };
    let hub = hub();
    let snapshot = || serde_json::from_value::<Snapshot>(hub.clone());
    desk.take(Message::Status(Box::new(snapshot()?)))?;
    for n in 0..MESSAGES {
        update(&mut desk.model, desk.now, Message::Transfer(Box::new(record(n))));
    }
    for n in 0..LOG {
        update(&mut desk.model, desk.now, Message::Happening(Box::new(happening(n))));
    }
    let status = snapshot()?;
    desk.measure("state of the hub", |_| Message::Status(Box::new(status.clone())))?;
    desk.measure("a second passes", |_| Message::Tick)?;
    desk.measure("an event", |n| Message::Happening(Box::new(happening(n))))?;
    let key = |code| Message::Key(KeyEvent::new(code, KeyModifiers::NONE));
    desk.measure("another device", |n| {
        key(if n / 150 % 2 == 0 { KeyCode::Down } else { KeyCode::Up })
    })?;
    desk.press(KeyCode::Home)?;
    desk.press(KeyCode::Char('2'))?;
    desk.measure("a message", |n| Message::Transfer(Box::new(record(n))))?;
    // Devices and log, both filtered.
    for key in "/an\n\t\t/attempt 1\n".chars() {
        desk.press(match key {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            key => KeyCode::Char(key),
        })?;
    }
    desk.measure("an event, all filtered", |n| Message::Happening(Box::new(happening(n))))
}

fn ski(n: u8) -> Ski {
    Ski::from_bytes([n; 20])
}

fn greeting() -> Fallible<Greeting> {
    Ok(Greeting {
        protocol: 1,
        shipctl: "0".to_owned(),
        pid: 1,
        ski: ski(255),
        ship_id: "shipctl-ffffffff".parse()?,
        port: Some(4712),
        mdns: true,
        state_dir: String::new(),
    })
}

fn hub() -> Value {
    let peer = |n: u8| {
        json!({
            "ski": ski(n), "ship_id": null, "name": null, "protocol": null, "registered": true,
            "state": if n < LINKS { "Completed" } else { "Queued" }, "since_ms": 1_000,
            "stored": true, "ever_completed": true, "attempts": 3, "targets": [], "wrong_pins": 0,
            "outlook": if n < LINKS { "connected" } else { "attempt_due" },
            "next_attempt_ms": 9_000_000, "history": [], "findings": [],
        })
    };
    let service = |n: u8| {
        json!({
            "instance": format!("Device {n}._ship._tcp.local."), "since_ms": 2_000,
            "name": format!("Device {n}"), "host": format!("device-{n}.local."), "port": 4712,
            "addresses": [format!("192.168.178.{n}:4712")], "interfaces": ["eth0"], "ski": ski(n),
            "ship_id": format!("i:46925_u:device-{n}"), "path": "/ship/", "register": false,
            "brand": "Brand", "model": format!("Model {n}"), "type": "ChargingStation",
            "serial": format!("{n:06}"), "categories": [3],
            "txt": [["txtvers", "1"], ["path", "/ship/"]], "findings": [],
        })
    };
    let link = |n: u8| {
        json!({
            "link": n, "ski": ski(n), "we_dialled": true, "phase": "open", "leaving": false,
            "protocol": "Complete", "since_ms": 1_000, "age_ms": 64_000,
            "remote": format!("192.168.178.{n}:4712"),
        })
    };
    json!({
        "at_ms": 65_000, "ski": ski(255), "ship_id": "shipctl-ffffffff",
        "node": { "origin_unix_ms": 1_700_000_000_000_i64, "port": 4712, "mdns": true, "interfaces": ["eth0"] },
        "double_connection": "initiator", "auto_accept_until_ms": null, "shutdown": null,
        "services": (0..SERVICES).map(service).collect::<Vec<_>>(),
        "peers": (0..SERVICES / 2).map(peer).collect::<Vec<_>>(),
        "links": (0..LINKS).map(link).collect::<Vec<_>>(),
        "metrics": {
            "attempted": 120, "completed": 90, "replaced": 1, "refused": 0, "failed": 2,
            "success_rate": 0.8, "failures_last_hour": 2, "connection_time": null,
            "connections": LINKS, "limit": 60, "waiting": 0, "shutdown_ms": null,
        },
    })
}

fn record(n: u64) -> MessageRecord {
    let json = r#"{"data":{"header":{"protocolId":"ee1.0"},"payload":{"datagram":{}}}}"#;
    MessageRecord {
        ts: "2026-01-01T00:00:00.000Z".to_owned(),
        at: Time::after(Duration::from_millis(n)),
        // The selected device has most of them.
        ski: ski(if n.is_multiple_of(4) { 20 } else { 0 }),
        link: 3,
        sent: n.is_multiple_of(2),
        kind: "data".to_owned(),
        size: 512,
        text: format!("reply nodeManagementDetailedDiscoveryData #{n} to #3, 480 bytes"),
        json: Some(json.to_owned()),
        raw: "01".repeat(512),
        cut: false,
        lost: 0,
    }
}

fn happening(n: u64) -> Happening {
    let ski = ski(u8::try_from(n % u64::from(SERVICES)).unwrap_or(0));
    Happening {
        event: json!({ "ts": "2026-01-01T00:00:00.000Z", "event": "x", "ski": ski }),
        say: vec![Saying {
            stage: "queued".to_owned(),
            text: format!("attempt {} in 6.2 s", n % 20),
        }],
    }
}

/// The demo for so long, untouched.
fn idle(time: Duration) -> Fallible<()> {
    let (pty, program) = open()?;
    pty.resize(Size::new(40, 120))?;
    let demo = Command::new(env!("CARGO_BIN_EXE_shipctl")).arg("demo");
    let mut demo = demo.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").spawn(program)?;
    // Somebody has to read what is drawn.
    thread::spawn(move || {
        let (mut pty, mut bytes) = (&pty, [0; 4096]);
        while pty.read(&mut bytes).is_ok_and(|read| read > 0) {}
    });
    let settled = Duration::from_secs(5);
    thread::sleep(settled);
    let began = cpu(demo.id())?;
    thread::sleep(time);
    let took = cpu(demo.id())? - began;
    demo.kill()?;
    demo.wait()?;
    let share = took.as_secs_f64() / time.as_secs_f64() * 100.0;
    println!(
        "the demo, untouched for {} s: {} ms of processor time, {share:.1} % of one",
        time.as_secs(),
        took.as_millis()
    );
    Ok(())
}

/// The processor time of a process.
fn cpu(process: u32) -> Fallible<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
