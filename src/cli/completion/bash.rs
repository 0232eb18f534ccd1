//! Bash, which shows no descriptions and quotes nothing by itself.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::Path,
};

use clap_complete::{
    engine::{CompletionCandidate, complete},
    env::EnvCompleter,
};

/// How bash asks. A name with blanks is quoted by readline, which does so for file names.
const SCRIPT: &str = r#"_shipctl() {
    local words=("${COMP_WORDS[@]}") line
    words[COMP_CWORD]=$2
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(VARIABLE=bash _SHIPCTL_WORD=$COMP_CWORD _SHIPCTL_TYPE=$COMP_TYPE \
        COMPLETER -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    if [[ $COMP_TYPE -ne 63 && "${COMPREPLY[*]}" == *' '* ]]; then
        compopt -o filenames 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _shipctl BIN 2>/dev/null ||
    complete -o bashdefault -F _shipctl BIN"#;

/// Bash.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        bin: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> io::Result<()> {
        let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
        let completer = match completer.chars().all(is_plain) {
            true => completer.to_owned(),
            false => format!("'{}'", completer.replace('\'', r"'\''")),
        };
        let text = SCRIPT.replace("VARIABLE", variable).replace("COMPLETER", &completer);
        writeln!(script, "{}", text.replace("BIN", bin))
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        here: Option<&Path>,
        answer: &mut dyn Write,
    ) -> io::Result<()> {
        let number = |name| env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
        let at = number("_SHIPCTL_WORD").unwrap_or_default();
        // Bash takes a line apart at every `=`; what is left of it means the same.
        let is_part = |word: &OsString| word == "=";
        let parts = words.iter().take(at).filter(|word| is_part(word)).count();
        let words = words.into_iter().filter(|word| !is_part(word)).collect();
        let candidates = complete(command, words, at.saturating_sub(parts), here)?;
        // In a list, and nowhere else, nothing is put into the line.
        let is_list = number("_SHIPCTL_TYPE") == Some(63) && candidates.len() > 1;
        for candidate in &candidates {
            writeln!(answer, "{}", line(candidate, is_list))?;
        }
        Ok(())
    }
}

fn line(candidate: &CompletionCandidate, is_list: bool) -> String {
    let value = candidate.get_value().to_string_lossy();
    let help = candidate.get_help().filter(|_| is_list).map(ToString::to_string);
    match help.as_deref().and_then(|help| help.lines().next()) {
        Some(help) => format!("{value}  ({help})"),
        None => value.into_owned(),
    }
}
