//! Two connections against each other: every combination of trust and PIN ends where it should.

use shipctl::proto::{
    ConnectionState, ProtocolState,
    handshake::{Cause, Denial, Event, PinPolicy, Role, Settings, Side, Trust},
    message::*,
};

use crate::support::virtual_time::*;

const TRUSTS: [Trust; 2] = [Trust::Trusted, Trust::Undecided];

fn client(trust: Trust) -> Settings {
    Settings::new(Role::Client, trust, ship_id("client"))
}

fn server(trust: Trust) -> Settings {
    Settings::new(Role::Server, trust, ship_id("server"))
}

fn policies(text: &str) -> [PinPolicy; 3] {
    [PinPolicy::None, PinPolicy::Optional(pin(text)), PinPolicy::Required(pin(text))]
}

#[test]
fn whoever_trusts_first_both_complete_and_know_each_other() {
    for ours in TRUSTS {
        for theirs in TRUSTS {
            let mut pair = Pair::new(client(ours), server(theirs));
            // Each user who has to decide takes ten minutes; the server's a little longer.
            pair.pass(secs(600));
            pair.with(0, |node, now| node.trust(now));
            pair.pass(secs(60));
            pair.with(1, |node, now| node.trust(now));
            pair.pass(secs(1));
            assert!(pair.are_complete(), "{ours:?} {theirs:?} {:?}", pair.nodes);
            assert!(pair.logs[0].events.contains(&Event::PeerShipId(ship_id("server"))));
            assert!(pair.logs[1].events.contains(&Event::PeerShipId(ship_id("client"))));
            assert!(pair.logs.iter().all(|log| log.remarks().is_empty()));
        }
    }
}

#[test]
fn every_pair_of_pin_policies_completes_when_the_pins_are_known() {
    for ours in policies("11112222") {
        for theirs in policies("33334444") {
            let client = Settings {
                pin_policy: ours.clone(),
                pin_for_peer: Some(pin("33334444")),
                ..client(Trust::Trusted)
            };
            let server = Settings {
                pin_policy: theirs.clone(),
                pin_for_peer: Some(pin("11112222")),
                ..server(Trust::Trusted)
            };
            let mut pair = Pair::new(client, server);
            pair.pass(secs(1));
            assert!(pair.are_complete(), "{ours:?} {theirs:?} {:?}", pair.nodes);
            for (log, policy) in pair.logs.iter().zip([&ours, &theirs]) {
                let checked = !matches!(policy, PinPolicy::None);
                assert_eq!(log.events.contains(&Event::RightPin), checked);
            }
            let involved = !matches!((&ours, &theirs), (PinPolicy::None, PinPolicy::None));
            for log in &pair.logs {
                assert_eq!(log.connections.contains(&ConnectionState::Pin), involved);
            }
        }
    }
}

#[test]
fn a_person_may_try_pins_until_the_penalty_and_then_succeed() {
    let client = Settings { can_ask_for_pin: true, ..client(Trust::Trusted) };
    let policy = PinPolicy::Required(pin("33334444"));
    let server = Settings { pin_policy: policy, ..server(Trust::Trusted) };
    let mut pair = Pair::new(client, server);
    pair.pass(secs(1));
    for _ in 0..3 {
        pair.with(0, |node, now| assert!(node.enter_pin(now, pin("00000000"))));
        pair.pass(secs(1));
    }
    let busy = Event::PinWanted { required: true, refused: true, wrong: 3, busy: true };
    assert_eq!(pair.logs[0].events.last(), Some(&busy));
    pair.with(0, |node, now| assert!(node.enter_pin(now, pin("33334444"))));
    pair.pass(secs(10));
    assert!(!pair.are_complete(), "the penalty is not over");
    pair.pass(secs(5));
    assert!(pair.are_complete());
    assert!(pair.logs[0].events.contains(&Event::PinAccepted));
}

#[test]
fn a_refusal_is_told_apart_from_both_ends() {
    for refusing in [0, 1] {
        let mut pair = Pair::new(client(Trust::Undecided), server(Trust::Undecided));
        pair.pass(secs(5));
        pair.with(refusing, |node, now| node.deny(now));
        pair.pass(secs(5));
        let causes = pair.logs.each_ref().map(|log| log.ended.as_ref().unwrap().cause.clone());
        let ByUs { how } = by_us(&causes[refusing]);
        assert_eq!(how, Denial::ByUser);
        assert_eq!(causes[1 - refusing], Cause::Denied { by: Side::Peer, how: Denial::Aborted });
        assert_eq!(
            pair.logs[1 - refusing].connections.last(),
            Some(&ConnectionState::RemoteDeniedTrust)
        );
    }
}

struct ByUs {
    how: Denial,
}

fn by_us(cause: &Cause) -> ByUs {
    match cause.clone() {
        Cause::Denied { by: Side::We, how } => ByUs { how },
        other => panic!("{other:?}"),
    }
}

#[test]
fn data_flows_both_ways_and_an_announced_close_is_confirmed() {
    for closing in [0, 1] {
        let mut pair = Pair::new(client(Trust::Trusted), server(Trust::Trusted));
        pair.pass(secs(1));
        for node in [0, 1] {
            pair.with(node, |node, now| node.send_data(now, data_of("[1]")).unwrap());
        }
        pair.with(closing, |node, now| node.close(now, CloseReason::RemovedConnection));
        pair.pass(secs(2));
        for (node, log) in pair.logs.iter().enumerate() {
            assert_eq!(log.data(), ["[1]"]);
            let by = if node == closing { Side::We } else { Side::Peer };
            let reason = CloseReason::RemovedConnection;
            let end = log.ended.as_ref().unwrap();
            assert_eq!(end.cause, Cause::Closed { by, reason, confirmed: true });
        }
    }
}

#[test]
fn both_may_close_at_once() {
    let mut pair = Pair::new(client(Trust::Trusted), server(Trust::Trusted));
    pair.pass(secs(1));
    for node in [0, 1] {
        pair.with(node, |node, now| node.close(now, CloseReason::Unspecific));
    }
    pair.pass(ms(10));
    for log in &pair.logs {
        assert!(matches!(log.ended.as_ref().unwrap().cause, Cause::Closed { by: Side::We, .. }));
    }
}

#[test]
fn a_client_may_pause_before_its_init() {
    let mut settings = client(Trust::Trusted);
    settings.timing.init_delay = ms(20);
    let mut pair = Pair::new(settings, server(Trust::Trusted));
    pair.pass(ms(19));
    assert_eq!(pair.nodes[0].state(), ProtocolState::CmiClientSend);
    assert!(pair.logs[0].sent.is_empty());
    pair.pass(ms(50));
    assert!(pair.are_complete());
}

#[test]
fn a_whole_handshake_passes_through_these_states() {
    let mut pair = Pair::new(client(Trust::Trusted), server(Trust::Trusted));
    pair.pass(secs(1));
    let tail = [26, 27, 31, 36, 37, 38];
    let expected = [
        [&[0, 1, 2, 3, 6, 7, 8, 13, 19, 22, 24][..], &tail].concat(),
        [&[0, 4, 5, 6, 7, 8, 13, 18, 20, 21, 25][..], &tail].concat(),
    ];
    assert_eq!(pair.logs.each_ref().map(|log| log.numbers()), expected);
}
