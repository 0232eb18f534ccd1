//! The hub that is written down, what it sent, and what it told.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::ski;
use crate::{
    control::wire::{Happening, Saying},
    time::Time,
    trace::MessageRecord,
};

fn peer(tag: u8, state: &str, since: u64, more: Value) -> Value {
    let mut peer = json!({
        "ski": ski(tag), "ship_id": null, "name": null, "state": state, "since_ms": since,
        "protocol": null, "registered": true, "stored": true, "ever_completed": false,
        "outlook": "connected", "attempts": 0, "next_attempt_ms": null, "targets": [],
        "wrong_pins": 0, "history": [], "findings": [],
    });
    for (name, value) in more.as_object().unwrap() {
        peer[name] = value.clone();
    }
    peer
}

fn service(tag: u8, brand: &str, model: &str, kind: &str) -> Value {
    json!({
        "instance": format!("{brand} {model}._ship._tcp.local."), "since_ms": 2_000,
        "name": format!("{brand} {model}"), "host": format!("{}.local.", brand.to_lowercase()),
        "port": 4712, "addresses": [format!("192.168.178.{tag}:4712")], "interfaces": ["eth0"],
        "ski": ski(tag), "ship_id": format!("i:46925_u:{brand}-{tag}"), "path": "/ship/",
        "register": tag.is_multiple_of(2), "brand": brand, "model": model, "type": kind,
        "serial": format!("{tag:06}"), "categories": [if tag > 0x20 { 1 } else { 3 }],
        "txt": [["txtvers", "1"], ["brand", brand], ["model", model], ["path", "/ship/"]],
        "findings": [],
    })
}

