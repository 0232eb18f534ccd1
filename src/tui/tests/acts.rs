//! Keys typed through the real update loop, and what goes out because of them.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use serde_json::{Map, Value, json};

use super::{
    super::{
        effect::Effect,
        message::Message,
        model::{Pane, Popup, Tab},
        rows::Key,
    },
    kit::{asked, desk, notice, ski},
    written::hub,
};
use crate::{cli::exit::Exit, control::Refusal};

#[test]
fn each_action_asks_the_hub_and_tells_the_command_that_does_the_same() {
    for (key, what) in [('c', "connect"), ('x', "disconnect"), ('a', "accept")] {
        let mut desk = desk();
        let effects = desk.types(&key.to_string());
        assert_eq!(asked(&effects), json!({ "do": what, "ski": ski(0x11) }));
        assert_eq!(notice(&desk), format!("shipctl {what} {} …", ski(0x11)));
    }
}

#[test]
fn nobody_is_let_in_by_one_key() {
    let mut desk = desk();
    assert!(desk.types("A").is_empty());
    assert!(
        desk.screen().contains("Let in every device that asks, for 2 min?"),
        "{}",
        desk.screen()
    );
    assert_eq!(asked(&desk.types("y")), json!({ "do": "auto-accept", "seconds": 120 }));
    let selected = desk.model.selected_ski().unwrap();
    let mut stranger = hub();
    for peer in stranger["peers"].as_array_mut().unwrap() {
        peer["registered"] = json!(false);
    }
    desk.status(stranger);
    assert!(desk.types("r").is_empty());
    // The whole SKI, as on a label.
    let grouped = selected.grouped();
    assert!(grouped.split(' ').all(|group| desk.screen().contains(group)), "{}", desk.screen());
    assert!(desk.types("n").is_empty());
    desk.types("r");
    assert_eq!(asked(&desk.types("y")), json!({ "do": "register", "ski": selected.to_string() }));
}

#[test]
fn what_loses_something_is_asked_about_first() {
    for (key, what) in [('u', "unregister"), ('C', "cancel"), ('d', "deny")] {
        let mut desk = desk();
        assert!(desk.types(&key.to_string()).is_empty());
        assert!(matches!(desk.model.screen.popup, Some(Popup::Question { .. })));
        assert!(desk.types("\n").is_empty(), "Enter is no yes");
        assert!(desk.types("n").is_empty());
        assert!(desk.model.screen.popup.is_none());
        desk.types(&key.to_string());
        assert_eq!(asked(&desk.types("y")), json!({ "do": what, "ski": ski(0x11) }));
    }
    let mut desk = desk();
    desk.types("X");
    assert_eq!(asked(&desk.types("y")), json!({ "do": "disconnect-all" }));
    desk.types("S");
    assert!(desk.screen().contains("for everybody? That closes 2"), "{}", desk.screen());
    assert_eq!(asked(&desk.types("y")), json!({ "do": "shutdown" }));
}

#[test]
fn answers_are_told_with_their_hint() {
    let mut desk = desk();
    desk.types("c");
    desk.tell(Message::Answer { id: 1, answer: Ok(Map::new()) });
    assert_eq!(notice(&desk), format!("done: shipctl connect {}", ski(0x11)));
    desk.types("c");
    let refusal = Refusal::new("not_registered", 68, "it is not trusted", Some("press r"));
    desk.tell(Message::Answer { id: 2, answer: Err(Box::new(refusal)) });
    assert_eq!(notice(&desk), "it is not trusted (press r)");
    desk.later(Duration::from_secs(9));
    assert_eq!(notice(&desk), "");
}

#[test]
fn what_the_filter_hides_is_not_acted_upon() {
    let mut desk = desk();
    desk.types("/zzzz\n");
    assert_eq!(desk.model.screen.selected, None);
    for key in ["x", "u", "c", "r", "a", "d", "C", "n", "y"] {
        assert!(desk.types(key).is_empty(), "{key}");
        assert_eq!(notice(&desk), "no device is selected; Esc takes the filter away", "{key}");
        assert!(desk.model.screen.popup.is_none() && desk.model.screen.typing.is_none());
    }
    assert!(desk.types(":disconnect\n").is_empty());
    assert!(desk.screen().contains("no device is selected"), "{}", desk.screen());
    desk.types("\x1b");
    desk.status(hub());
    assert_eq!(desk.model.screen.selected, None, "news select nothing either");
    desk.types("\x1b");
    assert_eq!(desk.model.selected_ski(), Some(ski(0x12)), "the first of all");
    desk.types(":filter zzzz\n");
    assert_eq!(desk.model.screen.selected, None);
}

