//! A terminal of our own with a program in it: what it shows, what is typed, how it ends.

use std::{
    io::{Read as _, Write as _},
    num::NonZero,
    process::Child,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use rustix::termios::{LocalModes, tcgetattr};
use vt100::Parser;

/// Long enough for any step on a busy machine; a step that takes longer hangs.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// So high that nothing scrolls away.
const ROWS: NonZero<u16> = NonZero::new(60).unwrap();

/// Ctrl-C.
pub const INTERRUPT: &str = "\x03";

/// A terminal; its program is killed when it is dropped.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Shown>,
}

#[derive(Default)]
struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: Parser,
    raw: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Runs the program in a terminal of so many columns.
    pub fn start(columns: u16, command: Command) -> Self {
        let (pty, program) = open().unwrap();
        pty.resize(Size::new(ROWS.get(), columns)).unwrap();
        let child = command.env("TERM", "xterm-256color").spawn(program).unwrap();
        let shown = Arc::new(Shown::default());
        shown.lock().parser = Parser::new(ROWS, wide(columns), 0);
        let (pty, reading) = (Arc::new(pty), Arc::clone(&shown));
        let from = Arc::clone(&pty);
        thread::spawn(move || reading.follow(&from));
        Self { pty, child, shown }
    }

    /// Types something.
    pub fn type_in(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    pub fn resize(&self, columns: u16) {
        // The picture first: what the program writes from now on is meant for the new size.
        self.shown.lock().parser.screen_mut().set_size(ROWS, wide(columns));
        self.pty.resize(Size::new(ROWS.get(), columns)).unwrap();
    }

    /// Waits until `pick` gives something for the lines on the screen.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, pick: impl Fn(&[String]) -> Option<T>) -> T {
        let end = Instant::now() + DEADLINE;
        let mut state = self.shown.lock();
        loop {
            let lines = state.lines();
            if let Some(picked) = pick(&lines) {
                return picked;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!state.ended, "it ended without {what}: {lines:#?}");
            assert!(!left.is_zero(), "no {what}, but {lines:#?}");
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until some line on the screen tells this, and returns the last that does.
    #[track_caller]
    pub fn shows(&self, part: &str) -> String {
        self.wait_for(part, |lines| lines.iter().rfind(|line| line.contains(part)).cloned())
    }

    /// Whether what is typed shows.
    pub fn echoes(&self) -> bool {
        tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let end = Instant::now() + DEADLINE;
        let mut state = self.shown.lock();
        while !state.ended {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it does not end: {:#?}", state.lines());
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
        let (lines, raw) = (state.lines(), String::from_utf8_lossy(&state.raw).into_owned());
        drop(state);
        let code = self.child.wait().unwrap().code();
        Ended { code: code.expect("an exit code"), lines, raw, echoes: self.echoes() }
    }
}

fn wide(columns: u16) -> NonZero<u16> {
    NonZero::new(columns).unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what is written until nobody has the terminal open any more, which is an error.
    fn follow(&self, mut pty: &Pty) {
        let mut bytes = [0; 4096];
        loop {
            let read = pty.read(&mut bytes).unwrap_or(0);
            let mut state = self.lock();
            state.raw.extend(&bytes[..read]);
            state.parser.process(&bytes[..read]);
            state.ended = read == 0;
            self.changed.notify_all();
            if read == 0 {
                return;
            }
        }
    }
}

impl State {
    /// The lines on the screen down to the last that is not empty.
    fn lines(&self) -> Vec<String> {
        let screen = self.parser.screen();
        let rows = screen.rows(0, screen.size().1.into());
        let mut lines: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1));
        lines
    }
}

/// What is left when the program has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    /// The screen.
    pub lines: Vec<String>,
    /// All that was ever written to it.
    pub raw: String,
    /// Whether what is typed shows again.
    pub echoes: bool,
}

impl Ended {
    /// How many lines on the screen tell this.
    pub fn count(&self, part: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(part)).count()
    }
}
