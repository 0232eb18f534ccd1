//! However it ends, the terminal is as it was before.

use std::{io::Read as _, sync::mpsc, thread};

use pty_process::{
    Size,
    blocking::{Command, open},
};
use rustix::process::Signal;

use super::{SIZE, alone, ends};
use crate::{
    program::Shipctl,
    terminal::{DEADLINE, INTERRUPT},
};

#[test]
fn the_terminal_is_taken_whole() {
    let (_home, terminal) = alone(&[], &[]);
    terminal.wait_for_modes("a terminal that is ours", |it| {
        it.alternate && it.cursor_hidden && it.mouse && it.bracketed_paste
    });
    assert!(!terminal.echoes());
    terminal.type_in("q");
    let ended = ends(terminal, 0);
    assert_eq!(ended.lines, [""; 0], "{:#?}", ended.lines);
}

#[test]
fn a_signal_ends_it_with_a_code_of_its_own() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 143)] {
        let (_home, terminal) = alone(&[], &[]);
        terminal.signal(signal);
        ends(terminal, code);
    }
}

#[test]
fn a_key_that_interrupts_ends_it_like_the_signal() {
    let (_home, terminal) = alone(&[], &[]);
    terminal.type_in(INTERRUPT);
    ends(terminal, 130);
}

#[test]
fn a_terminal_that_goes_away_ends_it_in_order() {
    let home = Shipctl::unused();
    let (mut pty, program) = open().unwrap();
    pty.resize(Size::new(SIZE.1, SIZE.0)).unwrap();
    let command = Command::from(home.command(&["tui"], 0));
    let mut child = command.spawn(program).unwrap();
    let mut seen = String::new();
    while !seen.contains("mDNS is off") {
        let mut bytes = [0; 4096];
        let read = pty.read(&mut bytes).unwrap();
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    drop(pty);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    let status = ended.recv_timeout(DEADLINE).expect("an end").unwrap();
    assert_eq!(status.code(), Some(143));
}
