//! No crying wolf: where nothing is wrong, `pair` says of nothing that it is.

use std::{env, ops::Range, thread};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use shipctl::checks::{Code, Severity};

use super::{
    bench::{RUNTIME, sound_device},
    kit::{NETWORK, Running, Shipctl},
    peer::{Kind, Peer},
    ways::TURNS,
};

/// So many run at the same time.
const AT_A_TIME: usize = 4;

pub fn trials() -> [Trial; 3] {
    [
        Trial::test("clean::ship_go", || foreign(Kind::ShipGo)),
        Trial::test("clean::eebus", || foreign(Kind::Eebus)),
        Trial::test("clean::wallbox", || {
            let wallbox = sound_device("wallbox", Some([127, 0, 0, 1].into()));
            let (ski, address) = (wallbox.ski.to_string(), format!("127.0.0.1:{}", wallbox.port));
            for runs in batches() {
                each(&Vec::from_iter(runs.map(|_| Shipctl::new())), &ski, &address);
            }
            Ok(())
        }),
    ]
}

/// A peer of somebody else's, which trusts whom it is told.
fn foreign(kind: Kind) -> Result<(), Failed> {
    for runs in batches() {
        let ours: Vec<Shipctl> = runs.map(|_| Shipctl::new()).collect();
        let skis: Vec<String> = ours.iter().map(Shipctl::ski).collect();
        let mut flags = vec!["--mode", "trust"];
        flags.extend(skis.iter().flat_map(|ski| ["--remote", ski]));
        let Some(mut peer) = RUNTIME.block_on(Peer::start(kind, &flags)) else { return Ok(()) };
        each(&ours, &peer.ski(), &peer.address());
        for _ in &ours {
            RUNTIME.block_on(peer.wait_for("connected"));
        }
    }
    Ok(())
}

/// Pairs with the same device, all at once.
fn each(ours: &[Shipctl], ski: &str, address: &str) {
    thread::scope(|scope| {
        for shipctl in ours {
            scope.spawn(move || {
                let turn = TURNS.take();
                let pair = ["--json", "pair", ski, "--address", address];
                let ran = Running::start(shipctl.command(&[&NETWORK[..], &pair].concat())).end();
                drop(turn);
                assert_eq!(ran.code, 0, "{ran:?}");
                for line in ran.json() {
                    assert!(is_harmless(&line), "{line} in {ran:?}");
                }
            });
        }
    });
}

/// Whether a line finds fault with nothing.
fn is_harmless(line: &Value) -> bool {
    let code = line["code"].as_str().and_then(|code| code.parse::<Code>().ok());
    let finds_nothing = match &line["severity"] {
        Value::String(severity) => severity == "info",
        // That an identity was made is no news about the device.
        _ => code.is_none_or(|code| code.severity() == Severity::Info || code == Code::Own01),
    };
    let warns = line["event"] == "warning" && code.is_none();
    let failed =
        ["attempt_failed", "inbound_failed", "refused"].iter().any(|it| line["event"] == *it);
    finds_nothing && !warns && !failed
}

/// The runs, a few at a time: 10, or as many as somebody wants.
fn batches() -> impl Iterator<Item = Range<usize>> {
    let runs = env::var("SHIPCTL_CLEAN_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(10);
    (0..runs).step_by(AT_A_TIME).map(move |from| from..runs.min(from + AT_A_TIME))
}
