//! What several connections in a row show that one alone does not: two rules for double connections
//! (CLS-02), a device that closes at an interval (CLS-06), one whose place another manager has
//! (HEL-08), one that leaves because we support no use case (DAT-03). A network that is merely bad is
//! none of them, nor is a device that restarts, nor anything we did ourselves.

use std::{collections::VecDeque, time::Duration};

use super::{
    super::{EventKind, backoff::Verdict},
    Explained, Standing,
    double::{Double, Doubles},
    run::{Drop, Run},
};
use crate::{
    checks::{Code, Finding},
    proto::{
        Phase, ProtocolState,
        handshake::{Cause, Denial, End, EndClass, Role, Side},
    },
    time::{Time, text::span},
};

/// What is remembered of the latest connections of a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    open: Option<Open>,
    doubles: Doubles,
    dropped: Run,
    lasted: VecDeque<Lasted>,
    standing: Option<Repeated>,
}

/// A pattern that stands: each connection repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hub) struct Repeated {
    /// The finding.
    pub(in crate::hub) code: Code,
    /// How many times it was repeated since it stands, from 1.
    pub(in crate::hub) times: u32,
    /// A connection that lasts longer than this does not repeat it.
    outlived: Duration,
}

/// The present connection.
#[derive(Clone, Copy, Debug)]
struct Open {
    we_dialled: bool,
    since: Time,
    /// Since when both sides trust each other.
    trusted: Option<Time>,
    completed: Option<Time>,
    /// Whether the peer read our use cases, and there are none.
    read_no_use_cases: bool,
}

/// A connection the peer ended, and how long it had lasted.
#[derive(Clone, Copy, Debug)]
struct Lasted {
    ended: Time,
    time: Duration,
    /// Whether the peer closed it; else it was lost.
    closed: bool,
}

/// What the end of a connection is, seen together with those before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// One of two connections: nothing by itself.
    Nothing,
    /// What it is by itself.
    Single,
    /// What several of them come to.
    Explained(Explained),
}

/// Who loses the connection sooner after both sides trust each other had no place for us.
const SOON: Duration = Duration::from_secs(10);
/// Who leaves later after it read our use cases has another reason: a missing heartbeat, which
/// EEBUS allows 120 s at most, is noticed by then.
const FOUND_NOTHING: Duration = Duration::from_secs(120);
/// A connection that lasts longer does not repeat a pattern of short ones.
const OUTLIVED: Duration = Duration::from_secs(150);
/// How many make a row.
pub(super) const MANY: usize = 3;
/// A device that tidies up waits longer than this.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(30);
/// How soon after a double connection an unexplained close belongs to it.
const ECHO: Duration = Duration::from_secs(5);

impl Pattern {
    /// Takes notice of what changes the present connection.
    pub(super) fn note(&mut self, at: Time, kind: &EventKind) {
        match kind {
            EventKind::Connected { role, .. } => {
                let we_dialled = *role == Role::Client;
                self.open = Some(Open {
                    we_dialled,
                    since: at,
                    trusted: None,
                    completed: None,
                    read_no_use_cases: false,
                });
            }
            EventKind::Protocol { state: ProtocolState::HelloOk } => {
                self.open.iter_mut().for_each(|open| open.trusted = Some(at));
            }
            EventKind::Completed { .. } => {
                self.open.iter_mut().for_each(|open| open.completed = Some(at));
            }
            // What follows is somebody's will.
            EventKind::Registered | EventKind::Unregistered => self.begin_anew(),
            _ => {}
        }
    }

    /// The peer read our use cases, and there are none.
    pub(super) fn read_no_use_cases(&mut self) {
        self.open.iter_mut().for_each(|open| open.read_no_use_cases = true);
    }

    /// Whether we dialled the present connection.
    pub(super) fn we_dialled(&self) -> bool {
        self.open.is_some_and(|open| open.we_dialled)
    }

    /// How many complete connections of ours turned out to be too short since it was asked last.
    pub(super) fn take_short_lived(&mut self) -> u64 {
        self.dropped.take_short_lived()
    }

