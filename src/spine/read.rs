//! Reading a datagram leniently: whatever is missing or odd is left out, nothing is refused that
//! has a header.

use std::fmt;

use serde_json::Value;

use crate::proto::codec::plain::to_plain;

/// A header and what the first command is about. Texts are as the peer wrote them.
#[derive(Debug, Default)]
pub(super) struct Datagram {
    pub(super) classifier: Option<String>,
    pub(super) function: Option<String>,
    pub(super) counter: Option<u64>,
    pub(super) reference: Option<u64>,
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) ack_request: bool,
    /// What the first command says under its function.
    pub(super) data: Value,
}

/// Where a datagram comes from or goes to: `device`, `entity` and `feature` of a feature address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The device, often absent before the first discovery.
    pub device: Option<String>,
    /// The entity, from the outermost inwards; `[0]` is the device itself.
    pub entity: Vec<u64>,
    /// The feature within the entity.
    pub feature: Option<u64>,
}

impl fmt::Display for Address {
    /// `d:_i:46925_wallbox [1]:2`; what is absent is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entity: Vec<String> = self.entity.iter().map(u64::to_string).collect();
        let entity =
            if entity.is_empty() { String::new() } else { format!("[{}]", entity.join(",")) };
        let feature = self.feature.map_or(String::new(), |feature| format!(":{feature}"));
        let device = self.device.as_deref().unwrap_or_default();
        let gap =
            if device.is_empty() || (entity.is_empty() && feature.is_empty()) { "" } else { " " };
        f.pad(&format!("{device}{gap}{entity}{feature}"))
    }
}

/// The deepest entity kept; the addresses of devices have two or three levels.
const DEEPEST: usize = 16;

/// Fields of a command that are not its function.
const BESIDE: [&str; 4] = ["function", "filter", "manufacturerSpecificExtension", "lastUpdateAt"];

/// Reads a payload; `None` if there is no datagram with a header in it.
pub(super) fn datagram(payload: &str) -> Option<Datagram> {
    let mut plain: Value = serde_json::from_str(&to_plain(payload).ok()?).ok()?;
    let commands = plain.pointer_mut("/datagram/payload/cmd").map(Value::take);
    let (function, data) = commands.and_then(first_command).unwrap_or_default();
    let datagram = plain.get("datagram")?;
    let header = datagram.get("header").filter(|header| header.is_object())?;
    let text = |name: &str| header.get(name)?.as_str().map(str::to_owned);
    Some(Datagram {
        classifier: text("cmdClassifier"),
        function,
        counter: number(&header["msgCounter"]),
        reference: number(&header["msgCounterReference"]),
        from: address(&header["addressSource"]),
        to: address(&header["addressDestination"]),
        ack_request: header["ackRequest"] == true,
        data,
    })
}

/// The function of the first command and its data. A list of one plain object reads as that object.
fn first_command(commands: Value) -> Option<(Option<String>, Value)> {
    let command = match commands {
        Value::Array(list) => list.into_iter().next()?,
        one => one,
    };
    let Value::Object(mut fields) = command else { return None };
    let name = fields.keys().find(|name| !BESIDE.contains(&name.as_str())).cloned();
    match name.and_then(|name| fields.remove_entry(&name)) {
        Some((name, data)) => Some((Some(name), data)),
        None => Some((fields.get("function")?.as_str().map(str::to_owned), Value::Null)),
    }
}

/// A feature or entity address, as far as it can be read.
pub(super) fn address(value: &Value) -> Address {
    let entity = match &value["entity"] {
        Value::Array(levels) => levels.iter().take(DEEPEST).filter_map(number).collect(),
        one => number(one).into_iter().collect(),
    };
    Address {
        device: value["device"].as_str().map(str::to_owned),
        entity,
        feature: number(&value["feature"]),
    }
}

/// A whole number, also where it is written as a text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
