//! What was acknowledged is on disk: a hub that is killed at any moment, and a disk that fails.

use std::{collections::BTreeMap, fs, io::Write, path::PathBuf, process::Command, time::Duration};

use serde_json::{Value, json};
use shipctl::{identity::trust::TrustedPeer, proto::Ski};

use crate::{
    kit::{Client, Home},
    support::skip::skip,
};

/// What we know must be on disk: the SHIP ID of each peer, of the device its address, and the name.
type Model = BTreeMap<Ski, (String, Option<String>)>;

/// A device that lets us in.
struct Device {
    ski: Ski,
    address: String,
}

impl Device {
    fn wish(&self) -> Value {
        let Self { ski, address } = self;
        json!({ "do": "pair", "ski": ski, "addresses": [address], "timeout_ms": 20_000 })
    }

    /// Pairs anew, however long that takes.
    fn pair(&self, client: &mut Client, model: &mut Model) {
        if model.remove(&self.ski).is_some() {
            client.order(json!({ "do": "unregister", "ski": self.ski }));
        }
        // The device may have its connection still from before.
        while client.ask(self.wish())["ok"] != true {}
        model.insert(self.ski, (self.address.clone(), None));
    }
}

/// A change asked for, and what is there once it is made.
struct Change {
    request: Value,
    after: Model,
}

fn ski(n: u8) -> Ski {
    Ski::from_bytes([n; 20])
}

fn some_change(rng: &mut fastrand::Rng, before: &Model, device: &Device) -> Change {
    let mut after = before.clone();
    let (ski, port) = match rng.u8(1..=8) {
        8 => (device.ski, rng.u16(1..)),
        n => (ski(n), rng.u16(1..)),
    };
    let request = match (before.contains_key(&ski), rng.u8(0..4)) {
        (true, 0 | 1) => {
            after.remove(&ski);
            json!({ "do": "unregister", "ski": ski })
        }
        (true, 2) => {
            let name = format!("name {port}");
            after.get_mut(&ski).unwrap().1 = Some(name.clone());
            json!({ "do": "rename", "ski": ski, "name": name })
        }
        (false, _) if ski == device.ski => {
            after.insert(ski, (device.address.clone(), None));
            device.wish()
        }
        _ if ski == device.ski => json!({ "do": "connect", "ski": ski }),
        _ => {
            // Nobody answers there: an address that is never kept.
            let address = format!("127.0.0.1:{port}/ship/");
            let id = format!("i:1_u:{port}");
            let name = before.get(&ski).and_then(|(_, name)| name.clone());
            after.insert(ski, (id.clone(), name));
            json!({ "do": "register", "ski": ski, "ship_id": id, "addresses": [address] })
        }
    };
    Change { request, after }
}

fn on_disk(home: &Home, device: &Device) -> Model {
    let whole = |ski: &Ski, peer: &TrustedPeer| {
        let id = peer.ship_id.as_ref().expect("half there").to_string();
        assert_eq!(peer.address.is_some(), *ski == device.ski, "half there: {peer:?}");
        (peer.address.clone().unwrap_or(id), peer.name.clone())
    };
    home.trust().iter().map(|(ski, peer)| (*ski, whole(ski, peer))).collect()
}

/// Changes one after the other until the hub is gone; returns the one that was never answered.
fn storm(
    client: &mut Client,
    rng: &mut fastrand::Rng,
    model: &mut Model,
    device: &Device,
) -> Model {
    loop {
        let Change { mut request, after } = some_change(rng, model, device);
        request["id"] = json!(1);
        let sent = client.stream().write_all(format!("{request}\n").as_bytes());
        match sent.ok().and_then(|()| client.line()) {
            // The device may have its connection still from before: then nothing stays.
            Some(answer) if request["do"] == "pair" && answer["ok"] != true => {}
            Some(answer) => {
                assert_eq!(answer["ok"], true, "{request}: {answer}");
                *model = after;
            }
            None => return after,
        }
    }
}

