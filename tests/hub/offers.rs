//! What a peer offers: asked on every completed connection, told when known, missed in time.

use std::time::Duration;

use shipctl::{
    checks::Code,
    hub::{Command, Config, DoubleConnection, EventKind, Rules, Spine, offers::Lack},
    proto::{
        ConnectionState::Completed,
        message::{Data, SPINE},
    },
    spine::{Model, Offers, Role, summary},
};

use crate::world::{NodeId, World, kinds, peer, secs, two_hubs};

const WALLBOX: Model = Model {
    device_type: "ChargingStation",
    entities: &[shipctl::spine::Entity {
        kind: "EVSE",
        features: &[shipctl::spine::Feature { kind: "LoadControl", role: Role::Server }],
    }],
    use_cases: &[shipctl::spine::UseCase {
        entity: 1,
        actor: "ControllableSystem",
        name: "limitationOfPowerConsumption",
        version: "1.0.0",
        scenarios: &[1, 2],
    }],
};

/// It asks, as the program does.
fn asks(config: &mut Config) {
    config.spine = Some(Spine::default());
}

/// It is such a device, and does not care who we are.
fn is(model: Model) -> impl FnOnce(&mut Config) {
    move |config| config.spine = Some(Spine { model, patience: None })
}

fn pair(device: impl FnOnce(&mut Config)) -> (World, NodeId, NodeId) {
    let mut w = World::new(1);
    let (us, it) = (w.hub(1, asks), w.hub(2, device));
    w.paired(us, it);
    (w, us, it)
}

/// What somebody heard in SPINE, in a line each.
fn heard(w: &World, by: NodeId) -> Vec<String> {
    let data = |event: &shipctl::hub::Event| match &event.kind {
        EventKind::Data(data) => Some(summary(&data.payload).unwrap().to_string()),
        _ => None,
    };
    w.events(by).iter().filter_map(data).collect()
}

fn told(w: &World, by: NodeId, of: NodeId) -> Vec<Offers> {
    let told = |kind: &EventKind| match kind {
        EventKind::Offers(offers) => Some(*offers.clone()),
        _ => None,
    };
    kinds(w.events(by), w.ski(of)).filter_map(told).collect()
}

fn lacks(w: &World, by: NodeId) -> Vec<Lack> {
    let lack = |event: &shipctl::hub::Event| match event.kind {
        EventKind::NoOffers { lack, waited } => {
            assert_eq!(waited, secs(30));
            Some(lack)
        }
        _ => None,
    };
    w.events(by).iter().filter_map(lack).collect()
}

/// A datagram of the device; with a counter of its own for each.
fn says(w: &mut World, it: NodeId, us: NodeId, counter: u64, classifier: &str, command: &str) {
    let payload = format!(
        r#"{{"datagram":{{"header":{{"addressSource":{{"device":"it","entity":[0],"feature":0}},"addressDestination":{{"entity":[0],"feature":0}},"msgCounter":{counter},"cmdClassifier":"{classifier}"}},"payload":{{"cmd":[{command}]}}}}}}"#
    );
    let (ski, data) = (w.ski(us), Data { protocol_id: SPINE.to_owned(), payload });
    w.told(it, Command::Send { ski, data });
    w.run(Duration::from_millis(10));
}

#[test]
fn both_sides_know_what_the_other_one_offers_right_after_the_handshake() {
    let (mut w, us, it) = pair(is(WALLBOX));
    let offers = peer(&w, us, it).offers.expect("it was told");
    assert_eq!(offers.device.as_deref(), Some("d:_i:1_u:node-2"));
    assert_eq!(offers.device_type.as_deref(), Some("ChargingStation"));
    assert_eq!(offers.entities[0].features[0].kind.as_deref(), Some("LoadControl"));
    assert_eq!(offers.in_words(), ["limitation of power consumption"]);
    assert_eq!(told(&w, us, it), [offers]);
    let ours = peer(&w, it, us).offers.expect("it was told");
    assert_eq!(ours.device_type.as_deref(), Some("EnergyManagementSystem"));
    assert_eq!((ours.entities.len(), ours.use_cases), (0, Some(Vec::new())));
    let before = heard(&w, us).len();
    w.run(secs(1000));
    assert_eq!((lacks(&w, us), lacks(&w, it)), (vec![], vec![]));
    assert_eq!(heard(&w, us).len(), before, "and then they fall silent");
}

