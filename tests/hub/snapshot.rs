//! The snapshot: everything the hub knows, as one value; history, findings and metrics in it.

use std::time::Duration;

use shipctl::{
    hub::{
        Command, Input,
        history::{Entry, Reason, Step},
        snapshot::Outlook,
    },
    proto::{
        ConnectionState::{Completed, Error, Queued},
        ProtocolState,
        handshake::Side,
    },
};

use crate::world::{Place, World, peer, secs, two_hubs};

fn steps(entries: &[Entry], step: Step) -> Vec<&Entry> {
    entries.iter().filter(|entry| entry.step == step).collect()
}

#[test]
fn the_history_tells_states_attempts_delays_addresses_and_reasons() {
    let (mut w, a, b) = two_hubs(1);
    w.listens(b, false);
    w.register(b, a);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(1));
    w.listens(b, true);
    w.run(secs(11));
    assert_eq!(w.state(a, b), Completed);
    let ski = w.ski(b);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(2));
    let history = peer(&w, a, b).history;
    assert!(history.is_sorted_by_key(|entry| entry.at));
    let states: Vec<_> = steps(&history, Step::State).iter().map(|entry| entry.state).collect();
    assert_eq!(states, [vec![Queued], w.path(a, b)[1..].to_vec()].concat());
    let failed = steps(&history, Step::AttemptFailed)[0];
    let address = format!("{}/ship/", w.address(b));
    assert_eq!((failed.attempt, failed.address.as_ref()), (Some(1), Some(&address)));
    assert!(matches!(failed.reason, Some(Reason::Dial(_))));
    let scheduled = steps(&history, Step::AttemptScheduled)[0];
    assert_eq!(scheduled.attempt, Some(2));
    assert!(scheduled.delay.is_some_and(|delay| (secs(3)..secs(10)).contains(&delay)));
    let ended = steps(&history, Step::Ended)[0];
    assert_eq!(ended.reason, Some(Reason::Closed(Side::We)));
    assert_eq!(ended.protocol, Some(ProtocolState::Complete));
}

#[test]
fn history_and_findings_are_bounded_and_the_oldest_go_first() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| (c.history_kept, c.findings_kept) = (7, 1));
    let b = w.hub(2, |_| {});
    w.listens(b, false);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(600));
    let peer = peer(&w, a, b);
    assert_eq!((peer.history.len(), peer.state), (7, Queued));
    assert!(peer.history[0].at > shipctl::time::Time::after(secs(400)));
    assert!(peer.findings.len() <= 1);
}

#[test]
fn what_is_found_about_a_peer_is_kept_once_with_its_count() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    for _ in 0..3 {
        w.cut(a, b);
        w.run(secs(5));
        assert_eq!(w.states(a, b), [Completed; 2]);
    }
    let findings = peer(&w, a, b).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].count, 3);
    assert!(findings[0].first < findings[0].last);
}

#[test]
fn the_snapshot_tells_when_the_next_attempt_is_due_and_why_there_is_none() {
    let mut w = World::new(1);
    let a = w.hub(1, |c| c.max_connections = 1);
    let (held, refused, full) = (w.hub(2, |_| {}), w.hub(3, |_| {}), w.hub(4, |_| {}));
    let (unseen, gone, silent) = (w.hub(5, |_| {}), w.hub(6, |_| {}), w.hub(7, |_| {}));
    w.listens(gone, false);
    w.place(w.address(silent), Place::Silent);
    for node in [refused, gone, silent] {
        w.sees(a, node);
    }
    for node in [held, refused, unseen, gone, silent] {
        w.register(a, node);
    }
    w.run(Duration::from_millis(500));
    let ski = w.ski(held);
    w.told(a, Command::Disconnect { ski });
    let outlooks = [held, unseen, gone, silent].map(|node| peer(&w, a, node).outlook);
    use Outlook::{AttemptDue, Dialling, Held, WaitsForSight};
    assert_eq!(outlooks, [Held, WaitsForSight, AttemptDue, Dialling]);
    let next = peer(&w, a, gone);
    let at = next.next_attempt.expect("one is due");
    assert_eq!(next.next_attempt_in, Some(w.now.until(at)));
    assert_eq!((next.attempts, next.state), (1, Queued));
    w.run(secs(5));
    assert_eq!(peer(&w, a, refused).outlook, Outlook::GivenUp);
    w.paired(full, a);
    w.sees(a, unseen);
    assert_eq!(peer(&w, a, unseen).outlook, Outlook::WaitsForPlace);
    assert_eq!(peer(&w, a, full).outlook, Outlook::Connected);
    assert!(w.snapshot(a).metrics.waiting >= 1);
}