    /// The pattern that stands, unless the present connection has outlived it.
    pub(super) fn standing(&self, now: Time) -> Option<Repeated> {
        self.standing.filter(|it| self.outlives(it, now).is_none())
    }

    /// Since when the present connection has outlived a pattern.
    pub(super) fn outlived(&self, code: Code, now: Time) -> Option<Time> {
        let standing = self.standing.filter(|it| it.code == code)?;
        self.outlives(&standing, now)
    }

    fn outlives(&self, standing: &Repeated, now: Time) -> Option<Time> {
        let open = self.open.filter(|open| open.completed.is_some())?;
        (now.since(open.since) > standing.outlived).then(|| open.since + standing.outlived)
    }

    /// The pattern was repeated.
    fn repeats(&mut self, code: Code) {
        let longest = self.lasted.iter().map(|it| it.time).max().unwrap_or_default();
        let outlived = match code {
            Code::Cls06 => longest + longest / 10,
            _ => OUTLIVED,
        };
        let times = self.standing.map_or(0, |it| it.times).saturating_add(1);
        self.standing = Some(Repeated { code, times, outlived });
    }

    /// One of two connections was closed.
    pub(super) fn doubled(&mut self, double: Double, with: Standing) -> Option<Finding> {
        // Each of them was an attempt at one and the same connection.
        self.dropped = Run::default();
        let found = self.doubles.add(double, with);
        // The longer the delay has grown, the fewer of them come within a minute.
        if found.is_some() || self.standing.is_some_and(|it| it.code == Code::Cls02) {
            self.repeats(Code::Cls02);
        }
        found
    }

    /// An attempt found nobody to speak SHIP with.
    pub(super) fn not_reached(
        &mut self,
        at: Time,
        code: Option<Code>,
        with: Standing,
    ) -> Option<Explained> {
        let turned_away = matches!(code, Some(Code::Tcp03 | Code::Ws03 | Code::Ws06));
        if !turned_away {
            self.begin_anew();
            return None;
        }
        self.lasted.clear();
        let found =
            if with.ever_completed { self.dropped(at, Drop::TurnedAway, false) } else { None };
        self.stands_by(found.as_ref());
        found
    }

    /// The connection of the peer ended.
    pub(super) fn ended(&mut self, at: Time, end: &End, verdict: Verdict, with: Standing) -> Seen {
        if self.standing(at).is_none() {
            self.standing = None;
        }
        let open = self.open.take();
        if verdict == Verdict::RetryAtOnce {
            return Seen::Nothing;
        }
        if let Some(double) = self.as_double(at, end, verdict, open) {
            return match self.doubled(double, with) {
                Some(finding) => Seen::Explained(Explained { finding, since: at, instead_of: &[] }),
                None => Seen::Nothing,
            };
        }
        self.doubles.clear();
        let class = end.cause.class();
        let explained = match open {
            Some(open) if finds_nothing(class, open, at) => {
                self.lasted.clear();
                self.dropped(
                    at,
                    Drop::FoundNothing { after: at.since(open.since) },
                    open.we_dialled,
                )
            }
            Some(open) if is_drop(class, open, end, with.ever_completed, at) => {
                self.lasted.clear();
                let completed = open.completed.is_some();
                self.dropped(at, Drop::AtOnce, completed && open.we_dialled)
            }
            Some(Open { since, completed: Some(_), .. }) if by_peer_or_lost(class) => {
                self.dropped = Run::default();
                self.lasted(Lasted {
                    ended: at,
                    time: at.since(since),
                    closed: class.is_closed_by_peer(),
                })
            }
            _ => {
                self.begin_anew();
                None
            }
        };
        self.stands_by(explained.as_ref());
        explained.map_or(Seen::Single, Seen::Explained)
    }

    /// A pattern stands as long as each end repeats it, or another one.
    fn stands_by(&mut self, explained: Option<&Explained>) {
        match explained {
            Some(explained) => self.repeats(explained.finding.code),
            None => self.standing = None,
        }
    }

