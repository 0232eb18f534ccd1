//! What is sent to and fro: measurements, as SPINE writes them.

use shipctl::proto::{
    codec::encode,
    message::{Data, Message, SPINE},
};

/// A data message whose payload has about `size` bytes.
pub(crate) fn message(size: usize) -> Vec<u8> {
    let header = r#"{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"msgCounter":4711},{"cmdClassifier":"notify"}]},{"payload":[{"cmd":[[{"measurementListData":[{"measurementData":["#;
    let end = "]}]}]]}]}]}";
    let mut payload = header.to_owned();
    for id in 0.. {
        let entry = format!(
            r#"[{{"measurementId":{id}}},{{"valueType":"value"}},{{"value":[{{"number":{}}},{{"scale":-2}}]}}]"#,
            23_000 + id
        );
        if payload.len() + entry.len() + end.len() >= size {
            break;
        }
        if id > 0 {
            payload.push(',');
        }
        payload.push_str(&entry);
    }
    payload.push_str(end);
    let missing = size.saturating_sub(payload.len());
    // Spaces between two members are nobody's matter.
    payload.insert_str(1, &" ".repeat(missing));
    encode(&Message::Data(Data { protocol_id: SPINE.to_owned(), payload }))
}
