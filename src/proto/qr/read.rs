//! Reading the text of a QR code: first the pairs, then what they mean.

use std::{fmt, str::FromStr};

use zeroize::Zeroizing;

use super::{InstallationQr, NominalPower, QrError, QrRemark, Secret};
use crate::proto::{Ski, ski::hex_digits, text::is_hidden};

impl FromStr for InstallationQr {
    type Err = QrError;

    /// Reads a code as scanned or pasted: keys in any case and order, line breaks anywhere.
    fn from_str(text: &str) -> Result<Self, QrError> {
        let mut clean = Zeroizing::new(String::with_capacity(text.len()));
        clean.extend(text.chars().filter(|&c| !is_hidden(c)));
        if !Self::looks_like(&clean) {
            return Err(QrError::NotShip);
        }
        let parts = Parts::split(&clean.trim()[5..]);
        parts.check_complete()?;
        let mut qr = Self::of(Ski::from_bytes([0; 20]));
        for &(key, value) in &parts.pairs {
            qr.read_pair(key, value)?;
        }
        qr.remarks.extend(parts.remarks);
        if qr.ship_id.is_none() {
            qr.remarks.push(QrRemark::Missing("ID"));
        }
        Ok(qr)
    }
}

/// The pairs of a text, each key once.
struct Parts<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    /// What stands behind the last `;`, if not `ENDSHIP`.
    unfinished: Option<&'a str>,
    ended: bool,
    remarks: Vec<QrRemark>,
}

impl<'a> Parts<'a> {
    fn split(body: &'a str) -> Self {
        let mut parts =
            Self { pairs: Vec::new(), unfinished: None, ended: false, remarks: Vec::new() };
        let mut rest = body;
        while !rest.trim().is_empty() {
            let (part, finished) = match rest.split_once(';') {
                Some((part, after)) => {
                    rest = after;
                    (part.trim(), true)
                }
                None => (std::mem::take(&mut rest).trim(), false),
            };
            if part.eq_ignore_ascii_case("ENDSHIP") {
                parts.ended = true;
                if !rest.trim().is_empty() {
                    parts.remarks.push(QrRemark::AfterEnd);
                }
                break;
            }
            if finished {
                parts.add(part);
            } else if !"ENDSHIP".starts_with(&part.to_ascii_uppercase()) {
                parts.unfinished = Some(part);
            }
        }
        if !parts.ended {
            parts.remarks.push(QrRemark::NoEnd);
        }
        parts
    }

    fn add(&mut self, part: &'a str) {
        let Some((key, value)) = part.split_once(':') else {
            if !part.is_empty() {
                self.remarks.push(QrRemark::NoColon);
            }
            return;
        };
        let (key, value) = (key.trim_end(), value.trim());
        if self.get(key).is_some() {
            self.remarks.push(QrRemark::Duplicate(key.to_owned()));
        } else {
            self.pairs.push((key, value));
        }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|&(_, value)| value)
    }

    /// Tells half a code, which may end in the middle of the SHIP ID, from one without an end mark.
    fn check_complete(&self) -> Result<(), QrError> {
        // Without a colon it may be anything, a piece of a secret too.
        let within = self
            .unfinished
            .map(|part| part.split_once(':').map_or("a key", |(key, _)| key.trim_end()));
        let lacks = |key: &str| self.get(key).is_none() && within != Some(key);
        let missing = [("SKI", lacks("SKI")), ("ID", lacks("ID")), ("ENDSHIP", !self.ended)];
        let missing: Vec<_> =
            missing.into_iter().filter(|&(_, it)| it).map(|(key, _)| key).collect();
        let missing = missing.join(", ");
        match within {
            Some(key) => Err(QrError::CutOff { within: key.to_owned(), missing }),
            None if lacks("SKI") || (lacks("ID") && !self.ended) => {
                Err(QrError::Incomplete { missing })
            }
            None => Ok(()),
        }
    }
}

