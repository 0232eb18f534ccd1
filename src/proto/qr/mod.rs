//! Installation QR text (SRIP 3.1): what the code on a device's label says.
//!
//! `SHIP;SKI:5555 AAAA …;PIN:…;ID:…;…;ENDSHIP;`: pairs of key and value, each ended by `;`, which
//! therefore no value can contain. Read leniently, except that every key that is known must
//! have a right value, since trust depends on some, and that half a code is told from a whole one.

mod error;
mod read;
mod write;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Pin, ShipId, Ski};

pub use error::{QrError, QrRemark};

/// What an installation QR code says. `Debug` shows neither PIN nor secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationQr {
    /// `SKI`.
    pub ski: Ski,
    /// `PIN`.
    pub pin: Option<Pin>,
    /// `ID`.
    pub ship_id: Option<ShipId>,
    /// `BRAND`.
    pub brand: Option<String>,
    /// `TYPE`.
    pub device_type: Option<String>,
    /// `MODEL`.
    pub model: Option<String>,
    /// `BSKI`: the SKI of its brainpoolP256r1 key.
    pub brainpool_256_ski: Option<Ski>,
    /// `B2SKI`: the SKI of its brainpoolP384r1 key.
    pub brainpool_384_ski: Option<Ski>,
    /// `PKEY`: the public key, as it came.
    pub public_key: Option<String>,
    /// `CERTURL`: where the certificate can be fetched.
    pub certificate_url: Option<String>,
    /// `SERIAL`.
    pub serial: Option<String>,
    /// `CAT`: device categories; numbers this version does not know are kept.
    pub categories: Vec<u16>,
    /// `NOMINALPOWER`.
    pub nominal_power: Option<NominalPower>,
    /// `FPH256`: the SHA-256 of the certificate, 64 upper-case hex digits.
    pub fingerprint: Option<String>,
    /// `SPSEC`: the secret of the pairing service.
    pub secret: Option<Secret>,
    /// Pairs with keys that are unknown or of no use here, in order.
    pub others: Vec<(String, String)>,
    /// What is odd about the text.
    pub remarks: Vec<QrRemark>,
}

/// The nominal power of a device, in watts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NominalPower {
    /// What it can produce, at most 0.
    pub production: i32,
    /// What it can consume.
    pub consumption: u32,
}

