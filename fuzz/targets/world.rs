//! Hubs and a scripted peer in the virtual world of `shipctl::sim`, and whatever may befall them.
//! The laws of the world are checked at every step; in the end it all comes right.

#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use shipctl::{
    hub::{Command, DoubleConnection, Input, Output, Registration},
    proto::{
        ConnectionState::Completed,
        message::{Data, HelloPhase, SPINE},
    },
    sim::{Habits, Heard, NodeId, Say, World, secs},
};

#[derive(Arbitrary, Debug)]
struct Course {
    /// What the network draws its delays from.
    seed: u64,
    delay: u8,
    hubs: [Manners; 3],
    /// Whether there is a third hub.
    three: bool,
    /// What the scripted peer answers, whatever it hears.
    answers: Vec<Answer>,
    deeds: Vec<Deed>,
}

#[derive(Arbitrary, Debug)]
struct Manners {
    can_ask: bool,
    dials_stored: bool,
    keeps_recent: bool,
    like_ship_go: bool,
    limit: bool,
}

#[derive(Arbitrary, Debug)]
struct Deed {
    a: u8,
    b: u8,
    what: What,
    /// How long nothing happens then, in steps that grow.
    pause: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum What {
    Register {
        stored: bool,
    },
    Unregister,
    Disconnect,
    DisconnectAll,
    Connect,
    Accept,
    Deny,
    Cancel,
    AutoAccept {
        seconds: u8,
    },
    Rename,
    ForgetAddress,
    Limit(u8),
    Send,
    Sees,
    SeesLater {
        millis: u16,
    },
    Gone,
    Cut,
    Freeze,
    Partition {
        apart: bool,
    },
    Listens {
        listening: bool,
    },
    Restarts {
        answers: bool,
    },
    Moves,
    Delay(u8),
    /// The scripted peer dials.
    Dials,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Answer {
    Nothing,
    Init,
    Hello(u8),
    Closes(u16),
}

/// Of two paired nodes that reach each other one connection remains after this time, with what it
/// takes to notice that nothing gets through any more.
const CONVERGED: Duration = Duration::from_secs(120);

/// More deeds take long and show nothing new.
const MOST: usize = 60;

fuzz_target!(|course: Course| {
    let mut w = World::new(course.seed);
    w.forgetful = true;
    w.delay = 0..=u64::from(course.delay);
    let hubs = if course.three { 3 } else { 2 };
    for (tag, manners) in (1..).zip(&course.hubs[..hubs]) {
        hub(&mut w, tag, manners);
    }
    let answers = course.answers;
    let script = w.script(9, move |nth, heard| answer(&answers, nth, heard));
    for deed in course.deeds.into_iter().take(MOST) {
        let a = usize::from(deed.a) % hubs;
        let b = (a + 1 + usize::from(deed.b) % hubs) % (hubs + 1);
        suffers(&mut w, a, b, script, deed.what);
        let millis = u64::from(deed.pause % 64) << (deed.pause / 64 * 3);
        w.run(Duration::from_millis(millis));
    }
    comes_right(&mut w, hubs, script);
    all_shut_down(&mut w, hubs);
});

fn hub(w: &mut World, tag: u8, manners: &Manners) {
    let id = w.hub(tag, |config| {
        config.can_ask_for_trust = manners.can_ask;
        config.dial_stored = manners.dials_stored;
        config.max_connections = if manners.limit { 2 } else { 3 };
        if manners.keeps_recent {
            config.double_connection = DoubleConnection::MostRecent;
        }
    });
    if manners.like_ship_go {
        w.has_habits(id, Habits::ShipGo);
    }
}

/// What the scripted peer says; it hears many things, and its answers begin anew behind the last.
fn answer(answers: &[Answer], nth: usize, heard: &Heard) -> Vec<Say> {
    if matches!(heard, Heard::Closed(_) | Heard::Refused) || answers.is_empty() {
        return Vec::new();
    }
    let place = match heard {
        Heard::Connected => nth,
        heard if heard.is_init() => nth + 1,
        _ => nth + 2,
    };
    match answers[place % answers.len()] {
        Answer::Nothing => Vec::new(),
        Answer::Init => vec![Say::INIT],
        Answer::Hello(phase) => {
            let phases = [HelloPhase::Pending, HelloPhase::Ready, HelloPhase::Aborted];
            vec![Say::INIT, Say::hello(phases[usize::from(phase % 3)])]
        }
        Answer::Closes(code) => vec![Say::Close(code, "enough")],
    }
}

/// Something happens to `a`, or between it and `b`; a hub may well refuse a command.
fn suffers(w: &mut World, a: NodeId, b: NodeId, script: NodeId, what: What) {
    let ski = w.ski(b);
    let command = match what {
        What::Register { stored } => {
            Command::Register(Registration { store_at_once: stored, ..Registration::new(ski) })
        }
        What::Unregister => Command::Unregister { ski },
        What::Disconnect => Command::Disconnect { ski },
        What::DisconnectAll => Command::DisconnectAll,
        What::Connect => Command::Connect { ski },
        What::Accept => Command::Accept { ski },
        What::Deny => Command::Deny { ski },
        What::Cancel => Command::Cancel { ski },
        What::AutoAccept { seconds } => Command::AutoAccept { duration: secs(seconds.into()) },
        What::ForgetAddress => Command::ForgetAddress { ski },
        What::Rename => Command::Rename { ski, name: "Garage".to_owned() },
        What::Limit(limit) => Command::SetLimit { limit: usize::from(limit % 4) },
        What::Send => {
            let data = Data { protocol_id: SPINE.to_owned(), payload: "[]".to_owned() };
            Command::Send { ski, data }
        }
        What::Sees => return w.sees(a, b),
        What::SeesLater { millis } => {
            return w.sees_later(Duration::from_millis(u64::from(millis % 10_000)), a, b);
        }
        What::Gone => {
            let instance = w.service(b).instance;
            return w.feed(a, Input::Gone { instance });
        }
        What::Cut => return w.cut(a, b),
        What::Freeze => return w.freeze(a, b),
        What::Partition { apart } => return w.partition(a, b, apart),
        What::Listens { listening } => return w.listens(a, listening),
        What::Restarts { answers } => return w.restarts(a, answers),
        What::Moves => return w.moves(a),
        What::Delay(delay) => {
            w.delay = 0..=u64::from(delay);
            return;
        }
        What::Dials => return w.script_dials(script, a),
    };
    let _ = w.command(a, command);
}

/// All is well again, every hub wants every other, and nobody wants the scripted peer any more.
fn comes_right(w: &mut World, hubs: usize, script: NodeId) {
    // What is still on its way, stale records too, arrives before.
    w.delay = 0..=20;
    w.run(secs(11));
    let pairs =
        || (0..hubs).flat_map(move |a| (0..hubs).map(move |b| (a, b))).filter(|(a, b)| a != b);
    for id in 0..hubs {
        w.listens(id, true);
        w.told(id, Command::SetLimit { limit: hubs + 1 });
        let ski = w.ski(script);
        let _ = w.command(id, Command::Unregister { ski });
        w.told(id, Command::AutoAccept { duration: Duration::ZERO });
    }
    for (a, b) in pairs() {
        w.partition(a, b, false);
        w.sees(a, b);
        w.register(a, b);
    }
    w.run(CONVERGED);
    for (a, b) in pairs() {
        assert_eq!(w.states(a, b), [Completed; 2], "{}: {a} and {b} are not one", w.now);
        assert_eq!(w.open_between(a, b).len(), 1, "{}: between {a} and {b}", w.now);
    }
    (0..hubs).for_each(|id| w.check_sizes(id));
    (0..hubs).for_each(|id| w.check_nothing_lingers(id));
}

fn all_shut_down(w: &mut World, hubs: usize) {
    (0..hubs).for_each(|id| w.told(id, Command::Shutdown));
    w.run(secs(11));
    for id in 0..hubs {
        let last = w.outputs(id).last().map(|(_, output)| output);
        assert!(matches!(last, Some(Output::Stopped { .. })), "hub {id} did not stop: {last:?}");
        assert_eq!(w.deadline(id), None);
    }
}
