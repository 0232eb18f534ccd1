//! Zsh, whose script is found in its `fpath` as well as sourced.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
};

use clap_complete::env::{EnvCompleter, Zsh as Engine};

/// Zsh.
pub(super) struct Zsh;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn is(&self, name: &str) -> bool {
        name == "zsh"
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> io::Result<()> {
        let mut text = Vec::new();
        Engine.write_registration(variable, name, bin, completer, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        // Where it is loaded by the first Tab it has to answer that one too.
        let end = format!("compdef _clap_dynamic_completer_{name} {bin}");
        let both = format!(
            "if [[ $funcstack[1] == _{bin} ]]; then\n    _clap_dynamic_completer_{name} \"$@\"\nelse\n    {end}\nfi"
        );
        script.write_all(text.replace(&end, &both).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        here: Option<&Path>,
        answer: &mut dyn Write,
    ) -> io::Result<()> {
        Engine.write_complete(command, words, here, answer)
    }
}
