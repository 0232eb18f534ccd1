//! The PIN: a secret that is compared in constant time and never printed.

use std::{fmt, str::FromStr};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A SHIP PIN: 8 to 16 hex digits (SHIP 13.4.4.3). Neither `Debug` nor any error shows it.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// Why a text is no PIN. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 8 to 16 hex digits, and spaces between them; this one has {}",
        found(.digits, .foreign))]
pub struct PinError {
    /// How many hex digits were found.
    pub digits: usize,
    /// Whether anything but hex digits and spaces was found.
    pub foreign: bool,
}

fn found(digits: &usize, foreign: &bool) -> String {
    match (foreign, digits) {
        (true, _) => "characters that are neither".to_owned(),
        (false, 0) => "none".to_owned(),
        (false, 1) => "1 digit".to_owned(),
        (false, digits) => format!("{digits} digits"),
    }
}

impl Pin {
    /// The digits, upper case, for the wire only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the two are equal, in time that depends on their lengths only.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let mut digits = Zeroizing::new(String::with_capacity(text.len()));
        let mut foreign = false;
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            if c.is_ascii_hexdigit() {
                digits.push(c.to_ascii_uppercase());
            } else {
                foreign = true;
            }
        }
        if foreign || !(8..=16).contains(&digits.len()) {
            return Err(PinError { digits: digits.len(), foreign });
        }
        Ok(Self(digits))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// For tests and message comparison; constant time as well.
impl PartialEq for Pin {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for Pin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_eight_to_sixteen_hex_digits_in_any_case() {
        for good in ["12345678", "5555 AAAA FF", "0123456789abcdef"] {
            assert!(good.parse::<Pin>().is_ok(), "{good}");
        }
        for bad in ["", "1234567", "0123456789abcdef0", "1234567x", "12-34-56-78"] {
            assert!(bad.parse::<Pin>().is_err(), "{bad}");
        }
        assert!("aabbccdd".parse::<Pin>().unwrap().matches(&"AABB CCDD".parse().unwrap()));
    }

    #[test]
    fn what_is_no_pin_is_told_with_the_rule() {
        for (text, found) in [
            ("", "none"),
            ("1", "1 digit"),
            ("1234567", "7 digits"),
            ("zzz", "characters that are neither"),
            ("12-34-56-78", "characters that are neither"),
        ] {
            let error = text.parse::<Pin>().unwrap_err().to_string();
            let rule = "a PIN has 8 to 16 hex digits, and spaces between them; this one has ";
            assert_eq!(error.strip_prefix(rule), Some(found), "{error}");
        }
    }

    #[test]
    fn a_pin_is_never_printed() {
        let pin: Pin = "1234ABCD".parse().unwrap();
        assert!(!format!("{pin:?}").contains("1234"));
        let error = "1234567".parse::<Pin>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("1234"));
    }
}
