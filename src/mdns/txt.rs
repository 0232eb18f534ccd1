//! The TXT record of a SHIP service (SHIP 7.3.2, SRIP 2.2): read leniently, written strictly.

mod category;
mod own;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use crate::proto::{
    ShipId, Ski,
    text::{is_hidden, visible, visible_bytes},
};

pub use {category::Category, own::OwnTxt};

/// What a TXT record says. A missing or unusable value is `None`, and a remark tells why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txt {
    /// `id`.
    pub ship_id: Option<ShipId>,
    /// `ski`.
    pub ski: Option<Ski>,
    /// `path`, with a leading `/` and fit for a request line.
    pub path: Option<String>,
    /// `register`.
    pub register: Option<bool>,
    /// `brand`, without control characters.
    pub brand: Option<String>,
    /// `model`, without control characters.
    pub model: Option<String>,
    /// `type`, without control characters.
    pub device_type: Option<String>,
    /// `serial`, without control characters.
    pub serial: Option<String>,
    /// `cat`; numbers this version does not know are kept.
    pub categories: Vec<u16>,
    /// Every pair as it came, in order; the value in lossy UTF-8. Not safe to show: see
    /// [`crate::proto::text::visible`].
    pub raw: Vec<(String, String)>,
    /// What is wrong with the record.
    pub remarks: Vec<TxtRemark>,
}

