//! A device in the eyes of SPINE: what it consists of, and what it answers.

use serde::Serialize;

use super::{
    Address, read,
    write::{
        Command, Described, Device, DeviceAddress, Discovery, Entity as EntityEntry, EntityAddress,
        Feature as FeatureEntry, Header, OfActor, Operations, ResultData, Supported, Tag,
        UseCaseSupport, UseCases, VERSION, Versions, WithinDevice, payload,
    },
};

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

/// A device on one connection: it counts its datagrams.
#[derive(Clone, Debug)]
pub struct Node {
    address: String,
    model: Model,
    counter: u64,
}

/// The functions node management answers.
const DISCOVERY: &str = "nodeManagementDetailedDiscoveryData";
const USE_CASES: &str = "nodeManagementUseCaseData";

const SUPPORTED: [Supported; 2] = [
    Supported { function: DISCOVERY, possible_operations: Operations { read: Tag {} } },
    Supported { function: USE_CASES, possible_operations: Operations { read: Tag {} } },
];

// The error numbers of `resultData`.
const NO_ERROR: u32 = 0;
const GENERAL_ERROR: u32 = 1;
const DESTINATION_UNKNOWN: u32 = 4;
const COMMAND_NOT_SUPPORTED: u32 = 6;

impl Node {
    /// A device of this address, `d:_i:46925_wallbox` for one, that has sent nothing yet.
    pub fn new(address: impl Into<String>, model: Model) -> Self {
        Self { address: address.into(), model, counter: 0 }
    }

    /// What every device asks first: what the other one consists of. The payload of SHIP data.
    pub fn ask_discovery(&mut self) -> String {
        self.ask(&Address::default(), Command::Discovery(Discovery::default()))
    }

    /// What it asks next: which use cases the device behind this address supports.
    fn ask_use_cases(&mut self, of: &Address) -> String {
        self.ask(of, Command::UseCases(UseCases::default()))
    }

    /// Takes in a payload and gives what to send in return, in this order. What is no datagram, or
    /// cannot be referred to because it has no counter, is not answered.
    pub fn take(&mut self, payload: &str) -> Vec<String> {
        let Some(datagram) = read::datagram(payload) else { return Vec::new() };
        let Some(counter) = datagram.counter else { return Vec::new() };
        let function = datagram.function.as_deref().unwrap_or_default();
        let result = |error, description| {
            let data = ResultData { error_number: error, description };
            ("result", Command::Result(data))
        };
        let model = self.model;
        let address = self.address.clone();
        let elsewhere = datagram.to.device.as_deref().is_some_and(|device| device != address);
        let answer = match (datagram.classifier.as_deref(), function) {
            (Some("read" | "write" | "call"), _) if elsewhere => {
                Some(result(DESTINATION_UNKNOWN, "this is another device"))
            }
            (Some("read"), DISCOVERY) => {
                let data = discovery(&address, &model);
                Some(("reply", Command::Discovery(data)))
            }
            (Some("read"), USE_CASES) => {
                let data = use_cases(&address, &model);
                Some(("reply", Command::UseCases(data)))
            }
            (Some("read" | "write" | "call"), _) => {
                Some(result(COMMAND_NOT_SUPPORTED, "a simulated device does not support this"))
            }
            (Some("reply" | "notify"), _) => datagram.ack_request.then(|| result(NO_ERROR, "")),
            // Nobody acknowledges a result.
            (Some("result"), _) => None,
            _ => Some(result(GENERAL_ERROR, "the command classifier is not known")),
        };
        let answer = answer.map(|(classifier, command)| {
            self.datagram(
                classifier,
                &address,
                &datagram.to,
                &datagram.from,
                Some(counter),
                command,
            )
        });
        let discovered = datagram.classifier.as_deref() == Some("reply") && function == DISCOVERY;
        let next = discovered.then(|| self.ask_use_cases(&datagram.from));
        answer.into_iter().chain(next).collect()
    }

