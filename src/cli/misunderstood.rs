//! A command line that is not understood, told as every other error is: which value, which rule, and
//! what to type next. clap finds what is wrong; the words are ours.

use std::ffi::OsString;

use clap::{
    CommandFactory, FromArgMatches, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    args::{Args, ColorWhen, Global},
    error::CliError,
    output::text::{clause, quoted},
};
use crate::devices::fault::nearest;

/// The error that clap's comes to, on this command line.
pub(super) fn told(error: &clap::Error, arguments: &[OsString]) -> CliError {
    let at = Place::of(arguments);
    let context = |kind| texts(error.get(kind));
    let one = |kind| context(kind).into_iter().next().unwrap_or_default();
    let (arg, value) = (one(ContextKind::InvalidArg), one(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidSubcommand => at.no_command(&one(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            at.which_command()
        }
        ErrorKind::UnknownArgument => at.no_argument(&arg),
        ErrorKind::MissingRequiredArgument => {
            at.missing(&context(ContextKind::InvalidArg), arguments)
        }
        ErrorKind::ArgumentConflict => at.conflict(&arg, &context(ContextKind::PriorArg)),
        ErrorKind::InvalidValue if value.is_empty() => at.no_value(&arg),
        ErrorKind::InvalidValue => at.no_choice(&arg, &value, &context(ContextKind::ValidValue)),
        ErrorKind::ValueValidation => at.no_such_value(&arg, &value, error),
        ErrorKind::TooManyValues => {
            let message =
                format!("{} takes no value, and {} was given", name(&arg), quoted(&value));
            at.with_help(message)
        }
        ErrorKind::InvalidUtf8 => CliError::usage("something on the command line is not UTF-8")
            .hint("type it anew; a file may be named by a path without such characters"),
        _ => at.with_help(first_lines(error)),
    }
}

/// What the flags say about how to tell it; everything else of them is as if it was not said.
pub(super) fn flags(arguments: &[OsString], json: bool) -> Option<Global> {
    let matches = Args::command().try_get_matches_from(["shipctl"]).ok()?;
    let global = Global::from_arg_matches(&matches).ok()?;
    let mut words = arguments.iter().filter_map(|it| it.to_str());
    let word = match words.find(|word| word.starts_with("--color")) {
        Some("--color") => words.next(),
        Some(joined) => joined.strip_prefix("--color="),
        None => None,
    };
    let color = word.and_then(|word| ColorWhen::from_str(word, false).ok());
    Some(Global { json, color: color.unwrap_or(ColorWhen::Auto), ..global })
}

/// What people type for a command that has another name, and the commands that do it.
const NATURAL: &[(&str, &[&str])] = &[
    ("stop", &["shutdown"]),
    ("end", &["shutdown"]),
    ("exit", &["shutdown"]),
    ("quit", &["shutdown"]),
    ("start", &["hub run"]),
    ("run", &["hub run"]),
    ("serve", &["hub run"]),
    ("daemon", &["hub run"]),
    ("log", &["status", "hub run"]),
    ("logs", &["status", "hub run"]),
    ("watch", &["status"]),
    ("list", &["discover", "trust list"]),
    ("ls", &["discover", "trust list"]),
    ("devices", &["discover", "trust list"]),
    ("show", &["status", "trust list"]),
    ("scan", &["discover"]),
    ("find", &["discover"]),
    ("search", &["discover"]),
    ("browse", &["discover"]),
    ("qr", &["identity qr"]),
    ("ski", &["identity show"]),
    ("id", &["identity show"]),
    ("whoami", &["identity show"]),
    ("cert", &["identity show"]),
    ("certificate", &["identity show"]),
    ("unpair", &["trust remove"]),
    ("untrust", &["trust remove"]),
    ("remove", &["trust remove"]),
    ("delete", &["trust remove"]),
    ("forget", &["trust remove"]),
    ("rename", &["trust rename"]),
    ("name", &["trust rename"]),
    ("ping", &["probe"]),
    ("test", &["probe"]),
    ("check", &["probe", "doctor"]),
    ("diagnose", &["doctor", "probe"]),
    ("pin", &["pair"]),
    ("pairing", &["pair"]),
    ("add", &["pair"]),
    ("allow", &["accept"]),
    ("reject", &["deny"]),
    ("settings", &["config show"]),
    ("dashboard", &["tui"]),
    ("ui", &["tui"]),
];

/// The few commands that have this flag; none where many have it.
fn commands_with(flag: &str) -> Vec<String> {
    fn below(command: &clap::Command, path: &str, flag: &str, found: &mut Vec<String>) {
        for command in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            let path = format!("{path} {}", command.get_name());
            if flags_of(command).any(|it| it == flag) {
                found.push(path.trim_start().to_owned());
            }
            below(command, &path, flag, found);
        }
    }
    let mut found = Vec::new();
    below(&Args::command(), "", flag, &mut found);
    found.truncate(if found.len() > 3 { 0 } else { 3 });
    found
}

/// A command and what it does, in one clause.
fn about(path: &str) -> Option<String> {
    let mut command = Args::command();
    for word in path.split(' ') {
        command = command.find_subcommand(word)?.clone();
    }
    Some(format!("`shipctl {path}`: {}", clause(&command.get_about()?.to_string())))
}

/// How far a command line was understood: the command it is for.
struct Place {
    command: clap::Command,
    /// `shipctl trust rename`.
    path: String,
}

impl Place {
    fn of(arguments: &[OsString]) -> Self {
        let (mut command, mut path) = (Args::command(), "shipctl".to_owned());
        let mut words: Vec<&str> = arguments.iter().skip(1).filter_map(|it| it.to_str()).collect();
        if words.first() == Some(&"help") {
            words.remove(0);
        }
        for word in words {
            if let Some(below) = command.find_subcommand(word).cloned() {
                path = format!("{path} {}", below.get_name());
                command = below;
            }
        }
        Self { command, path }
    }

    /// What a person calls it: `trust rename`.
    fn name(&self) -> &str {
        self.path.strip_prefix("shipctl ").unwrap_or(&self.path)
    }

    fn commands(&self) -> Vec<&str> {
        let shown = self.command.get_subcommands().filter(|it| !it.is_hide_set());
        shown.map(clap::Command::get_name).collect()
    }

    fn with_help(&self, message: impl Into<String>) -> CliError {
        CliError::usage(message).hint(format!("`{} --help` lists what there is", self.path))
    }

    fn no_command(&self, given: &str) -> CliError {
        let hint = self.elsewhere(given);
        // What people type for something else is no misspelling: `unpair` is not `pair`.
        let meant = match &hint {
            Some(_) => String::new(),
            None => meant(given, self.commands().into_iter()),
        };
        let whose = match self.path.as_str() {
            "shipctl" => "there is no command".to_owned(),
            path => format!("`{path}` has no command"),
        };
        let hint = hint.unwrap_or_else(|| format!("`{} --help` lists every command", self.path));
        CliError::usage(format!("{whose} {}{meant}", quoted(given))).hint(hint)
    }

    /// The command that a word is meant for and that stands elsewhere or has another name: `hub stop`,
    /// `hub status`, `list`, `unpair`.
    fn elsewhere(&self, given: &str) -> Option<String> {
        let known = NATURAL.iter().find(|(word, _)| word.eq_ignore_ascii_case(given));
        let names = known.map_or_else(|| vec![given], |(_, names)| names.to_vec());
        let told: Vec<String> = names.into_iter().filter_map(about).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    fn which_command(&self) -> CliError {
        let commands = either(&self.commands());
        CliError::usage(format!("{} needs a command: {commands}", self.name()))
            .hint(format!("`{} --help` says what each does", self.path))
    }

    fn no_argument(&self, given: &str) -> CliError {
        if !given.starts_with('-') {
            return self.one_too_many(given);
        }
        if self.flags().any(|flag| flag == given) {
            return CliError::usage(format!(
                "{given} stands before {}, whose flag it is",
                self.name()
            ))
            .hint(format!("say it behind the command: `{} {given}`", self.path));
        }
        let others = commands_with(given);
        if !others.is_empty() {
            let lines: Vec<String> =
                others.iter().map(|other| format!("`shipctl {other} {given}`")).collect();
            return CliError::usage(format!("{} has no flag {}", self.name(), quoted(given))).hint(
                format!("type {}", either(&lines.iter().map(String::as_str).collect::<Vec<_>>())),
            );
        }
        let flags: Vec<String> = self.flags().chain(global_flags()).collect();
        let meant = meant(given, flags.iter().map(String::as_str));
        CliError::usage(format!("{} has no flag {}{meant}", self.name(), quoted(given)))
            .hint(format!("`{} --help` lists every flag", self.path))
    }

    /// A word that nothing is there for.
    fn one_too_many(&self, given: &str) -> CliError {
        CliError::usage(format!("{} has no use for {}", self.name(), quoted(given)))
            .hint(format!("`{} --help` lists what it takes", self.path))
    }

    fn flags(&self) -> impl Iterator<Item = String> {
        flags_of(&self.command)
    }

    fn missing(&self, wanted: &[String], arguments: &[OsString]) -> CliError {
        let things: Vec<String> = wanted.iter().map(|it| thing(it)).collect();
        let who = self.who_needs(arguments).unwrap_or_else(|| self.name().to_owned());
        let error = CliError::usage(format!("{who} needs {}", things.join(" and ")));
        let Some(example) = self.example(wanted) else {
            return error.hint(format!("`{} --help` says more", self.path));
        };
        let devices = match (things.iter().any(|it| it == DEVICE), self.name()) {
            (false, _) => "",
            (true, "pair" | "probe" | "register" | "report") => {
                "; `shipctl discover` lists devices"
            }
            (true, "trust remove" | "trust rename") => "; `shipctl trust list` lists devices",
            (true, _) => "; `shipctl status` lists devices",
        };
        error.hint(format!("for example `{example}`{devices}"))
    }

    /// The flag without which nothing would be missing.
    fn who_needs(&self, arguments: &[OsString]) -> Option<String> {
        let words: Vec<&str> = arguments.iter().filter_map(|it| it.to_str()).collect();
        let flags: Vec<String> = self.flags().collect();
        let culprit = words.iter().enumerate().find(|(at, word)| {
            let of_value = if word.contains('=') { at + 1 } else { at + 2 };
            let rest = words[..*at].iter().chain(words.iter().skip(of_value));
            flags.iter().any(|flag| name(word) == *flag)
                && Args::command().try_get_matches_from(rest).is_ok()
        });
        culprit.map(|(_, word)| name(word))
    }

    /// The first example in its help that has what is wanted.
    fn example(&self, wanted: &[String]) -> Option<String> {
        let help = self.command.get_after_help()?.to_string();
        let examples: Vec<&str> = help
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split("   ").next())
            .filter(|line| line.starts_with(&self.path))
            .collect();
        let has = |example: &str| {
            wanted.iter().any(|it| match name(it) {
                flag if flag.starts_with('-') => example.contains(&flag),
                _ => thing(it) != DEVICE || example.contains("5555"),
            })
        };
        let found = examples.iter().find(|example| has(example)).or(examples.first());
        found.map(|example| example.trim().to_owned())
    }

    fn conflict(&self, arg: &str, others: &[String]) -> CliError {
        let arg = name(arg);
        let others: Vec<String> = others.iter().map(|it| name(it)).collect();
        if others.iter().all(|other| *other == arg) {
            return CliError::usage(format!("{arg} is given twice")).hint("give it once");
        }
        let others = either(&others.iter().map(String::as_str).collect::<Vec<_>>());
        CliError::usage(format!("{arg} and {others} do not go together"))
            .hint("leave one of them out")
    }

    fn no_value(&self, arg: &str) -> CliError {
        let (flag, value) = (name(arg), value_name(arg));
        CliError::usage(format!("{flag} needs a value")).hint(format!(
            "give it like `{flag} {value}`; `{} --help` says what that is",
            self.path
        ))
    }

    fn no_choice(&self, arg: &str, value: &str, choices: &[String]) -> CliError {
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        let meant = meant(value, choices.iter().copied());
        let message =
            format!("{} is {}, not {}{meant}", name(arg), either(&choices), quoted(value));
        CliError::usage(message).hint(format!("`{} --help` says what each means", self.path))
    }

    fn no_such_value(&self, arg: &str, value: &str, error: &clap::Error) -> CliError {
        let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let (flag, value) = (name(arg), quoted(value));
        if flag.starts_with('-') {
            return CliError::usage(format!("{flag} cannot be {value}: {why}"))
                .hint(format!("`{} --help` says more of {flag}", self.path));
        }
        CliError::usage(format!("{} cannot take {value}: {why}", self.name()))
            .hint(format!("`{} --help` shows examples", self.path))
    }
}

fn flags_of(command: &clap::Command) -> impl Iterator<Item = String> {
    command.get_arguments().filter_map(|it| it.get_long()).map(|flag| format!("--{flag}"))
}

/// Those of every command, which stand at the program only.
fn global_flags() -> Vec<String> {
    flags_of(&Args::command()).collect()
}

const DEVICE: &str = "a device";

/// What is missing, in words: `--cert FILE or --key FILE` of `<--cert <FILE>|--key <FILE>>`.
fn thing(wanted: &str) -> String {
    match wanted.trim_end_matches("...") {
        "<SKI>" | "<SKI|HOST:PORT>" => DEVICE.to_owned(),
        "<N>" => "a number".to_owned(),
        other if other.contains("--") => other.replace(['<', '>'], "").replace('|', " or "),
        other => format!("a {}", other.trim_matches(['<', '>']).to_lowercase()),
    }
}

/// A flag without its value: `--port` of `--port <PORT>`; what has no flag is named by its value.
fn name(arg: &str) -> String {
    let first = arg.split(['=', ' ', '[']).next().unwrap_or_default();
    match first.starts_with('-') {
        true => first.trim_end_matches("...").to_owned(),
        false => arg.trim_end_matches("...").trim_matches(['<', '>', '[', ']']).to_owned(),
    }
}

/// `PORT` of `--port <PORT>`.
fn value_name(arg: &str) -> &str {
    arg.split(['<', '>']).nth(1).unwrap_or("VALUE")
}

fn meant<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(given, known).map_or(String::new(), |it| format!("; did you mean {it}?"))
}

fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn texts(value: Option<&ContextValue>) -> Vec<String> {
    match value {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// All that clap tells above its usage: what it says where we have no words of our own.
fn first_lines(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines: Vec<&str> =
        text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests;
