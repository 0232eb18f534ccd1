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
    let plain: Value = serde_json::from_str(&to_plain(payload).ok()?).ok()?;
    let datagram = plain.get("datagram")?;
    let header = datagram.get("header").filter(|header| header.is_object())?;
    let text = |name: &str| header.get(name)?.as_str().map(str::to_owned);
    Some(Datagram {
        classifier: text("cmdClassifier"),
        function: function(&datagram["payload"]["cmd"]),
        counter: number(&header["msgCounter"]),
        reference: number(&header["msgCounterReference"]),
        from: address(&header["addressSource"]),
        to: address(&header["addressDestination"]),
        ack_request: header["ackRequest"] == true,
    })
}

/// The function of the first command. A list of one plain object reads as that object.
fn function(commands: &Value) -> Option<String> {
    let command = match commands {
        Value::Array(list) => list.first()?,
        one => one,
    };
    let fields = command.as_object()?;
    let data = fields.keys().find(|name| !BESIDE.contains(&name.as_str()));
    data.cloned().or_else(|| fields.get("function")?.as_str().map(str::to_owned))
}

fn address(value: &Value) -> Address {
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
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
