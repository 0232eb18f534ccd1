//! What is known of the packet, and whether a match of a rule holds for it.

use serde_json::Value;

use super::{Packet, text};

impl Packet<'_> {
    /// Whether a match holds; `None` if that depends on more than we know.
    pub(super) fn holds(&self, compared: &Value) -> Option<bool> {
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
    pub(super) fn of(&self, left: &Value) -> Option<Known<'_>> {
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

pub(super) enum Known<'a> {
    Text(&'a str),
    Number(u64),
    /// The packet has nothing of the kind.
    Nothing,
}

/// Whether a value is one of those on the right side; `None` if that cannot be read.
pub(super) fn among(left: &Known<'_>, right: &Value) -> Option<bool> {
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
