//! The messages kept: the latest of each peer, and of all together no more than fit.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::model::Transfer;
use crate::{proto::Ski, trace::MessageRecord};

/// The most messages in all.
pub(super) const MOST: usize = 10_000;

/// The most bytes in all: a thousand long ones count as much as many short ones.
const MOST_BYTES: usize = 64 << 20;

/// The messages of every peer, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    peers: BTreeMap<Ski, VecDeque<Arc<Transfer>>>,
    kept: usize,
    bytes: usize,
    last: u64,
}

impl Traffic {
    /// Keeps one more. Where there is no room, the peer with most messages loses its oldest: one
    /// that talks much does not make us forget the others.
    pub(super) fn push(&mut self, record: MessageRecord) {
        self.last += 1;
        self.kept += 1;
        self.bytes += weight(&record);
        let peer = self.peers.entry(record.ski).or_default();
        peer.push_back(Arc::new(Transfer { number: self.last, record }));
        while self.kept > MOST || (self.bytes > MOST_BYTES && self.kept > 1) {
            let most = self.peers.values_mut().max_by_key(|kept| kept.len());
            let Some(oldest) = most.and_then(VecDeque::pop_front) else { return };
            self.kept -= 1;
            self.bytes -= weight(&oldest.record);
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

/// About what it takes to keep.
fn weight(record: &MessageRecord) -> usize {
    record.raw.len() + record.text.len() + record.json.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn record(tag: u8, raw: usize) -> MessageRecord {
        MessageRecord {
            ts: String::new(),
            at: Time::ORIGIN,
            ski: Ski::from_bytes([tag; 20]),
            link: 1,
            sent: true,
            kind: "data".to_owned(),
            size: 1,
            text: String::new(),
            json: None,
            raw: "0".repeat(raw),
            cut: false,
            lost: 0,
        }
    }

    #[test]
    fn who_talks_most_is_forgotten_first() {
        let mut traffic = Traffic::default();
        traffic.push(record(1, 2));
        for _ in 0..MOST + 5 {
            traffic.push(record(2, 2));
        }
        assert_eq!(traffic.of(Ski::from_bytes([1; 20])).unwrap().len(), 1);
        let kept = traffic.of(Ski::from_bytes([2; 20])).unwrap();
        assert_eq!(kept.len(), MOST - 1);
        assert!(traffic.get(2).is_none());
        assert_eq!(traffic.get(kept[7].number), Some(&kept[7]));
    }

    #[test]
    fn long_messages_take_the_room_of_many() {
        let mut traffic = Traffic::default();
        for _ in 0..70 {
            traffic.push(record(1, 1 << 20));
        }
        assert_eq!(traffic.of(Ski::from_bytes([1; 20])).unwrap().len(), 64);
    }
}
