//! What a person or a program gets to see: results on stdout, everything else on stderr.
//!
//! | room | what happens there |
//! |---|---|
//! | [`json`] | every event and result as one line of JSON |
//! | [`story`] | every event as one line for people |
//! | `lines` | how a line gets to a stream, past a question that stands there |
//! | [`table`] | tables that fit the terminal |
//! | [`text`] | texts of peers made harmless, widths, times |
//! | `writer` | the queue before both, so that a slow reader holds up nobody |

pub mod json;
mod lines;
pub mod offers;
pub mod story;
pub mod table;
pub mod text;
mod writer;

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use time::OffsetDateTime;

pub use self::writer::Writer;
use self::{
    json::{Body, Line},
    writer::Worth,
};
use super::{
    args::{ColorWhen, Global},
    error::CliError,
    exit::Exit,
    record::Record,
};
use crate::proto::Ski;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Stdout and stderr, and how much to say on them. The only place that writes to either.
pub struct Ui {
    writer: Writer,
    /// Whether stderr shows no colour.
    plain: bool,
    json: bool,
    quiet: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    /// Stdout goes to another program, which may print it to the same terminal, whenever it likes.
    stdout_is_piped: bool,
    /// Whether we were told to end, and must not wait for whoever does not read.
    hurry: bool,
    /// A line stands on the terminal that the next one replaces.
    transient: bool,
    /// A question stands on the terminal, and stays the last line until it is answered.
    question: Option<String>,
    /// What was said so far, where it is kept and not written.
    kept: Option<Said>,
    /// The trace that tells what is told.
    trace: Option<Record>,
}

/// What a command said to people, and the same to programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Lines for people: results and story, without colour.
    pub text: String,
    /// Lines of JSON.
    pub json: String,
}

impl Ui {
    /// As the flags say. Errors when the system gives us no thread to write in.
    pub fn new(global: &Global) -> io::Result<Self> {
        let choice = match global.color {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        };
        // Auto looks at the terminal and at NO_COLOR.
        let (stdout, stderr) =
            (AutoStream::new(io::stdout(), choice), AutoStream::new(io::stderr(), choice));
        let stdout_is_terminal = io::stdout().is_terminal();
        Ok(Self {
            plain: stderr.current_choice() == anstream::ColorChoice::Never,
            writer: Writer::start(stdout, stderr, global.json, !stdout_is_terminal)?,
            json: global.json,
            quiet: global.quiet,
            stdout_is_terminal,
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_is_piped: is_piped(),
            hurry: false,
            transient: false,
            question: None,
            kept: None,
            trace: None,
        })
    }

    /// One that prints neither JSON nor a story, and warnings where another one writes: something
    /// else shows what happens.
    pub fn silent(writer: Writer) -> Self {
        Self {
            writer,
            plain: true,
            json: false,
            quiet: true,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdout_is_piped: false,
            hurry: false,
            transient: false,
            question: None,
            kept: None,
            trace: None,
        }
    }

    /// One that writes nothing, and keeps what is said: for people and for programs at once.
    pub fn keeping() -> Self {
        Self { quiet: false, kept: Some(Said::default()), ..Self::silent(Writer::new(false)) }
    }

    /// What was said to one that keeps it.
    pub fn said(self) -> Said {
        self.kept.unwrap_or_default()
    }

    /// Writes down every line for programs from now on, whether it is printed or not.
    pub(super) fn record(&mut self, trace: Record) {
        self.trace = Some(trace);
    }

    /// The trace of this command, if it writes one.
    pub(super) fn trace(&mut self) -> Option<&mut Record> {
        self.trace.as_mut()
    }

    /// Whether lines for programs are of use.
    pub fn tells_programs(&self) -> bool {
        self.json || self.trace.is_some()
    }

