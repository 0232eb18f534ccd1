//! The demo: everything there is to show happens, it can be steered, and nothing of it stays.

use std::{fs, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use super::kit::unshared;
use super::kit::{Ran, Running, program};

/// A demo with a temporary directory that must be empty afterwards.
struct Demo {
    temp: TempDir,
    running: Running,
}

impl Demo {
    fn start(args: &[&str]) -> Self {
        let temp = TempDir::new().unwrap();
        let mut command = shipctl();
        command.args(["demo", "--json"]).args(args).env("TMPDIR", temp.path());
        Self { running: Running::start(command), temp }
    }

    fn state_dir(&self) -> PathBuf {
        fs::read_dir(self.temp.path()).unwrap().next().unwrap().unwrap().path()
    }

    #[track_caller]
    fn wait_for(&mut self, device: &str, event: &str) -> Value {
        self.running.wait_until(&format!("{event} of the {device}"), |line| {
            line["device"] == device && line["event"] == event
        })
    }

    #[track_caller]
    fn end(self) -> Ran {
        let ran = self.running.end();
        ran.done();
        assert_eq!(fs::read_dir(self.temp.path()).unwrap().count(), 0, "something stayed");
        ran
    }
}

fn shipctl() -> std::process::Command {
    let mut command = program(std::process::Command::new(env!("CARGO_BIN_EXE_shipctl")));
    for name in ["XDG_RUNTIME_DIR", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    command
}

/// A line that has to come, in words and as a condition.
type Wanted = (&'static str, fn(&Value) -> bool);

#[test]
fn everything_there_is_to_show_happens() {
    let mut demo = Demo::start(&["--headless"]);
    let mut missing: Vec<Wanted> = Vec::new();
    let mut want = |what, fits: fn(&Value) -> bool| missing.push((what, fits));
    want("the wallbox pairs", |it| is(it, "wallbox", "completed"));
    want("it says what it is", |it| is(it, "wallbox", "data"));
    want("the heat pump gets more time", |it| {
        is(it, "heat-pump", "hello") && it["prolongations_granted"] == 1
    });
    want("its user trusts in the end", |it| is(it, "heat-pump", "completed"));
    want("the dishwasher asks", |it| is(it, "dishwasher", "pairing_request"));
    want("the boiler wants a PIN", |it| is(it, "boiler", "pin_wanted"));
    want("the meter refuses", |it| is(it, "meter", "ended") && it["code"] == "HEL-03");
    want("the ventilation is tried again", |it| {
        is(it, "ventilation", "attempt_failed") && it["number"] == 2 && it["code"] == "TCP-01"
    });
    want("the battery has two connections", |it| {
        is(it, "battery", "replaced")
            || (is(it, "battery", "refused") && it["reason"] == "duplicate")
    });
    want("the battery pairs", |it| is(it, "battery", "completed"));
    want("the inverter is lost", |it| is(it, "inverter", "ended") && it["code"] == "CLS-04");
    while !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|(what, _)| *what).collect();
        let happened = demo
            .running
            .wait_until(&names.join(", "), |line| missing.iter().any(|(_, fits)| fits(line)));
        missing.retain(|(_, fits)| !fits(&happened));
    }
    demo.wait_for("inverter", "completed");
    demo.running.signal("INT");
    let last = demo.end().last();
    assert_eq!(
        (&last["outcome"], &last["devices"]["wallbox"]),
        (&"ended".into(), &"Completed".into())
    );
}

fn is(line: &Value, device: &str, event: &str) -> bool {
    line["device"] == device && line["event"] == event
}

#[test]
fn the_demo_is_steered_like_any_hub_and_ends_after_its_time() {
    let mut demo = Demo::start(&["--headless", "--for", "15s"]);
    let request = demo.wait_for("dishwasher", "pairing_request");
    let steer = |args: &[&str]| {
        Ran::of(shipctl().arg("--state-dir").arg(demo.state_dir()).args(args).output().unwrap())
    };
    steer(&["accept", request["ski"].as_str().unwrap()]).done();
    demo.wait_for("dishwasher", "completed");
    let last = demo.end().last();
    assert_eq!(last["devices"]["dishwasher"], "Completed");
}

#[test]
fn a_hub_that_is_told_to_end_ends_the_demo() {
    // Without a terminal it is told line by line, said or not.
    let mut demo = Demo::start(&[]);
    demo.wait_for("wallbox", "completed");
    let state = demo.state_dir();
    let ended = shipctl().arg("--state-dir").arg(state).arg("shutdown").output().unwrap();
    Ran::of(ended).done();
    demo.end();
}

/// Where the tests themselves run as root, as they do in a container, the demo gives that up first.
#[cfg(target_os = "linux")]
#[test]
fn nobody_needs_to_be_root() {
    use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};
    const NOBODY: u32 = 65534;

    let home = TempDir::new().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // Where the program was built others may have no access.
    let copy = home.path().join("shipctl");
    fs::copy(env!("CARGO_BIN_EXE_shipctl"), &copy).unwrap();
    let mut command = program(std::process::Command::new(copy));
    command.args(["demo", "--json", "--headless", "--for", "20s"]);
    command.env("TMPDIR", home.path()).current_dir(home.path());
    for name in ["HOME", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut demo = Running::start(command);
    demo.wait_until("the wallbox pairs", |line| is(line, "wallbox", "completed"));
    demo.signal("INT");
    demo.end().done();
}

/// Runs a command in a network that has another interface and a default route, and tells how many
/// packets and bytes left by that.
#[cfg(target_os = "linux")]
const COUNT: &str = r#"
    set -e
    ip link set lo up
    # The system itself speaks IPv6 on every interface that comes up.
    echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
    ip link add out type veth peer name far
    ip link set far up
    ip link set out up
    ip addr add 192.0.2.1/24 dev out
    ip route add default via 192.0.2.2
    "$@" > /dev/null || test $? = 68
    awk '$1 == "out:" { print $11, $10 }' /proc/net/dev
"#;

#[cfg(target_os = "linux")]
#[test]
fn nothing_of_the_demo_leaves_the_machine() {
    let Some(unshared) = unshared("-rn") else { return };
    let left = |args: &[&str]| {
        let temp = TempDir::new().unwrap();
        let inside = shipctl();
        let mut command = std::process::Command::new(&unshared[0]);
        command.args(&unshared[1..]).args(["sh", "-c", COUNT, "sh"]);
        command.arg(inside.get_program()).arg("--state-dir").arg(temp.path()).args(args);
        let output = program(command).env("TMPDIR", temp.path()).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{err}");
        let counted = String::from_utf8(output.stdout).unwrap();
        let (packets, bytes) = counted.trim().split_once(' ').unwrap();
        (packets.parse::<u32>().unwrap(), bytes.parse::<u32>().unwrap())
    };
    // The mDNS library joins the group on every interface before it is told to use one alone: the
    // kernel then says so with IGMP, in 54 bytes. A question to a name server, or to the router
    // that leads to one, has another length.
    const JOINED: u32 = 54;
    let (packets, bytes) = left(&["demo", "--headless", "--for", "8s", "--json"]);
    assert_eq!(bytes, packets * JOINED, "{packets} packets");
    // Somebody who does use that interface is seen there.
    let (packets, bytes) = left(&["discover", "--timeout", "1s"]);
    assert!(bytes > packets * JOINED, "{packets} packets, {bytes} bytes");
}
