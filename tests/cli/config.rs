//! What holds, where it was said, and what is wrong with it.

use std::fs;

use serde_json::{Value, json};

use super::kit::*;

/// What holds of a setting.
fn held(ran: &Ran, name: &str) -> Value {
    let lines = ran.done().json();
    let found = lines.into_iter().find(|line| line["event"] == "setting" && line["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {ran:?}"))
}

#[test]
fn each_value_is_shown_with_where_it_was_said() {
    let us = Shipctl::new();
    us.write_state("config.toml", "# ours\nport = 4713\nmax_connections = 20\n");
    let mut command = us.command(&["config", "show", "--json", "--color", "never"]);
    command.env("SHIPCTL_MAX_CONNECTIONS", "30").env("SHIPCTL_MDNS", "off");
    let ran = Running::start(command).end();
    let path = us.state().join("config.toml").display().to_string();
    for (name, value, origin, place) in [
        ("bind", json!(null), "default", json!([null, null, null, null])),
        ("tls_versions", json!(["1.2"]), "default", json!([null, null, null, null])),
        ("port", json!(4713), "file", json!([path, 2, null, null])),
        (
            "max_connections",
            json!(30),
            "environment",
            json!([null, null, "SHIPCTL_MAX_CONNECTIONS", null]),
        ),
        ("mdns", json!(false), "environment", json!([null, null, "SHIPCTL_MDNS", null])),
        ("color", json!("never"), "flag", json!([null, null, null, "--color"])),
    ] {
        let line = held(&ran, name);
        assert_eq!((&line["value"], &line["origin"]), (&value, &json!(origin)), "{line}");
        assert_eq!(json!([line["path"], line["line"], line["variable"], line["flag"]]), place);
    }
    assert_eq!(ran.last()["path"], path);
    let shown = us.run(&["config", "show", "--origin"]);
    let line = shown.done().out.lines().find(|line| line.starts_with("port = 4713 ")).unwrap();
    assert!(line.ends_with(&format!("  # {path}:2")), "{line}");
}

#[test]
fn what_is_shown_is_a_file_that_says_the_same() {
    let us = Shipctl::new();
    let log = us.path("a \"b\"");
    us.write_state("config.toml", &format!("interface = ['a b', 'c']\nlog_file = '{log}'\n"));
    for flags in [&["config", "show"][..], &["config", "show", "--origin"]] {
        let shown = us.run(flags).done().out.clone();
        let file = us.path("shown.toml");
        fs::write(&file, &shown).unwrap();
        us.run(&["config", "check", &file]).done();
        let again = us.run(&["--config", &file, "config", "show"]).done().out.clone();
        assert_eq!(again, us.run(&["config", "show"]).out);
    }
}

#[test]
fn every_problem_is_told_with_its_line_and_every_command_but_a_few_is_refused() {
    let us = Shipctl::new();
    us.write_state("config.toml", "max_conections = 3\nspine = 'no'\n\nport = 70000\ncolor\n");
    let checked = us.run(&["config", "check"]);
    assert_eq!(checked.code, 78, "{checked:?}");
    let path = us.state().join("config.toml").display().to_string();
    for says in [
        "line 1: max_conections: no such setting; did you mean max_connections?",
        "line 2: spine is true or false, not \"no\"",
        "line 4: port is a number from 0 to 65535, not 70000",
        "line 5: ",
    ] {
        assert!(checked.out.contains(&format!("{path}: {says}")), "{says}: {}", checked.out);
    }
    assert!(checked.out.contains("write for example `port = 4712`"), "{}", checked.out);
    let ran = us.run(&["config", "check", "--json"]);
    let lines: Vec<u64> = ran.json().iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!((lines, ran.last()["problems"].as_u64()), (vec![1, 2, 4, 5], Some(4)));

    let refused = us.run(&["identity", "show", "--json"]);
    refused.failed(78, "did you mean max_connections? (and 3 more problems)");
    assert_eq!(refused.last()["exit"], 78);
    us.run(&["config", "show"]).failed(78, "max_conections");
    assert!(!us.state().join("identity.json").exists(), "nothing was begun");
    for bears in [&["version"][..], &["explain", "HEL-02"], &["config", "path"]] {
        us.run(bears).done();
    }
}

