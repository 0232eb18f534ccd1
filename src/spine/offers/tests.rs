//! What devices tell, in every form, and without end.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{reading::MOST_ENTITIES, *};

fn discovery() -> Value {
    json!({
        "deviceInformation": { "description": {
            "deviceAddress": { "device": "d:_i:1_w" }, "deviceType": "ChargingStation",
        } },
        "entityInformation": [
            { "description": { "entityAddress": { "entity": [0] }, "entityType": "DeviceInformation" } },
            { "description": { "entityAddress": { "entity": [1] }, "entityType": "EVSE" } },
            { "description": { "entityAddress": { "entity": [1, 1] }, "entityType": "EV" } },
        ],
        "featureInformation": [
            { "description": { "featureAddress": { "entity": [0], "feature": 0 }, "featureType": "NodeManagement", "role": "special" } },
            { "description": { "featureAddress": { "entity": [1, 1], "feature": 2 }, "featureType": "LoadControl", "role": "server" } },
            { "description": { "featureAddress": { "entity": [7], "feature": 2 }, "role": "client" } },
        ],
    })
}

#[test]
fn entities_and_their_features_are_read_without_those_every_device_has() {
    let offers = device(&discovery());
    assert_eq!(offers.device.as_deref(), Some("d:_i:1_w"));
    assert_eq!(offers.device_type.as_deref(), Some("ChargingStation"));
    let entities: Vec<_> = offers
        .entities
        .iter()
        .map(|it| (&*it.address, it.kind.as_deref(), it.features.len()))
        .collect();
    let expected = [(&[1][..], Some("EVSE"), 0), (&[1, 1], Some("EV"), 1), (&[7], None, 1)];
    assert_eq!(entities, expected);
    assert_eq!(offers.entities[1].features[0].kind.as_deref(), Some("LoadControl"));
    assert!(!offers.cut);
}

#[test]
fn use_cases_are_read_in_every_form_of_their_lists() {
    let case = json!({ "useCaseName": "evStateOfCharge", "useCaseVersion": "1.0.0", "scenarioSupport": [1, "2"] });
    for support in [json!([case]), json!(case)] {
        let of_actor =
            json!({ "address": { "entity": [1, 1] }, "actor": "EV", "useCaseSupport": support });
        for information in [json!([of_actor]), json!(of_actor)] {
            let (cases, cut) = use_cases(&json!({ "useCaseInformation": information }));
            let expected = OfferedUseCase {
                name: "evStateOfCharge".to_owned(),
                actor: Some("EV".to_owned()),
                version: Some("1.0.0".to_owned()),
                scenarios: vec![1, 2],
                available: true,
                entity: vec![1, 1],
            };
            assert_eq!((cases, cut), (vec![expected], false));
        }
    }
    for nothing in [json!({}), json!({ "useCaseInformation": {} }), json!(null), json!(7)] {
        assert_eq!(use_cases(&nothing), (Vec::new(), false), "{nothing}");
    }
}

#[test]
fn what_is_told_without_end_is_kept_small() {
    let long = "x".repeat(100_000);
    let entity = |n: usize| json!({ "description": { "entityAddress": { "entity": vec![n; 500] }, "entityType": long } });
    let feature = |n: usize| json!({ "description": { "featureAddress": { "entity": vec![n % 40; 500] }, "featureType": long, "role": long } });
    let case = json!({ "useCaseName": long, "useCaseVersion": long, "scenarioSupport": (0..9999).collect::<Vec<_>>() });
    let data = json!({
        "deviceInformation": { "description": { "deviceType": long, "deviceAddress": { "device": long } } },
        "entityInformation": (1..900).map(entity).collect::<Vec<_>>(),
        "featureInformation": (1..900).map(feature).collect::<Vec<_>>(),
    });
    let mut offers = Offers::default();
    assert!(offers.learn(News::Device(Box::new(device(&data)))));
    let of_actor = json!({ "actor": long, "address": { "entity": vec![7; 500] }, "useCaseSupport": vec![case; 900] });
    let (cases, cut) = use_cases(&json!({ "useCaseInformation": [of_actor] }));
    assert!(cut && offers.learn(News::UseCases(cases, cut)));
    assert!(offers.cut && offers.entities.len() == MOST_ENTITIES);
    let size = serde_json::to_string(&offers).unwrap().len();
    assert!(size < 64 << 10, "{size}");
}

#[test]
fn what_it_consists_of_and_its_use_cases_come_apart() {
    let mut offers = Offers::default();
    let case = |name: &str| OfferedUseCase { name: name.to_owned(), ..Default::default() };
    let cases = ["limitationOfPowerConsumption", "x", "limitationOfPowerConsumption"].map(case);
    assert!(offers.learn(News::UseCases(cases.to_vec(), false)));
    assert!(offers.learn(News::Device(Box::new(device(&discovery())))));
    assert_eq!(offers.in_words(), ["limitation of power consumption", "x"]);
    assert!(!offers.learn(News::UseCases(cases.to_vec(), false)));
    assert!(!offers.learn(News::Device(Box::new(device(&discovery())))));
    let again: Offers = serde_json::from_value(serde_json::to_value(&offers).unwrap()).unwrap();
    assert_eq!(again, offers);
    assert_eq!(serde_json::from_str::<Offers>("{}").unwrap(), Offers::default());
}

#[test]
fn what_a_device_calls_itself_cannot_steer_a_terminal_and_is_cut() {
    let told = |kind: &str| {
        let data = json!({ "deviceInformation": { "description": { "deviceType": kind } } });
        device(&data).device_type.unwrap()
    };
    assert_eq!(told("a\u{1b}[2Jb"), "a\u{FFFD}[2Jb");
    assert_eq!(told(&"€".repeat(50)), "€".repeat(21) + "…");
    assert_eq!(told(&"\u{1b}".repeat(50)), "\u{FFFD}".repeat(21) + "…");
}

proptest! {
    #[test]
    fn nothing_makes_it_fail(text: String, n: u64) {
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let lists = json!({ "entityInformation": [value, n], "useCaseInformation": [n, value],
            "featureInformation": value, "deviceInformation": [value] });
        device(&lists);
        use_cases(&lists);
        use_cases(&value);
    }
}
