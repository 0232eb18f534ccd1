//! Payloads of SHIP data: told in a line, and answered by simulated devices without end to it.

#![no_main]

mod kit;

use kit::assert_visible;
use libfuzzer_sys::fuzz_target;
use shipctl::spine::{Entity, Feature, Model, Node, Role, UseCase, summary};

const MODEL: Model = Model {
    device_type: "ChargingStation",
    entities: &[Entity {
        kind: "EVSE",
        features: &[Feature { kind: "LoadControl", role: Role::Server }],
    }],
    use_cases: &[UseCase {
        entity: 1,
        actor: "EVSE",
        name: "evseCommissioningAndConfiguration",
        version: "1.0.0",
        scenarios: &[1, 2],
    }],
};

/// What two devices may say on one datagram, discovery of both included.
const MOST: usize = 12;

fuzz_target!(|payload: &str| {
    if let Some(summary) = summary(payload) {
        assert_visible(&summary.to_string());
    }
    let mut devices = [Node::new("d:a", MODEL), Node::new("d:b", MODEL)];
    let mut said = vec![(0, payload.to_owned())];
    let mut count = 0;
    while let Some((to, payload)) = said.pop() {
        for answer in devices[to].take(&payload) {
            assert!(summary(&answer).is_some(), "an answer is a datagram: {answer}");
            said.push((1 - to, answer));
            count += 1;
            assert!(count <= MOST, "they never come to rest");
        }
    }
});
