//! What a peer offers: a SPINE node of our own on every completed connection asks it, and answers what
//! the peer asks. Many devices drop a partner that does not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EventKind, Hub, LinkId, link::KeepAlive, link::Link};
use crate::{
    proto::{
        Ski,
        message::{Data, SPINE},
    },
    spine::{Model, News, Node, Offers, Taken},
    time::Time,
};

/// What we say in SPINE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Spine {
    /// What we are.
    pub model: Model,
    /// How long a peer has to tell what it offers until that it does not is found (DAT-02); `None` if
    /// nobody wants to know.
    pub patience: Option<Duration>,
}

impl Default for Spine {
    /// Node management alone; a peer has 30 s.
    fn default() -> Self {
        Self { model: Model::BARE, patience: Some(Duration::from_secs(30)) }
    }
}

/// [`Spine`] as a trace has it: what we are is part of the program, and only named.
#[derive(Serialize, Deserialize)]
struct Written {
    device_type: String,
    patience: Option<Duration>,
}

impl From<Spine> for Written {
    fn from(Spine { model, patience }: Spine) -> Self {
        Self { device_type: model.device_type.to_owned(), patience }
    }
}

impl TryFrom<Written> for Spine {
    type Error = String;

    fn try_from(Written { device_type, patience }: Written) -> Result<Self, String> {
        let model = Model::BARE;
        if device_type == model.device_type {
            Ok(Self { model, patience })
        } else {
            Err(format!("a hub of this program is no {device_type}"))
        }
    }
}

/// What a peer has not told in the time it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It has said nothing at all.
    Silent,
    /// It has said something, but not what it offers.
    Untold,
    /// It has told that it supports no use case.
    NoUseCase,
}

/// Our node on one connection.
#[derive(Debug)]
pub(super) struct Speaking {
    node: Node,
    /// Whether the peer has said anything.
    heard: bool,
    /// Whether what is known of the peer was told on this connection.
    told: bool,
}

/// After this a question counts as lost (SPINE's maximum response delay), and is asked once more.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long a peer that told what it consists of has for its use cases until the first is told alone.
const MOMENT: Duration = Duration::from_millis(500);

/// How long to wait for more changes before a peer that changed is asked again; so it cannot make us
/// tell of changes more often either.
const SETTLE: Duration = Duration::from_secs(1);

impl Hub {
    /// The handshake of a connection is complete: asks the peer what it offers.
    pub(super) fn begin_speaking(&mut self, now: Time, link: LinkId) {
        let Some(spine) = self.config.spine else { return };
        let Some(entry) = self.links.get_mut(&link).filter(|link| !link.leaving) else { return };
        // The form EEBUS gives the address of a device.
        let mut node = Node::new(format!("d:_{}", self.config.ship_id), spine.model);
        let first = node.ask_discovery();
        entry.speaking = Some(Box::new(Speaking { node, heard: false, told: false }));
        entry.keepalive.set(KeepAlive::AskAgain, now + ASK_AGAIN);
        if let Some(patience) = spine.patience {
            entry.keepalive.set(KeepAlive::Offers, now + patience);
        }
        self.say(now, link, [first]);
    }

    /// Data of a peer, which others may want as well: what it came to for our node.
    pub(super) fn hear(&mut self, link: LinkId, data: &Data) -> Taken {
        let entry = self.links.get_mut(&link);
        let Some(speaking) = entry.and_then(|link| link.speaking.as_mut()) else {
            return Taken::default();
        };
        speaking.heard = true;
        // Some leave the protocol out.
        match data.protocol_id.as_str() {
            SPINE | "" => speaking.node.take(&data.payload),
            _ => Taken::default(),
        }
    }

    /// Says what there is to say in return, and keeps what the peer told of itself.
    pub(super) fn respond(&mut self, now: Time, link: LinkId, ski: Ski, taken: Taken) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        if taken.read_use_cases
            && self.config.spine.is_some_and(|spine| spine.model.use_cases.is_empty())
            && let Some(peer) = self.peers.get_mut(&ski).filter(|peer| peer.link == Some(link))
        {
            peer.record.judged.read_no_use_cases();
        }
        match (taken.news, &mut entry.speaking) {
            (Some(News::Changed), Some(_)) => {
                let (settled, before) = (now + SETTLE, entry.keepalive.get(KeepAlive::AskAgain));
                let due = before.map_or(settled, |before| before.min(settled));
                entry.keepalive.set(KeepAlive::AskAgain, due);
            }
            (Some(news), Some(speaking)) => {
                let anew = !std::mem::replace(&mut speaking.told, true);
                if matches!(news, News::UseCases(..)) {
                    entry.keepalive.stop(KeepAlive::AskAgain);
                    entry.keepalive.stop(KeepAlive::Partial);
                } else {
                    entry.keepalive.set(KeepAlive::Partial, now + MOMENT);
                }
                self.learn(now, ski, news, anew);
            }
            _ => {}
        }
        self.say(now, link, taken.say);
    }

    /// Keeps what a peer told, and tells of it as soon as it is whole.
    fn learn(&mut self, now: Time, ski: Ski, news: News, anew: bool) {
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let offers = peer.facts.offers.get_or_insert_default();
        if anew {
            **offers = Offers::default();
        }
        if offers.learn(news) && offers.use_cases.is_some() {
            let offers = offers.clone();
            self.report(now, Some(ski), EventKind::Offers(offers));
        }
    }

    /// It has told what it consists of, and not its use cases: that is kept and told as well.
    pub(super) fn tell_partial_offers(&mut self, now: Time, link: LinkId) {
        let Some(&Link { ski, .. }) = self.links.get(&link) else { return };
        let offers = self.peers.get(&ski).and_then(|peer| peer.facts.offers.clone());
        if let Some(offers) = offers.filter(|offers| offers.use_cases.is_none()) {
            self.report(now, Some(ski), EventKind::Offers(offers));
        }
    }

    /// It has not answered, or is no longer what it said.
    pub(super) fn ask_again(&mut self, now: Time, link: LinkId) {
        let speaking = self.links.get_mut(&link).and_then(|link| link.speaking.as_mut());
        if let Some(again) = speaking.map(|speaking| speaking.node.ask_discovery()) {
            self.say(now, link, [again]);
        }
    }

    /// The peer had time to tell what it offers.
    pub(super) fn judge_offers(&mut self, now: Time, link: LinkId) {
        let Some(patience) = self.config.spine.and_then(|spine| spine.patience) else { return };
        let Some(Link { ski, speaking: Some(speaking), .. }) = self.links.get(&link) else {
            return;
        };
        let ski = *ski;
        let Some(peer) = self.peers.get(&ski).filter(|peer| peer.link == Some(link)) else {
            return;
        };
        let offers = peer.facts.offers.as_ref().filter(|_| speaking.told);
        let lack = match offers.and_then(|offers| offers.use_cases.as_ref()) {
            Some(use_cases) if !use_cases.is_empty() => return,
            Some(_) => Lack::NoUseCase,
            None if speaking.heard => Lack::Untold,
            None => Lack::Silent,
        };
        self.report(now, Some(ski), EventKind::NoOffers { lack, waited: patience });
    }

    /// Says something; whoever calls sends it with the next drain. One that is leaving says no more.
    fn say(&mut self, now: Time, link: LinkId, payloads: impl IntoIterator<Item = String>) {
        let Some(connection) = self.links.get_mut(&link).and_then(Link::connection) else { return };
        for payload in payloads {
            let data = Data { protocol_id: SPINE.to_owned(), payload };
            // Refused only while it ends.
            let _ = connection.send_data(now, data);
        }
    }
}
