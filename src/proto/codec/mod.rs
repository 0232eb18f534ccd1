//! Bytes to messages and back: frames (SHIP 13.4.2) and EEBUS JSON.
//!
//! EEBUS JSON writes every object as an array of single-key objects, in order. Nothing here
//! rewrites bytes: the text is read by its structure.

use super::message::Message;

/// What was tolerated while a message was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeRemark {
    /// `00` bytes followed the JSON text.
    TrailingZeros,
    /// Objects were written as plain JSON objects instead of arrays of single-key objects.
    PlainObjects,
}

/// A message with what was tolerated in reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The message.
    pub message: Message,
    /// What was tolerated; each remark at most once.
    pub remarks: Vec<DecodeRemark>,
}

/// Why bytes are no SHIP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No value behind the type byte, or no byte at all (TC_SHIP_MSG_001).
    #[error("a message of {0} bytes has no value")]
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
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let _ = bytes;
    unimplemented!()
}

/// Writes one WebSocket message.
pub fn encode(message: &Message) -> Vec<u8> {
    let _ = message;
    unimplemented!()
}
