//! The protocol handshake.

use serde_json::{Value, json};

use super::{
    cases::Case,
    device::Device,
    tester::{Tester, field, handshake, hello, no_pin, run},
};

pub const CASES: [Case; 6] = [
    Case::new(
        "TC_SHIP_PROT_001",
        "as server, select JSON-UTF8 and no version above the offer",
        prot_001,
    )
    .timed(virtual_time::prot_001),
    Case::new(
        "TC_SHIP_PROT_002",
        "as client, announce its highest version and its formats, and echo what is selected",
        prot_002,
    )
    .timed(virtual_time::prot_002),
    Case::new(
        "TC_SHIP_PROT_003",
        "as server, tell error 1 within 12 s of silence, and close",
        prot_003,
    )
    .timed(virtual_time::prot_003)
    .remark("before the announcement and before the confirmation; ours takes 10 s"),
    Case::new(
        "TC_SHIP_PROT_004",
        "as client, tell error 1 within 12 s of silence, and close",
        prot_004,
    )
    .timed(virtual_time::prot_004)
    .remark("ours takes 10 s"),
    Case::new(
        "TC_SHIP_PROT_005",
        "as server, answer a hello here with error 2, and close",
        prot_005,
    )
    .timed(virtual_time::prot_005)
    .remark("before the announcement and before the confirmation"),
    Case::new(
        "TC_SHIP_PROT_006",
        "as client, answer a hello here with error 2, and close",
        prot_006,
    )
    .timed(virtual_time::prot_006),
];

fn prot_001() {
    run(async {
        let mut device = Device::start();
        for (version, formats) in [
            ((1, 0), &["JSON-UTF8"][..]),
            ((1, 1), &["JSON-UTF16", "JSON-UTF8"]),
            ((2, 3), &["JSON-UTF8", "JSON-UTF16"]),
        ] {
            let mut tester = device.served().await;
            tester.through_hello().await;
            tester.say(offer(version, formats)).await;
            let choice = tester.heard().await;
            let name = "messageProtocolHandshake";
            assert_eq!(field(&choice, name, "handshakeType"), "select");
            assert_eq!(field(&choice, name, "formats"), &json!([{ "format": ["JSON-UTF8"] }]));
            let selected = field(&choice, name, "version");
            let number = |at: usize, name| selected[at][name].as_u64().unwrap();
            assert!((number(0, "major"), number(1, "minor")) <= version, "{choice}");
            tester.say(choice).await;
            assert_eq!(tester.heard().await, no_pin());
        }
    });
}

fn offer(version: (u64, u64), formats: &[&str]) -> Value {
    json!({ "messageProtocolHandshake": [
        { "handshakeType": "announceMax" },
        { "version": [{ "major": version.0 }, { "minor": version.1 }] },
        { "formats": [{ "format": formats }] },
    ] })
}

fn prot_002() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.dialling().await;
        tester.through_hello().await;
        assert_eq!(tester.heard().await, handshake("announceMax"));
        tester.say(handshake("select")).await;
        assert_eq!(tester.heard().await, handshake("select"));
        assert_eq!(tester.heard().await, no_pin());
    });
}

fn prot_003() {
    run(async {
        let mut device = Device::start();
        let mut testers = announcing(&mut device).await;
        let [first, second] = &mut testers;
        tokio::join!(error_in_time(first), error_in_time(second));
    });
}

fn prot_004() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.dialling().await;
        tester.through_hello().await;
        assert_eq!(tester.heard().await, handshake("announceMax"));
        error_in_time(&mut tester).await;
    });
}

fn prot_005() {
    run(async {
        let mut device = Device::start();
        for mut tester in announcing(&mut device).await {
            error_after_hello(&mut tester).await;
        }
    });
}

fn prot_006() {
    run(async {
        let mut device = Device::start();
        let mut tester = device.dialling().await;
        tester.through_hello().await;
        assert_eq!(tester.heard().await, handshake("announceMax"));
        error_after_hello(&mut tester).await;
    });
}

