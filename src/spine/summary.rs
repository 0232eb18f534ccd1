//! A datagram in one line.

use std::fmt;

use super::{Address, read};
use crate::proto::text::visible;

/// What a datagram is about. Texts are safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// `cmdClassifier`: `read`, `reply`, `notify`, `write`, `call` or `result`.
    pub classifier: Option<String>,
    /// The function of the first command, `nodeManagementDetailedDiscoveryData` for one.
    pub function: Option<String>,
    /// `msgCounter`.
    pub counter: Option<u64>,
    /// `msgCounterReference`: the counter of the datagram this one answers.
    pub reference: Option<u64>,
    /// `addressSource`.
    pub from: Address,
    /// `addressDestination`.
    pub to: Address,
    /// `ackRequest`: whether the sender wants a result.
    pub ack_request: bool,
}

/// Summarises the payload of SHIP data, in EEBUS JSON or with plain objects; `None` if it is no
/// SPINE datagram.
pub fn summary(payload: &str) -> Option<Summary> {
    let read = read::datagram(payload)?;
    let shown =
        |address: Address| Address { device: address.device.as_deref().map(visible), ..address };
    Some(Summary {
        classifier: read.classifier.as_deref().map(visible),
        function: read.function.as_deref().map(visible),
        counter: read.counter,
        reference: read.reference,
        from: shown(read.from),
        to: shown(read.to),
        ack_request: read.ack_request,
    })
}

impl fmt::Display for Summary {
    /// `reply nodeManagementDetailedDiscoveryData #12 to #3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = vec![self.classifier.clone().unwrap_or_else(|| "?".to_owned())];
        words.extend(self.function.clone());
        words.extend(self.counter.map(|counter| format!("#{counter}")));
        words.extend(self.reference.map(|counter| format!("to #{counter}")));
        words.extend(self.ack_request.then(|| "(wants a result)".to_owned()));
        f.pad(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EEBUS: &str = r#"{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"addressSource":[{"device":"d:_i:1_a"},{"entity":[1,2]},{"feature":3}]},{"addressDestination":[{"device":"d:_i:1_b"},{"entity":[0]},{"feature":0}]},{"msgCounter":12},{"msgCounterReference":3},{"cmdClassifier":"write"},{"ackRequest":true}]},{"payload":[{"cmd":[[{"function":"loadControlLimitListData"},{"filter":[[{"cmdControl":[{"partial":[]}]}]]},{"loadControlLimitListData":[{"loadControlLimitData":[[{"limitId":0}]]}]}]]}]}]}"#;

    #[test]
    fn both_spellings_of_a_datagram_are_summarised_alike() {
        let expected = Summary {
            classifier: Some("write".into()),
            function: Some("loadControlLimitListData".into()),
            counter: Some(12),
            reference: Some(3),
            from: Address { device: Some("d:_i:1_a".into()), entity: vec![1, 2], feature: Some(3) },
            to: Address { device: Some("d:_i:1_b".into()), entity: vec![0], feature: Some(0) },
            ack_request: true,
        };
        let plain = crate::proto::codec::plain::to_plain(EEBUS).unwrap();
        assert_eq!(summary(EEBUS), Some(expected.clone()));
        assert_eq!(summary(&plain), Some(expected.clone()));
        assert_eq!(
            expected.to_string(),
            "write loadControlLimitListData #12 to #3 (wants a result)"
        );
        assert_eq!(expected.from.to_string(), "d:_i:1_a [1,2]:3");
    }

    #[test]
    fn a_command_is_found_in_every_form_of_its_list() {
        for command in [
            r#"[[{"a":[]}]]"#,
            r#"[{"a":{}}]"#,
            r#"{"a":{}}"#,
            r#"[{"a":{}},{"b":{}}]"#,
            r#"[[{"function":"a"}]]"#,
        ] {
            let payload =
                format!(r#"{{"datagram":{{"header":{{"x":1}},"payload":{{"cmd":{command}}}}}}}"#);
            assert_eq!(summary(&payload).unwrap().function.as_deref(), Some("a"), "{command}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_no_datagram_is_none() {
        for none in ["", "null", "[]", "{}", "{\"datagram\":7}", "{\"datagram\":[]}", "7", "[[["] {
            assert_eq!(summary(none), None, "{none}");
        }
        let odd = r#"{"datagram":{"header":{"msgCounter":"7","cmdClassifier":5,"addressSource":[],"ackRequest":"true"}}}"#;
        let odd = summary(odd).unwrap();
        assert_eq!(
            (odd.counter, odd.classifier.as_deref(), odd.ack_request),
            (Some(7), None, false)
        );
        assert_eq!(odd.to_string(), "? #7");
    }

    #[test]
    fn what_a_peer_writes_cannot_steer_a_terminal() {
        let odd = r#"{"datagram":{"header":{"cmdClassifier":"re\u001b[2Jad"}}}"#;
        assert_eq!(summary(odd).unwrap().classifier.as_deref(), Some("re\u{FFFD}[2Jad"));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(text: String, at in 0..EEBUS.len(), with: char) {
            let _ = summary(&text);
            let mut damaged = EEBUS.to_owned();
            damaged.insert(at, with);
            let _ = summary(&damaged);
            let _ = summary(&EEBUS[..at]);
        }
    }
}
