//! What the terminal can show, and what is said where it can show nothing.

use std::process::Stdio;

use super::{SIZE, alone, ends};
use crate::program::Shipctl;

/// The colours of a run, as they are written: the parameters of SGR that set one.
fn colours(args: &[&str], env: &[(&str, &str)]) -> Vec<String> {
    let (_home, terminal) = alone(args, env);
    terminal.type_in("?");
    terminal.shows("this help");
    terminal.type_in("qq");
    let raw = ends(terminal, 0).raw;
    let sequences = raw.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let sets = |sgr: &String| {
        let first = sgr.split(';').next().and_then(|it| it.parse::<u8>().ok()).unwrap_or(0);
        matches!(first, 30..=38 | 40..=48 | 90..=97 | 100..=107)
    };
    sequences.filter(sets).collect()
}

/// Whether it is one of the sixteen of every terminal.
fn is_of_sixteen(sgr: &str) -> bool {
    let index = sgr.strip_prefix("38;5;").or_else(|| sgr.strip_prefix("48;5;"));
    index.map_or(!sgr.contains(';'), |index| index.parse::<u8>().is_ok_and(|index| index < 16))
}

#[test]
fn only_the_colours_of_the_terminal_are_used() {
    let sixteen = colours(&[], &[("TERM", "xterm")]);
    assert!(!sixteen.is_empty() && sixteen.iter().all(|sgr| is_of_sixteen(sgr)), "{sixteen:?}");
    let indexed = colours(&[], &[("TERM", "xterm-256color")]);
    let is_of_table = |sgr: &String| sgr.starts_with("38;5;") || sgr.starts_with("48;5;");
    assert!(!indexed.is_empty() && indexed.iter().all(is_of_table), "{indexed:?}");
    assert!(indexed.iter().any(|sgr| !is_of_sixteen(sgr)));
    let any = colours(&[], &[("COLORTERM", "truecolor")]);
    assert!(any.iter().any(|sgr| sgr.starts_with("38;2;")), "{any:?}");
}

#[test]
fn unwanted_colours_are_not_written() {
    assert_eq!(colours(&[], &[("NO_COLOR", "1")]), [""; 0]);
    assert_eq!(colours(&["--color", "never"], &[]), [""; 0]);
}

#[test]
fn a_terminal_without_other_characters_gets_ascii() {
    for (args, env) in [(&["--ascii"][..], &[][..]), (&[], &[("LANG", "C")])] {
        let (_home, terminal) = alone(args, env);
        for keys in ["?", "q", "o"] {
            terminal.type_in(keys);
        }
        terminal.shows("our own QR code");
        terminal.type_in("qq");
        let raw = ends(terminal, 0).raw;
        assert!(raw.is_ascii(), "{:?}", raw.chars().find(|c| !c.is_ascii()));
    }
}

#[test]
fn without_a_terminal_it_names_what_works_there() {
    let home = Shipctl::unused();
    let piped = home.command(&["tui"], 0).stdin(Stdio::null()).output().unwrap();
    let mut told = vec![(piped.status.code(), String::from_utf8(piped.stderr).unwrap())];
    for (args, env) in [(&["tui"][..], &[("TERM", "dumb")][..]), (&["tui", "--json"], &[])] {
        let ended = home.start_sized(SIZE, args, env).end();
        assert_eq!(ended.modes, ended.before);
        told.push((Some(ended.code), ended.raw.replace("\r\n", " ")));
    }
    for (code, text) in told {
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("the dashboard needs a terminal"), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains("shipctl status --watch --json"), "{text}");
    }
}