/// AMDATA: it does not wait for access methods, and what it asks completes our handshake.
#[test]
fn a_question_that_comes_before_access_methods_is_answered() {
    let (w, us, it) = pair(|config| {
        is(WALLBOX)(config);
        config.ask_access_methods = false;
    });
    assert_eq!((told(&w, us, it).len(), told(&w, it, us).len()), (1, 1));
    let reads = |by| heard(&w, by).iter().filter(|said| said.starts_with("read")).count();
    assert_eq!((reads(us), reads(it)), (2, 2), "nothing had to be asked twice");
}

#[test]
fn a_peer_that_says_nothing_is_asked_twice_and_found_once() {
    let (mut w, us, it) = pair(|_| {});
    w.run(secs(28));
    assert_eq!((lacks(&w, us), peer(&w, us, it).findings.len()), (vec![], 0));
    w.run(secs(2));
    assert_eq!(lacks(&w, us), [Lack::Silent]);
    w.run(secs(1000));
    assert_eq!(lacks(&w, us), [Lack::Silent]);
    let found = &peer(&w, us, it).findings[0];
    assert_eq!((found.finding.code, found.count), (Code::Dat02, 1));
    assert!(found.finding.seen.contains("30 s"), "{}", found.finding.seen);
    let read = "read nodeManagementDetailedDiscoveryData";
    assert_eq!(heard(&w, it), [format!("{read} #1"), format!("{read} #2")]);
    assert_eq!((peer(&w, us, it).offers, w.state(us, it)), (None, Completed));
}

#[test]
fn a_peer_that_talks_without_telling_what_it_offers_is_found_as_well() {
    let (mut w, us, it) = pair(|_| {});
    says(&mut w, it, us, 1, "notify", r#"{"measurementListData":{}}"#);
    w.run(secs(60));
    assert_eq!(lacks(&w, us), [Lack::Untold]);
}

#[test]
fn peer_that_tells_what_it_consists_of_and_no_use_cases_is_kept_as_far_as_it_told() {
    let (mut w, us, it) = pair(|_| {});
    let device = r#"{"nodeManagementDetailedDiscoveryData":{"deviceInformation":{"description":{"deviceType":"ChargingStation"}}}}"#;
    says(&mut w, it, us, 1, "reply", device);
    assert_eq!(told(&w, us, it), [], "its use cases may still come");
    w.run(secs(2));
    let told = told(&w, us, it);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].device_type.as_deref(), Some("ChargingStation"));
    assert_eq!(told[0].use_cases, None);
    assert_eq!(peer(&w, us, it).offers.as_ref(), Some(&told[0]));
    w.run(secs(60));
    assert_eq!(lacks(&w, us), [Lack::Untold]);
}

#[test]
fn a_peer_without_a_use_case_is_found_when_its_time_is_over() {
    let (mut w, us, it) = pair(is(Model::BARE));
    assert_eq!(told(&w, us, it).len(), 1);
    w.run(secs(28));
    assert_eq!(lacks(&w, us), []);
    w.run(secs(60));
    assert_eq!(lacks(&w, us), [Lack::NoUseCase]);
}

