//! What a line could go on with. A device is offered by the name that stands for it, or else by its SKI.

use clap::CommandFactory;

use super::{
    super::{
        model::Model,
        rows::{Row, rows},
        theme::look,
    },
    OF_A_DEVICE, recognise,
};
use crate::{
    cli::{args::Args, output::text::safe, peer::Named},
    proto::ski::hex_digits,
};

/// The commands of `shipctl` that go over the control socket.
const COMMANDS: &[&str] = &[
    "accept",
    "auto-accept",
    "cancel",
    "connect",
    "deny",
    "disconnect",
    "limit",
    "metrics",
    "pair",
    "register",
    "shutdown",
    "status",
    "trace",
    "trust",
    "unregister",
];

/// The words for the screen.
const OWN: &[(&str, &str)] = &[
    ("enter-pin", "enter the PIN a device wants; it is asked for, not typed here"),
    ("export", "write what is shown to a new file: [FILE] [text|json]"),
    ("filter", "show only what has these words"),
    ("findings", "show the findings"),
    ("freeze", "freeze the screen, or let it go"),
    ("help", "show every key"),
    ("messages", "show the messages"),
    ("qr", "show our own QR code"),
    ("quit", "end the dashboard"),
    ("service", "show the service and the connection"),
    ("timeline", "show the timeline"),
];

/// What a line goes on with, and what it could go on with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Completion {
    /// How many bytes before the cursor give way to `text`.
    pub(in crate::tui) replaces: usize,
    pub(in crate::tui) text: String,
    pub(in crate::tui) choices: Vec<Choice>,
    /// Whether they are devices: their names alone do not tell enough.
    pub(in crate::tui) are_devices: bool,
}

/// One of several ways to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Choice {
    /// As it is typed.
    pub(in crate::tui) word: String,
    /// What it means; empty where the word says it.
    pub(in crate::tui) help: String,
}

/// Completes the text before the cursor. Where nothing fits it stays as it is.
pub(in crate::tui) fn complete(before: &str, model: &Model) -> Completion {
    if let Some((of, typed)) = device_text(before) {
        match Typed::read(typed, model) {
            Some(Typed::Begun(begun)) => return device(typed, &begun, of == "disconnect", model),
            Some(Typed::Whole) if matches!(of, "register" | "pair") => {}
            Some(Typed::Whole) | None => return Completion::default(),
        }
    }
    let start = before.rfind(' ').map_or(0, |at| at + 1);
    let (words, begun) = (&before[..start], &before[start..]);
    let words: Vec<&str> = words.split_whitespace().skip_while(|word| *word == "shipctl").collect();
    let fits = |it: &Choice| it.word.starts_with(begun);
    let choices: Vec<Choice> = choices(&words).into_iter().filter(fits).collect();
    let text = match &choices[..] {
        [] => return Completion::default(),
        [one] => format!("{} ", one.word),
        [first, others @ ..] => {
            others.iter().fold(&*first.word, |common, it| common_start(common, &it.word)).to_owned()
        }
    };
    Completion { replaces: begun.len(), text, choices, are_devices: false }
}

/// The command that is about a device, and what is typed of that.
fn device_text(before: &str) -> Option<(&str, &str)> {
    let line = before.trim_start();
    let line = line.strip_prefix("shipctl ").unwrap_or(line).trim_start();
    let (command, rest) = line.split_once(' ')?;
    let (command, rest) = match command {
        "trust" => rest.trim_start().split_once(' ')?,
        command => (command, rest),
    };
    let is_of_a_device = OF_A_DEVICE.contains(&command)
        || matches!(command, "enter-pin" | "forget-address" | "forget-pin" | "remove" | "rename");
    is_of_a_device.then_some((command, rest.trim_start()))
}

/// What is typed of a device.
enum Typed {
    /// As it is meant: without quotation marks.
    Begun(String),
    /// All of it, and something else follows.
    Whole,
}

impl Typed {
    /// `None` where it cannot be read.
    fn read(typed: &str, model: &Model) -> Option<Self> {
        let (words, is_open) = words(typed)?;
        let mut meant = words.join(" ");
        if words.iter().skip(1).any(|word| word.starts_with('-')) {
            return Some(Self::Whole);
        }
        if typed.ends_with(' ') && !is_open && !meant.is_empty() {
            if matches!(recognise(&meant, model), Ok(Named::Ski(_) | Named::Qr(_))) {
                return Some(Self::Whole);
            }
            meant.push(' ');
        }
        Some(Self::Begun(meant))
    }
}

