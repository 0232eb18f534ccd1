//! Hello.

use std::time::Duration;

use serde_json::Value;

use super::{
    cases::{Case, in_full},
    device::Device,
    tester::{Papers, Tester, field, handshake, hello, more_time, phase, run},
};

pub const CASES: [Case; 4] = [
    Case::new(
        "TC_SHIP_HELLO_001",
        "tell a trusted peer `ready`, and go on to the protocol handshake",
        hello_001,
    )
    .timed(virtual_time::hello_001),
    Case::new(
        "TC_SHIP_HELLO_002",
        "stay open through requests for more time after 45 s and then every 60 s, \
         answering each with `ready`",
        hello_002,
    )
    .timed(virtual_time::hello_002)
    .remark("every day: one request, after 45 s; in full: four"),
    Case::new(
        "TC_SHIP_HELLO_003",
        "announce a `waiting` of 58 000 to 240 000 ms; after as much silence, 2 s \
         at most beyond it, say `aborted` and close",
        hello_003,
    )
    .timed(virtual_time::hello_003)
    .remark("to trusted and unknown peers, in both roles"),
    Case::new(
        "TC_SHIP_HELLO_004",
        "when ready, ignore a bare `pending` and go on when `ready` comes 30 s later",
        hello_004,
    )
    .timed(virtual_time::hello_004),
];

fn hello_001() {
    run(async {
        let mut device = Device::start();
        let [mut client, mut server] = device.both_roles().await;
        client.through_hello().await;
        client.say(handshake("announceMax")).await;
        assert_eq!(client.heard().await, handshake("select"));
        server.through_hello().await;
        assert_eq!(server.heard().await, handshake("announceMax"));
    });
}

fn hello_002() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.served().await;
        tester.through_cmi().await;
        ready(&mut tester).await;
        tester.say(hello("pending")).await;
        tester.is_silent_for(Duration::from_secs(45)).await;
        ask_for_more_time(&mut tester).await;
        for _ in 0..if in_full() { 3 } else { 0 } {
            tester.is_silent_for(Duration::from_secs(60)).await;
            ask_for_more_time(&mut tester).await;
        }
        tester.say(hello("ready")).await;
        tester.say(handshake("announceMax")).await;
        assert_eq!(tester.heard().await, handshake("select"));
    });
}

async fn ask_for_more_time(tester: &mut Tester) {
    tester.say(more_time()).await;
    let left = ready(tester).await;
    assert!((60_000..=120_000).contains(&left), "{left} ms left");
}

fn hello_003() {
    run(async {
        let mut device = Device::start();
        let mut unknown = Tester::dial(device.address, &Papers::new()).await;
        let [mut client, mut server] = device.both_roles().await;
        tokio::join!(
            falls_silent(&mut client, "ready"),
            falls_silent(&mut server, "ready"),
            falls_silent(&mut unknown, "pending"),
        );
    });
}

async fn falls_silent(tester: &mut Tester, expected: &str) {
    tester.through_cmi().await;
    let announced = tester.heard().await;
    assert_eq!(phase(&announced), expected);
    let waiting = waiting(&announced);
    assert!((58_000..=240_000).contains(&waiting), "{waiting} ms");
    assert_eq!(phase(&tester.heard().await), "aborted");
    tester.is_closed().await;
    let waiting = waiting as f64 / 1000.0;
    tester.took(waiting - 2.0, waiting + 2.0);
}

fn hello_004() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.dialling().await;
        tester.through_cmi().await;
        ready(&mut tester).await;
        tester.say(hello("pending")).await;
        tester.is_silent_for(Duration::from_secs(30)).await;
        tester.say(hello("ready")).await;
        assert_eq!(tester.heard().await, handshake("announceMax"));
    });
}

/// Hears `ready`, and how long the device waits.
async fn ready(tester: &mut Tester) -> u64 {
    let said = tester.heard().await;
    assert_eq!(phase(&said), "ready");
    waiting(&said)
}

fn waiting(hello: &Value) -> u64 {
    field(hello, "connectionHello", "waiting").as_u64().expect("a waiting time")
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        ProtocolState,
        handshake::{Cause, Expectation, Role, Settings, Trust},
        message::HelloPhase,
    };

    use super::super::support::virtual_time::*;

    const ROLES: [Role; 2] = [Role::Client, Role::Server];

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn hello_001() {
        for role in ROLES {
            let mut bench = Bench::in_hello(trusting(role));
            assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
            bench.say(hello(HelloPhase::Ready, Some(60_000)));
            let (expected, first) = match role {
                Role::Client => (ProtocolState::ProtClientListenChoice, Some(announce())),
                Role::Server => (ProtocolState::ProtServerListenProposal, None),
            };
            assert_eq!(bench.state(), expected);
            assert_eq!(bench.log.sent.pop_front(), first);
        }
    }

    pub fn hello_002() {
        let mut bench = Bench::in_hello(trusting(Role::Server));
        assert_eq!(bench.heard_hello().phase, HelloPhase::Ready);
        bench.say(hello(HelloPhase::Pending, Some(60_000)));
        assert!(bench.is_silent());
        bench.pass(secs(45));
        for _ in 0..20 {
            bench.say(more_time());
            assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(75_000)));
            bench.pass(secs(60));
            assert!(bench.is_silent() && bench.log.closed.is_none());
        }
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        assert_eq!(bench.state(), ProtocolState::ProtServerListenProposal);
    }

    pub fn hello_003() {
        for trust in [Trust::Trusted, Trust::Undecided] {
            let mut bench = Bench::in_hello(settings(Role::Server, trust));
            let waiting = bench.heard_hello().waiting.unwrap();
            assert!((ms(58_000)..=ms(240_000)).contains(&waiting));
            bench.pass(waiting - ms(1));
            assert!(bench.is_silent());
            bench.pass(ms(1));
            assert_eq!(bench.heard(), hello(HelloPhase::Aborted, None));
            bench.pass(secs(1));
            assert_eq!(bench.log.closed, Some((4452, "Node rejected by application")));
            bench.pass(secs(1));
            assert_eq!(
                bench.end().cause,
                Cause::TimedOut { expected: Expectation::Hello, waited: waiting }
            );
        }
    }

    pub fn hello_004() {
        let mut bench = Bench::in_hello(trusting(Role::Client));
        bench.heard_hello();
        bench.say(hello(HelloPhase::Pending, Some(60_000)));
        bench.pass(secs(30));
        assert!(bench.is_silent());
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        assert_eq!(bench.heard(), announce());
    }
}
