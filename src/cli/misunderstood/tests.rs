use super::*;

fn refused(line: &str) -> (String, String) {
    let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    let error = Args::command().try_get_matches_from(&arguments).unwrap_err();
    let told = told(&error, &arguments);
    assert_eq!(told.exit, crate::cli::exit::Exit::Usage);
    (told.message, told.hint.expect(line))
}

#[test]
fn every_mistake_is_told_with_its_value_its_rule_and_what_to_type_next() {
    for (line, message, hint) in [
        (
            "shipctl discovr",
            "there is no command \"discovr\"; did you mean discover?",
            "`shipctl --help` lists every command",
        ),
        (
            "shipctl xyzzyx",
            "there is no command \"xyzzyx\"",
            "`shipctl --help` lists every command",
        ),
        (
            "shipctl trust lst",
            "`shipctl trust` has no command \"lst\"; did you mean list?",
            "`shipctl trust --help` lists every command",
        ),
        (
            "shipctl trust",
            "trust needs a command: list, remove, rename, forget-address or forget-pin",
            "`shipctl trust --help` says what each does",
        ),
        (
            "shipctl pair",
            "pair needs a device",
            "for example `shipctl pair 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222`; \
             `shipctl discover` lists devices",
        ),
        (
            "shipctl trust rename 5555",
            "trust rename needs a name",
            "for example `shipctl trust rename 5555aa 'Wallbox left'`",
        ),
        (
            "shipctl report --address 10.0.0.1:4712",
            "--address needs a device",
            "for example `shipctl report -o bundle.zip 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD \
             9999 2222`; `shipctl discover` lists devices",
        ),
        (
            "shipctl identity export",
            "identity export needs --cert FILE or --key FILE",
            "for example `shipctl identity export --cert ship.crt --key ship.key`",
        ),
        (
            "shipctl discover --whatch",
            "discover has no flag \"--whatch\"; did you mean --watch?",
            "`shipctl discover --help` lists every flag",
        ),
        (
            "shipctl --watch discover",
            "--watch stands before discover, whose flag it is",
            "say it behind the command: `shipctl discover --watch`",
        ),
        (
            "shipctl discover now",
            "discover has no use for \"now\"",
            "`shipctl discover --help` lists what it takes",
        ),
        (
            "shipctl hub stop",
            "`shipctl hub` has no command \"stop\"",
            "`shipctl shutdown`: end a running hub in order",
        ),
        (
            "shipctl hub status",
            "`shipctl hub` has no command \"status\"",
            "`shipctl status`: show what a running hub does",
        ),
        (
            "shipctl unpair garage",
            "there is no command \"unpair\"",
            "`shipctl trust remove`: trust a device no longer",
        ),
        (
            "shipctl list",
            "there is no command \"list\"",
            "`shipctl discover`: list the EEBUS devices on this network; `shipctl trust list`: list the trusted devices",
        ),
        (
            "shipctl --ascii",
            "shipctl has no flag \"--ascii\"",
            "type `shipctl tui --ascii` or `shipctl demo --ascii`",
        ),
        (
            "shipctl -q -v discover",
            "--quiet and --verbose do not go together",
            "leave one of them out",
        ),
        ("shipctl --port 1 --port 2 discover", "--port is given twice", "give it once"),
        (
            "shipctl --color rad discover",
            "--color is auto, always or never, not \"rad\"",
            "`shipctl discover --help` says what each means",
        ),
        (
            "shipctl --color alwys discover",
            "--color is auto, always or never, not \"alwys\"; did you mean always?",
            "`shipctl discover --help` says what each means",
        ),
        (
            "shipctl discover --port",
            "--port needs a value",
            "give it like `--port PORT`; `shipctl discover --help` says what that is",
        ),
        (
            "shipctl discover --timeout soon",
            "--timeout cannot be \"soon\": a time looks like 90s, 10m or 2h",
            "`shipctl discover --help` says more of --timeout",
        ),
        (
            "shipctl pair 5555 --timeout 0s",
            "--timeout cannot be \"0s\": it must be longer than nothing",
            "`shipctl pair --help` says more of --timeout",
        ),
        (
            "shipctl auto-accept 366d",
            "auto-accept cannot take \"366d\": a time is at most 365d here",
            "`shipctl auto-accept --help` shows examples",
        ),
        (
            "shipctl discover --port 70000",
            "--port cannot be \"70000\": a port is a number from 0 to 65535",
            "`shipctl discover --help` says more of --port",
        ),
        (
            "shipctl discover --bind here",
            "--bind cannot be \"here\": an address looks like 192.168.1.20 or fe80::1",
            "`shipctl discover --help` says more of --bind",
        ),
        (
            "shipctl limit many",
            "limit cannot take \"many\": connections are a number from 0 to 10000",
            "`shipctl limit --help` shows examples",
        ),
        (
            "shipctl discover --json=1",
            "--json takes no value, and \"1\" was given",
            "`shipctl discover --help` lists what there is",
        ),
    ] {
        assert_eq!(refused(line), (message.to_owned(), hint.to_owned()), "{line}");
    }
}

#[test]
fn what_was_typed_cannot_steer_the_terminal() {
    let (message, _) = refused("shipctl \u{1b}[2J");
    assert!(!message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn every_natural_word_leads_to_a_command_there_is() {
    for (word, names) in NATURAL {
        assert!(names.iter().all(|name| about(name).is_some()), "{word}: {names:?}");
        assert!(Args::command().find_subcommand(word).is_none(), "{word} is a command");
    }
}
