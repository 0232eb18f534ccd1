//! Every view and every popup, at three sizes, in colour and in ASCII. `INSTA_UPDATE=always` writes
//! them again.

use std::time::Duration;

use crossterm::event::KeyCode;
use serde_json::json;

use super::{
    super::{message::Message, theme::Theme},
    kit::{ASCII, COLOUR, Desk},
    written::hub,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Compares what `act` leads to with what is written down.
fn looks(name: &str, act: impl Fn(&mut Desk)) {
    looks_from(name, Desk::with_hub, act);
}

fn looks_from(name: &str, desk: fn(Theme, (u16, u16)) -> Desk, act: impl Fn(&mut Desk)) {
    for (columns, lines) in SIZES {
        let mut colour = desk(COLOUR, (columns, lines));
        act(&mut colour);
        insta::assert_snapshot!(format!("{name}-{columns}x{lines}-colour"), colour.styled());
        let mut ascii = desk(ASCII, (columns, lines));
        act(&mut ascii);
        let screen = ascii.screen();
        assert!(screen.is_ascii(), "{screen}");
        insta::assert_snapshot!(format!("{name}-{columns}x{lines}-ascii"), screen);
    }
}

#[test]
fn before_the_hub_has_told_anything() {
    looks_from("empty", Desk::new, |_| ());
}

#[test]
fn the_timeline() {
    looks("timeline", |_| ());
}

#[test]
fn the_timeline_looked_at_closely() {
    looks("zoomed", |desk| drop(desk.types("+++h")));
}

#[test]
fn the_messages() {
    looks("messages", |desk| drop(desk.types("2\tk")));
}

#[test]
fn the_service() {
    looks("service", |desk| drop(desk.types("3")));
}

#[test]
fn the_findings() {
    looks("findings", |desk| drop(desk.types("4")));
}

#[test]
fn a_filter_being_typed() {
    looks("filter", |desk| drop(desk.types("/pump")));
}

#[test]
fn the_command_line_completing() {
    looks("command", |desk| drop(desk.types(":di\t")));
}

#[test]
fn a_frozen_screen() {
    looks("frozen", |desk| drop(desk.types(" ")));
}

#[test]
fn a_hub_that_is_gone() {
    looks("gone", |desk| {
        desk.tell(super::super::message::Message::Gone("the hub has ended".to_owned()));
    });
}

#[test]
fn the_shutdown() {
    looks("shutdown", |desk| {
        let mut hub = hub();
        let phase = |phase: &str,
                     state: &str,
                     began: Option<u64>,
                     limit: u64,
                     took: Option<u64>| {
            json!({ "phase": phase, "state": state, "began_ms": began, "limit_ms": limit, "took_ms": took })
        };
        hub["shutdown"] = json!("close");
        hub["phases"] = json!([
            phase("stop_listening", "done", Some(63_000), 1_000, Some(12)),
            phase("withdraw", "overran", Some(63_012), 1_000, Some(1_000)),
            phase("cancel", "done", Some(64_012), 1_000, Some(0)),
            phase("close", "running", Some(64_012), 5_000, None),
        ]);
        desk.status(hub);
    });
}

#[test]
fn a_request_to_be_paired() {
    looks_from("request", Desk::new, |desk| desk.status(hub()));
}

#[test]
fn a_pin_being_typed() {
    looks("pin", |desk| {
        let mut hub = hub();
        hub["peers"][0]["pin_wanted"] = json!({
            "required": true, "refused": true, "wrong": 1, "busy": false, "since_ms": 65_000,
        });
        desk.status(hub);
        desk.types("p");
        desk.later(Duration::from_secs(1));
        desk.types("1234abcd");
        assert!(!desk.screen().contains("1234abcd"));
    });
}

#[test]
fn a_question_before_something_is_lost() {
    looks("question", |desk| drop(desk.types("u")));
}

#[test]
fn a_question_before_leaving_ends_the_hub() {
    looks("leave", |desk| {
        desk.model.embedded = true;
        desk.types("q");
    });
}

#[test]
fn the_help() {
    looks("help", |desk| drop(desk.types("?")));
}

#[test]
fn our_own_qr_code() {
    looks("qr", Desk::own_qr);
}

#[test]
fn the_state_as_the_command_prints_it() {
    looks("status", |desk| {
        desk.types(":status\n");
        let answer = json!({ "hub": hub() });
        desk.tell(Message::Answer { id: 1, answer: Ok(answer.as_object().unwrap().clone()) });
    });
}

#[test]
fn a_message_as_json() {
    looks("record", |desk| {
        desk.types("2\tk");
        desk.press(KeyCode::Enter);
    });
}

#[test]
fn a_message_as_bytes() {
    looks("bytes", |desk| {
        desk.types("2\tk");
        desk.types("\nx");
    });
}

#[test]
fn a_hub_that_has_ended_in_order_runs_no_step_any_more() {
    for size in SIZES {
        let mut desk = Desk::with_hub(COLOUR, size);
        let mut hub = hub();
        hub["shutdown"] = json!("close");
        hub["phases"] = json!([{
            "phase": "close", "state": "running", "began_ms": 64_012, "limit_ms": 5_000,
            "took_ms": null,
        }]);
        desk.status(hub);
        desk.select(0x12);
        assert!(desk.screen().contains(" runs "), "{}", desk.screen());
        assert!(!desk.screen().contains("a accept"), "{}", desk.screen());
        desk.tell(Message::Gone("the hub has ended".to_owned()));
        let screen = desk.screen();
        assert!(!screen.contains(" runs ") && screen.contains("the hub has ended"), "{screen}");
        let first = screen.lines().next().unwrap();
        assert!(first.ends_with("the hub is gone"), "{first}");
        assert!(!first.contains("shipct  "), "{first}");
        assert!(first.contains("shipctl-a1a1a1a1") || first.contains('…'), "{first}");
    }
}

#[test]
fn a_terminal_that_is_too_small_says_so_in_words_that_fit() {
    for (columns, lines, says) in [
        (79, 24, "shipctl needs 80 × 24"),
        (80, 23, "shipctl needs 80 × 24"),
        (30, 5, "make it larger; q quits"),
        (20, 5, "needs 80 × 24\nq quits"),
        (10, 2, "80 × 24\nq quits"),
        (7, 1, "q quits"),
        (1, 1, ""),
        (0, 0, ""),
    ] {
        let screen = Desk::with_hub(COLOUR, (columns, lines)).screen();
        assert!(screen.contains(says) && !screen.contains('…'), "{columns} × {lines}: {screen}");
    }
}

#[test]
fn every_size_from_the_smallest_to_the_widest_can_be_drawn() {
    for columns in (80..260).step_by(23).chain([149, 150, 1000]) {
        for lines in [24, 31, 100] {
            let mut desk = Desk::with_hub(COLOUR, (columns, lines));
            for keys in ["", "2", "3", "4", "?"] {
                desk.types(keys);
                let screen = desk.screen();
                assert!(screen.contains("shipctl"), "{columns}×{lines}");
                desk.press(KeyCode::Esc);
            }
        }
    }
}
