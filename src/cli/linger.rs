//! How long a pairing that is complete waits for what else the device has to tell: its SHIP ID, and
//! what it offers.

use std::time::Duration;

use tokio::time::Instant;

use crate::{hub::EventKind, spine::Offers};

/// The time for its SHIP ID, and for its first word of what it offers.
const FIRST: Duration = Duration::from_secs(1);

/// The time for what it offers, once it has said something.
const OFFERS: Duration = Duration::from_secs(2);

/// What is waited for behind a completed handshake.
#[derive(Debug)]
pub struct Linger {
    /// Whether it is asked what it offers.
    asks: bool,
    /// How long to stay behind the last thing that was waited for, for the device to finish as well.
    moment: Duration,
    completed: Option<Instant>,
    /// When the last of what was waited for came, or a word of its own.
    last: Option<Instant>,
    identified: bool,
    heard: bool,
    /// What it offers, as told last.
    pub offers: Option<Box<Offers>>,
}

impl Linger {
    /// Nothing has happened; `asks` tells whether the device is asked what it offers.
    pub fn new(asks: bool, moment: Duration) -> Self {
        Self {
            asks,
            moment,
            completed: None,
            last: None,
            identified: false,
            heard: false,
            offers: None,
        }
    }

    /// Takes notice of something that happened with the device.
    pub fn note(&mut self, kind: &EventKind) {
        let waited_for = match kind {
            EventKind::Completed { .. } => {
                self.completed = Some(Instant::now());
                true
            }
            EventKind::PeerShipId(_) => !std::mem::replace(&mut self.identified, true),
            EventKind::Offers(offers) => {
                let was_whole = self.has_use_cases();
                self.offers = Some(offers.clone());
                !was_whole && self.has_use_cases()
            }
            // While it talks it is not done with us.
            EventKind::Data(_) => {
                self.heard = true;
                self.completed.is_some_and(|completed| completed.elapsed() < OFFERS)
            }
            _ => false,
        };
        if waited_for {
            self.last = Some(Instant::now());
        }
    }

    /// Whether it told its use cases, which come last.
    fn has_use_cases(&self) -> bool {
        self.offers.as_ref().is_some_and(|offers| offers.use_cases.is_some())
    }

    /// Until when to wait at most; the past where there is nothing to wait for, and `None` while the
    /// handshake is not complete.
    pub fn until(&self) -> Option<Instant> {
        let completed = self.completed?;
        let identity = if self.identified { Duration::ZERO } else { FIRST };
        let offers = match (self.asks && !self.has_use_cases(), self.heard) {
            (false, _) => Duration::ZERO,
            (true, false) => FIRST,
            (true, true) => OFFERS,
        };
        let last = self.last.map(|last| last + self.moment);
        last.max(Some(completed + identity.max(offers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::message::Data;

    #[test]
    fn it_waits_a_second_for_the_first_word_and_two_for_the_last() {
        let left = |linger: &Linger| {
            let completed = linger.completed?;
            Some(linger.until()?.duration_since(completed).as_secs())
        };
        let mut linger = Linger::new(true, Duration::ZERO);
        assert_eq!(left(&linger), None);
        linger.note(&EventKind::Completed { took: Duration::ZERO });
        assert_eq!(left(&linger), Some(1));
        linger.note(&EventKind::Data(Data { protocol_id: String::new(), payload: String::new() }));
        assert_eq!(left(&linger), Some(2));
        linger.note(&EventKind::Offers(Box::default()));
        assert_eq!(left(&linger), Some(2), "its use cases are missing");
        let use_cases = Some(Vec::new());
        linger.note(&EventKind::Offers(Box::new(Offers { use_cases, ..Offers::default() })));
        assert_eq!(left(&linger), Some(1));
        linger.note(&EventKind::PeerShipId("i:1_u:a".parse().unwrap()));
        assert_eq!(left(&linger), Some(0));
        linger.moment = Duration::from_secs(9);
        assert_eq!(left(&linger), Some(9));
    }
}
