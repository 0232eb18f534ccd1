//! Questions on the terminal. Whoever asks has made sure that there is one.
//!
//! Answers are read in threads of their own: nothing waits for a person but the question.

use std::io::{self, BufRead};

use tokio::sync::{mpsc, oneshot};

use crate::proto::{Pin, PinError};

/// Whether a line means yes.
pub(super) fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja")
}

/// Reads one line; the question has been printed. `false` at the end of the input.
pub(super) fn confirm() -> io::Result<bool> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(is_yes(&line))
}

/// The lines typed from now on.
pub(super) fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Forgets what was typed and not read yet, a line without its end included.
#[cfg(unix)]
pub(super) fn discard_typed() {
    use rustix::termios::{QueueSelector, tcflush};
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

#[cfg(not(unix))]
pub(super) fn discard_typed() {}

/// A PIN being typed, without showing it. Dropping it gives the terminal back as it was.
pub(super) struct PinPrompt {
    answer: oneshot::Receiver<io::Result<Result<Pin, PinError>>>,
    _terminal: Option<Terminal>,
}

impl PinPrompt {
    /// Waits for it to be typed. To be called before the question is printed: from then on nothing
    /// typed shows.
    pub(super) fn open() -> Self {
        let terminal = Terminal::hide();
        let (sender, answer) = oneshot::channel();
        std::thread::spawn(move || {
            let typed = rpassword::read_password().map(zeroize::Zeroizing::new);
            let _ = sender.send(typed.map(|text| text.parse()));
        });
        Self { answer, _terminal: terminal }
    }

    /// What was typed; an empty line is an error like any other that is no PIN.
    pub(super) async fn answer(&mut self) -> io::Result<Result<Pin, PinError>> {
        (&mut self.answer).await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }
}

/// The settings of the terminal before its echo was switched off, put back when this is dropped: a
/// prompt cut off by Ctrl-C would leave it without.
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
        tcsetattr(&terminal, OptionalActions::Now, &hidden).ok()?;
        Some(Self(terminal, settings))
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
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
