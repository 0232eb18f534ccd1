//! What several connections in a row show that one alone does not: two rules for double connections
//! (CLS-02), a device that closes at an interval (CLS-06), one whose place another manager has
//! (HEL-08). A network that is merely bad is none of them, nor is anything we did ourselves.

use std::{collections::VecDeque, time::Duration};

use super::{
    super::{EventKind, backoff::Verdict},
    Explained, Standing,
    double::{Double, Doubles},
};
use crate::{
    checks::{Code, Finding, judge::closed_as_double},
    proto::{
        ProtocolState,
        handshake::{Cause, Denial, End, Role, Side},
        message::CloseReason,
    },
    time::Time,
};

/// What is remembered of the latest connections of a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    open: Option<Open>,
    doubles: Doubles,
    dropped: Run,
    lasted: VecDeque<Lasted>,
}

/// The present connection.
#[derive(Clone, Copy, Debug)]
struct Open {
    we_dialled: bool,
    since: Time,
    /// Since when both sides trust each other.
    trusted: Option<Time>,
    completed: Option<Time>,
}

/// How often in a row the peer dropped us, or turned us away.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    times: u32,
    first: Time,
    last: Time,
    /// How many of them were connections that it dropped.
    connections: u32,
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
/// What lies further apart is no row.
const ROW: Duration = Duration::from_secs(600);
/// How many make a row.
const MANY: usize = 3;
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
                self.open = Some(Open { we_dialled, since: at, trusted: None, completed: None });
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

    /// One of two connections was closed.
    pub(super) fn doubled(&mut self, double: Double, with: Standing) -> Option<Finding> {
        // Each of them was an attempt at one and the same connection.
        self.dropped = Run::default();
        self.doubles.add(double, with)
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
        if with.ever_completed { self.dropped(at, false) } else { None }
    }

    /// The connection of the peer ended.
    pub(super) fn ended(&mut self, at: Time, end: &End, verdict: Verdict, with: Standing) -> Seen {
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
        let how = HowEnded::of(end);
        let explained = match open {
            Some(open) if how.is_drop(open, end, with.ever_completed, at) => {
                self.lasted.clear();
                self.dropped(at, true)
            }
            Some(Open { since, completed: Some(_), .. }) if how.by_peer_or_lost() => {
                self.dropped = Run::default();
                self.lasted(Lasted { ended: at, time: at.since(since), closed: how.is_closed() })
            }
            _ => {
                self.begin_anew();
                None
            }
        };
        explained.map_or(Seen::Single, Seen::Explained)
    }

    fn begin_anew(&mut self) {
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
        (closed_as_double(&end.cause) || echoes()).then(|| {
            let newer = last.is_none_or(|last| !last.newer);
            Double { at, by: Side::Peer, we_dialled, newer }
        })
    }

    /// The peer dropped us, or turned us away, once more.
    fn dropped(&mut self, at: Time, connection: bool) -> Option<Explained> {
        let run = &mut self.dropped;
        if run.times == 0 || at.since(run.last) > ROW {
            *run = Run { first: at, ..Run::default() };
        }
        run.times = run.times.saturating_add(1);
        run.connections = run.connections.saturating_add(u32::from(connection));
        run.last = at;
        (run.times as usize >= MANY).then(|| run.explained())
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
        let times: Vec<String> = times().map(|time| format!("{} s", time.as_secs())).collect();
        let seen = format!(
            "The last {MANY} connections ended about {} s after they were made ({}), {}.",
            (shortest + longest).as_millis().saturating_add(1000) / 2000,
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

impl Run {
    fn explained(self) -> Explained {
        let turned_away = self.times - self.connections;
        let dropped = match self.connections {
            0 => String::new(),
            n => format!("it dropped {n} right after both sides trusted each other"),
        };
        let turned = match turned_away {
            0 => String::new(),
            n => format!("it turned {n} away before the handshake"),
        };
        let and = if dropped.is_empty() || turned.is_empty() { "" } else { ", " };
        let seen = format!(
            "The device has no place for us, {} times in a row within {} s: {dropped}{and}{turned}.",
            self.times,
            self.last.since(self.first).as_secs().max(1),
        );
        Explained {
            finding: Finding::new(Code::Hel08, seen),
            since: self.first,
            instead_of: &[Code::Cls03, Code::Cls04],
        }
    }
}

/// Who ended a connection, as far as a pattern can be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HowEnded {
    /// The peer announced its close.
    Announced,
    /// The peer closed it without an announcement.
    Closed,
    /// The peer hung up without a close frame.
    HungUp,
    /// The network lost it.
    Lost,
    /// We ended it, it was refused, a rule was broken, or nobody answered our ping: that comes at
    /// the interval of our pings, and shows none of the peer's.
    Otherwise,
}

impl HowEnded {
    fn of(end: &End) -> Self {
        match &end.cause {
            Cause::Closed { by: Side::Peer, reason, .. }
                if *reason != CloseReason::RemovedConnection =>
            {
                Self::Announced
            }
            Cause::ClosedWithCode { .. } => Self::Closed,
            cause if cause.is_hang_up() => Self::HungUp,
            Cause::Lost { .. } => Self::Lost,
            _ => Self::Otherwise,
        }
    }

    fn is_closed(self) -> bool {
        matches!(self, Self::Announced | Self::Closed)
    }

    fn by_peer_or_lost(self) -> bool {
        self != Self::Otherwise
    }

    /// Whether the peer dropped us as soon as it knew us. Who dialled us and says goodbye is done.
    fn is_drop(self, open: Open, end: &End, ever_completed: bool, at: Time) -> bool {
        let may_be = match self {
            Self::Closed | Self::HungUp => true,
            Self::Announced => open.we_dialled,
            Self::Lost | Self::Otherwise => false,
        };
        let known = open.completed.or(open.trusted);
        let before_hello = end.during.number() <= ProtocolState::CmiServerEvaluate.number();
        let soon = known.map_or(ever_completed && before_hello, |since| at.since(since) <= SOON);
        may_be && soon
    }
}