impl InstallationQr {
    fn read_pair(&mut self, key: &str, value: &str) -> Result<(), QrError> {
        let text = || Some(value.to_owned()).filter(|text| !text.is_empty());
        match key.to_ascii_uppercase().as_str() {
            "SKI" => self.ski = value.parse().map_err(|error| invalid("SKI", &error))?,
            "PIN" => self.pin = Some(value.parse().map_err(|error| invalid("PIN", &error))?),
            "ID" => self.ship_id = Some(value.parse().map_err(|error| invalid("ID", &error))?),
            "BRAND" => self.brand = text(),
            "TYPE" => self.device_type = text(),
            "MODEL" => self.model = text(),
            "PKEY" => self.public_key = text(),
            "CERTURL" => self.certificate_url = text(),
            "SERIAL" => self.serial = text(),
            "SPSEC" => {
                let secret = fixed(value, 32).map(|text| Secret(Zeroizing::new(text)));
                self.secret = Some(secret.ok_or_else(|| broken("SPSEC", "32 hex digits"))?);
            }
            "BSKI" => self.brainpool_256_ski = Some(other_ski("BSKI", value)?),
            "B2SKI" => self.brainpool_384_ski = Some(other_ski("B2SKI", value)?),
            "CAT" => {
                let numbers = value.split(',').map(|number| number.trim().parse().ok()).collect();
                let rule = "numbers separated by commas";
                self.categories = Option::ok_or_else(numbers, || broken("CAT", rule))?;
            }
            "NOMINALPOWER" => {
                let rule = "two numbers of watts: produced, at most 0, and consumed, at least 0";
                let power = parse_power(value).ok_or_else(|| broken("NOMINALPOWER", rule))?;
                self.nominal_power = Some(power);
            }
            "FPH256" => {
                let digits = fixed(value, 64).ok_or_else(|| broken("FPH256", "64 hex digits"))?;
                self.fingerprint = Some(digits);
            }
            known @ ("BFPH256" | "B2FPH256") => {
                let key = if known == "BFPH256" { "BFPH256" } else { "B2FPH256" };
                fixed(value, 64).ok_or_else(|| broken(key, "64 hex digits"))?;
                self.others.push((key.to_owned(), value.to_owned()));
            }
            _ => self.others.push((key.to_owned(), value.to_owned())),
        }
        Ok(())
    }
}

/// Hex digits, as many as there must be, in upper case.
fn fixed(value: &str, count: usize) -> Option<String> {
    let digits = hex_digits(value).ok().filter(|digits| digits.len() == count)?;
    Some(digits.to_ascii_uppercase())
}

fn other_ski(key: &'static str, value: &str) -> Result<Ski, QrError> {
    value.parse().map_err(|error| invalid(key, &error))
}

fn broken(key: &'static str, rule: &'static str) -> QrError {
    QrError::Invalid { key, reason: format!("expected {rule}") }
}

fn parse_power(text: &str) -> Option<NominalPower> {
    let (production, consumption) = text.split_once(',')?;
    let production = production.trim().parse().ok().filter(|watts| *watts <= 0)?;
    Some(NominalPower { production, consumption: consumption.trim().parse().ok()? })
}

