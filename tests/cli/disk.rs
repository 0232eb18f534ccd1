//! Disks that fail: full, filling up, read-only, with something else in the place of a file. Nothing
//! is ever overwritten or lost.

use std::{fs, path::Path, process::Command};

use super::kit::*;

/// What is done to the disk before the program gets it.
const FULL: &str = r#"dd if=/dev/zero of="$STATE/filler" bs=4k 2>/dev/null; true"#;
const READ_ONLY: &str = r#"mount -o remount,ro "$STATE""#;

/// A small file system of its own as state directory, with what was there before.
struct Disk {
    shipctl: Shipctl,
    unshared: Vec<String>,
}

impl Disk {
    /// `None` where the system allows no namespaces.
    fn new() -> Option<Self> {
        Some(Self { unshared: unshared("-rm")?, shipctl: Shipctl::new() })
    }

    /// The program on this disk; what is on the disk afterwards is left in `after`.
    fn start(&self, how: &str, args: &[&str]) -> Running {
        self.start_below("", how, args)
    }

    /// The same with this directory on the disk as its state.
    fn start_below(&self, below: &str, how: &str, args: &[&str]) -> Running {
        let script = format!(
            r#"mount -t tmpfs -o size=64k tmpfs "$STATE" && cp -a "$SEED/." "$STATE" && {how} || exit 99
               "$@"; code=$?
               rm -f "$STATE/filler"; cp -a "$STATE/." "$AFTER"; exit $code"#
        );
        let [seed, state, after] = ["state", "disk", "after"].map(|it| self.shipctl.path(it));
        for directory in [&seed, &state, &after] {
            fs::create_dir_all(directory).unwrap();
        }
        let mut command = Command::new(&self.unshared[0]);
        command.args(&self.unshared[1..]).args(["sh", "-c", &script, "sh"]);
        command.arg(env!("CARGO_BIN_EXE_shipctl"));
        command.args(["--state-dir", &(state.clone() + below)]).args(args);
        command.envs([("SEED", seed), ("STATE", state), ("AFTER", after)]);
        Running::start(program(command))
    }

    fn run(&self, how: &str, args: &[&str]) -> Ran {
        self.start(how, args).end()
    }

    /// On the disk is, byte for byte, what was there before.
    #[track_caller]
    fn is_untouched(&self) {
        let before = contents(&self.shipctl.state());
        assert_eq!(contents(Path::new(&self.shipctl.path("after"))), before);
    }
}

