//! Messages that are none.

use super::{cases::Case, device::Device, tester::run};

pub const CASES: [Case; 3] = [
    Case::new(
    "TC_SHIP_MSG_001",
    "ignore a message without value, or close; if open, answer the next accessMethodsRequest",
    msg_001,
).timed(virtual_time::msg_001).remark("ignored"),
    Case::new(
    "TC_SHIP_MSG_002",
    "ignore a message of the type 0xFF, or close; if open, answer the next accessMethodsRequest",
    msg_002,
).timed(virtual_time::msg_002).remark("ignored"),
    Case::new(
    "TC_SHIP_MSG_003",
    "accept spaces, tabs, CR and LF around the structure of JSON",
    msg_003,
).timed(virtual_time::msg_003).remark("in every message of the handshake, in both roles"),
];

fn msg_001() {
    run(async { are_ignored(&[&[], &[0], &[1], &[2], &[3]]).await });
}

fn msg_002() {
    run(async { are_ignored(&[&[0xff, 0], b"\xff{\"accessMethodsRequest\":[]}"]).await });
}

async fn are_ignored(wrong: &[&[u8]]) {
    let mut device = Device::start();
    for tester in device.both_roles().await {
        let mut tester = tester.complete().await;
        for bytes in wrong {
            tester.say_bytes(bytes).await;
            assert!(tester.answers().await.is_string(), "after {bytes:?}");
        }
    }
}

fn msg_003() {
    run(async {
        let mut device = Device::start();
        for mut tester in device.both_roles().await {
            tester.spaced = true;
            tester.complete().await;
        }
    });
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        ProtocolState,
        handshake::{Remark, Role, Settings, Trust},
    };

    use super::super::support::virtual_time::*;

    const ROLES: [Role; 2] = [Role::Client, Role::Server];

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn msg_001() {
        for bytes in [&[][..], &[0], &[1], &[2], &[3]] {
            dropped(bytes);
        }
    }

    pub fn msg_002() {
        dropped(&[0xff, 0]);
        dropped(b"\xff{\"accessMethodsRequest\":[]}");
    }

    fn dropped(bytes: &[u8]) {
        for role in ROLES {
            let mut bench = Bench::complete(trusting(role));
            bench.say_bytes(bytes);
            assert!(bench.is_silent() && bench.log.closed.is_none());
            assert!(matches!(bench.log.remarks()[..], [Remark::Dropped(_)]));
            bench.say(access_request());
            assert_eq!(bench.heard(), own_access_methods());
        }
    }

    pub fn msg_003() {
        let mut bench = Bench::in_hello(trusting(Role::Server));
        bench.heard();
        bench.say_bytes(
            b"\x01 \t\r\n{ \"connectionHello\" :\t[\r\n{\"phase\" : \"ready\"}\n,{ \"waiting\":60000 } ] }\n",
        );
        assert_eq!(bench.state(), ProtocolState::ProtServerListenProposal);
        assert!(bench.log.remarks().is_empty());
    }
}
