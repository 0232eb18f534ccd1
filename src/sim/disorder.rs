//! Worlds in which anything happens to anybody, and how they come right again.

use std::time::Duration;

use super::{Habits, NodeId, World, secs};
use crate::{
    hub::{Command, DoubleConnection, Input, Registration, snapshot::Outlook},
    proto::{ConnectionState::Completed, Ski},
    time::Time,
};

/// Deeds in one world.
const DEEDS: usize = 80;

/// In a slow world, the milliseconds one step of a dial or one frame takes at most.
const SLOW: u64 = 6_000;

/// After so many deeds it is looked whether anything has grown too much: that takes a while.
const LOOK_EVERY: usize = 16;

/// Of two paired nodes that reach each other one connection remains after this time.
const CONVERGED: Duration = Duration::from_secs(60);

/// Until a connection on which nothing gets through is noticed: ping and pong, SHIP 4.2.
const NOTICED: Duration = Duration::from_secs(60);

/// Runs the world of a seed: disorder, then order, then the end of every hub. Returns how many
/// things happened in it: always the same, as the seed is all the chance there is.
///
/// # Panics
///
/// If a law is broken; the message tells which. The same seed breaks it again.
pub fn run_seed(seed: u64) -> u64 {
    let mut w = World::new(seed);
    w.forgetful = true;
    w.delay = 0..=w.rng.u64(0..200);
    for tag in 1..=w.rng.u8(2..=4) {
        w.anybody(tag);
    }
    for deed in 0..DEEDS {
        w.disorder();
        if deed % LOOK_EVERY == 0 {
            w.check_all_sizes();
        }
    }
    w.comes_right();
    w.all_shut_down();
    w.serial
}

impl World {
    /// A hub with settings and habits by chance.
    fn anybody(&mut self, tag: u8) {
        let [ask, dial, recent, ship_go, hangs] = [2, 2, 2, 3, 4].map(|of| self.rng.u8(0..of) == 0);
        let limit = self.rng.usize(2..=3);
        let id = self.hub(tag, |config| {
            config.can_ask_for_trust = ask;
            config.dial_stored = dial;
            config.max_connections = limit;
            if recent {
                config.double_connection = DoubleConnection::MostRecent;
            }
        });
        self.nodes[id].hangs = hangs;
        if ship_go {
            self.has_habits(id, Habits::ShipGo);
        }
    }

    /// One deed of anybody, to anybody; a hub may well refuse a command.
    fn disorder(&mut self) {
        let a = self.rng.usize(0..self.nodes.len());
        let b = (a + self.rng.usize(1..self.nodes.len())) % self.nodes.len();
        if self.rng.bool() {
            self.is_told(a, b);
        } else {
            self.suffers(a, b);
        }
        let millis = match self.rng.u8(0..4) {
            0 => 0,
            1 => self.rng.u64(0..50),
            2 => self.rng.u64(0..1_000),
            _ => self.rng.u64(0..20_000),
        };
        self.run(Duration::from_millis(millis));
    }

    /// Somebody tells `a` something about `b`.
    fn is_told(&mut self, a: NodeId, b: NodeId) {
        let ski = self.ski(b);
        let command = match self.rng.u8(0..56) {
            // Rarely: until it is started again nothing else can be done with it.
            55 => Command::Shutdown,
            n => self.some_command(n % 14, ski),
        };
        let _ = self.command(a, command);
    }

    fn some_command(&mut self, number: u8, ski: Ski) -> Command {
        match number {
            0 => Command::Unregister { ski },
            1 => Command::Disconnect { ski },
            2 => Command::DisconnectAll,
            3 => Command::Connect { ski },
            4 => Command::Deny { ski },
            5 => Command::Cancel { ski },
            6 => Command::AutoAccept { duration: secs(5) },
            7 => Command::SetLimit { limit: self.rng.usize(0..=3) },
            8 => Command::Accept { ski },
            _ => Command::Register(Registration::new(ski)),
        }
    }

    /// Something happens to `a`, or between it and `b`.
    fn suffers(&mut self, a: NodeId, b: NodeId) {
        match self.rng.u8(0..16) {
            0 => self.cut(a, b),
            1 => self.freeze(a, b),
            2 => {
                let apart = self.rng.bool();
                self.partition(a, b, apart);
            }
            3 => {
                let listening = self.rng.bool();
                self.listens(a, listening);
            }
            4 => {
                let answers = self.rng.bool();
                self.restarts(a, answers);
            }
            5 => self.moves(a),
            6 => {
                let instance = self.service(b).instance;
                self.feed(a, Input::Gone { instance });
            }
            // Late, and stale if the node moves meanwhile.
            7 => {
                let late = Duration::from_millis(self.rng.u64(0..10_000));
                self.sees_later(late, a, b);
            }
            // Twice.
            8 => {
                self.sees(a, b);
                self.sees(a, b);
            }
            9 => {
                let most = if self.rng.u8(0..4) == 0 { SLOW } else { 400 };
                self.delay = 0..=self.rng.u64(0..most);
            }
            _ => self.sees(a, b),
        }
    }

    /// All is well again, and everybody wants everybody.
    fn comes_right(&mut self) {
        let nodes = self.nodes.len();
        let pairs: Vec<(NodeId, NodeId)> = (0..nodes)
            .flat_map(|a| (0..nodes).map(move |b| (a, b)))
            .filter(|(a, b)| a != b)
            .collect();
        // What is still on its way, stale records too, arrives before.
        self.delay = 0..=20;
        self.run(secs(11));
        for id in 0..nodes {
            if self.is_stopped(id) {
                self.restarts(id, true);
            }
            self.listens(id, true);
            // In order, as nothing needs longer than that to stop.
            self.told(id, Command::SetLimit { limit: nodes });
        }
        for (a, b) in &pairs {
            self.partition(*a, *b, false);
            self.sees(*a, *b);
            // Whoever tries by himself goes on as he is, with the delays he has come to.
            if !self.tries(*a, *b) {
                self.register(*a, *b);
            }
        }
        let mut time = CONVERGED;
        if self.rng.bool() {
            self.reset_frozen();
        } else {
            time += NOTICED;
        }
        self.run(time);
        for (a, b) in pairs {
            let now = self.now;
            assert_eq!(self.states(a, b), [Completed; 2], "{now}: {a} and {b} are not one");
            assert_eq!(self.open_between(a, b).len(), 1, "{now}: between {a} and {b}");
        }
        self.check_all_sizes();
        (0..nodes).for_each(|id| self.check_nothing_lingers(id));
    }

    fn check_all_sizes(&self) {
        for id in 0..self.nodes.len() {
            self.check_sizes(id);
        }
    }

    /// Whether `a` is connected to `b`, or will dial it without being told.
    fn tries(&self, a: NodeId, b: NodeId) -> bool {
        let peer = self.hub_node(a).hub.peer(self.now, self.ski(b));
        peer.is_some_and(|peer| match peer.outlook {
            Outlook::Connected | Outlook::Dialling => peer.registered,
            Outlook::AttemptDue | Outlook::WaitsForPlace | Outlook::WaitsForSight => true,
            _ => false,
        })
    }

    fn all_shut_down(&mut self) {
        for id in 0..self.nodes.len() {
            self.told(id, Command::Shutdown);
        }
        self.run(secs(11));
        for id in 0..self.nodes.len() {
            assert!(self.is_stopped(id), "node {id} did not stop");
            assert_eq!(self.deadline(id), None::<Time>);
        }
    }

    /// A node takes up these habits.
    pub fn has_habits(&mut self, id: NodeId, habits: Habits) {
        self.nodes[id].habits = habits;
    }
}
