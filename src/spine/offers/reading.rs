//! Reading what node management tells, as far as it can be read, and no more of it than is kept.

use serde_json::Value;

use super::{OfferedEntity, OfferedFeature, OfferedUseCase, Offers};
use crate::{proto::text::visible, spine::read};

// A large device has a dozen entities, five features each, and twenty use cases.
pub(super) const MOST_ENTITIES: usize = 32;
const MOST_FEATURES: usize = 128;
const MOST_USE_CASES: usize = 48;
const MOST_SCENARIOS: usize = 16;

/// The most bytes kept of a text; the longest name of a use case has 60.
const MOST_TEXT: usize = 64;

/// Reads `nodeManagementDetailedDiscoveryData`, as far as it can be read.
pub(in crate::spine) fn device(data: &Value) -> Offers {
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
pub(in crate::spine) fn use_cases(data: &Value) -> (Vec<OfferedUseCase>, bool) {
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
