//! Our own state in every condition but a bad disk, which is in `disk`.

use std::{fs, path::Path};

use super::kit::*;

#[test]
fn the_first_start_makes_an_identity_and_says_so_loudly() {
    let shipctl = Shipctl::new();
    let first = shipctl.run(&["identity", "show", "-q"]);
    first.done();
    assert!(first.err.contains("a new identity was made") && first.err.contains("[OWN-01]"));
    let second = shipctl.run(&["identity", "show", "-q"]);
    assert_eq!((second.err.as_str(), &second.out), ("", &first.out));
}

#[test]
fn a_damaged_identity_is_set_aside_and_stays_so() {
    let shipctl = Shipctl::new();
    shipctl.write_state("identity.json", "{\"version\":1,");
    shipctl.net(&["pair", SKI]).failed(78, "is damaged");
    let ran = shipctl.net(&["pair", SKI, "--json"]);
    ran.failed(78, "was found damaged and set aside");
    assert!(ran.last()["advice"].as_str().unwrap().contains("identity import"), "{ran:?}");
    assert_eq!(shipctl.read_state("identity.json.damaged-1"), "{\"version\":1,");
    let ran = shipctl.run(&["identity", "new"]);
    ran.done();
    assert!(ran.err.contains("[OWN-01]"), "{ran:?}");
}

#[test]
fn damaged_trust_is_not_forgotten() {
    let shipctl = Shipctl::new();
    shipctl.write_state("trust.json", "]");
    shipctl.net(&["listen", "--auto-accept"]).failed(78, "trust.json is damaged");
    assert_eq!(shipctl.read_state("trust.json.damaged-1"), "]");
}

#[test]
fn the_state_of_a_newer_shipctl_is_left_alone() {
    let shipctl = Shipctl::new();
    shipctl.write_state("trust.json", r#"{"version":99}"#);
    shipctl.run(&["trust", "list"]).failed(78, "has version 99");
    assert_eq!(shipctl.read_state("trust.json"), r#"{"version":99}"#);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let shipctl = Shipctl::new();
    let file = shipctl.path("file");
    fs::write(&file, "").unwrap();
    let ran = shipctl.run(&["trust", "remove", "5555", "--state-dir", &file]);
    ran.failed(78, "is not a directory");
    #[cfg(target_os = "linux")]
    shipctl.run(&["identity", "show", "--state-dir", "/proc/shipctl"]).failed(74, "/proc/shipctl");
}

#[test]
fn a_second_shipctl_on_the_same_state_is_refused() {
    let shipctl = Shipctl::new();
    let mut first = shipctl.start(&["listen", "--auto-accept=10m"]);
    first.wait_for("auto_accept");
    let ran = shipctl.net(&["pair", SKI]);
    ran.failed(73, "another shipctl");
    assert!(ran.err.contains(&first.child.id().to_string()), "the process is named: {ran:?}");
    shipctl.run(&["identity", "show"]).done();
    shipctl.run(&["trust", "list"]).done();
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (cert, key) = (a.path("a.crt"), b.path("b.key"));
    a.run(&["identity", "export", "--cert", &cert]).done();
    b.run(&["identity", "export", "--key", &key]).done();
    let own = a.ski();
    let import = ["identity", "import", "--cert", &cert, "--key", &key, "--yes"];
    a.run(&import).failed(78, "does not belong to the certificate");
    assert_eq!(a.ski(), own);
}

#[test]
fn an_identity_goes_out_and_comes_back() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (cert, key) = (a.path("a.crt"), a.path("a.key"));
    a.run(&["identity", "export", "--cert", &cert, "--key", &key]).done();
    a.run(&["identity", "export", "--key", &key]).failed(74, "is there already");
    let import = ["identity", "import", "--cert", &cert, "--key", &key];
    b.run(&["identity", "show"]).done();
    b.run(&import).failed(2, "every paired device must pair again");
    b.run(&[&import[..], &["--yes"]].concat()).done();
    assert_eq!(a.ski(), b.ski());
    assert!(Path::new(&b.path("state/identity.json.replaced-1")).exists());
}

#[test]
fn trust_is_listed_renamed_and_removed() {
    let shipctl = Shipctl::new();
    let ran = shipctl.run(&["trust", "list"]);
    assert!(ran.done().err.contains("no device is trusted yet"), "{ran:?}");
    let trust = format!(r#"{{"version":1,"peers":{{"{SKI}":{{"since":1700000000}}}}}}"#);
    shipctl.write_state("trust.json", &trust);
    let bad = ["trust", "rename", "5555", "Wallbox\u{1b}[2J left"];
    shipctl.run(&bad).failed(2, "the character U+001B");
    let ran = shipctl.run(&["trust", "rename", "5555", " Wallbox right ", "--json"]);
    assert_eq!(ran.done().last()["name"], "Wallbox right");
    let ran = shipctl.run(&["trust", "list"]);
    assert!(ran.done().out.contains(&format!("Wallbox right  {SKI}")), "{ran:?}");
    let ran = shipctl.run(&["trust", "list", "--json"]);
    let lines = ran.json();
    assert_eq!((&lines[0]["event"], &lines[0]["ski"]), (&"trusted".into(), &SKI.into()));
    assert_eq!(lines[0]["since"], "2023-11-14T22:13:20.000Z");
    assert_eq!(ran.last()["trusted"], 1);
    shipctl.run(&["trust", "rename", "5555", "Wallbox left"]).done();
    let stored = shipctl.read_state("trust.json");
    let with = stored.replace("\"since\"", "\"address\": \"127.0.0.1:1/ship/\", \"since\"");
    shipctl.write_state("trust.json", &with);
    assert!(shipctl.run(&["trust", "list"]).done().out.contains("127.0.0.1:1/ship/"));
    shipctl.run(&["trust", "forget-address", "wallbox", "left"]).done();
    assert_eq!(shipctl.read_state("trust.json"), stored);
    let ran = shipctl.run(&["trust", "remove", "walbox", "left"]);
    ran.failed(2, "did you mean \"Wallbox left\"?");
    shipctl.run(&["trust", "remove", "wallbox", "left"]).done();
    assert!(!shipctl.read_state("trust.json").contains(SKI));
}
