//! Words that are known beforehand: codes, simulated devices and their faults; and profiles.

use std::ffi::OsStr;

use clap_complete::CompletionCandidate;

use crate::{
    checks::Code,
    cli::settings::place::profiles,
    devices::{Fault, persona::Persona},
};

/// Codes of findings. They may be typed in small letters.
pub(super) fn codes(current: &OsStr) -> Vec<CompletionCandidate> {
    let small = current.to_str().is_some_and(|text| text.chars().any(|c| c.is_ascii_lowercase()));
    let written = |code: &str| if small { code.to_lowercase() } else { code.to_owned() };
    let all = Code::ALL.iter().map(|code| (written(code.as_str()), code.title().to_owned()));
    begun(current, all)
}

/// Devices that can be simulated.
pub(super) fn personas(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = Persona::built_in().into_iter().map(|it| (it.name, it.model));
    begun(current, all)
}

/// What they can do wrong.
pub(super) fn faults(current: &OsStr) -> Vec<CompletionCandidate> {
    begun(current, Fault::ALL.iter().map(|it| (it.name().to_owned(), it.does().to_owned())))
}

/// Profiles there are.
pub(super) fn known_profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    begun(current, profiles().into_iter().map(|name| (name, String::new())))
}

/// Those that go on as what is typed begins, each with what it means.
fn begun(current: &OsStr, all: impl Iterator<Item = (String, String)>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    all.filter(|(word, _)| word.starts_with(current))
        .map(|(word, about)| {
            CompletionCandidate::new(word).help((!about.is_empty()).then(|| about.into()))
        })
        .collect()
}
