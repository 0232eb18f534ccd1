//! Key material in one connection (SHIP 1.1, 12.1.3): what is answered, asked and handed over.

use shipctl::proto::{
    ProtocolState, Ski,
    handshake::{Event, Remark, Role, Settings, Trust},
    message::*,
};

use crate::support::virtual_time::*;

const OWN: Ski = Ski::from_bytes([1; 20]);

fn trusting(known_update_counter: u16) -> Settings {
    let own_ski = Some(OWN);
    Settings { own_ski, known_update_counter, ..settings(Role::Server, Trust::Trusted) }
}

fn state(update_counter: u16) -> KeyMaterialState {
    let ski = Ski::from_bytes([0xAB; 20]);
    let entries = vec![KeyEntry { state: KeyState::Successor, curve: SECP256R1, ski }];
    KeyMaterialState { update_counter, entries, unreadable: 0 }
}

fn told(update_counter: u16) -> Message {
    control(Control::KeyMaterialState(state(update_counter)))
}

fn accepted() -> Message {
    control(Control::KeyMaterialStateResponse { accept: true })
}

fn asks(known_update_counter: u16) -> Message {
    control(Control::KeyMaterialStateRequest { known_update_counter })
}

/// As far as data exchange, with a peer that says this in its hellos.
fn completed(settings: Settings, hellos: &[Option<u16>]) -> Bench {
    let mut bench = Bench::in_hello(settings);
    assert_eq!(bench.heard_hello().update_counter, None, "our key never changed");
    let last = hellos.len() - 1;
    for (i, update_counter) in hellos.iter().enumerate() {
        bench.say(control(Control::Hello(Hello {
            phase: if i == last { HelloPhase::Ready } else { HelloPhase::Pending },
            waiting: Some(secs(120)),
            prolongation_request: false,
            update_counter: *update_counter,
        })));
    }
    bench.say(announce());
    bench.say(select());
    bench.say(pin_state(PinDemand::None, None));
    bench.log.sent.clear();
    bench.say(access_methods("peer"));
    assert_eq!(bench.state(), ProtocolState::Complete);
    bench
}

#[test]
fn key_material_state_is_answered_at_once_and_handed_over() {
    for counter in [1, 2, u16::MAX] {
        let mut bench = Bench::complete(trusting(0));
        bench.say(told(counter));
        assert_eq!(bench.heard(), accepted());
        assert_eq!(bench.log.events.last(), Some(&Event::KeyMaterial(state(counter))));
    }
}

#[test]
fn key_material_state_before_completed_is_answered_and_handed_over_afterwards() {
    let mut bench = Bench::in_access(trusting(0));
    assert_eq!(bench.heard(), control(Control::AccessMethodsRequest));
    bench.say(told(2));
    bench.say(told(3));
    assert_eq!((bench.heard(), bench.heard()), (accepted(), accepted()));
    let handed = |bench: &Bench| {
        bench.log.events.iter().filter(|event| matches!(event, Event::KeyMaterial(_))).count()
    };
    assert_eq!(handed(&bench), 0);
    bench.say(access_methods("peer"));
    assert_eq!(handed(&bench), 1);
    assert_eq!(bench.log.events.last(), Some(&Event::KeyMaterial(state(3))));
}

#[test]
fn key_material_in_the_handshake_is_ignored_and_disturbs_nothing() {
    let benches = [Bench::in_hello, Bench::in_protocol, Bench::in_pin];
    for reach in benches {
        let mut bench = reach(trusting(0));
        let before = bench.state();
        bench.log.sent.clear();
        for message in [told(2), asks(1), accepted()] {
            bench.say(message);
        }
        assert!(bench.is_silent());
        assert_eq!(bench.state(), before);
        let ignored = |remark: &&&Remark| matches!(remark, Remark::Ignored { .. });
        assert_eq!(bench.log.remarks().iter().filter(ignored).count(), 3);
    }
}

#[test]
fn higher_counter_in_hello_asks_for_the_keys_once_data_flows() {
    for (known, hellos, asked) in [
        (0, &[Some(1)][..], true),
        (1, &[Some(2)], true),
        (1, &[Some(1), Some(2)], true),
        (1, &[Some(2), None], true),
        (2, &[Some(2)], false),
        (3, &[Some(2)], false),
        (0, &[None], false),
        (u16::MAX, &[Some(u16::MAX)], false),
    ] {
        let mut bench = completed(trusting(known), hellos);
        let sent: Vec<_> = bench.log.sent.drain(..).collect();
        let expected = if asked { vec![asks(known)] } else { vec![] };
        assert_eq!(sent, expected, "{known} {hellos:?}");
        bench.pass(secs(3600));
        assert!(bench.is_silent(), "asked once only");
    }
}

#[test]
fn state_that_came_early_is_not_asked_for_again() {
    let mut bench = completed(trusting(0), &[Some(2)]);
    assert_eq!(bench.heard(), asks(0));
    let mut bench = Bench::in_hello(trusting(0));
    bench.say(control(Control::Hello(Hello {
        phase: HelloPhase::Ready,
        waiting: Some(secs(120)),
        prolongation_request: false,
        update_counter: Some(2),
    })));
    bench.say(announce());
    bench.say(select());
    bench.say(pin_state(PinDemand::None, None));
    bench.say(told(2));
    bench.log.sent.clear();
    bench.say(access_methods("peer"));
    assert!(bench.is_silent());
}

#[test]
fn request_is_answered_with_our_one_key_if_the_counter_differs() {
    let mut bench = Bench::complete(trusting(0));
    for known in [0, 2] {
        bench.say(asks(known));
        assert_eq!(
            bench.heard(),
            control(Control::KeyMaterialState(KeyMaterialState {
                update_counter: 1,
                entries: vec![KeyEntry { state: KeyState::Current, curve: SECP256R1, ski: OWN }],
                unreadable: 0,
            }))
        );
    }
    bench.say(accepted());
    assert_eq!(bench.log.remarks(), [] as [&Remark; 0]);
    bench.say(asks(1));
    assert!(bench.is_silent(), "it knows all there is");
    bench.say(accepted());
    assert!(matches!(bench.log.remarks()[..], [Remark::Ignored { .. }]), "nothing was sent");
    bench.pass(secs(3600));
    assert!(bench.is_silent());
    assert_eq!(bench.state(), ProtocolState::Complete);
}
