use std::{fs, path::Path};

use clap::{CommandFactory, FromArgMatches};

use super::*;

/// What the command line says, in an environment with these variables.
fn loaded(line: &[&str], environment: &[(&str, &str)]) -> (Args, Settings, Vec<Problem>) {
    let matches = Args::command().try_get_matches_from(line).unwrap();
    let mut args = Args::from_arg_matches(&matches).unwrap();
    let of = |name: &str| environment.iter().find(|(it, _)| *it == name);
    let (variables, problems) =
        variables(|name| of(name).map(|(_, value)| Ok((*value).to_owned())));
    let place = Place::find(&args.global, &matches).unwrap();
    let given = Given { place, flags: flags(&matches), variables, problems };
    let (settings, problems) = given.read();
    settings.fill(&mut args);
    (args, settings, problems)
}

/// A setting, its value in the file, in its variable and on the command line, and what each comes to.
type Row = (Key, &'static str, &'static str, &'static [&'static str], [&'static str; 4]);

const ROWS: [Row; 8] = [
    (Key::Port, "1", "2", &["--port", "3"], ["4712", "1", "2", "3"]),
    (
        Key::MaxConnections,
        "1",
        "2",
        &["hub", "run", "--max-connections", "3"],
        ["10", "1", "2", "3"],
    ),
    (
        Key::Interface,
        "['a', 'b']",
        "c,d",
        &["discover", "--interface", "e", "--interface", "f"],
        ["", "[\"a\", \"b\"]", "[\"c\", \"d\"]", "[\"e\", \"f\"]"],
    ),
    (
        Key::TlsSuites,
        "['cbc']",
        "ccm8,gcm",
        &["pair", "55", "--tls-suites", "gcm,cbc"],
        ["[\"gcm\", \"ccm8\", \"cbc\"]", "[\"cbc\"]", "[\"ccm8\", \"gcm\"]", "[\"gcm\", \"cbc\"]"],
    ),
    (Key::Spine, "true", "on", &["listen", "--no-spine"], ["true", "true", "true", "false"]),
    (
        Key::Color,
        "'never'",
        "auto",
        &["--color", "always"],
        ["\"auto\"", "\"never\"", "\"auto\"", "\"always\""],
    ),
    (Key::Bind, "'10.0.0.1'", "::1", &["--bind", "::"], ["", "\"10.0.0.1\"", "\"::1\"", "\"::\""]),
    (Key::Verbose, "1", "0", &["status", "-vvv"], ["0", "1", "0", "2"]),
];

#[test]
fn a_flag_counts_before_the_environment_that_before_the_file_and_that_before_the_default() {
    for (key, file, variable, flags, expected) in ROWS {
        let temp = tempfile::tempdir().unwrap();
        let state = temp.path().to_str().unwrap();
        let setting = key.setting();
        let name = setting.variable();
        let path = temp.path().join("config.toml");
        let origins = [
            Origin::Default,
            Origin::File { path: path.display().to_string(), line: 2 },
            Origin::Environment(name.clone()),
            Origin::Flag(setting.flag.unwrap()),
        ];
        for (said, (origin, value)) in origins.into_iter().zip(expected).enumerate() {
            let (mut line, mut environment) = (vec!["shipctl", "--state-dir", state], Vec::new());
            if said >= 1 {
                fs::write(&path, format!("\n{} = {file}\n", setting.name)).unwrap();
            }
            if said >= 2 {
                environment.push((name.as_str(), variable));
            }
            if said >= 3 {
                line.extend(flags);
            }
            let (_, settings, problems) = loaded(&line, &environment);
            assert_eq!(problems, []);
            let held = settings.held(key);
            assert_eq!(held.origin, origin, "{}", setting.name);
            let shown = held.value.as_ref().map_or(String::new(), Value::to_string);
            assert_eq!(shown, value, "{} by {origin}", setting.name);
        }
    }
}

#[test]
fn what_holds_is_filled_in_where_the_command_looks_for_it() {
    let temp = tempfile::tempdir().unwrap();
    let state = temp.path().to_str().unwrap();
    let text = "port = 1\nmdns = false\nmdns_port = 2\ninterface = ['lo']\nbind = '::1'\n\
                color = 'never'\nlog_file = '/a'\nverbose = 1\nascii = true\nbackground = 'light'\n";
    fs::write(temp.path().join("config.toml"), text).unwrap();
    let (args, settings, _) = loaded(&["shipctl", "--state-dir", state, "discover"], &[]);
    let global = &args.global;
    assert_eq!((global.port, global.mdns_port, global.no_mdns), (1, 2, true));
    assert_eq!(
        (global.interface.as_slice(), global.bind),
        (&["lo".to_owned()][..], "::1".parse().ok())
    );
    assert_eq!((global.color, global.verbose), (ColorWhen::Never, 1));
    assert_eq!(global.log_file.as_deref(), Some(Path::new("/a")));
    assert_eq!(settings.choices::<super::super::tls::SuiteName>(Key::TlsSuites).len(), 3);

    let (args, ..) = loaded(&["shipctl", "--state-dir", state, "-q", "--log-file", "b"], &[]);
    assert_eq!((args.global.quiet, args.global.verbose), (true, 0));
    assert_eq!(args.global.log_file.as_deref(), Some(Path::new("b")));

    let (args, ..) = loaded(&["shipctl", "--state-dir", state, "simulate"], &[]);
    assert!(args.global.interface.is_empty(), "not on the network of others unasked");
    let (args, ..) =
        loaded(&["shipctl", "--state-dir", state, "simulate", "--interface", "eth0"], &[]);
    assert_eq!(args.global.interface, ["eth0"]);

    #[cfg(all(unix, feature = "tui"))]
    {
        let (args, ..) = loaded(&["shipctl", "--state-dir", state, "tui"], &[]);
        let Some(Command::Tui(tui)) = args.command else { panic!("{args:?}") };
        assert!(tui.looks.ascii);
        assert_eq!(tui.looks.background, Some(super::super::args::Background::Light));
    }
}

#[test]
fn a_variable_that_breaks_the_rule_is_told_with_it_and_an_empty_one_says_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let line = ["shipctl", "--state-dir", temp.path().to_str().unwrap()];
    let (_, settings, problems) = loaded(&line, &[("SHIPCTL_PORT", "tcp://10.0.0.1:4712")]);
    assert_eq!(settings.held(Key::Port).origin, Origin::Default);
    assert_eq!(
        problems[0].to_string(),
        "SHIPCTL_PORT: port is a number from 0 to 65535, not \"tcp://10.0.0.1:4712\""
    );
    assert!(problems[0].advice.contains("unset SHIPCTL_PORT"));
    let refused = refuse(&problems).unwrap();
    assert_eq!(refused.exit, Exit::Configuration);
    assert!(refuse(&[]).is_none());
}

