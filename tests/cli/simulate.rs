//! Simulated devices, found and paired with by the program.

use serde_json::json;
use shipctl::devices::{Fault, Persona};

use super::{
    kit::{Running, Shipctl},
    mdns::World,
};

#[test]
fn what_can_be_simulated_is_listed() {
    let shipctl = Shipctl::new();
    let listed = shipctl.run(&["simulate", "--list", "--json"]);
    let last = listed.done().last();
    assert_eq!(last["devices"].as_array().unwrap().len(), Persona::built_in().len());
    assert_eq!(last["faults"].as_array().unwrap().len(), Fault::ALL.len());
    let listed = shipctl.run(&["simulate", "--list"]);
    for fault in Fault::ALL {
        assert!(listed.done().out.contains(fault.name()), "{fault} is not in {}", listed.out);
    }
    assert!(!shipctl.state().exists(), "no identity of ours is needed");
}

#[test]
fn a_simulated_device_is_found_and_paired_with() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let mut simulation = world.start(&shipctl, &["--json", "simulate", "wallbox"]);
    let wallbox = simulation.wait_for("device");
    assert_eq!(wallbox["device"], "wallbox");
    let ski = wallbox["ski"].as_str().unwrap();
    let paired = world.start(&shipctl, &["pair", ski, "--json"]).end();
    let last = paired.done().last();
    assert_eq!(
        (&last["ski"], &last["offers"]["device_type"]),
        (&ski.into(), &json!("ChargingStation"))
    );
    assert_eq!(last["offers"]["use_cases"].as_array().unwrap().len(), 3, "{last}");
    let at_device = simulation.wait_for("completed");
    assert_eq!(at_device["device"], "wallbox");
    simulation.signal("INT");
    let ended = simulation.end();
    assert_eq!(ended.done().last()["outcome"], "ended");
}

#[cfg(unix)]
#[test]
fn kept_device_that_is_unplugged_reconnects_with_the_same_ski() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, shipctl, devices) = (World::new(), Shipctl::new(), Shipctl::new());
    let plug_in = || {
        let mut device = world.start(&devices, &["--json", "simulate", "--keep", "wallbox"]);
        let ski = device.wait_for("device")["ski"].as_str().unwrap().to_owned();
        (device, ski)
    };
    let (device, ski) = plug_in();
    world.start(&shipctl, &["pair", &ski, "--json"]).end().done();
    let mut hub = world.start(&shipctl, &["hub", "run", "--json"]);
    hub.wait_until("connected", |it| it["event"] == "completed" && it["ski"] == ski);
    device.signal("INT");
    device.end().done();
    hub.wait_until("gone", |it| it["event"] == "service_gone" && it["ski"] == ski);

    let (_device, again) = plug_in();
    assert_eq!(ski, again);
    hub.wait_until("reconnected", |it| it["event"] == "completed" && it["ski"] == ski);
    let file = devices.state().join("simulated/wallbox/identity.json");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);

    let twice = devices.run(&["simulate", "--no-mdns", "--keep", "meter", "meter"]);
    twice.failed(2, "meter cannot be simulated twice with --keep");
}

#[test]
fn a_fault_is_found_by_whoever_pairs() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let mut simulation = world.start(&shipctl, &["--json", "simulate", "--fault", "wrong-ski"]);
    let device = simulation.wait_for("device");
    let paired = world.start(&shipctl, &["pair", device["ski"].as_str().unwrap(), "--json"]).end();
    assert_eq!(paired.last()["code"], "CERT-03", "{paired:?}");
}

#[test]
fn devices_of_a_file_are_simulated_and_its_mistakes_are_told() {
    let shipctl = Shipctl::new();
    let file = shipctl.path("mine.toml");
    let simulate = ["simulate", "--no-mdns", "--json", "--persona", &file];
    std::fs::write(&file, "[[device]]\nname = 'garage'\nlike = 'meter'\nrefuses_after = '5s'\n")
        .unwrap();
    let mut simulation = Running::start(shipctl.command(&simulate));
    let device = simulation.wait_for("device");
    assert_eq!(
        (&device["device"], &device["does"]),
        (&json!("garage"), &json!("its user refuses after 5 s"))
    );
    simulation.signal("TERM");
    simulation.end().done();

    shipctl.run(&["simulate", "--persona", "/nope.toml"]).failed(74, "cannot read /nope.toml");
    std::fs::write(&file, "[[device]]\nname = 'garage'\nlike = 'metre'\n").unwrap();
    shipctl.run(&simulate).failed(78, "line 3: there is no device \"metre\" built in");
}

#[test]
fn a_mistyped_name_is_answered_with_the_nearest() {
    let shipctl = Shipctl::new();
    shipctl.run(&["simulate", "walbox"]).failed(2, "did you mean \"wallbox\"?");
    shipctl
        .run(&["simulate", "--fault", "helo-timeout"])
        .failed(2, "did you mean \"hello-timeout\"?");
}
