//! The fields of a certificate one by one: version, serial number, times, names, key.

use time::{Date, Month, OffsetDateTime, Time};

use super::{COMMON_NAME, CertError, EC_PUBLIC_KEY, PRIME256V1};
use crate::{
    identity::cert::der::{self, Der, Unreadable},
    proto::text::is_hidden,
};

pub(super) fn read_version(tbs: &mut Der<'_>) -> Result<u64, CertError> {
    if !tbs.next_is(0xA0) {
        return Ok(1);
    }
    let digits = tbs.enter(0xA0, "a version")?.take(der::INTEGER, "a version number")?;
    let value = digits.iter().take(7).fold(0, |acc, &b| acc << 8 | u64::from(b));
    Ok(value + 1)
}

/// What is wrong with a serial number (RFC 5280 4.1.2.2).
pub(super) fn odd_serial(serial: &[u8]) -> Option<&'static str> {
    match serial {
        [] => Some("empty"),
        [first, ..] if first & 0x80 != 0 => Some("negative"),
        _ if serial.iter().all(|&b| b == 0) => Some("zero"),
        _ if serial.len() > 20 => Some("longer than 20 bytes"),
        _ => None,
    }
}

/// A UTCTime or GeneralizedTime, with or without seconds, in UTC.
pub(super) fn read_time((tag, text): (u8, &[u8])) -> Option<OffsetDateTime> {
    let digits = text.strip_suffix(b"Z")?;
    if digits.len() > 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |at: usize| Some(10 * (*digits.get(at)? - b'0') + (*digits.get(at + 1)? - b'0'));
    let (year, at) = match tag {
        der::UTC_TIME => match i32::from(pair(0)?) {
            year @ 50.. => (1900 + year, 2),
            year => (2000 + year, 2),
        },
        der::GENERALIZED_TIME => (100 * i32::from(pair(0)?) + i32::from(pair(2)?), 4),
        _ => return None,
    };
    let month = Month::try_from(pair(at)?).ok()?;
    let date = Date::from_calendar_date(year, month, pair(at + 2)?).ok()?;
    let time = Time::from_hms(pair(at + 4)?, pair(at + 6)?, pair(at + 8).unwrap_or(0)).ok()?;
    Some(OffsetDateTime::new_utc(date, time))
}

/// What matters of a name.
#[derive(Default)]
pub(super) struct Name {
    /// The last common name, which is the most specific.
    pub(super) common: Option<String>,
    /// Whether anything in it cannot be seen.
    pub(super) invisible: bool,
}

pub(super) fn read_name(mut names: Der<'_>) -> Result<Name, Unreadable> {
    let mut name = Name::default();
    while !names.is_empty() {
        let mut set = names.enter(der::SET, "a part of a name")?;
        while !set.is_empty() {
            let mut attribute = set.enter(der::SEQUENCE, "an attribute of a name")?;
            let oid = attribute.take(der::OID, "the kind of an attribute")?;
            let text = read_text(attribute.any("the value of an attribute")?);
            name.invisible |= text.contains(is_hidden);
            if oid == COMMON_NAME {
                name.common = Some(text.chars().filter(|&c| !is_hidden(c)).take(128).collect());
            }
        }
    }
    Ok(name)
}

fn read_text((tag, value): (u8, &[u8])) -> String {
    match tag {
        // Nobody writes the T.61 this once meant; all write Latin-1.
        der::TELETEX_STRING => value.iter().copied().map(char::from).collect(),
        der::BMP_STRING => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        _ => String::from_utf8_lossy(value).into_owned(),
    }
}

pub(super) fn read_key(mut info: Der<'_>) -> Result<[u8; 65], CertError> {
    let mut algorithm = info.enter(der::SEQUENCE, "a key algorithm")?;
    let kind = algorithm.take(der::OID, "a key algorithm")?;
    if kind != EC_PUBLIC_KEY {
        return Err(CertError::NotP256(format!("of the kind {}", named(kind))));
    }
    match algorithm.any("a curve")? {
        (der::OID, PRIME256V1) => {}
        (der::OID, curve) => {
            return Err(CertError::NotP256(format!("on the curve {}", named(curve))));
        }
        _ => return Err(CertError::NotP256("on a curve of its own".to_owned())),
    }
    let bits = info.take(der::BIT_STRING, "the bits of a public key")?;
    let point = bits.strip_prefix(&[0]).ok_or(CertError::Malformed("whole bytes of a key"))?;
    match <[u8; 65]>::try_from(point) {
        Ok(point) if point[0] == 4 => Ok(point),
        _ => Err(CertError::NotUncompressed { length: point.len() }),
    }
}

/// The name of a kind of key or a curve beside its object identifier, where it is one of those met.
fn named(oid: &[u8]) -> String {
    let dotted = der::dotted(oid);
    let name = match dotted.as_str() {
        "1.2.840.113549.1.1.1" => "RSA",
        "1.3.101.112" => "Ed25519",
        "1.3.132.0.34" => "secp384r1",
        "1.3.132.0.35" => "secp521r1",
        "1.3.132.0.10" => "secp256k1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        _ => return dotted,
    };
    format!("{name} ({dotted})")
}
