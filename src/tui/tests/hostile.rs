//! What devices write never breaks a line, the layout or the terminal.

use serde_json::json;

use super::{
    kit::{ASCII, COLOUR, Desk},
    written::{happenings, hub, messages},
};
use crate::{cli::output::text::width, proto::text::is_hidden, tui::message::Message};

const TEXTS: &[&str] = &[
    "\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "a\nb\r\nc\td\u{8}\u{7f}\u{9b}31m",
    "\u{202E}desrever\u{202C}\u{2066}x\u{2069}\u{200B}\u{FEFF}",
    "👨‍👩‍👧‍👦 ❤️ 🏳️‍🌈 1️⃣ 👍🏽",
    "Z\u{351}\u{36B}\u{343}\u{36A}\u{302}\u{36B}\u{33D}\u{34F}\u{334}\u{319}\u{324}\u{31E}algo",
    "\u{FFFD}\u{FFFD} caf\u{FFFD}",
    "充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩充电桩",
    "ﷺﷺﷺ נסיון ناقل",
];

fn desk(text: &str, ascii: bool, size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(if ascii { ASCII } else { COLOUR }, size);
    let mut hub = hub();
    for service in hub["services"].as_array_mut().unwrap() {
        for field in ["brand", "model", "type", "serial", "name", "host", "instance", "path"] {
            service[field] = json!(text);
        }
        service["interfaces"] = json!([text]);
        service["txt"] = json!([[text, text], ["brand", text]]);
    }
    hub["peers"][0]["name"] = json!(text);
    hub["peers"][0]["findings"][0]["seen"] = json!(text);
    hub["peers"][0]["history"][3]["address"] = json!(text);
    hub["peers"][0]["connection"]["transport"]["certificate"]["subject"] = json!(text);
    desk.status(hub);
    for mut message in messages() {
        (message.text, message.kind) = (text.to_owned(), text.to_owned());
        message.json = Some(json!({ text: text }).to_string());
        desk.tell(Message::Transfer(Box::new(message)));
    }
    for mut happening in happenings() {
        happening.say[0].text = text.to_owned();
        happening.say[0].stage = text.to_owned();
        happening.event["ts"] = json!(text);
        desk.tell(Message::Happening(Box::new(happening)));
    }
    desk
}

#[test]
fn no_text_of_a_device_breaks_the_screen() {
    let long = "W".repeat(200);
    for text in TEXTS.iter().copied().chain([long.as_str()]) {
        for ascii in [false, true] {
            for size in [(80, 24), (200, 60)] {
                let mut desk = desk(text, ascii, size);
                look_at(&desk);
                desk.later(std::time::Duration::from_secs(1));
                desk.types("\x1b");
                desk.select(0x11);
                for keys in ["1", "2", "3", "4", "2\t\n", "x", "\x1b", "u", "n", "?"] {
                    desk.types(keys);
                    look_at(&desk);
                }
            }
        }
    }
}

/// Every cell holds something that takes exactly its place, and the edges are where they belong.
fn look_at(desk: &Desk) {
    let buffer = desk.buffer();
    for cell in &buffer.content {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(is_hidden), "{symbol:?}");
        assert!(!symbol.contains('\u{FE0F}'), "{symbol:?}");
        assert!(symbol.chars().count() <= 2, "{symbol:?}");
    }
    for line in buffer.content.chunks(buffer.area.width.into()) {
        let mut taken = 0;
        let mut x = 0;
        while x < line.len() {
            let columns = width(line[x].symbol()).max(1);
            taken += columns;
            x += columns;
        }
        assert_eq!(taken, usize::from(buffer.area.width));
    }
    let screen = desk.screen();
    assert!(screen.starts_with("shipctl  attached to the hub of process 4711"), "{screen}");
    let lines: Vec<&str> = screen.lines().collect();
    assert!(lines[1].starts_with("SKI A1A1 A1A1"), "{screen}");
}

#[test]
fn what_is_pasted_is_as_harmless() {
    let mut desk = Desk::with_hub(COLOUR, (80, 24));
    desk.types("/");
    desk.tell(Message::Paste(format!("{}\n:shutdown\n", TEXTS.concat())));
    look_at(&desk);
    desk.types("\n:");
    desk.tell(Message::Paste(TEXTS.concat()));
    look_at(&desk);
}
