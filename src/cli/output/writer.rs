//! The thread that writes to stdout and stderr, and the queue before it.
//!
//! A pipe that is full and not read, or a terminal that was stopped, holds up this thread and
//! nothing else: no hub, no signal. Where the queue is full as well, events are lost and counted;
//! results never are. Both streams share one queue, so that their lines keep their order.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anstream::AutoStream;
use time::OffsetDateTime;
use tokio::sync::watch;

use super::{
    json::{Body, Line},
    text,
};

/// How many bytes of events wait for their reader; a thousand devices may come at once.
const KEPT: usize = 4 << 20;

/// How long whoever was told to end waits for a reader that reads nothing.
const STALLED: Duration = Duration::from_secs(2);

/// How long he waits for one that reads slowly, before what is no result is lost.
const SLOW: Duration = Duration::from_secs(5);

/// The streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Stdout,
    Stderr,
}

/// What becomes of a text that there is no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It waits all the same.
    Result,
    /// It is lost, and counted.
    Event,
    /// It is lost: the next one tells more.
    Passing,
}

/// Takes what is to be written. It never blocks.
#[derive(Clone)]
pub struct Writer(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Whether nobody reads stdout any more.
    closed: watch::Sender<bool>,
    /// Whether losses on stdout are told in JSON.
    json: bool,
}

#[derive(Default)]
struct Queue {
    texts: VecDeque<Text>,
    bytes: usize,
    /// Whether the thread is writing.
    writing: bool,
    written: u64,
    lost_on_stdout: u64,
    lost_on_stderr: u64,
    /// What writing to stdout last failed with.
    failed: Option<io::Error>,
}

struct Text {
    to: To,
    worth: Worth,
    text: String,
}

