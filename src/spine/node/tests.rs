//! A device that asks and answers: what is said in SPINE, datagram by datagram.

use super::*;
use crate::{
    proto::codec::plain::to_plain,
    spine::{Entity, Feature, Role, UseCase, summary},
};

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
    let said: Vec<_> = taken.say.iter().map(|said| summary(said).unwrap().to_string()).collect();
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
        assert_eq!(taken, Taken { news: Some(News::Changed), ..Taken::default() });
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
