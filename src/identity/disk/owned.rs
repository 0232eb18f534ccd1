//! The state as its owner has it: what changes is written first.

use super::{
    StateDir, StateRemark,
    error::StateError,
    files::{self, Lock},
};
use crate::{
    identity::{
        cert::Identity,
        trust::{Effect, TrustChange, TrustStore},
    },
    proto::Ski,
};

/// The state, owned: no other process can open it until this is dropped.
#[derive(Debug)]
pub struct State {
    /// Who we are.
    pub identity: Identity,
    /// Whether it was made just now: then every peer must pair again (OWN-01).
    pub identity_is_new: bool,
    /// What is wrong with the state and yet no reason to stop.
    pub remarks: Vec<StateRemark>,
    pub(super) trust: TrustStore,
    /// What the disk may hold otherwise than `trust`: it was put off, or the last write failed.
    pub(super) lag: Effect,
    pub(super) directory: StateDir,
    pub(super) _lock: Lock,
}

impl State {
    /// Where it is kept.
    pub fn directory(&self) -> &StateDir {
        &self.directory
    }

    /// Who is trusted.
    pub fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// Whether a change could be written now. It may fail later all the same; but what a full disk or
    /// wrong permissions refuse need not be found out when a device has been told that it is trusted.
    ///
    /// # Errors
    ///
    /// What the disk refuses.
    pub fn check_writable(&self) -> Result<(), StateError> {
        files::try_write(&self.directory.trust_path(), self.trust.to_json().as_bytes())
    }

    /// Makes a change at `now`, in seconds since the Unix epoch: first on disk, then in memory.
    ///
    /// On an error both are as before.
    pub fn apply(&mut self, change: &TrustChange, now: i64) -> Result<(), StateError> {
        let mut trust = self.trust.clone();
        trust.apply(change, now);
        self.keep(trust)
    }

    /// Makes changes that have happened already: in memory in any case, and with one write. Where
    /// the disk fails, it gets them with the next change that succeeds, or with
    /// [`State::catch_up`].
    ///
    /// When a peer was last seen is put off in the same way, so that a thousand peers that come
    /// back do not cost a thousand writes. Whether anything is put off is returned.
    pub fn note(&mut self, changes: &[TrustChange], now: i64) -> Result<bool, StateError> {
        for change in changes {
            self.lag = self.lag.max(self.trust.apply(change, now));
        }
        if self.lag == Effect::Trust {
            self.catch_up()?;
        }
        Ok(self.lag != Effect::Nothing)
    }

    /// Writes what the disk could not take before or was put off, if anything.
    pub fn catch_up(&mut self) -> Result<(), StateError> {
        if self.lag != Effect::Nothing {
            self.write_trust(&self.trust)?;
            self.lag = Effect::Nothing;
        }
        Ok(())
    }

    /// Gives a trusted peer a name; an empty one takes it away. `false` if it is not trusted.
    pub fn rename(&mut self, ski: &Ski, name: &str) -> Result<bool, StateError> {
        let mut trust = self.trust.clone();
        let known = trust.rename(ski, name);
        self.keep(trust)?;
        Ok(known)
    }

    fn keep(&mut self, trust: TrustStore) -> Result<(), StateError> {
        if trust != self.trust || self.lag != Effect::Nothing {
            // After a failure nobody knows what is on disk: the new trust may have got there.
            self.lag = Effect::Trust;
            self.write_trust(&trust)?;
            self.lag = Effect::Nothing;
            self.trust = trust;
        }
        Ok(())
    }

    fn write_trust(&self, trust: &TrustStore) -> Result<(), StateError> {
        files::write(&self.directory.trust_path(), trust.to_json().as_bytes())
    }
}