/// What is wrong with a TXT record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxtRemark {
    /// A mandatory key is missing (MDNS-06).
    Missing(&'static str),
    /// A value breaks its rule (MDNS-07): the key, the value, the rule.
    Invalid {
        /// The key.
        key: &'static str,
        /// The value as it came, in lossy UTF-8 and without control characters.
        value: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// `ski` is not 40 hex digits (MDNS-08): the value.
    BadSki(String),
    /// A key appears twice; the first counts.
    Duplicate(String),
    /// `register=true` (MDNS-11).
    RegisterTrue,
}

/// The keys without which a strict peer ignores the record (SHIP 7.3.2).
pub const MANDATORY: [&str; 5] = ["txtvers", "id", "path", "ski", "register"];

/// The keys SRIP 2.2 adds; devices older than it lack them, and are dialled all the same.
pub const MANDATORY_SRIP: [&str; 3] = ["brand", "model", "cat"];

/// The most bytes `path`, `brand`, `model` and `type` may have (SHIP 7.3.2, SRIP 2.2).
const MAX_BYTES: usize = 32;

const AT_MOST_32: &str = "it must have at most 32 bytes";

impl Txt {
    /// Reads a record from its pairs in order; a key without `=` has no value.
    ///
    /// Keys are compared without regard to case, the first of duplicate keys counts (RFC 6763 6.4).
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Self {
        let mut txt = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in pairs {
            let value = value.unwrap_or_default();
            txt.raw.push((key.to_owned(), String::from_utf8_lossy(value).into_owned()));
            let name = key.to_ascii_lowercase();
            if seen.contains(&name) {
                txt.remarks.push(TxtRemark::Duplicate(visible(key)));
            } else {
                txt.read_pair(&name, value);
                seen.push(name);
            }
        }
        for key in MANDATORY.into_iter().chain(MANDATORY_SRIP) {
            if !seen.iter().any(|name| name == key) {
                txt.remarks.push(TxtRemark::Missing(key));
            }
        }
        txt
    }

    /// Reads a record from its strings in order, `key=value` or `key` each (RFC 6763 6.3).
    pub fn read_strings(strings: &[Vec<u8>]) -> Self {
        let pairs: Vec<(String, Option<&[u8]>)> = strings
            .iter()
            .map(|text| {
                let equals = text.iter().position(|byte| *byte == b'=');
                let (key, value) = match equals {
                    Some(at) => (&text[..at], Some(&text[at + 1..])),
                    None => (&text[..], None),
                };
                (String::from_utf8_lossy(key).into_owned(), value)
            })
            .collect();
        Self::read(pairs.iter().map(|(key, value)| (key.as_str(), *value)))
    }

    /// Whether a peer that follows SHIP 7.3.2 to the letter takes this record into account.
    pub fn is_strictly_valid(&self) -> bool {
        !self.remarks.iter().any(|remark| match remark {
            TxtRemark::Missing(key) | TxtRemark::Invalid { key, .. } => MANDATORY.contains(key),
            TxtRemark::BadSki(_) => true,
            TxtRemark::Duplicate(_) | TxtRemark::RegisterTrue => false,
        })
    }

    fn read_pair(&mut self, key: &str, value: &[u8]) {
        match key {
            "txtvers" if value != b"1" => self.invalid("txtvers", value, "it must be exactly 1"),
            "id" => self.ship_id = self.read_ship_id(value),
            "ski" => match visible_bytes(value).parse() {
                Ok(ski) => self.ski = Some(ski),
                Err(_) => self.remarks.push(TxtRemark::BadSki(visible_bytes(value))),
            },
            "path" => self.path = self.read_path(value),
            "register" => self.register = self.read_register(value),
            "brand" => self.brand = self.read_name("brand", value),
            "model" => self.model = self.read_name("model", value),
            "type" => self.device_type = self.read_name("type", value),
            "serial" => self.serial = Some(visible_bytes(value)).filter(|text| !text.is_empty()),
            "cat" => self.categories = self.read_categories(value),
            _ => {}
        }
    }

    fn read_ship_id(&mut self, value: &[u8]) -> Option<ShipId> {
        let id = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        if id.is_none() {
            self.invalid(
                "id",
                value,
                "it must have 1 to 63 bytes of UTF-8 without control, format or separator characters",
            );
        }
        id
    }

    /// The path goes into a request line: anything but printable ASCII would break out of it.
    fn read_path(&mut self, value: &[u8]) -> Option<String> {
        if value.len() > MAX_BYTES {
            self.invalid("path", value, AT_MOST_32);
        }
        let text = std::str::from_utf8(value)
            .ok()
            .filter(|text| text.contains('/') && text.bytes().all(|b| b.is_ascii_graphic()));
        if text.is_none() {
            self.invalid("path", value, "it must contain / and printable ASCII only");
        }
        text.map(|text| if text.starts_with('/') { text.to_owned() } else { format!("/{text}") })
    }

    fn read_register(&mut self, value: &[u8]) -> Option<bool> {
        if value != b"true" && value != b"false" {
            self.invalid("register", value, "it must be true or false");
        }
        let register = bool::from_str(&visible_bytes(value).to_ascii_lowercase()).ok();
        if register == Some(true) {
            self.remarks.push(TxtRemark::RegisterTrue);
        }
        register
    }

    fn read_name(&mut self, key: &'static str, value: &[u8]) -> Option<String> {
        if value.len() > MAX_BYTES {
            self.invalid(key, value, AT_MOST_32);
        }
        if std::str::from_utf8(value).map_or(true, |text| text.chars().any(is_hidden)) {
            self.invalid(key, value, "it must be UTF-8 without control characters");
        }
        Some(visible_bytes(value)).filter(|text| !text.is_empty())
    }

    fn read_categories(&mut self, value: &[u8]) -> Vec<u16> {
        let text = visible_bytes(value);
        let mut categories = Vec::new();
        let mut valid = true;
        for part in text.split(',') {
            match part.trim().parse() {
                Ok(number) if !categories.contains(&number) => categories.push(number),
                Ok(_) => {}
                Err(_) => valid = false,
            }
        }
        if !valid {
            self.invalid("cat", value, "it must be numbers, separated by commas");
        }
        categories
    }

    fn invalid(&mut self, key: &'static str, value: &[u8], rule: &'static str) {
        self.remarks.push(TxtRemark::Invalid { key, value: visible_bytes(value), rule });
    }
}

impl fmt::Display for TxtRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "{key} is missing"),
            Self::Invalid { key, value, rule } => write!(f, "{key} is {value:?}, but {rule}"),
            Self::BadSki(value) => write!(f, "ski is {value:?}, but an SKI has 40 hex digits"),
            Self::Duplicate(key) => write!(f, "{key} appears twice; the first counts"),
            Self::RegisterTrue => f.write_str("register is true"),
        }
    }
}
