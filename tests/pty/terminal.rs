//! A terminal of our own with a program in it: what it shows, what is typed, how it ends.

use std::{
    io::{Read as _, Write as _},
    num::NonZero,
    process::Child,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use rustix::{
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
    termios::{LocalModes, tcgetattr},
};
use vt100::{MouseProtocolMode, Parser};

/// Long enough for any step on a busy machine; a step that takes longer hangs.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// So high that nothing scrolls away.
const ROWS: NonZero<u16> = NonZero::new(60).unwrap();

/// What opens by itself takes no key at first; typed again after so long.
pub const AGAIN: Duration = Duration::from_millis(250);

/// Ctrl-C.
pub const INTERRUPT: &str = "\x03";

/// A terminal; its program is killed when it is dropped.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Shown>,
    before: Modes,
}

/// How a terminal is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    /// Whether the screen is the second one, which leaves nothing behind.
    pub alternate: bool,
    pub cursor_hidden: bool,
    pub mouse: bool,
    pub bracketed_paste: bool,
    /// What the kernel does with what is typed and written.
    pub line_discipline: String,
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
        Self::start_sized((columns, ROWS.get()), command)
    }

    /// Runs the program in a terminal of so many columns and rows.
    pub fn start_sized(size: (u16, u16), command: Command) -> Self {
        let (pty, program) = open().unwrap();
        pty.resize(Size::new(size.1, size.0)).unwrap();
        let before = modes(&Parser::default(), &pty);
        let child = command.spawn(program).unwrap();
        let shown = Arc::new(Shown::default());
        shown.lock().parser = Parser::new(some(size.1), some(size.0), 0);
        let (pty, reading) = (Arc::new(pty), Arc::clone(&shown));
        let from = Arc::clone(&pty);
        thread::spawn(move || reading.follow(&from));
        Self { pty, child, shown, before }
    }

    /// Types something.
    pub fn type_in(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Types something, again and again, until `pick` gives something for the lines on the screen.
    #[track_caller]
    pub fn type_until<T>(
        &self,
        text: &str,
        what: &str,
        pick: impl Fn(&[String]) -> Option<T>,
    ) -> T {
        self.repeat_until(|| self.type_in(text), AGAIN, what, pick)
    }

    /// Does something, again and again and so long apart, until `pick` gives something for the lines on
    /// the screen.
    #[track_caller]
    pub fn repeat_until<T>(
        &self,
        act: impl Fn(),
        apart: Duration,
        what: &str,
        pick: impl Fn(&[String]) -> Option<T>,
    ) -> T {
        let end = Instant::now() + DEADLINE;
        loop {
            act();
            if let Some(picked) =
                self.wait_until(Instant::now() + apart, what, |it| pick(&it.lines()))
            {
                return picked;
            }
            assert!(Instant::now() < end, "no {what}, but {:#?}", self.shown.lock().lines());
        }
    }

    pub fn resize(&self, columns: u16) {
        self.resize_to((columns, ROWS.get()));
    }

    /// Another number of columns and rows.
    pub fn resize_to(&self, size: (u16, u16)) {
        // The picture first: what the program writes from now on is meant for the new size.
        self.shown.lock().parser.screen_mut().set_size(some(size.1), some(size.0));
        self.pty.resize(Size::new(size.1, size.0)).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program stands still.
    #[track_caller]
    pub fn is_stopped(&self) {
        let (sender, stopped) = mpsc::channel();
        let pid = Pid::from_child(&self.child);
        thread::spawn(move || sender.send(waitpid(Some(pid), WaitOptions::UNTRACED)));
        let (_, status) = stopped.recv_timeout(DEADLINE).unwrap().unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// Waits until `pick` gives something for the lines on the screen.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, pick: impl Fn(&[String]) -> Option<T>) -> T {
        self.wait(what, |state| pick(&state.lines()))
    }

    /// Waits until the terminal is set up in some way.
    #[track_caller]
    pub fn wait_for_modes(&self, what: &str, is_so: impl Fn(&Modes) -> bool) {
        let now = |state: &State| modes(&state.parser, &self.pty);
        let end = Instant::now() + DEADLINE;
        let is_so = self.wait_until(end, what, |state| is_so(&now(state)).then_some(()));
        assert!(is_so.is_some(), "no {what}, but {:#?}", now(&self.shown.lock()));
    }

    /// Waits until some line on the screen tells this, and returns the last that does.
    #[track_caller]
    pub fn shows(&self, part: &str) -> String {
        self.wait_for(part, |lines| lines.iter().rfind(|line| line.contains(part)).cloned())
    }

    /// Waits until no line on the screen tells this.
    #[track_caller]
    pub fn hides(&self, part: &str) {
        self.wait_for(&format!("end of {part}"), |lines| {
            lines.iter().all(|line| !line.contains(part)).then_some(())
        });
    }

    /// Waits until the program has written this, seen or not.
    #[track_caller]
    pub fn writes(&self, part: &str) {
        self.wait(part, |state| String::from_utf8_lossy(&state.raw).contains(part).then_some(()));
    }

    /// How the terminal was set up before the program came.
    pub fn before(&self) -> &Modes {
        &self.before
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, pick: impl Fn(&State) -> Option<T>) -> T {
        let picked = self.wait_until(Instant::now() + DEADLINE, what, pick);
        picked.unwrap_or_else(|| panic!("no {what}, but {:#?}", self.shown.lock().lines()))
    }

    /// The same, as long as there is time.
    #[track_caller]
    fn wait_until<T>(
        &self,
        end: Instant,
        what: &str,
        pick: impl Fn(&State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.shown.lock();
        loop {
            if let Some(picked) = pick(&state) {
                return Some(picked);
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!state.ended, "it ended without {what}: {:#?}", state.lines());
            if left.is_zero() {
                return None;
            }
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until the last line counts down, to at most so many seconds, and no other line does.
    #[track_caller]
    pub fn counts_down_to(&self, most: u32) -> u32 {
        let left = |line: &String| line.split_once("its turn, ")?.1.split(' ').next()?.parse().ok();
        self.wait_for(&format!("at most {most} s left"), |lines| {
            let counting: Vec<u32> = lines.iter().filter_map(left).filter(|l| *l <= most).collect();
            (counting.len() == 1).then(|| lines.last().and_then(left)).flatten()
        })
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
        let modes = modes(&state.parser, &self.pty);
        drop(state);
        let code = self.child.wait().unwrap().code().expect("an exit code");
        let before = self.before.clone();
        Ended { code, lines, raw, echoes: self.echoes(), before, modes }
    }
}

fn modes(parser: &Parser, pty: &Pty) -> Modes {
    let screen = parser.screen();
    Modes {
        alternate: screen.alternate_screen(),
        cursor_hidden: screen.hide_cursor(),
        mouse: screen.mouse_protocol_mode() != MouseProtocolMode::None,
        bracketed_paste: screen.bracketed_paste(),
        line_discipline: format!("{:?}", tcgetattr(pty).unwrap()),
    }
}

fn some(length: u16) -> NonZero<u16> {
    NonZero::new(length).unwrap()
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
    /// How the terminal was set up before the program came, and how it is now.
    pub before: Modes,
    pub modes: Modes,
}

impl Ended {
    /// The last that stood on the second screen of a terminal of this size, which has left it.
    pub fn last_screen(&self, size: (u16, u16)) -> String {
        let (shown, _) = self.raw.rsplit_once("\x1b[?1049l").expect("a second screen");
        let mut parser = Parser::new(some(size.1), some(size.0), 0);
        parser.process(shown.as_bytes());
        parser.screen().contents()
    }

    /// How many lines on the screen tell this.
    pub fn count(&self, part: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(part)).count()
    }
}
