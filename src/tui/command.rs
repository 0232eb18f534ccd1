//! The command line of the dashboard: the grammar of `shipctl` itself, for what goes over the control
//! socket, and a few words for the screen. A command without a device means the selected one.

use std::path::PathBuf;

use clap::{CommandFactory, Parser};

use super::model::{Model, Tab};
use crate::{
    cli::{
        args::{self, Args},
        commands::trace::steer,
        error::CliError,
        output::text::safe,
        peer::{self, Candidate, Named, choose},
    },
    control::{
        Wish,
        wire::{Plain, Register},
    },
    hub::snapshot::PeerSnapshot,
    proto::Ski,
};

/// What a line means.
#[derive(Debug)]
pub(super) enum Order {
    /// Ask the hub.
    Wish(Box<Wish>),
    Pin(Ski),
    OwnQr,
    Show(Tab),
    Filter(String),
    Help,
    Freeze,
    Export {
        file: Option<PathBuf>,
        json: bool,
    },
    Quit,
}

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

/// Those that are about one device.
const OF_A_DEVICE: &[&str] =
    &["accept", "cancel", "connect", "deny", "disconnect", "pair", "register", "unregister"];

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

/// Reads a line; errors are for the person who typed it.
pub(super) fn parse(text: &str, model: &Model) -> Result<Order, String> {
    let words = shlex::split(text).ok_or("a quotation mark is missing")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Whoever copies a line from elsewhere copies the program's name as well.
    let words = words.strip_prefix(&["shipctl"]).unwrap_or(&words);
    match *words {
        [] => Err("nothing was typed".to_owned()),
        ["quit" | "q" | "exit"] => Ok(Order::Quit),
        ["help"] => Ok(Order::Help),
        ["qr"] | ["identity", "qr"] => Ok(Order::OwnQr),
        ["freeze"] => Ok(Order::Freeze),
        ["timeline"] => Ok(Order::Show(Tab::Timeline)),
        ["messages"] => Ok(Order::Show(Tab::Messages)),
        ["service"] => Ok(Order::Show(Tab::Service)),
        ["findings"] => Ok(Order::Show(Tab::Findings)),
        ["export", ref words @ ..] => export(words),
        ["filter", ref words @ ..] => Ok(Order::Filter(words.join(" "))),
        ["enter-pin", ref device @ ..] => Ok(Order::Pin(device_of(device, model)?)),
        ["disconnect-all"] => Ok(Order::Wish(Box::new(Wish::Plain(Plain::DisconnectAll {})))),
        ref words => shipctl(words, model),
    }
}

/// `export [FILE] [text|json]`. Without a word the name of the file tells what goes into it.
fn export(words: &[&str]) -> Result<Order, String> {
    let (file, json) = match *words {
        [] | ["text"] => (None, false),
        ["json"] => (None, true),
        [file] => (Some(file), file.to_lowercase().ends_with(".json")),
        [file, "text"] => (Some(file), false),
        [file, "json"] => (Some(file), true),
        _ => return Err("export takes a file, and text or json".to_owned()),
    };
    Ok(Order::Export { file: file.map(PathBuf::from), json })
}