fn trusting(ski: &str) -> String {
    format!(r#"{{"version":1,"peers":{{"{ski}":{{"since":1700000000,"name":"before"}}}}}}"#)
}

#[test]
fn trust_that_cannot_be_stored_ends_with_74_before_the_device_is_dialled() {
    let Some(disk) = Disk::new() else { return };
    let (own, peer) = (disk.shipctl.ski(), Shipctl::new());
    disk.shipctl.write_state("trust.json", &trusting(SKI));
    let peer_ski = peer.ski();
    let mut listening = peer.start(&["listen", "--accept", &own]);
    let address = listening.address();
    let pair = ["pair", &peer_ski, "--address", &address, "--timeout", "30s", "--json"];
    let ran = disk.run(FULL, &[&NETWORK[..], &pair].concat());
    ran.failed(74, "trust.json").failed(74, "the disk is full");
    let last = ran.last();
    assert_eq!(last["outcome"], "local_io");
    assert!(last["advice"].as_str().unwrap().contains("nothing was changed"), "{last}");
    disk.is_untouched();
    // Nobody has to press Trust on the device for nothing: it was not even dialled.
    listening.signal("INT");
    assert!(!listening.end().out.contains("connected"));
}

#[test]
fn a_listener_that_cannot_store_trust_ends_with_74() {
    let Some(disk) = Disk::new() else { return };
    let (own, peer) = (disk.shipctl.ski(), Shipctl::new());
    let listen = ["listen", "--auto-accept", "--timeout", "30s", "--json"];
    let mut listening = disk.start(FULL, &[&NETWORK[..], &listen].concat());
    let address = listening.address();
    peer.net(&["pair", &own, "--address", &address, "--timeout", "30s"]);
    listening.end().failed(74, "the trust cannot be written down");
    disk.is_untouched();
}

#[test]
fn a_disk_that_is_full_at_the_first_start_leaves_nothing_half_made() {
    let Some(disk) = Disk::new() else { return };
    let ran = disk.run(FULL, &["identity", "show", "--json"]);
    ran.failed(74, "identity.json").failed(74, "the disk is full");
    assert!(ran.last()["advice"].as_str().unwrap().contains("free some space"), "{ran:?}");
    assert!(!ran.err.contains(".writing-"), "the name of a file that is gone: {ran:?}");
    disk.is_untouched();
    // Nor a directory that was made for it.
    disk.start_below("/inner", FULL, &["identity", "show"]).end().failed(74, "identity.json");
    assert!(!Path::new(&disk.shipctl.path("after/inner")).exists());
}

#[test]
fn a_full_disk_keeps_the_identity_that_was_to_be_replaced() {
    let Some(disk) = Disk::new() else { return };
    let own = disk.shipctl.ski();
    disk.run(FULL, &["identity", "new", "--yes"]).failed(74, "the disk is full");
    disk.is_untouched();
    let ran = disk.run(FULL, &["identity", "show"]);
    assert!(ran.done().out.contains(&own), "{ran:?}");
}

#[test]
fn a_read_only_state_is_shown_and_every_change_refused() {
    let Some(disk) = Disk::new() else { return };
    let own = disk.shipctl.ski();
    disk.shipctl.write_state("trust.json", &trusting(SKI));
    assert!(disk.run(READ_ONLY, &["identity", "show"]).done().out.contains(&own));
    assert!(disk.run(READ_ONLY, &["trust", "list"]).done().out.contains(SKI));
    let pair = [&NETWORK[..], &["pair", SKI, "--timeout", "1s"]].concat();
    for change in [
        &["trust", "remove", "5555"][..],
        &["trust", "rename", "5555", "after"],
        &["identity", "new", "--yes"],
        &pair,
    ] {
        let ran = disk.run(READ_ONLY, change);
        ran.failed(74, "read-only file system");
        assert!(ran.err.contains("hint: let this user write there"), "{ran:?}");
        disk.is_untouched();
    }
}

#[test]
fn a_directory_in_the_place_of_a_file_is_named_and_left_alone() {
    for (name, code, said) in [
        ("trust.json", 78, "trust.json is not a file"),
        ("identity.json", 78, "identity.json is not a file"),
        ("lock", 74, "cannot lock"),
    ] {
        let shipctl = Shipctl::new();
        shipctl.ski();
        let _ = fs::remove_file(shipctl.state().join(name));
        fs::create_dir(shipctl.state().join(name)).unwrap();
        let before = contents(&shipctl.state());
        let ran = shipctl.net(&["pair", SKI, "--timeout", "1s"]);
        ran.failed(code, said);
        assert!(ran.err.contains("hint: "), "{ran:?}");
        assert_eq!(contents(&shipctl.state()), before);
    }
}

#[test]
fn a_report_that_does_not_fit_on_the_disk_is_told_and_no_half_of_it_stays() {
    let Some(disk) = Disk::new() else { return };
    disk.shipctl.ski();
    let file = disk.shipctl.path("disk/report.zip");
    let report = ["report", "-o", &file, "--json"];
    let ran = disk.run(FULL, &[&NETWORK[..], &report].concat());
    ran.failed(74, "the disk is full");
    assert!(ran.last()["advice"].as_str().is_some_and(|it| !it.is_empty()), "{ran:?}");
    disk.is_untouched();
}
