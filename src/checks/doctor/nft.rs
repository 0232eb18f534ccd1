//! What the rules of nftables do with a device that dials us: the first packet of a TCP connection
//! over IPv4 to our port, from any address. Rules that ask for more than that may hold or not; where
//! they decide, nothing is claimed.

mod matching;
#[cfg(test)]
mod tests;

use serde_json::Value;

use matching::among;

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
}

/// What follows where a rule holds.
struct Then {
    ends: Ends,
    /// Whether an undecided packet goes on in the chain that jumped here.
    leaves: bool,
}

fn is_ipv4(chain: &Value) -> bool {
    matches!(text(chain, "family"), Some("ip" | "inet"))
}

fn text<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    of.get(key)?.as_str()
}
