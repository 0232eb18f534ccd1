//! What another device offers, as its node management tells it. Whatever it tells, little is kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{names, read};
use crate::proto::text::visible;

/// What a device consists of and which use cases it supports. Texts are safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offers {
    /// Its address in SPINE, `d:_i:46925_wallbox` for one.
    pub device: Option<String>,
    /// `deviceType`.
    pub device_type: Option<String>,
    /// Its entities, beside the entity `[0]` every device has.
    pub entities: Vec<OfferedEntity>,
    /// Its use cases; `None` while it has not told them.
    pub use_cases: Option<Vec<OfferedUseCase>>,
    /// Whether it told more than is kept.
    pub cut: bool,
}

/// An entity of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferedEntity {
    /// Its address, from the outermost inwards.
    pub address: Vec<u64>,
    /// `entityType`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its features.
    pub features: Vec<OfferedFeature>,
}

/// A feature of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferedFeature {
    /// `featureType`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `role`.
    pub role: Option<String>,
}

/// A use case of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferedUseCase {
    /// `useCaseName`.
    pub name: String,
    /// `actor`: the part it plays.
    pub actor: Option<String>,
    /// `useCaseVersion`.
    pub version: Option<String>,
    /// `scenarioSupport`.
    pub scenarios: Vec<u64>,
    /// `useCaseAvailable`; most devices leave it out.
    pub available: bool,
    /// The entity it belongs to; empty if it does not say.
    pub entity: Vec<u64>,
}

/// Something a device told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What it consists of; the use cases are not in it.
    Device(Box<Offers>),
    /// Its use cases, and whether there were more than are kept.
    UseCases(Vec<OfferedUseCase>, bool),
    /// That it is not what it told before: it should be asked again.
    Changed,
}

// A large device has a dozen entities, five features each, and twenty use cases.
const MOST_ENTITIES: usize = 32;
const MOST_FEATURES: usize = 128;
const MOST_USE_CASES: usize = 48;
const MOST_SCENARIOS: usize = 16;

/// The most bytes kept of a text; the longest name of a use case has 60.
const MOST_TEXT: usize = 64;

impl Offers {
    /// Takes in news. Whether anything is different now.
    pub fn learn(&mut self, news: News) -> bool {
        let before = self.clone();
        match news {
            News::Device(device) => {
                let cut = self.cut || device.cut;
                *self = Self { use_cases: self.use_cases.take(), cut, ..*device };
            }
            News::UseCases(use_cases, cut) => {
                self.use_cases = Some(use_cases);
                self.cut |= cut;
            }
            News::Changed => {}
        }
        *self != before
    }

    /// The use cases in words, each once, in the order in which they were told.
    pub fn in_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for case in self.use_cases.iter().flatten() {
            let name = case.in_words();
            if !words.contains(&name) {
                words.push(name);
            }
        }
        words
    }
}

impl OfferedUseCase {
    /// Its name in words, if it is one of those of EEBUS; else as the device calls it.
    pub fn in_words(&self) -> String {
        names::of_use_case(&self.name).map_or_else(|| visible(&self.name), str::to_owned)
    }
}

/// Reads `nodeManagementDetailedDiscoveryData`, as far as it can be read.
pub(super) fn device(data: &Value) -> Offers {
    let device = &data["deviceInformation"]["description"];
    let mut offers = Offers {
        device: text(&device["deviceAddress"]["device"]),
        device_type: text(&device["deviceType"]),
        ..Offers::default()
    };
    for entity in each(&data["entityInformation"]) {
        let entity = &entity["description"];
        let address = read::address(&entity["entityAddress"]).entity;
        if let Some(known) = offers.entity(address) {
            known.kind = text(&entity["entityType"]);
        }
    }
    let mut features = 0;
    for feature in each(&data["featureInformation"]) {
        let feature = &feature["description"];
        let address = read::address(&feature["featureAddress"]).entity;
        let told =
            OfferedFeature { kind: text(&feature["featureType"]), role: text(&feature["role"]) };
        if features == MOST_FEATURES {
            offers.cut = true;
            break;
        }
        if let Some(entity) = offers.entity(address) {
            entity.features.push(told);
            features += 1;
        }
    }
    offers
}

/// Reads `nodeManagementUseCaseData`; also whether there were more than are kept.
pub(super) fn use_cases(data: &Value) -> (Vec<OfferedUseCase>, bool) {
    let mut cases = Vec::new();
    for of_actor in each(&data["useCaseInformation"]) {
        let entity = read::address(&of_actor["address"]).entity;
        let actor = text(&of_actor["actor"]);
        for case in each(&of_actor["useCaseSupport"]) {
            let Some(name) = text(&case["useCaseName"]) else { continue };
            if cases.len() == MOST_USE_CASES {
                return (cases, true);
            }
            cases.push(OfferedUseCase {
                name,
                actor: actor.clone(),
                version: text(&case["useCaseVersion"]),
                scenarios: each(&case["scenarioSupport"])
                    .filter_map(read::number)
                    .take(MOST_SCENARIOS)
                    .collect(),
                available: case["useCaseAvailable"] != false,
                entity: entity.clone(),
            });
        }
    }
    (cases, false)
}

impl Offers {
    /// The entity at this address, which is new if it was not told of before. None for `[0]`, an
    /// address that cannot be read, and where there are enough.
    fn entity(&mut self, address: Vec<u64>) -> Option<&mut OfferedEntity> {
        if address.is_empty() || address == [0] {
            return None;
        }
        let known = self.entities.iter().position(|entity| entity.address == address);
        if let Some(known) = known {
            return self.entities.get_mut(known);
        }
        if self.entities.len() == MOST_ENTITIES {
            self.cut = true;
            return None;
        }
        self.entities.push(OfferedEntity { address, ..OfferedEntity::default() });
        self.entities.last_mut()
    }
}

/// The elements of a list. One alone may read as no list (see [`crate::proto::codec::plain`]).
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let (list, one) = match value {
        Value::Array(list) => (list.as_slice(), None),
        Value::Null => (&[][..], None),
        // An empty list reads as an empty object.
        Value::Object(fields) if fields.is_empty() => (&[][..], None),
        one => (&[][..], Some(one)),
    };
    list.iter().chain(one)
}

/// A text, harmless and cut.
fn text(value: &Value) -> Option<String> {
    let whole = value.as_str()?;
    let mut shown = visible(&whole[..whole.floor_char_boundary(MOST_TEXT)]);
    if whole.len() > MOST_TEXT || shown.len() > MOST_TEXT {
        shown.truncate(shown.floor_char_boundary(MOST_TEXT));
        shown.push('…');
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

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
            let of_actor = json!({ "address": { "entity": [1, 1] }, "actor": "EV", "useCaseSupport": support });
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
}
