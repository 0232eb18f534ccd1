//! Looking around: filter, command line, tabs, mouse, clipboard, freeze, files, other sizes.

use std::fs;

use serde_json::Value;

use super::{ESCAPE, all_registered, demo, ended_in_order, ends, row, says, settle};
use crate::{
    program::Shipctl,
    terminal::{AGAIN, INTERRUPT, Terminal},
};

/// Stands only where messages are listed.
const GOT: &str = "← got ";

#[test]
fn a_demo_is_looked_at_from_every_side() {
    let (home, terminal) = demo();
    settle(&terminal);
    says(&terminal, "Charge 11", "connected");
    all_registered(&terminal);
    terminal.type_until("s", "devices by name", |lines| {
        lines.iter().find(|line| line.contains("devices 8") && line.contains("by name")).map(drop)
    });

    clicks_select(&terminal);
    filters(&terminal);
    tabs_change(&terminal);
    commands_complete(&terminal);
    let ski = copies(&terminal);
    exports(&terminal, &home, &ski);
    freezes(&terminal);
    takes_any_size(&terminal);

    terminal.type_in(INTERRUPT);
    ended_in_order(&ends(terminal, 130));
}

/// Clicks at the beginning of a part of the screen.
fn click(terminal: &Terminal, part: &str) {
    let (x, y) = terminal.wait_for(part, |lines| {
        let y = lines.iter().position(|line| line.contains(part))?;
        let x = lines[y].split(part).next()?.chars().count();
        Some((x + 1, y + 1))
    });
    terminal.type_in(&format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"));
}

fn clicks_select(terminal: &Terminal) {
    for name in ["Example Sun 10", "Example Charge 11"] {
        select(terminal, name);
    }
    click(terminal, "2 messages");
    terminal.shows(GOT);
    click(terminal, "1 timeline");
    terminal.hides(GOT);
    // The wheel moves what it is over.
    terminal.type_in("\x1b[<64;5;8M");
    terminal.hides("4 findings · Example Charge 11");
    select(terminal, "Example Charge 11");
}

fn filters(terminal: &Terminal) {
    terminal.type_in("/warm 8");
    terminal.shows("devices with: warm 8");
    terminal.shows("devices 1 ");
    terminal.type_in(ESCAPE);
    terminal.shows("devices 8 ");
    terminal.type_in("/nothing has this name\r");
    terminal.shows("nothing matches the filter");
    terminal.type_in(ESCAPE);
    terminal.shows("devices 8 ");
    select(terminal, "Example Charge 11");
}

/// Clicks at a device until it is selected: the rows may move while they are looked at.
fn select(terminal: &Terminal, name: &str) {
    let selected = format!("4 findings · {name}");
    terminal.repeat_until(
        || click(terminal, name),
        AGAIN,
        &selected,
        |lines| lines.iter().find(|line| line.contains(&selected)).map(drop),
    );
}

fn tabs_change(terminal: &Terminal) {
    terminal.type_in("2");
    terminal.shows(GOT);
    terminal.type_in("3");
    terminal.shows("what it offers (SPINE)");
    terminal.type_in("4");
    terminal.hides("what it offers (SPINE)");
    terminal.type_in("2");
    terminal.shows(GOT);
    // A message, whole, as it is and as bytes.
    terminal.type_in("\r");
    terminal.type_in("\r");
    terminal.shows("┌─ message");
    terminal.type_in("x");
    terminal.shows("000000  ");
    terminal.type_in(ESCAPE);
    terminal.hides("┌─ message");
    terminal.type_in("1");
    terminal.shows("handshake complete");
}

fn commands_complete(terminal: &Terminal) {
    terminal.type_in(":disc\t");
    terminal.shows(":disconnect");
    terminal.shows("Disconnect a device until told to connect");
    terminal.type_in("\r");
    says(terminal, "Charge 11", "until c connects");
    terminal.type_in(":con\t\r");
    says(terminal, "Charge 11", "connected");
    // By its name, in any case of its letters; it is quoted as the line needs it.
    terminal.type_in(":disconnect example ch\t");
    terminal.shows(":disconnect 'Example Charge 11'");
    terminal.type_in("\r");
    says(terminal, "Charge 11", "until c connects");
    terminal.type_in(":connect EXAMPLE CH\t\r");
    says(terminal, "Charge 11", "connected");
    // What is wrong stays, to be corrected.
    terminal.type_in(":limit many\r");
    terminal.shows("invalid value");
    terminal.shows(":limit many");
    terminal.type_in("\x177\r");
    terminal.shows(" of 7 ");
}

fn copies(terminal: &Terminal) -> String {
    terminal.type_in("y");
    let told = terminal.shows("copied, if the terminal allows it");
    let ski = told.split(' ').next().unwrap().to_owned();
    assert_eq!(ski.len(), 40, "{told}");
    terminal.writes(&format!("\x1b]52;c;{}\x1b\\", base64(ski.as_bytes())));
    ski
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        let digit = move |n: usize| char::from(DIGITS[bits >> (18 - 6 * n) & 63]);
        let used = chunk.len() + 1;
        (0..4).map(move |n| if n < used { digit(n) } else { '=' })
    });
    digits.collect()
}

fn exports(terminal: &Terminal, home: &Shipctl, ski: &str) {
    let written = |key, extension: &str| {
        terminal.type_in(key);
        let end = format!(".{extension}");
        let told = terminal.wait_for(extension, |lines| {
            lines.iter().rfind(|it| it.contains("written to") && it.ends_with(&end)).cloned()
        });
        let path = told.split("written to ").nth(1).unwrap();
        assert!(home.holds(path), "{path}");
        fs::read_to_string(path).unwrap()
    };
    let screen = written("e", "txt");
    assert!(screen.contains("Example Charge 11") && !screen.contains('\x1b'), "{screen}");
    let known: Value = serde_json::from_str(&written("E", "json")).unwrap();
    assert_eq!(known["peer"]["ski"], ski);
    assert_eq!(known["hub"]["peers"].as_array().unwrap().len(), 8);
    assert!(!known["messages"].as_array().unwrap().is_empty());
}

fn freezes(terminal: &Terminal) {
    terminal.type_in(" ");
    terminal.shows("FROZEN");
    terminal.type_in("x");
    terminal.shows("done: shipctl disconnect");
    let held = |lines: &[String]| row(lines, "Charge 11").filter(|row| row.contains("connected"));
    terminal.wait_for("the device as it was", held);
    terminal.type_in(" ");
    terminal.hides("FROZEN");
    says(terminal, "Charge 11", "until c connects");
    terminal.type_in("c");
    says(terminal, "Charge 11", "connected");
}

fn takes_any_size(terminal: &Terminal) {
    for size in [(200, 60), (80, 24), (60, 20), (1, 1), (79, 24), (120, 40)] {
        terminal.resize_to(size);
        if size.0 >= 80 {
            terminal.wait_for("the whole screen", |lines| {
                let ends_with_keys =
                    lines.len() == usize::from(size.1) && lines.last()?.contains(" quit");
                let is_whole = lines.first()?.starts_with("shipctl  hub in this process");
                (ends_with_keys && is_whole).then(|| row(lines, "Charge 11")).flatten()
            });
        } else if size.0 > 20 {
            terminal.shows(&format!("this terminal: {} × {}", size.0, size.1));
            terminal.hides("Charge 11");
        }
    }
}
