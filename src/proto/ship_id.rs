//! The SHIP ID: the name a node gives itself.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::text::is_format;

/// A SHIP ID: 1 to 63 bytes of UTF-8 without control, format or separator characters (SHIP 3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShipId(String);

/// Why a text is no SHIP ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShipIdError {
    /// Nothing at all.
    #[error("a SHIP ID must not be empty")]
    Empty,
    /// More than 63 bytes.
    #[error("a SHIP ID has at most 63 bytes; this one has {0}")]
    TooLong(usize),
    /// A character that is not allowed.
    #[error("a SHIP ID contains no control, format or separator characters; this one contains U+{:04X}", *.0 as u32)]
    Forbidden(char),
}

impl ShipId {
    /// The most bytes a SHIP ID may have.
    pub const MAX_BYTES: usize = 63;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of new devices, `i:<IANA PEN>_u:<product id>` (SRIP-220).
    pub fn is_new_form(&self) -> bool {
        self.0.strip_prefix("i:").and_then(|rest| rest.split_once("_u:")).is_some_and(
            |(pen, id)| {
                !pen.is_empty() && pen.bytes().all(|b| b.is_ascii_digit()) && !id.is_empty()
            },
        )
    }
}

impl FromStr for ShipId {
    type Err = ShipIdError;

    fn from_str(text: &str) -> Result<Self, ShipIdError> {
        if text.is_empty() {
            return Err(ShipIdError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(ShipIdError::TooLong(text.len()));
        }
        match text.chars().find(|&c| is_forbidden(c)) {
            Some(c) => Err(ShipIdError::Forbidden(c)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// Control (Cc), separator (Z*) and format (Cf) characters.
fn is_forbidden(c: char) -> bool {
    c.is_control() || c.is_whitespace() || is_format(c)
}

impl fmt::Display for ShipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for ShipId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ShipId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_form_is_recognised_and_older_ones_are_accepted() {
        for (text, new) in [("i:46925_u:demo", true), ("i:_u:demo", false), ("EVSE-1", false)] {
            assert_eq!(text.parse::<ShipId>().unwrap().is_new_form(), new, "{text}");
        }
    }

    #[test]
    fn length_is_counted_in_bytes_and_invisible_characters_are_refused() {
        assert!("ü".repeat(31).parse::<ShipId>().is_ok());
        assert_eq!("ü".repeat(32).parse::<ShipId>(), Err(ShipIdError::TooLong(64)));
        assert_eq!("".parse::<ShipId>(), Err(ShipIdError::Empty));
        for bad in ['\u{7}', ' ', '\u{202E}', '\u{FEFF}'] {
            assert_eq!(format!("a{bad}").parse::<ShipId>(), Err(ShipIdError::Forbidden(bad)));
        }
    }
}