/// Two clients: one that owes its announcement, and one that owes its confirmation.
async fn announcing(device: &mut Device) -> [Tester; 2] {
    let mut testers = [device.served().await, device.served().await];
    for tester in &mut testers {
        tester.through_hello().await;
    }
    testers[1].say(handshake("announceMax")).await;
    assert_eq!(testers[1].heard().await, handshake("select"));
    testers
}

async fn error_in_time(tester: &mut Tester) {
    assert_eq!(tester.heard().await, error(1));
    tester.took(9.0, 12.0);
    tester.is_closed().await;
}

async fn error_after_hello(tester: &mut Tester) {
    tester.say(hello("ready")).await;
    assert_eq!(tester.heard().await, error(2));
    tester.is_closed().await;
}

fn error(number: u64) -> Value {
    json!({ "messageProtocolHandshakeError": [{ "error": number }] })
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        handshake::{Cause, Expectation, Role, Settings, Trust},
        message::{Format, HandshakeKind, HelloPhase, PinDemand, ProtocolErrorCode, Version},
    };

    use super::super::support::virtual_time::*;

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn prot_001() {
        for (offer, ours, selected) in [
            ((1, 0), (1, 0), (1, 0)),
            ((1, 1), (1, 0), (1, 0)),
            ((1, 0), (1, 1), (1, 0)),
            ((2, 3), (1, 1), (1, 1)),
        ] {
            let mut settings = trusting(Role::Server);
            settings.max_version = Version { major: ours.0, minor: ours.1 };
            let mut bench = Bench::in_protocol(settings);
            let formats = [Format::Other("JSON-UTF16".to_owned()), Format::JsonUtf8];
            bench.say(protocol(HandshakeKind::AnnounceMax, offer, &formats));
            let choice = protocol(HandshakeKind::Select, selected, &[Format::JsonUtf8]);
            assert_eq!(bench.heard(), choice);
            bench.say(choice);
            assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
        }
    }

    pub fn prot_002() {
        let mut settings = trusting(Role::Client);
        settings.max_version = Version { major: 1, minor: 1 };
        let mut bench = Bench::in_protocol(settings);
        assert_eq!(
            bench.heard(),
            protocol(HandshakeKind::AnnounceMax, (1, 1), &[Format::JsonUtf8])
        );
        bench.say(select());
        assert_eq!(bench.heard(), select());
        assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
    }

    pub fn prot_003() {
        let mut bench = Bench::in_protocol(trusting(Role::Server));
        protocol_timeout(&mut bench, Expectation::ProtocolProposal);

        let mut bench = Bench::in_protocol(trusting(Role::Server));
        bench.say(announce());
        assert_eq!(bench.heard(), select());
        protocol_timeout(&mut bench, Expectation::ProtocolConfirm);
    }

    pub fn prot_004() {
        let mut bench = Bench::in_protocol(trusting(Role::Client));
        assert_eq!(bench.heard(), announce());
        protocol_timeout(&mut bench, Expectation::ProtocolChoice);
    }

    fn protocol_timeout(bench: &mut Bench, expected: Expectation) {
        bench.pass(ms(9_999));
        assert!(bench.is_silent());
        bench.pass(ms(1));
        assert_eq!(bench.heard(), protocol_error(ProtocolErrorCode::Timeout));
        assert!(bench.log.closed.is_some());
        bench.pass(secs(1));
        assert_eq!(bench.end().cause, Cause::TimedOut { expected, waited: secs(10) });
        assert_eq!(bench.log.numbers()[bench.log.states.len() - 2..], [23, 39]);
    }

    pub fn prot_005() {
        let mut bench = Bench::in_protocol(trusting(Role::Server));
        unexpected_hello(&mut bench);

        let mut bench = Bench::in_protocol(trusting(Role::Server));
        bench.say(announce());
        bench.heard();
        unexpected_hello(&mut bench);
    }

    pub fn prot_006() {
        let mut bench = Bench::in_protocol(trusting(Role::Client));
        bench.heard();
        unexpected_hello(&mut bench);
    }

    fn unexpected_hello(bench: &mut Bench) {
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        assert_eq!(bench.heard(), protocol_error(ProtocolErrorCode::UnexpectedMessage));
        assert!(bench.log.closed.is_some());
    }
}
