//! The timeline is the history of the hub, to the millisecond.

use std::time::Duration;

use crate::{
    hub::{Command, history::Step, snapshot::PeerSnapshot},
    proto::ConnectionState,
    sim::{World, secs},
    tui::{
        lane::{Mark, Window, held, marks, stretches},
        view,
    },
};

use super::kit::{COLOUR, Desk};

/// A device that is not there at first, then is, is disconnected, and connected again.
fn scripted() -> (crate::hub::Snapshot, PeerSnapshot) {
    let mut w = World::new(7);
    w.delay = 1..=40;
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |_| {}));
    w.listens(b, false);
    w.register(b, a);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    w.listens(b, true);
    w.run(secs(11));
    let ski = w.ski(b);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(2));
    w.told(a, Command::Connect { ski });
    w.run(secs(5));
    let hub = w.snapshot(a);
    let peer = hub.peers.iter().find(|peer| peer.ski == ski).unwrap().clone();
    (hub, peer)
}

#[test]
fn the_lane_of_a_scripted_run_is_the_history_of_the_hub() {
    let (hub, peer) = scripted();
    let history = &peer.history;
    // The states as the hub told them, each until the next.
    let changes: Vec<_> = history.iter().filter(|entry| entry.step == Step::State).collect();
    assert!(changes.len() > 8, "{changes:?}");
    let mut expected: Vec<_> = changes
        .iter()
        .enumerate()
        .map(|(n, entry)| {
            (entry.at, changes.get(n + 1).map_or(hub.at, |next| next.at), entry.state)
        })
        .filter(|(from, to, _)| from < to)
        .collect();
    expected.dedup_by(|next, last| {
        next.2 == last.2 && {
            last.1 = next.1;
            true
        }
    });
    let shown: Vec<_> =
        stretches(history, hub.at).iter().map(|it| (it.from, it.to, it.state)).collect();
    assert_eq!(shown, expected);
    let total: Duration = shown.iter().map(|(from, to, _)| to.since(*from)).sum();
    assert_eq!(total, hub.at.since(history[0].at), "no gap and no overlap");
    let completed: Vec<_> = marks(history).filter(|(_, mark)| *mark == Mark::Completed).collect();
    let told: Vec<_> = history.iter().filter(|entry| entry.step == Step::Completed).collect();
    assert_eq!(completed.len(), 2);
    assert!(completed.iter().zip(&told).all(|((at, _), entry)| *at == entry.at));
}

#[test]
fn every_column_shows_the_state_that_held_at_its_end() {
    let (hub, peer) = scripted();
    let window = Window::of(Default::default(), &peer.history, hub.at);
    let stretches = stretches(&peer.history, hub.at);
    let columns = 120;
    let states = window.states(&stretches, columns);
    for (n, state) in states.iter().enumerate() {
        let end = window.from
            + Duration::from_nanos(
                (window.span().as_nanos() * (n as u128 + 1) / u128::from(columns)) as u64,
            );
        let last = peer.history.iter().rfind(|entry| entry.step == Step::State && entry.at < end);
        assert_eq!(*state, last.map(|entry| entry.state).or(Some(ConnectionState::None)), "{n}");
    }
}

#[test]
fn the_list_shows_every_entry_with_its_millisecond() {
    let (mut hub, peer) = scripted();
    hub.node.origin_unix_ms = Some(0);
    let mut desk = Desk::new(COLOUR, (200, 60));
    let at = hub.at;
    desk.status(serde_json::to_value(hub).unwrap());
    assert_eq!(desk.model.history().len(), peer.history.len());
    for (n, entry) in peer.history.iter().enumerate() {
        let line = view::timeline_line(&desk.model, n).to_string();
        let ms = entry.at.since_origin().as_millis();
        let clock = format!("00:00:{:02}.{:03} ", ms / 1000, ms % 1000);
        assert!(line.starts_with(&clock), "{line} {clock}");
        if let Some(lasted) = held(&peer.history, n, at) {
            let lasted = format!("for {}.{:03} s", lasted.as_secs(), lasted.subsec_millis());
            assert!(line.contains(&lasted), "{line} {lasted}");
        }
        if let Some(delay) = entry.delay {
            let drawn = format!("{}.{:03} s, drawn", delay.as_secs(), delay.subsec_millis());
            assert!(line.contains(&drawn), "{line} {drawn}");
        }
        if let Some(protocol) = entry.protocol.filter(|_| entry.step == Step::State) {
            let shown = format!("{} {}", protocol.number(), protocol.name());
            assert!(line.contains(&shown), "{line} {shown}");
        }
    }
}