#[test]
fn a_log_that_cannot_be_written_is_a_mistake_with_a_line_and_stops_nobody_who_mends_it() {
    let us = Shipctl::new();
    us.write_state("config.toml", "log_file = '/nowhere/x.log'\nprot = 1\n");
    let path = us.state().join("config.toml").display().to_string();
    let checked = us.run(&["config", "check"]);
    assert_eq!(checked.code, 78, "{checked:?}");
    for says in ["line 1: log_file \"/nowhere/x.log\" cannot be written: ", "line 2: prot: "] {
        assert!(checked.out.contains(&format!("{path}: {says}")), "{checked:?}");
    }
    for bears in [&["version"][..], &["explain", "HEL-02"], &["config", "path"]] {
        us.run(bears).done();
    }
    us.write_state("config.toml", "log_file = '/nowhere/x.log'\n");
    us.run(&["identity", "show"])
        .failed(74, "cannot write the log /nowhere/x.log")
        .failed(74, &format!("change log_file in {path}, line 1"));
    us.run(&["version", "--log-file", "/nowhere/y.log"]).failed(74, "another --log-file");
    let file = us.path("elsewhere.toml");
    fs::write(&file, "log_file = '/nowhere/x.log'\n").unwrap();
    us.write_state("config.toml", "");
    us.run(&["config", "check", &file]).done();
}

#[test]
fn a_file_is_checked_before_it_is_put_in_its_place_and_none_is_no_mistake() {
    let us = Shipctl::new();
    let file = us.path("new.toml");
    fs::write(&file, "max_connections = 20\nmdns = false\n").unwrap();
    let ran = us.run(&["config", "check", &file]);
    assert!(ran.done().out.contains(": 2 settings"), "{ran:?}");
    let ran = us.run(&["config", "check"]);
    assert!(ran.done().out.contains("need not be"), "{ran:?}");
    for (missing, says) in [("/nowhere/a.toml", "there is no such file"), ("/", "it is not a file")]
    {
        let ran = us.run(&["config", "check", missing]);
        assert_eq!(ran.code, 78);
        assert!(ran.out.contains(&format!("{missing}: ")) && ran.out.contains(says), "{ran:?}");
        us.run(&["--config", missing, "identity", "show"]).failed(78, says);
    }
}

#[test]
fn a_bad_variable_is_refused_by_name_and_one_that_is_no_setting_is_told() {
    let us = Shipctl::new();
    let with = |args: &[&str], name, value| {
        let mut command = us.command(args);
        command.env(name, value);
        Running::start(command).end()
    };
    let ran = with(&["identity", "show"], "SHIPCTL_PORT", "tcp://10.0.0.1:80");
    ran.failed(78, "SHIPCTL_PORT: port is a number from 0 to 65535")
        .failed(78, "unset SHIPCTL_PORT");
    assert_eq!(with(&["config", "check"], "SHIPCTL_PORT", "x").code, 78);
    let ran = with(&["config", "check"], "SHIPCTL_PROT", "1");
    assert!(ran.done().err.contains("did you mean SHIPCTL_PORT?"), "{ran:?}");
    with(&["identity", "show"], "SHIPCTL_PORT", "").done();
}

#[test]
fn a_command_without_a_flag_does_as_the_file_says() {
    let us = Shipctl::new();
    us.write_state("config.toml", "port = 0\nbind = '127.0.0.1'\nmdns = false\n");
    let listening = us.run(&["listen", "--auto-accept", "--timeout", "0s", "--json"]);
    let started = listening.json().into_iter().find(|line| line["event"] == "started").unwrap();
    assert_ne!(started["port"], 4712, "{started}");
}