impl Writer {
    /// Starts the thread. `watched`: whether to look out for the end of whoever reads stdout.
    pub(super) fn start(
        stdout: AutoStream<io::Stdout>,
        stderr: AutoStream<io::Stderr>,
        json: bool,
        watched: bool,
    ) -> io::Result<Self> {
        let writer = Self::new(json);
        let shared = writer.0.clone();
        thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || shared.write(stdout, stderr))?;
        if watched {
            let shared = writer.0.clone();
            thread::Builder::new().name("reader".to_owned()).spawn(move || shared.watch())?;
        }
        Ok(writer)
    }

    /// One whose thread is not started yet: what it takes waits.
    pub(crate) fn new(json: bool) -> Self {
        let (queue, changed, closed) =
            (Mutex::default(), Condvar::new(), watch::Sender::new(false));
        Self(Arc::new(Shared { queue, changed, closed, json }))
    }

    /// Takes a text; errors with what an earlier one for stdout failed with.
    pub(super) fn push(&self, to: To, worth: Worth, text: String) -> io::Result<()> {
        let mut queue = self.0.lock();
        if to == To::Stdout {
            if let Some(error) = queue.failed.take() {
                return Err(error);
            }
            if self.is_closed() {
                return Ok(());
            }
        }
        if worth != Worth::Result && queue.bytes + text.len() > KEPT {
            match (worth, to) {
                (Worth::Event, To::Stdout) => queue.lost_on_stdout += 1,
                (Worth::Event, To::Stderr) => queue.lost_on_stderr += 1,
                _ => {}
            }
            return Ok(());
        }
        self.0.tell_losses(&mut queue, to);
        queue.push(to, worth, text);
        drop(queue);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Whether nobody reads stdout any more.
    pub(super) fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Until nobody reads stdout any more.
    pub(super) async fn closed(&self) {
        // The sender lives as long as we do.
        let _ = self.0.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Waits at most so long until everything is written. Whether it is.
    pub(super) fn wait(&self, at_most: Duration) -> bool {
        let mut queue = self.0.lock();
        for to in [To::Stdout, To::Stderr] {
            self.0.tell_losses(&mut queue, to);
        }
        self.0.changed.notify_all();
        let busy = |queue: &mut Queue| !queue.is_empty();
        let waited = self.0.changed.wait_timeout_while(queue, at_most, busy);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_empty()
    }

    /// Until everything is written; in a `hurry`, or until whoever reads seems to have left.
    pub(super) async fn finish(&self, hurry: bool) {
        const LOOK: Duration = Duration::from_millis(10);
        let began = Instant::now();
        let mut last = (self.0.lock().written, began);
        while !self.wait(Duration::ZERO) {
            let written = self.0.lock().written;
            if written != last.0 {
                last = (written, Instant::now());
            }
            if hurry && last.1.elapsed() > STALLED {
                return;
            }
            if hurry && began.elapsed() > SLOW {
                self.0.lock().keep_results();
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What writing to stdout failed with, if it did.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.0.lock().failed.take()
    }
}

/// The log: whole lines for stderr.
impl Write for Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(To::Stderr, Worth::Event, String::from_utf8_lossy(line).into_owned())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what was lost on a stream, before what comes next on it.
    fn tell_losses(&self, queue: &mut Queue, to: To) {
        let lost = match to {
            To::Stdout => std::mem::take(&mut queue.lost_on_stdout),
            To::Stderr => std::mem::take(&mut queue.lost_on_stderr),
        };
        if lost > 0 && to == To::Stdout && self.json {
            let body = Body::Lost { count: lost };
            let line = Line::new(OffsetDateTime::now_utc(), None, &body);
            queue.push(to, Worth::Result, format!("{line}\n"));
        } else if lost > 0 {
            let stream = if to == To::Stdout { "stdout" } else { "stderr" };
            let lines = text::count(lost, "line");
            let text =
                format!("warning: {lines} went untold on {stream}, which was not read in time\n");
            queue.push(To::Stderr, Worth::Result, text);
        }
    }

    /// What the thread does.
    fn write(&self, mut stdout: impl Write, mut stderr: impl Write) {
        loop {
            let waiting = self.changed.wait_while(self.lock(), |queue| queue.texts.is_empty());
            let mut queue = waiting.unwrap_or_else(PoisonError::into_inner);
            let Some(Text { to, text, .. }) = queue.texts.pop_front() else { continue };
            queue.writing = true;
            drop(queue);
            let written = match to {
                To::Stdout if *self.closed.borrow() => Ok(()),
                To::Stdout => stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()),
                To::Stderr => stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()),
            };
            let mut queue = self.lock();
            queue.writing = false;
            queue.bytes -= text.len();
            queue.written += 1;
            match written {
                Err(error) if to == To::Stdout && error.kind() == io::ErrorKind::BrokenPipe => {
                    self.closed.send_replace(true);
                }
                Err(error) if to == To::Stdout => queue.failed = Some(error),
                // Where stderr itself fails there is nobody left to tell.
                _ => {}
            }
            drop(queue);
            self.changed.notify_all();
        }
    }

    /// Waits until nobody reads stdout any more, which is for ever where it is a file.
    #[cfg(unix)]
    fn watch(&self) {
        use rustix::event::{PollFd, PollFlags, poll};
        let stdout = io::stdout();
        loop {
            let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
            match poll(&mut stdout, None) {
                Ok(_) if stdout[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => break,
                Err(rustix::io::Errno::INTR) => {}
                _ => return,
            }
        }
        self.closed.send_replace(true);
    }

    #[cfg(not(unix))]
    fn watch(&self) {}
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.texts.is_empty() && !self.writing
    }

    fn push(&mut self, to: To, worth: Worth, text: String) {
        self.bytes += text.len();
        self.texts.push_back(Text { to, worth, text });
    }

    /// Loses everything that waits and is no result.
    fn keep_results(&mut self) {
        let (kept, lost): (VecDeque<_>, VecDeque<_>) =
            self.texts.drain(..).partition(|text| text.worth == Worth::Result);
        self.texts = kept;
        for Text { to, worth, text } in lost {
            self.bytes -= text.len();
            match (worth, to) {
                (Worth::Event, To::Stdout) => self.lost_on_stdout += 1,
                (Worth::Event, To::Stderr) => self.lost_on_stderr += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