#[test]
fn who_is_not_trusted_need_not_be_untrusted() {
    let mut desk = desk();
    let mut stranger = hub();
    stranger["peers"][1]["registered"] = json!(false);
    desk.status(stranger);
    desk.select(0x12);
    assert!(desk.types("u").is_empty());
    assert_eq!(notice(&desk), "Nordic Heat Pump is not trusted, it only asks: d denies it");
    assert!(desk.model.screen.popup.is_none());
}

#[test]
fn a_name_is_all_that_is_typed() {
    for (typed, name) in [
        ("Boiler left", "Boiler left"),
        (" Bob's \"big\" one $HOME ", "Bob's \"big\" one $HOME"),
        ("-left", "-left"),
        ("电表", "电表"),
    ] {
        let mut desk = desk();
        desk.types("n");
        assert!(desk.screen().contains("name for Demo Wallbox 11 kW:"), "{}", desk.screen());
        let effects = desk.types(&format!("{typed}\n"));
        assert_eq!(asked(&effects), json!({ "do": "rename", "ski": ski(0x11), "name": name }));
    }
    let mut desk = desk();
    desk.types("nBoiler left\n");
    assert_eq!(notice(&desk), format!("shipctl trust rename {} 'Boiler left' …", ski(0x11)));
    assert!(desk.types("n\n").is_empty(), "no name is none");
    assert!(desk.types("nx\x1b").is_empty() && desk.model.screen.typing.is_none());
}

#[test]
fn a_frozen_screen_stands_still_and_the_hub_goes_on() {
    let mut desk = desk();
    desk.types(" ");
    let before = desk.screen();
    let mut hub = hub();
    (hub["at_ms"], hub["metrics"]["connections"]) = (json!(90_000), json!(7));
    desk.status(hub);
    desk.later(Duration::from_secs(9));
    assert_eq!(desk.screen(), before);
    assert!(!desk.model.counts());
    desk.types(" ");
    assert!(desk.screen().contains(" 7 of 10"), "{}", desk.screen());
}

#[test]
fn a_screen_that_shows_nothing_takes_no_decision() {
    let mut desk = desk();
    desk.tell(Message::Resize(79, 24));
    for key in ["x", "u", "y", "X", "y"] {
        assert!(desk.types(key).is_empty(), "{key}");
    }
    desk.tell(Message::Paste("2".to_owned()));
    desk.tell(Message::Resize(120, 40));
    assert!(desk.model.screen.popup.is_none() && notice(&desk).is_empty());
    desk.tell(Message::Resize(79, 24));
    assert!(desk.screen().contains("q quits"));
    let effects = desk.ctrl('c');
    assert!(matches!(effects[..], [Effect::Quit(Exit::Interrupted)]), "{effects:?}");
    for open in ["", "u", ":", "?"] {
        let mut desk = self::desk();
        desk.types(open);
        desk.tell(Message::Resize(79, 24));
        assert!(matches!(desk.types("q")[..], [Effect::Quit(Exit::Done)]), "{open}");
    }
    desk.model.embedded = true;
    assert!(desk.screen().contains("q ends the hub"));
    assert_eq!(asked(&desk.types("q")), json!({ "do": "shutdown" }));
    assert!(desk.types("q").is_empty(), "twice is no hurry");
}

#[test]
fn panes_tabs_and_devices_are_reached_by_keys_and_mouse() {
    let mut desk = desk();
    desk.types("\t");
    assert_eq!(desk.model.screen.pane, Pane::Detail);
    desk.types("2");
    assert_eq!(desk.model.screen.tab, Tab::Messages);
    desk.types("\tk");
    assert_eq!(desk.model.screen.log_back, 1);
    desk.types("\t");
    desk.press(KeyCode::Home);
    assert_eq!(desk.model.selected_ski(), Some(ski(0x12)), "what needs somebody comes first");
    let mut click = |column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        desk.tell(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        (desk.model.screen.selected.clone(), desk.model.screen.tab)
    };
    assert_eq!(click(4, 7).0, Some(Key::Ski(ski(0x11))));
    assert_eq!(click(30, 11).1, Tab::Service);
    click(119, 39);
}

