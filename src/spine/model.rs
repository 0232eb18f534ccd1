//! What a device consists of: entities, their features, and the use cases it supports.

use serde::Serialize;

/// What a device consists of, beside the entity `[0]` every device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// `deviceType`, `ChargingStation` for one.
    pub device_type: &'static str,
    /// The entities, addressed `[1]`, `[2]` and so on.
    pub entities: &'static [Entity],
    /// The use cases it supports.
    pub use_cases: &'static [UseCase],
}

/// An entity and its features, addressed 1, 2 and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `entityType`, `EVSE` for one.
    pub kind: &'static str,
    /// Its features.
    pub features: &'static [Feature],
}

/// A feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// `featureType`, `LoadControl` for one.
    pub kind: &'static str,
    /// Who has the data.
    pub role: Role,
}

/// `role` of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It reads and writes data of others.
    Client,
    /// It has data.
    Server,
    /// Both: node management.
    Special,
}

/// A use case an entity supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseCase {
    /// The entity, counted from 1.
    pub entity: u64,
    /// `actor`, `EVSE` for one.
    pub actor: &'static str,
    /// `useCaseName`.
    pub name: &'static str,
    /// `useCaseVersion`.
    pub version: &'static str,
    /// `scenarioSupport`.
    pub scenarios: &'static [u8],
}

impl Model {
    /// Node management and nothing else: an energy management system that only looks.
    pub const BARE: Self =
        Self { device_type: "EnergyManagementSystem", entities: &[], use_cases: &[] };
}