fn step(at: u64, step: &str, state: &str, more: Value) -> Value {
    let mut entry = json!({
        "at_ms": at, "step": step, "state": state, "protocol": null, "reason": null,
        "attempt": null, "delay_ms": null, "address": null,
    });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

/// What a wallbox offers.
fn offers() -> Value {
    let case = |name: &str, actor: &str, scenarios: &[u64]| {
        json!({
            "name": name, "actor": actor, "version": "1.0.0", "scenarios": scenarios,
            "available": true, "entity": [1],
        })
    };
    json!({
        "device": "d:_i:46925_u:Demo-17", "device_type": "ChargingStation", "cut": false,
        "entities": [{ "address": [1], "type": "EVSE", "features": [
            { "type": "LoadControl", "role": "server" }, { "type": "Measurement", "role": "server" },
        ] }],
        "use_cases": [
            case("evseCommissioningAndConfiguration", "EVSE", &[1, 2]),
            case("limitationOfPowerConsumption", "ControllableSystem", &[1, 2, 3, 4]),
        ],
    })
}

/// What happened with the wallbox: it was not there at first.
fn history() -> Vec<Value> {
    vec![
        step(3_000, "registered", "None", json!({})),
        step(3_000, "state", "Queued", json!({})),
        step(3_000, "state", "Initiated", json!({})),
        step(
            3_000,
            "attempt_started",
            "Initiated",
            json!({ "attempt": 1, "address": "192.168.178.17:4712/ship/" }),
        ),
        step(
            13_004,
            "attempt_failed",
            "Initiated",
            json!({ "attempt": 1, "reason": { "dial": "tcp" }, "address": "192.168.178.17:4712/ship/" }),
        ),
        step(13_004, "state", "Error", json!({})),
        step(13_004, "attempt_scheduled", "Error", json!({ "attempt": 2, "delay_ms": 6_217 })),
        step(13_004, "state", "Queued", json!({})),
        step(19_221, "state", "Initiated", json!({})),
        step(
            19_221,
            "attempt_started",
            "Initiated",
            json!({ "attempt": 2, "address": "192.168.178.17:4712/ship/" }),
        ),
        step(19_262, "connected", "Initiated", json!({ "address": "192.168.178.17:4712" })),
        step(19_270, "state", "InProgress", json!({ "protocol": "HelloReadyListen" })),
        step(24_411, "state", "Trusted", json!({ "protocol": "HelloOk" })),
        step(24_502, "state", "Completed", json!({ "protocol": "Complete" })),
        step(24_502, "completed", "Completed", json!({ "protocol": "Complete" })),
    ]
}

/// A finding of before it was connected.
fn over() -> Value {
    json!({
        "code": "TCP-02", "severity": "error",
        "seen": "192.168.178.17:4712 did not answer within 10 s.",
        "advice": "Check that both are in the same subnet, and ping the device.",
        "count": 1, "first_ms": 13_004, "last_ms": 13_004, "over_ms": 24_502,
    })
}

/// One that still is.
fn clock() -> Value {
    json!({
        "code": "CERT-06", "severity": "info",
        "seen": "The certificate of the device is valid from 2033 on.",
        "advice": "Check the clock of this computer and of the device; it is tolerated.",
        "count": 3, "first_ms": 13_004, "last_ms": 40_000,
    })
}

fn connection() -> Value {
    json!({
        "link": 3, "we_dialled": true, "remote": "192.168.178.17:4712",
        "since_ms": 19_262, "until_ms": null, "version": "1.0", "format": "JSON-UTF8",
        "ship_id": "i:46925_u:Demo-17",
        "transport": {
            "tls_version": "TLS 1.2", "path": "/ship/", "sub_protocol": "ship",
            "cipher_suite": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "certificate": {
                "subject": "Demo-17", "issuer": "Demo-17", "not_before": 1_600_000_000,
                "not_after": 1_900_000_000, "key": "ECDSA P-256", "ski": ski(0x11),
                "fingerprint": "AB".repeat(32), "remarks": [],
            },
        },
    })
}

/// A wallbox that is connected, a heat pump that asks, an inverter that is waited for, and a meter that
/// wants nothing of us.
fn peers() -> Vec<Value> {
    vec![
        peer(
            0x11,
            "Completed",
            24_502,
            json!({
                "ship_id": "i:46925_u:Demo-17", "protocol": "Complete", "ever_completed": true,
                "trusted_since": 1_690_000_000, "last_seen": 1_700_000_024, "history": history(),
                "connection": connection(), "offers": offers(),
                "findings": [over(), clock()],
            }),
        ),
        peer(
            0x12,
            "ReceivedPairingRequest",
            60_000,
            json!({
                "registered": false, "stored": false, "protocol": "HelloPendingListen",
                "request": { "remote": "192.168.178.18:39412", "since_ms": 60_000, "until_ms": 120_000 },
                "hello": {
                    "we_trust": false, "peer_trusts": true, "we_wait_until_ms": 120_000,
                    "peer_waits_until_ms": 118_000, "prolongations_granted": 1,
                    "prolongations_asked": 0,
                },
            }),
        ),
        peer(
            0x13,
            "Queued",
            55_000,
            json!({
                "outlook": "attempt_due", "attempts": 3, "next_attempt_ms": 77_400,
                "next_attempt_in_ms": 12_150,
            }),
        ),
        peer(
            0x15,
            "RemoteDeniedTrust",
            30_000,
            json!({
                "outlook": "given_up", "name": "Meter in the cellar",
                "targets": ["10.0.0.15:4712/ship/"],
            }),
        ),
    ]
}

/// A hub with devices in every situation.
pub(super) fn hub() -> Value {
    json!({
        "at_ms": 65_250, "ski": ski(0xA1), "ship_id": "shipctl-a1a1a1a1",
        "node": { "origin_unix_ms": 1_700_000_000_000_i64, "port": 4712, "mdns": true, "interfaces": ["eth0"] },
        "double_connection": "initiator", "auto_accept_until_ms": null, "shutdown": null,
        "services": [
            service(0x11, "Demo", "Wallbox 11 kW", "ChargingStation"),
            service(0x12, "Nordic", "Heat Pump", "HeatPump"),
            service(0x13, "Helio", "Inverter 8000", "Inverter"),
            service(0x14, "Zähler", "GmbH 电表", "SmartMeter"),
        ],
        "peers": peers(),
        "links": [{
            "link": 3, "ski": ski(0x11), "we_dialled": true, "phase": "open", "leaving": false,
            "protocol": "Complete", "since_ms": 19_262, "age_ms": 45_988, "remote": "192.168.178.17:4712",
        }],
        "metrics": {
            "attempted": 12, "completed": 9, "replaced": 1, "refused": 0, "failed": 2,
            "decided": 11, "success_rate": 0.818, "failures_last_hour": 2, "connection_time": null,
            "connections": 2, "limit": 10, "waiting": 0, "shutdown_ms": null,
        },
    })
}

pub(super) fn messages() -> Vec<MessageRecord> {
    let one =
        |ms: u64, sent, kind: &str, text: &str, json: Option<&str>, raw: &[u8]| MessageRecord {
            ts: format!("2023-11-14T22:13:{:02}.{:03}Z", 20 + ms / 1000, ms % 1000),
            at: Time::after(Duration::from_millis(ms)),
            ski: ski(0x11),
            link: 3,
            sent,
            kind: kind.to_owned(),
            size: raw.len().max(json.map_or(0, str::len) + 1),
            text: text.to_owned(),
            json: json.map(str::to_owned),
            raw: raw.iter().map(|byte| format!("{byte:02x}")).collect(),
            cut: false,
            lost: 0,
        };
    vec![
        one(4_262, true, "init", "00 00", None, &[0, 0]),
        one(4_270, false, "init", "00 00", None, &[0, 0]),
        one(
            4_271,
            true,
            "hello",
            "ready, waits 60 s",
            Some(r#"{"connectionHello":{"phase":"ready","waiting":60000}}"#),
            b"\x01{\"connectionHello\":[{\"phase\":\"ready\"}]}",
        ),
        one(
            9_411,
            false,
            "hello",
            "ready",
            Some(r#"{"connectionHello":{"phase":"ready"}}"#),
            b"\x01{}",
        ),
    ]
}

pub(super) fn happenings() -> Vec<Happening> {
    let one = |second: u8, tag: u8, stage: &str, text: &str| Happening {
        event: json!({ "ts": format!("2023-11-14T22:13:{second:02}.004Z"), "event": "x", "ski": ski(tag) }),
        say: vec![Saying {
            stage: stage.to_owned(),
            text: format!("{} …  {text}", &ski(tag).grouped()[..9]),
        }],
    };
    vec![
        one(33, 0x11, "failed", "no TCP connection to 192.168.178.17:4712 after 10.0 s"),
        one(33, 0x11, "queued", "attempt 2 in 6.2 s"),
        one(44, 0x11, "completed", "handshake complete after 5.24 s"),
    ]
}
