//! The PINs of a trace: each has a stand-in of the same length, the same one wherever it occurs, so
//! that the trace still decodes and a replay decides the same. Nothing of a PIN is in its stand-in.

use std::fmt;

use super::mask::masked;
use crate::proto::{
    Pin,
    codec::{decode, encode},
    message::{Control, Message},
};

/// The PINs met so far, and what stands for them.
#[derive(Default)]
pub struct Pins {
    met: Vec<(Pin, String)>,
    /// Whether PINs are stand-ins already and stay.
    keep: bool,
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pins({})", self.met.len())
    }
}

impl Pins {
    /// For what was read from a trace: PINs stay as they are.
    pub fn of_a_trace() -> Self {
        Self { met: Vec::new(), keep: true }
    }

    /// What stands for a PIN: the number of its first occurrence.
    pub fn stand_in(&mut self, pin: &Pin) -> String {
        if self.keep {
            return pin.expose().to_owned();
        }
        if let Some((_, stand_in)) = self.met.iter().find(|(met, _)| met.matches(pin)) {
            return stand_in.clone();
        }
        let width = pin.expose().len();
        let mut number = self.met.len() + 1;
        let mut stand_in = format!("{number:0width$X}");
        while stand_in == pin.expose() || self.met.iter().any(|(_, other)| *other == stand_in) {
            number += 1;
            stand_in = format!("{number:0width$X}");
        }
        self.met.push((pin.clone(), stand_in.clone()));
        stand_in
    }

    /// A message without its PIN, otherwise byte by byte as it was. Of one that may hold a PIN and
    /// cannot be read, every value is masked.
    pub fn frame(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.keep {
            return bytes.to_vec();
        }
        let Ok(decoded) = decode(bytes) else { return self.scrub(&masked(bytes)) };
        let Message::Control(Control::PinInput(pin)) = decoded.message else {
            return self.scrub(&masked(bytes));
        };
        // Also one that is met for the first time is known from here on.
        let stand_in = self.stand_in(&pin);
        let replaced = self.scrub(bytes);
        let says = |bytes: &[u8]| match decode(bytes).map(|decoded| decoded.message) {
            Ok(Message::Control(Control::PinInput(pin))) => pin.expose() == stand_in,
            _ => false,
        };
        if says(&replaced) {
            return replaced;
        }
        // Written in another way than digit by digit.
        stand_in.parse().map_or_else(
            |_| masked(bytes).into_owned(),
            |pin| encode(&Message::Control(Control::PinInput(pin))),
        )
    }

    /// Whether any PIN was met.
    pub fn any(&self) -> bool {
        !self.met.is_empty()
    }

    /// A text without the PINs met so far.
    pub fn text(&self, text: &str) -> Option<String> {
        if self.met.is_empty() {
            return None;
        }
        let scrubbed = self.scrub(text.as_bytes());
        (scrubbed != text.as_bytes()).then(|| String::from_utf8_lossy(&scrubbed).into_owned())
    }

    /// Whatever else holds a PIN met so far, in any case: a peer may repeat it anywhere.
    pub fn scrub(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for (pin, stand_in) in &self.met {
            replace(&mut out, pin.expose().as_bytes(), stand_in.as_bytes());
        }
        out
    }
}

/// Replaces a text by another one of the same length, in any case.
pub(super) fn replace(bytes: &mut [u8], what: &[u8], with: &[u8]) {
    let length = what.len();
    if length == 0 || with.len() != length {
        return;
    }
    let mut at = 0;
    while let Some(window) = bytes.get_mut(at..at + length) {
        if window.eq_ignore_ascii_case(what) {
            window.copy_from_slice(with);
            at += length;
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    fn frame(json: &str) -> Vec<u8> {
        [&[1], json.as_bytes()].concat()
    }

    #[test]
    fn the_same_pin_has_the_same_stand_in_of_its_length_and_another_pin_another() {
        let mut pins = Pins::default();
        assert_eq!(pins.stand_in(&pin("BADCAFE5")), "00000001");
        assert_eq!(pins.stand_in(&pin("0000000000000002")), "0000000000000003");
        assert_eq!(pins.stand_in(&pin("badc afe5")), "00000001");
        assert_eq!(format!("{pins:?}"), "Pins(2)");
    }

    #[test]
    fn a_message_keeps_every_byte_but_those_of_its_pin() {
        let mut pins = Pins::default();
        for (raw, clean) in [
            (
                r#"{"connectionPinInput":[{"pin":"badCAFE5"}]}"#,
                r#"{"connectionPinInput":[{"pin":"00000001"}]}"#,
            ),
            (
                "{ \"connectionPinInput\" : {\"pin\":\"BADCAFE5\"}}\0",
                "{ \"connectionPinInput\" : {\"pin\":\"00000001\"}}\0",
            ),
            (
                r#"{"connectionPinInput":[{"pin":"BADC AFE5"}]}"#,
                r#"{"connectionPinInput":[{"pin":"00000001"}]}"#,
            ),
            (
                r#"{"connectionPinInput":[{"pin":"12"}]}"#,
                r#"{"connectionPinInput":[{"pin":"**"}]}"#,
            ),
        ] {
            let clean = frame(clean);
            assert_eq!(pins.frame(&frame(raw)), clean, "{raw}");
            assert_eq!(Pins::of_a_trace().frame(&clean), clean);
        }
    }

    #[test]
    fn a_pin_that_was_met_is_found_in_every_other_message_and_text() {
        let mut pins = Pins::default();
        pins.stand_in(&pin("BADCAFE5"));
        let echoed = pins
            .frame(&[&[2], &br#"{"data":[{"header":[{"protocolId":"BadCafe5"}]}]}"#[..]].concat());
        assert!(!String::from_utf8(echoed).unwrap().to_lowercase().contains("badcafe5"));
        assert_eq!(pins.text("it said badcafe5").as_deref(), Some("it said 00000001"));
        assert_eq!(pins.text("nothing"), None);
    }
}
