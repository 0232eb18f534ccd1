//! Requests, and the trust they change: written first, obeyed then.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::Task;
use crate::{
    driver::{
        node::{NodeEvent, Request, store::Written},
        recorder::Heard,
    },
    hub::{Command, CommandError},
    identity::trust::TrustChange,
    trace::Fact,
};

/// Where the outcome of a command goes.
pub(super) type Answer = oneshot::Sender<Result<(), CommandError>>;

/// A command that waits for the change of trust it makes to be written.
pub(super) struct Waiting {
    command: Command,
    answer: Answer,
    change: TrustChange,
    /// Whether the trust in the same peer changed meanwhile.
    overtaken: bool,
}

/// How long to wait before writing again what a disk did not take, and before writing what was put
/// off.
const WRITE_AGAIN: Duration = Duration::from_secs(10);

impl Task {
    pub(super) fn take_request(&mut self, request: Request) {
        match request {
            // A disk that hangs must not keep us from ending.
            Request::Command(Command::Shutdown, answer) => {
                self.obey(Command::Shutdown, answer, None)
            }
            Request::Command(_, answer) if self.stopped.is_some() => {
                let _ = answer.send(Err(CommandError::ShuttingDown));
            }
            Request::Command(command, answer) => {
                self.behind.push_back((command, answer));
                self.go_on();
            }
            Request::Snapshot(answer) => {
                let _ = answer.send(self.snapshot());
            }
            Request::Peer(ski, answer) => {
                let _ = answer.send(self.hub.peer(self.clock.now(), ski));
            }
            Request::Adjust(adjustment, answer) => {
                let _ = answer.send(self.adjust(&adjustment));
            }
            Request::Messages(messages) => self.watch_messages(messages),
            Request::Record(file, answer) => self.start_recording(*file, answer),
            Request::StopRecording(answer) => self.stop_recording(answer),
        }
    }

    /// Obeys commands in their order, until one waits for the disk.
    fn go_on(&mut self) {
        while self.waiting.is_none()
            && let Some((command, answer)) = self.behind.pop_front()
        {
            self.write_first(command, answer);
        }
    }

    /// Has what a command changes written before it is obeyed: where the disk fails, nothing has
    /// happened yet.
    fn write_first(&mut self, command: Command, answer: Answer) {
        match self.hub.foresee(&command) {
            Ok(None) => self.obey(command, answer, None),
            Ok(Some(change)) => {
                self.keeper.write(change.clone());
                let command = command.once_written();
                self.waiting = Some(Waiting { command, answer, change, overtaken: false });
            }
            Err(refusal) => {
                let _ = answer.send(Err(refusal));
            }
        }
    }

    /// Obeys a command; what it changes is `written` already.
    fn obey(&mut self, command: Command, answer: Answer, written: Option<TrustChange>) {
        let now = self.clock.now();
        self.record(now, || Heard::Command(command.clone()));
        let mut result = self.hub.command(now, command);
        let refused = result.as_ref().err().map(ToString::to_string);
        self.record(now, || Heard::Fact(Fact::Answer { refused }));
        if written.is_some() && result == Err(CommandError::ShuttingDown) {
            // It is on disk, and counts from the next start on: not to be called refused.
            result = Ok(());
        }
        // What was acknowledged is done: the outputs come before the answer.
        self.carry_out_after(written.as_ref());
        let _ = answer.send(result);
    }

    /// Something was written, or could not be.
    pub(super) fn written(&mut self, written: Written) {
        match written {
            Written::Command(result) => self.command_written(result),
            Written::Notes(_, Ok(put_off)) => {
                if put_off && self.write_again.is_none() {
                    self.write_again = Some(Instant::now() + WRITE_AGAIN);
                }
            }
            Written::Notes(changes, Err(error)) => {
                self.disk_failed();
                for change in changes {
                    self.events.tell(NodeEvent::StoreFailed { change, error: error.clone() });
                }
            }
            Written::Rest(Ok(())) => {
                if std::mem::take(&mut self.disk_fails) {
                    self.tell(NodeEvent::StoreRecovered);
                }
            }
            Written::Rest(Err(error)) => {
                tracing::warn!(%error, "what is trusted cannot be written to the disk yet; we try again in 10 s");
                self.disk_failed();
            }
        }
        self.keeper.go_on();
        self.events.release(self.keeper.settled());
        self.go_on();
    }

    fn command_written(&mut self, result: Result<(), String>) {
        let Some(Waiting { command, answer, change, overtaken }) = self.waiting.take() else {
            return;
        };
        match result {
            // Whom nobody trusts any more is not written down again, not even for a moment.
            Ok(()) if overtaken && matches!(change, TrustChange::Remove { .. }) => {
                self.keeper.forget(change.ski());
                self.obey(command, answer, Some(change));
            }
            // What is on disk in the end would not be what the command was for.
            Ok(()) if overtaken => self.write_first(command, answer),
            Ok(()) => self.obey(command, answer, Some(change)),
            Err(error) => {
                // It may have got as far as the disk: then what holds has to be written over it.
                self.disk_failed();
                let _ = answer.send(Err(CommandError::NotStored(error)));
            }
        }
    }

    fn disk_failed(&mut self) {
        self.disk_fails = true;
        self.write_again = Some(Instant::now() + WRITE_AGAIN);
    }

    /// Writes what is still to be written, and tries once more what the disk did not take.
    pub(super) async fn write_the_rest(&mut self, requests: &mut mpsc::Receiver<Request>) {
        if self.write_again.take().is_some() {
            self.keeper.catch_up();
        }
        while !self.keeper.is_idle() {
            tokio::select! {
                written = self.keeper.next() => self.written(written),
                Some(request) = requests.recv() => self.take_request(request),
            }
        }
    }

    /// Has a change of trust written that has happened.
    pub(super) fn note(&mut self, change: TrustChange) {
        if let Some(waiting) = &mut self.waiting {
            waiting.overtaken |= waiting.change.ski() == change.ski();
        }
        self.keeper.note(change);
    }
}
