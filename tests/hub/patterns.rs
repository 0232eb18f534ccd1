//! Patterns of short connections: the verdict about each, and the delays that follow from it.

use std::time::Duration;

use shipctl::{
    checks::Code,
    hub::{Command, EventKind, Spine, snapshot::Outlook},
    proto::message::{Control, Data, Message, SPINE},
    spine::{Model, Node},
};

use crate::world::{
    Heard, NodeId, Place, Say, World, closes, codes, device, found, kinds, peer, secs, told,
    until_completed, with_device,
};

/// A device that completes the handshake, then asks what we consist of, and which use cases we
/// support; and a hub that answers as the program does.
fn with_reader(seed: u64) -> (World, NodeId, NodeId) {
    let mut w = World::new(seed);
    let a = w.hub(1, |config| config.spine = Some(Spine::default()));
    let mut node = Node::new("d:_i:2_w", Model::BARE);
    let b = w.script(2, move |nth, heard| {
        let say = |payload| {
            let protocol_id = SPINE.to_owned();
            Say::Message(Message::Data(Data { protocol_id, payload }))
        };
        let mut says = device(nth, heard);
        match heard {
            Heard::Connected => node = Node::new("d:_i:2_w", Model::BARE),
            Heard::Message(Message::Control(Control::AccessMethodsRequest)) => {
                says.push(say(node.ask_discovery()));
            }
            Heard::Message(Message::Data(data)) => {
                says.extend(node.take(&data.payload).say.into_iter().map(say));
            }
            _ => {}
        }
        says
    });
    w.sees(a, b);
    w.register(a, b);
    (w, a, b)
}

/// The delays before attempts, with their reasons.
fn delays(w: &World, a: NodeId, b: NodeId) -> Vec<(Duration, Option<Code>)> {
    let drawn = |kind: &EventKind| match kind {
        EventKind::AttemptScheduled { delay, because, .. } => Some((*delay, *because)),
        _ => None,
    };
    kinds(w.events(a), w.ski(b)).filter_map(drawn).collect()
}

/// One more connection, that the device closes after a while.
fn leaves(w: &mut World, a: NodeId, b: NodeId, after: Duration, code: u16, text: &'static str) {
    until_completed(w, a, b);
    w.run(after);
    closes(w, a, b, code, text);
}

#[test]
fn device_that_reads_our_empty_use_cases_and_leaves_is_named_as_such() {
    let (mut w, a, b) = with_reader(1);
    for nth in 1..=3 {
        leaves(&mut w, a, b, secs(5), 1000, "");
        assert_eq!(codes(&w, a, b).contains(&Code::Dat03), nth >= 2, "{nth}");
    }
    assert_eq!(codes(&w, a, b), [Code::Dat03], "and nothing else");
    let finding = found(&w, a, b, Code::Dat03).finding;
    assert!(finding.seen.contains("read our use cases, found none"), "{finding}");
    assert!(finding.seen.contains("5 s at most"), "{finding}");
    assert!(finding.advice.contains("If one is connected already"), "{finding}");
    assert_eq!(told(&w, a, Code::Dat03), 1);
}

#[test]
fn device_that_leaves_before_it_reads_our_use_cases_has_no_place_for_us() {
    let (mut w, a, b) = with_device(1);
    for _ in 0..3 {
        leaves(&mut w, a, b, Duration::from_millis(100), 4001, "close");
    }
    assert_eq!(codes(&w, a, b), [Code::Hel08]);
}

#[test]
fn device_that_restarts_again_and_again_is_neither() {
    for code in [1001, 1012, 1011] {
        let (mut w, a, b) = with_reader(1);
        for _ in 0..4 {
            leaves(&mut w, a, b, secs(5), code, "");
        }
        assert_eq!(codes(&w, a, b), [Code::Cls03], "{code}");
        assert!(delays(&w, a, b).iter().all(|(_, because)| because.is_none()), "{code}");
    }
    let (mut w, a, b) = with_reader(1);
    for _ in 0..4 {
        until_completed(&mut w, a, b);
        w.run(secs(5));
        w.cut(a, b);
        w.run(Duration::from_millis(50));
    }
    assert_eq!(codes(&w, a, b), [Code::Cls04]);
}

#[test]
fn delay_grows_to_its_ceiling_while_a_pattern_stands() {
    let (mut w, a, b) = with_reader(1);
    for _ in 0..10 {
        leaves(&mut w, a, b, secs(5), 1000, "");
    }
    let delays = delays(&w, a, b);
    let (usual, slow) = delays.split_at(1);
    assert!(usual.iter().all(|(delay, because)| *delay < secs(3) && because.is_none()));
    for ((delay, because), most) in slow.iter().zip([30, 60, 120, 240, 480, 600, 600, 600, 600]) {
        assert_eq!(*because, Some(Code::Dat03));
        assert!(*delay <= secs(most) && *delay >= secs(most) * 3 / 4, "{delays:?}");
    }
    assert_eq!(slow.len(), 9);
    let peer = peer(&w, a, b);
    let pattern = peer.pattern.expect("it stands");
    assert_eq!((pattern.code, pattern.times), (Code::Dat03, 9));
    assert_eq!(peer.outlook, Outlook::AttemptDue);
    let finding = found(&w, a, b, Code::Dat03);
    assert!(finding.over.is_none(), "{finding:?}");
}

