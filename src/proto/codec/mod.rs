//! Bytes to messages and back: frames (SHIP 13.4.2) and EEBUS JSON (SHIP 11.4).
//!
//! EEBUS JSON writes every object as an array of single-key objects, in order. Nothing here
//! rewrites bytes: the text is read by its structure.
//!
//! | room | what happens there |
//! |---|---|
//! | `json` | reading an object in either form, one level at a time |
//! | `read` | the text of a message to its value |
//! | `write` | a message to its bytes |
//! | `names` | the words and numbers of the enumerations, for both directions |
//! | [`plain`] | EEBUS JSON to ordinary JSON and back, for people |

mod json;
mod names;
pub mod plain;
mod read;
mod write;

use super::message::Message;
use json::Scalars;

/// What was tolerated while a message was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeRemark {
    /// `00` bytes followed the JSON text.
    TrailingZeros,
    /// Objects were written as plain JSON objects instead of arrays of single-key objects.
    PlainObjects,
    /// A byte order mark stood before the JSON text (RFC 8259 8.1 lets a reader ignore it).
    ByteOrderMark,
    /// A number or a truth value was written as a text (`"60000"`), or a text as a number.
    TextValues,
}

/// A message with what was tolerated in reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The message.
    pub message: Message,
    /// What was tolerated; each remark at most once.
    pub remarks: Vec<DecodeRemark>,
}

/// Why bytes are no SHIP message. No variant ever repeats a PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No value behind the type byte, or no byte at all (TC_SHIP_MSG_001).
    #[error("a message has at least 2 bytes; this one has {0}")]
    NoValue(usize),
    /// A type byte the specification does not define (TC_SHIP_MSG_002).
    #[error("message type {0:#04x} is not known")]
    UnknownType(u8),
    /// An init message whose value is not exactly one byte.
    #[error("an init message has one byte of value; this one has {0}")]
    InitLength(usize),
    /// The value is not the JSON it ought to be.
    #[error("{0}")]
    Json(String),
    /// The JSON is well-formed, but not this message.
    #[error("{element}: {problem}")]
    Malformed {
        /// The element at fault, `connectionHello.phase` for one.
        element: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Reads one WebSocket message.
///
/// Any legal whitespace, any order of the fields and unknown fields are fine. Of a field that
/// occurs twice the last counts, and one that is `null` counts as absent. What is tolerated beyond
/// the specification is told in [`Decoded::remarks`].
///
/// # Errors
///
/// [`DecodeError`] when the bytes are no SHIP message; they came from the peer, so the fault is its.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let [kind, value @ ..] = bytes else { return Err(DecodeError::NoValue(0)) };
    if value.is_empty() {
        return Err(DecodeError::NoValue(bytes.len()));
    }
    let read = match *kind {
        INIT => return init(value),
        CONTROL => read::control,
        DATA => read::data,
        END => read::end,
        other => return Err(DecodeError::UnknownType(other)),
    };
    let marked = value.starts_with(BYTE_ORDER_MARK);
    let (text, zeros) = text(value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(value))?;
    let (message, plain, texts) = match read(text, Scalars::Strict) {
        Ok((message, plain)) => (message, plain, false),
        Err(error) => {
            let (message, plain) = read(text, Scalars::Lenient).map_err(|_| error)?;
            (message, plain, true)
        }
    };
    let remarks = [
        (marked, DecodeRemark::ByteOrderMark),
        (zeros, DecodeRemark::TrailingZeros),
        (plain, DecodeRemark::PlainObjects),
        (texts, DecodeRemark::TextValues),
    ];
    Ok(Decoded { message, remarks: remarks.into_iter().filter(|r| r.0).map(|r| r.1).collect() })
}

/// Writes one WebSocket message.
///
/// The payload of [`Message::Data`] must be one JSON document and goes out byte for byte. Other
/// texts are escaped so that ship-go, which rewrites bytes without regard to quotes, still reads
/// them. Durations are written in whole milliseconds, at most `u32::MAX`. The bytes of a PIN input
/// hold the PIN: they are for the wire only.
pub fn encode(message: &Message) -> Vec<u8> {
    write::message(message)
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

// The type bytes (SHIP 13.4.2).
const INIT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;
const END: u8 = 3;

fn init(value: &[u8]) -> Result<Decoded, DecodeError> {
    match value {
        [head] => Ok(Decoded { message: Message::Init { head: *head }, remarks: Vec::new() }),
        _ => Err(DecodeError::InitLength(value.len())),
    }
}

/// The JSON text of a value, and whether `00` bytes followed it.
fn text(value: &[u8]) -> Result<(&str, bool), DecodeError> {
    if looks_like_utf16(value) {
        return Err(DecodeError::Json(
            "the text looks like JSON-UTF16; only JSON-UTF8 is understood".to_owned(),
        ));
    }
    let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let end = value.iter().rposition(|b| *b != 0 && !is_space(b)).map_or(0, |last| last + 1);
    let (json, rest) = value.split_at(end);
    let text = std::str::from_utf8(json).map_err(|e| {
        DecodeError::Json(format!("the text is not UTF-8 from byte {} on", e.valid_up_to()))
    })?;
    Ok((text, rest.contains(&0)))
}

/// A byte order mark, or ASCII spread over two bytes.
fn looks_like_utf16(value: &[u8]) -> bool {
    let begins = |b: &u8| matches!(b, b'{' | b' ' | b'\t' | b'\r' | b'\n');
    match value {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => true,
        [0, b, ..] | [b, 0, _, ..] => begins(b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msg_001_a_type_byte_without_value_is_no_message() {
        assert_eq!(decode(&[]), Err(DecodeError::NoValue(0)));
        for kind in [INIT, CONTROL, DATA, END, 0xFF] {
            assert_eq!(decode(&[kind]), Err(DecodeError::NoValue(1)));
        }
    }

    #[test]
    fn msg_002_an_unknown_type_is_named() {
        assert_eq!(decode(&[0xFF, b'{', b'}']), Err(DecodeError::UnknownType(0xFF)));
        let error = decode(&[4, 0]).unwrap_err();
        assert_eq!(error.to_string(), "message type 0x04 is not known");
    }

    #[test]
    fn an_init_has_exactly_one_byte_of_value() {
        for head in [0, 1, 0xFF] {
            let message = Message::Init { head };
            assert_eq!(encode(&message), [0, head]);
            assert_eq!(decode(&[0, head]), Ok(Decoded { message, remarks: vec![] }));
        }
        assert_eq!(decode(&[0, 0, 0]), Err(DecodeError::InitLength(2)));
    }

    #[test]
    fn utf16_is_named_as_what_it_is() {
        let text = r#"{"accessMethodsRequest":[]}"#;
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (mark, text) in
            [(&[][..], &big), (&[], &little), (&[0xFE, 0xFF], &big), (&[0xFF, 0xFE], &little)]
        {
            let bytes = [&[CONTROL], mark, text].concat();
            let error = decode(&bytes).unwrap_err().to_string();
            assert!(error.contains("JSON-UTF16"), "{error}");
        }
    }

    #[test]
    fn what_is_no_text_is_an_error_that_says_where() {
        let json = |bytes: &[u8]| match decode(bytes) {
            Err(DecodeError::Json(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(json(b"\x01{\"a\":\"\xff\"}").contains("byte 6"));
        assert!(json(b"\x01\0\0").contains("EOF"));
        assert!(json(b"\x01{\"a\":[}").contains("column 7"));
        assert!(json(b"\x01{\"a\":[]} x").contains("trailing characters"));
    }
}
