//! What happens with a device as lines for people: when, which stage, what, and whose turn it is.
//!
//! | room | what happens there |
//! |---|---|
//! | `hello` | whose turn it is, and for how long |
//! | `words` | words for what happens, and for who is there |

mod hello;
mod words;

use std::collections::BTreeMap;

use self::words::{
    asks, complete, connected, dials, due, failed, finding, key_changed, key_material, limited,
    pin_wanted, plain, refused, two_connections, wrong_pin,
};
pub use self::words::{describe, kind, short};
use super::{
    offers,
    text::{elapsed, padded, safe},
};
use crate::{
    checks::{self, Severity, judge},
    hub::{Event, EventKind as Kind, backoff::Verdict},
    mdns::service::Service,
    proto::{
        ConnectionState, Ski,
        handshake::{End, HelloStatus},
    },
    time::Time,
};

/// The story of the devices a command deals with, remembered as far as the next line needs it.
#[derive(Debug)]
pub struct Story {
    own: Ski,
    /// Only this device; all if `None`.
    peer: Option<Ski>,
    /// Whether mDNS has to find an address to dial.
    looks: bool,
    /// The service as last told.
    told: Option<Service>,
    /// How far the hello of each device was as last told.
    hello: BTreeMap<Ski, HelloStatus>,
    /// How many wrong PINs each device had refused as last told.
    wrong_pins: BTreeMap<Ski, u32>,
    /// Whether we are closing everything: what follows an end is no news then.
    ending: bool,
}

/// A line without its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The stage, one word.
    pub stage: &'static str,
    /// What happened.
    pub text: String,
}

impl Said {
    fn new(stage: &'static str, text: impl Into<String>) -> Self {
        Self { stage, text: text.into() }
    }

    /// The whole line.
    pub fn line(&self, at: Time) -> String {
        format!("{}  {}  {}", elapsed(at.since_origin()), padded(self.stage, 10), self.text)
    }
}

impl Story {
    /// The story of one device; `looks` tells whether mDNS has to find an address to dial.
    pub fn of(own: Ski, peer: Ski, looks: bool) -> Self {
        Self { peer: Some(peer), looks, ..Self::of_all(own) }
    }

    /// The story of nobody yet: nobody was named whose it could be.
    pub fn of_nobody(own: Ski) -> Self {
        Self::of(own, own, false)
    }

    /// The story of every device that comes.
    pub fn of_all(own: Ski) -> Self {
        Self {
            own,
            peer: None,
            looks: true,
            told: None,
            hello: BTreeMap::new(),
            wrong_pins: BTreeMap::new(),
            ending: false,
        }
    }

    /// The lines an event is worth.
    pub fn tell(&mut self, event: &Event) -> Vec<Said> {
        let other = self.peer.is_some_and(|peer| event.ski.is_some_and(|ski| ski != peer));
        if other {
            return Vec::new();
        }
        let mut said = self.tell_kind(event);
        said.iter_mut().for_each(|said| said.text = self.whose(event.ski, &said.text));
        said
    }

    /// Where several devices come, each line says whose it is.
    pub fn whose(&self, ski: Option<Ski>, text: &str) -> String {
        match ski {
            Some(ski) if self.peer != Some(ski) => format!("{}  {text}", short(ski)),
            _ => text.to_owned(),
        }
    }

