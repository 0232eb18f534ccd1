//! A device in the eyes of SPINE: what it consists of, and what it answers.

use serde::Serialize;

use super::{
    Address, News, offers,
    read::{self, Datagram},
    write::{
        Command, Described, Device, DeviceAddress, Discovery, Entity as EntityEntry, EntityAddress,
        Feature as FeatureEntry, Header, OfActor, Operations, ResultData, Subscribe, Subscription,
        Supported, Tag, UseCaseSupport, UseCases, VERSION, Versions, WithinDevice, payload,
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

/// A device on one connection: it counts its datagrams, and knows what it has asked.
#[derive(Clone, Debug)]
pub struct Node {
    address: String,
    model: Model,
    counter: u64,
    /// The counters of what the peer has not answered yet.
    asked_discovery: Option<u64>,
    asked_use_cases: Option<u64>,
    /// Whether we have asked to be told when the peer changes.
    subscribed: bool,
}

/// What a payload came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What to send in return, in this order.
    pub say: Vec<String>,
    /// What the peer told of itself.
    pub news: Option<News>,
}

/// The functions node management answers.
const DISCOVERY: &str = "nodeManagementDetailedDiscoveryData";
const USE_CASES: &str = "nodeManagementUseCaseData";
const SUBSCRIBE: &str = "nodeManagementSubscriptionRequestCall";
const UNSUBSCRIBE: &str = "nodeManagementSubscriptionDeleteCall";
const RESULT: &str = "resultData";

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

const MANAGEMENT: &str = "NodeManagement";

// The error numbers of `resultData`.
const NO_ERROR: u32 = 0;
const GENERAL_ERROR: u32 = 1;
const DESTINATION_UNKNOWN: u32 = 4;
const COMMAND_NOT_SUPPORTED: u32 = 6;
const COMMAND_REJECTED: u32 = 7;

/// The longest payload that is read. What a device consists of takes tens of KiB.
const LONGEST: usize = 256 << 10;

impl Model {
    /// Node management and nothing else: an energy management system that only looks.
    pub const BARE: Self =
        Self { device_type: "EnergyManagementSystem", entities: &[], use_cases: &[] };
}

impl Node {
    /// A device of this address, `d:_i:46925_wallbox` for one, that has sent nothing yet.
    pub fn new(address: impl Into<String>, model: Model) -> Self {
        Self {
            address: address.into(),
            model,
            counter: 0,
            asked_discovery: None,
            asked_use_cases: None,
            subscribed: false,
        }
    }

    /// What every device asks first: what the other one consists of. The payload of SHIP data. Its
    /// answer is followed by what there is to ask next.
    pub fn ask_discovery(&mut self) -> String {
        let asked = self.ask(&Address::default(), Command::Discovery(Discovery::default()));
        self.asked_discovery = Some(self.counter);
        asked
    }

    /// What it asks next: which use cases the device behind this address supports.
    fn ask_use_cases(&mut self, of: &Address) -> String {
        let asked = self.ask(of, Command::UseCases(UseCases::default()));
        self.asked_use_cases = Some(self.counter);
        asked
    }

    /// Asks to be told when what the device behind this address consists of changes.
    fn subscribe(&mut self, to: &Address) -> String {
        self.subscribed = true;
        let device = self.address.clone();
        let (client, server) = (management(Some(device.clone())), management(to.device.clone()));
        let subscription_request = Subscription {
            client_address: (&client).into(),
            server_address: (&server).into(),
            server_feature_type: MANAGEMENT,
        };
        let command = Command::Subscribe(Subscribe { subscription_request });
        self.datagram("call", &device, &management(None), &server, None, command)
    }

    /// Takes in a payload. What is no datagram, is far too long, or cannot be referred to because it
    /// has no counter, is not answered.
    pub fn take(&mut self, payload: &str) -> Taken {
        let read = Some(payload).filter(|payload| payload.len() <= LONGEST);
        let Some(datagram) = read.and_then(read::datagram) else { return Taken::default() };
        let news = self.learn(&datagram);
        let mut say: Vec<String> = self.answer(&datagram).into_iter().collect();
        let discovered = matches!(news, Some(News::Device(_)));
        // One that does not tell what it consists of may tell its use cases all the same.
        if discovered || self.is_refusal(&datagram, self.asked_discovery) {
            self.asked_discovery = None;
            if discovered && !self.subscribed {
                say.push(self.subscribe(&datagram.from));
            }
            say.push(self.ask_use_cases(&datagram.from));
        }
        Taken { say, news }
    }

    /// What the peer tells of itself: an answer to what we asked, or that it has changed.
    fn learn(&mut self, datagram: &Datagram) -> Option<News> {
        let (function, data) = (datagram.function.as_deref()?, &datagram.data);
        match (datagram.classifier.as_deref()?, function) {
            ("reply", DISCOVERY) => {
                self.asked_discovery.take()?;
                Some(News::Device(Box::new(offers::device(data))))
            }
            ("reply", USE_CASES) => {
                self.asked_use_cases.take()?;
                let (use_cases, cut) = offers::use_cases(data);
                Some(News::UseCases(use_cases, cut))
            }
            ("notify", DISCOVERY | USE_CASES) => Some(News::Changed),
            ("result", RESULT) if self.is_refusal(datagram, self.asked_use_cases) => {
                self.asked_use_cases = None;
                Some(News::UseCases(Vec::new(), false))
            }
            _ => None,
        }
    }

    /// Whether the peer refuses what we asked with this counter.
    fn is_refusal(&self, datagram: &Datagram, asked: Option<u64>) -> bool {
        datagram.function.as_deref() == Some(RESULT)
            && asked.is_some()
            && datagram.reference == asked
            && read::number(&datagram.data["errorNumber"]) != Some(NO_ERROR.into())
    }

    fn answer(&mut self, datagram: &Datagram) -> Option<String> {
        let counter = datagram.counter?;
        let function = datagram.function.as_deref().unwrap_or_default();
        let result = |error, description| {
            let data = ResultData { error_number: error, description };
            ("result", Command::Result(data))
        };
        let model = self.model;
        let address = self.address.clone();
        let elsewhere = |to: &Address| to.device.as_deref().is_some_and(|device| device != address);
        let answer = match (datagram.classifier.as_deref(), function) {
            (Some("read" | "write" | "call"), _) if elsewhere(&datagram.to) => {
                result(DESTINATION_UNKNOWN, "this is another device")
            }
            (Some("read"), DISCOVERY) => {
                let data = discovery(&address, &model);
                ("reply", Command::Discovery(data))
            }
            (Some("read"), USE_CASES) => {
                let data = use_cases(&address, &model);
                ("reply", Command::UseCases(data))
            }
            // What we consist of never changes: a subscription takes nothing to keep.
            (Some("call"), SUBSCRIBE) => {
                let request = &datagram.data["subscriptionRequest"];
                let server = read::address(&request["serverAddress"]);
                let kind = request["serverFeatureType"].as_str().unwrap_or(MANAGEMENT);
                if !elsewhere(&server) && is_management(&server) && kind == MANAGEMENT {
                    result(NO_ERROR, "")
                } else {
                    result(COMMAND_REJECTED, "only node management can be subscribed to")
                }
            }
            (Some("call"), UNSUBSCRIBE) => result(NO_ERROR, ""),
            (Some("read" | "write" | "call"), _) => {
                result(COMMAND_NOT_SUPPORTED, "this is not supported here")
            }
            (Some("reply" | "notify"), _) if datagram.ack_request => result(NO_ERROR, ""),
            // Nobody acknowledges a result.
            (Some("reply" | "notify" | "result"), _) => return None,
            _ => result(GENERAL_ERROR, "the command classifier is not known"),
        };
        let (classifier, command) = answer;
        let from = if datagram.to.entity.is_empty() { &management(None) } else { &datagram.to };
        let to = &datagram.from;
        Some(self.datagram(classifier, &address, from, to, Some(counter), command))
    }

    fn ask(&mut self, of: &Address, command: Command<'_>) -> String {
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
            // What is read is answered anyway.
            ack_request: classifier == "call",
        };
        payload(header, command)
    }
}

