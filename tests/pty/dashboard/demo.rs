//! The demo, as in its first minute: let a device in, enter a PIN, disconnect, quit.

use super::{
    Asks, BOILER, ESCAPE, PIN, PIN_POPUP, WANTED, all_registered, asked, demo, ended_in_order,
    ends, enter_pin, let_in, says, settle,
};

const WRONG: &str = "87654321";

#[test]
fn a_demo_is_steered_from_its_dashboard_to_its_end() {
    let (_home, terminal) = demo();
    // Whichever comes first hides the other one.
    let mut asks = Vec::new();
    while let Some(what) = asked(&terminal) {
        asks.push(what);
        match what {
            Asks::Pairing => {
                terminal.shows("Example Clean 60 asks to be paired");
                terminal.shows("Time left to decide: 0:");
                let_in(&terminal);
                says(&terminal, "Clean 60", "connected");
            }
            Asks::Pin => {
                // What is typed meanwhile goes where it went before.
                terminal.hides(PIN_POPUP);
                if !enter_pin(&terminal, WRONG) {
                    asks.pop();
                    continue;
                }
                terminal
                    .shows("the PIN for Example Hot 200 was wrong, once so far; p enters another");
                says(&terminal, BOILER, WANTED);
                while !enter_pin(&terminal, PIN) {
                    asks.push(Asks::Pairing);
                    let_in(&terminal);
                }
                says(&terminal, BOILER, "connected");
            }
        }
    }
    asks.sort_by_key(|asks| *asks as u8);
    assert_eq!(asks, [Asks::Pairing, Asks::Pin], "each asks once");

    // What can be taken back needs no second word.
    terminal.type_in("/Charge\r");
    terminal.shows("devices 1 ");
    terminal.shows("· Example Charge 11");
    terminal.type_in("x");
    says(&terminal, "Charge 11", "until c connects");
    terminal.type_in("c");
    says(&terminal, "Charge 11", "connected");

    // What is lost does.
    terminal.type_in("u");
    terminal.shows("trust it no longer?");
    terminal.type_in("n");
    terminal.hides("are you sure?");
    says(&terminal, "Charge 11", "yes");
    terminal.type_in("u");
    terminal.shows("are you sure?");
    terminal.type_in("y");
    says(&terminal, "Charge 11", "r trusts it");
    terminal.type_in(ESCAPE);
    terminal.shows("devices 8 ");

    terminal.type_in("q");
    terminal.shows("Quitting also stops the hub");
    terminal.type_in("y");
    let ended = ends(terminal, 0);
    ended_in_order(&ended);
    assert!(!ended.raw.contains(PIN));
    assert_eq!(ended.lines, [""; 0], "nothing of it stays: {:#?}", ended.lines);
}

#[test]
fn every_device_is_disconnected_at_once_after_a_second_word() {
    let (_home, terminal) = demo();
    settle(&terminal);
    all_registered(&terminal);
    terminal.type_in("X");
    terminal.shows("refuse those asking to be paired?");
    terminal.type_in("y");
    for name in ["Charge 11", "Clean 60", "Hot 200", "Store 7"] {
        says(&terminal, name, "until c connects");
    }
    // Now there is nothing to lose.
    terminal.type_in("q");
    ends(terminal, 0);
}