#[test]
fn where_it_is_switched_off_nothing_is_sent_and_nothing_is_missed() {
    let (mut w, a, b) = two_hubs(1);
    w.paired(a, b);
    says(&mut w, b, a, 1, "read", r#"{"nodeManagementUseCaseData":{}}"#);
    w.run(secs(1000));
    assert_eq!(heard(&w, b), Vec::<String>::new());
    assert_eq!((lacks(&w, a), told(&w, a, b)), (vec![], vec![]));
    assert_eq!(heard(&w, a).len(), 1, "data is told to whoever wants it all the same");
}

#[test]
fn a_peer_that_asks_is_answered_whatever_it_asks() {
    let (mut w, us, it) = pair(|_| {});
    w.forget_events();
    for (classifier, command) in [
        ("read", r#"{"nodeManagementDetailedDiscoveryData":{}}"#),
        ("read", r#"{"nodeManagementUseCaseData":{}}"#),
        (
            "call",
            r#"{"nodeManagementSubscriptionRequestCall":{"subscriptionRequest":{"serverAddress":{"entity":[0],"feature":0}}}}"#,
        ),
        ("read", r#"{"deviceDiagnosisHeartbeatData":{}}"#),
    ] {
        says(&mut w, it, us, 7, classifier, command);
    }
    let answers: Vec<String> = heard(&w, it);
    assert_eq!(
        answers,
        [
            "reply nodeManagementDetailedDiscoveryData #2 to #7",
            "reply nodeManagementUseCaseData #3 to #7",
            "result resultData #4 to #7",
            "result resultData #5 to #7",
        ]
    );
}

#[test]
fn a_peer_that_changes_is_asked_again_once_for_all_its_changes() {
    let (mut w, us, it) = pair(is(WALLBOX));
    w.forget_events();
    for counter in 100..110 {
        says(&mut w, it, us, counter, "notify", r#"{"nodeManagementDetailedDiscoveryData":{}}"#);
    }
    w.run(secs(5));
    let reads = heard(&w, it).iter().filter(|said| said.starts_with("read")).count();
    assert_eq!(reads, 2, "{:?}", heard(&w, it));
    assert_eq!(told(&w, us, it), [], "nothing is different");
}

#[test]
fn each_connection_is_asked_anew_and_an_old_one_is_not_missed() {
    let (mut w, us, it) = pair(is(WALLBOX));
    for _ in 0..3 {
        w.cut(us, it);
        w.run(secs(25));
        assert_eq!(w.states(us, it), [Completed; 2]);
    }
    assert_eq!(told(&w, us, it).len(), 4);
    w.run(secs(100));
    assert_eq!(lacks(&w, us), []);
}

#[test]
fn a_connection_that_ends_in_time_is_not_found_fault_with() {
    let (mut w, us, it) = pair(|_| {});
    w.run(secs(20));
    let ski = w.ski(it);
    w.told(us, Command::Disconnect { ski });
    w.run(secs(100));
    assert_eq!(lacks(&w, us), []);
}

#[test]
fn what_a_peer_makes_up_is_neither_believed_nor_kept_without_bounds() {
    let (mut w, us, it) = pair(|_| {});
    let case = |n| format!(r#"{{"useCaseName":"{}{n}"}}"#, "x".repeat(500));
    let cases: Vec<String> = (0..300).map(case).collect();
    let cases = format!(
        r#"{{"nodeManagementUseCaseData":{{"useCaseInformation":[{{"useCaseSupport":[{}]}}]}}}}"#,
        cases.join(",")
    );
    // Nobody asked for it.
    says(&mut w, it, us, 1, "reply", &cases);
    assert_eq!(peer(&w, us, it).offers, None);
    says(&mut w, it, us, 2, "reply", r#"{"nodeManagementDetailedDiscoveryData":{}}"#);
    for counter in 3..20 {
        says(&mut w, it, us, counter, "reply", &cases);
    }
    let offers = peer(&w, us, it).offers.unwrap();
    assert!(offers.cut && offers.use_cases.as_ref().unwrap().len() < 100);
    assert!(serde_json::to_string(&offers).unwrap().len() < 20_000);
    assert_eq!(told(&w, us, it).len(), 1);
    assert_eq!(w.state(us, it), Completed);
}

#[test]
fn a_hub_told_to_be_silent_while_it_runs_says_nothing_on_the_next_connection() {
    let (mut w, us, it) = pair(is(WALLBOX));
    w.run(secs(1));
    assert!(!heard(&w, it).is_empty());
    let rules = Rules {
        double_connection: DoubleConnection::Initiator,
        ask_access_methods: true,
        spine: None,
    };
    w.told(us, Command::Adjust(rules));
    let ski = w.ski(it);
    w.told(us, Command::Disconnect { ski });
    w.run(secs(2));
    w.forget_events();
    w.told(us, Command::Connect { ski });
    w.run(secs(60));
    assert_eq!(w.states(us, it), [Completed; 2]);
    assert_eq!(heard(&w, it), Vec::<String>::new());
}
