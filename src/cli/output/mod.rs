//! What a person or a program gets to see: results on stdout, everything else on stderr.
//!
//! | room | what happens there |
//! |---|---|
//! | [`json`] | every event and result as one line of JSON |
//! | [`story`] | every event as one line for people |
//! | [`table`] | tables that fit the terminal |
//! | [`text`] | texts of peers made harmless, widths, times |

pub mod json;
pub mod story;
pub mod table;
pub mod text;

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use time::OffsetDateTime;

use self::json::{Body, Line};
use super::{
    args::{ColorWhen, Global},
    error::CliError,
};
use crate::proto::Ski;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Stdout and stderr, and how much to say on them. The only place that writes to either.
pub struct Ui {
    stdout: AutoStream<io::Stdout>,
    stderr: AutoStream<io::Stderr>,
    json: bool,
    quiet: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    /// Nobody reads stdout any more.
    closed: bool,
    /// A line stands on the terminal that the next one replaces.
    transient: bool,
    /// A question stands on the terminal, and stays the last line until it is answered.
    question: Option<String>,
}

impl Ui {
    /// As the flags say.
    pub fn new(global: &Global) -> Self {
        let choice = match global.color {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        };
        // Auto looks at the terminal and at NO_COLOR.
        Self {
            stdout: AutoStream::new(io::stdout(), choice),
            stderr: AutoStream::new(io::stderr(), choice),
            json: global.json,
            quiet: global.quiet,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            closed: false,
            transient: false,
            question: None,
        }
    }

    /// One that prints neither JSON nor a story: something else shows what happens.
    pub fn silent() -> Self {
        let choice = anstream::ColorChoice::Never;
        Self {
            stdout: AutoStream::new(io::stdout(), choice),
            stderr: AutoStream::new(io::stderr(), choice),
            json: false,
            quiet: true,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            closed: false,
            transient: false,
            question: None,
        }
    }

    /// Whether stderr shows no colour.
    pub fn is_plain(&self) -> bool {
        self.stderr.current_choice() == anstream::ColorChoice::Never
    }

    /// Whether a line can be replaced: a person looks at stderr.
    pub fn counts_down(&self) -> bool {
        !self.json && !self.quiet && self.stderr_is_terminal
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nobody reads stdout any more: what only lists things may end.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The columns of the terminal on stdout; `None` off a terminal.
    pub fn columns(&self) -> Option<usize> {
        let size = self.stdout_is_terminal.then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    }

    /// A line of the result, for people; nothing with `--json`.
    pub fn result(&mut self, line: &str) -> Result<(), CliError> {
        if self.json { Ok(()) } else { self.print(line) }
    }

    /// A line of JSON; nothing without `--json`.
    pub fn json(
        &mut self,
        at: OffsetDateTime,
        ski: Option<Ski>,
        body: &Body,
    ) -> Result<(), CliError> {
        if self.json { self.print(&Line::new(at, ski, body).to_string()) } else { Ok(()) }
    }

    /// A line of JSON that another shipctl made; nothing without `--json`.
    pub fn json_line(&mut self, line: &serde_json::Value) -> Result<(), CliError> {
        if self.json { self.print(&line.to_string()) } else { Ok(()) }
    }

    /// A line of JSON about now.
    pub fn json_now(&mut self, ski: Option<Ski>, body: &Body) -> Result<(), CliError> {
        self.json(OffsetDateTime::now_utc(), ski, body)
    }

    /// A line of the story, for people.
    pub fn story(&mut self, line: &str) {
        if !self.json && !self.quiet {
            self.say(line);
        }
    }

    /// A line on the terminal that the next one replaces; nothing off a terminal.
    pub fn transient(&mut self, line: &str) {
        if !self.counts_down() || self.question.is_some() {
            return;
        }
        let line = text::cut(line, self.stderr_columns().unwrap_or(80).saturating_sub(1));
        let _ = write!(self.stderr, "\r\x1b[K{line}").and_then(|()| self.stderr.flush());
        self.transient = true;
    }

    /// What a question is about, also with `--quiet`.
    pub fn notice(&mut self, line: &str) {
        self.say(line);
    }

    /// Something that must not be missed, also with `--quiet`.
    pub fn warning(&mut self, line: &str) {
        self.say_labelled(WARNING, "warning:", line);
    }

    /// What to do.
    pub fn hint(&mut self, line: &str) {
        self.say_labelled(HINT, "hint:", line);
    }

    /// Whether a question and a short answer fit into one line, so that they can be taken away.
    pub fn fits(&self, question: &str) -> bool {
        const ANSWER: usize = 8;
        self.stderr_columns().is_none_or(|columns| text::width(question) + ANSWER <= columns)
    }

    /// Asks on the terminal; the answer comes from elsewhere, then call [`Ui::answered`].
    pub fn ask(&mut self, question: impl Into<String>) {
        self.clear();
        self.question = Some(question.into());
        self.repeat_question();
    }

    /// The question is answered, or no longer of interest.
    pub fn answered(&mut self) {
        self.clear();
        self.question = None;
    }

    /// The error that ends the run.
    pub fn error(&mut self, error: &CliError) {
        self.say_labelled(ERROR, "error:", &error.message);
        for cause in &error.causes {
            self.say(&format!("  {cause}"));
        }
        if let Some(hint) = &error.hint {
            let code = error.code.map(|code| format!("  [{code}]")).unwrap_or_default();
            self.hint(&format!("{hint}{code}"));
        }
    }

    fn print(&mut self, line: &str) -> Result<(), CliError> {
        self.clear();
        if self.closed {
            return Ok(());
        }
        let printed = writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush());
        self.repeat_question();
        match printed {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// Where stderr itself fails there is nobody left to tell.
    fn say(&mut self, line: &str) {
        self.clear();
        let _ = writeln!(self.stderr, "{}", self.fitted(line));
        self.repeat_question();
    }

    fn say_labelled(&mut self, style: Style, label: &str, line: &str) {
        self.clear();
        let line = self.fitted(&format!("{label} {line}"));
        let rest = line.strip_prefix(label).unwrap_or(&line);
        let _ = writeln!(self.stderr, "{style}{label}{style:#}{rest}");
        self.repeat_question();
    }

    fn fitted(&self, line: &str) -> String {
        match self.stderr_columns() {
            Some(columns) => text::wrapped(line, columns),
            None => line.to_owned(),
        }
    }

    /// The columns of the terminal on stderr; `None` off a terminal.
    fn stderr_columns(&self) -> Option<usize> {
        let size = self.stderr_is_terminal.then(|| terminal_size::terminal_size_of(io::stderr()));
        size.flatten().map(|(width, _)| usize::from(width.0)).filter(|columns| *columns > 0)
    }

    /// Takes away the line that does not stay.
    fn clear(&mut self) {
        if std::mem::take(&mut self.transient) {
            let _ = write!(self.stderr, "\r\x1b[K");
        }
    }

    fn repeat_question(&mut self) {
        if let Some(question) = &self.question {
            let _ = write!(self.stderr, "{question} ").and_then(|()| self.stderr.flush());
            self.transient = true;
        }
    }
}

/// The last line of JSON of a run that never got so far as to have a [`Ui`].
pub fn print_last(body: &Body) {
    let line = Line::new(OffsetDateTime::now_utc(), None, body);
    // The exit code tells the same.
    let _ = writeln!(io::stdout(), "{line}");
}