/// Node management: the feature 0 of the entity `[0]` every device has.
fn management(device: Option<String>) -> Address {
    Address { device, entity: vec![0], feature: Some(0) }
}

fn is_management(address: &Address) -> bool {
    address.entity == [0] && address.feature == Some(0)
}

fn discovery<'a>(address: &'a str, model: &'a Model) -> Discovery<'a> {
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

    /// A datagram of a peer to our node management.
    fn from_peer(classifier: &str, function: &str, more: &str, data: &str) -> String {
        format!(
            r#"{{"datagram":[{{"header":[{{"addressSource":[{{"device":"h"}},{{"entity":[1]}},{{"feature":9}}]}},{{"addressDestination":[{{"entity":[0]}},{{"feature":0}}]}},{{"msgCounter":7}},{{"cmdClassifier":"{classifier}"}}{more}]}},{{"payload":[{{"cmd":[[{{"{function}":{data}}}]]}}]}}]}}"#
        )
    }

    fn ask(classifier: &str, function: &str, ack: bool) -> Vec<String> {
        let ack = if ack { r#",{"ackRequest":true}"# } else { "" };
        node().take(&from_peer(classifier, function, ack, "[]")).say
    }

    /// The error number in an answer, which must be a result that refers to what was asked.
    fn error_of(answers: &[String]) -> Option<u32> {
        let [answer] = answers else { panic!("{answers:?}") };
        let said = summary(answer).unwrap();
        assert_eq!((said.classifier.as_deref(), said.reference), (Some("result"), Some(7)));
        (0..20).find(|n| answer.contains(&format!(r#""resultData":[{{"errorNumber":{n}}}"#)))
    }

    #[test]
    fn a_discovery_read_is_replied_to_field_by_field() {
        let [reply] = ask("read", DISCOVERY, false).try_into().unwrap();
        let expected = r#"{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"addressSource":[{"device":"d:_i:1_w"},{"entity":[0]},{"feature":0}]},{"addressDestination":[{"device":"h"},{"entity":[1]},{"feature":9}]},{"msgCounter":1},{"msgCounterReference":7},{"cmdClassifier":"reply"}]},{"payload":[{"cmd":[[{"nodeManagementDetailedDiscoveryData":[{"specificationVersionList":[{"specificationVersion":["1.3.0"]}]},{"deviceInformation":[{"description":[{"deviceAddress":[{"device":"d:_i:1_w"}]},{"deviceType":"ChargingStation"},{"networkFeatureSet":"smart"}]}]},{"entityInformation":[[{"description":[{"entityAddress":[{"entity":[0]}]},{"entityType":"DeviceInformation"}]}],[{"description":[{"entityAddress":[{"entity":[1]}]},{"entityType":"EVSE"}]}]]},{"featureInformation":[[{"description":[{"featureAddress":[{"entity":[0]},{"feature":0}]},{"featureType":"NodeManagement"},{"role":"special"},{"supportedFunction":[[{"function":"nodeManagementDetailedDiscoveryData"},{"possibleOperations":[{"read":[]}]}],[{"function":"nodeManagementUseCaseData"},{"possibleOperations":[{"read":[]}]}],[{"function":"nodeManagementSubscriptionRequestCall"},{"possibleOperations":[]}],[{"function":"nodeManagementSubscriptionDeleteCall"},{"possibleOperations":[]}]]}]}],[{"description":[{"featureAddress":[{"entity":[1]},{"feature":1}]},{"featureType":"DeviceDiagnosis"},{"role":"server"}]}]]}]}]]}]}]}"#;
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
            ("call", "nodeManagementBindingRequestCall", false, Some(6)),
            ("read", "deviceDiagnosisHeartbeatData", false, Some(6)),
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
            assert_eq!(error_of(&answers), Some(error), "{classifier} {function}");
        }
    }

    #[test]
    fn node_management_can_be_subscribed_to_and_nothing_else() {
        for (server, error) in [
            (r#"{"serverAddress":[{"device":"d:_i:1_w"},{"entity":[0]},{"feature":0}]}"#, 0),
            (
                r#"{"serverAddress":[{"entity":[0]},{"feature":0}]},{"serverFeatureType":"NodeManagement"}"#,
                0,
            ),
            (
                r#"{"serverAddress":[{"entity":[1]},{"feature":1}]},{"serverFeatureType":"DeviceDiagnosis"}"#,
                7,
            ),
            (r#"{"serverAddress":[{"device":"x"},{"entity":[0]},{"feature":0}]}"#, 7),
            (r#"{"serverAddress":[]}"#, 7),
        ] {
            let data = format!(
                r#"[{{"subscriptionRequest":[{{"clientAddress":[{{"device":"h"}}]}},{server}]}}]"#
            );
            let answers = node().take(&from_peer("call", SUBSCRIBE, "", &data)).say;
            assert_eq!(error_of(&answers), Some(error), "{server}");
        }
        assert_eq!(error_of(&ask("call", UNSUBSCRIBE, true)), Some(0));
    }

    /// Our node after its peer told what it consists of, and what it says then.
    fn discovered() -> (Node, Taken) {
        let mut node = node();
        node.ask_discovery();
        let taken = node.take(&from_peer("reply", DISCOVERY, "", "[]"));
        (node, taken)
    }

    #[test]
    fn behind_the_discovery_it_subscribes_once_and_asks_for_the_use_cases() {
        let (mut node, taken) = discovered();
        let said: Vec<_> =
            taken.say.iter().map(|said| summary(said).unwrap().to_string()).collect();
        assert_eq!(
            said,
            [format!("call {SUBSCRIBE} #2 (wants a result)"), format!("read {USE_CASES} #3")]
        );
        let expected = r#""subscriptionRequest":{"clientAddress":{"device":"d:_i:1_w","entity":[0],"feature":0},"serverAddress":{"device":"h","entity":[0],"feature":0},"serverFeatureType":"NodeManagement"}"#;
        assert!(to_plain(&taken.say[0]).unwrap().contains(expected), "{}", taken.say[0]);
        assert_eq!(taken.news, Some(News::Device(Box::default())));
        node.ask_discovery();
        assert_eq!(node.take(&from_peer("reply", DISCOVERY, "", "[]")).say.len(), 1);
    }

    #[test]
    fn only_what_was_asked_for_is_believed() {
        for function in [DISCOVERY, USE_CASES] {
            assert_eq!(node().take(&from_peer("reply", function, "", "[]")), Taken::default());
        }
        let (mut node, _) = discovered();
        assert_eq!(node.take(&from_peer("reply", DISCOVERY, "", "[]")), Taken::default());
        let use_cases = from_peer("reply", USE_CASES, "", "[]");
        assert_eq!(node.take(&use_cases).news, Some(News::UseCases(Vec::new(), false)));
        assert_eq!(node.take(&use_cases), Taken::default());
    }

    #[test]
    fn a_peer_that_refuses_to_tell_has_told() {
        let refusal = |reference: u64| {
            let reference = format!(r#",{{"msgCounterReference":{reference}}}"#);
            from_peer("result", RESULT, &reference, r#"[{"errorNumber":6}]"#)
        };
        let (mut node, _) = discovered();
        assert_eq!(node.take(&refusal(2)), Taken::default(), "the subscription");
        assert_eq!(node.take(&refusal(3)).news, Some(News::UseCases(Vec::new(), false)));
        let mut node = super::Node::new("d:_i:1_w", WALLBOX);
        node.ask_discovery();
        let taken = node.take(&refusal(1));
        let said = summary(&taken.say[0]).unwrap().to_string();
        assert_eq!((taken.news, said), (None, format!("read {USE_CASES} #2")));
    }

    #[test]
    fn a_notification_says_that_something_changed() {
        for function in [DISCOVERY, USE_CASES] {
            let taken = node().take(&from_peer("notify", function, "", "[]"));
            assert_eq!(taken, Taken { say: Vec::new(), news: Some(News::Changed) });
        }
    }

    #[test]
    fn what_is_far_too_long_is_not_read() {
        let data = format!(r#"[{{"x":"{}"}}]"#, "x".repeat(LONGEST));
        assert_eq!(node().take(&from_peer("read", DISCOVERY, "", &data)), Taken::default());
    }

    #[test]
    fn two_devices_discover_each_other_and_fall_silent() {
        let (mut a, mut b) = (Node::new("a", WALLBOX), Node::new("b", WALLBOX));
        let mut waiting = vec![(true, a.ask_discovery()), (false, b.ask_discovery())];
        let mut said = Vec::new();
        while let Some((to_b, payload)) = waiting.pop() {
            said.push(summary(&payload).unwrap().to_string());
            let answers = if to_b { b.take(&payload).say } else { a.take(&payload).say };
            waiting.extend(answers.into_iter().map(|answer| (!to_b, answer)));
            assert!(said.len() < 20, "{said:?}");
        }
        let count = |what: &str| said.iter().filter(|said| said.starts_with(what)).count();
        assert_eq!(said.len(), 12, "{said:?}");
        assert_eq!(
            (count(&format!("reply {USE_CASES}")), count(&format!("reply {DISCOVERY}"))),
            (2, 2)
        );
    }

    #[test]
    fn what_is_meant_for_another_device_or_is_garbage_gets_no_data() {
        let other = r#"{"datagram":{"header":{"addressDestination":{"device":"x"},"msgCounter":1,"cmdClassifier":"read"},"payload":{"cmd":[{"nodeManagementDetailedDiscoveryData":{}}]}}}"#;
        assert!(node().take(other).say[0].contains(r#""errorNumber":4"#));
        for garbage in ["", "{}", r#"{"datagram":{"header":{"cmdClassifier":"read"}}}"#] {
            assert!(node().take(garbage).say.is_empty(), "{garbage}");
        }
    }
}
