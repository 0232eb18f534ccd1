//! The graceful shutdown, in four phases: stop accepting, withdraw, cancel what is under way, close
//! what is open. Each has its time, and none waits longer for the outside than that.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EventKind, Hub, LinkId, Output, Owner, json, link::Phase};
use crate::{
    proto::{ConnectionState, Ski, message::CloseReason},
    time::Time,
};

/// The phases of a shutdown, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShutdownPhase {
    /// No more connections are taken; ends with [`super::Input::ListeningStopped`].
    StopListening,
    /// mDNS says goodbye; ends with [`super::Input::Withdrawn`].
    Withdraw,
    /// Attempts and dials are cancelled.
    Cancel,
    /// Connections are closed, all at the same time.
    Close,
}

impl ShutdownPhase {
    /// Every phase, in order.
    pub const ALL: [Self; 4] = [Self::StopListening, Self::Withdraw, Self::Cancel, Self::Close];
}

/// A phase of a shutdown, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseSnapshot {
    /// Which.
    pub phase: ShutdownPhase,
    /// How far it has come.
    pub state: PhaseState,
    /// When it began.
    #[serde(rename = "began_ms")]
    pub began: Option<Time>,
    /// How long it may take.
    #[serde(rename = "limit_ms", with = "json::millis")]
    pub limit: Duration,
    /// How long it took, once it is over.
    #[serde(rename = "took_ms", default, with = "json::optional_millis")]
    pub took: Option<Duration>,
}

/// How far a phase of the shutdown has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// It comes later.
    Waiting,
    /// It runs.
    Running,
    /// It is over, in its time.
    Done,
    /// Its time ran out.
    Overran,
}

/// How far the shutdown has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shutdown {
    /// Nobody asked for it.
    NotAsked,
    /// It runs.
    Running(Running),
    /// Nothing is left.
    Done,
}

/// A shutdown that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Running {
    asked: Time,
    phase: ShutdownPhase,
    began: Time,
    /// Whether a phase ran out of its time.
    overran: bool,
    /// What the phases before this one took, and whether in time.
    over: [Option<(Time, Duration, bool)>; 4],
}

impl Shutdown {
    pub(super) fn is_asked(self) -> bool {
        self != Self::NotAsked
    }

    pub(super) fn phase(self) -> Option<ShutdownPhase> {
        match self {
            Self::Running(running) => Some(running.phase),
            Self::NotAsked | Self::Done => None,
        }
    }
}

impl Hub {
    pub(super) fn begin_shutdown(&mut self, now: Time) {
        if self.shutdown.is_asked() {
            return;
        }
        let connections = self.connections();
        self.report(now, None, EventKind::ShuttingDown { connections });
        self.deadlines.set(Owner::AutoAccept, None);
        self.auto_accept_until = None;
        let phase = ShutdownPhase::StopListening;
        self.shutdown = Shutdown::Running(Running {
            asked: now,
            phase,
            began: now,
            overran: false,
            over: [None; 4],
        });
        self.begin_phase(now, phase);
    }

    /// What a phase waited for came.
    pub(super) fn phase_done(&mut self, now: Time, phase: ShutdownPhase) {
        if self.shutdown.phase() == Some(phase) {
            self.end_phase(now, true);
        }
    }

    /// The time of a phase is over.
    pub(super) fn phase_overran(&mut self, now: Time) {
        if self.shutdown.phase() == Some(ShutdownPhase::Close) {
            let mut links: Vec<LinkId> = self.links.keys().copied().collect();
            links.sort();
            for link in links {
                self.cut(now, link);
            }
        }
        self.end_phase(now, false);
    }

    /// Ends the last phase once nothing is open.
    pub(super) fn finish_shutdown(&mut self, now: Time) {
        if self.shutdown.phase() == Some(ShutdownPhase::Close) && self.links.is_empty() {
            self.end_phase(now, true);
        }
    }