#[test]
fn delay_is_the_usual_one_again_once_a_connection_lasts() {
    let (mut w, a, b) = with_reader(1);
    for _ in 0..4 {
        leaves(&mut w, a, b, secs(5), 1000, "");
    }
    w.run(secs(120));
    until_completed(&mut w, a, b);
    assert!(peer(&w, a, b).pattern.is_some(), "the finding stands while a link is up");
    assert!(found(&w, a, b, Code::Dat03).over.is_none());
    w.run(secs(151));
    assert_eq!(peer(&w, a, b).pattern, None);
    assert!(found(&w, a, b, Code::Dat03).over.is_some());
    w.run(secs(600));
    w.cut(a, b);
    w.run(secs(1));
    let (delay, because) = *delays(&w, a, b).last().unwrap();
    assert!(delay < secs(3) && because.is_none(), "{delay:?}");
}

#[test]
fn command_to_connect_does_not_wait_for_the_delay() {
    let (mut w, a, b) = with_reader(1);
    for _ in 0..5 {
        leaves(&mut w, a, b, secs(5), 1000, "");
    }
    let ski = w.ski(b);
    w.told(a, Command::Connect { ski });
    w.run(secs(1));
    assert_eq!(peer(&w, a, b).outlook, Outlook::Connected);
}

#[test]
fn device_that_is_gone_is_dialled_with_the_usual_delays() {
    let (mut w, a, b) = with_device(1);
    for _ in 0..4 {
        leaves(&mut w, a, b, Duration::from_millis(100), 4001, "close");
    }
    w.place(w.address(b), Place::Silent);
    w.run(secs(200));
    let all = delays(&w, a, b);
    let (delay, because) = *all.last().unwrap();
    assert!(delay < secs(20) && because.is_none(), "{all:?}");
}

#[test]
fn device_that_turns_us_away_again_and_again_is_dialled_ever_more_rarely() {
    let (mut w, a, b) = with_device(1);
    until_completed(&mut w, a, b);
    w.run(secs(100));
    w.place(w.address(b), Place::Busy);
    closes(&mut w, a, b, 1000, "");
    w.run(secs(3600));
    let slow = delays(&w, a, b).into_iter().filter(|it| it.1 == Some(Code::Hel08)).count();
    assert!((8..=14).contains(&slow), "{slow} attempts in an hour");
}

#[test]
fn device_that_closes_at_an_interval_is_dialled_within_a_minute() {
    let (mut w, a, b) = with_device(1);
    for _ in 0..8 {
        leaves(&mut w, a, b, secs(600), 1000, "");
    }
    let all = delays(&w, a, b);
    let slow: Vec<_> = all.iter().filter(|it| it.1 == Some(Code::Cls06)).collect();
    assert!(slow.len() == 6 && slow.iter().all(|(delay, _)| *delay <= secs(60)), "{all:?}");
}

#[test]
fn short_connections_count_as_failures_once_their_pattern_is_known() {
    let (mut w, a, b) = with_reader(1);
    leaves(&mut w, a, b, secs(5), 1000, "");
    let metrics = w.snapshot(a).metrics;
    assert_eq!((metrics.decided, metrics.success_rate), (1, Some(1.0)));
    for _ in 0..3 {
        leaves(&mut w, a, b, secs(5), 1000, "");
    }
    let metrics = w.snapshot(a).metrics;
    assert_eq!((metrics.decided, metrics.success_rate), (4, Some(0.0)));
}

#[test]
fn hello_finding_is_over_when_the_hello_is() {
    let (mut w, a, b) = crate::world::asked();
    assert!(found(&w, a, b, Code::Hel01).over.is_none());
    w.register(b, a);
    w.run(secs(1));
    assert!(found(&w, a, b, Code::Hel01).over.is_some());
    w.cut(a, b);
    w.run(Duration::from_millis(100));
    assert!(found(&w, a, b, Code::Hel01).over.is_some(), "also once it is lost");

    let (mut w, a, b) = crate::world::asked();
    let ski = w.ski(a);
    w.told(b, Command::Deny { ski });
    w.run(secs(5));
    assert!(found(&w, a, b, Code::Hel01).over.is_some(), "also where it refused");
    assert!(found(&w, a, b, Code::Hel03).over.is_none());
}
