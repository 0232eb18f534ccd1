//! The terminal: taken, and given back as it was, whatever happens.

use std::{
    io::{self, Stdout, Write, stdout},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    terminal::{
        Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::backend::CrosstermBackend;

use super::{model::Model, view};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. It is given back when this is dropped, and before a panic is told.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<Screen>>,
}

/// Standard output while the terminal is ours, and nowhere else: what is drawn late must not show up
/// in a shell, nor fail in a terminal that has gone, for ratatui panics over that as it is dropped.
struct Screen(Stdout);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if TAKEN.load(Ordering::SeqCst) { self.0.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) { self.0.flush() } else { Ok(()) }
    }
}

impl Terminal {
    pub(super) fn take() -> io::Result<Self> {
        give_back_before_panics();
        let taken = Self { inner: blank()? };
        enter()?;
        Ok(taken)
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        self.inner.size().map(|size| (size.width, size.height))
    }

    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.inner.draw(|frame| view::draw(model, frame)).map(drop)
    }

    /// Puts a text into the clipboard of the terminal (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives it back until it is taken again; what is drawn meanwhile is not seen.
    pub(super) fn give_back(&self) {
        give_back();
    }

    /// Takes it again, whoever had it meanwhile and whatever they left there.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        give_back();
        // One that has drawn nothing yet draws everything. To clear this one would ask the terminal
        // where its cursor is, and the answer would go to whoever waits for keys.
        self.inner = blank()?;
        enter()?;
        execute!(stdout(), Clear(ClearType::All))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// What has drawn nothing yet.
fn blank() -> io::Result<ratatui::Terminal<CrosstermBackend<Screen>>> {
    ratatui::Terminal::new(CrosstermBackend::new(Screen(stdout())))
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, Hide)
}

/// Nobody is left to be told where this fails.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            DisableBracketedPaste,
            DisableMouseCapture,
            LeaveAlternateScreen,
            Show
        );
        let _ = stdout().flush();
        let _ = disable_raw_mode();
    }
}

fn give_back_before_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            tell(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::{env, io::Read};

    use pty_process::{
        Size,
        blocking::{Command, open},
    };
    use rustix::termios::tcgetattr;

    use super::*;

    /// Set in the process that panics.
    const PANICS: &str = "SHIPCTL_TEST_PANICS";

    #[test]
    fn a_panic_is_told_on_the_terminal_as_it_was_before() {
        if env::var_os(PANICS).is_some() {
            let _terminal = Terminal::take().unwrap();
            panic!("this is told");
        }
        let (mut pty, program) = open().unwrap();
        pty.resize(Size::new(24, 80)).unwrap();
        let modes = |pty: &_| format!("{:?}", tcgetattr(pty).unwrap());
        let before = modes(&pty);
        let this = "a_panic_is_told_on_the_terminal_as_it_was_before";
        let (_, room) = module_path!().split_once("::").unwrap();
        let command = Command::new(env::current_exe().unwrap()).env(PANICS, "1");
        let command = command.args(["--exact", &format!("{room}::{this}"), "--nocapture"]);
        let mut child = command.spawn(program).unwrap();

        let mut bytes = Vec::new();
        // Ends with an error once nobody has the terminal open any more.
        let _ = pty.read_to_end(&mut bytes);
        assert!(!child.wait().unwrap().success());
        let written = String::from_utf8_lossy(&bytes);
        let (taken, rest) = written.split_once("\x1b[?1049h").expect("the second screen");
        assert!(!taken.contains("this is told"), "{written:?}");
        let (given_back, told) = rest.split_once("this is told").expect("what happened");
        for undone in ["\x1b[?1049l", "\x1b[?1000l", "\x1b[?2004l", "\x1b[?25h"] {
            assert!(given_back.contains(undone), "{undone:?} in {written:?}");
        }
        assert!(!told.contains("\x1b[?1049"), "{written:?}");
        assert_eq!(modes(&pty), before);
    }
}
