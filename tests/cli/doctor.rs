//! `doctor` on this machine: it changes nothing, and says what is wrong. On loopback only.

use std::{
    fs::{self, File},
    net::{TcpListener, UdpSocket},
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;

use super::{kit::*, support::skip::skip};

/// Without mDNS, on any free port.
fn doctor(shipctl: &Shipctl, args: &[&str]) -> Ran {
    shipctl.net(&[&["doctor", "--timeout", "1s", "--json"], args].concat())
}

#[track_caller]
fn check(ran: &Ran, name: &str) -> Value {
    let found = ran.json().into_iter().find(|line| line["check"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {ran:?}"))
}

#[test]
fn nothing_is_made_where_there_is_no_identity() {
    let shipctl = Shipctl::new();
    let ran = doctor(&shipctl, &["--interface", "lo"]);
    assert_eq!(ran.done().last()["outcome"], "in_order");
    assert_eq!(ran.last()["codes"], serde_json::json!([]));
    let identity = check(&ran, "identity");
    assert_eq!(identity["verdict"], "info");
    assert!(identity["evidence"].as_str().unwrap().contains("there is none yet"));
    assert!(!shipctl.state().exists(), "it made {:?}", shipctl.state());
}

#[test]
fn nothing_is_changed_where_there_is_one() {
    let shipctl = Shipctl::new();
    let ski = shipctl.ski();
    let before = contents(&shipctl.state());
    let lock = fs::metadata(shipctl.state().join("lock")).map(|it| it.modified().unwrap()).ok();
    let ran = doctor(&shipctl, &["--interface", "lo"]);
    assert!(check(ran.done(), "identity")["evidence"].as_str().unwrap().contains("SHA-1"));
    assert_eq!(contents(&shipctl.state()), before);
    let after = fs::metadata(shipctl.state().join("lock")).map(|it| it.modified().unwrap()).ok();
    assert_eq!(after, lock);
    assert_eq!(shipctl.ski(), ski);
}

#[test]
fn people_get_a_line_a_check_a_conclusion_and_no_colour() {
    let ran = Shipctl::new().net(&["doctor", "--timeout", "1s", "--interface", "lo"]);
    assert!(!ran.done().out.contains('\x1b'), "{ran:?}");
    assert!(ran.out.contains("\nok         port         any free one"), "{}", ran.out);
    assert!(ran.out.trim_end().lines().last().unwrap().starts_with("this side is in order"));
}

#[test]
fn what_is_to_be_done_stands_at_the_end() {
    let shipctl = Shipctl::new();
    shipctl.write_state("identity.json", "{");
    let ran = shipctl.net(&["doctor", "--timeout", "1s", "--interface", "lo"]);
    assert_eq!(ran.code, 78, "{ran:?}");
    let (_, end) = ran.out.split_once("\nto do first:\n1. OWN-06  ").unwrap();
    assert!(end.starts_with("Put a good copy back"), "{end}");
}

#[test]
fn it_ends_within_the_time_it_states() {
    let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port().to_string();
    let began = Instant::now();
    let ran = Shipctl::new().run(&[
        "doctor",
        "--timeout",
        "1s",
        "--interface",
        "lo",
        "--mdns-port",
        &port,
        "--port",
        "0",
    ]);
    assert!(ran.err.contains("for 1 s at most"), "{ran:?}");
    // Far more than it takes, and far less than the usual time with what a hang would add.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_damaged_identity_is_told_and_left_where_it_is() {
    let shipctl = Shipctl::new();
    shipctl.write_state("identity.json", "{\"version\": 1}");
    let ran = doctor(&shipctl, &["--interface", "lo"]);
    assert_eq!((ran.code, &ran.last()["codes"][0]), (78, &"OWN-06".into()));
    assert_eq!(shipctl.read_state("identity.json"), "{\"version\": 1}");
    let damaged = Shipctl::new();
    damaged.write_state("trust.json", "nonsense");
    let ran = doctor(&damaged, &["--interface", "lo"]);
    assert_eq!((ran.code, check(&ran, "trust")["verdict"].clone()), (78, "failed".into()));
}

#[cfg(unix)]
#[test]
fn a_key_others_can_read_is_told_with_the_command_that_helps() {
    use std::os::unix::fs::PermissionsExt;
    let shipctl = Shipctl::new();
    shipctl.ski();
    let path = shipctl.state().join("identity.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = doctor(&shipctl, &["--interface", "lo"]);
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["OWN-02"])));
    let advice = check(&ran, "identity")["finding"]["advice"].as_str().unwrap().to_owned();
    assert_eq!(advice, format!("Run `chmod 600 '{}'`.", path.display()));
}

#[test]
fn a_clock_behind_our_own_files_is_wrong() {
    let shipctl = Shipctl::new();
    shipctl.ski();
    let file = File::options().append(true).open(shipctl.state().join("identity.json")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3 * 86_400)).unwrap();
    let ran = doctor(&shipctl, &["--interface", "lo"]);
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["CERT-06"])));
    let evidence = check(&ran, "clock")["evidence"].as_str().unwrap().to_owned();
    assert!(evidence.contains("behind the file") && evidence.contains("identity.json"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_same_identity_in_the_usual_place_is_a_copy() {
    let shipctl = Shipctl::new();
    shipctl.ski();
    let usual = shipctl.dir.path().join("home/shipctl");
    fs::create_dir_all(&usual).unwrap();
    fs::copy(shipctl.state().join("identity.json"), usual.join("identity.json")).unwrap();
    let args = ["doctor", "--timeout", "1s", "--json", "--interface", "lo"];
    let mut command = shipctl.command(&[&NETWORK[..], &args].concat());
    command.env("XDG_STATE_HOME", shipctl.dir.path().join("home"));
    let ran = Running::start(command).end();
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["MDNS-09"])));
    let evidence = check(&ran, "copies")["evidence"].as_str().unwrap().to_owned();
    assert!(evidence.contains(&usual.display().to_string()), "{evidence}");
}

