//! Connection mode initialisation.

use super::{
    cases::Case,
    device::Device,
    tester::{Tester, run},
};

pub const CASES: [Case; 6] = [
    Case::new(
        "TC_SHIP_CMI_001",
        "as server, answer another message type with its own `00 00`, then close",
        cmi_001,
    )
    .timed(virtual_time::cmi_001),
    Case::new(
        "TC_SHIP_CMI_002",
        "as client, close at once and silently on another message type",
        cmi_002,
    )
    .timed(virtual_time::cmi_002),
    Case::new(
        "TC_SHIP_CMI_003",
        "as server, close when no init comes within its timeout of 10 to 30 s",
        cmi_003,
    )
    .timed(virtual_time::cmi_003)
    .remark("ours is 10 s"),
    Case::new(
        "TC_SHIP_CMI_004",
        "as client, close when no init comes within its timeout of 10 to 30 s",
        cmi_004,
    )
    .timed(virtual_time::cmi_004)
    .remark("ours is 10 s"),
    Case::new(
        "TC_SHIP_CMI_005",
        "as server, answer another CmiHead with its own `00 00`, then close",
        cmi_005,
    )
    .timed(virtual_time::cmi_005),
    Case::new(
        "TC_SHIP_CMI_006",
        "as client, close at once and silently on another CmiHead",
        cmi_006,
    )
    .timed(virtual_time::cmi_006),
];

fn cmi_001() {
    run(async { server_hears(&[&[1, 0], &[2, 0], &[3, 0], &[0xff, 0], b"GET / HTTP/1.1"]).await });
}

fn cmi_002() {
    run(async { client_hears(&[&[1, 0], &[2, 0], &[3, 0], &[0xff, 0]]).await });
}

fn cmi_003() {
    run(async {
        let mut device = Device::start();
        closes_in_time(&mut device.served().await).await;
    });
}

fn cmi_004() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.dialling().await;
        assert_eq!(tester.hear().await.as_deref(), Some(&[0, 0][..]));
        closes_in_time(&mut tester).await;
    });
}

fn cmi_005() {
    run(async { server_hears(&[&[0, 1], &[0, 0xff]]).await });
}

fn cmi_006() {
    run(async { client_hears(&[&[0, 1], &[0, 0xff]]).await });
}

async fn server_hears(wrong: &[&[u8]]) {
    let mut device = Device::start();
    for bytes in wrong {
        let mut tester = device.served().await;
        tester.say_bytes(bytes).await;
        assert_eq!(tester.hear().await.as_deref(), Some(&[0, 0][..]), "after {bytes:?}");
        tester.is_closed().await;
        tester.took(0.0, 2.0);
    }
}

async fn client_hears(wrong: &[&[u8]]) {
    let mut device = Device::start();
    for bytes in wrong {
        let mut tester = device.dialling().await;
        assert_eq!(tester.hear().await.as_deref(), Some(&[0, 0][..]), "before {bytes:?}");
        tester.say_bytes(bytes).await;
        tester.is_closed().await;
        tester.took(0.0, 2.0);
    }
}

async fn closes_in_time(tester: &mut Tester) {
    tester.is_closed().await;
    tester.took(9.0, 30.0);
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        ProtocolState,
        handshake::{Cause, Expectation, Role, Settings, Trust},
        message::Message,
    };

    use super::super::support::virtual_time::*;

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn cmi_001() {
        for wrong in [&[1, 0][..], &[3, 0], &[0xff, 0], &[0, 0, 0], b"GET / HTTP/1.1"] {
            let mut bench = Bench::new(trusting(Role::Server));
            bench.say_bytes(wrong);
            assert_eq!(bench.heard(), init());
            assert!(bench.is_silent());
            assert_eq!(bench.log.closed, Some((1002, "protocol error")));
            assert_eq!(bench.log.numbers(), [0, 4, 5, 39]);
        }
    }

    pub fn cmi_002() {
        for wrong in [&[1, 0][..], &[2, 0], &[0xff, 0], &[0]] {
            let mut bench = Bench::new(trusting(Role::Client));
            assert_eq!(bench.heard(), init());
            bench.say_bytes(wrong);
            assert!(bench.is_silent());
            assert!(bench.log.closed.is_some());
            assert_eq!(bench.log.numbers(), [0, 1, 2, 3, 39]);
        }
    }

    pub fn cmi_003() {
        cmi_timeout(Role::Server, ProtocolState::CmiServerWait);
    }

    pub fn cmi_004() {
        cmi_timeout(Role::Client, ProtocolState::CmiClientWait);
    }

    fn cmi_timeout(role: Role, during: ProtocolState) {
        let mut bench = Bench::new(trusting(role));
        bench.pass(ms(9_999));
        assert_eq!(bench.log.closed, None);
        bench.pass(ms(1));
        assert_eq!(bench.log.closed, Some((4001, "timeout")));
        bench.pass(secs(1));
        assert_eq!(bench.end().during, during);
        assert_eq!(
            bench.end().cause,
            Cause::TimedOut { expected: Expectation::Init, waited: secs(10) }
        );
    }

    pub fn cmi_005() {
        let mut bench = Bench::new(trusting(Role::Server));
        bench.say(Message::Init { head: 1 });
        assert_eq!(bench.heard(), init());
        assert!(bench.is_silent() && bench.log.closed.is_some());
        bench.pass(secs(1));
        let got = "an init with CmiHead 1".to_owned();
        assert_eq!(bench.end().cause, Cause::Violation { expected: Expectation::Init, got });
    }

    pub fn cmi_006() {
        let mut bench = Bench::new(trusting(Role::Client));
        assert_eq!(bench.heard(), init());
        bench.say(Message::Init { head: 1 });
        assert!(bench.is_silent() && bench.log.closed.is_some());
    }
}
