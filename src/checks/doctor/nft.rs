//! What the rules of nftables do with a device that dials us: the first packet of a TCP connection
//! over IPv4 to our port, from any address. Rules that ask for more than that may hold or not; where
//! they decide, nothing is claimed.

use serde_json::Value;

/// Whether such packets are let in by the ruleset that `nft -j list ruleset` prints: on all of these
/// interfaces, or on none; `None` where that is not known or differs.
pub fn lets_in(ruleset: &Value, port: u16, interfaces: &[String]) -> Option<bool> {
    let objects = ruleset.get("nftables")?.as_array()?;
    let verdict = |interface: &String| Packet { objects, port, interface }.verdict();
    let mut verdicts = interfaces.iter().map(verdict);
    let first = verdicts.next()??;
    verdicts.all(|it| it == Some(first)).then_some(first)
}

struct Packet<'a> {
    objects: &'a [Value],
    port: u16,
    interface: &'a str,
}

/// What may become of a packet in a chain.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    /// It may be let in.
    open: bool,
    /// It may be dropped.
    shut: bool,
    /// It may come out of the chain undecided.
    on: bool,
}

/// Chains that jump to each other without end are refused by the kernel.
const DEEPEST: usize = 16;

impl Packet<'_> {
    /// What all chains at the hook come to; an `accept` ends only its own.
    fn verdict(&self) -> Option<bool> {
        let mut all_open = true;
        for chain in self.objects.iter().filter_map(|it| it.get("chain")) {
            if text(chain, "hook") != Some("input") || !is_ipv4(chain) {
                continue;
            }
            let mut ends = self.chain(chain, text(chain, "name")?, 0);
            match text(chain, "policy") {
                Some("drop") => ends.shut |= ends.on,
                _ => ends.open |= ends.on,
            }
            if ends.shut && !ends.open {
                return Some(false);
            }
            all_open &= !ends.shut;
        }
        all_open.then_some(true)
    }

    /// The chain of this name in the table of `beside`.
    fn chain(&self, beside: &Value, name: &str, depth: usize) -> Ends {
        let mut ends = Ends::default();
        if depth > DEEPEST {
            return Ends { open: true, shut: true, on: true };
        }
        let same = |rule: &&Value, key| text(rule, key) == text(beside, key);
        let rules = self.objects.iter().filter_map(|it| it.get("rule"));
        let rules = rules.filter(|it| same(it, "family") && same(it, "table"));
        for rule in rules.filter(|it| text(it, "chain") == Some(name)) {
            let (may_hold, may_not, then) = self.rule(rule, depth);
            if !may_hold {
                continue;
            }
            let Some(then) = then else { continue };
            ends.open |= then.ends.open;
            ends.shut |= then.ends.shut;
            ends.on |= then.leaves && then.ends.on;
            if !may_not && (then.leaves || !then.ends.on) {
                return ends;
            }
        }
        Ends { on: true, ..ends }
    }

    /// Whether a rule may hold, whether it may not, and what it does then.
    fn rule(&self, rule: &Value, depth: usize) -> (bool, bool, Option<Then>) {
        let mut may_not = false;
        for part in rule.get("expr").and_then(Value::as_array).into_iter().flatten() {
            let Some((kind, value)) = part.as_object().and_then(|it| it.iter().next()) else {
                continue;
            };
            match &**kind {
                "match" => match self.holds(value) {
                    Some(true) => {}
                    Some(false) => return (false, true, None),
                    None => may_not = true,
                },
                "counter" | "log" | "comment" | "mangle" | "notrack" => {}
                "vmap" => return (true, may_not, Some(self.map(value, rule, depth))),
                _ => match self.then(part, rule, depth) {
                    Some(then) => return (true, may_not, Some(then)),
                    // A limit, a match of xtables, something new.
                    None => may_not = true,
                },
            }
        }
        (true, may_not, None)
    }

    /// What a verdict does; `None` if it is none.
    fn then(&self, verdict: &Value, rule: &Value, depth: usize) -> Option<Then> {
        let (kind, value) = verdict.as_object()?.iter().next()?;
        let ends = Ends::default();
        Some(match &**kind {
            "accept" => Then { ends: Ends { open: true, ..ends }, leaves: false },
            "drop" | "reject" | "tproxy" | "synproxy" => {
                Then { ends: Ends { shut: true, ..ends }, leaves: false }
            }
            "queue" => Then { ends: Ends { open: true, shut: true, on: false }, leaves: false },
            "return" => Then { ends: Ends { on: true, ..ends }, leaves: true },
            "continue" => Then { ends: Ends { on: true, ..ends }, leaves: false },
            "jump" => {
                Then { ends: self.chain(rule, text(value, "target")?, depth + 1), leaves: false }
            }
            "goto" => {
                Then { ends: self.chain(rule, text(value, "target")?, depth + 1), leaves: true }
            }
            _ => return None,
        })
    }

    /// A map of verdicts: the one that fits, or whatever may.
    fn map(&self, map: &Value, rule: &Value, depth: usize) -> Then {
        let pairs = map.pointer("/data/set").and_then(Value::as_array);
        let known = map.get("key").and_then(|key| self.of(key));
        let mut all = Then { ends: Ends::default(), leaves: false };
        let mut certain = false;
        for pair in pairs.into_iter().flatten() {
            let (Some(key), Some(verdict)) = (pair.get(0), pair.get(1)) else { continue };
            let fits = known.as_ref().and_then(|known| among(known, key));
            if fits == Some(false) {
                continue;
            }
            let Some(then) = self.then(verdict, rule, depth) else { continue };
            all.ends.open |= then.ends.open;
            all.ends.shut |= then.ends.shut;
            all.ends.on |= then.ends.on;
            all.leaves |= then.leaves && fits == Some(true);
            certain |= fits == Some(true);
        }
        // A named map is not looked up.
        if pairs.is_none() {
            all.ends = Ends { open: true, shut: true, on: true };
        }
        all.ends.on |= !certain;
        all
    }

    /// Whether a match holds; `None` if that depends on more than we know.
    fn holds(&self, compared: &Value) -> Option<bool> {
        let right = compared.get("right")?;
        let left = match self.of(compared.get("left")?)? {
            // It is about another protocol.
            Known::Nothing => return Some(false),
            known => known,
        };
        let order = |wanted: fn(&u64, &u64) -> bool| match &left {
            Known::Number(number) => Some(wanted(number, &right.as_u64()?)),
            _ => None,
        };
        match text(compared, "op")? {
            "==" | "in" => among(&left, right),
            "!=" => among(&left, right).map(|it| !it),
            "<" => order(u64::lt),
            ">" => order(u64::gt),
            "<=" => order(u64::le),
            ">=" => order(u64::ge),
            _ => None,
        }
    }

    /// What is known of the packet; `None` if nothing.
    fn of(&self, left: &Value) -> Option<Known<'_>> {
        if let Some(key) = left.pointer("/meta/key").and_then(Value::as_str) {
            return match key {
                "iifname" | "iif" => Some(Known::Text(self.interface)),
                "l4proto" => Some(Known::Text("tcp")),
                "nfproto" => Some(Known::Text("ipv4")),
                "protocol" => Some(Known::Text("ip")),
                _ => None,
            };
        }
        if left.pointer("/ct/key").and_then(Value::as_str) == Some("state") {
            return Some(Known::Text("new"));
        }
        let payload = left.get("payload")?;
        match (text(payload, "protocol")?, text(payload, "field")?) {
            ("tcp" | "th", "dport") => Some(Known::Number(self.port.into())),
            ("ip", "protocol") => Some(Known::Text("tcp")),
            ("ip" | "tcp" | "th" | "ether", _) => None,
            _ => Some(Known::Nothing),
        }
    }
}