    /// Whether stderr shows no colour.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// For the log, whose lines go to stderr as well.
    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Whether a line can be replaced: a person looks at stderr, and nobody else writes there.
    pub fn counts_down(&self) -> bool {
        !self.json && !self.quiet && self.stderr_is_terminal && !self.stdout_is_piped
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Until nobody reads stdout any more: what only tells things may end then.
    pub async fn closed(&self) {
        self.writer.closed().await;
    }

    /// We were told to end: from now on nobody waits for a reader that does not read.
    pub fn hurry(&mut self) {
        self.hurry = true;
    }

    /// Who types next does so at the beginning of a line.
    pub fn free_line(&mut self) {
        let clear = self.clear();
        self.to_stderr(Worth::Result, clear);
    }

    /// Until everything is written. Errors if stdout failed.
    pub async fn finish(&mut self) -> Result<(), CliError> {
        self.writer.finish(self.hurry).await;
        self.failure()
    }

    /// The same where that takes only a moment; `None` if it does not.
    pub fn finish_soon(&mut self) -> Option<Result<(), CliError>> {
        const MOMENT: std::time::Duration = std::time::Duration::from_millis(100);
        self.writer.wait(MOMENT).then(|| self.failure())
    }

    fn failure(&self) -> Result<(), CliError> {
        self.writer.failure().map_or(Ok(()), |error| Err(error.into()))
    }

    /// The columns of the terminal on stdout; `None` off a terminal.
    pub fn columns(&self) -> Option<usize> {
        let size = self.stdout_is_terminal.then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    }

    /// A line of the result, for people; nothing with `--json`.
    pub fn result(&mut self, line: &str) -> Result<(), CliError> {
        self.print_text(line, Worth::Result)
    }

    /// The same about something that happens, one of endlessly many: lost where nobody reads.
    pub fn event(&mut self, line: &str) -> Result<(), CliError> {
        self.print_text(line, Worth::Event)
    }

    /// A line of JSON; nothing without `--json`. All but the last are lost where nobody reads.
    pub fn json(
        &mut self,
        at: OffsetDateTime,
        ski: Option<Ski>,
        body: &Body,
    ) -> Result<(), CliError> {
        let worth = if matches!(body, Body::Result { .. }) { Worth::Result } else { Worth::Event };
        self.print_json(|| Line::new(at, ski, body).to_string(), worth)
    }

    /// A line of JSON that another shipctl made; nothing without `--json`.
    pub fn json_line(&mut self, line: &serde_json::Value) -> Result<(), CliError> {
        self.print_json(|| line.to_string(), Worth::Event)
    }

    /// The same of one that is a part of the result, and never lost.
    pub fn json_part(&mut self, line: &serde_json::Value) -> Result<(), CliError> {
        self.print_json(|| line.to_string(), Worth::Result)
    }

    /// A line of JSON about now.
    pub fn json_now(&mut self, ski: Option<Ski>, body: &Body) -> Result<(), CliError> {
        self.json(OffsetDateTime::now_utc(), ski, body)
    }

    /// A line of the story, for people.
    pub fn story(&mut self, line: &str) {
        if !self.json && !self.quiet {
            self.say(line, Worth::Event);
        }
    }

    /// A line on the terminal that the next one replaces; nothing off a terminal.
    pub fn transient(&mut self, line: &str) {
        if !self.counts_down() || self.question.is_some() {
            return;
        }
        let line = text::cut(line, self.stderr_columns().unwrap_or(80).saturating_sub(1));
        self.to_stderr(Worth::Passing, format!("\r\x1b[K{line}"));
        self.transient = true;
    }

    /// What a question is about, also with `--quiet`.
    pub fn notice(&mut self, line: &str) {
        self.say(line, Worth::Result);
    }

    /// Something that must not be missed, also with `--quiet`.
    pub fn warning(&mut self, line: &str) {
        self.say_labelled(WARNING, "warning:", line);
    }

    /// What to do.
    pub fn hint(&mut self, line: &str) {
        self.say_labelled(HINT, "hint:", &text::clause(line));
    }

    /// Whether a question and a short answer fit into one line, so that they can be taken away.
    fn fits(&self, question: &str) -> bool {
        const ANSWER: usize = 8;
        self.stderr_columns().is_none_or(|columns| text::width(question) + ANSWER <= columns)
    }

    /// Asks on the terminal; the answer comes from elsewhere, then call [`Ui::answered`].
    pub fn ask(&mut self, question: impl Into<String>) {
        let clear = self.clear();
        self.question = Some(question.into());
        let question = self.repeat_question();
        self.to_stderr(Worth::Result, clear + &question);
    }

    /// Asks whether to do something with a device, whose whole SKI is shown in any case.
    pub fn ask_about(&mut self, verb: &str, ski: Ski, name: Option<&str>) {
        let name = name.map_or(String::new(), |name| format!(" ({name})"));
        let whole = format!("SKI {}{name}", ski.grouped());
        let question = format!("{verb} {whole}? [y/N]");
        if self.fits(&question) {
            self.ask(question);
        } else {
            self.answered();
            self.notice(&whole);
            self.ask(format!("{verb} {}? [y/N]", story::short(ski)));
        }
    }

    /// The question is answered, or no longer of interest.
    pub fn answered(&mut self) {
        let clear = self.clear();
        self.question = None;
        self.to_stderr(Worth::Result, clear);
    }

    /// The error that ends the run.
    pub fn error(&mut self, error: &CliError) {
        let mut message = text::clause(&error.message);
        for cause in &error.causes {
            message = format!("{message}: {cause}");
        }
        // To decide otherwise is no error.
        if error.exit == Exit::Interrupted {
            self.notice(&message);
        } else {
            self.say_labelled(ERROR, "error:", &message);
        }
        for one in &error.listed {
            self.say(&format!("  {one}"), Worth::Result);
        }
        if let Some(hint) = &error.hint {
            let code = error.code.map(|code| format!("  [{code}]")).unwrap_or_default();
            self.hint(&format!("{}{code}", text::clause(hint)));
        }
    }
}

/// Whether another program reads our stdout.
#[cfg(unix)]
fn is_piped() -> bool {
    use std::os::{fd::AsFd, unix::fs::FileTypeExt};
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let kind = stdout.and_then(|it| it.metadata()).map(|it| it.file_type());
    kind.is_ok_and(|it| it.is_fifo() || it.is_socket())
}

#[cfg(not(unix))]
fn is_piped() -> bool {
    !io::stdout().is_terminal()
}

/// The last line of JSON of a run that never got so far as to have a [`Ui`].
pub fn print_last(body: &Body) {
    let line = Line::new(OffsetDateTime::now_utc(), None, body);
    // The exit code tells the same.
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_whole_for_people_and_for_programs_and_without_colour() {
        let mut ui = Ui::keeping();
        ui.story("looking");
        ui.result(&format!("{ERROR}failed{ERROR:#} port")).unwrap();
        ui.transient("nothing that stays");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = CliError::usage("No file.").because_of(&denied);
        ui.error(&CliError { listed: vec!["a b".to_owned()], ..error }.hint("Say yes."));
        let body = Body::done("done", Exit::Done, serde_json::Map::new());
        ui.json(OffsetDateTime::UNIX_EPOCH, None, &body).unwrap();
        let said = ui.said();
        assert_eq!(
            said.text,
            "looking\nfailed port\nerror: no file: permission denied\n  a b\nhint: say yes\n"
        );
        assert!(said.json.starts_with("{\"schema\":1,") && said.json.ends_with("0}\n"), "{said:?}");
    }
}