/// The secret of the pairing service. Neither `Debug` nor any error shows it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl InstallationQr {
    /// The least a code says.
    pub fn new(ski: Ski, ship_id: ShipId) -> Self {
        Self { ship_id: Some(ship_id), ..Self::of(ski) }
    }

    /// Whether a text is meant to be an installation QR code, whole or not.
    pub fn looks_like(text: &str) -> bool {
        text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("SHIP;"))
    }

    /// The keys of the code that are read and of no use here: of the pairing service, and of curves that
    /// SHIP does not require.
    pub fn unused(&self) -> Vec<&str> {
        let given = [
            ("SPSEC", self.secret.is_some()),
            ("BSKI", self.brainpool_256_ski.is_some()),
            ("B2SKI", self.brainpool_384_ski.is_some()),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key);
        let others = self.others.iter().map(|(key, _)| key.as_str());
        given.chain(others.filter(|key| ["BFPH256", "B2FPH256"].contains(key))).collect()
    }

    fn of(ski: Ski) -> Self {
        Self {
            ski,
            pin: None,
            ship_id: None,
            brand: None,
            device_type: None,
            model: None,
            brainpool_256_ski: None,
            brainpool_384_ski: None,
            public_key: None,
            certificate_url: None,
            serial: None,
            categories: Vec::new(),
            nominal_power: None,
            fingerprint: None,
            secret: None,
            others: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

impl Secret {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// In time that depends on the lengths only.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    pub(super) const EXAMPLE: &str = "SHIP;SKI:5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222;\
        PIN:5555 AAAA FF;ID:i:12345_u:123abc456def;BRAND:ExampleBrand;TYPE:Heatpump;MODEL:E1234;\
        SERIAL:123abc456def;CAT:4;NOMINALPOWER:0,11000;ENDSHIP;";
    pub(super) const LEAST: &str = "SHIP;SKI:5555AAAAFFFF1111CCCC3333EEEEDDDD99992222;ID:i:1_u:a;";

    pub(super) fn read(text: &str) -> InstallationQr {
        text.parse().unwrap()
    }

    #[test]
    fn the_example_of_srip_is_read_and_written_back() {
        let qr = read(EXAMPLE);
        assert_eq!(qr.ski.to_string(), "5555aaaaffff1111cccc3333eeeedddd99992222");
        assert_eq!(qr.pin, Some("5555AAAAFF".parse().unwrap()));
        assert_eq!(qr.ship_id.as_ref().unwrap().as_str(), "i:12345_u:123abc456def");
        assert_eq!(qr.brand.as_deref(), Some("ExampleBrand"));
        assert_eq!(qr.device_type.as_deref(), Some("Heatpump"));
        assert_eq!(qr.model.as_deref(), Some("E1234"));
        assert_eq!(qr.serial.as_deref(), Some("123abc456def"));
        assert_eq!(qr.categories, [4]);
        assert_eq!(qr.nominal_power, Some(NominalPower { production: 0, consumption: 11000 }));
        assert_eq!((&qr.others[..], &qr.remarks[..]), (&[][..], &[][..]));
        assert_eq!(*qr.to_text().unwrap(), EXAMPLE);
    }

    #[test]
    fn unknown_keys_are_kept_in_order() {
        let qr = read(&format!("{LEAST}ZETA:1:2;ALPHA:;ENDSHIP;"));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(qr.others, [pair("ZETA", "1:2"), pair("ALPHA", "")]);
        assert_eq!(read(&qr.to_text().unwrap()), qr);
    }

    #[test]
    fn pin_and_secret_are_never_printed() {
        let whole = format!("{LEAST}PIN:7A7A7A7A;SPSEC:{};ENDSHIP;", "7A".repeat(16));
        assert!(!format!("{:?}", read(&whole)).contains("7A7A"));
        let broken = ["PIN:7A7A7;", "PIN:7A7A", "SPSEC:7A7A", "PIN:7A7Ax;", "7A7A;", "7A7A"];
        for rest in broken {
            let shown = format!("{:?}", format!("{LEAST}{rest}").parse::<InstallationQr>());
            assert!(!shown.contains("7A7A"), "{shown}");
        }
    }

    #[test]
    fn what_a_code_cannot_carry_is_not_written() {
        for bad in ["a;b", " a", "a\nb"] {
            let qr = InstallationQr { brand: Some(bad.to_owned()), ..read(LEAST) };
            assert_eq!(qr.to_text(), Err(QrError::Unwritable { key: "BRAND".to_owned() }));
        }
        let ours = InstallationQr::new(read(LEAST).ski, "a;b".parse().unwrap());
        assert_eq!(ours.to_text(), Err(QrError::Unwritable { key: "ID".to_owned() }));
    }

    prop_compose! {
        fn any_qr()(
            skis in vec(any::<[u8; 20]>(), 3),
            pin in option::of("[0-9A-F]{8,16}"),
            ship_id in "[a-z:_0-9ü]{1,30}",
            texts in vec(option::of("[^; \\p{C}\\p{Z}][a-zA-Z:,ä ]{0,9}[a-z]"), 6),
            secret in option::of("[0-9A-F]{32}"),
            fingerprint in option::of("[0-9A-F]{64}"),
            categories in vec(any::<u16>(), 0..4),
            power in option::of((i32::MIN..=0, any::<u32>())),
            others in proptest::collection::btree_map("X[A-Z]{1,6}", "[a-z:]{0,6}", 0..4),
        ) -> InstallationQr {
            let mut texts = texts.into_iter();
            let mut text = || texts.next().flatten();
            InstallationQr {
                ski: Ski::from_bytes(skis[0]),
                pin: pin.map(|pin| pin.parse().unwrap()),
                ship_id: Some(ship_id.parse().unwrap()),
                brand: text(),
                device_type: text(),
                model: text(),
                brainpool_256_ski: Some(Ski::from_bytes(skis[1])),
                brainpool_384_ski: Some(Ski::from_bytes(skis[2])),
                public_key: text(),
                certificate_url: text(),
                serial: text(),
                categories,
                nominal_power: power
                    .map(|(production, consumption)| NominalPower { production, consumption }),
                fingerprint,
                secret: secret.map(|secret| Secret(Zeroizing::new(secret))),
                others: others.into_iter().collect(),
                remarks: Vec::new(),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(qr in any_qr()) {
            prop_assert_eq!(qr.to_text().unwrap().parse(), Ok(qr));
        }
    }
}