    fn begin_anew(&mut self) {
        self.standing = None;
        self.dropped = Run::default();
        self.lasted.clear();
        self.doubles.clear();
    }

    /// The double connection this end belongs to: the peer says so, or it closes what we kept.
    fn as_double(
        &self,
        at: Time,
        end: &End,
        verdict: Verdict,
        open: Option<Open>,
    ) -> Option<Double> {
        let Open { we_dialled, .. } = open?;
        let last = self.doubles.last();
        let echoes = || {
            let close = matches!(
                &end.cause,
                Cause::ClosedWithCode { .. }
                    | Cause::Denied { by: Side::Peer, how: Denial::Closed { code: Some(_), .. } }
            );
            close
                && verdict == Verdict::Retry
                && last.is_some_and(|last| last.by == Side::We && at.since(last.at) < ECHO)
        };
        (end.cause.class() == EndClass::Double || echoes()).then(|| {
            let newer = last.is_none_or(|last| !last.newer);
            Double { at, by: Side::Peer, we_dialled, newer }
        })
    }

    /// The peer dropped us, or turned us away, once more.
    fn dropped(&mut self, at: Time, how: Drop, short_lived: bool) -> Option<Explained> {
        self.dropped.add(at, how, short_lived);
        self.dropped.explained()
    }

    /// The peer ended a connection after a while.
    fn lasted(&mut self, lasted: Lasted) -> Option<Explained> {
        if lasted.time < SHORTEST_INTERVAL {
            self.lasted.clear();
            return None;
        }
        self.lasted.push_back(lasted);
        if self.lasted.len() > MANY {
            self.lasted.pop_front();
        }
        let times = || self.lasted.iter().map(|it| it.time);
        let (shortest, longest) = (times().min()?, times().max()?);
        // A device keeps time to the second; a network that loses connections does not.
        let all_closed = self.lasted.iter().all(|it| it.closed);
        let slack =
            Duration::from_secs(1) + if all_closed { longest / 100 } else { Duration::ZERO };
        if self.lasted.len() < MANY || longest - shortest > slack {
            return None;
        }
        let times: Vec<String> = times().map(span).collect();
        let seen = format!(
            "The last {MANY} connections ended about {} after they were made ({}), {}.",
            span((shortest + longest) / 2),
            times.join(", "),
            if all_closed { "closed by the device" } else { "gone without a close frame" },
        );
        Some(Explained {
            finding: Finding::new(Code::Cls06, seen),
            since: self.lasted.front()?.ended,
            instead_of: &[Code::Cls03, Code::Cls04],
        })
    }
}

/// Whether an end can be part of a pattern: not one of ours, a refusal, or a broken rule; nor an
/// unanswered ping, which comes at the interval of our pings and shows none of the peer's.
fn by_peer_or_lost(class: EndClass) -> bool {
    class != EndClass::Other
}

/// Whether the peer left because it read our use cases and found none.
fn finds_nothing(class: EndClass, open: Open, at: Time) -> bool {
    let leaves = matches!(class, EndClass::Announced | EndClass::Closed | EndClass::HungUp);
    let soon = open.completed.is_some_and(|since| at.since(since) <= FOUND_NOTHING);
    leaves && soon && open.read_no_use_cases
}

/// Whether the peer dropped us as soon as it knew us. Who dialled us and says goodbye is done.
fn is_drop(class: EndClass, open: Open, end: &End, ever_completed: bool, at: Time) -> bool {
    let may_be = match class {
        EndClass::Closed | EndClass::Busy | EndClass::Double | EndClass::HungUp => true,
        EndClass::Announced => open.we_dialled,
        EndClass::GoingAway | EndClass::Faulted | EndClass::Lost | EndClass::Other => false,
    };
    let known = open.completed.or(open.trusted);
    let before_hello = end.during.phase() == Phase::Init;
    let soon = known.map_or(ever_completed && before_hello, |since| at.since(since) <= SOON);
    may_be && soon
}
