//! What a device offers, for people.

use super::text::{count, safe};
use crate::spine::{OfferedEntity, OfferedUseCase, Offers};

/// Its use cases and what it is, in a line: `limitation of power consumption (ChargingStation)`.
pub fn line(offers: &Offers) -> String {
    let words = offers.in_words();
    let words = if words.is_empty() { "no use case".to_owned() } else { words.join(", ") };
    let kind = offers.device_type.as_ref().map_or(String::new(), |kind| format!(" ({kind})"));
    safe(&format!("{words}{kind}"))
}

/// What it is, then its use cases, a line each.
pub fn lines(offers: &Offers) -> Vec<String> {
    let of_device = [Some(what(offers)), entities(offers)];
    let use_cases = match &offers.use_cases {
        None => vec!["it has not told its use cases".to_owned()],
        Some(none) if none.is_empty() => vec!["no use case".to_owned()],
        Some(some) => some.iter().map(use_case).collect(),
    };
    let cut = offers.cut.then(|| "and more than is kept".to_owned());
    let lines = of_device.into_iter().flatten().chain(use_cases).chain(cut);
    lines.map(|line| safe(&line)).collect()
}

/// What a device is: `ChargingStation, 1 entity, 5 features`.
pub fn what(offers: &Offers) -> String {
    let kind = offers.device_type.as_deref().unwrap_or("a device of unknown type");
    let features = offers.entities.iter().map(|entity| entity.features.len() as u64).sum();
    let entities = match offers.entities.len() as u64 {
        1 => "1 entity".to_owned(),
        n => format!("{n} entities"),
    };
    format!("{kind}, {entities}, {}", count(features, "feature"))
}

/// Its entities: `[1] EVSE, [1,1] EV`.
fn entities(offers: &Offers) -> Option<String> {
    let names: Vec<String> = offers.entities.iter().map(entity).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// An entity: `[1] EVSE`.
pub fn entity(entity: &OfferedEntity) -> String {
    let kind = entity.kind.as_deref().unwrap_or("?");
    format!("[{}] {kind}", numbers(&entity.address, ","))
}

/// The features of an entity: `LoadControl server, Measurement server`.
pub fn features(entity: &OfferedEntity) -> String {
    let name = |one: &Option<String>| one.clone().unwrap_or_else(|| "?".to_owned());
    let features = entity.features.iter();
    let features: Vec<String> =
        features.map(|it| format!("{} {}", name(&it.kind), name(&it.role))).collect();
    features.join(", ")
}

/// A use case: `limitation of power consumption · ControllableSystem 1.0.0 · scenarios 1 2 3 4`.
pub fn use_case(case: &OfferedUseCase) -> String {
    let part: Vec<&str> =
        [&case.actor, &case.version].into_iter().flatten().map(|it| &**it).collect();
    let mut words = vec![case.in_words(), part.join(" ")];
    words.push(match &*case.scenarios {
        [] => String::new(),
        some => format!("scenarios {}", numbers(some, " ")),
    });
    words.push(if case.available { "" } else { "not available now" }.to_owned());
    words.retain(|word| !word.is_empty());
    words.join(" · ")
}

fn numbers(numbers: &[u64], between: &str) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spine::OfferedFeature;

    #[test]
    fn what_a_device_offers_is_told_in_words() {
        let feature =
            OfferedFeature { kind: Some("LoadControl".into()), role: Some("server".into()) };
        let entity =
            OfferedEntity { address: vec![1, 1], kind: Some("EV".into()), features: vec![feature] };
        let case = OfferedUseCase {
            name: "evStateOfCharge".into(),
            actor: Some("EV".into()),
            version: Some("1.0.0".into()),
            scenarios: vec![1, 2],
            available: false,
            entity: vec![1, 1],
        };
        let mut offers = Offers {
            device_type: Some("ChargingStation".into()),
            entities: vec![entity],
            use_cases: Some(vec![case]),
            ..Offers::default()
        };
        assert_eq!(line(&offers), "EV state of charge (ChargingStation)");
        assert_eq!(
            lines(&offers),
            [
                "ChargingStation, 1 entity, 1 feature",
                "[1,1] EV",
                "EV state of charge · EV 1.0.0 · scenarios 1 2 · not available now",
            ]
        );
        assert_eq!(features(&offers.entities[0]), "LoadControl server");
        offers.use_cases = Some(Vec::new());
        assert_eq!(line(&offers), "no use case (ChargingStation)");
        let nothing =
            ["a device of unknown type, 0 entities, 0 features", "it has not told its use cases"];
        assert_eq!(lines(&Offers::default()), nothing);
    }
}
