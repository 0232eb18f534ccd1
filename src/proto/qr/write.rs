//! Writing the text of a QR code.

use zeroize::Zeroizing;

use super::{InstallationQr, QrError, Secret};
use crate::proto::{ShipId, text::is_hidden};

impl InstallationQr {
    /// The text of the code, **with PIN and secret**: for drawing it, never for a log.
    ///
    /// # Errors
    ///
    /// [`QrError::Unwritable`] if a value contains what a QR text cannot carry.
    pub fn to_text(&self) -> Result<Zeroizing<String>, QrError> {
        // Reserved at once, so that growing leaves no copies of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(4096));
        text.push_str("SHIP;");
        let mut put = |key: &str, value: &str| {
            let broken = |c: char| c == ';' || is_hidden(c);
            let clean = |text: &str| text.trim() == text && !text.contains(broken);
            if key.contains(':') || !clean(key) || !clean(value) {
                return Err(QrError::Unwritable { key: key.to_owned() });
            }
            for part in [key, ":", value, ";"] {
                text.push_str(part);
            }
            Ok(())
        };
        put("SKI", &self.ski.grouped())?;
        if let Some(pin) = &self.pin {
            put("PIN", &Zeroizing::new(groups_of_four(pin.expose())))?;
        }
        let power = self.nominal_power.map(|it| format!("{},{}", it.production, it.consumption));
        let categories = self.categories.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        let (backup, second) = (
            self.brainpool_256_ski.map(|ski| ski.grouped()),
            self.brainpool_384_ski.map(|ski| ski.grouped()),
        );
        for (key, value) in [
            ("ID", self.ship_id.as_ref().map(ShipId::as_str)),
            ("BRAND", self.brand.as_deref()),
            ("TYPE", self.device_type.as_deref()),
            ("MODEL", self.model.as_deref()),
            ("BSKI", backup.as_deref()),
            ("B2SKI", second.as_deref()),
            ("PKEY", self.public_key.as_deref()),
            ("CERTURL", self.certificate_url.as_deref()),
            ("SERIAL", self.serial.as_deref()),
            ("CAT", Some(&*categories).filter(|list| !list.is_empty())),
            ("NOMINALPOWER", power.as_deref()),
            ("FPH256", self.fingerprint.as_deref()),
            ("SPSEC", self.secret.as_ref().map(Secret::expose)),
        ] {
            if let Some(value) = value {
                put(key, value)?;
            }
        }
        for (key, value) in &self.others {
            put(key, value)?;
        }
        text.push_str("ENDSHIP;");
        Ok(text)
    }
}

fn groups_of_four(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && n % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
