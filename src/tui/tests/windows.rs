//! Windows: which open by themselves, what they take, and what devices want told without one.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    super::{effect::Effect, message::Message, model::Popup},
    kit::{COLOUR, Desk, asked, desk, notice, ski},
    written::hub,
};
use crate::{cli::exit::Exit, control::wire::Happening};

#[test]
fn a_request_opens_by_itself_and_takes_keys_only_after_a_pause() {
    let mut desk = Desk::new(COLOUR, (80, 24));
    desk.status(hub());
    assert!(
        matches!(desk.model.screen.popup, Some(Popup::Request { ski: who, .. }) if who == ski(0x12))
    );
    for _ in 0..30 {
        assert!(desk.types("a").is_empty(), "typed before it could be read");
        assert!(notice(&desk).contains("pause"), "{}", notice(&desk));
        desk.later(Duration::from_millis(100));
    }
    desk.later(Duration::from_millis(899));
    assert!(desk.types("ad\x1blq").is_empty(), "keys have not paused for a second");
    assert!(matches!(desk.model.screen.popup, Some(Popup::Request { .. })));
    desk.later(Duration::from_secs(1));
    assert!(desk.types("\n").is_empty(), "Enter does not decide");
    assert_eq!(notice(&desk), "answer the request first: a, d, or Esc for later");
    desk.later(Duration::from_secs(1));
    assert_eq!(asked(&desk.types("a")), json!({ "do": "accept", "ski": ski(0x12) }));
    desk.status(hub());
    assert!(desk.model.screen.popup.is_none(), "the same request asks once");
}

#[test]
fn a_request_gives_way_to_help_and_leaving_and_comes_back() {
    let mut desk = Desk::new(COLOUR, (80, 24));
    desk.model.embedded = true;
    desk.status(hub());
    for (key, back) in [("?", "q"), ("q", "n")] {
        desk.later(Duration::from_secs(1));
        desk.types(key);
        assert!(matches!(desk.model.screen.popup, Some(Popup::Help { .. } | Popup::Leave)));
        desk.types(back);
        desk.later(Duration::from_secs(1));
        assert!(matches!(desk.model.screen.popup, Some(Popup::Request { .. })), "after {key}");
    }
    desk.model.embedded = false;
    desk.later(Duration::from_secs(1));
    assert!(matches!(desk.types("q")[..], [Effect::Quit(Exit::Done)]));
}

#[test]
fn a_key_that_means_nothing_in_a_window_is_told_what_does() {
    let mut desk = desk();
    for (opens, key, says) in [
        ("u", "q", "y or n"),
        ("\x1bX", "?", "y or n"),
        ("\x1b?", "c", "close this window first: Esc"),
    ] {
        desk.types(opens);
        assert!(desk.types(key).is_empty());
        assert!(notice(&desk).contains(says), "{}", notice(&desk));
        assert!(desk.model.screen.popup.is_some());
    }
}

#[test]
fn a_request_counts_down_and_closes_when_it_is_over() {
    let mut desk = Desk::new(COLOUR, (80, 24));
    desk.status(hub());
    assert!(desk.screen().contains("Time left to decide: 0:53"), "{}", desk.screen());
    desk.later(Duration::from_secs(10));
    assert!(desk.screen().contains("Time left to decide: 0:43"), "{}", desk.screen());
    let mut over = hub();
    over["peers"][1]["state"] = json!("None");
    desk.status(over);
    assert!(desk.model.screen.popup.is_none());
    desk.status(hub());
    assert!(desk.model.screen.popup.is_some(), "it asks again");
}

/// The hub, one of whose devices wants a PIN.
fn wants_pin(refused: bool, wrong: u32, busy: bool) -> Value {
    let mut hub = hub();
    hub["peers"][0]["pin_wanted"] = json!({
        "required": true, "refused": refused, "wrong": wrong, "busy": busy, "since_ms": 65_000,
    });
    hub
}

/// What the hub tells of a PIN.
fn tells(desk: &mut Desk, event: Value) -> String {
    let mut told = json!({ "ts": "", "ski": ski(0x11) });
    told.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
    let happening = Happening { event: told, say: Vec::new() };
    desk.tell(Message::Happening(Box::new(happening)));
    notice(desk)
}

fn pin_event(refused: bool, wrong: u32, busy: bool) -> Value {
    json!({ "event": "pin_wanted", "required": true, "refused": refused, "wrong": wrong, "busy": busy })
}