/// A line of `shipctl`.
fn shipctl(words: &[&str], model: &Model) -> Result<Order, String> {
    let selected = model.selected_ski().map(|ski| ski.to_string());
    let lacks_device = words.len() == 1 && OF_A_DEVICE.contains(&words[0]);
    let device = selected.as_deref().filter(|_| lacks_device);
    let line = ["shipctl"].into_iter().chain(words.iter().copied()).chain(device);
    let parsed = Args::try_parse_from(line).map_err(|error| refusal(&error))?;
    let command = parsed.command.ok_or("nothing was typed")?;
    let one = |device: &args::Device| named(&device.device.join(" "), model);
    let plain = match command {
        args::Command::Accept(device) => {
            Plain::Accept { ski: trusted(&device.device.join(" "), model)? }
        }
        args::Command::Deny(device) => Plain::Deny { ski: one(&device)? },
        args::Command::Cancel(device) => Plain::Cancel { ski: one(&device)? },
        args::Command::Connect(device) => Plain::Connect { ski: one(&device)? },
        args::Command::Unregister(device) => Plain::Unregister { ski: one(&device)? },
        args::Command::Disconnect(args) if args.all => Plain::DisconnectAll {},
        args::Command::Disconnect(args) => {
            Plain::Disconnect { ski: named(&args.device.join(" "), model)? }
        }
        args::Command::Limit(limit) => Plain::Limit { connections: limit.connections },
        args::Command::AutoAccept(args) => {
            Plain::AutoAccept { seconds: args.duration.as_secs_f64().ceil() as u64 }
        }
        args::Command::Metrics => Plain::Metrics {},
        args::Command::Status(_) => Plain::Status { history: false },
        args::Command::Shutdown => Plain::Shutdown {},
        args::Command::Trace(args::Trace::Start { file }) => {
            let file = file.unwrap_or_else(steer::usual_file);
            steer::wish(&file, &parsed.global.trace).map_err(|error| error.message)?
        }
        args::Command::Trace(args::Trace::Stop) => Plain::TraceStop {},
        args::Command::Trust(args::Trust::Remove { device }) => {
            Plain::Unregister { ski: named(&device.join(" "), model)? }
        }
        args::Command::Trust(args::Trust::Rename { device, name }) => {
            Plain::Rename { ski: named(&device, model)?, name }
        }
        args::Command::Trust(args::Trust::ForgetAddress { device }) => {
            Plain::ForgetAddress { ski: named(&device.join(" "), model)? }
        }
        args::Command::Register(args) => {
            no_file(args.pin_file.is_some())?;
            let peer = register(&args.device.device, args.address, args.ship_id, model)?;
            return Ok(Order::Wish(Box::new(Wish::Register(peer))));
        }
        args::Command::Pair(args) => {
            no_file(args.pin_file.is_some())?;
            let peer = register(&args.device, args.address, args.ship_id, model)?;
            let timeout_ms = u64::try_from(args.timeout.as_millis()).unwrap_or(u64::MAX);
            return Ok(Order::Wish(Box::new(Wish::Pair { peer, timeout_ms })));
        }
        _ => return Err(format!("{:?} cannot be done here; leave with :quit first", words[0])),
    };
    Ok(Order::Wish(Box::new(Wish::Plain(plain))))
}

fn no_file(given: bool) -> Result<(), String> {
    if given { Err("--pin-file is not read here; the PIN is asked for".to_owned()) } else { Ok(()) }
}

fn register(
    device: &[String],
    addresses: Vec<crate::proto::Target>,
    ship_id: Option<crate::proto::ShipId>,
    model: &Model,
) -> Result<Register, String> {
    let text = device.join(" ");
    let ski = trusted(&text, model)?;
    // A whole QR code tells more than the SKI.
    let (pin, told, fingerprint) = match recognise(&text, model) {
        Ok(Named::Qr(qr)) => (qr.pin.clone(), qr.ship_id.clone(), qr.fingerprint.clone()),
        _ => (None, None, None),
    };
    Ok(Register { ski, ship_id: ship_id.or(told), addresses, pin, fingerprint })
}

/// The device that is to be trusted, by its whole SKI: nobody is asked here.
fn trusted(text: &str, model: &Model) -> Result<Ski, String> {
    match recognise(text, model) {
        Ok(Named::Prefix(_)) => {
            Err("a device is trusted by its whole SKI, or selected in the list".to_owned())
        }
        _ => named(text, model),
    }
}

fn device_of(words: &[&str], model: &Model) -> Result<Ski, String> {
    match words {
        [] => model.selected_ski().ok_or_else(|| "no device is selected".to_owned()),
        words => named(&words.join(" "), model),
    }
}

fn named(text: &str, model: &Model) -> Result<Ski, String> {
    let said = |error: CliError| match &error.listed[..] {
        [] => error.message,
        listed => format!("{}: {}", error.message, listed.join(", ")),
    };
    match recognise(text, model).map_err(said)? {
        Named::Ski(ski) => Ok(ski),
        Named::Qr(qr) => Ok(qr.ski),
        Named::Prefix(prefix) => {
            choose(&prefix, &candidates(model)).map(|candidate| candidate.ski).map_err(said)
        }
    }
}

