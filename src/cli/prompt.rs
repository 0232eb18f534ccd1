//! Questions on the terminal. Whoever asks has made sure that there is one.
//!
//! Answers are read in threads of their own: nothing waits for a person but the question.

use std::io::{self, BufRead};

use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::{
    error::CliError,
    exit::Exit,
    output::{Ui, story::short, text::quoted},
};
use crate::proto::{Pin, PinError, Ski};

/// Whether a line means yes.
pub(super) fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

/// What was answered to a question that a yes is wanted for.
pub(super) struct Answer(String);

impl Answer {
    /// Whether it is a yes.
    pub(super) fn is_yes(&self) -> bool {
        is_yes(&self.0)
    }

    /// How a run ends that wanted one.
    pub(super) fn declined(&self) -> CliError {
        let answered = match self.0.trim() {
            "" => "nothing was answered".to_owned(),
            said => match said.to_lowercase().as_str() {
                "n" | "no" => "answered with no".to_owned(),
                _ => format!("{} is no yes", quoted(said)),
            },
        };
        CliError::new(Exit::Interrupted, format!("{answered}; nothing was changed"))
    }
}

/// Reads one line, an empty one at the end of the input; the question has been printed.
pub(super) fn confirm() -> io::Result<Answer> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(Answer(line))
}

/// The same for those who must not wait for it.
pub(super) fn confirmed() -> oneshot::Receiver<io::Result<Answer>> {
    let (sender, answer) = oneshot::channel();
    // Fails only when nobody waits for the answer any more.
    std::thread::spawn(move || sender.send(confirm()));
    answer
}

/// Answers to one question after the other. Nothing is read before it is wanted: what is typed ahead
/// stays where [`discard_typed`] finds it.
pub(super) struct Answers {
    wanted: std::sync::mpsc::Sender<()>,
    typed: mpsc::Receiver<String>,
    /// Whether a line is being read already.
    reading: bool,
}

impl Answers {
    /// No question stands yet.
    pub(super) fn new() -> Self {
        let (wanted, wishes) = std::sync::mpsc::channel();
        let (sender, typed) = mpsc::channel(1);
        std::thread::spawn(move || {
            let mut lines = io::stdin().lock().lines().map_while(Result::ok);
            while wishes.recv().is_ok() {
                match lines.next().map(|line| sender.blocking_send(line)) {
                    Some(Ok(())) => {}
                    _ => break,
                }
            }
        });
        Self { wanted, typed, reading: false }
    }

    /// Wants an answer to a question that is about to be asked; what was typed before is none.
    pub(super) fn want(&mut self) {
        discard_typed();
        if !self.reading {
            self.reading = self.wanted.send(()).is_ok();
        }
    }

    /// The answer; `None` when nobody types any more. It may be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<String> {
        let typed = self.typed.recv().await;
        self.reading = false;
        typed
    }
}

