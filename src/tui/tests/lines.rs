//! Lines typed at the bottom: filters, the grammar of `shipctl`, Tab.

use serde_json::json;

use super::{
    super::effect::Effect,
    kit::{Desk, asked, desk, ski},
};

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
        let typing = desk.model.screen.typing.as_ref().expect("a wrong line stays");
        let (_, hint) = typing.hint.as_ref().unwrap();
        assert!(hint.contains(says), "{line}: {hint}");
        desk.types("\x1b");
    }
}

#[test]
fn every_command_of_the_control_socket_can_be_completed() {
    let mut desk = desk();
    let line = |desk: &Desk| desk.model.screen.typing.as_ref().unwrap().line.text().to_owned();
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
        let hint = desk.model.screen.typing.as_ref().unwrap().hint.clone().unwrap().1;
        assert!(hint.starts_with(command), "{hint}");
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
