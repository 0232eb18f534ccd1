//! The TXT record of a SHIP service (SHIP 7.3.2, SRIP 2.2), read leniently.

use crate::proto::{ShipId, Ski};

/// What a TXT record says. A missing or unusable value is `None`, and a remark tells why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txt {
    /// `id`.
    pub ship_id: Option<ShipId>,
    /// `ski`.
    pub ski: Option<Ski>,
    /// `path`.
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
    /// Every pair as it came, in order; the value in lossy UTF-8.
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
