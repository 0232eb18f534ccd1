//! Roles, and two connections at a time.

use std::time::Duration;

use serde_json::json;

use super::{
    cases::Case,
    device::Device,
    tester::{Listener, Papers, Tester, run},
};

pub const CASES: [Case; 5] = [
    Case::new("TC_SHIP_CONN_001", CONN_001, conn_001_most_recent)
        .with("`--double-connection most-recent`")
        .remark("the setting the case demands (SHIP 12.2.2); the first dialled by either"),
    Case::new("TC_SHIP_CONN_001", CONN_001, conn_001_initiator)
        .with("`--double-connection initiator`")
        .remark(
            "the default, as most devices do it: of two by the same node the most recent is kept, \
             but its own connection goes before one the peer dials later, which is refused with 503",
        )
        .differs(),
    Case::new("TC_SHIP_ROLE_001", "work as server", role_001),
    Case::new("TC_SHIP_ROLE_002", "work as client", role_002),
    Case::new("TC_SHIP_ROLE_003", "work as server and as client at once, with two peers", role_003),
];

const CONN_001: &str = "with the higher SKI, keep the most recent of two connections, and close the \
                        other within 30 s";

fn conn_001_most_recent() {
    run(async {
        let mut device = following("most-recent");
        let (papers, first) = dialled_by_tester(&mut device).await;
        the_second_is_kept(&device, &papers, first).await;
        let (papers, first) = dialled_by_device(&mut device).await;
        the_second_is_kept(&device, &papers, first).await;
    });
}

fn conn_001_initiator() {
    run(async {
        let mut device = following("initiator");
        let (papers, first) = dialled_by_tester(&mut device).await;
        the_second_is_kept(&device, &papers, first).await;
        let (papers, mut first) = dialled_by_device(&mut device).await;
        let second = tokio::select! {
            second = Tester::try_dial(device.address, &papers) => second,
            // It has to show that it lives.
            () = first.is_silent_for(Duration::from_secs(100)) => panic!("it is not answered"),
        };
        assert_eq!(second.err(), Some(503));
        assert!(first.answers().await.is_string());
    });
}

fn following(rule: &str) -> Device {
    Device::with("", &["--no-mdns", "--double-connection", rule])
}

async fn dialled_by_tester(device: &mut Device) -> (Papers, Tester) {
    let papers = Papers::below(device.ski);
    device.trusts(&papers);
    let first = Tester::dial(device.address, &papers).await.complete().await;
    (papers, first)
}

async fn dialled_by_device(device: &mut Device) -> (Papers, Tester) {
    let listener = Listener::new(Papers::below(device.ski)).await;
    device.dials(listener.papers.ski, listener.address);
    let first = listener.accept().await.complete().await;
    (listener.papers, first)
}

async fn the_second_is_kept(device: &Device, papers: &Papers, mut first: Tester) {
    let closing = async {
        first.is_closed().await;
        first.took(0.0, 30.0);
    };
    let second = async { Tester::dial(device.address, papers).await.complete().await };
    let ((), mut second) = tokio::join!(closing, second);
    assert!(second.answers().await.is_string());
}

fn role_001() {
    run(async {
        let mut device = Device::start();
        let tester = device.served().await;
        is_complete(&mut device, &[tester.complete().await]);
    });
}

fn role_002() {
    run(async {
        let mut device = Device::start();
        let tester = device.dialling().await;
        is_complete(&mut device, &[tester.complete().await]);
    });
}

fn role_003() {
    run(async {
        let mut device = Device::start();
        let [client, server] = device.both_roles().await;
        let (client, server) = tokio::join!(client.complete(), server.complete());
        let mut testers = [client, server];
        is_complete(&mut device, &testers);
        for tester in &mut testers {
            assert!(tester.answers().await.is_string());
        }
    });
}

/// The device says so as well.
fn is_complete(device: &mut Device, testers: &[Tester]) {
    for tester in testers {
        let ski = tester.ski.to_string();
        let peer = device.client.order(json!({ "do": "peer", "ski": ski }));
        assert_eq!(peer["peer"]["state"], "Completed", "{peer}");
    }
}
