//! Where a node writes changes of trust down, and the one place that does it.
//!
//! A disk may be slow, and connections must not wait for it: so the writing is done beside the task
//! of the node, one piece of work after the other, in the order in which it was asked for. What has
//! happened by itself while the disk was busy is written together.

use std::{collections::VecDeque, panic::resume_unwind};

use time::OffsetDateTime;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::{
    identity::{
        disk::{State, StateError},
        trust::TrustChange,
    },
    proto::Ski,
};

/// Writes changes of trust down. It may take its time.
pub trait Store: Send + 'static {
    /// Writes a change down before it is made.
    ///
    /// # Errors
    ///
    /// What went wrong; then nothing has changed.
    fn write(&mut self, change: &TrustChange) -> Result<(), String>;

    /// Writes changes down that have happened already. Whether something of them is put off, to be
    /// written with the next change or by [`Store::catch_up`].
    ///
    /// # Errors
    ///
    /// What went wrong; all of them are put off.
    fn note(&mut self, changes: &[TrustChange]) -> Result<bool, String>;

    /// Writes down what was put off.
    ///
    /// # Errors
    ///
    /// What went wrong; it is still put off.
    fn catch_up(&mut self) -> Result<(), String>;
}

/// A closure that is told everything once; what it fails to write is lost.
pub(super) struct Told<F>(pub(super) F);

impl<F: FnMut(&TrustChange) -> Result<(), String> + Send + 'static> Store for Told<F> {
    fn write(&mut self, change: &TrustChange) -> Result<(), String> {
        self.0(change)
    }

    fn note(&mut self, changes: &[TrustChange]) -> Result<bool, String> {
        changes.iter().try_for_each(&mut self.0).map(|()| false)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Store for State {
    fn write(&mut self, change: &TrustChange) -> Result<(), String> {
        self.apply(change, now()).map_err(told)
    }

    fn note(&mut self, changes: &[TrustChange]) -> Result<bool, String> {
        State::note(self, changes, now()).map_err(told)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        State::catch_up(self).map_err(told)
    }
}

/// What is to be written.
enum Work {
    Write(TrustChange),
    /// And how many they were when they were taken in.
    Note(Vec<TrustChange>, u64),
    CatchUp,
}

/// What became of it.
pub(super) enum Written {
    /// Of the change a command makes.
    Command(Result<(), String>),
    /// Of changes that have happened: whether something of them is put off.
    Notes(Vec<TrustChange>, Result<bool, String>),
    /// Of what had been put off.
    Rest(Result<(), String>),
}

/// A work that is done: the store again, what became of it, and of how many changes that have happened.
type Done = (Box<dyn Store>, Written, u64);

/// The store, and what is still to be written.
pub(super) struct Keeper {
    /// `None` while it is at work.
    store: Option<Box<dyn Store>>,
    at_work: Option<JoinHandle<Done>>,
    queue: VecDeque<Work>,
    /// The change of a command is written, and the command is not obeyed yet: until then nothing else
    /// is written, for it may come to nothing.
    held: bool,
    /// How many changes that have happened were taken in, and of how many it is known what became.
    noted: u64,
    settled: u64,
}

impl Keeper {
    pub(super) fn new(store: Box<dyn Store>) -> Self {
        let queue = VecDeque::new();
        Self { store: Some(store), at_work: None, queue, held: false, noted: 0, settled: 0 }
    }

    /// Has a change written before it is made.
    pub(super) fn write(&mut self, change: TrustChange) {
        self.take_in(Work::Write(change));
    }

    /// Has a change written that has happened.
    pub(super) fn note(&mut self, change: TrustChange) {
        self.noted += 1;
        match self.queue.back_mut() {
            Some(Work::Note(changes, count)) => {
                changes.push(change);
                *count += 1;
            }
            _ => self.take_in(Work::Note(vec![change], 1)),
        }
    }

    /// Takes out what has happened with this peer and is not written yet, and counts it as written: what
    /// is on disk already stands for it.
    pub(super) fn forget(&mut self, ski: Ski) {
        for work in &mut self.queue {
            if let Work::Note(changes, _) = work {
                changes.retain(|change| change.ski() != ski);
            }
        }
    }

    /// Goes on behind the change of a command, which has been obeyed or will not be.
    pub(super) fn go_on(&mut self) {
        self.held = false;
        self.work();
    }

    /// Has what was put off written.
    pub(super) fn catch_up(&mut self) {
        self.take_in(Work::CatchUp);
    }

    /// The number of the last change that has happened and is not written yet, if there is one:
    /// what follows from it has to wait until [`Keeper::settled`] is there.
    pub(super) fn owes(&self) -> Option<u64> {
        (self.settled < self.noted).then_some(self.noted)
    }

    /// The number of the last change of which it is known what became.
    pub(super) fn settled(&self) -> u64 {
        self.settled
    }

    pub(super) fn is_idle(&self) -> bool {
        self.at_work.is_none()
    }

    /// What became of the work that ends next; waits for ever where there is none. It may be dropped
    /// and called again.
    pub(super) async fn next(&mut self) -> Written {
        let Some(at_work) = &mut self.at_work else { return std::future::pending().await };
        let (store, written, count) = match at_work.await {
            Ok(done) => done,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            // The runtime ends, and we with it.
            Err(_) => return std::future::pending().await,
        };
        (self.at_work, self.store) = (None, Some(store));
        self.settled += count;
        self.held = matches!(written, Written::Command(_));
        self.work();
        written
    }

    fn take_in(&mut self, work: Work) {
        self.queue.push_back(work);
        self.work();
    }

    /// Begins with the next work unless one runs.
    fn work(&mut self) {
        if self.held {
            return;
        }
        while let Some(Work::Note(changes, count)) = self.queue.front()
            && changes.is_empty()
        {
            self.settled += count;
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            return;
        }
        let Some(mut store) = self.store.take() else { return };
        let Some(work) = self.queue.pop_front() else { return };
        self.at_work = Some(spawn_blocking(move || {
            let (written, count) = match work {
                Work::Write(change) => (Written::Command(store.write(&change)), 0),
                Work::Note(changes, count) => {
                    let result = store.note(&changes);
                    (Written::Notes(changes, result), count)
                }
                Work::CatchUp => (Written::Rest(store.catch_up()), 0),
            };
            (store, written, count)
        }));
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

#[expect(clippy::needless_pass_by_value, reason = "the form map_err wants")]
fn told(error: StateError) -> String {
    error.to_string()
}