    fn tell_kind(&mut self, event: &Event) -> Vec<Said> {
        let (ski, at) = (event.ski, event.at);
        match &event.kind {
            Kind::ServiceSeen(service) if self.peer.is_some() => self.found(service),
            Kind::ServiceGone { instance } if self.is_ours(instance) => {
                one("gone", "it no longer announces itself")
            }
            Kind::State { to, .. } => self.state(ski, *to),
            Kind::AttemptScheduled { number, delay, because } => {
                one("queued", due(*number, *delay, *because))
            }
            Kind::AttemptStarted { number, targets } => one("initiated", dials(*number, targets)),
            Kind::AttemptFailed { failure, verdict, .. } => failed(failure, *verdict),
            Kind::Connected { role, remote, .. } => one("connected", connected(*role, remote)),
            Kind::Refused { remote, why } => one("refused", refused(remote, *why)),
            Kind::PairingRequest { remote } => one("request", asks(remote)),
            Kind::Hello(status) => self.hello(ski, status, at),
            Kind::PeerShipId(id) => one("identified", format!("SHIP ID {}", safe(id.as_str()))),
            Kind::PinWanted { required, refused, wrong, busy } => {
                let told = ski.and_then(|ski| self.wrong_pins.insert(ski, *wrong));
                let is_news = *refused && told != Some(*wrong);
                one("pin", pin_wanted(*required, is_news, *wrong, *busy))
            }
            Kind::PinAccepted => one("pin", "it accepted our PIN"),
            Kind::WrongPin { count, penalty_until } => {
                one("pin", wrong_pin(*count, penalty_until.map(|until| at.until(until))))
            }
            Kind::RightPin => one("pin", "it entered the right PIN"),
            Kind::KeyMaterial(news) => key_material(news),
            Kind::KeyChanged { to } => {
                // It is the same device: its story goes on.
                self.peer = self.peer.map(|_| *to);
                one("identified", key_changed(*to))
            }
            Kind::Completed { took } => one("completed", complete(*took)),
            Kind::Remark(remark) => finding(&judge::remark(remark)),
            Kind::Found(it) => finding(it),
            Kind::Offers(told) => one("offers", offers::line(told)),
            Kind::NoOffers { lack, waited } => finding(&checks::offers::lacking(*lack, *waited)),
            Kind::TwoConnections(decision) => one("double", two_connections(decision)),
            Kind::Replaced { .. } => one("replaced", "of two connections one was given up"),
            Kind::Ended { end, verdict } => self.ended(ski, end, *verdict),
            Kind::LimitReached { limit } => one("queued", limited(*limit)),
            Kind::ShuttingDown { .. } => {
                self.ending = true;
                Vec::new()
            }
            Kind::ServiceSeen(_) | Kind::ServiceGone { .. } | Kind::Protocol { .. } => Vec::new(),
            Kind::Registered | Kind::Unregistered | Kind::Data(_) => Vec::new(),
            Kind::Dialling { .. } | Kind::TwoConnectionsSettled { .. } => Vec::new(),
            Kind::AutoAccept { .. } | Kind::Limit { .. } => Vec::new(),
            Kind::PhaseBegan { .. } | Kind::PhaseEnded { .. } | Kind::ShutDown { .. } => Vec::new(),
        }
    }

    fn is_ours(&self, instance: &str) -> bool {
        self.told.as_ref().is_some_and(|told| told.instance == instance)
    }

    fn found(&mut self, service: &Service) -> Vec<Said> {
        let where_before = self.told.as_ref().map(|told| (&told.addresses, told.port));
        let news = where_before != Some((&service.addresses, service.port));
        let mut said = Vec::new();
        if news {
            said.push(Said::new("found", describe(service)));
        }
        if self.told.is_none() {
            let findings = judge::service(service);
            let worth = findings.iter().filter(|finding| finding.severity > Severity::Info);
            said.extend(worth.flat_map(finding));
        }
        self.told = Some(service.clone());
        said
    }

    fn state(&mut self, ski: Option<Ski>, to: ConnectionState) -> Vec<Said> {
        let text = match to {
            _ if self.ending => return Vec::new(),
            ConnectionState::Queued if self.peer.is_some() && self.looks && self.told.is_none() => {
                "not seen by mDNS yet; waiting for it, or for it to dial us"
            }
            ConnectionState::Trusted => {
                self.forget_hello(ski);
                "both sides trust each other"
            }
            _ => return Vec::new(),
        };
        let stage = if to == ConnectionState::Trusted { "trusted" } else { "queued" };
        vec![Said::new(stage, text)]
    }

    fn ended(&mut self, ski: Option<Ski>, end: &End, verdict: Verdict) -> Vec<Said> {
        self.forget_hello(ski);
        self.wrong_pins.retain(|it, _| Some(*it) != ski);
        let what = match judge::ended(end, verdict) {
            Some(finding) => format!("{} [{}]", plain(&finding.seen), finding.code),
            None if verdict == Verdict::RetryAtOnce => "it broke off at once".to_owned(),
            None if judge::closed_as_double(&end.cause) => "closed as double".to_owned(),
            None => "closed in order".to_owned(),
        };
        let next = match verdict {
            _ if self.ending => "",
            // With many devices nobody knows here whether there is an address to dial.
            Verdict::Retry if self.peer.is_none() => "; trying again when it can be reached",
            Verdict::Retry => "; trying again",
            Verdict::RetryAtOnce => {
                "; it may have stumbled over its own start-up, trying once more"
            }
            Verdict::Held => "; stays so until told to connect",
            Verdict::PeerMayCome => "; it may come again",
            Verdict::PeerRefused | Verdict::WeRefused | Verdict::GiveUp | Verdict::Nothing => "",
        };
        vec![Said::new("ended", format!("{what}{next}"))]
    }
}

fn one(stage: &'static str, text: impl Into<String>) -> Vec<Said> {
    vec![Said::new(stage, text)]
}

#[cfg(test)]
mod tests;
