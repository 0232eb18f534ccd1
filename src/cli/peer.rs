//! What a person gives to name a device: an SKI, the text of its QR code, the name it was given, or
//! its first digits.

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{
    error::CliError,
    exit::Exit,
    output::text::{count, quoted, safe},
};
use crate::{
    checks::Code,
    devices::fault::nearest,
    identity::trust::{TrustStore, TrustedPeer},
    proto::{
        Ski, Target,
        qr::{InstallationQr, QrError},
        ship_id::ShipId,
        ski::{hex_digits, is_separator},
        text::is_hidden,
    },
};

/// How a device was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its whole SKI, or by the name of a trusted device, which stands for it.
    Ski(Ski),
    /// By its installation QR code.
    Qr(Box<InstallationQr>),
    /// By the first digits of its SKI, lower case.
    Prefix(String),
}

impl Named {
    /// A PIN is a secret: whoever happens to begin with the same digits must not get it.
    pub fn require_whole(&self) -> Result<(), CliError> {
        match self {
            Self::Ski(_) | Self::Qr(_) => Ok(()),
            Self::Prefix(_) => {
                Err(CliError::usage("a PIN is sent only to a device whose whole SKI was given")
                    .hint("give all 40 digits, or the text of its QR code"))
            }
        }
    }

    /// The fingerprint that the certificate must have, if its QR code names one.
    pub fn fingerprint(&self) -> Option<String> {
        match self {
            Self::Qr(qr) => qr.fingerprint.clone(),
            Self::Ski(_) | Self::Prefix(_) => None,
        }
    }

    /// Whoever wants to be mistaken for another makes keys until one begins with the same digits:
    /// a prefix is enough for a device that is trusted only once somebody has seen the whole SKI.
    pub fn require_whole_without(&self, somebody_to_ask: bool) -> Result<(), CliError> {
        match self {
            Self::Prefix(_) if !somebody_to_ask => Err(CliError::usage(
                "a device is trusted by its whole SKI where nobody can be asked",
            )
            .hint("give all 40 digits, or the text of its QR code")),
            _ => Ok(()),
        }
    }
}

/// A device that may be meant by a prefix or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its SKI.
    pub ski: Ski,
    /// What it is called, safe to show.
    pub name: Option<String>,
}

/// The trusted devices, with their names.
pub fn trusted(store: &TrustStore) -> Vec<Candidate> {
    let one = |(ski, peer): (&Ski, &TrustedPeer)| Candidate {
        ski: *ski,
        name: peer.name.as_deref().map(safe),
    };
    store.iter().map(one).collect()
}

/// The fewest digits that may stand for a whole SKI.
const MIN_PREFIX: usize = 4;

/// With more digits than this a whole SKI was meant, and some got lost.
const MAX_PREFIX: usize = 32;

/// Recognises what was given. Only the names of `trusted` devices count: what a stranger calls
/// itself means nobody.
///
/// Errors tell what it is instead, and how to find the SKI (OWN-03).
pub fn recognise(
    text: &str,
    trusted: impl FnOnce() -> Result<Vec<Candidate>, CliError>,
) -> Result<Named, CliError> {
    // What is pasted comes with quotes, and with characters that nobody sees.
    let mut seen = Zeroizing::new(String::with_capacity(text.len()));
    seen.extend(text.chars().filter(|c| !is_hidden(*c) || c.is_control()));
    let text = seen.trim_matches(|c: char| c.is_whitespace() || is_quote(c));
    // Any piece of a code may hold its PIN: it is judged by the reader that never repeats it.
    if text.contains(';') {
        return text.parse().map(|qr| Named::Qr(Box::new(qr))).map_err(|error| bad_qr(&error));
    }
    if let Ok(ski) = text.parse() {
        return Ok(Named::Ski(ski));
    }
    let trusted = match (trusted(), hex_digits(text)) {
        (Ok(trusted), _) => trusted,
        // Whoever opens the state for the digits tells what is wrong with it.
        (Err(_), Ok(_)) => Vec::new(),
        (Err(error), Err(_)) => return Err(error),
    };
    if let Some(ski) = called(text, &trusted)? {
        return Ok(Named::Ski(ski));
    }
    let digits = match hex_digits(text) {
        Ok(digits) => digits,
        Err(foreign) => return Err(foreign_text(text, foreign, &trusted)),
    };
    match digits.len() {
        0 => Err(own03("nothing was given")),
        n @ 1..MIN_PREFIX => Err(own03(format!(
            "{} has {}; of an SKI at least {MIN_PREFIX} are needed",
            quoted(text),
            count(n as u64, "digit")
        ))),
        MIN_PREFIX..=MAX_PREFIX => Ok(Named::Prefix(digits)),
        64 => Err(own03(format!(
            "{} has 64 digits: a certificate fingerprint (SHA-256), not an SKI",
            quoted(text)
        ))),
        n => Err(own03(format!("{} has {n} hex digits, but an SKI has 40", quoted(text)))),
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '«' | '»' | '\u{2018}'..='\u{201F}')
}