/// A copy of our state is no hub of ours, though it announces the same from the same computer.
#[cfg(target_os = "linux")]
#[test]
fn a_copy_of_us_on_this_computer_is_named_and_we_ourselves_are_none() {
    let (world, us, copy) = (super::mdns::World::new(), Shipctl::new(), Shipctl::new());
    us.ski();
    let look = || world.start(&us, &["doctor", "--timeout", "2s", "--json"]).end();
    {
        let mut ours = world.start(&us, &["listen", "--accept", SKI, "--json"]);
        ours.wait_for("started");
        let ran = look();
        assert_eq!(check(&ran, "doubles")["verdict"], "ok", "{ran:?}");
    }
    for name in ["identity.json", "lock"] {
        copy.write_state(name, &us.read_state(name));
    }
    let mut other = world.start(&copy, &["listen", "--accept", SKI, "--json"]);
    let address = other.address();
    let ran = look();
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["MDNS-09"])), "{ran:?}");
    let doubles = check(&ran, "doubles");
    let evidence = doubles["evidence"].as_str().unwrap();
    let who = format!("process {})", other.child.id());
    assert!(evidence.contains(&address) && evidence.contains(&who), "{evidence}");
    let heard = check(&ran, "multicast")["evidence"].to_string();
    assert!(heard.contains("other programs here heard"), "{heard}");
}

#[test]
fn a_port_of_somebody_else_is_named_with_its_process() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Shipctl::new().run(&[
        "--no-mdns",
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "doctor",
        "--timeout",
        "1s",
        "--json",
        "--interface",
        "lo",
    ]);
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["TCP-05"])));
    let evidence = check(&ran, "port")["evidence"].as_str().unwrap().to_owned();
    assert!(evidence.contains(&format!("(process {})", std::process::id())), "{evidence}");
}

#[test]
fn a_responder_that_does_not_share_its_port_is_named() {
    let holder = UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let ran = Shipctl::new().run(&[
        "doctor",
        "--timeout",
        "1s",
        "--json",
        "--interface",
        "lo",
        "--mdns-port",
        &port,
        "--port",
        "0",
    ]);
    assert_eq!((ran.code, &ran.last()["codes"]), (1, &serde_json::json!(["MDNS-13"])));
    let evidence = check(&ran, "multicast")["evidence"].as_str().unwrap().to_owned();
    assert!(evidence.contains(&format!("(process {})", std::process::id())), "{evidence}");
}

#[test]
fn an_interface_that_is_not_there_is_a_mistake_of_the_command_line() {
    let ran = Shipctl::new().run(&["doctor", "--interface", "nowhere0", "--port", "0", "--json"]);
    ran.failed(2, "nowhere0");
}

/// Runs in a network of its own, with an interface behind which nobody is, and rules of nftables.
#[cfg(target_os = "linux")]
#[test]
fn rules_of_nftables_are_read_as_the_kernel_has_them() {
    const SETUP: &str = "ip link set lo up; ip link add out type veth peer name end; ip link set end up; ip link set out up; \
        ip addr add 10.9.0.1/24 dev out; nft \"$0\"; exec \"$@\"";
    let Some(unshared) = unshared("-rn") else { return };
    let base =
        "add table inet f; add chain inet f i { type filter hook input priority 0; policy drop; }";
    for (rule, verdict, code) in [
        ("", "warning", "TCP-04"),
        ("add rule inet f i tcp dport 4000-5000 accept", "ok", ""),
        ("add rule inet f i tcp dport 22 accept", "warning", "TCP-04"),
        ("add rule inet f i ip saddr 10.0.0.0/8 accept", "not_known", "TCP-04"),
    ] {
        let shipctl = Shipctl::new();
        let args = ["--no-mdns", "--json", "doctor", "--timeout", "1s"];
        let outside = shipctl.command(&args);
        let mut command = std::process::Command::new(&unshared[0]);
        command.args(&unshared[1..]).args(["sh", "-ec", SETUP, &format!("{base}; {rule}")]);
        command.arg(outside.get_program()).args(outside.get_args());
        let ran = Running::start(program(command)).end();
        if ran.err.contains("nft: not found") {
            skip("there is no nft");
            return;
        }
        let check = check(&ran, "firewall");
        assert_eq!(check["verdict"], verdict, "{rule}: {ran:?}");
        assert_eq!(check["finding"]["code"].as_str().unwrap_or_default(), code, "{rule}: {check}");
    }
}