/// Forgets what was typed and not read yet, a line without its end included.
#[cfg(unix)]
fn discard_typed() {
    use rustix::termios::{QueueSelector, tcflush};
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

#[cfg(not(unix))]
fn discard_typed() {}

/// What was typed where a PIN was asked for.
pub(super) type Typed = io::Result<Result<Pin, PinError>>;

/// A question for a PIN, which may be asked many times. From the beginning to the end nothing typed shows,
/// asked or not: people type a PIN before they are asked, or when it is too late. What is typed unasked is
/// thrown away, so that neither the next question nor the shell behind us takes it.
///
/// One thread reads for all of them: a read that nobody wants any more cannot be taken back, and
/// would swallow the answer to the next question.
pub(super) struct PinPrompt {
    wanted: std::sync::mpsc::Sender<()>,
    typed: mpsc::Receiver<io::Result<Zeroizing<String>>>,
    /// Whether the thread reads, or has read what nobody took.
    reading: bool,
    open: bool,
    /// What the device is called, once that is known; safe to show.
    pub(super) name: Option<String>,
    _hidden: Option<Terminal>,
}

impl PinPrompt {
    /// Not asked yet. `is_interactive` tells whether somebody can be asked at all.
    pub(super) fn new(is_interactive: bool) -> Self {
        let (wanted, wishes) = std::sync::mpsc::channel();
        let (sender, typed) = mpsc::channel(1);
        std::thread::spawn(move || {
            while wishes.recv().is_ok() && sender.blocking_send(read_hidden()).is_ok() {}
        });
        let hidden = is_interactive.then(Terminal::hide).flatten();
        Self { wanted, typed, reading: false, open: false, name: None, _hidden: hidden }
    }

    /// Asks, unless the question stands already: only one may read the terminal at a time.
    pub(super) fn ask(&mut self, ui: &mut Ui, of: Ski) {
        if !self.open {
            self.open();
            let name = self.name.as_ref().map_or(String::new(), |name| format!("{name}, "));
            ui.ask(format!("PIN of {name}{} (not shown while typing):", short(of)));
        }
    }

    /// The PIN that was typed; what is none is asked for anew. Errors when nobody types any more.
    pub(super) fn read(
        &mut self,
        ui: &mut Ui,
        of: Ski,
        typed: Typed,
    ) -> Result<Option<Pin>, CliError> {
        ui.answered();
        match typed {
            Ok(Ok(pin)) => Ok(Some(pin)),
            Ok(Err(error)) => {
                ui.hint(&error.to_string());
                self.ask(ui, of);
                Ok(None)
            }
            Err(error) => Err(CliError::usage("no PIN was entered")
                .because_of(&error)
                .hint("give it with --pin-file")),
        }
    }

    /// The device is gone: nobody needs the answer.
    pub(super) fn withdraw(&mut self, ui: &mut Ui) {
        if self.open {
            self.open = false;
            ui.answered();
        }
    }

    /// What was typed before the question is no answer to it.
    fn open(&mut self) {
        discard_typed();
        if self.typed.try_recv().is_ok() {
            self.reading = false;
        }
        if !self.reading {
            self.reading = self.wanted.send(()).is_ok();
        }
        self.open = true;
    }

    /// Whether an answer is waited for.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// What was typed, which closes it; an empty line is an error like any other that is no PIN.
    pub(super) async fn answer(&mut self) -> Typed {
        let typed = self.typed.recv().await;
        self.reading = false;
        self.open = false;
        typed.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into())).map(|text| text.parse())
    }
}

/// Reads a line from the terminal, whose echo is off.
#[cfg(unix)]
fn read_hidden() -> io::Result<Zeroizing<String>> {
    use std::io::Read;
    // A terminal gives a line at a time; one that is longer is no PIN.
    let mut line = Zeroizing::new([0; 256]);
    let mut terminal = std::fs::File::open("/dev/tty")?;
    let length = loop {
        match terminal.read(&mut line[..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    if length == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = str::from_utf8(&line[..length]).unwrap_or_default();
    Ok(Zeroizing::new(text.trim_end().to_owned()))
}

#[cfg(not(unix))]
fn read_hidden() -> io::Result<Zeroizing<String>> {
    rpassword::read_password().map(Zeroizing::new)
}

/// The settings of the terminal before its echo was switched off, put back when this is dropped.
/// What was typed and not read is thrown away: half a PIN must not show afterwards.
#[cfg(unix)]
struct Terminal(std::fs::File, rustix::termios::Termios);

#[cfg(unix)]
impl Terminal {
    fn hide() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let terminal = std::fs::File::open("/dev/tty").ok()?;
        let settings = tcgetattr(&terminal).ok()?;
        let mut hidden = settings.clone();
        hidden.local_modes -= LocalModes::ECHO;
        hidden.local_modes |= LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(&terminal, OptionalActions::Flush, &hidden).ok()?;
        Some(Self(terminal, settings))
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(&self.0, OptionalActions::Flush, &self.1);
    }
}

#[cfg(not(unix))]
struct Terminal;

#[cfg(not(unix))]
impl Terminal {
    fn hide() -> Option<Self> {
        None
    }
}
