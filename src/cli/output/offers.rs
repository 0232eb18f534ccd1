//! What a device offers, for people.

use super::text::{count, safe};
use crate::spine::{OfferedEntity, OfferedUseCase, Offers, Part};

/// What is said of a device that has not told its use cases.
const UNTOLD: &str = "it has not told its use cases";

/// What is said of one that only acts on others.
const MANAGER: &str = "it acts on other devices only, as an energy manager does; shipctl offers nothing to act \
                       on: nothing can happen between the two";

/// Its use cases by the part it plays, and what it is, in a line:
/// `can be limited: limitation of power consumption (ChargingStation)`.
pub fn line(offers: &Offers) -> String {
    let words = match &offers.use_cases {
        None => UNTOLD.to_owned(),
        Some(none) if none.is_empty() => "no use case".to_owned(),
        Some(some) => by_part(some),
    };
    let kind = offers.device_type.as_ref().map_or(String::new(), |kind| format!(" ({kind})"));
    let manager = if offers.is_manager() { format!("; {MANAGER}") } else { String::new() };
    safe(&format!("{words}{kind}{manager}"))
}

/// Use cases in words, each once, by the part the device plays: those where that is unknown last.
fn by_part(cases: &[OfferedUseCase]) -> String {
    let mut parts: Vec<(Option<Part>, Vec<String>)> = Vec::new();
    for case in cases {
        let (part, name) = (case.part(), case.in_words());
        match parts.iter_mut().find(|(known, _)| *known == part) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => parts.push((part, vec![name])),
        }
    }
    parts.sort_by_key(|(part, _)| part.is_none());
    let part = |(part, names): &(Option<Part>, Vec<String>)| {
        let names = names.join(", ");
        part.map_or_else(|| names.clone(), |part| format!("{}: {names}", part.in_words()))
    };
    parts.iter().map(part).collect::<Vec<_>>().join("; ")
}

/// What it is, then its use cases, a line each.
pub fn lines(offers: &Offers) -> Vec<String> {
    let of_device = [Some(what(offers)), entities(offers)];
    let use_cases = match &offers.use_cases {
        None => vec![UNTOLD.to_owned()],
        Some(none) if none.is_empty() => vec!["no use case".to_owned()],
        Some(some) => some.iter().map(use_case).collect(),
    };
    let cut = offers.cut.then(|| "and more than is kept".to_owned());
    let manager = offers.is_manager().then(|| MANAGER.to_owned());
    let lines = of_device.into_iter().flatten().chain(use_cases).chain(cut).chain(manager);
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

/// A use case: `limitation of power consumption · can be limited · ControllableSystem 1.0.0 ·
/// scenarios 1 2 3 4`.
pub fn use_case(case: &OfferedUseCase) -> String {
    let part: Vec<&str> =
        [&case.actor, &case.version].into_iter().flatten().map(|it| &**it).collect();
    let plays = case.part().map_or("", Part::in_words).to_owned();
    let mut words = vec![case.in_words(), plays, part.join(" ")];
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
        assert_eq!(line(&offers), "can be monitored: EV state of charge (ChargingStation)");
        assert_eq!(
            lines(&offers),
            [
                "ChargingStation, 1 entity, 1 feature",
                "[1,1] EV",
                "EV state of charge · can be monitored · EV 1.0.0 · scenarios 1 2 · not available \
                 now",
            ]
        );
        assert_eq!(features(&offers.entities[0]), "LoadControl server");
        offers.use_cases = Some(Vec::new());
        assert_eq!(line(&offers), "no use case (ChargingStation)");
        offers.use_cases = None;
        assert_eq!(line(&offers), "it has not told its use cases (ChargingStation)");
        let nothing =
            ["a device of unknown type, 0 entities, 0 features", "it has not told its use cases"];
        assert_eq!(lines(&Offers::default()), nothing);
    }

    /// What an energy manager offers, or a device that is one as well.
    fn offering(cases: &[(&str, &str)]) -> Offers {
        let case = |(name, actor): &(&str, &str)| OfferedUseCase {
            name: (*name).into(),
            actor: Some((*actor).into()),
            ..OfferedUseCase::default()
        };
        let use_cases = Some(cases.iter().map(case).collect());
        Offers {
            device_type: Some("EnergyManagementSystem".into()),
            use_cases,
            ..Offers::default()
        }
    }

    #[test]
    fn part_of_the_device_is_told_and_that_two_managers_have_nothing_to_exchange() {
        let limit = "limitationOfPowerConsumption";
        let manager = offering(&[
            (limit, "EnergyGuard"),
            ("limitationOfPowerProduction", "EnergyGuard"),
            ("monitoringOfPowerConsumption", "MonitoringAppliance"),
        ]);
        let said = line(&manager);
        let parts = "controls: limitation of power consumption, limitation of power production; \
                     monitors: monitoring of power consumption (EnergyManagementSystem)";
        assert!(said.starts_with(parts), "{said}");
        assert!(said.ends_with("nothing can happen between the two"), "{said}");
        assert!(lines(&manager).last().unwrap().contains("nothing can happen"));
        let both = offering(&[(limit, "EnergyGuard"), (limit, "ControllableSystem")]);
        let said = line(&both);
        assert!(said.contains("can be limited: limitation of power consumption"), "{said}");
        assert!(!said.contains("nothing can happen"), "{said}");
    }
}
