//! The file of a trace, written by a thread of its own: a hub never waits for a disk. What the disk
//! does not take in time is counted, and the file says so.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::Duration,
};

use crate::{
    hub::{Command, Input, LinkId, Output},
    proto::{Frame, Ski},
    time::Time,
    trace::{Fact, Header, Redactor, file::ENDED, pins::Pins},
};

/// How a trace is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSettings {
    /// The file; it must not be there yet.
    pub path: PathBuf,
    /// Whether serial numbers stay in it. PINs never do.
    pub full: bool,
    /// The most bytes it may have.
    pub limit: u64,
}

/// Facts, and bytes of them, that wait for the disk at most.
const FACTS: usize = 16_384;
const BYTES: usize = 32 << 20;

/// How long the end of a recording waits for the disk.
const A_MOMENT: Duration = Duration::from_secs(2);

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file is there already.
    #[error("{} is there already, and nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// The file cannot be made.
    #[error("cannot write the trace {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something is recorded already.
    #[error("the hub records already, to {}", .0.display())]
    Recording(PathBuf),
    /// The node has ended.
    #[error("the hub has ended")]
    Ended,
}

/// Something to write down.
#[derive(Debug)]
pub(super) enum Heard {
    /// What the hub was told.
    Input(Input),
    /// What it was ordered.
    Command(Command),
    /// What it did.
    Output(Output),
    /// Anything without a PIN.
    Fact(Fact),
}

/// The file of a trace, before its first line.
#[derive(Debug)]
pub struct TraceFile {
    settings: TraceSettings,
    file: File,
    redactor: Redactor,
}

/// A recording that goes on. Dropping it ends the file.
#[derive(Debug)]
pub struct Recorder {
    facts: Option<SyncSender<(Time, Heard)>>,
    done: Receiver<()>,
    shared: Arc<Shared>,
    /// How many facts were lost since the file was told last.
    lost: u64,
    /// The file.
    pub path: PathBuf,
    /// Since when.
    pub since: Time,
}

#[derive(Debug, Default)]
struct Shared {
    /// How many bytes wait for the disk.
    waiting: AtomicUsize,
    /// Whether nothing more is written: the limit is reached, or the disk failed.
    over: AtomicBool,
}

impl TraceFile {
    /// Makes the file, for its owner only.
    ///
    /// # Errors
    ///
    /// It is there already, or cannot be made.
    pub fn create(settings: TraceSettings) -> Result<Self, RecordError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let path = settings.path.clone();
        let file = options.open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => RecordError::Exists(path),
            _ => RecordError::Io { path, source },
        })?;
        let redactor = Redactor::new(!settings.full);
        Ok(Self { settings, file, redactor })
    }

    /// Takes the empty file away again.
    pub(super) fn discard(self) {
        // It is empty: nothing is lost where it stays.
        let _ = std::fs::remove_file(&self.settings.path);
    }

    /// What stands for the PINs in it.
    pub fn pins(&mut self) -> &mut Pins {
        &mut self.redactor.pins
    }

    /// Whether serial numbers become stand-ins.
    pub fn redacts_serials(&self) -> bool {
        !self.settings.full
    }

    /// Writes the header, and everything that is recorded from now on.
    ///
    /// # Errors
    ///
    /// The disk does not take the header, or there is no thread to be had.
    pub fn begin(mut self, header: &Header, since: Time) -> Result<Recorder, RecordError> {
        let path = self.settings.path.clone();
        let failed = |source| RecordError::Io { path: path.clone(), source };
        let line = self.redactor.header(header);
        self.file.write_all(line.as_bytes()).map_err(failed)?;
        let (facts, queue) = sync_channel(FACTS);
        let (told, done) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            written: line.len() as u64,
            limit: self.settings.limit,
            file: self.file,
            redactor: self.redactor,
            shared: shared.clone(),
            last: since,
        };
        let thread = thread::Builder::new().name("trace".to_owned());
        let spawned = thread.spawn(move || {
            writer.run(&queue);
            // Nobody waits for it any more where the end took too long.
            let _ = told.try_send(());
        });
        spawned.map_err(failed)?;
        Ok(Recorder { facts: Some(facts), done, shared, lost: 0, path, since })
    }
}

impl Recorder {
    /// Writes something down, or counts it as lost. It never waits.
    pub(super) fn hear(&mut self, at: Time, heard: Heard) {
        if self.lost > 0 && self.send(at, Heard::Fact(Fact::Lost { count: self.lost })) {
            self.lost = 0;
        }
        if self.lost > 0 || !self.send(at, heard) {
            self.lost += 1;
        }
    }