    fn begin_phase(&mut self, now: Time, phase: ShutdownPhase) {
        let Shutdown::Running(running) = &mut self.shutdown else { return };
        (running.phase, running.began) = (phase, now);
        let last = running.asked + self.config.shutdown_within;
        let due = (now + self.time_of(phase)).min(last);
        self.deadlines.set(Owner::Shutdown, Some(due));
        self.report(now, None, EventKind::PhaseBegan { phase });
        match phase {
            ShutdownPhase::StopListening => self.outputs.push_back(Output::StopListening),
            ShutdownPhase::Withdraw => self.outputs.push_back(Output::Withdraw),
            ShutdownPhase::Cancel => {
                self.cancel_everything(now);
                self.end_phase(now, true);
            }
            ShutdownPhase::Close => self.close_everything(now),
        }
    }

    fn end_phase(&mut self, now: Time, in_time: bool) {
        let Shutdown::Running(running) = &mut self.shutdown else { return };
        running.overran |= !in_time;
        let Running { asked, phase, began, overran, .. } = *running;
        running.over[phase as usize] = Some((began, now.since(began), in_time));
        self.report(now, None, EventKind::PhaseEnded { phase, took: now.since(began), in_time });
        match phase {
            ShutdownPhase::StopListening => self.begin_phase(now, ShutdownPhase::Withdraw),
            ShutdownPhase::Withdraw => self.begin_phase(now, ShutdownPhase::Cancel),
            ShutdownPhase::Cancel => self.begin_phase(now, ShutdownPhase::Close),
            ShutdownPhase::Close => {
                self.shutdown = Shutdown::Done;
                self.deadlines = Default::default();
                let took = now.since(asked);
                self.report(now, None, EventKind::ShutDown { took, forced: overran });
                self.outputs.push_back(Output::Stopped { forced: overran });
            }
        }
    }

    fn time_of(&self, phase: ShutdownPhase) -> Duration {
        match phase {
            ShutdownPhase::StopListening => self.config.stop_listening_within,
            ShutdownPhase::Withdraw => self.config.withdraw_within,
            ShutdownPhase::Cancel => Duration::ZERO,
            ShutdownPhase::Close => self.config.close_within,
        }
    }

    /// The phases, once somebody asked for the shutdown.
    pub(super) fn phases(&self) -> Vec<PhaseSnapshot> {
        let Shutdown::Running(running) = &self.shutdown else { return Vec::new() };
        let phases = ShutdownPhase::ALL.iter().map(|&phase| {
            let over = running.over[phase as usize];
            let is_running = running.phase == phase && over.is_none();
            let state = match over {
                Some((.., true)) => PhaseState::Done,
                Some((.., false)) => PhaseState::Overran,
                None if is_running => PhaseState::Running,
                None => PhaseState::Waiting,
            };
            let began = over.map(|(began, ..)| began).or(is_running.then_some(running.began));
            let took = over.map(|(_, took, _)| took);
            PhaseSnapshot { phase, state, began, limit: self.time_of(phase), took }
        });
        phases.collect()
    }

    fn cancel_everything(&mut self, now: Time) {
        let peers: Vec<Ski> = self.peers.keys().copied().collect();
        for ski in peers {
            self.stop_attempts(now, ski);
            let peer = self.peers.get(&ski);
            if peer.is_some_and(|peer| peer.link.is_none()) {
                self.set_state(now, ski, ConnectionState::None);
            }
        }
        let admitted = |phase: &Phase| matches!(phase, Phase::Admitted);
        for link in self.links_where(admitted) {
            self.cut(now, link);
        }
    }

    fn close_everything(&mut self, now: Time) {
        for link in self.links_where(|phase| matches!(phase, Phase::Open(_))) {
            self.leave(now, link, |connection| connection.close(now, CloseReason::Unspecific));
        }
    }

    fn links_where(&self, is: impl Fn(&Phase) -> bool) -> Vec<LinkId> {
        let mut links: Vec<LinkId> =
            self.links.iter().filter(|(_, link)| is(&link.phase)).map(|(link, _)| *link).collect();
        links.sort();
        links
    }

    /// Cuts a connection. Unless another is open to the peer, there is none now.
    fn cut(&mut self, now: Time, link: LinkId) {
        let Some(ski) = self.links.remove(&link).map(|link| link.ski) else { return };
        self.deadlines.set(Owner::Link(link), None);
        self.outputs.push_back(Output::Forget { link });
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let open = peer.link.filter(|open| *open != link);
        peer.facts.closed(now, Some(link.0));
        self.set_link(ski, open);
        if open.is_none() {
            self.set_state(now, ski, ConnectionState::None);
        }
    }
}
