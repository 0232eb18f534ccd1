//! Profiles: several nodes of one user on one computer.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::kit::*;

/// A user, with the program.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program(Command::new(env!("CARGO_BIN_EXE_shipctl")));
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            command.env_remove(name);
        }
        command.env("HOME", self.home.path()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Running::start(self.command(args)).end()
    }

    fn ski(&self, flags: &[&str]) -> String {
        let shown = self.run(&[flags, &["identity", "show", "--json"]].concat());
        shown.done().last()["ski"].as_str().unwrap().to_owned()
    }

    /// A hub that can be asked.
    fn hub(&self, flags: &[&str]) -> (Running, u64) {
        let hub = [flags, &["hub", "run", "--no-mdns", "--bind", "127.0.0.1", "--json"]].concat();
        let mut hub = Running::start(self.command(&hub));
        let port = hub.wait_for("started")["port"].as_u64().unwrap();
        (hub, port)
    }
}

#[test]
fn a_profile_has_an_identity_and_a_configuration_of_its_own() {
    let user = User::new();
    let (usual, home, bench) =
        (user.ski(&[]), user.ski(&["--profile", "home"]), user.ski(&["--profile", "bench"]));
    assert!(usual != home && home != bench && usual != bench);
    let mut command = user.command(&["identity", "show", "--json"]);
    command.env("SHIPCTL_PROFILE", "home");
    assert_eq!(Running::start(command).end().last()["ski"], home);
    let state = user.path(".local/state/shipctl");
    assert!(state.join("identity.json").exists());
    assert!(state.join("profiles/home/identity.json").exists());

    let config = user.path(".config/shipctl");
    fs::create_dir_all(config.join("profiles")).unwrap();
    fs::write(config.join("config.toml"), "port = 1111\n").unwrap();
    fs::write(config.join("profiles/home.toml"), "port = 2222\n").unwrap();
    for (profile, port) in
        [(&[][..], 1111), (&["--profile", "home"], 2222), (&["--profile", "bench"], 4712)]
    {
        let shown = user.run(&[profile, &["config", "show"]].concat());
        assert!(shown.done().out.starts_with(&format!("port = {port}\n")), "{shown:?}");
    }
    let hub = user.run(&["--profile", "home", "status"]);
    hub.failed(66, "no hub runs")
        .failed(66, "`shipctl --profile home hub run`, or name another pro");
    fs::write(config.join("profiles/cellar.toml"), "").unwrap();
    fs::write(config.join("profiles/not one.toml"), "").unwrap();
    let mut tab = user.command(&["--", "shipctl", "--profile", ""]);
    tab.env("SHIPCTL_COMPLETE", "fish");
    let offered = Ran::of(tab.output().unwrap());
    assert_eq!(offered.out.lines().collect::<Vec<_>>(), ["bench", "cellar", "home"], "{offered:?}");
    let path = user.run(&["config", "path", "--profile", "home"]);
    assert_eq!(path.done().out.trim(), config.join("profiles/home.toml").to_str().unwrap());
    assert!(!config.join("profiles/bench.toml").exists(), "nothing is made by looking");
}

#[test]
fn a_profile_and_a_state_directory_exclude_each_other_and_a_flag_counts_before_a_variable() {
    let user = User::new();
    let state = user.path("elsewhere").display().to_string();
    let both = ["--profile", "home", "--state-dir", &state, "config", "path"];
    let ran = user.run(&both);
    ran.failed(2, "--profile and --state-dir both say where the state is").failed(2, "hint: ");
    let with = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = user.command(args);
        command.envs(variables.iter().copied());
        Running::start(command).end()
    };
    let (profile, place) = (("SHIPCTL_PROFILE", "home"), ("SHIPCTL_STATE_DIR", state.as_str()));
    with(&["config", "path"], &[profile, place]).failed(2, "SHIPCTL_PROFILE and SHIPCTL_STATE_DIR");
    let ran = with(&["config", "path", "--state-dir", &state], &[profile]);
    assert_eq!(ran.done().out.trim(), user.path("elsewhere/config.toml").to_str().unwrap());
    let ran = with(&["config", "path", "--profile", "bench"], &[place]);
    assert!(ran.done().out.trim().ends_with("profiles/bench.toml"), "{ran:?}");
    let nothing = [("SHIPCTL_PROFILE", ""), ("SHIPCTL_STATE_DIR", ""), ("SHIPCTL_CONFIG", "")];
    let ran = with(&["config", "path"], &nothing);
    assert_eq!(ran.done().out.trim(), user.path(".config/shipctl/config.toml").to_str().unwrap());
    for flag in ["--profile", "--state-dir", "--config"] {
        user.run(&[flag, "", "config", "path"]).failed(2, "names nothing");
    }
    for name in ["../home", "a/b", "Home", "..", "a b"] {
        user.run(&["--profile", name, "config", "path"]).failed(2, "is no name of a profile");
    }
}

#[test]
fn hubs_of_two_profiles_run_side_by_side_each_at_its_own_socket_and_each_needs_its_port() {
    let user = User::new();
    let (usual, port) = user.hub(&["--port", "0"]);
    let taken = port.to_string();
    let again =
        ["--profile", "home", "hub", "run", "--no-mdns", "--bind", "127.0.0.1", "--port", &taken];
    let refused = user.run(&again);
    refused.failed(74, "is in use").failed(74, "give the profile home a port of its own: `port = ");
    assert!(refused.err.contains("profiles/home.toml"), "{refused:?}");

    let config = user.path(".config/shipctl/profiles");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("home.toml"), "port = 0\n").unwrap();
    let (home, _) = user.hub(&["--profile", "home"]);
    for (profile, hub) in [(&[][..], usual), (&["--profile", "home"], home)] {
        let status = user.run(&[profile, &["status", "--json"]].concat());
        assert_eq!(status.done().last()["hub"]["ski"], user.ski(profile));
        user.run(&[profile, &["shutdown"]].concat()).done();
        hub.end().done();
    }
}
