//! Where a node writes changes of trust down.

use time::OffsetDateTime;

use crate::identity::{
    disk::{State, StateError},
    trust::TrustChange,
};

/// Writes changes of trust down.
pub trait Store: Send + 'static {
    /// Writes a change down before it is made.
    ///
    /// # Errors
    ///
    /// What went wrong; then nothing has changed.
    fn write(&mut self, change: &TrustChange) -> Result<(), String>;

    /// Writes a change down that has happened already.
    ///
    /// # Errors
    ///
    /// What went wrong; it is kept, and written with the next one or by [`Store::catch_up`].
    fn note(&mut self, change: &TrustChange) -> Result<(), String>;

    /// Writes down what is kept.
    ///
    /// # Errors
    ///
    /// What went wrong; it is still kept.
    fn catch_up(&mut self) -> Result<(), String>;
}

/// A closure that is told everything once; what it fails to write is lost.
pub(super) struct Told<F>(pub(super) F);

impl<F: FnMut(&TrustChange) -> Result<(), String> + Send + 'static> Store for Told<F> {
    fn write(&mut self, change: &TrustChange) -> Result<(), String> {
        self.0(change)
    }

    fn note(&mut self, change: &TrustChange) -> Result<(), String> {
        self.0(change)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Store for State {
    fn write(&mut self, change: &TrustChange) -> Result<(), String> {
        self.apply(change, now()).map_err(told)
    }

    fn note(&mut self, change: &TrustChange) -> Result<(), String> {
        State::note(self, change, now()).map_err(told)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        State::catch_up(self).map_err(told)
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

#[expect(clippy::needless_pass_by_value, reason = "the form map_err wants")]
fn told(error: StateError) -> String {
    error.to_string()
}
