//! What a device is named by, and arguments that are not understood.

use super::kit::*;

#[test]
fn what_is_no_ski_is_refused_with_what_it_is_instead() {
    let shipctl = Shipctl::new();
    for (given, message) in [
        (&SKI[1..], "has 39 hex digits, but an SKI has 40"),
        (&format!("{SKI}0"), "has 41 hex digits, but an SKI has 40"),
        ("i:46925_u:demo", "is a SHIP ID, not an SKI"),
        ("WB-2024-XY-0815", "serial number"),
        ("SHIP;SKI:5555 AAAA FFFF", "part of an installation QR code"),
        ("192.168.1.20:4712", "--address"),
        (&format!("SHIP;SKI:{SKI};FPH256:AB;ENDSHIP;"), "unusable FPH256: expected 64 hex digits"),
    ] {
        let ran = shipctl.net(&["pair", given]);
        ran.failed(2, message);
        assert!(ran.err.contains("hint: "), "{ran:?}");
    }
    assert!(!shipctl.state().exists(), "nothing was made on the way");
}

#[test]
fn our_own_ski_is_refused() {
    let shipctl = Shipctl::new();
    let own = shipctl.ski();
    let ran = shipctl.net(&["pair", &own, "--json"]);
    ran.failed(2, "is our own SKI");
    assert_eq!(ran.last()["code"], "CERT-04");
    shipctl.net(&["listen", "--accept", &own]).failed(2, "is our own SKI");
}

#[test]
fn a_prefix_must_mean_exactly_one_device() {
    let shipctl = Shipctl::new();
    let other = SKI.replace("aaaa", "bbbb");
    let trust = format!(
        r#"{{"version":1,"peers":{{"{SKI}":{{"since":1,"name":"A"}},"{other}":{{"since":2}}}}}}"#
    );
    shipctl.write_state("trust.json", &trust);
    let ran = shipctl.run(&["trust", "remove", "5555"]);
    ran.failed(2, "2 devices begin with 5555");
    assert!(ran.err.contains(SKI) && ran.err.contains(&other), "{ran:?}");
    shipctl.run(&["trust", "remove", "9999"]).failed(68, "begins with 9999");
    shipctl.run(&["trust", "remove", &SKI.replace('5', "6")]).failed(68, "is not trusted");
    assert_eq!(shipctl.read_state("trust.json"), trust);
}

#[test]
fn where_nobody_can_look_at_the_whole_ski_a_prefix_trusts_nobody() {
    let shipctl = Shipctl::new();
    let trust = format!(r#"{{"version":1,"peers":{{"{SKI}":{{"since":1}}}}}}"#);
    shipctl.write_state("trust.json", &trust);
    for prefix in ["5555", &SKI[..32]] {
        shipctl.net(&["pair", prefix]).failed(2, "whole SKI");
        assert!(shipctl.net(&["pair", prefix, "--json"]).last()["advice"].is_string());
    }
}

#[test]
fn arguments_that_are_not_understood_are_named() {
    let shipctl = Shipctl::new();
    for (args, message) in [
        (&["pair", SKI, "--address", "192.168.1.20"][..], "no port"),
        (&["pair", SKI, "--timeout", "soon"], "--timeout"),
        (&["pair", SKI, "--ship-id", "with space"], "SHIP ID"),
        (&["pair", SKI, "--pin-file", "Cargo.toml"], "a PIN has 8 to 16 hex digits"),
        (&["identity", "export"], "--cert"),
        (&["discover", "--no-mdns"], "without mDNS"),
        (&["discover", "--interface", "nosuch0"], "nosuch0"),
        (&["frobnicate"], "frobnicate"),
    ] {
        shipctl.run(args).failed(2, message);
    }
    for (args, missing) in
        [(&["pair", "--json"][..], "a device"), (&["identity", "export", "--json"], "--key")]
    {
        let last = shipctl.run(args).last();
        assert_eq!(last["outcome"], "usage");
        assert!(last["message"].as_str().unwrap().contains(missing), "{last}");
    }
}

#[test]
fn off_a_terminal_nothing_is_asked_and_the_missing_flag_is_named() {
    let shipctl = Shipctl::new();
    let ran = shipctl.net(&["listen"]);
    ran.failed(2, "nobody can be asked");
    assert!(ran.err.contains("--accept") && ran.err.contains("--auto-accept"), "{ran:?}");
    let own = shipctl.ski();
    let ran = shipctl.run(&["identity", "new"]);
    ran.failed(2, "every paired device must pair again");
    assert!(ran.err.contains("--yes"), "{ran:?}");
    assert_eq!(shipctl.ski(), own);
}
