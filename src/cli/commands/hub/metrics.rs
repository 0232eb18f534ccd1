//! The metrics of the hub in the text format of Prometheus. Pure.

use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
    time::Duration,
};

use crate::{hub::Snapshot, proto::ConnectionState};

/// Everything there is to measure, as Prometheus reads it.
pub(super) fn text(hub: &Snapshot) -> String {
    let metrics = &hub.metrics;
    let mut text = Text::default();
    text.one("build_info", "gauge", "The version that runs.", BUILD, 1);
    text.one("connections", "gauge", "Devices with a connection.", "", metrics.connections);
    text.one("connection_limit", "gauge", "Devices that may have one.", "", metrics.limit);
    text.one("waiting", "gauge", "Devices that wait for a place.", "", metrics.waiting);
    text.one("services", "gauge", "SHIP services seen by mDNS.", "", hub.services.len());
    let mut states: BTreeMap<ConnectionState, usize> =
        ConnectionState::ALL.iter().map(|state| (*state, 0)).collect();
    for peer in &hub.peers {
        *states.entry(peer.state).or_default() += 1;
    }
    text.begin("peers", "gauge", "Devices by their connection state.");
    for (state, count) in states {
        text.value("peers", &format!("{{state=\"{state}\"}}"), count);
    }
    for (name, what, count) in [
        ("attempts_total", "Attempts of ours and connections taken in.", metrics.attempted),
        ("attempts_decided_total", "Attempts of ours whose outcome is known.", metrics.decided),
        ("handshakes_completed_total", "Handshakes completed.", metrics.completed),
        ("connections_replaced_total", "Connections given up for another one.", metrics.replaced),
        ("connections_refused_total", "Connections turned away with 503.", metrics.refused),
        ("failures_total", "Attempts and connections that failed.", metrics.failed),
    ] {
        text.one(name, "counter", what, "", count);
    }
    let lately = metrics.failures_last_hour;
    text.one("failures_last_hour", "gauge", "Failures within the last hour.", "", lately);
    if let Some(rate) = metrics.success_rate {
        let what = "Attempts of ours that succeeded, of those decided, 0 to 1.";
        text.one("success_ratio", "gauge", what, "", rate);
    }
    if let Some(time) = metrics.connection_time {
        let what = "From the beginning of an attempt to the completed handshake.";
        text.begin("connection_seconds", "summary", what);
        for (quantile, time) in [("0.5", time.p50), ("0.9", time.p90), ("0.99", time.p99)] {
            let label = format!("{{quantile=\"{quantile}\"}}");
            text.value("connection_seconds", &label, seconds(time));
        }
        let sum = seconds(time.mean) * metrics.completed as f64;
        text.value("connection_seconds_sum", "", sum);
        text.value("connection_seconds_count", "", metrics.completed);
    }
    text.0
}

const BUILD: &str = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn begin(&mut self, name: &str, kind: &str, what: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP shipctl_{name} {what}\n# TYPE shipctl_{name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "shipctl_{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, what: &str, labels: &str, value: impl Display) {
        self.begin(name, kind, what);
        self.value(name, labels, value);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        hub::{Config, Hub, metrics::ConnectionTime},
        identity::trust::{TrustChange, TrustStore},
        proto::Ski,
        time::Time,
    };

    fn snapshot() -> Snapshot {
        let mut trust = TrustStore::default();
        let (ski, ship_id, name, address, seen) =
            (Ski::from_bytes([2; 20]), None, None, None, false);
        trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen }, 1);
        let config = Config::new(Ski::from_bytes([1; 20]), "i:1_u:a".parse().unwrap());
        Hub::new(config, &trust, 1).snapshot(Time::ORIGIN)
    }

    #[test]
    fn every_metric_is_explained_once_and_every_value_is_a_number() {
        let mut hub = snapshot();
        let ms = Duration::from_millis;
        hub.metrics.completed = 4;
        hub.metrics.success_rate = Some(0.5);
        hub.metrics.connection_time =
            Some(ConnectionTime { mean: ms(20), p50: ms(10), p90: ms(30), p99: ms(40) });
        let text = text(&hub);
        let mut names = BTreeSet::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["#", "HELP", name, ..] => assert!(names.insert(name.to_owned()), "{name} twice"),
                ["#", "TYPE", name, kind] => {
                    assert!(names.contains(name), "{line}");
                    assert!(["gauge", "counter", "summary"].contains(&kind), "{line}");
                }
                [name, value] => {
                    let name = name.split('{').next().unwrap();
                    let name = name.trim_end_matches("_sum").trim_end_matches("_count");
                    assert!(names.contains(name), "{line}");
                    assert!(value.parse::<f64>().is_ok(), "{line}");
                }
                _ => panic!("{line}"),
            }
        }
        for line in [
            "shipctl_connection_limit 10",
            "shipctl_peers{state=\"Queued\"} 1",
            "shipctl_peers{state=\"Completed\"} 0",
            "shipctl_success_ratio 0.5",
            "shipctl_connection_seconds{quantile=\"0.99\"} 0.04",
            "shipctl_connection_seconds_sum 0.08",
            "shipctl_connection_seconds_count 4",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn what_was_never_measured_is_left_out() {
        let text = text(&snapshot());
        assert!(!text.contains("connection_seconds") && !text.contains("success_ratio"), "{text}");
    }
}