    /// Writes down a fact that holds no PIN.
    pub fn fact(&mut self, at: Time, fact: Fact) {
        self.hear(at, Heard::Fact(fact));
    }

    /// Writes down a message, its PIN as a stand-in.
    pub fn frame(&mut self, at: Time, link: LinkId, sent: bool, bytes: Frame) {
        self.hear(
            at,
            if sent {
                Heard::Output(Output::Transmit { link, bytes })
            } else {
                Heard::Input(Input::Message { link, bytes })
            },
        );
    }

    /// Whether nothing more is written: the limit is reached, or the disk failed.
    pub fn is_over(&self) -> bool {
        self.shared.over.load(Relaxed)
    }

    fn send(&mut self, at: Time, heard: Heard) -> bool {
        let Some(facts) = self.facts.as_ref().filter(|_| !self.is_over()) else { return true };
        let weight = heard.weight();
        if self.shared.waiting.load(Relaxed) + weight > BYTES {
            return false;
        }
        let sent = facts.try_send((at, heard)).is_ok();
        if sent {
            self.shared.waiting.fetch_add(weight, Relaxed);
        }
        sent
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.facts = None;
        if let Err(RecvTimeoutError::Timeout) = self.done.recv_timeout(A_MOMENT) {
            tracing::warn!("the end of the trace {} is not written yet", self.path.display());
        }
    }
}

impl Heard {
    /// Roughly how many bytes of memory it takes.
    fn weight(&self) -> usize {
        const USUAL: usize = 256;
        USUAL
            + match self {
                Self::Input(Input::Message { bytes, .. }) => bytes.len(),
                Self::Output(Output::Transmit { bytes, .. }) => bytes.len(),
                Self::Command(Command::Send { data, .. }) => data.payload.len(),
                _ => 0,
            }
    }

    fn fact(self, pins: &mut Pins) -> Option<Fact> {
        match self {
            Self::Input(input) => Some(Fact::input(&input, pins)),
            Self::Command(command) => Some(Fact::command(&command, pins)),
            Self::Output(output) => Fact::output(&output, pins),
            Self::Fact(fact) => Some(fact),
        }
    }
}

/// The thread that writes.
struct Writer {
    file: File,
    redactor: Redactor,
    written: u64,
    limit: u64,
    shared: Arc<Shared>,
    last: Time,
}

impl Writer {
    fn run(mut self, queue: &Receiver<(Time, Heard)>) {
        let mut lines = String::new();
        let why = loop {
            let next = match queue.try_recv() {
                Ok(next) => Some(next),
                Err(TryRecvError::Disconnected) => break ENDED,
                // What is known is on its way to the disk before anything is waited for.
                Err(TryRecvError::Empty) => {
                    if !self.write(&mut lines) {
                        return;
                    }
                    queue.recv().ok()
                }
            };
            let Some((at, heard)) = next else { break ENDED };
            self.shared.waiting.fetch_sub(heard.weight(), Relaxed);
            let Some(fact) = heard.fact(&mut self.redactor.pins) else { continue };
            self.last = at;
            let line = self.redactor.line(at, &fact);
            /// For the last line.
            const ROOM: u64 = 256;
            if self.written + (lines.len() + line.len()) as u64 + ROOM > self.limit {
                self.shared.over.store(true, Relaxed);
                break "the limit of its size is reached";
            }
            lines.push_str(&line);
            if lines.len() > 1 << 18 && !self.write(&mut lines) {
                return;
            }
        };
        lines.push_str(&self.redactor.line(self.last, &Fact::End { why: why.to_owned() }));
        self.write(&mut lines);
    }

    /// Gives the lines to the system, from where they survive our end.
    fn write(&mut self, lines: &mut String) -> bool {
        let written = self.file.write_all(lines.as_bytes());
        self.written += lines.len() as u64;
        lines.clear();
        if let Err(error) = &written {
            tracing::warn!(%error, "the trace ends here: the disk does not take it");
            self.shared.over.store(true, Relaxed);
        }
        written.is_ok()
    }
}

/// A note about a peer or the network.
pub(super) fn note(ski: Option<Ski>, code: Option<&str>, text: String) -> Heard {
    Heard::Fact(Fact::Note { ski, code: code.map(str::to_owned), text })
}

#[cfg(test)]
mod tests;