#[test]
fn several_problems_are_one_error_that_says_how_many() {
    let said = file::parse("port = 'a'\nbind = 1\ncolour = 1\n", "f");
    let error = refuse(&said.problems).unwrap();
    assert!(error.message.starts_with("f: line 1: port is "), "{}", error.message);
    assert!(error.message.ends_with("(and 2 more problems)"), "{}", error.message);
    assert!(error.hint.unwrap().contains("shipctl config check"));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let line = ["shipctl", "--state-dir", "/nowhere", "--config", "/nowhere/a.toml"];
    let (_, settings, problems) = loaded(&line, &[]);
    assert_eq!(settings.place().shown(), "/nowhere/a.toml");
    assert_eq!(problems[0].to_string(), "/nowhere/a.toml: there is no such file");
    let (_, settings, problems) = loaded(&line[..3], &[]);
    assert_eq!(settings.place().shown(), "/nowhere/config.toml");
    assert_eq!(problems, []);
}

#[test]
fn a_profile_has_a_place_of_its_own_beneath_that_of_the_user() {
    let (args, settings, _) = loaded(&["shipctl", "status", "--profile", "home"], &[]);
    let state = args.global.state_dir.unwrap();
    assert!(state.ends_with("shipctl/profiles/home"), "{}", state.display());
    assert!(settings.place().shown().ends_with("profiles/home.toml"));
    let (args, settings, _) = loaded(&["shipctl", "status"], &[]);
    assert_eq!((args.global.state_dir, settings.place().profile.clone()), (None, None));
    assert!(settings.place().shown().ends_with("shipctl/config.toml"));
}
