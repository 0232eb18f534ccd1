//! Devices that end every connection, each for its own reason, as `pair --keep` and its trace report
//! them. The hub that runs is in `tests/lab`.

use std::thread;

use super::kit::*;

/// Pairs with a device of this fault and stays until a finding with this code; what the trace shows of
/// findings.
fn kept(fault: &str, code: &str) -> (String, String) {
    let (us, devices) = (Shipctl::new(), Shipctl::new());
    let mut simulation =
        Running::start(devices.command(&["--no-mdns", "--json", "simulate", "--fault", fault]));
    let device = simulation.wait_for("device");
    let (ski, trace) = (device["ski"].as_str().unwrap(), us.path("trace"));
    let address = format!("127.0.0.1:{}", device["port"]);
    let pair = ["pair", ski, "--address", &address, "--keep", "--json", "--trace", &trace];
    let mut pairing = us.start(&pair);
    let found = pairing.wait_until(code, |line| line["code"] == code);
    pairing.signal("INT");
    pairing.end();
    let shown = us.run(&["trace", "show", &trace]).done().out.clone();
    (found["seen"].as_str().unwrap().to_owned(), shown)
}

#[test]
fn three_reasons_to_end_every_connection_are_three_verdicts_in_pair_and_trace() {
    let cases = [
        ("finds-nothing", "DAT-03", "read our use cases, found none, and left, 2 times in a row"),
        ("no-place", "HEL-08", "has no place for us, 3 times in a row"),
        ("restarts", "CLS-03", "1001 (going away: it restarts or is switched off)"),
    ];
    let told: Vec<_> = cases
        .map(|(fault, code, _)| thread::spawn(move || kept(fault, code)))
        .into_iter()
        .map(|kept| kept.join().unwrap())
        .collect();
    for ((fault, code, words), (seen, trace)) in cases.into_iter().zip(told) {
        assert!(seen.contains(words), "{fault}: {seen}");
        assert!(trace.contains(code), "{fault}: {trace}");
        for (_, other, _) in cases.into_iter().filter(|case| case.1 != code && case.1 != "CLS-03") {
            assert!(!trace.contains(other), "{fault}: {other} in {trace}");
        }
    }
}
