//! The command line of the dashboard: the grammar of `shipctl` itself, for what goes over the control
//! socket, and a few words for the screen. A command without a device means the selected one.

mod complete;

use std::path::PathBuf;

use clap::Parser;

pub(super) use self::complete::{Choice, Completion, complete};
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

/// Those that are about one device.
const OF_A_DEVICE: &[&str] =
    &["accept", "cancel", "connect", "deny", "disconnect", "pair", "register", "unregister"];

/// Reads a line; errors are for the person who typed it.
pub(super) fn parse(text: &str, model: &Model) -> Result<Order, String> {
    let words = shlex::split(text).ok_or("a quotation mark is missing at the end")?;
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
        _ => return Err("export takes one file, and text or json behind it".to_owned()),
    };
    Ok(Order::Export { file: file.map(PathBuf::from), json })
}

/// A line of `shipctl`.
fn shipctl(words: &[&str], model: &Model) -> Result<Order, String> {
    let selected = model.selected_ski().map(|ski| ski.to_string());
    let lacks_device = words.len() == 1 && OF_A_DEVICE.contains(&words[0]);
    if lacks_device && selected.is_none() {
        return Err(model.nobody().to_owned());
    }
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
            Plain::AutoAccept { seconds: args::whole_seconds(args.duration) }
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
        args::Command::Trust(args::Trust::ForgetPin { device }) => {
            Plain::ForgetPin { ski: named(&device.join(" "), model)? }
        }
        args::Command::Register(args) => {
            no_file(args.pin_file.is_some())?;
            let mut peer = register(&args.device.device, args.address, args.ship_id, model)?;
            peer.remember_pin = args.remember_pin;
            return Ok(Order::Wish(Box::new(Wish::Register(peer))));
        }
        args::Command::Pair(args) => {
            no_file(args.pin_file.is_some())?;
            let mut peer = register(&args.device, args.address, args.ship_id, model)?;
            peer.remember_pin = args.remember_pin;
            let timeout_ms = u64::try_from(args.timeout.as_millis()).unwrap_or(u64::MAX);
            return Ok(Order::Wish(Box::new(Wish::Pair { peer, timeout_ms, can_enter_pin: true })));
        }
        _ => return Err(format!("{:?} cannot be done here; run it in another terminal", words[0])),
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
    Ok(Register {
        ski,
        ship_id: ship_id.or(told),
        addresses,
        pin,
        fingerprint,
        remember_pin: false,
    })
}

/// The device that is to be trusted, by its whole SKI: nobody is asked here.
fn trusted(text: &str, model: &Model) -> Result<Ski, String> {
    match recognise(text, model) {
        Ok(Named::Prefix(_)) => Err(
            "a device is trusted by its whole SKI: give all 40 digits, or select it in the list"
                .to_owned(),
        ),
        _ => named(text, model),
    }
}

fn device_of(words: &[&str], model: &Model) -> Result<Ski, String> {
    match words {
        [] => model.selected_ski().ok_or_else(|| model.nobody().to_owned()),
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
