//! What a shell asks for where Tab is pressed.
//!
//! The scripts in `completions/` know nothing but how to ask: they run shipctl with [`VARIABLE`] set and
//! the words of the line, and clap's engine answers from the command line itself. So they never
//! have to be written anew, and a device is completed as a flag is.
//!
//! | room | what happens there |
//! |---|---|
//! | `bash`, `zsh` | how they ask, where clap's own way is not enough |
//! | `words` | codes, simulated devices, faults, profiles |
//! | `devices` | SKIs and names, of a hub that runs or else of the trust store |

mod bash;
mod devices;
mod words;
mod zsh;

use std::{ffi::OsString, io};

use clap::CommandFactory;
use clap_complete::{
    engine::ArgValueCompleter,
    env::{CompleteEnv, Elvish, Fish, Powershell, Shells},
};

use self::{bash::Bash, devices::Devices, zsh::Zsh};
use super::{args::Args, exit::Exit};

/// The variable that names the shell that asks.
pub const VARIABLE: &str = "SHIPCTL_COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Answers a shell, if it is one that asks; without words, with the script that makes it ask.
pub fn answer(arguments: &[OsString]) -> Option<Exit> {
    let asked = arguments.iter().skip_while(|word| *word != "--").count() > 1;
    let here = std::env::current_dir().ok();
    let engine = CompleteEnv::with_factory(Args::command).var(VARIABLE).shells(SHELLS);
    match engine.try_complete(arguments, here.as_deref()) {
        Ok(false) => None,
        Ok(true) => Some(Exit::Done),
        // On the line that somebody is typing a message helps nobody.
        Err(_) if asked => Some(Exit::Usage),
        Err(error) => {
            // Where stderr is closed, the exit code still tells.
            let _ = error.print();
            Some(Exit::Usage)
        }
    }
}

/// The script for a shell: `bash`, `zsh`, `fish`, `powershell` or `elvish`.
///
/// # Errors
///
/// There is no such shell.
pub fn script(shell: &str) -> io::Result<String> {
    let known = SHELLS.completer(shell).ok_or(io::ErrorKind::NotFound)?;
    let mut text = Vec::new();
    known.write_registration(VARIABLE, "shipctl", "shipctl", "shipctl", &mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    let lines = text.trim().lines().map(|line| format!("{}\n", line.trim_end()));
    Ok(lines.collect())
}

/// Completes an argument that names a device.
pub(super) fn devices() -> ArgValueCompleter {
    ArgValueCompleter::new(Devices)
}

/// Completes the code of a finding.
pub(super) fn codes() -> ArgValueCompleter {
    ArgValueCompleter::new(words::codes)
}

/// Completes the name of a device to simulate.
pub(super) fn personas() -> ArgValueCompleter {
    ArgValueCompleter::new(words::personas)
}

/// Completes the name of a fault.
pub(super) fn faults() -> ArgValueCompleter {
    ArgValueCompleter::new(words::faults)
}

/// Completes the name of a profile.
pub(super) fn profiles() -> ArgValueCompleter {
    ArgValueCompleter::new(words::known_profiles)
}

/// The words of the line up to the one that is completed, the program first.
fn words() -> Vec<OsString> {
    let index = ["_SHIPCTL_WORD", "_CLAP_COMPLETE_INDEX"].into_iter().find_map(std::env::var_os);
    let index = index.and_then(|index| index.to_str()?.parse::<usize>().ok());
    let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
    let mut words: Vec<OsString> =
        words.take(index.map_or(usize::MAX, |index| index + 1)).collect();
    // Some leave the empty word out.
    if index.is_some_and(|index| index == words.len()) {
        words.push(OsString::new());
    }
    // Bash takes a line apart at every `=`; what is left of it means the same.
    words.retain(|word| word != "=");
    words
}
