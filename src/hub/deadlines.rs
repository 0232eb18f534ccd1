//! The deadlines of the hub: one per owner, found without looking at every owner.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

use crate::time::Time;

/// At most one deadline for each owner.
#[derive(Clone, Debug)]
pub(super) struct Deadlines<K> {
    by_time: BTreeSet<(Time, K)>,
    of: HashMap<K, Time>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), of: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> Deadlines<K> {
    /// Sets, moves or (with `None`) removes the owner's deadline.
    pub(super) fn set(&mut self, owner: K, at: Option<Time>) {
        if let Some(old) = self.of.remove(&owner) {
            self.by_time.remove(&(old, owner));
        }
        if let Some(at) = at {
            self.of.insert(owner, at);
            self.by_time.insert((at, owner));
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Time> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out the owner of the earliest deadline due at `now`.
    pub(super) fn take_due(&mut self, now: Time) -> Option<K> {
        let (at, owner) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(owner, None);
        Some(owner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_owner_has_one_deadline_and_the_earliest_comes_first() {
        let at = |s| Time::after(Duration::from_secs(s));
        let mut deadlines = Deadlines::default();
        deadlines.set('a', Some(at(1)));
        deadlines.set('b', Some(at(2)));
        deadlines.set('a', Some(at(3)));
        assert_eq!(deadlines.next(), Some(at(2)));
        assert_eq!(deadlines.take_due(at(1)), None);
        assert_eq!(deadlines.take_due(at(9)), Some('b'));
        deadlines.set('a', None);
        assert_eq!((deadlines.next(), deadlines.take_due(at(9))), (None, None));
    }
}
