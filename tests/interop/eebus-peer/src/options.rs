//! The command line, the same as the other peer's.

use std::path::PathBuf;

use eebus::ship::Ski;

use crate::Fallible;

/// What happens to a peer that is not trusted yet.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// `--remote` is trusted from the start; for anyone else there is nobody to ask.
    Trust,
    /// The user decides later, with `accept` or `deny`.
    Wait,
    /// The user refuses.
    Deny,
}

pub struct Options {
    pub port: u16,
    pub ship_id: String,
    pub state: Option<PathBuf>,
    pub mode: Mode,
    pub remotes: Vec<Ski>,
    pub dial: Option<String>,
    pub mdns: bool,
    pub interface: Option<String>,
    pub verbose: bool,
    pub self_bench: Option<usize>,
    pub echo: bool,
    pub successor: Option<PathBuf>,
    pub predecessor: Option<PathBuf>,
}

impl Options {
    pub fn from_args(args: impl Iterator<Item = String>) -> Fallible<Self> {
        let mut options = Self {
            port: 0,
            ship_id: "i:46925_u:eebus-peer".into(),
            state: None,
            mode: Mode::Trust,
            remotes: Vec::new(),
            dial: None,
            mdns: false,
            interface: None,
            verbose: false,
            self_bench: None,
            echo: false,
            successor: None,
            predecessor: None,
        };
        let mut args = args;
        while let Some(arg) = args.next() {
            let (flag, inline) = match arg.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (arg, None),
            };
            let mut value =
                || inline.clone().or_else(|| args.next()).ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--port" => options.port = value()?.parse()?,
                "--ship-id" => options.ship_id = value()?,
                "--state" => options.state = Some(value()?.into()),
                "--mode" => options.mode = mode(&value()?)?,
                "--remote" => options.remotes.push(value()?.parse()?),
                "--dial" => options.dial = Some(value()?),
                "--mdns" => options.mdns = true,
                "--interface" => options.interface = Some(value()?),
                "--successor" => options.successor = Some(value()?.into()),
                "--predecessor" => options.predecessor = Some(value()?.into()),
                "--echo" => options.echo = true,
                "--verbose" => options.verbose = true,
                "--self-bench" => options.self_bench = Some(value()?.parse()?).filter(|n| *n > 0),
                _ => return Err(format!("unknown flag {flag}").into()),
            }
        }
        if options.dial.is_some() && options.remotes.is_empty() {
            return Err("--dial needs the SKI of the peer: --remote".into());
        }
        Ok(options)
    }
}

fn mode(text: &str) -> Fallible<Mode> {
    match text {
        "trust" => Ok(Mode::Trust),
        "wait" => Ok(Mode::Wait),
        "deny" => Ok(Mode::Deny),
        _ => Err(format!("--mode is trust, wait or deny, not {text:?}").into()),
    }
}
