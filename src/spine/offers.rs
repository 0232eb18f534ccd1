//! What another device offers, as its node management tells it. Whatever it tells, little is kept.

mod reading;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::names::{self, Part};
use crate::proto::text::visible;

pub(super) use reading::{device, use_cases};

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

    /// Whether it only acts on others, as an energy manager does: two such devices have nothing to
    /// exchange.
    pub fn is_manager(&self) -> bool {
        let mut parts = self.use_cases.iter().flatten().map(OfferedUseCase::part).peekable();
        parts.peek().is_some() && parts.all(|part| part.is_some_and(Part::is_of_manager))
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
    /// The part the device plays in it; `None` where it gave no actor, or the use case is unknown.
    pub fn part(&self) -> Option<Part> {
        names::part(&self.name, self.actor.as_deref()?)
    }

    /// Its name in words, if it is one of those of EEBUS; else as the device calls it.
    pub fn in_words(&self) -> String {
        names::of_use_case(&self.name).map_or_else(|| visible(&self.name), str::to_owned)
    }
}
