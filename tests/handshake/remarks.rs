//! What is tolerated is told, and not endlessly.

use shipctl::proto::{
    handshake::{Remark, Role, Trust},
    message::{Control, Message},
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
