//! The TXT record of a SHIP service (SHIP 7.3.2, SRIP 2.2): read leniently, written strictly.

use std::{fmt, str::FromStr};

use crate::proto::{
    ShipId, Ski,
    text::{is_hidden, visible, visible_bytes},
};

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

const AT_MOST_32: &str = "it has at most 32 bytes";

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
            "txtvers" if value != b"1" => self.invalid("txtvers", value, "it is exactly 1"),
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
                "it has 1 to 63 bytes of UTF-8 without control, format or separator characters",
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
            self.invalid("path", value, "it contains / and printable ASCII only");
        }
        text.map(|text| if text.starts_with('/') { text.to_owned() } else { format!("/{text}") })
    }

    fn read_register(&mut self, value: &[u8]) -> Option<bool> {
        if value != b"true" && value != b"false" {
            self.invalid("register", value, "it is true or false");
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
            self.invalid(key, value, "it is UTF-8 without control characters");
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
            self.invalid("cat", value, "it is a comma separated list of numbers");
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
            Self::BadSki(value) => write!(f, "ski is {value:?}, but it has 40 hex digits"),
            Self::Duplicate(key) => write!(f, "{key} appears twice; the first counts"),
            Self::RegisterTrue => f.write_str("register is true"),
        }
    }
}

/// A device category by its number in `cat` (SRIP 2.2). Displays as its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Category(pub u16);