/// What follows where a rule holds.
struct Then {
    ends: Ends,
    /// Whether an undecided packet goes on in the chain that jumped here.
    leaves: bool,
}

enum Known<'a> {
    Text(&'a str),
    Number(u64),
    /// The packet has nothing of the kind.
    Nothing,
}

/// Whether a value is one of those on the right side; `None` if that cannot be read.
fn among(left: &Known<'_>, right: &Value) -> Option<bool> {
    let any = |values: &Vec<Value>| {
        let each: Vec<Option<bool>> = values.iter().map(|value| among(left, value)).collect();
        if each.contains(&Some(true)) {
            Some(true)
        } else if each.contains(&None) {
            None
        } else {
            Some(false)
        }
    };
    match (left, right) {
        (Known::Nothing, _) => Some(false),
        (_, Value::Array(values)) => any(values),
        (_, Value::Object(fields)) => {
            if let Some(Value::Array(values)) = fields.get("set") {
                return any(values);
            }
            let range = fields.get("range")?.as_array()?;
            match left {
                Known::Number(number) => {
                    Some((range.first()?.as_u64()?..=range.get(1)?.as_u64()?).contains(number))
                }
                _ => None,
            }
        }
        // A named set is not looked up.
        (_, Value::String(name)) if name.starts_with('@') => None,
        (Known::Text(text), Value::String(name)) => Some(match name.strip_suffix('*') {
            Some(begin) => text.starts_with(begin),
            None => text == name,
        }),
        (Known::Number(number), Value::Number(other)) => Some(other.as_u64() == Some(*number)),
        _ => None,
    }
}

fn is_ipv4(chain: &Value) -> bool {
    matches!(text(chain, "family"), Some("ip" | "inet"))
}

fn text<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    of.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            with(vec![equal(state.clone(), json!(["established", "related"]))]),
            Some(false)
        );
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
}
