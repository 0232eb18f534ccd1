//! Ordinary JSON and EEBUS JSON, in which every object is an array of single-key objects.
//!
//! The crate converts its own SPINE types only; tests send and expect whatever they like.

use eebus::ship::{Data, DataMessage, Header, ProtocolId, SPINE_PROTOCOL_ID, ShipMessage};
use serde_json::{Map, Value};

use crate::Fallible;

/// A data message around a payload given as ordinary JSON.
pub fn message(json: &str) -> Fallible<ShipMessage> {
    let Value::Object(outermost) = serde_json::from_str(json)? else {
        return Err("a payload is a JSON object".into());
    };
    // The outermost object alone stays an object.
    let payload = outermost.into_iter().map(|(key, value)| (key, to_eebus(value))).collect();
    Ok(ShipMessage::Data(DataMessage::Data(Data {
        header: Some(Header { protocol_id: Some(ProtocolId(SPINE_PROTOCOL_ID.into())) }),
        payload: Some(Value::Object(payload)),
        extension: None,
    })))
}

fn to_eebus(value: Value) -> Value {
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| Value::Object(Map::from_iter([(key, to_eebus(value))])))
            .collect(),
        Value::Array(list) => list.into_iter().map(to_eebus).collect(),
        scalar => scalar,
    }
}

/// The way back. An empty array becomes an object, as in ship-go: only the type could tell.
pub fn to_ordinary(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object.into_iter().map(|(key, value)| (key, to_ordinary(value))).collect(),
        ),
        Value::Array(list) if list.iter().all(Value::is_object) => {
            let members = list.into_iter().filter_map(|item| match item {
                Value::Object(member) => Some(member),
                _ => None,
            });
            let members = members.flatten().map(|(key, value)| (key, to_ordinary(value)));
            Value::Object(members.collect())
        }
        Value::Array(list) => list.into_iter().map(to_ordinary).collect(),
        scalar => scalar,
    }
}
