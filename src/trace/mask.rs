//! The PIN, made unreadable: whatever shows or keeps a message takes its bytes from here.

use std::borrow::Cow;

/// What stands in the place of every character of a secret.
const MASK: u8 = b'*';

/// The bytes of a message without a PIN in them. Of a message that holds one, or may, every value is
/// masked; its type byte, keys, structure and length stay.
pub(super) fn masked(bytes: &[u8]) -> Cow<'_, [u8]> {
    if may_hold_pin(bytes) { Cow::Owned(without_values(bytes)) } else { Cow::Borrowed(bytes) }
}

/// Whether there may be a PIN: also in a message that cannot be read. An escape in what is no data
/// may hide the word.
fn may_hold_pin(bytes: &[u8]) -> bool {
    const DATA: u8 = 2;
    let is_data = bytes.first() == Some(&DATA);
    contains(bytes, b"connectionpininput")
        || !is_data && (contains(bytes, b"\"pin\"") || contains(bytes, b"\\u"))
}

/// In any case; `word` is lower case.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

fn without_values(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 1; // the type byte stays
    while at < out.len() {
        if out[at] != b'"' {
            mask(&mut out[at..=at]);
            at += 1;
            continue;
        }
        let end = end_of_text(&out, at + 1);
        if !is_key(&out, end) {
            mask_all(&mut out[at + 1..end]);
        }
        at = end + 1;
    }
    out
}

/// The place of the quote that ends a text, or the end of everything.
fn end_of_text(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Whether what follows a text makes it a key.
fn is_key(bytes: &[u8], quote: usize) -> bool {
    let rest = bytes.get(quote + 1..).unwrap_or_default();
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Outside of texts the structure stays, and everything a value is made of goes.
fn mask(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| !b"{}[]:, \t\r\n\0".contains(byte)) {
        *byte = MASK;
    }
}

fn mask_all(bytes: &mut [u8]) {
    bytes.fill(MASK);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{
        codec::encode,
        message::{Control, Data, InputPermission, Message, PinDemand, PinStateMessage},
    };

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(&masked(bytes)[1..]).into_owned()
    }

    #[test]
    fn the_pin_is_masked_and_everything_around_it_stays() {
        let bytes = encode(&Message::Control(Control::PinInput("badcafe5".parse().unwrap())));
        assert_eq!(text(&bytes), r#"{"connectionPinInput":[{"pin":"********"}]}"#);
        assert_eq!(masked(&bytes).len(), bytes.len());
    }

    #[test]
    fn however_it_is_written_no_digit_of_a_pin_remains() {
        for json in [
            r#"{ "connectionPinInput" : { "pin" : "BADCAFE5" } }"#,
            r#"{"connectionPinInput":[{"pin":12345678}]}"#,
            r#"{"CONNECTIONPININPUT":[{"PIN":"BADCAFE5"}]}"#,
            r#"{"connectionPinInput":[{"pin":"BADCAFE5"#,
            r#"{"connectionPinInput":[{"pin":BADCAFE5}]}"#,
            r#"{"connectionPinInput":[{"pin":"\u0042ADCAFE5"}]}"#,
            r#"{"connectionPin\u0049nput":[{"\u0070in":"BADCAFE5"}]}"#,
            r#"{"connectionHello":[{"phase":"ready"}],"pin":["BADCAFE5"]}"#,
        ] {
            for kind in [0, 1, 2, 3, b'{'] {
                // A word hidden by an escape in data is no PIN input for anybody.
                if kind == 2 && !json.to_lowercase().contains("connectionpininput") {
                    continue;
                }
                let bytes = [&[kind], json.as_bytes()].concat();
                let masked = text(&bytes).to_uppercase();
                assert!(!masked.contains("ADCAFE5") && !masked.contains("1234"), "{masked}");
            }
        }
    }

    #[test]
    fn messages_without_a_pin_stay_as_they_are() {
        let permission = Some(InputPermission::Ok);
        let state = PinStateMessage { state: PinDemand::Required, permission };
        let payload = r#"{"datagram":[{"pin":"1"}]}"#.to_owned();
        for message in [
            Message::Control(Control::PinState(state)),
            Message::Control(Control::PinError(1)),
            Message::Data(Data { protocol_id: "ee1.0".to_owned(), payload }),
            Message::Init { head: 0 },
        ] {
            let bytes = encode(&message);
            assert_eq!(*masked(&bytes), *bytes);
        }
    }
}