/// Who is meant, names of trusted devices included.
fn recognise(text: &str, model: &Model) -> Result<Named, CliError> {
    let hub = model.world().hub.as_deref();
    let trusted = hub.into_iter().flat_map(|hub| &hub.peers).filter(|it| it.registered);
    let one =
        |peer: &PeerSnapshot| Candidate { ski: peer.ski, name: peer.name.as_deref().map(safe) };
    peer::recognise(text, || Ok(trusted.map(one).collect()))
}

/// Every device that is known.
fn candidates(model: &Model) -> Vec<Candidate> {
    let hub = model.world().hub.as_deref();
    let rows = hub.map_or_else(Vec::new, |hub| super::rows::rows(hub, "", Default::default()));
    let one =
        |row: &super::rows::Row<'_>| Some(Candidate { ski: row.ski()?, name: Some(row.name(40)) });
    rows.iter().filter_map(one).collect()
}

/// What clap says, in one line.
fn refusal(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    match text.lines().find(|line| line.contains("tip:")) {
        Some(tip) => format!("{first};{}", tip.replace("tip:", "").trim_end()),
        None => first,
    }
}

/// What a line could go on with: what to insert, and the choices to show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    pub(super) insert: String,
    pub(super) choices: Vec<String>,
}

/// Completes the text before the cursor.
pub(super) fn complete(before: &str, model: &Model) -> Completion {
    let start = before.rfind(' ').map_or(0, |at| at + 1);
    let (words, begun) = (&before[..start], &before[start..]);
    let words: Vec<&str> = words.split_whitespace().skip_while(|word| *word == "shipctl").collect();
    let choices = choices(&words, model);
    let fitting: Vec<&(String, String)> =
        choices.iter().filter(|(word, _)| word.starts_with(begun)).collect();
    let Some((first, _)) = fitting.first() else { return Completion::default() };
    let common =
        fitting.iter().fold(first.as_str(), |common, (word, _)| common_start(common, word));
    let end = if fitting.len() == 1 { " " } else { "" };
    let insert = format!("{}{end}", common.get(begun.len()..).unwrap_or_default());
    let show = |(word, help): &&(String, String)| match help.as_str() {
        "" => word.clone(),
        help => format!("{word}  {help}"),
    };
    Completion { insert, choices: fitting.iter().map(show).collect() }
}

/// The words that may follow these, and what they mean.
fn choices(words: &[&str], model: &Model) -> Vec<(String, String)> {
    let texts =
        |list: &[&str]| list.iter().map(|word| ((*word).to_owned(), String::new())).collect();
    match words {
        [] => {
            let shipctl = Args::command();
            let about = |name: &str| {
                let command = shipctl.find_subcommand(name)?;
                command
                    .get_about()
                    .map(|about| about.to_string().replace("; asks a running hub", ""))
            };
            let ours = OWN.iter().map(|(word, help)| ((*word).to_owned(), (*help).to_owned()));
            let hubs =
                COMMANDS.iter().map(|word| ((*word).to_owned(), about(word).unwrap_or_default()));
            let mut all: Vec<_> = hubs.chain(ours).collect();
            all.sort();
            all
        }
        ["trust"] => texts(&["forget-address", "remove", "rename"]),
        ["trace"] => texts(&["start", "stop"]),
        ["export"] => texts(&["json", "text"]),
        ["auto-accept"] => texts(&["0s", "2m", "10m"]),
        ["disconnect"] => {
            let mut all = devices(model);
            all.push(("--all".to_owned(), "every device".to_owned()));
            all
        }
        [first] if OF_A_DEVICE.contains(first) || *first == "enter-pin" => devices(model),
        ["trust", "forget-address" | "remove" | "rename"] => devices(model),
        ["register" | "pair", .., "--address" | "--ship-id" | "--timeout"] => Vec::new(),
        ["register", ..] => texts(&["--address", "--ship-id"]),
        ["pair", ..] => texts(&["--address", "--ship-id", "--timeout"]),
        _ => Vec::new(),
    }
}

fn devices(model: &Model) -> Vec<(String, String)> {
    let one = |it: Candidate| (it.ski.to_string(), it.name.unwrap_or_default());
    candidates(model).into_iter().map(one).collect()
}

fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
    &a[..same.sum()]
}