#[test]
fn an_attached_dashboard_just_leaves_and_one_with_a_hub_ends_it_first() {
    let mut attached = desk();
    assert!(matches!(attached.types("q")[..], [Effect::Quit(Exit::Done)]));
    assert!(matches!(attached.ctrl('c')[..], [Effect::Quit(Exit::Interrupted)]));
    let mut embedded = desk();
    embedded.model.embedded = true;
    assert!(embedded.types("q").is_empty());
    assert!(matches!(embedded.model.screen.popup, Some(Popup::Leave)));
    assert_eq!(asked(&embedded.types("y")), json!({ "do": "shutdown" }));
    assert!(embedded.screen().contains("the hub ends in order"), "{}", embedded.screen());
    let forced = Map::from_iter([("forced".to_owned(), json!(true))]);
    let effects = embedded.tell(Message::Answer { id: 1, answer: Ok(forced) });
    assert!(matches!(effects[..], [Effect::Quit(Exit::Findings)]));
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut desk = desk();
    desk.model.embedded = true;
    assert_eq!(asked(&desk.ctrl('c')), json!({ "do": "shutdown" }));
    assert!(matches!(desk.ctrl('c')[..], [Effect::Quit(Exit::Findings)]));
    let mut desk = self::desk();
    desk.model.embedded = true;
    assert_eq!(asked(&desk.tell(Message::Signal(Exit::Terminated))), json!({ "do": "shutdown" }));
    let effects = desk.tell(Message::Answer { id: 1, answer: Ok(Map::new()) });
    assert!(matches!(effects[..], [Effect::Quit(Exit::Terminated)]));
}

#[test]
fn the_ski_is_copied_and_what_is_shown_is_exported() {
    let mut desk = desk();
    let effects = desk.types("y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if *text == ski(0x11).to_string()));
    let effects = desk.types("e");
    let [Effect::Export { file: None, extension: "txt", text }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(text.contains("Demo Wallbox 11 kW"), "{text}");
    let effects = desk.types("E");
    let [Effect::Export { file: None, extension: "json", text }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let all: Value = serde_json::from_str(text).unwrap();
    assert_eq!(all["peer"]["ski"], json!(ski(0x11)));
    assert_eq!(all["messages"].as_array().unwrap().len(), 4);
    assert_eq!(all["log"].as_array().unwrap().len(), 3);
}

#[test]
fn our_own_code_is_what_the_hub_tells() {
    let mut desk = desk();
    assert_eq!(asked(&desk.types("o")), json!({ "do": "identity" }));
    assert!(desk.screen().contains("waiting for the hub"), "{}", desk.screen());
    let refusal = Refusal::new("unknown", 69, "it is not known here", None);
    desk.tell(Message::Answer { id: 1, answer: Err(Box::new(refusal)) });
    assert!(desk.model.screen.popup.is_none(), "nothing more will come");
    desk.own_qr();
    assert!(desk.screen().contains("MODEL:shipctl;ENDSHIP;"), "{}", desk.screen());
}

#[test]
fn follow_selects_what_something_happens_to() {
    let mut desk = desk();
    desk.types("f");
    let event = json!({ "ts": "", "event": "state", "ski": ski(0x13) });
    let happening = crate::control::wire::Happening { event, say: Vec::new() };
    desk.tell(Message::Happening(Box::new(happening)));
    assert_eq!(desk.model.selected_ski(), Some(ski(0x13)));
}

#[test]
fn a_trace_is_begun_and_ended_by_a_key_and_a_light_says_so_meanwhile() {
    let mut desk = desk();
    let begun = asked(&desk.types("w"));
    assert_eq!(begun["do"], "trace-start");
    let file = std::path::PathBuf::from(begun["file"].as_str().unwrap());
    assert!(file.is_absolute() && file.extension().is_some_and(|it| it == "trace"), "{file:?}");
    let mut recording = hub();
    recording["node"]["recording"] = json!({ "file": "/home/me/a.trace", "since_ms": 5_250 });
    desk.status(recording);
    let screen = desk.screen();
    assert!(screen.contains("REC") && screen.contains("a.trace"), "{screen}");
    assert_eq!(asked(&desk.types("W")), json!({ "do": "trace-stop" }));
    let file = json!({ "file": "/home/me/a.trace" });
    let ended = Ok(file.as_object().unwrap().clone());
    desk.tell(Message::Answer { id: desk.model.last_id, answer: ended });
    assert_eq!(notice(&desk), "recorded in /home/me/a.trace");
    desk.status(hub());
    assert!(!desk.screen().contains("REC"));
    let named = asked(&desk.types(":trace start /elsewhere/b --trace-full\n"));
    assert_eq!((&named["file"], &named["full"]), (&json!("/elsewhere/b"), &json!(true)));
}
