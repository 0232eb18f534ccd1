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

/// A PIN being typed, without showing it. Dropping it gives the terminal back as it was.
pub(super) struct PinPrompt {
    answer: oneshot::Receiver<io::Result<Result<Pin, PinError>>>,
    _terminal: Option<Terminal>,
}

impl PinPrompt {
    /// Asks.
    pub(super) fn open(question: String) -> Self {
        let terminal = Terminal::remember();
        let (sender, answer) = oneshot::channel();
        std::thread::spawn(move || {
            let typed = rpassword::prompt_password(question).map(zeroize::Zeroizing::new);
            let _ = sender.send(typed.map(|text| text.parse()));
        });
        Self { answer, _terminal: terminal }
    }

    /// What was typed; an empty line is an error like any other that is no PIN.
    pub(super) async fn answer(&mut self) -> io::Result<Result<Pin, PinError>> {
        (&mut self.answer).await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }
}

/// The settings of the terminal, put back when this is dropped: a prompt that is cut off by Ctrl-C
/// would leave it without echo.
#[cfg(unix)]
struct Terminal(std::fs::File, rustix::termios::Termios);

#[cfg(unix)]
impl Terminal {
    fn remember() -> Option<Self> {
        let terminal = std::fs::File::open("/dev/tty").ok()?;
        let settings = rustix::termios::tcgetattr(&terminal).ok()?;
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
    fn remember() -> Option<Self> {
        None
    }
}
