//! The personas built in, each against our node.

use std::time::Duration;

use shipctl::{
    devices::{Happened, Persona, persona::Decision},
    driver::NodeEvent,
    hub::{Command, EventKind, Spine, backoff::Backoff},
    proto::ConnectionState,
};

use super::kit::{Hub, codes, device, soon};

fn hub() -> Hub {
    Hub::start(|config| {
        config.can_ask_for_pin = true;
        let (none, short) = (Duration::ZERO, Duration::from_millis(200));
        config.backoff = Backoff([none..none, short..short, short..short]);
    })
}

fn persona(name: &str) -> Persona {
    Persona::named(name).unwrap()
}

#[tokio::test]
async fn the_wallbox_pairs_at_once_and_tells_what_it_offers() {
    let mut hub = Hub::start(|config| config.spine = Some(Spine::default()));
    let (wallbox, mut events) = device(persona("wallbox"));
    hub.register(&wallbox).await;
    let offers = |_, kind: &EventKind| match kind {
        EventKind::Offers(offers) => Some(offers.clone()),
        _ => None,
    };
    let told = hub.until("what it offers", offers).await;
    assert_eq!(told.device.as_deref(), Some(format!("d:_{}", wallbox.ship_id).as_str()));
    assert_eq!(told.device_type.as_deref(), Some("ChargingStation"));
    assert_eq!(
        told.in_words(),
        [
            "EVSE commissioning and configuration",
            "limitation of power consumption",
            "monitoring of power consumption",
        ]
    );
    let of_us = soon("what we offer", async {
        loop {
            if let Happened::Node(NodeEvent::Hub(event)) = events.recv().await.unwrap().happened
                && let EventKind::Offers(offers) = event.kind
            {
                return offers;
            }
        }
    });
    assert_eq!(of_us.await.use_cases, Some(Vec::new()));
    soon("the end", wallbox.stop()).await;
}

#[test]
fn every_device_built_in_offers_something() {
    for persona in Persona::built_in() {
        assert!(!persona.spine.use_cases.is_empty(), "{}", persona.name);
    }
}

#[tokio::test]
async fn a_hesitating_user_is_waited_for_and_trusts_in_the_end() {
    let mut hub = hub();
    let after = Duration::from_secs(10);
    let (pump, _events) =
        device(Persona { decision: Decision::Trust { after }, ..persona("heat-pump") });
    hub.register(&pump).await;
    let granted = |_, kind: &EventKind| match kind {
        EventKind::Hello(status) if status.prolongations_granted > 0 => Some(()),
        _ => None,
    };
    hub.until("a prolongation", granted).await;
    hub.until("trust", |_, kind| matches!(kind, EventKind::Completed { .. }).then_some(())).await;
}

#[tokio::test]
async fn the_meter_refuses() {
    let mut hub = hub();
    let (meter, _events) = device(persona("meter"));
    hub.register(&meter).await;
    let refused = |_, kind: &EventKind| codes(kind).contains(&"HEL-03".to_owned()).then_some(());
    hub.until("a refusal", refused).await;
}

#[tokio::test]
async fn the_boiler_wants_a_pin_and_takes_the_right_one() {
    let mut hub = hub();
    let (boiler, _events) = device(persona("boiler"));
    hub.register(&boiler).await;
    hub.until("a PIN is wanted", |_, kind| {
        matches!(kind, EventKind::PinWanted { required: true, .. }).then_some(())
    })
    .await;
    let pin = persona("boiler").pin.unwrap();
    hub.node.command(Command::EnterPin { ski: boiler.ski, pin }).await.unwrap();
    hub.until("completed", |_, kind| matches!(kind, EventKind::Completed { .. }).then_some(()))
        .await;
}

#[tokio::test]
async fn the_inverter_drops_its_link_and_comes_back() {
    let mut hub = hub();
    let drops_after = Some(Duration::from_secs(1));
    let (inverter, mut events) = device(Persona { drops_after, ..persona("inverter") });
    hub.register(&inverter).await;
    let completed = |_, kind: &EventKind| matches!(kind, EventKind::Completed { .. }).then_some(());
    hub.until("the first connection", completed).await;
    let lost = |_, kind: &EventKind| codes(kind).contains(&"CLS-04".to_owned()).then_some(());
    hub.until("the loss", lost).await;
    let failed =
        |_, kind: &EventKind| matches!(kind, EventKind::AttemptFailed { .. }).then_some(());
    hub.until("an attempt that fails meanwhile", failed).await;
    hub.until("the second connection", completed).await;
    let mut did = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Happened::Did(what) = event.happened {
            did.push(what);
        }
    }
    assert_eq!(did[..2], ["its connection drops", "it is back"]);
    soon("the end", inverter.stop()).await;
}

#[tokio::test]
async fn a_device_that_does_not_answer_is_tried_again_and_again() {
    let mut hub = hub();
    let (ventilation, _events) = device(persona("ventilation"));
    hub.register(&ventilation).await;
    let third = |_, kind: &EventKind| match kind {
        EventKind::AttemptFailed { number: 3, .. } => Some(codes(kind)),
        _ => None,
    };
    assert_eq!(hub.until("a third attempt", third).await, ["TCP-01"]);
    let snapshot = hub.node.snapshot().await.unwrap();
    assert_ne!(snapshot.peers[0].state, ConnectionState::Completed);
}