/// `SHIPCTL_KILLS=5000 cargo test --test control killed` for longer.
#[test]
fn a_hub_killed_at_any_moment_has_kept_what_it_acknowledged_and_nothing_by_halves() {
    let kills = std::env::var("SHIPCTL_KILLS").map_or(200, |text| text.parse().unwrap());
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let (home, mut model, mut acknowledged) = (Home::new(), Model::new(), 0);
    let device_home = Home::new();
    let hub = device_home.hub(&[]);
    device_home.client().order(json!({ "do": "auto-accept", "seconds": 86_400 }));
    let address = format!("{}/ship/", hub.address());
    let device = Device { ski: hub.ski.parse().unwrap(), address };
    for life in 0..kills {
        let mut hub = home.hub(&[]);
        let mut client = home.client();
        // A handshake takes longer than many a life: some begin with a whole one.
        if life % 10 == 0 {
            device.pair(&mut client, &mut model);
        }
        let before = model.clone();
        let wait = Duration::from_micros(rng.u64(0..100_000));
        let unanswered = std::thread::scope(|scope| {
            // The moment is what is random here, not what is waited for.
            scope.spawn(|| {
                std::thread::park_timeout(wait);
                hub.kill();
            });
            storm(&mut client, &mut rng, &mut model, &device)
        });
        acknowledged += u32::from(model != before);
        let found = on_disk(&home, &device);
        assert!(found == model || found == unanswered, "{found:?}\n{model:?}\n{unanswered:?}");
        model = found;
    }
    assert!(acknowledged > kills / 4, "the storm was no storm: {acknowledged} of {kills}");
    home.hub(&[]);
    let names = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name());
    let left = names.filter(|name| name.to_string_lossy().starts_with(".writing-")).count();
    assert_eq!(left, 0, "what killed writers left behind is removed");
}

#[test]
fn a_change_the_disk_does_not_take_is_refused_and_the_hub_runs_on() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut client = home.client();
    let register = |n: u8| json!({ "do": "register", "ski": ski(n) });
    client.order(register(1));
    // Where the trust should be written, a directory stands.
    let path = home.state().join("trust.json");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    for request in [register(2), json!({ "do": "unregister", "ski": ski(1) })] {
        let error = client.ask(request)["error"].take();
        assert_eq!((&error["kind"], &error["exit"]), (&json!("not_stored"), &json!(74)), "{error}");
        assert!(error["message"].as_str().unwrap().contains("trust.json"), "{error}");
        assert!(error["hint"].is_string());
    }
    fs::remove_dir(&path).unwrap();
    // What was refused has not happened, and what holds is on disk with the next change.
    assert_eq!(
        client.ask(json!({ "do": "connect", "ski": ski(2) }))["error"]["kind"],
        "unknown_peer"
    );
    client.order(json!({ "do": "connect", "ski": ski(1) }));
    client.order(register(3));
    let trusted: Vec<Ski> = home.trust().iter().map(|(ski, _)| *ski).collect();
    assert_eq!(trusted, [ski(1), ski(3)]);
}

/// Runs `on_a_small_disk` again in a mount namespace of its own, with 256 KiB of disk.
#[test]
fn on_a_full_disk_the_hub_runs_on_and_memory_and_disk_agree_once_there_is_space() {
    let temp = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=256k tmpfs "$SMALL_DISK" || exit 99; exec "$0" "$@""#;
    let child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "durable::on_a_small_disk", "--ignored"])
        .env("SMALL_DISK", temp.path())
        .output();
    match child {
        Ok(output) if output.status.success() => {
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
        }
        Ok(output) if output.status.code() == Some(101) => panic!("{output:#?}"),
        other => skip(format!("no mount namespace here: {other:?}")),
    }
}

#[test]
#[ignore = "run by on_a_full_disk_the_hub_runs_on_and_memory_and_disk_agree_once_there_is_space"]
fn on_a_small_disk() {
    let disk = PathBuf::from(std::env::var_os("SMALL_DISK").expect("the directory of the disk"));
    let (home, other) = (Home::on(&disk), Home::new());
    let (hub, peer) = (home.hub(&[]), other.hub(&[]));
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    client.order(json!({ "do": "register", "ski": ski(1) }));
    let fill = disk.join("fill");
    let mut file = fs::File::create(&fill).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    // A command is refused, and what it asked for has not happened.
    let error = client.ask(json!({ "do": "unregister", "ski": ski(1) }))["error"].take();
    assert_eq!(error["exit"], 74, "{error}");
    assert!(error["message"].as_str().unwrap().contains("the disk is full"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("space"), "{error}");
    client.order(json!({ "do": "connect", "ski": ski(1) }));
    // A pairing that completes has happened: it holds, and is written down as soon as that goes.
    other.client().order(json!({ "do": "register", "ski": hub.ski }));
    let pair = json!({ "do": "pair", "ski": peer.ski, "addresses": [peer.address()] });
    client.order(pair);
    let paired = peer.ski.parse().unwrap();
    assert!(!home.trust().contains(&paired));
    drop(file);
    fs::remove_file(&fill).unwrap();
    client.wait_until("warning", |event| {
        event["message"].as_str().unwrap().contains("written down again")
    });
    let trusted: Vec<Ski> = home.trust().iter().map(|(ski, _)| *ski).collect();
    assert!(trusted.len() == 2 && trusted.contains(&ski(1)) && trusted.contains(&paired));
}
