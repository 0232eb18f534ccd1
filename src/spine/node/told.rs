//! What we tell of ourselves: what we consist of, and which use cases we support.

use super::{DISCOVERY, MANAGEMENT, SUBSCRIBE, UNSUBSCRIBE, USE_CASES};
use crate::spine::{
    model::{Entity, Feature, Model, Role, UseCase},
    write::{
        Described, Device, DeviceAddress, Discovery, Entity as EntityEntry, EntityAddress,
        Feature as FeatureEntry, FeatureAddress, OfActor, Operations, Supported, Tag,
        UseCaseSupport, UseCases, VERSION, Versions, WithinDevice,
    },
};

const SUPPORTED: [Supported; 4] = {
    const fn supported(function: &'static str, read: Option<Tag>) -> Supported {
        Supported { function, possible_operations: Operations { read } }
    }
    [
        supported(DISCOVERY, Some(Tag {})),
        supported(USE_CASES, Some(Tag {})),
        supported(SUBSCRIBE, None),
        supported(UNSUBSCRIBE, None),
    ]
};

pub(super) fn discovery<'a>(address: &'a str, model: &'a Model) -> Discovery<'a> {
    const MANAGING: Feature = Feature { kind: MANAGEMENT, role: Role::Special };
    let entities = [("DeviceInformation", 0)].into_iter().chain(kinds(model));
    let of_entity = |(n, entity): (u64, &'a Entity)| {
        entity.features.iter().zip(1..).map(move |(feature, m)| (n, m, feature, &SUPPORTED[..0]))
    };
    let features = (1..).zip(model.entities).flat_map(of_entity);
    let features = [(0, 0, &MANAGING, &SUPPORTED[..])].into_iter().chain(features);
    Discovery {
        specification_version_list: Some(Versions { specification_version: [VERSION] }),
        device_information: Some(Described {
            description: Device {
                device_address: DeviceAddress { device: address },
                device_type: model.device_type,
                network_feature_set: "smart",
            },
        }),
        entity_information: entities
            .map(|(kind, n)| EntityEntry {
                entity_address: EntityAddress { entity: [n] },
                entity_type: kind,
            })
            .map(|description| Described { description })
            .collect(),
        feature_information: features
            .map(|(n, m, feature, supported_function)| FeatureEntry {
                feature_address: WithinDevice { entity: [n], feature: m },
                feature_type: feature.kind,
                role: feature.role,
                supported_function,
            })
            .map(|description| Described { description })
            .collect(),
    }
}

fn kinds(model: &Model) -> impl Iterator<Item = (&'static str, u64)> {
    model.entities.iter().zip(1..).map(|(entity, n)| (entity.kind, n))
}

pub(super) fn use_cases<'a>(address: &'a str, model: &'a Model) -> UseCases<'a> {
    let of = |case: &'a UseCase| OfActor {
        address: FeatureAddress::within(address, std::slice::from_ref(&case.entity)),
        actor: case.actor,
        use_case_support: vec![UseCaseSupport {
            use_case_name: case.name,
            use_case_version: case.version,
            use_case_available: true,
            scenario_support: case.scenarios,
            use_case_document_sub_revision: "release",
        }],
    };
    UseCases { use_case_information: model.use_cases.iter().map(of).collect() }
}
