//! Rulesets as `nft -j list ruleset` prints them, and what they come to.

use serde_json::json;

use super::*;

fn base(policy: &str) -> Value {
    json!({"chain": {"family": "inet", "table": "filter", "name": "input", "type": "filter",
                     "hook": "input", "prio": 0, "policy": policy}})
}

fn rule(chain: &str, expr: Value) -> Value {
    json!({"rule": {"family": "inet", "table": "filter", "chain": chain, "expr": expr}})
}

fn equal(left: Value, right: Value) -> Value {
    json!({"match": {"op": "==", "left": left, "right": right}})
}

fn meta(key: &str) -> Value {
    json!({"meta": {"key": key}})
}

fn dport(protocol: &str) -> Value {
    json!({"payload": {"protocol": protocol, "field": "dport"}})
}

fn saddr() -> Value {
    let right = json!({"prefix": {"addr": "10.0.0.0", "len": 8}});
    equal(json!({"payload": {"protocol": "ip", "field": "saddr"}}), right)
}

fn asked(objects: Vec<Value>) -> Option<bool> {
    lets_in(&json!({ "nftables": objects }), 4712, &["eth0".to_owned()])
}

#[test]
fn without_a_rule_the_policy_decides_and_without_a_chain_nothing_is_shut() {
    assert_eq!(asked(vec![]), Some(true));
    assert_eq!(asked(vec![base("accept")]), Some(true));
    assert_eq!(asked(vec![base("drop")]), Some(false));
    let mut forward = base("drop");
    forward["chain"]["hook"] = "forward".into();
    assert_eq!(asked(vec![forward]), Some(true));
    let mut six = base("drop");
    six["chain"]["family"] = "ip6".into();
    assert_eq!(asked(vec![six]), Some(true));
    assert_eq!(lets_in(&json!({}), 1, &["eth0".to_owned()]), None);
    assert_eq!(lets_in(&json!({ "nftables": [] }), 1, &[]), None);
}

#[test]
fn the_usual_rules_are_understood() {
    let accept = json!({"accept": null});
    let state = json!({"ct": {"key": "state"}});
    let with = |expr: Vec<Value>| {
        let expr = expr.into_iter().chain([json!({"counter": {}}), accept.clone()]).collect();
        asked(vec![base("drop"), rule("input", expr)])
    };
    assert_eq!(with(vec![equal(meta("iifname"), json!("lo"))]), Some(false));
    assert_eq!(with(vec![equal(meta("iifname"), json!("eth*"))]), Some(true));
    assert_eq!(with(vec![equal(state.clone(), json!(["established", "related"]))]), Some(false));
    assert_eq!(with(vec![equal(state, json!({"set": ["established", "new"]}))]), Some(true));
    assert_eq!(with(vec![equal(dport("tcp"), json!(4712))]), Some(true));
    assert_eq!(with(vec![equal(dport("udp"), json!(4712))]), Some(false));
    let ports = json!({"set": [22, {"range": [4000, 4800]}]});
    assert_eq!(with(vec![equal(dport("th"), ports)]), Some(true));
    assert_eq!(with(vec![equal(meta("l4proto"), json!("icmp"))]), Some(false));
    // These may be the devices, or not.
    assert_eq!(with(vec![saddr(), equal(dport("tcp"), json!(4712))]), None);
    assert_eq!(with(vec![json!({"xt": {"type": "match", "name": "tcp"}})]), None);
    assert_eq!(with(vec![equal(dport("tcp"), json!("@ports"))]), None);
}

#[test]
fn jumps_returns_and_maps_are_followed() {
    let jump = rule("input", json!([{"jump": {"target": "lan"}}]));
    let drop = rule("input", json!([{"drop": null}]));
    let leaves = rule("lan", json!([{"return": null}]));
    let accept = rule("lan", json!([{"accept": null}]));
    let lan = |rules: &[&Value]| {
        let all = [base("accept"), jump.clone(), drop.clone()];
        asked(all.into_iter().chain(rules.iter().map(|it| (*it).clone())).collect())
    };
    assert_eq!(lan(&[]), Some(false), "an empty chain comes back");
    assert_eq!(lan(&[&accept]), Some(true));
    assert_eq!(lan(&[&leaves, &accept]), Some(false), "what is behind a return is not reached");
    let data = json!({"set": [[4712, {"accept": null}], [4713, {"drop": null}]]});
    let map = rule("lan", json!([{"vmap": {"key": dport("tcp"), "data": data}}]));
    assert_eq!(lan(&[&map]), Some(true));
    let data = json!({"set": [[4713, {"accept": null}]]});
    let map = rule("lan", json!([{"vmap": {"key": dport("tcp"), "data": data}}]));
    assert_eq!(lan(&[&map]), Some(false));
    let around = rule("lan", json!([{"goto": {"target": "lan"}}]));
    assert_eq!(lan(&[&around]), None, "it ends");
}

#[test]
fn one_chain_that_drops_is_enough_and_interfaces_must_agree() {
    let accept = rule("input", json!([{"accept": null}]));
    let mut other = base("drop");
    other["chain"]["table"] = "other".into();
    assert_eq!(asked(vec![base("accept"), accept, other]), Some(false));
    let eth0 = rule("input", json!([equal(meta("iifname"), json!("eth0")), {"accept": null}]));
    let objects = json!({ "nftables": [base("drop"), eth0] });
    let of = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        lets_in(&objects, 4712, &names)
    };
    assert_eq!((of(&["eth0"]), of(&["eth1"])), (Some(true), Some(false)));
    assert_eq!(of(&["eth0", "eth1"]), None);
}
