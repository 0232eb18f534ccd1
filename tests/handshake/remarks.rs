//! What is tolerated is told, and not endlessly.

use shipctl::proto::{
    ProtocolState,
    handshake::{Remark, Role, Trust},
    message::{Control, HelloPhase, Message},
};

use crate::support::virtual_time::*;

fn unknown(bench: &mut Bench) {
    bench.say(Message::Control(Control::Unknown { name: "newThing".to_owned() }));
}

#[test]
fn a_peer_that_gives_cause_for_endless_remarks_is_told_of_ever_more_rarely() {
    let mut bench = Bench::complete(settings(Role::Server, Trust::Trusted));
    (0..10_000).for_each(|_| unknown(&mut bench));
    let remarks = bench.log.remarks();
    let one = Remark::UnknownMessage("newThing".to_owned());
    assert_eq!(remarks[..8], [&one; 8]);
    let counts: Vec<u32> = remarks[8..]
        .iter()
        .map(|remark| match remark {
            Remark::Repeated { count, last } if **last == one => *count,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]);
}

#[test]
fn a_flood_of_one_kind_does_not_hide_another() {
    let mut bench = Bench::complete(settings(Role::Server, Trust::Trusted));
    (0..100).for_each(|_| unknown(&mut bench));
    bench.say_bytes(&[9, 9]);
    let last = bench.log.remarks().pop().cloned();
    assert!(matches!(last, Some(Remark::Dropped(_))), "{last:?}");
}

/// A control message that every stack would take for the hello it ought to be.
const UNREADABLE: &[u8] =
    b"\x01{\"connectionHello\":[{\"phase\":\"ready\"},{\"waiting\":\"soon\"}]}";

fn instead(bench: &mut Bench) -> Option<String> {
    bench.pass(secs(2));
    bench.end().instead.clone().map(|came| came.got)
}

#[test]
fn unreadable_message_is_named_by_the_end_it_leads_to_in_every_phase() {
    let phases = [Bench::in_hello, Bench::in_protocol, Bench::in_pin, Bench::in_access];
    for role in [Role::Client, Role::Server] {
        for reach in phases {
            for hang_up in [true, false] {
                let mut bench = reach(settings(role, Trust::Trusted));
                bench.say_bytes(UNREADABLE);
                // What is only out of place does not hide it.
                bench.say(init());
                if hang_up {
                    bench.close_frame(4001, "timeout");
                } else {
                    bench.pass(secs(200));
                    if bench.state() == ProtocolState::Complete {
                        continue; // It went on without access methods.
                    }
                }
                let state = bench.state();
                let came = instead(&mut bench).unwrap_or_else(|| panic!("{role:?} {state}"));
                assert!(came.contains("connectionHello.waiting"), "{came}");
            }
        }
    }
}

#[test]
fn unreadable_message_stays_named_when_our_user_trusts_the_device_meanwhile() {
    let mut bench = Bench::in_hello(settings(Role::Server, Trust::Undecided));
    bench.say_bytes(UNREADABLE);
    bench.with(|dut, now| dut.trust(now));
    bench.pass(secs(60));
    assert!(instead(&mut bench).unwrap().contains("connectionHello.waiting"));
}

#[test]
fn unreadable_message_is_forgotten_once_one_was_of_use() {
    let mut bench = Bench::in_hello(settings(Role::Server, Trust::Trusted));
    bench.say_bytes(UNREADABLE);
    bench.say(hello(HelloPhase::Pending, Some(60_000)));
    bench.pass(secs(60));
    assert_eq!(instead(&mut bench), None, "nobody decided: that is no fault of the message");

    let mut bench = Bench::in_protocol(settings(Role::Server, Trust::Trusted));
    bench.say_bytes(UNREADABLE);
    bench.say(announce());
    bench.close_frame(4001, "timeout");
    assert_eq!(instead(&mut bench), None);

    let mut bench = Bench::complete(settings(Role::Server, Trust::Trusted));
    bench.say_bytes(UNREADABLE);
    bench.close_frame(4001, "close");
    assert_eq!(instead(&mut bench), None, "the handshake was complete");
}
