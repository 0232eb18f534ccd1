//! What a shell is told where a device is to be named. `tests/pty/completing.rs` presses Tab in the
//! shells themselves.

use std::{
    fs,
    os::unix::net::UnixListener,
    time::{Duration, Instant},
};

use crate::kit::{Home, Ran};

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
        "listen --accept",
        "trace show a.trace --ski",
        "trace timeline a.trace --ski",
        "trace diagram a.trace --ski",
    ] {
        let words: Vec<&str> = words.split(' ').chain([""]).collect();
        assert_eq!(offered(&home, &words), expected, "{words:?}");
    }
    assert_eq!(offered(&home, &["connect", "wall"]), expected[..1]);
    assert_eq!(offered(&home, &["connect", "5555"]), expected[1..]);
    assert_eq!(offered(&home, &["connect", "5555", ""]), [], "the rest of one SKI");
    assert_eq!(offered(&home, &["trust", "rename", SKI, ""]), [], "the name is to be made up");
}

#[test]
fn a_hub_that_runs_tells_the_state_and_whom_it_knows_beside() {
    let home = trusting("Wallbox left");
    let other = "6666".repeat(10);
    let _hub = home.hub(&[]);
    home.run(&["register", &other, "--address", "127.0.0.1:9"]).done();
    home.run(&["disconnect", &other]).done();
    let offered = offered(&home, &["connect", ""]);
    assert_eq!(
        offered[..2],
        pairs(&[("Wallbox left", &format!("{SKI} · Queued")), (SKI, "Wallbox left · Queued"),])
    );
    assert_eq!(offered[2].0, other);
}

#[test]
fn a_hub_that_hangs_is_not_waited_for() {
    let home = trusting("Wallbox left");
    // Takes connections, and never says a word.
    let _hub = UnixListener::bind(home.socket()).unwrap();
    let began = Instant::now();
    assert_eq!(offered(&home, &["connect", "wall"])[0].0, "Wallbox left");
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
