//! The bytes of one message, as they travel: they may hold a PIN, so nothing prints them.

use std::{fmt, ops::Deref};

/// The bytes of one SHIP message, one binary WebSocket frame (SHIP 13.4.2). `Debug` shows its type
/// and length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Vec<u8>);

impl Frame {
    /// The bytes themselves.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Frame {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.len();
        match self.first() {
            None => f.write_str("Frame(empty)"),
            Some(0) => write!(f, "Frame(init, {length} bytes)"),
            Some(1) => write!(f, "Frame(control, {length} bytes)"),
            Some(2) => write!(f, "Frame(data, {length} bytes)"),
            Some(3) => write!(f, "Frame(close, {length} bytes)"),
            Some(other) => write!(f, "Frame(type {other:#04x}, {length} bytes)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{
        codec::encode,
        message::{Control, Message},
    };

    #[test]
    fn a_pin_in_a_message_is_never_printed() {
        let pin = "BADCAFE5".parse().unwrap();
        let frame = Frame::from(encode(&Message::Control(Control::PinInput(pin))));
        let shown = format!("{frame:?} {frame:#?}");
        assert_eq!(
            shown,
            format!("Frame(control, {0} bytes) Frame(control, {0} bytes)", frame.len())
        );
        assert_eq!(format!("{:?}", Frame::from(vec![])), "Frame(empty)");
        assert_eq!(format!("{:?}", Frame::from("{}")), "Frame(type 0x7b, 2 bytes)");
    }
}
