//! On a hub that runs elsewhere.

use super::{SIZE, ends};
use crate::program::Shipctl;

#[test]
fn leaving_a_running_hub_leaves_it_running() {
    let home = Shipctl::new();
    let mut hub = home.beside(&["hub", "run"]);
    hub.event("started");
    let whose = format!("attached to the hub of process {}", hub.pid());
    for _ in 0..2 {
        let terminal = home.start_sized(SIZE, &["tui"], &[]);
        terminal.shows(&whose);
        terminal.shows("mDNS is off");
        terminal.type_in("q");
        ends(terminal, 0);
    }
    let (code, status) = home.beside(&["status"]).end();
    assert_eq!((code, &status["outcome"]), (0, &"status".into()), "{status}");
}

#[test]
fn a_hub_that_dies_is_said_to_be_gone() {
    let home = Shipctl::new();
    let mut hub = home.beside(&["hub", "run"]);
    hub.event("started");
    let terminal = home.start_sized(SIZE, &["tui"], &[]);
    terminal.shows("attached to the hub");
    terminal.shows("mDNS is off");
    drop(hub);
    terminal.shows("the hub is gone");
    terminal.shows("what is shown is the last that was known. q quits");
    terminal.type_in("q");
    ends(terminal, 66);
}

#[test]
fn a_hub_is_told_to_end_only_after_a_second_word() {
    let home = Shipctl::new();
    let mut hub = home.beside(&["hub", "run"]);
    hub.event("started");
    let terminal = home.start_sized(SIZE, &["tui"], &[]);
    terminal.shows("attached to the hub");
    terminal.type_in("S");
    terminal.shows("Stop the running hub for everybody?");
    terminal.type_in("y");
    terminal.shows("the hub is gone");
    assert_eq!(hub.end().0, 0);
    terminal.type_in("q");
    ends(terminal, 66);
}
