//! Two programs on loopback.

use std::{fs, path::Path};

use super::kit::*;

#[test]
fn two_programs_pair_and_both_keep_it() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--json"]);
    ran.done();
    let last = ran.last();
    assert_eq!((&last["outcome"], &last["ski"]), (&"completed".into(), &b_ski.clone().into()));
    assert!(last["ship_id"].as_str().unwrap().starts_with("shipctl-"), "{last}");
    for line in ran.json() {
        assert_eq!(line["schema"], 1, "{line}");
        assert!(line["ts"].as_str().unwrap().ends_with('Z'), "{line}");
        assert!(line.get("ski").is_some(), "{line}");
    }
    let listened = listening.end();
    assert_eq!(listened.done().last()["paired"][0], a_ski);
    for (shipctl, peer) in [(&a, &b_ski), (&b, &a_ski)] {
        let trust = shipctl.read_state("trust.json");
        assert!(trust.contains(peer.as_str()) && trust.contains("ship_id"), "{trust}");
    }
}

#[test]
fn the_result_for_people_is_one_line_on_stdout() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address]);
    assert!(ran.done().out.starts_with("paired   SKI "), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    for word in ["state ", "this ", "device ", "initiated", "connected", "trusted", "completed"] {
        assert!(ran.err.contains(word), "{word} in {ran:?}");
    }
}

#[test]
fn a_device_that_denies_ends_with_77_and_nothing_is_stored() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    a.ski();
    let b_ski = b.ski();
    let mut listening = b.start(&["listen", "--accept", SKI]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--json"]);
    assert_eq!(ran.code, 77, "{ran:?}");
    let last = ran.last();
    assert_eq!((&last["outcome"], &last["stage"]), (&"denied".into(), &"hello".into()));
    assert!(last["code"].as_str().unwrap().starts_with("HEL-"), "{last}");
    assert!(last["advice"].is_string(), "{last}");
    assert!(!Path::new(&a.path("state/trust.json")).exists());
}

#[test]
fn another_device_at_the_address_ends_with_76_naming_both() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    a.ski();
    let b_ski = b.ski();
    let mut listening = b.start(&["listen", "--accept", SKI]);
    let address = listening.address();
    let ran = a.net(&["pair", SKI, "--address", &address, "--json"]);
    ran.failed(76, SKI).failed(76, &b_ski);
    assert_eq!(ran.last()["code"], "CERT-03");
}

#[test]
fn a_pin_opens_what_no_pin_and_a_wrong_pin_do_not_and_is_never_shown() {
    const PIN: &str = "1234abcdef";
    const WRONG: &str = "feedbeef99";
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let (right, wrong) = (a.path("right"), a.path("wrong"));
    fs::write(&right, PIN).unwrap();
    fs::write(&wrong, WRONG).unwrap();
    let log = a.path("log");
    let mut listening =
        b.start(&["listen", "--accept", &a_ski, "--once", "--require-pin-file", &right]);
    let address = listening.address();
    let pair = ["pair", &b_ski, "--address", &address, "--json", "--log-file", &log];

    let without = a.net(&pair);
    assert_eq!((without.code, &without.last()["code"]), (77, &"PIN-01".into()), "{without:?}");
    let refused = a.net(&[&pair[..], &["--pin-file", &wrong]].concat());
    assert_eq!((refused.code, &refused.last()["code"]), (77, &"PIN-02".into()), "{refused:?}");
    let accepted = a.net(&[&pair[..], &["--pin-file", &right]].concat());
    accepted.done();

    let listened = listening.end();
    listened.done();
    assert!(listened.out.contains("wrong_pin") && listened.out.contains("right_pin"));
    let log = fs::read_to_string(&log).unwrap();
    never_said(&[PIN, WRONG], &[without, refused, accepted, listened], &log);
}

#[test]
#[cfg(unix)]
fn three_wrong_pins_cost_a_penalty_during_which_even_the_right_one_is_not_checked() {
    const PIN: &str = "1234abcdef";
    const WRONG: &str = "feedbeef99";
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let (right, wrong) = (a.path("right"), a.path("wrong"));
    fs::write(&right, PIN).unwrap();
    fs::write(&wrong, WRONG).unwrap();
    let listen = ["listen", "--accept", &a_ski, "--require-pin-file", &right];
    let mut listening = b.start(&listen);
    let address = listening.address();
    let enter = |file: &str, more: &[&str]| {
        let pair = ["pair", &b_ski, "--address", &address, "--json", "--pin-file", file];
        a.net(&[&pair[..], more].concat())
    };

    let mut said = Vec::new();
    for (count, penalty) in [(1, None), (2, None), (3, Some(15_000))] {
        let refused = enter(&wrong, &[]);
        assert_eq!((refused.code, &refused.last()["code"]), (77, &"PIN-02".into()), "{refused:?}");
        let told = listening.wait_for("wrong_pin");
        assert_eq!((&told["count"], &told["penalty_ms"]), (&count.into(), &penalty.into()));
        said.push(refused);
    }
    let early = enter(&right, &["--timeout", "3s"]);
    early.failed(75, "penalty for wrong ones");
    let last = early.last();
    assert_eq!((&last["code"], &last["stage"]), (&"PIN-02".into(), &"PIN check".into()));
    assert!(last["advice"].as_str().unwrap().contains("15 s after the third"), "{last}");
    assert!(early.json().iter().any(|it| it["event"] == "pin_wanted" && it["busy"] == true));
    assert!(early.err.contains("its penalty for wrong ones runs"), "{early:?}");
    listening.signal("INT");
    said.extend([early, listening.end()]);
    never_said(&[PIN, WRONG], &said, "");
}

/// Neither in what was said nor in the log.
fn never_said(pins: &[&str], said: &[Ran], log: &str) {
    for said in said {
        let said = format!("{}{}{log}", said.out, said.err).to_lowercase();
        assert!(pins.iter().all(|pin| !said.contains(pin)), "{said}");
    }
}

/// The QR code of a device, with this certificate fingerprint.
fn qr(ski: &str, fingerprint: &str) -> String {
    format!("SHIP;SKI:{ski};FPH256:{fingerprint};ENDSHIP;")
}

#[test]
fn a_certificate_that_is_not_the_one_of_the_qr_code_is_denied_whoever_dials() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let shown = b.run(&["identity", "show", "--json"]).last();
    let right = shown["fingerprint"].as_str().unwrap();
    let wrong = "AB".repeat(32);
    let denied = |ran: Ran| {
        ran.failed(77, &wrong).failed(77, right);
        assert_eq!(ran.last()["code"], "CERT-10", "{ran:?}");
        assert!(!Path::new(&a.path("state/trust.json")).exists());
    };
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    denied(a.net(&["pair", &qr(&b_ski, &wrong), "--address", &address, "--json"]));
    // The device dials us.
    let mut waiting = a.start(&["pair", &qr(&b_ski, &wrong)]);
    let ours = waiting.address();
    waiting.wait_for("registered");
    drop(listening);
    let dialling = b.start(&["pair", &a_ski, "--address", &ours]);
    denied(waiting.end());
    drop(dialling);
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    a.net(&["pair", &qr(&b_ski, right), "--address", &address]).done();
}
