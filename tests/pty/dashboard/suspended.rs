//! Ctrl-Z and back.

use std::process::Command;

use rustix::process::Signal;

use super::{SIZE, alone, ends};
use crate::{program::Shipctl, terminal::Terminal};

#[test]
fn a_shell_gets_the_terminal_back_and_gives_it_again() {
    let home = Shipctl::unused();
    let dashboard = home.command(&["tui"], 0);
    let mut shell = Command::new("sh");
    shell.arg("-i").env_remove("ENV").env("PS1", "shell> ");
    for (name, value) in dashboard.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let words = [dashboard.get_program()].into_iter().chain(dashboard.get_args());
    let line: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
    let terminal = Terminal::start_sized(SIZE, shell.into());
    terminal.shows("shell>");

    terminal.type_in(&format!("{}\n", line.join(" ")));
    terminal.shows("hub in this process");
    terminal.shows("mDNS is off");
    terminal.type_in("\x1a");
    terminal.shows("Stopped");
    terminal.wait_for_modes("the terminal of the shell", |it| {
        !it.alternate && !it.cursor_hidden && !it.mouse && !it.bracketed_paste
    });
    terminal.type_in("fg\n");
    terminal.shows("mDNS is off");
    terminal.wait_for_modes("a terminal that is ours", |it| {
        it.alternate && it.cursor_hidden && it.mouse && it.bracketed_paste
    });
    assert!(!terminal.echoes());
    terminal.type_in("q");
    terminal.wait_for_modes("the terminal of the shell", |it| !it.alternate);
    terminal.type_in("echo ended $?\n");
    terminal.shows("ended 0");
    terminal.type_in("exit\n");
    ends(terminal, 0);
}

#[test]
fn a_signal_that_stops_it_gives_the_terminal_back_meanwhile() {
    let (_home, terminal) = alone(&[], &[]);
    let before = terminal.before().clone();
    for _ in 0..2 {
        terminal.signal(Signal::TSTP);
        terminal.is_stopped();
        terminal.wait_for_modes("the terminal as it was", |it| *it == before);
        terminal.signal(Signal::CONT);
        terminal.wait_for_modes("a terminal that is ours", |it| it.alternate && it.cursor_hidden);
        terminal.shows("mDNS is off");
    }
    terminal.type_in("q");
    ends(terminal, 0);
}
