//! The record we announce.

use super::{Txt, TxtRemark};
use crate::proto::{ShipId, Ski};

/// What we announce of ourselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTxt {
    /// `id`.
    pub ship_id: ShipId,
    /// `ski`.
    pub ski: Ski,
    /// `path`: contains `/`, at most 32 bytes.
    pub path: String,
    /// `register`.
    pub register: bool,
    /// `brand`, at most 32 bytes.
    pub brand: String,
    /// `model`, at most 32 bytes.
    pub model: String,
    /// `type`, at most 32 bytes; left out when empty.
    pub device_type: String,
    /// `serial`; left out when empty.
    pub serial: String,
    /// `cat`.
    pub categories: Vec<u16>,
}

impl OwnTxt {
    /// The pairs in the order in which to announce them, `txtvers` first.
    ///
    /// # Errors
    ///
    /// What a strict reader would find wrong, `register=true` apart.
    pub fn pairs(&self) -> Result<Vec<(String, String)>, TxtRemark> {
        let categories: Vec<String> = self.categories.iter().map(u16::to_string).collect();
        let pairs: Vec<(String, String)> = [
            ("txtvers", "1"),
            ("id", self.ship_id.as_str()),
            ("path", &self.path),
            ("ski", &self.ski.to_string()),
            ("register", if self.register { "true" } else { "false" }),
            ("brand", &self.brand),
            ("type", &self.device_type),
            ("model", &self.model),
            ("serial", &self.serial),
            ("cat", &categories.join(",")),
            // No brainpool certificates and no pairing service (SHIP 1.1).
            ("ecc", "false"),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
        let read = Txt::read(pairs.iter().map(|(key, value)| (&key[..], Some(value.as_bytes()))));
        match read.remarks.into_iter().find(|remark| *remark != TxtRemark::RegisterTrue) {
            Some(remark) => Err(remark),
            None => Ok(pairs),
        }
    }
}