/// The one trusted device that is called so, in any case of its letters.
///
/// Errors if several are (exit 2), which are listed.
fn called(text: &str, trusted: &[Candidate]) -> Result<Option<Ski>, CliError> {
    let meant = same_words(text);
    let is_it = |it: &&Candidate| it.name.as_deref().is_some_and(|it| same_words(it) == meant);
    let called: Vec<&Candidate> = trusted.iter().filter(is_it).collect();
    match called[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.ski)),
        _ => {
            let message = format!("{} trusted devices are called {}", called.len(), quoted(text));
            let mut error = CliError::usage(message)
                .hint("give the SKI, or another name with `shipctl trust rename`");
            error.listed = called.into_iter().map(Candidate::line).collect();
            Err(error)
        }
    }
}

/// A name as it is compared: a shell may have taken it apart at its blanks.
fn same_words(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The one candidate whose SKI begins with the digits.
///
/// Errors if there is none (exit 68), or more than one (exit 2), which are listed.
pub fn choose(prefix: &str, candidates: &[Candidate]) -> Result<Candidate, CliError> {
    let mut matching: Vec<&Candidate> =
        candidates.iter().filter(|candidate| candidate.ski.starts_with(prefix)).collect();
    // With its name, where one is known.
    matching.sort_by_key(|candidate| (candidate.ski, candidate.name.is_none()));
    matching.dedup_by_key(|candidate| candidate.ski);
    match matching[..] {
        [one] => Ok(one.clone()),
        [] => Err(CliError::new(
            Exit::NotFound,
            format!("no device is seen or trusted whose SKI begins with {prefix}"),
        )
        .hint("`shipctl discover` lists devices; all 40 digits of the SKI mean one in any case")),
        _ => {
            let mut error =
                CliError::usage(format!("{} devices begin with {prefix}", matching.len()))
                    .hint("give more digits, or the whole SKI");
            error.listed = matching.into_iter().map(Candidate::line).collect();
            Err(error)
        }
    }
}

impl Candidate {
    fn line(&self) -> String {
        match &self.name {
            Some(name) => format!("{}  {name}", self.ski),
            None => self.ski.to_string(),
        }
    }
}

/// What a text is that has a character no SKI has.
fn foreign_text(text: &str, foreign: char, trusted: &[Candidate]) -> CliError {
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    let others = text.chars().filter(|c| !c.is_ascii_hexdigit() && !is_separator(*c)).count();
    let shown = quoted(text);
    if text.parse::<Target>().is_ok() || text.contains("://") {
        return own03(format!("{shown} is an address; give it with --address, and the SKI here"));
    }
    if text.parse::<IpAddr>().is_ok() {
        return CliError::usage(format!("{shown} is an address without a port"))
            .hint(format!("give the SKI here, and the address like `--address {text}:4712`"));
    }
    if text.parse::<ShipId>().is_ok_and(|id| id.is_new_form()) {
        return own03(format!("{shown} is a SHIP ID, not an SKI"));
    }
    if digits >= 30 && others <= 2 {
        let letter = match foreign {
            'o' | 'O' => " (the letter O; is it the digit 0?)",
            'l' | 'I' => " (a letter; is it the digit 1?)",
            _ => "",
        };
        let message = format!(
            "{shown} has the character {foreign:?} (U+{:04X}){letter}, which is no hex digit",
            u32::from(foreign)
        );
        return own03(message);
    }
    let names = trusted.iter().filter_map(|it| it.name.as_deref());
    let lower: Vec<(String, &str)> = names.map(|name| (same_words(name), name)).collect();
    let meant = nearest(&same_words(text), lower.iter().map(|(lower, _)| lower.as_str()));
    match meant.and_then(|meant| lower.iter().find(|(lower, _)| lower == meant)) {
        Some((_, name)) => CliError::usage(format!(
            "no trusted device is called {shown}; did you mean \"{name}\"?"
        ))
        .hint("`shipctl trust list` shows the names")
        .code(Code::Own03),
        None => own03(format!(
            "{shown} is no SKI, and no trusted device is called so; it may be a SHIP ID or a \
             serial number"
        )),
    }
}

fn bad_qr(error: &QrError) -> CliError {
    CliError::usage(error.to_string())
        .hint("scan or copy it again, in quotes; or give the SKI printed beside it")
}

fn own03(message: impl Into<String>) -> CliError {
    CliError::usage(message)
        .hint(
            "the SKI has 40 hex digits; it is on the device's label, in its menu or app, \
             and in the list of `shipctl discover`",
        )
        .code(Code::Own03)
}

#[cfg(test)]
mod tests;