    fn ask(&mut self, of: &Address, command: Command<'_>) -> String {
        let management = |device| Address { device, entity: vec![0], feature: Some(0) };
        let (address, to) = (self.address.clone(), management(of.device.clone()));
        self.datagram("read", &address, &management(None), &to, None, command)
    }

    /// A datagram from one of our features.
    fn datagram(
        &mut self,
        classifier: &'static str,
        device: &str,
        from: &Address,
        to: &Address,
        reference: Option<u64>,
        command: Command<'_>,
    ) -> String {
        self.counter += 1;
        let from = Address { device: Some(device.to_owned()), ..from.clone() };
        let header = Header {
            specification_version: VERSION,
            address_source: (&from).into(),
            address_destination: to.into(),
            msg_counter: self.counter,
            msg_counter_reference: reference,
            cmd_classifier: classifier,
        };
        payload(header, command)
    }
}

fn discovery<'a>(address: &'a str, model: &'a Model) -> Discovery<'a> {
    const MANAGEMENT: Feature = Feature { kind: "NodeManagement", role: Role::Special };
    let entities = [("DeviceInformation", 0)].into_iter().chain(kinds(model));
    let of_entity = |(n, entity): (u64, &'a Entity)| {
        entity.features.iter().zip(1..).map(move |(feature, m)| (n, m, feature, &SUPPORTED[..0]))
    };
    let features = (1..).zip(model.entities).flat_map(of_entity);
    let features = [(0, 0, &MANAGEMENT, &SUPPORTED[..])].into_iter().chain(features);
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

fn use_cases<'a>(address: &'a str, model: &'a Model) -> UseCases<'a> {
    let of = |case: &'a UseCase| OfActor {
        address: super::write::FeatureAddress::within(address, std::slice::from_ref(&case.entity)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{proto::codec::plain::to_plain, spine::summary};

    const WALLBOX: Model = Model {
        device_type: "ChargingStation",
        entities: &[Entity {
            kind: "EVSE",
            features: &[Feature { kind: "DeviceDiagnosis", role: Role::Server }],
        }],
        use_cases: &[UseCase {
            entity: 1,
            actor: "EVSE",
            name: "evseCommissioningAndConfiguration",
            version: "1.0.1",
            scenarios: &[1, 2],
        }],
    };

    fn node() -> Node {
        Node::new("d:_i:1_w", WALLBOX)
    }

    fn ask(classifier: &str, function: &str, ack: bool) -> Vec<String> {
        let ack = if ack { r#",{"ackRequest":true}"# } else { "" };
        node().take(&format!(
            r#"{{"datagram":[{{"header":[{{"addressSource":[{{"device":"h"}},{{"entity":[1]}},{{"feature":9}}]}},{{"addressDestination":[{{"entity":[0]}},{{"feature":0}}]}},{{"msgCounter":7}},{{"cmdClassifier":"{classifier}"}}{ack}]}},{{"payload":[{{"cmd":[[{{"{function}":[]}}]]}}]}}]}}"#
        ))
    }

    #[test]
    fn a_discovery_read_is_replied_to_field_by_field() {
        let [reply] = ask("read", DISCOVERY, false).try_into().unwrap();
        let expected = r#"{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"addressSource":[{"device":"d:_i:1_w"},{"entity":[0]},{"feature":0}]},{"addressDestination":[{"device":"h"},{"entity":[1]},{"feature":9}]},{"msgCounter":1},{"msgCounterReference":7},{"cmdClassifier":"reply"}]},{"payload":[{"cmd":[[{"nodeManagementDetailedDiscoveryData":[{"specificationVersionList":[{"specificationVersion":["1.3.0"]}]},{"deviceInformation":[{"description":[{"deviceAddress":[{"device":"d:_i:1_w"}]},{"deviceType":"ChargingStation"},{"networkFeatureSet":"smart"}]}]},{"entityInformation":[[{"description":[{"entityAddress":[{"entity":[0]}]},{"entityType":"DeviceInformation"}]}],[{"description":[{"entityAddress":[{"entity":[1]}]},{"entityType":"EVSE"}]}]]},{"featureInformation":[[{"description":[{"featureAddress":[{"entity":[0]},{"feature":0}]},{"featureType":"NodeManagement"},{"role":"special"},{"supportedFunction":[[{"function":"nodeManagementDetailedDiscoveryData"},{"possibleOperations":[{"read":[]}]}],[{"function":"nodeManagementUseCaseData"},{"possibleOperations":[{"read":[]}]}]]}]}],[{"description":[{"featureAddress":[{"entity":[1]},{"feature":1}]},{"featureType":"DeviceDiagnosis"},{"role":"server"}]}]]}]}]]}]}]}"#;
        assert_eq!(reply, expected);
    }

    #[test]
    fn use_cases_are_replied_to() {
        let [reply] = ask("read", USE_CASES, true).try_into().unwrap();
        let data = r#""nodeManagementUseCaseData":{"useCaseInformation":[{"address":{"device":"d:_i:1_w","entity":[1]},"actor":"EVSE","useCaseSupport":[{"useCaseName":"evseCommissioningAndConfiguration","useCaseVersion":"1.0.1","useCaseAvailable":true,"scenarioSupport":[1,2],"useCaseDocumentSubRevision":"release"}]}]}"#;
        assert!(to_plain(&reply).unwrap().contains(data), "{reply}");
    }

    #[test]
    fn everything_else_is_refused_and_acknowledged_only_where_that_is_asked_for() {
        for (classifier, function, ack, error) in [
            ("read", "measurementListData", false, Some(6)),
            ("write", "loadControlLimitListData", true, Some(6)),
            ("call", "nodeManagementSubscriptionRequestCall", false, Some(6)),
            ("shout", DISCOVERY, false, Some(1)),
            ("notify", "measurementListData", true, Some(0)),
            ("notify", "measurementListData", false, None),
            ("result", "resultData", true, None),
        ] {
            let answers = ask(classifier, function, ack);
            let Some(error) = error else {
                assert!(answers.is_empty(), "{classifier}: {answers:?}");
                continue;
            };
            let [answer] = &answers[..] else { panic!("{classifier}: {answers:?}") };
            assert!(
                answer.contains(&format!(r#""resultData":[{{"errorNumber":{error}}}"#)),
                "{answer}"
            );
            let said = summary(answer).unwrap();
            assert_eq!((said.classifier.as_deref(), said.reference), (Some("result"), Some(7)));
        }
    }

    #[test]
    fn two_devices_discover_each_other_and_fall_silent() {
        let (mut a, mut b) = (Node::new("a", WALLBOX), Node::new("b", WALLBOX));
        let mut waiting = vec![(true, a.ask_discovery()), (false, b.ask_discovery())];
        let mut said = Vec::new();
        while let Some((to_b, payload)) = waiting.pop() {
            said.push(summary(&payload).unwrap().to_string());
            let answers = if to_b { b.take(&payload) } else { a.take(&payload) };
            waiting.extend(answers.into_iter().map(|answer| (!to_b, answer)));
            assert!(said.len() < 20, "{said:?}");
        }
        let count = |what: &str| said.iter().filter(|said| said.starts_with(what)).count();
        assert_eq!(said.len(), 8, "{said:?}");
        assert_eq!(
            (count(&format!("reply {USE_CASES}")), count(&format!("reply {DISCOVERY}"))),
            (2, 2)
        );
    }

    #[test]
    fn what_is_meant_for_another_device_or_is_garbage_gets_no_data() {
        let other = r#"{"datagram":{"header":{"addressDestination":{"device":"x"},"msgCounter":1,"cmdClassifier":"read"},"payload":{"cmd":[{"nodeManagementDetailedDiscoveryData":{}}]}}}"#;
        assert!(node().take(other)[0].contains(r#""errorNumber":4"#));
        for garbage in ["", "{}", r#"{"datagram":{"header":{"cmdClassifier":"read"}}}"#] {
            assert!(node().take(garbage).is_empty(), "{garbage}");
        }
    }
}
