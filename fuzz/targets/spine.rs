//! Payloads of SHIP data: told in a line, answered by two devices that come to rest, and what is kept of
//! them small.

#![no_main]

mod kit;

use kit::assert_visible;
use libfuzzer_sys::fuzz_target;
use shipctl::spine::{Entity, Feature, Model, Node, Offers, Role, UseCase, summary};

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

/// What is kept of a device at most, in bytes of JSON.
const SMALL: usize = 128 << 10;

fuzz_target!(|payload: &str| {
    if let Some(summary) = summary(payload) {
        assert_visible(&summary.to_string());
    }
    let mut devices = [Node::new("d:a", MODEL), Node::new("d:b", MODEL)];
    // It waits for an answer, or nothing it is told would be believed.
    devices[0].ask_discovery();
    let mut offers = Offers::default();
    let mut said = vec![(0, payload.to_owned())];
    let mut count = 0;
    while let Some((to, payload)) = said.pop() {
        let taken = devices[to].take(&payload);
        if let Some(news) = taken.news {
            offers.learn(news);
        }
        for answer in taken.say {
            assert!(summary(&answer).is_some(), "an answer is a datagram: {answer}");
            said.push((1 - to, answer));
            count += 1;
            assert!(count <= MOST, "they never come to rest");
        }
    }
    offers.in_words().iter().for_each(|words| assert_visible(words));
    assert!(serde_json::to_string(&offers).unwrap().len() <= SMALL);
});
