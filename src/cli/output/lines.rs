//! How a line gets to a stream: past a question that stands there, in the width of the terminal.

use std::io;

use anstream::adapter::strip_str;
use anstyle::Style;

use super::{
    Ui, text,
    writer::{To, Worth},
};
use crate::cli::{error::CliError, signals};

impl Ui {
    pub(super) fn print_text(&mut self, line: &str, worth: Worth) -> Result<(), CliError> {
        if self.keep(line) || self.json { Ok(()) } else { self.print(line, worth) }
    }

    pub(super) fn print_json(
        &mut self,
        line: impl FnOnce() -> String,
        worth: Worth,
    ) -> Result<(), CliError> {
        if self.kept.is_none() && !self.tells_programs() {
            return Ok(());
        }
        let line = line();
        if let Some(trace) = &mut self.trace {
            trace.told(&line);
        }
        if let Some(said) = &mut self.kept {
            said.json += &(line + "\n");
            return Ok(());
        }
        if self.json { self.print(&line, worth) } else { Ok(()) }
    }

    /// Keeps a line for people, where lines are kept.
    pub(super) fn keep(&mut self, line: &str) -> bool {
        let Some(said) = &mut self.kept else { return false };
        said.text += &strip_str(line).to_string();
        said.text.push('\n');
        true
    }

    pub(super) fn print(&mut self, line: &str, worth: Worth) -> Result<(), CliError> {
        let clear = self.clear();
        self.to_stderr(Worth::Passing, clear);
        let printed = self.writer.push(To::Stdout, worth, format!("{line}\n"));
        let question = self.repeat_question();
        self.to_stderr(Worth::Passing, question);
        Ok(printed?)
    }

    pub(super) fn say(&mut self, line: &str, worth: Worth) {
        if self.keep(line) {
            return;
        }
        let line = self.fitted(line);
        let text = self.clear() + &line + "\n" + &self.repeat_question();
        self.to_stderr(worth, text);
    }

    pub(super) fn say_labelled(&mut self, style: Style, label: &str, line: &str) {
        if self.keep(&format!("{label} {line}")) {
            return;
        }
        let line = self.fitted(&format!("{label} {line}"));
        let rest = line.strip_prefix(label).unwrap_or(&line);
        let line = format!("{style}{label}{style:#}{rest}\n");
        let text = self.clear() + &line + &self.repeat_question();
        self.to_stderr(Worth::Result, text);
    }

    pub(super) fn to_stderr(&self, worth: Worth, text: String) {
        if !text.is_empty() && self.kept.is_none() {
            // Only stdout tells of failures.
            let _ = self.writer.push(To::Stderr, worth, text);
        }
    }

    pub(super) fn fitted(&self, line: &str) -> String {
        match self.stderr_columns() {
            Some(columns) => text::wrapped(line, columns),
            None => line.to_owned(),
        }
    }

    /// The columns of the terminal on stderr; `None` off a terminal.
    pub(super) fn stderr_columns(&self) -> Option<usize> {
        let size = self.stderr_is_terminal.then(|| terminal_size::terminal_size_of(io::stderr()));
        size.flatten().map(|(width, _)| usize::from(width.0)).filter(|columns| *columns > 0)
    }

    /// What takes away the line that does not stay, and the `^C` that a terminal shows.
    pub(super) fn clear(&mut self) -> String {
        let echoed = self.stderr_is_terminal && signals::take_echo();
        let clear = std::mem::take(&mut self.transient) || echoed;
        if clear { "\r\x1b[K".to_owned() } else { String::new() }
    }

    pub(super) fn repeat_question(&mut self) -> String {
        self.transient |= self.question.is_some();
        self.question.as_ref().map_or(String::new(), |question| format!("{question} "))
    }
}
