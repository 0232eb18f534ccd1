//! What a node tells, in order. What follows from a change of trust is held back until that is
//! written down; what nobody takes is counted.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::{
    driver::{listen::InboundFailure, tls::Negotiated},
    hub::{self, dial::Tried},
    identity::{cert::CertRemark, trust::TrustChange},
    mdns::daemon::MdnsEvent,
    proto::Ski,
};

/// What a node tells.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every event is the large one")]
pub enum NodeEvent {
    /// The hub tells something.
    Hub(hub::Event),
    /// Somebody dialled us and got no further than TLS or the upgrade.
    Inbound(InboundFailure),
    /// Odd things about a peer's certificate.
    Certificate {
        /// The peer.
        ski: Ski,
        /// What is odd.
        remarks: Vec<CertRemark>,
    },
    /// TLS agreed upon something worth knowing: [`Negotiated::findings`] is not empty.
    Negotiated {
        /// The peer.
        ski: Ski,
        /// What was agreed upon.
        tls: Negotiated,
    },
    /// A dial succeeded, but not at the first address or path.
    Detours {
        /// The peer.
        ski: Ski,
        /// What happened before, in the order of trying.
        tried: Vec<Tried>,
    },
    /// mDNS tells something that is not about a service.
    Mdns(MdnsEvent),
    /// A change of trust that has happened already could not be written down; it is tried again.
    StoreFailed {
        /// The change.
        change: TrustChange,
        /// What went wrong.
        error: String,
    },
    /// What could not be written down is on disk now.
    StoreRecovered,
    /// So many events were lost because nobody took them.
    Lost(u64),
}

/// The way out for events. It never waits for a reader.
pub(super) struct Events {
    reader: mpsc::Sender<NodeEvent>,
    /// Events, each with the number of the change that has to be written before.
    held: VecDeque<(u64, NodeEvent)>,
    /// How many are held at most.
    kept: usize,
    /// How many the reader missed since it was told last.
    lost: u64,
}

impl Events {
    pub(super) fn new(reader: mpsc::Sender<NodeEvent>) -> Self {
        let kept = reader.max_capacity();
        Self { reader, held: VecDeque::new(), kept, lost: 0 }
    }

    /// Tells the reader, or counts what it missed.
    pub(super) fn tell(&mut self, event: NodeEvent) {
        if self.lost > 0 && self.reader.try_send(NodeEvent::Lost(self.lost)).is_ok() {
            self.lost = 0;
        }
        let count = if let NodeEvent::Lost(count) = event { count } else { 1 };
        if self.lost > 0 || self.reader.try_send(event).is_err() {
            self.lost += count;
        }
    }

    /// Tells the reader once the change of this number is written.
    pub(super) fn tell_after(&mut self, change: u64, event: NodeEvent) {
        if self.held.len() < self.kept {
            self.held.push_back((change, event));
        } else if let Some((after, NodeEvent::Lost(count))) = self.held.back_mut() {
            *after = change;
            *count += 1;
        } else {
            self.held.push_back((change, NodeEvent::Lost(1)));
        }
    }

    /// Tells what waited for the changes up to this number.
    pub(super) fn release(&mut self, settled: u64) {
        while let Some((_, event)) = self.held.pop_front_if(|(after, _)| *after <= settled) {
            self.tell(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(reader: &mut mpsc::Receiver<NodeEvent>) -> Vec<String> {
        std::iter::from_fn(|| reader.try_recv().ok()).map(|event| format!("{event:?}")).collect()
    }

    #[test]
    fn what_a_reader_misses_is_counted_where_it_is_missing_also_while_events_are_held() {
        let (sender, mut reader) = mpsc::channel(2);
        let mut events = Events::new(sender);
        let event = || NodeEvent::StoreRecovered;
        for _ in 0..5 {
            events.tell(event());
        }
        assert_eq!(told(&mut reader), ["StoreRecovered", "StoreRecovered"]);
        events.tell(event());
        assert_eq!(told(&mut reader), ["Lost(3)", "StoreRecovered"]);
        for change in 1..=5 {
            events.tell_after(change, event());
        }
        events.release(1);
        assert_eq!(told(&mut reader), ["StoreRecovered"], "the others wait for their change");
        events.release(2);
        assert_eq!(told(&mut reader), ["StoreRecovered"]);
        events.release(5);
        assert_eq!(told(&mut reader), ["Lost(3)"]);
    }
}