#[test]
fn metrics_count_attempts_successes_failures_and_the_time_it_took() {
    let (mut w, a, b) = two_hubs(1);
    assert_eq!(w.snapshot(a).metrics.success_rate, None);
    w.paired(a, b);
    let metrics = w.snapshot(a).metrics;
    assert_eq!((metrics.attempted, metrics.completed, metrics.failed), (1, 1, 0));
    assert_eq!((metrics.connections, metrics.limit), (1, 10));
    assert_eq!(metrics.success_rate, Some(1.0));
    let time = metrics.connection_time.expect("one completed");
    assert!(time.mean > Duration::ZERO && time.mean < secs(1) && time.p50 == time.p99);
    w.listens(a, false);
    w.listens(b, false);
    w.cut(a, b);
    w.run(secs(4));
    let metrics = w.snapshot(a).metrics;
    assert_eq!(metrics.failures_last_hour, metrics.failed);
    assert!(metrics.failed >= 2 && metrics.success_rate < Some(1.0), "{metrics:?}");
    w.run(secs(3600));
    w.told(a, Command::Shutdown);
    assert_eq!(w.snapshot(a).metrics.shutdown, Some(Duration::ZERO));
}

#[test]
fn the_snapshot_is_written_as_json_with_times_in_milliseconds_and_no_secret() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    let pin = Some("BADCAFE5".parse().unwrap());
    let ski = w.ski(b);
    let wish = shipctl::hub::Registration { pin, ..shipctl::hub::Registration::new(ski) };
    w.told(a, Command::Register(wish));
    w.told(a, Command::AutoAccept { duration: secs(60) });
    let json = serde_json::to_value(w.snapshot(a)).unwrap();
    assert_eq!(json["at_ms"], 1000);
    assert_eq!(json["auto_accept_until_ms"], 61_000);
    assert_eq!(json["double_connection"], "initiator");
    assert_eq!(json["peers"][0]["state"], "Completed");
    assert_eq!(json["peers"][0]["outlook"], "connected");
    assert_eq!(json["peers"][0]["history"][0]["step"], "registered");
    assert_eq!(json["links"][0]["phase"], "open");
    assert_eq!(json["services"][0]["instance"], "node 1");
    assert_eq!(json["metrics"]["completed"], 1);
    assert!(!json.to_string().to_lowercase().contains("badcafe5"));
}

#[test]
fn a_snapshot_that_is_read_again_is_the_same() {
    let mut w = World::new(1);
    let a = w.hub(1, |_| {});
    let (paired, asks, gone, stranger) =
        (w.hub(2, |_| {}), w.hub(3, |_| {}), w.hub(4, |_| {}), w.hub(5, |_| {}));
    w.paired(a, paired);
    w.listens(gone, false);
    w.sees(a, gone);
    w.register(a, gone);
    w.sees(asks, a);
    w.register(asks, a);
    w.sees(a, stranger);
    w.cut(a, paired);
    w.told(a, Command::AutoAccept { duration: secs(60) });
    w.run(secs(4));
    let snapshot = w.snapshot(a);
    let json = serde_json::to_string(&snapshot).unwrap();
    let read: shipctl::hub::Snapshot = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert_eq!(read.peers.len(), 3);
    w.told(a, Command::Shutdown);
    let json = serde_json::to_string(&w.snapshot(a)).unwrap();
    let read: shipctl::hub::Snapshot = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}

