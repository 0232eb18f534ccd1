//! What a shell is told where a device is to be named. `tests/pty/completing.rs` presses Tab in the
//! shells themselves.

use std::{
    fs,
    os::unix::net::UnixListener,
    time::{Duration, Instant},
};

use crate::kit::{Home, PATIENCE, Ran};

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// What is offered for the last of these words, as fish asks: a word, and what it means.
fn offered(home: &Home, words: &[&str]) -> Vec<(String, String)> {
    let ran = completed(home, words);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let pair = |line: &str| {
        let (word, help) = line.split_once('\t').unwrap_or((line, ""));
        (word.to_owned(), help.to_owned())
    };
    ran.out.lines().map(pair).filter(|(word, _)| !word.starts_with('-')).collect()
}

/// Looks until this is offered: on a busy machine the store itself may come too late for one Tab.
#[track_caller]
fn offers(home: &Home, words: &[&str], expected: &[(String, String)]) {
    let end = Instant::now() + PATIENCE;
    while offered(home, words) != expected {
        assert!(Instant::now() < end, "{words:?}: {:?}, not {expected:?}", offered(home, words));
    }
}

fn completed(home: &Home, words: &[&str]) -> Ran {
    let mut command = home.command(&[]);
    command.env("SHIPCTL_COMPLETE", "fish");
    // What stands before the two dashes is how the shell was told to ask.
    command.args(["--", "shipctl", "--state-dir"]).arg(home.state()).args(words);
    Ran::of(command.output().unwrap())
}

/// A home in which one device is trusted, by this name.
fn trusting(name: &str) -> Home {
    let home = Home::new();
    home.run(&["identity", "show"]).done();
    let peer = format!(r#"{{"since":1700000000,"name":"{name}"}}"#);
    home.write("trust.json", &format!(r#"{{"version":1,"peers":{{"{SKI}":{peer}}}}}"#));
    home
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(word, help)| ((*word).to_owned(), (*help).to_owned())).collect()
}

#[test]
fn every_argument_that_names_a_device_is_completed() {
    let home = trusting("Wallbox left");
    let by_name = (&*format!("{SKI} · trusted"), "Wallbox left · trusted");
    let expected = pairs(&[("Wallbox left", by_name.0), (SKI, by_name.1)]);
    for words in [
        "pair",
        "probe",
        "report",
        "register",
        "unregister",
        "connect",
        "disconnect",
        "cancel",
        "accept",
        "deny",
        "trust remove",
        "trust rename",
        "trust forget-address",
        "trust forget-pin",
        "listen --accept",
        "trace show a.trace --ski",
        "trace timeline a.trace --ski",
        "trace diagram a.trace --ski",
    ] {
        let words: Vec<&str> = words.split(' ').chain([""]).collect();
        offers(&home, &words, &expected);
    }
    offers(&home, &["connect", "wall"], &expected[..1]);
    offers(&home, &["connect", "5555"], &expected[1..]);
    // The rest of one SKI, and a name that has to be made up.
    offers(&home, &["connect", "5555", ""], &[]);
    offers(&home, &["trust", "rename", SKI, ""], &[]);
}

#[test]
fn what_is_known_beforehand_is_offered_with_what_it_means() {
    let home = Home::new();
    let words = |words: &[&str]| -> Vec<String> {
        offered(&home, words).into_iter().map(|(word, _)| word).collect()
    };
    assert!(words(&["explain", "HEL"]).contains(&"HEL-03".to_owned()));
    assert!(words(&["explain", "hel-0"]).contains(&"hel-03".to_owned()));
    assert_eq!(words(&["simulate", "wallb"]), ["wallbox"]);
    assert!(words(&["simulate", "--fault", "hello"]).contains(&"hello-timeout".to_owned()));
    assert!(offered(&home, &["simulate", "--fault", "hello"]).iter().all(|(_, it)| !it.is_empty()));
}

#[test]
fn a_hub_that_runs_tells_the_state_and_whom_it_knows_beside() {
    let home = trusting("Wallbox left");
    let other = "6666".repeat(10);
    let _hub = home.hub(&[]);
    home.run(&["register", &other, "--address", "127.0.0.1:9"]).done();
    home.run(&["disconnect", &other]).done();
    let queued = format!("{SKI} · queued");
    offers(&home, &["connect", "wall"], &pairs(&[("Wallbox left", &queued)]));
    offers(&home, &["connect", "5555"], &pairs(&[(SKI, "Wallbox left · queued")]));
    let end = Instant::now() + PATIENCE;
    while !offered(&home, &["connect", "6"]).iter().any(|(word, _)| *word == other) {
        assert!(Instant::now() < end, "the other one is not offered");
    }
}

#[test]
fn a_hub_that_hangs_is_not_waited_for() {
    let home = trusting("Wallbox left");
    // Takes connections, and never says a word.
    let _hub = UnixListener::bind(home.socket()).unwrap();
    let began = Instant::now();
    offers(&home, &["connect", "wall"], &pairs(&[("Wallbox left", &format!("{SKI} · trusted"))]));
    // A command gives such a hub 10 s.
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[test]
fn nothing_is_made_and_nothing_said_where_there_is_nothing() {
    let home = Home::new();
    assert_eq!(offered(&home, &["connect", ""]), []);
    assert!(!home.state().exists());
    let damaged = home.write("trust.json", "]");
    assert_eq!(offered(&home, &["connect", ""]), []);
    assert_eq!(fs::read_to_string(damaged).unwrap(), "]", "nobody set it aside");
    assert_eq!(fs::read_dir(home.state()).unwrap().count(), 1);
    // A line that makes no sense.
    let ran = completed(&home, &["nonsense", "--trace", "", ""]);
    assert_eq!(ran.err, "", "{ran:?}");
}

#[test]
fn a_person_who_asks_for_a_script_gets_it_or_is_told_why_not() {
    let home = Home::new();
    let script = |shell: &str| {
        let mut command = home.command(&[]);
        Ran::of(command.env("SHIPCTL_COMPLETE", shell).output().unwrap())
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = script(shell);
        assert!(ran.done().out.contains("SHIPCTL_COMPLETE"), "{ran:?}");
    }
    script("tcsh").failed(2, "unknown shell `tcsh`");
}