impl Category {
    /// The name, for the numbers 1 to 7.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "grid connection point hub",
            2 => "energy management system",
            3 => "e-mobility",
            4 => "HVAC",
            5 => "inverter",
            6 => "domestic appliance",
            7 => "metering device",
            _ => return None,
        })
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("category {}", self.0)),
        }
    }
}

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
    /// Errors with what a strict reader would find wrong, `register=true` apart.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn read(pairs: &[(&str, &str)]) -> Txt {
        Txt::read(pairs.iter().map(|(key, value)| (*key, Some(value.as_bytes()))))
    }

    /// A complete record with `changes` put in place, or appended.
    fn with(changes: &[(&'static str, &'static str)]) -> Txt {
        let mut pairs = vec![
            ("txtvers", "1"),
            ("id", "i:46925_u:demo"),
            ("path", "/ship/"),
            ("ski", SKI),
            ("register", "false"),
            ("brand", "Demo"),
            ("model", "EVSE"),
            ("cat", "3"),
        ];
        for &(key, value) in changes {
            match pairs.iter_mut().find(|(name, _)| *name == key) {
                Some(pair) => pair.1 = value,
                None => pairs.push((key, value)),
            }
        }
        read(&pairs)
    }

    fn own() -> OwnTxt {
        OwnTxt {
            ship_id: "i:46925_u:demo".parse().unwrap(),
            ski: SKI.parse().unwrap(),
            path: "/ship/".to_owned(),
            register: false,
            brand: "shipctl".to_owned(),
            model: "shipctl".to_owned(),
            device_type: "EnergyManagementSystem".to_owned(),
            serial: "42".to_owned(),
            categories: vec![2, 3],
        }
    }

    #[test]
    fn a_complete_record_is_read_without_a_remark() {
        let txt = with(&[("type", "Wallbox"), ("serial", "a=b"), ("cat", "3, 9,3")]);
        assert_eq!(txt.remarks, []);
        assert!(txt.is_strictly_valid());
        assert_eq!(txt.ship_id.unwrap().as_str(), "i:46925_u:demo");
        assert_eq!(txt.ski.unwrap().to_string(), SKI);
        assert_eq!(txt.path.as_deref(), Some("/ship/"));
        assert_eq!((txt.register, txt.serial.as_deref()), (Some(false), Some("a=b")));
        assert_eq!(txt.categories, [3, 9]);
        assert_eq!(txt.raw.len(), 10);
    }

    #[test]
    fn every_mandatory_key_is_missed_and_only_those_of_ship_make_a_strict_peer_refuse() {
        let txt = read(&[]);
        let missing: Vec<_> =
            MANDATORY.into_iter().chain(MANDATORY_SRIP).map(TxtRemark::Missing).collect();
        assert_eq!(txt.remarks, missing);
        assert!(!txt.is_strictly_valid());

        let old = read(&[
            ("txtvers", "1"),
            ("id", "a"),
            ("path", "/ship/"),
            ("ski", SKI),
            ("register", "false"),
        ]);
        assert_eq!(old.remarks.len(), 3);
        assert!(old.is_strictly_valid());
    }

    #[test]
    fn each_broken_value_is_remarked_once_with_its_rule() {
        let long = "x".repeat(33);
        let long: &'static str = long.leak();
        for (key, value) in [
            ("txtvers", "2"),
            ("txtvers", "01"),
            ("id", ""),
            ("id", "a b"),
            ("path", "ship"),
            ("path", "/a b/"),
            ("path", "/\r\nHost: x"),
            ("register", "yes"),
            ("register", ""),
            ("brand", long),
            ("model", long),
            ("type", "a\x1b[31m"),
            ("cat", "3,x"),
            ("cat", ""),
        ] {
            let remarks = with(&[(key, value)]).remarks;
            assert!(
                matches!(&remarks[..], [TxtRemark::Invalid { key: k, .. }] if *k == key),
                "{key}={value:?}: {remarks:?}"
            );
        }
    }

    #[test]
    fn a_usable_value_is_kept_although_it_breaks_a_rule() {
        assert_eq!(with(&[("register", "True")]).register, Some(true));
        assert_eq!(with(&[("path", "ship/")]).path.as_deref(), Some("/ship/"));
        let long = with(&[("path", "/a-path-that-is-longer-than-32-bytes/")]);
        assert!(long.path.is_some() && !long.is_strictly_valid());
        assert_eq!(with(&[("path", "/\r\nHost: x")]).path, None);
        assert_eq!(with(&[("brand", "a\u{202E}b")]).brand.as_deref(), Some("a�b"));
        assert_eq!(with(&[("cat", "3,x,70000,4")]).categories, [3, 4]);
    }

    #[test]
    fn a_ski_in_any_case_and_grouping_is_the_same_and_39_digits_are_remarked() {
        let grouped = "5555 AAAA-FFFF:1111 CCCC 3333 EEEE DDDD 9999 2222";
        assert_eq!(with(&[("ski", grouped)]).ski.unwrap().to_string(), SKI);
        let short = with(&[("ski", &SKI[1..])]);
        assert_eq!(short.ski, None);
        assert_eq!(short.remarks, [TxtRemark::BadSki(SKI[1..].to_owned())]);
    }

    #[test]
    fn keys_have_no_case_and_the_first_duplicate_wins() {
        let txt = read(&[("BRAND", "first"), ("brand", "second"), ("Brand", "third")]);
        assert_eq!(txt.brand.as_deref(), Some("first"));
        assert_eq!(
            txt.remarks[..2],
            [TxtRemark::Duplicate("brand".into()), TxtRemark::Duplicate("Brand".into())]
        );
        assert_eq!(txt.raw.len(), 3);
    }

    #[test]
    fn auto_accept_mode_is_told() {
        let txt = with(&[("register", "true")]);
        assert_eq!(txt.remarks, [TxtRemark::RegisterTrue]);
        assert!(txt.is_strictly_valid());
    }

    #[test]
    fn categories_have_names_and_unknown_ones_keep_their_number() {
        assert_eq!(Category(3).to_string(), "e-mobility");
        assert_eq!(Category(8).to_string(), "category 8");
        assert!((1..=7).all(|n| Category(n).name().is_some()));
    }

    #[test]
    fn tc_ship_mdns_001_our_record_has_every_key_within_its_bounds() {
        let pairs = own().pairs().unwrap();
        let keys: Vec<&str> = pairs.iter().map(|(key, _)| &key[..]).collect();
        assert_eq!(
            keys,
            ["txtvers", "id", "path", "ski", "register", "brand", "type", "model", "serial", "cat"]
        );
        let value = |key: &str| &pairs.iter().find(|(k, _)| k == key).unwrap().1;
        assert_eq!(value("txtvers"), "1");
        assert!(value("id").len() <= 63);
        assert!(value("path").len() <= 32 && value("path").contains('/'));
        assert!(value("ski").len() == 40 && value("ski").bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(["true", "false"].contains(&&value("register")[..]));
        assert!(["brand", "model", "type"].iter().all(|key| value(key).len() <= 32));
        assert_eq!(value("cat"), "2,3");
    }

    #[test]
    fn we_never_announce_what_a_strict_reader_would_refuse() {
        assert!(OwnTxt { register: true, ..own() }.pairs().is_ok());
        for bad in [
            OwnTxt { path: "ship".into(), ..own() },
            OwnTxt { path: "/".repeat(33), ..own() },
            OwnTxt { brand: "x".repeat(33), ..own() },
            OwnTxt { model: String::new(), ..own() },
            OwnTxt { categories: vec![], ..own() },
        ] {
            assert!(bad.pairs().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_nothing_shown_is_hidden(
            pairs in proptest::collection::vec(
                (
                    prop_oneof![
                        proptest::sample::select(vec![
                            "txtvers", "id", "PATH", "ski", "register", "brand", "model", "Type",
                            "serial", "cat", "ecc",
                        ]).prop_map(str::to_owned),
                        any::<String>(),
                    ],
                    proptest::option::of(prop_oneof![
                        proptest::collection::vec(any::<u8>(), 0..80),
                        any::<String>().prop_map(String::into_bytes),
                    ]),
                ),
                0..16,
            )
        ) {
            let txt = Txt::read(pairs.iter().map(|(key, value)| (&key[..], value.as_deref())));
            prop_assert_eq!(txt.raw.len(), pairs.len());
            let mut shown: Vec<String> = txt.remarks.iter().map(TxtRemark::to_string).collect();
            shown.extend(txt.path.clone());
            shown.extend([txt.brand, txt.model, txt.device_type, txt.serial].into_iter().flatten());
            prop_assert!(!shown.iter().flat_map(|text| text.chars()).any(is_hidden));
            if let Some(path) = txt.path {
                prop_assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }
}