fn invalid(key: &'static str, reason: &dyn fmt::Display) -> QrError {
    QrError::Invalid { key, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::{
        super::tests::{EXAMPLE, LEAST, read},
        *,
    };

    fn error(text: &str) -> QrError {
        text.parse::<InstallationQr>().unwrap_err()
    }

    #[test]
    fn case_order_spaces_and_line_breaks_do_not_matter() {
        let text = format!(" \u{feff}ship; brand : X Y ;\r\n{}\nendship\n", &LEAST[5..]);
        let qr = read(text.trim_start());
        assert_eq!(qr.brand.as_deref(), Some("X Y"));
        assert_eq!(qr.remarks, []);
    }

    #[test]
    fn oddities_are_remarks() {
        for (rest, remark) in [
            ("", QrRemark::NoEnd),
            ("ENDSH", QrRemark::NoEnd),
            ("ENDSHIP;X:1;", QrRemark::AfterEnd),
            ("ID:other;ENDSHIP;", QrRemark::Duplicate("ID".to_owned())),
            ("hello;ENDSHIP;", QrRemark::NoColon),
        ] {
            let qr = read(&format!("{LEAST}{rest}"));
            assert_eq!(qr.remarks, [remark], "{rest}");
            assert_eq!(qr.ship_id.unwrap().as_str(), "i:1_u:a");
        }
        let qr = read(&format!("{}ENDSHIP;", &LEAST[..50]));
        assert_eq!((qr.ship_id, &qr.remarks[..]), (None, &[QrRemark::Missing("ID")][..]));
    }

    #[test]
    fn half_a_code_says_what_is_missing_wherever_it_ends() {
        for (text, within, missing) in [
            (&LEAST[..20], "SKI", "ID, ENDSHIP"),
            ("SHIP;SK", "a key", "SKI, ID, ENDSHIP"),
            (&LEAST[..LEAST.len() - 1], "ID", "ENDSHIP"),
            (&EXAMPLE[..66], "PIN", "ID, ENDSHIP"),
        ] {
            let expected =
                QrError::CutOff { within: within.to_owned(), missing: missing.to_owned() };
            assert_eq!(error(text), expected, "{text}");
        }
        for (text, missing) in [
            ("SHIP;", "SKI, ID, ENDSHIP"),
            (&LEAST[..50], "ID, ENDSHIP"),
            ("SHIP;ID:a;ENDSHIP;", "SKI"),
        ] {
            assert_eq!(error(text), QrError::Incomplete { missing: missing.to_owned() }, "{text}");
        }
        // Read as a whole code only when all is there that trust depends on.
        for end in 0..EXAMPLE.len() {
            if let Ok(qr) = EXAMPLE[..end].parse::<InstallationQr>() {
                assert_eq!((qr.ship_id, qr.pin), (read(EXAMPLE).ship_id, read(EXAMPLE).pin));
            }
        }
    }

    #[test]
    fn every_known_key_has_a_right_value_or_the_code_is_refused() {
        let (short, long) = ("AB".repeat(31), "AB".repeat(33));
        for part in [
            "FPH256:",
            "FPH256:AB",
            &format!("FPH256:{short}"),
            &format!("FPH256:{long}"),
            &format!("FPH256:{short}XY"),
            &format!("BFPH256:{short}"),
            "B2FPH256:",
            "SPSEC:7A7A",
            "SPSEC:",
            "BSKI:12",
            "B2SKI:",
            "CAT:3,x",
            "CAT:",
            "NOMINALPOWER:8000,0",
            "NOMINALPOWER:0,-1",
            "NOMINALPOWER:0",
        ] {
            let key = part.split(':').next().unwrap();
            let text = format!("{LEAST}{part};ENDSHIP;");
            assert!(matches!(error(&text), QrError::Invalid { key: k, .. } if k == key), "{part}");
        }
        let qr = read(&format!("{LEAST}NOMINALPOWER:-8000,0;SPSEC:{};ENDSHIP;", "7A".repeat(16)));
        assert_eq!(qr.nominal_power, Some(NominalPower { production: -8000, consumption: 0 }));
        assert_eq!(qr.unused(), ["SPSEC"]);
    }

    #[test]
    fn what_trust_depends_on_must_be_right() {
        assert_eq!(error("5555AAAA"), QrError::NotShip);
        for (text, key) in [
            (LEAST.replace("2222;", "222;"), "SKI"),
            (LEAST.replace("i:1", "i 1"), "ID"),
            (format!("{LEAST}PIN:1234;"), "PIN"),
        ] {
            assert!(matches!(error(&text), QrError::Invalid { key: k, .. } if k == key), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(body: String, parts in vec("[A-Z0-9]{0,6}:?.{0,8};?", 0..8)) {
            let _ = body.parse::<InstallationQr>();
            if let Ok(qr) = format!("{LEAST}{}", parts.concat()).parse::<InstallationQr>() {
                let _ = qr.to_text();
            }
        }
    }
}
