//! The SKI: the identity of a SHIP node.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::text::is_hidden;

/// A subject key identifier: the SHA-1 of the node's public key point, 20 bytes (SHIP 12.2).
///
/// Two SKIs are compared as bytes, never as text; the order decides which of two simultaneous
/// connections survives (SHIP 12.2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ski([u8; 20]);

/// Why a text is no SKI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} {}; an SKI has 40 hex digits", describe(.digits, .foreign))]
pub struct SkiError {
    /// The text as given.
    pub given: String,
    /// How many hex digits were found in it.
    pub digits: usize,
    /// The first character that is neither a hex digit nor a separator ([`is_separator`]).
    pub foreign: Option<char>,
}

fn describe(digits: &usize, foreign: &Option<char>) -> String {
    match foreign {
        Some(c) => format!("contains {c:?} (U+{:04X})", u32::from(*c)),
        None if *digits == 1 => "has 1 digit".to_owned(),
        None => format!("has {digits} digits"),
    }
}

impl Ski {
    /// The SKI with these bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Upper-case digits in groups of four, as printed on labels.
    pub fn grouped(&self) -> String {
        let groups: Vec<String> =
            self.0.chunks(2).map(|pair| format!("{:02X}{:02X}", pair[0], pair[1])).collect();
        groups.join(" ")
    }

    /// Whether the lower-case text form begins with `prefix`, a lower-case hex prefix.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.to_string().starts_with(prefix)
    }
}

/// Whether a character comes along when an SKI is pasted from a label, a manual, a chat or a table, and means
/// nothing: blanks of every width, line breaks, hyphens and dashes, colons, quotes, and what is not seen.
pub fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || is_hidden(c)
        || matches!(
            c,
            '-' | ':' | '"' | '\'' | '`' | '«' | '»' | '\u{2010}'..='\u{2015}' | '\u{2212}'
        )
        || matches!(c, '\u{2018}'..='\u{201F}' | '\u{2039}' | '\u{203A}')
}

/// The text behind the word that often stands before an SKI: `SKI: 5555 …`.
fn without_label(text: &str) -> &str {
    let text = text.trim_start_matches(is_separator);
    match text.get(..3) {
        Some(label) if label.eq_ignore_ascii_case("SKI") => &text[3..],
        _ => text,
    }
}

/// The hex digits of a text, lower case, without what may stand before and between them
/// ([`is_separator`], and the word `SKI`).
///
/// # Errors
///
/// The first character that is neither a digit nor a separator.
pub fn hex_digits(text: &str) -> Result<String, char> {
    without_label(text)
        .chars()
        .filter(|c| !is_separator(*c))
        .map(|c| if c.is_ascii_hexdigit() { Ok(c.to_ascii_lowercase()) } else { Err(c) })
        .collect()
}

impl FromStr for Ski {
    type Err = SkiError;

    /// Accepts any case, and what comes along when an SKI is pasted ([`is_separator`], `SKI:`).
    fn from_str(text: &str) -> Result<Self, SkiError> {
        let error = |digits, foreign| SkiError { given: text.to_owned(), digits, foreign };
        let digits = hex_digits(text.trim()).map_err(|c| error(0, Some(c)))?;
        if digits.len() != 40 {
            return Err(error(digits.len(), None));
        }
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = pair.iter().fold(0, |acc, &digit| acc << 4 | nibble(digit));
        }
        Ok(Self(bytes))
    }
}

/// The value of a lower-case hex digit.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'0',
    }
}

impl fmt::Display for Ski {
    /// 40 lower-case digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Ski {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ski({self})")
    }
}

impl Serialize for Ski {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ski {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    #[test]
    fn any_case_and_separators_mean_the_same_bytes() {
        let plain: Ski = TEXT.parse().unwrap();
        for form in [
            TEXT.to_uppercase(),
            plain.grouped(),
            format!(" {} ", plain.grouped().replace(' ', "-")),
            plain.grouped().replace(' ', ":"),
            plain.grouped().replace(' ', "\u{a0}"),
            plain.grouped().replace(' ', "\u{2009}"),
            plain.grouped().replace(' ', "\u{202f}"),
            plain.grouped().replace(' ', "\t"),
            plain.grouped().replace(' ', "\r\n"),
            plain.grouped().replace(' ', "\u{2013}"),
            plain.grouped().replace(' ', "\u{200b}"),
            format!("\u{feff}SKI: {}", plain.grouped()),
            format!("ski:{TEXT}"),
            format!("\"{TEXT}\""),
            format!("\u{201e}SKI {}\u{201c}", plain.grouped()),
        ] {
            assert_eq!(form.parse::<Ski>().unwrap(), plain, "{form}");
        }
        assert_eq!(plain.to_string(), TEXT);
        assert_eq!(plain.grouped(), "5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222");
    }

    #[test]
    fn thirty_nine_and_forty_one_digits_and_foreign_characters_are_named() {
        for (text, digits, foreign) in [
            (&TEXT[1..], 39, None),
            (&format!("{TEXT}0")[..], 41, None),
            ("i:46925_u:demo", 0, Some('i')),
            ("", 0, None),
        ] {
            let error = text.parse::<Ski>().unwrap_err();
            assert_eq!((error.digits, error.foreign), (digits, foreign), "{text}");
            assert!(error.to_string().contains("40 hex digits"));
        }
    }
}