#[test]
fn a_pin_that_is_wanted_is_told_and_asked_for_only_when_somebody_says_so() {
    let mut desk = desk();
    desk.select(0x13);
    assert_eq!(
        tells(&mut desk, pin_event(false, 0, false)),
        "Demo Wallbox 11 kW wants its PIN: p enters it"
    );
    desk.status(wants_pin(false, 0, false));
    desk.later(Duration::from_secs(10));
    assert!(desk.model.screen.popup.is_none(), "keys go where they went before");
    assert_eq!(desk.model.selected_ski(), Some(ski(0x13)));
    assert!(desk.screen().contains("PIN wanted: p"), "{}", desk.screen());
    desk.types("p");
    let open = &desk.model.screen.popup;
    assert!(matches!(open, Some(Popup::Pin { ski: who, .. }) if *who == ski(0x11)), "{open:?}");
    desk.types("q?Cpg1");
    assert!(desk.screen().contains("PIN *"), "{}", desk.screen());
    assert!(!desk.screen().contains("PIN ***"), "{}", desk.screen());
    desk.types("x");
    assert!(desk.screen().contains("hex digits only; Esc closes"), "{}", desk.screen());
    desk.types("\x1b");
    assert!(desk.model.screen.popup.is_none());
    desk.status(hub());
    desk.types("p");
    assert_eq!(notice(&desk), "no device wants a PIN now");
}

#[test]
fn a_pin_is_masked_checked_and_sent() {
    let mut desk = desk();
    desk.status(wants_pin(false, 0, false));
    desk.types("p");
    assert!(desk.types("12ab\n").is_empty());
    assert!(matches!(&desk.model.screen.popup, Some(Popup::Pin { wrong: Some(_), .. })));
    let effects = desk.types("cd34\n");
    assert_eq!(asked(&effects), json!({ "do": "enter-pin", "ski": ski(0x11), "pin": "12ABCD34" }));
    assert!(!format!("{:?} {effects:?}", desk.model).contains("12AB"), "{:?}", desk.model);
    assert!(!notice(&desk).contains("12AB"));
}

#[test]
fn what_becomes_of_a_pin_is_told() {
    let mut desk = desk();
    desk.status(wants_pin(false, 0, false));
    desk.types("p12345678\n");
    assert_eq!(notice(&desk), "the PIN goes to Demo Wallbox 11 kW …");
    desk.tell(Message::Answer { id: 1, answer: Ok(Map::new()) });
    assert_eq!(notice(&desk), "the PIN goes to Demo Wallbox 11 kW, and is being checked");
    assert_eq!(
        tells(&mut desk, pin_event(true, 1, false)),
        "the PIN for Demo Wallbox 11 kW was wrong, once so far; p enters another"
    );
    desk.status(wants_pin(true, 1, false));
    desk.types("p");
    assert!(desk.screen().contains("the last PIN was wrong, once so far"), "{}", desk.screen());
    desk.types("12345678\n");
    let penalty = "the PIN for Demo Wallbox 11 kW was wrong, 3 times so far; its penalty runs now";
    assert_eq!(tells(&mut desk, pin_event(true, 3, true)), penalty);
    desk.tell(Message::Answer { id: 2, answer: Ok(Map::new()) });
    assert_eq!(notice(&desk), penalty, "an answer that comes late takes nothing back");
    desk.status(wants_pin(true, 3, true));
    let again = "Demo Wallbox 11 kW takes a PIN again: p enters it";
    assert_eq!(tells(&mut desk, pin_event(true, 3, false)), again);
    let right = json!({ "event": "pin_accepted" });
    assert_eq!(tells(&mut desk, right), "the PIN for Demo Wallbox 11 kW was right");
    desk.types("p");
    desk.status(hub());
    assert!(desk.model.screen.popup.is_none(), "nothing is to be entered any more");
}

#[test]
fn whom_the_hub_has_forgotten_has_no_keys_of_a_trusted_device() {
    let mut desk = desk();
    assert!(desk.screen().contains("x disconnect"), "{}", desk.screen());
    let mut forgotten = hub();
    forgotten["peers"].as_array_mut().unwrap().remove(0);
    desk.status(forgotten);
    let screen = desk.screen();
    assert!(!screen.contains("x disconnect") && screen.contains("r trust"), "{screen}");
}
