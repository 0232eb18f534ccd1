//! What goes to stdout, to stderr and to the log.

use std::fs;

use super::kit::*;

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_an_error_and_a_closed_one_is_not() {
    let shipctl = Shipctl::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = shipctl.command(&["identity", "show"]).stdout(full).output().unwrap();
    Ran::of(ran).failed(74, "cannot write to stdout");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = shipctl.command(&["identity", "show"]).stdout(writer).output().unwrap();
    assert_eq!(Ran::of(ran).done().err, "");
}

#[test]
fn off_a_terminal_there_are_neither_colours_nor_cursor_movements() {
    let shipctl = Shipctl::new();
    let mut command = shipctl.command(&["identity", "qr"]);
    let ran = Ran::of(command.env_remove("NO_COLOR").output().unwrap());
    assert!(ran.done().out.starts_with("SHIP;SKI:"), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error() {
    let shipctl = Shipctl::new();
    let log = shipctl.path("nowhere/shipctl.log");
    shipctl.run(&["trust", "list", "--log-file", &log]).failed(74, "nowhere/shipctl.log");
}