/// The words of a line as the shell would read them, and whether the last one is still open.
fn words(text: &str) -> Option<(Vec<String>, bool)> {
    let closed = shlex::split(text).map(|words| (words, false));
    // A backslash at the end takes what comes next.
    let escaped = || shlex::split(text.strip_suffix('\\')?).map(|words| (words, true));
    let quoted = |mark: &str| shlex::split(&format!("{text}{mark}")).map(|words| (words, true));
    closed.or_else(escaped).or_else(|| quoted("'")).or_else(|| quoted("\""))
}

/// A device that is named so far, and every one where it is not named yet.
fn device(typed: &str, begun: &str, or_all: bool, model: &Model) -> Completion {
    let hub = model.world().hub.as_deref();
    let rows = hub.map_or_else(Vec::new, |hub| rows(hub, "", Default::default()));
    let mut found: Vec<Found> =
        rows.iter().filter_map(|row| Found::of(row, begun, model)).collect();
    if or_all && "--all".starts_with(begun) {
        let (text, help) = ("--all".to_owned(), "every device".to_owned());
        found.push(Found { text, help });
    }
    let quoted = |text: &str| shlex::try_quote(text).map_or_else(|_| text.to_owned(), Into::into);
    let text = match &found[..] {
        [] => return Completion::default(),
        [one] => format!("{} ", quoted(&one.text)),
        [first, others @ ..] => {
            let same = others.iter().fold(&*first.text, |same, it| common_start(same, &it.text));
            let longer = same.chars().count() > begun.chars().count();
            match quoted(same) {
                _ if !longer => typed.to_owned(),
                plain if plain == same => plain,
                // Somebody goes on with it: it is closed by whoever comes to its end.
                _ if same.contains('\'') => typed.to_owned(),
                _ => format!("'{same}"),
            }
        }
    };
    let choices = found.iter().map(|it| Choice { word: quoted(&it.text), help: it.help.clone() });
    Completion { replaces: typed.len(), text, choices: choices.collect(), are_devices: true }
}

/// A device that is meant, perhaps.
struct Found {
    text: String,
    help: String,
}

impl Found {
    fn of(row: &Row<'_>, begun: &str, model: &Model) -> Option<Self> {
        let ski = row.ski()?;
        let digits = ski.to_string();
        let state = look(row.state()).word;
        let name = row.peer.and_then(|peer| peer.name.as_deref()).filter(|name| {
            let is_plain = safe(name) == **name && !name.trim().is_empty();
            let can_be_typed = is_plain && !name.starts_with('-');
            // A name stands for a trusted device, and for one alone.
            can_be_typed && recognise(name, model).is_ok_and(|named| named == Named::Ski(ski))
        });
        let is_begun = |name: &&str| name.to_lowercase().starts_with(&begun.to_lowercase());
        if let Some(name) = name.filter(is_begun) {
            return Some(Self {
                text: name.to_owned(),
                help: format!("SKI {digits:.8}… · {state}"),
            });
        }
        let begins = begun.trim_end().is_empty()
            || hex_digits(begun).is_ok_and(|it| digits.starts_with(&it));
        begins.then(|| Self { text: digits, help: format!("{} · {state}", row.name(40)) })
    }
}

/// The words that may follow these, and what they mean.
fn choices(words: &[&str]) -> Vec<Choice> {
    let one = |word: &str, help: &str| Choice { word: word.to_owned(), help: help.to_owned() };
    let plain = |list: &[&str]| list.iter().map(|word| one(word, "")).collect();
    match words {
        [] => {
            let shipctl = Args::command();
            let about = |name: &str| {
                let about = shipctl.find_subcommand(name)?.get_about()?;
                Some(about.to_string().replace("; asks a running hub", ""))
            };
            let hubs = COMMANDS.iter().map(|word| one(word, &about(word).unwrap_or_default()));
            let mut all: Vec<Choice> =
                hubs.chain(OWN.iter().map(|(word, help)| one(word, help))).collect();
            all.sort_by(|a, b| a.word.cmp(&b.word));
            all
        }
        ["trust"] => plain(&["forget-address", "forget-pin", "remove", "rename"]),
        ["trace"] => plain(&["start", "stop"]),
        ["export"] => plain(&["json", "text"]),
        ["auto-accept"] => plain(&["0s", "2m", "10m"]),
        ["register" | "pair", .., "--address" | "--ship-id" | "--timeout"] => Vec::new(),
        ["register", ..] => plain(&["--address", "--ship-id"]),
        ["pair", ..] => plain(&["--address", "--ship-id", "--timeout"]),
        _ => Vec::new(),
    }
}

/// What both begin with, in whichever case of their letters, as `a` writes it.
fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let is_same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| is_same(*a, *b));
    &a[..same.map(|(a, _)| a.len_utf8()).sum()]
}
