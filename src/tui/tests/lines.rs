//! Lines typed at the bottom: filters, the grammar of `shipctl`, Tab.

use serde_json::json;

use super::{
    super::effect::Effect,
    kit::{Desk, asked, desk, ski},
    written::hub,
};

/// What is typed at the bottom.
fn line(desk: &Desk) -> String {
    desk.model.screen.typing.as_ref().unwrap().line.text().to_owned()
}

/// What is told about it.
fn hint(desk: &Desk) -> String {
    let hint = desk.model.screen.typing.as_ref().and_then(|typing| typing.hint.clone());
    hint.map(|hint| hint.lines.join("\n")).unwrap_or_default()
}

/// A desk whose inverter is called so.
fn desk_with(name: &str) -> Desk {
    let mut hub = hub();
    hub["peers"][2]["name"] = json!(name);
    let mut desk = desk();
    desk.status(hub);
    desk
}

#[test]
fn a_filter_counts_while_it_is_typed_and_escape_takes_it_back() {
    let mut desk = desk();
    desk.types("/heat");
    assert_eq!(desk.model.rows().len(), 1);
    assert_eq!(desk.model.selected_ski(), Some(ski(0x12)));
    desk.types("\x1b");
    assert_eq!(desk.model.rows().len(), 5);
    desk.types("/cellar\n");
    assert_eq!(desk.model.selected_ski(), Some(ski(0x15)), "paired, and not seen");
    desk.types("\x1b");
    assert_eq!(desk.model.rows().len(), 5);
}

#[test]
fn the_command_line_has_the_grammar_of_shipctl() {
    let mut desk = desk();
    let effects = desk.types(":shipctl connect 1313 1313\n");
    assert_eq!(asked(&effects), json!({ "do": "connect", "ski": ski(0x13) }));
    for line in [":connect meter in the cellar\n", ":connect 'Meter in the cellar'\n"] {
        assert_eq!(asked(&desk.types(line)), json!({ "do": "connect", "ski": ski(0x15) }));
    }
    let effects = desk.types(":disconnect\n");
    assert_eq!(
        asked(&effects),
        json!({ "do": "disconnect", "ski": ski(0x11) }),
        "the selected one"
    );
    let effects = desk.types(":trust rename 1313 'Roof, south'\n");
    assert_eq!(asked(&effects), json!({ "do": "rename", "ski": ski(0x13), "name": "Roof, south" }));
    let effects = desk.types(&format!(":register {} --address 10.0.0.7:4712\n", ski(0x14)));
    assert_eq!(asked(&effects)["addresses"], json!(["10.0.0.7:4712/ship/"]));
    assert_eq!(asked(&desk.types(":limit 7\n")), json!({ "do": "limit", "connections": 7 }));
    assert_eq!(asked(&desk.types(":auto-accept 90s\n"))["seconds"], 90);
    assert_eq!(
        asked(&desk.types(&format!(":pair {} --timeout 5s\n", ski(0x14))))["timeout_ms"],
        5_000
    );
    for (line, says) in [
        (":limit x\n", "invalid value 'x'"),
        (":register 1414\n", "by its whole SKI"),
        (":conect\n", "unrecognized subcommand 'conect'"),
        (":connect 99\n", "2 digits"),
        (":connect 9999\n", "no device is seen or trusted"),
        (":connect Metre in the cellar\n", "did you mean \"Meter in the cellar\"?"),
        (":discover\n", "cannot be done here"),
        (":trust rename 'x\n", "quotation mark"),
    ] {
        assert!(desk.types(line).is_empty(), "{line}");
        assert!(desk.model.screen.typing.is_some(), "a wrong line stays");
        assert!(hint(&desk).contains(says), "{line}: {}", hint(&desk));
        desk.types("\x1b");
    }
}

#[test]
fn every_command_of_the_control_socket_can_be_completed() {
    let mut desk = desk();
    desk.types(":unr\t");
    assert_eq!(line(&desk), "unregister ");
    desk.types("13\t");
    assert_eq!(line(&desk), format!("unregister {} ", ski(0x13)));
    for command in [
        "accept",
        "auto-accept",
        "cancel",
        "connect",
        "deny",
        "disconnect",
        "enter-pin",
        "limit",
        "metrics",
        "pair",
        "register",
        "shutdown",
        "status",
        "trust",
        "unregister",
    ] {
        desk.types(&format!("\x1b:{command}\t"));
        assert!(line(&desk).starts_with(command), "{}", line(&desk));
        assert!(hint(&desk).starts_with(command), "{}", hint(&desk));
    }
}

