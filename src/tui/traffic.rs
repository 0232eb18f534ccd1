//! The messages kept: the latest of each peer, and of all together no more than fit.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::model::Transfer;
use crate::proto::Ski;

/// The most messages in all.
pub(super) const MOST: usize = 10_000;

/// The messages of every peer, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    peers: BTreeMap<Ski, VecDeque<Arc<Transfer>>>,
    kept: usize,
    last: u64,
}

impl Traffic {
    /// Keeps one more. Where there is no room, the peer with most messages loses its oldest: one
    /// that talks much does not make us forget the others.
    pub(super) fn push(&mut self, mut transfer: Transfer) {
        self.last += 1;
        transfer.number = self.last;
        self.peers.entry(transfer.ski).or_default().push_back(Arc::new(transfer));
        self.kept += 1;
        if self.kept > MOST
            && let Some(most) = self.peers.values_mut().max_by_key(|kept| kept.len())
        {
            most.pop_front();
            self.kept -= 1;
        }
    }

    /// The messages of a peer.
    pub(super) fn of(&self, ski: Ski) -> Option<&VecDeque<Arc<Transfer>>> {
        self.peers.get(&ski)
    }

    /// One message.
    pub(super) fn get(&self, number: u64) -> Option<&Arc<Transfer>> {
        self.peers.values().find_map(|kept| {
            let at = kept.binary_search_by_key(&number, |transfer| transfer.number).ok()?;
            kept.get(at)
        })
    }
}
