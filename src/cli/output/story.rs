//! What happens with a device as lines for people: when, which stage, what, and whose turn it is.

use std::{collections::BTreeMap, time::Duration};

use super::{
    offers,
    text::{elapsed, padded, rough, safe},
};
use crate::{
    checks::{self, Code, Finding, Severity, dial, judge},
    hub::{
        Event, EventKind, Refusal,
        backoff::Verdict,
        dial::DialFailure,
        duplicate::{Decision, Resolution},
    },
    mdns::{service::Service, txt::Category},
    proto::{
        ConnectionState, Ski, Target,
        handshake::{End, HelloStatus, Role},
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
        Self { own, peer: Some(peer), looks, told: None, hello: BTreeMap::new(), ending: false }
    }

    /// The story of every device that comes.
    pub fn of_all(own: Ski) -> Self {
        Self { own, peer: None, looks: true, told: None, hello: BTreeMap::new(), ending: false }
    }

    /// The lines an event is worth.
    pub fn tell(&mut self, event: &Event) -> Vec<Said> {
        let other = self.peer.is_some_and(|peer| event.ski.is_some_and(|ski| ski != peer));
        if other {
            return Vec::new();
        }
        let mut said = self.tell_kind(event);
        // Where several devices come, each line says whose it is.
        if let (None, Some(ski)) = (self.peer, event.ski) {
            said.iter_mut().for_each(|said| said.text = format!("{}  {}", short(ski), said.text));
        }
        said
    }

    /// How long the hello still waits for a person, to be counted down: the text, until when.
    pub fn countdown(&self, now: Time) -> Option<Said> {
        self.turn(self.hello.get(&self.peer?)?, now)
    }

    fn turn(&self, status: &HelloStatus, now: Time) -> Option<Said> {
        let until = if status.we_trust { status.we_wait_until } else { status.peer_waits_until }?;
        Some(Said::new("hello", self.whose_turn(status, now.until(until))?))
    }

    fn tell_kind(&mut self, event: &Event) -> Vec<Said> {
        let one = |stage, text: String| vec![Said::new(stage, text)];
        match &event.kind {
            EventKind::ServiceSeen(service) if self.peer.is_some() => self.found(service),
            EventKind::ServiceGone { instance } if self.is_ours(instance) => {
                one("gone", "it no longer announces itself".to_owned())
            }
            EventKind::State { to, .. } => self.state(event.ski, *to),
            EventKind::AttemptScheduled { number, delay } => {
                one("queued", format!("attempt {number} in {}", precise(*delay)))
            }
            EventKind::AttemptStarted { number, targets } => {
                one("initiated", format!("attempt {number}: dialling {}", list(targets)))
            }
            EventKind::AttemptFailed { failure, verdict, .. } => failed(failure, *verdict),
            EventKind::Connected { role, remote, .. } => one("connected", connected(*role, remote)),
            EventKind::Refused { remote, why } => {
                one("refused", format!("turned away {remote}: {}", refusal(*why)))
            }
            EventKind::PairingRequest { remote } => {
                one("request", format!("it asks to be paired, from {remote}"))
            }
            EventKind::Hello(status) => self.hello(event.ski, status, event.at),
            EventKind::PeerShipId(id) => {
                one("identified", format!("SHIP ID {}", safe(id.as_str())))
            }
            EventKind::PinWanted { required, refused, busy } => {
                one("pin", pin_wanted(*required, *refused, *busy).to_owned())
            }
            EventKind::PinAccepted => one("pin", "it accepted our PIN".to_owned()),
            EventKind::WrongPin { count, penalty_until } => {
                let penalty = penalty_until.map_or(String::new(), |until| {
                    format!("; the next is checked in {}", rough(event.at.until(until)))
                });
                one("pin", format!("it entered a wrong PIN, {count} in all{penalty}"))
            }
            EventKind::RightPin => one("pin", "it entered the right PIN".to_owned()),
            EventKind::Completed { took } => {
                one("completed", format!("handshake complete after {}", precise(*took)))
            }
            EventKind::Remark(remark) => finding(&judge::remark(remark)),
            EventKind::Found(it) => finding(it),
            EventKind::Offers(told) => one("offers", offers::line(told)),
            EventKind::NoOffers { lack, waited } => {
                finding(&checks::offers::lacking(*lack, *waited))
            }
            EventKind::TwoConnections(decision) => one("double", two_connections(decision)),
            EventKind::Replaced { .. } => {
                one("replaced", "of two connections one was given up".to_owned())
            }
            EventKind::Ended { end, verdict } => self.ended(event.ski, end, *verdict),
            EventKind::ServiceSeen(_)
            | EventKind::ServiceGone { .. }
            | EventKind::Registered
            | EventKind::Unregistered
            | EventKind::Protocol { .. }
            | EventKind::Dialling { .. }
            | EventKind::TwoConnectionsSettled { .. }
            | EventKind::Data(_)
            | EventKind::AutoAccept { .. }
            | EventKind::Limit { .. }
            | EventKind::PhaseBegan { .. }
            | EventKind::PhaseEnded { .. }
            | EventKind::ShutDown { .. } => Vec::new(),
            EventKind::LimitReached { limit } => {
                let code = Code::Own04;
                let text = format!("waits until a connection ends: the limit is {limit} [{code}]");
                one("queued", text)
            }
            EventKind::ShuttingDown { .. } => {
                self.ending = true;
                Vec::new()
            }
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

    fn forget_hello(&mut self, ski: Option<Ski>) {
        if let Some(ski) = ski {
            self.hello.remove(&ski);
        }
    }

    fn hello(&mut self, ski: Option<Ski>, status: &HelloStatus, now: Time) -> Vec<Said> {
        let before = ski.and_then(|ski| self.hello.insert(ski, *status));
        let count = |status: Option<HelloStatus>| {
            status.map_or((0, 0), |s| (s.prolongations_granted, s.prolongations_asked))
        };
        let ((granted, asked), (granted_before, asked_before)) =
            (count(Some(*status)), count(before));
        let left = |until: Option<Time>| {
            until.map_or(String::new(), |until| format!(": {} left", rough(now.until(until))))
        };
        if granted > granted_before {
            let left = left(status.we_wait_until);
            return vec![Said::new("hello", format!("it asked for more time, granted{left}"))];
        }
        if asked > asked_before {
            return vec![Said::new("hello", "we asked it for more time")];
        }
        let same = before.is_some_and(|before| {
            (before.we_trust, before.peer_trusts) == (status.we_trust, status.peer_trusts)
        });
        // Before its first hello nobody has to do anything yet.
        let news = !same && (status.peer_trusts.is_some() || !status.we_trust);
        news.then(|| self.turn(status, now)).flatten().into_iter().collect()
    }

    /// Whose turn it is in the hello phase; `None` when no person has to do anything.
    fn whose_turn(&self, status: &HelloStatus, left: Duration) -> Option<String> {
        let left = rough(left);
        match (status.we_trust, status.peer_trusts) {
            (true, Some(false)) => Some(format!(
                "we trust it · its turn, {left} left: accept SKI {} on the device",
                short(self.own)
            )),
            (true, None) => Some(format!("we trust it · waiting for its hello, {left} left")),
            (false, _) => Some(format!("it waits for us to trust it, {left} left")),
            (true, Some(true)) => None,
        }
    }

    fn ended(&mut self, ski: Option<Ski>, end: &End, verdict: Verdict) -> Vec<Said> {
        self.forget_hello(ski);
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

/// The first eight digits of a SKI, in groups: enough to tell devices apart.
pub fn short(ski: Ski) -> String {
    let grouped = ski.grouped();
    format!("{} …", grouped.get(..9).unwrap_or_default())
}

/// What a service is and where: `Demo Wallbox (e-mobility) at 192.168.1.20:4712 on eth0`.
pub fn describe(service: &Service) -> String {
    let kind = kind(service);
    let kind = if kind.is_empty() { kind } else { format!(" ({kind})") };
    let place = match service.addresses.first() {
        Some(address) => address.to_string(),
        None => format!("{}:{}", service.host, service.port),
    };
    let more = match service.addresses.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let on = match service.interfaces.is_empty() {
        true => String::new(),
        false => format!(" on {}", service.interfaces.join(", ")),
    };
    safe(&format!("{}{kind} at {place}{more}{on}", service.name()))
}

/// The categories of a service, or else its type.
pub fn kind(service: &Service) -> String {
    let categories: Vec<String> =
        service.txt.categories.iter().map(|n| Category(*n).to_string()).collect();
    if categories.is_empty() {
        service.txt.device_type.clone().unwrap_or_default()
    } else {
        categories.join(", ")
    }
}

/// A finding worth a line, and its advice.
fn finding(finding: &Finding) -> Vec<Said> {
    let mut said =
        vec![Said::new("remark", format!("{} [{}]", plain(&finding.seen), finding.code))];
    if finding.severity > Severity::Info {
        said.push(Said::new("", format!("→ {}", plain(&finding.advice))));
    }
    said
}

/// A sentence within a line: no escapes, no full stop.
fn plain(sentence: &str) -> String {
    safe(sentence.trim_end_matches('.'))
}

fn failed(failure: &DialFailure, verdict: Verdict) -> Vec<Said> {
    let mut said: Vec<Said> = dial::worth_telling(&failure.tried)
        .map(|tried| {
            let text = format!("{}: {} [{}]", tried.target, tried.what, tried.code);
            Said::new("failed", safe(&text))
        })
        .collect();
    if verdict == Verdict::Retry
        && let Some(advice) = failure.most_telling().and_then(dial::advice)
    {
        said.push(Said::new("", format!("→ {}", plain(advice))));
    }
    said
}

fn two_connections(decision: &Decision) -> String {
    let opened = |role| match role {
        Role::Client => "one of ours",
        Role::Server => "one of its",
    };
    let what = match decision.resolution {
        Resolution::New => "the new one stays",
        Resolution::OldIfAlive => "the old one stays if it still lives",
        Resolution::PeerDecides => "the device decides, for its SKI is the higher",
    };
    let (old, new) = (opened(decision.old.1), opened(decision.new.1));
    format!("{new} beside {old}: {what}")
}

fn connected(role: Role, remote: &std::net::SocketAddr) -> String {
    match role {
        Role::Client => format!("we dialled {remote}, it speaks SHIP"),
        Role::Server => format!("it dialled us from {remote}"),
    }
}

fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::Limit => "our connection limit is reached",
        Refusal::Strangers => "too many devices that are not trusted wait here already",
        Refusal::Duplicate => "there is a connection already",
        Refusal::ShuttingDown => "we are ending",
        Refusal::Held => "we hold this device disconnected",
        Refusal::OwnSki => "it is ourselves",
    }
}

fn pin_wanted(required: bool, refused: bool, busy: bool) -> &'static str {
    match (refused, busy, required) {
        (true, true, _) => "wrong PIN; its penalty runs, the next one is checked later",
        (true, false, _) => "wrong PIN; it wants another one",
        (false, true, _) => "it wants a PIN, and its penalty for wrong ones runs",
        (false, false, true) => "it wants its PIN",
        (false, false, false) => "it offers more for its PIN",
    }
}

fn list(targets: &[Target]) -> String {
    let texts: Vec<String> = targets.iter().map(|target| safe(&target.to_string())).collect();
    texts.join(", ")
}

fn precise(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::dial::{Stage, Tried},
        mdns::txt::Txt,
        proto::{
            ProtocolState,
            handshake::{Cause, Denial, Side},
        },
    };

    const OWN: Ski = Ski::from_bytes([0x9C; 20]);
    const PEER: Ski = Ski::from_bytes([0x55; 20]);

    fn at(ms: u64) -> Time {
        Time::after(Duration::from_millis(ms))
    }

    fn told(story: &mut Story, ms: u64, kind: EventKind) -> Vec<String> {
        let event = Event { at: at(ms), ski: Some(PEER), kind };
        story.tell(&event).iter().map(|said| said.line(event.at)).collect()
    }

    fn service() -> Service {
        let txt = [
            ("txtvers", "1"),
            ("id", "demo"),
            ("path", "/ship/"),
            ("ski", &PEER.to_string()),
            ("register", "false"),
            ("brand", "Demo"),
            ("model", "Wall\x1b[1mbox"),
            ("cat", "3"),
        ];
        Service {
            instance: "demo".to_owned(),
            host: "demo.local.".to_owned(),
            port: 4712,
            addresses: vec!["192.168.1.20:4712".parse().unwrap()],
            interfaces: vec!["eth0".to_owned()],
            txt: Txt::read(txt.iter().map(|(key, value)| (*key, Some(value.as_bytes())))),
        }
    }

    fn hello(we: bool, peer: Option<bool>, until: u64, granted: u32) -> EventKind {
        EventKind::Hello(HelloStatus {
            we_trust: we,
            peer_trusts: peer,
            we_wait_until: Some(at(until)),
            peer_waits_until: Some(at(until)),
            prolongations_granted: granted,
            prolongations_asked: 0,
        })
    }

    #[test]
    fn a_pairing_is_told_stage_by_stage() {
        let mut story = Story::of(OWN, PEER, true);
        let state = |from, to| EventKind::State { from, to };
        use ConnectionState::{InProgress, None, Queued, Trusted};
        let mut lines = Vec::new();
        lines.extend(told(&mut story, 0, state(None, Queued)));
        lines.extend(told(&mut story, 820, EventKind::ServiceSeen(service())));
        lines.extend(told(
            &mut story,
            830,
            EventKind::AttemptStarted {
                number: 1,
                targets: vec!["192.168.1.20:4712/ship/".parse().unwrap()],
            },
        ));
        lines.extend(told(&mut story, 860, hello(true, Some(false), 60_860, 0)));
        lines.extend(told(&mut story, 12_400, hello(true, Some(false), 119_400, 1)));
        lines.extend(told(&mut story, 14_020, hello(true, Some(true), 119_400, 1)));
        lines.extend(told(&mut story, 14_020, state(InProgress, Trusted)));
        assert_eq!(
            lines,
            [
                "   0.00 s  queued      not seen by mDNS yet; waiting for it, or for it to dial us",
                "   0.82 s  found       Demo Wall\u{FFFD}[1mbox (e-mobility) at 192.168.1.20:4712 on eth0",
                "   0.83 s  initiated   attempt 1: dialling 192.168.1.20:4712/ship/",
                "   0.86 s  hello       we trust it · its turn, 60 s left: accept SKI 9C9C 9C9C … on the device",
                "  12.40 s  hello       it asked for more time, granted: 107 s left",
                "  14.02 s  trusted     both sides trust each other",
            ]
        );
    }

    #[test]
    fn a_record_seen_again_unchanged_is_no_news() {
        let mut story = Story::of(OWN, PEER, true);
        assert!(!told(&mut story, 1, EventKind::ServiceSeen(service())).is_empty());
        assert!(told(&mut story, 2, EventKind::ServiceSeen(service())).is_empty());
    }

    #[test]
    fn other_devices_are_no_part_of_the_story() {
        let mut story = Story::of(OWN, OWN, true);
        assert!(told(&mut story, 1, EventKind::ServiceSeen(service())).is_empty());
    }

    #[test]
    fn the_hellos_of_two_devices_are_not_taken_for_one() {
        let mut story = Story::of_all(OWN);
        let mut tell = |ski, kind| story.tell(&Event { at: at(0), ski: Some(ski), kind });
        let asked = tell(PEER, hello(true, Some(false), 60_000, 1));
        assert!(asked[0].text.contains("asked for more time"), "{asked:?}");
        tell(Ski::from_bytes([7; 20]), hello(true, Some(false), 60_000, 0));
        assert_eq!(tell(PEER, hello(true, Some(true), 60_000, 1)), [], "nothing more was granted");
    }

    #[test]
    fn the_hello_is_counted_down_while_a_person_must_act() {
        let mut story = Story::of(OWN, PEER, true);
        told(&mut story, 0, hello(true, Some(false), 60_000, 0));
        assert!(story.countdown(at(20_000)).unwrap().text.contains("its turn, 40 s left"));
        told(&mut story, 21_000, hello(true, Some(true), 60_000, 0));
        assert_eq!(story.countdown(at(21_000)), None);
    }

    #[test]
    fn a_failed_attempt_names_every_address_and_what_to_do() {
        let tried = Tried {
            target: "192.168.1.20:4712".parse().unwrap(),
            address: None,
            stage: Stage::Tcp,
            code: "TCP-01",
            what: "the connection was refused".to_owned(),
            passing: true,
            took: Default::default(),
            via: Vec::new(),
        };
        let failure = DialFailure { tried: vec![tried], telling: 0 };
        let lines = told(
            &mut Story::of(OWN, PEER, false),
            1000,
            EventKind::AttemptFailed { number: 1, failure, verdict: Verdict::Retry },
        );
        assert_eq!(
            lines[0],
            "   1.00 s  failed      192.168.1.20:4712/ship/: the connection was refused [TCP-01]"
        );
        assert!(lines[1].starts_with("   1.00 s              → "), "{}", lines[1]);
    }

    #[test]
    fn an_end_tells_who_ended_it_and_when() {
        let end = End {
            during: ProtocolState::HelloReadyListen,
            cause: Cause::Denied { by: Side::Peer, how: Denial::Aborted },
            completed: false,
            after: Duration::from_secs(3),
            instead: None,
        };
        let verdict = Verdict::PeerRefused;
        let lines = told(&mut Story::of(OWN, PEER, false), 3000, EventKind::Ended { end, verdict });
        assert!(lines[0].contains("[HEL-03]"), "{lines:?}");
    }
}