#[test]
fn what_is_exported_can_have_a_name_and_a_form() {
    for (line, name, form) in [
        (":export shown.txt\n", "shown.txt", "txt"),
        (":export all.JSON\n", "all.JSON", "json"),
        (":export 'a b' json\n", "a b", "json"),
        (":export all.json text\n", "all.json", "txt"),
    ] {
        let effects = desk().types(line);
        let [Effect::Export { file: Some(file), extension, .. }] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!((file.to_str(), *extension), (Some(name), form));
    }
    assert!(desk().types(":export a b c\n").is_empty());
}

#[test]
fn a_device_is_completed_by_its_name_however_that_is_typed() {
    for typed in ["met", "METER IN THE C", "'Meter in", "\"meter", "Meter\\ in\\ the", "'", ""] {
        let mut desk = desk();
        desk.types(&format!(":trust rename {typed}\t"));
        let all = ["'", ""].contains(&typed);
        let expected = if all { typed } else { "'Meter in the cellar' " };
        assert_eq!(line(&desk), format!("trust rename {expected}"), "{typed}");
        let told = "  SKI 15151515… · denied us";
        let is_it = |line: &str| line.starts_with("'Meter in the cellar'") && line.ends_with(told);
        assert!(hint(&desk).lines().any(is_it), "{}", hint(&desk));
    }
    let mut desk = desk();
    let effects = desk.types(":connect met\t\n");
    assert_eq!(asked(&effects), json!({ "do": "connect", "ski": ski(0x15) }));
}

#[test]
fn what_was_typed_is_kept_where_nothing_fits() {
    for typed in ["connect fridge", "connect 'Fri", "unknown "] {
        let mut desk = desk();
        desk.types(&format!(":{typed}\t"));
        assert_eq!(line(&desk), typed);
        assert_eq!(hint(&desk), "nothing known goes on like this");
    }
}

#[test]
fn of_two_devices_what_both_begin_with_is_typed() {
    let mut desk = desk_with("meter on the roof");
    desk.types(":disconnect m\t");
    let begun = line(&desk);
    assert_eq!(begun.to_lowercase(), "disconnect 'meter ");
    assert_eq!(hint(&desk).lines().count(), 2, "{}", hint(&desk));
    desk.types("o\t");
    assert_eq!(line(&desk), "disconnect 'meter on the roof' ");
    let effects = desk.types("\n");
    assert_eq!(asked(&effects), json!({ "do": "disconnect", "ski": ski(0x13) }));
}

#[test]
fn a_name_is_offered_only_where_it_is_understood() {
    for (name, offered) in [
        ("Anna's inverter", "\"Anna's inverter\""),
        ("Roof; south", ""),
        ("Meter in the CELLAR", ""),
        ("--all", ""),
        ("\u{1b}[2J", ""),
        ("5555", "5555"),
        (" ", ""),
    ] {
        let mut desk = desk_with(name);
        desk.types(":connect \t");
        let by_ski = format!("{}  ", ski(0x13));
        let expected = if offered.is_empty() { &by_ski } else { offered };
        assert!(hint(&desk).contains(expected), "{name:?}: {}", hint(&desk));
        if !offered.is_empty() {
            assert!(!hint(&desk).contains(&by_ski), "{name:?} stands for it");
            let effects = desk.types(&format!("{offered}\n"));
            assert_eq!(asked(&effects)["ski"], json!(ski(0x13)), "{name:?}");
        }
    }
}

#[test]
fn behind_a_device_there_is_no_other() {
    for before in
        ["connect 'Meter in the cellar' ", "trust rename 1515151515151515151515151515151515151515 "]
    {
        let mut desk = desk();
        desk.types(&format!(":{before}\t"));
        assert_eq!(line(&desk), before);
    }
    let mut desk = desk();
    desk.types(":register 1414 1414 1414 1414 1414 1414 1414 1414 1414 1414 --a\t");
    assert!(line(&desk).ends_with(" 1414 --address "), "{}", line(&desk));
    desk.types("\x1b:connect 1313 13\t");
    assert_eq!(line(&desk), format!("connect {} ", ski(0x13)), "an SKI in groups");
}

#[test]
fn many_choices_stand_above_the_line_and_one_below_it() {
    let mut desk = desk();
    desk.types(":connect \t");
    let screen = desk.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().position(|line| line.starts_with(":connect")).unwrap();
    assert!(lines[at - 6].starts_with("───"), "{screen}");
    assert!(lines[at - 5..at].iter().all(|line| line.contains(" · ")), "{screen}");
    assert!(lines[at + 1].contains("do it"), "the keys stay: {screen}");
    desk.types("met\t");
    let below = desk.screen();
    assert!(
        below.lines().last().unwrap().starts_with("'Meter in the cellar'  SKI 1515"),
        "{below}"
    );
    // A long refusal is told to its end.
    desk.model.size = (80, 24);
    desk.types("\x1b:connect refrigerator in the kitchen\n");
    let told = desk.screen().replace('\n', " ");
    assert!(told.contains("it may be a SHIP ID or a serial number"), "{told}");
}
