//! Every command that a text names can be typed: in the catalogue of findings, in every other text
//! of the program, and on the pages.

use std::{collections::BTreeSet, fs, path::Path};

use clap::{CommandFactory, error::ErrorKind};
use shipctl::{
    checks::{Code, Family, quirks::QUIRKS},
    cli::args::Args,
};

use super::{house, pages};

/// What stands between backticks in a text of one paragraph.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What stands outside of them.
fn plain(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').step_by(2)
}

/// Why a command cannot be typed; `None` if it can. A name alone stands for its command, and what is
/// left open (`…`, `{}`) for anything that fits.
fn fault(command: &str) -> Option<String> {
    let command = command.split(['|', '>', '\\']).next().unwrap_or_default();
    // What may be left out is written in brackets.
    let command = &command.replace(['[', ']'], "");
    let mut words = Vec::new();
    for (nth, part) in command.split('\'').enumerate() {
        match nth % 2 {
            0 => words.extend(part.split_whitespace().map(|word| fill(word, "1"))),
            _ => words.push(part.to_owned()),
        }
    }
    let left_open = |word: &String| word.contains('…') || word == "1" || word.starts_with('<');
    let bare = words.iter().take_while(|word| !left_open(word)).count();
    let words = if bare < 3 { &words[..bare] } else { &words[..] };
    use ErrorKind::*;
    match Args::command().try_get_matches_from(words) {
        Ok(_) => None,
        Err(error) => match error.kind() {
            DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand => None,
            MissingSubcommand => None,
            MissingRequiredArgument if words.len() <= 4 => None,
            InvalidValue | ValueValidation
                if words.last().is_some_and(|it| stands_for_a_value(it)) =>
            {
                None
            }
            InvalidSubcommand if words.get(1).is_some_and(|it| it == "help") => None,
            _ => Some(format!("{command}: {error}")),
        },
    }
}

/// `NAME`, or a flag by its name alone.
fn stands_for_a_value(word: &str) -> bool {
    word.starts_with("--") || word.chars().all(|c| c.is_ascii_uppercase())
}

/// The text with whatever stands in braces filled in.
fn fill(text: &str, with: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        filled += with;
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    filled + rest
}

fn flags(command: &clap::Command, known: &mut BTreeSet<String>) {
    known.extend(command.get_arguments().filter_map(|it| it.get_long().map(str::to_owned)));
    command.get_subcommands().for_each(|sub| flags(sub, known));
}

#[test]
fn every_command_and_flag_of_a_finding_stands_in_backticks_and_can_be_typed() {
    let mut known = BTreeSet::new();
    flags(&Args::command(), &mut known);
    let codes = Code::ALL.iter().flat_map(|code| [code.seen(), code.cause(), code.advice()]);
    let families = Family::ALL.iter().map(|family| family.found_by);
    let quirks = QUIRKS.iter().flat_map(|quirk| [quirk.does, quirk.handling]);
    let mut commands = 0;
    for text in codes.chain(families).chain(quirks) {
        for code in quoted(text) {
            if code.starts_with("shipctl ") {
                commands += 1;
                assert_eq!(fault(code), None, "{text}");
            }
            for flag in code.split_whitespace().filter_map(|word| word.strip_prefix("--")) {
                let is_ours = code.starts_with("shipctl ") || code.starts_with("--");
                assert!(!is_ours || known.contains(flag), "--{flag}: {text}");
            }
        }
        for words in plain(text) {
            assert!(!words.contains("--"), "a flag without backticks: {text}");
            let is_sentence = |rest: &str| rest.starts_with("runs ");
            for rest in words.split("shipctl ").skip(1) {
                assert!(is_sentence(rest), "a command without backticks: {text}");
            }
        }
    }
    assert!(commands > 20, "{commands}");
}

#[test]
fn every_command_of_a_text_and_of_a_page_can_be_typed() {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    let mut take = |place: &str, text: &str| {
        for code in text.split('\n').flat_map(quoted).filter(|it| it.starts_with("shipctl ")) {
            found.push(code.to_owned());
            faults.extend(fault(code).map(|fault| format!("{place}: {fault}")));
        }
    };
    each_source(&house().join("src"), &mut |path| {
        let text = fs::read_to_string(path).unwrap();
        // A text goes on behind a backslash.
        let lines: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        let lines = lines.concat();
        let texts: Vec<&str> = lines.lines().filter(|line| !is_comment(line)).collect();
        take(&path.display().to_string(), &texts.join("\n"));
    });
    for page in pages() {
        let text = fs::read_to_string(house().join(&page)).unwrap();
        // Between the fences stand whole examples, which are run.
        let prose: Vec<&str> = text.split("\n```").step_by(2).collect();
        take(&page, &prose.join("\n"));
    }
    assert!(found.len() > 150, "{}", found.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn each_source(directory: &Path, take: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, take);
        } else if path.extension().is_some_and(|it| it == "rs") {
            take(&path);
        }
    }
}

#[test]
fn a_command_that_cannot_be_typed_is_found() {
    for can in [
        "shipctl pair",
        "shipctl limit",
        "shipctl pair SKI --register",
        "shipctl trust rename 5555aa 'Wallbox left'",
        "shipctl limit {more}",
        "shipctl trust …",
        "shipctl config show > config.toml",
        "shipctl --version",
    ] {
        assert_eq!(fault(can), None, "{can}");
    }
    for cannot in [
        "shipctl identity check",
        "shipctl pair SKI --regster",
        "shipctl limit many",
        "shipctl reboot",
    ] {
        assert!(fault(cannot).is_some(), "{cannot}");
    }
}