#[test]
fn what_a_newer_hub_tells_is_left_out_by_an_older_reader() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    w.cut(a, b);
    w.run(secs(1));
    let snapshot = w.snapshot(a);
    let mut json = serde_json::to_value(&snapshot).unwrap();
    json["weather"] = "sunny".into();
    json["shutdown"] = "meditate".into();
    let peer = &mut json["peers"][0];
    peer["mood"] = "calm".into();
    peer["outlook"] = "on_holiday".into();
    peer["findings"][0]["code"] = "ZEN-01".into();
    peer["history"][0]["step"] = "meditated".into();
    peer["history"][1]["reason"] = serde_json::json!({ "bored": 7 });
    let read: shipctl::hub::Snapshot = serde_json::from_value(json).unwrap();
    let (old, new) = (&snapshot.peers[0], &read.peers[0]);
    assert_eq!(new.outlook, Outlook::Other);
    assert_eq!(new.findings.len(), old.findings.len() - 1);
    assert_eq!(new.history.len(), old.history.len() - 1);
    assert_eq!(new.history[0].reason, None);
    assert_eq!(read.shutdown, None);
}

#[test]
fn what_is_known_of_a_stranger_goes_with_it() {
    let (mut w, a, b) = two_hubs(1);
    w.sees(b, a);
    w.register(b, a);
    w.run(secs(10));
    assert_eq!(w.snapshot(a).peers.len(), 0);
    let instance = w.service(b).instance;
    w.sees(a, b);
    w.feed(a, Input::Gone { instance });
    assert_eq!(w.snapshot(a).services.len(), 0);
    assert_ne!(w.state(b, a), Error);
}

#[test]
fn a_request_the_hello_and_the_connection_are_told_while_they_last() {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |c| c.can_ask_for_trust = true), w.hub(2, |_| {}));
    w.sees(b, a);
    w.register(b, a);
    w.run(secs(4));
    let asking = peer(&w, a, b);
    let request = asking.request.expect("it asks");
    let hello = asking.hello.expect("it is being found out");
    assert_eq!((hello.we_trust, hello.peer_trusts), (false, Some(true)));
    assert_eq!((request.until, request.until > Some(w.now)), (hello.peer_waits_until, true));
    assert!(!asking.connection.as_ref().expect("there is one").we_dialled);
    assert_eq!(asking.connection.unwrap().version, None);
    w.register(a, b);
    w.run(secs(1));
    let paired = peer(&w, a, b);
    assert_eq!((paired.request, paired.hello, paired.state), (None, None, Completed));
    let connection = paired.connection.expect("there is one");
    assert_eq!(connection.version.as_deref(), Some("1.0"));
    assert!(connection.ship_id.is_some() && connection.until.is_none());
    let dialled = peer(&w, b, a).attempt.expect("it dialled");
    assert!(dialled.tried.last().is_some_and(|tried| tried.reached));
    let ski = w.ski(b);
    w.told(a, Command::Disconnect { ski });
    w.run(secs(2));
    assert!(peer(&w, a, b).connection.is_some_and(|connection| connection.until.is_some()));
}

#[test]
fn a_running_dial_tells_what_it_waits_for() {
    use shipctl::hub::{LinkId, Output, dial::Stage};
    let (mut w, a, b) = two_hubs(1);
    w.place(w.address(b), Place::Silent);
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(3));
    let dials: Vec<(LinkId, shipctl::proto::Target)> = w
        .outputs(a)
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Dial { link, targets, .. } => Some((*link, targets[0].clone())),
            _ => None,
        })
        .collect();
    let (link, target) = dials[0].clone();
    w.feed(a, Input::Dialling { link, target, address: Some(w.address(b)), stage: Stage::Tls });
    let dial = w.snapshot(a).links[0].dial.clone().expect("it is known");
    assert_eq!((dial.stage, dial.address, dial.since), (Stage::Tls, Some(w.address(b)), w.now));
}
