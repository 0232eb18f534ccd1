//! Reading a peer's certificate: the key and what it claims, with everything odd as a remark.

use std::{cell::Cell, fmt};

use time::{Date, Month, OffsetDateTime, Time};

use super::{
    der::{self, Der, Unreadable},
    fingerprint,
};
use crate::proto::{Ski, text::is_hidden};

/// What a certificate says, read without judging what does not matter to SHIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The SHA-1 of its public key: who it is (SHIP 12.2).
    pub ski: Ski,
    /// The SKI its extension claims, if it has one of 20 bytes; then equal to [`ski`](Self::ski).
    pub claimed_ski: Option<Ski>,
    /// The public key, the uncompressed point `04‖X‖Y` on secp256r1.
    pub public_key: [u8; 65],
    /// The common name of its subject, without invisible characters.
    pub common_name: Option<String>,
    /// The common name of its issuer, without invisible characters; itself, nearly always.
    pub issuer: Option<String>,
    /// From when it is valid, if that can be read.
    pub not_before: Option<OffsetDateTime>,
    /// Until when it is valid, if that can be read.
    pub not_after: Option<OffsetDateTime>,
    /// The SHA-256 of the certificate, 64 upper-case hex digits.
    pub fingerprint: String,
    /// What is odd about it; see also [`expiry`](Self::expiry), which needs a clock.
    pub remarks: Vec<CertRemark>,
}

/// What is odd about a certificate that is accepted all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertRemark {
    /// No SKI extension.
    #[error("it has no SKI extension; strict peers refuse it")]
    NoSki,
    /// An SKI extension that is not 20 bytes long.
    #[error("its SKI extension has {0} bytes instead of 20; strict peers refuse it")]
    SkiLength(usize),
    /// An SKI extension without an octet string in it.
    #[error("its SKI extension cannot be read; strict peers refuse it")]
    UnreadableSki,
    /// A boolean TRUE written as another byte than FF.
    #[error("it writes a boolean as {0:02X}, which is BER and not DER")]
    Boolean(u8),
    /// A length written with more bytes than needed.
    #[error("it writes a length with more bytes than needed, which is BER and not DER")]
    LongLength,
    /// Bytes after the end of the certificate.
    #[error("{0} bytes follow its end")]
    TrailingBytes(usize),
    /// Not yet valid.
    #[error("it is valid only from {0}; its clock or ours may be wrong")]
    NotYetValid(OffsetDateTime),
    /// Expired.
    #[error("it has expired on {0}; its age, or its clock or ours")]
    Expired(OffsetDateTime),
    /// A date that cannot be read.
    #[error("its validity cannot be read")]
    UnreadableValidity,
    /// Another version than X.509 v3.
    #[error("it is X.509 v{0} instead of v3")]
    Version(u64),
    /// A serial number that breaks RFC 5280: what is wrong with it.
    #[error("its serial number is {0}")]
    Serial(&'static str),
    /// Invisible characters in the subject.
    #[error("its subject contains invisible characters")]
    Subject,
    /// A subject that cannot be read.
    #[error("its subject cannot be read")]
    UnreadableSubject,
    /// `CA:TRUE`.
    #[error("it says that it is an authority (CA:TRUE)")]
    Authority,
    /// An extension nobody here knows that is marked critical: its object identifier.
    #[error("its extension {0} is marked critical and not known")]
    UnknownCritical(String),
    /// An extension that cannot be read: its object identifier.
    #[error("its extension {0} cannot be read")]
    UnreadableExtension(String),
    /// Signed in another way than ECDSA with SHA-256 (SHIP 12.1): its object identifier.
    #[error("it is signed by the algorithm {0} instead of ECDSA with SHA-256")]
    Signature(String),
    /// More certificates came after it.
    #[error("{0} more certificates came with it, which mean nothing to SHIP")]
    Chain(usize),
    /// An extension that appears more than once: its object identifier.
    #[error("its extension {0} appears more than once")]
    Duplicate(String),
}

impl CertRemark {
    /// The finding it belongs to (`CERT-01`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSki | Self::SkiLength(_) | Self::UnreadableSki => "CERT-01",
            Self::Boolean(_) | Self::LongLength | Self::TrailingBytes(_) => "CERT-05",
            Self::NotYetValid(_) | Self::Expired(_) | Self::UnreadableValidity => "CERT-06",
            Self::Version(_)
            | Self::Serial(_)
            | Self::Subject
            | Self::UnreadableSubject
            | Self::UnreadableExtension(_)
            | Self::Authority
            | Self::UnknownCritical(_)
            | Self::Signature(_)
            | Self::Chain(_)
            | Self::Duplicate(_) => "CERT-09",
        }
    }
}

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// It is no certificate, or cut off.
    #[error("this is no readable X.509 certificate: expected {0}")]
    Malformed(&'static str),
    /// The key is not on secp256r1 (CERT-07): what it is instead.
    #[error("its key is {0}; SHIP requires an elliptic curve key on secp256r1")]
    NotP256(String),
    /// The key is on secp256r1, but no uncompressed point (CERT-07).
    #[error(
        "its key is no uncompressed point of 65 bytes beginning with 04, but has {length} bytes"
    )]
    NotUncompressed {
        /// How many bytes it has.
        length: usize,
    },
    /// The SKI extension is not the SHA-1 of the key (CERT-02).
    #[error("it claims the SKI {claimed}, but its key has {actual}: {}", Likely(*.mistake))]
    ForgedSki {
        /// What the extension says.
        claimed: Ski,
        /// The SHA-1 of the key.
        actual: Ski,
        /// What the SKI is instead, where it is a known mistake of generators.
        mistake: Option<SkiMistake>,
    },
}

/// A known way to compute another SKI from the same key. It is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkiMistake {
    /// The first 20 bytes of its SHA-256 (RFC 7093), as Go does it since 1.25.
    TruncatedSha256,
    /// The SHA-1 of the whole SubjectPublicKeyInfo, and not of the bits in it.
    WholeKeyInfo,
}

struct Likely(Option<SkiMistake>);

impl fmt::Display for Likely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "a forgery, or made by a faulty generator",
            Some(SkiMistake::TruncatedSha256) => {
                "made by a generator that takes the SHA-256 of the key (RFC 7093) where SHIP wants \
                 the SHA-1"
            }
            Some(SkiMistake::WholeKeyInfo) => {
                "made by a generator that takes the SHA-1 of the whole key info, and not of its bits"
            }
        })
    }
}

impl CertError {
    /// The finding it belongs to.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "CERT-08",
            Self::NotP256(_) | Self::NotUncompressed { .. } => "CERT-07",
            Self::ForgedSki { .. } => "CERT-02",
        }
    }
}

impl From<Unreadable> for CertError {
    fn from(Unreadable(what): Unreadable) -> Self {
        Self::Malformed(what)
    }
}

/// Reads a certificate in DER (and in the BER some devices write).
///
/// Errors when there is no usable key in it, or when its SKI extension is not that key's SHA-1.
/// Its signature is not checked: possession of the key is proved by the TLS handshake.
pub fn read(der: &[u8]) -> Result<PeerCertificate, CertError> {
    let long_length = Cell::new(false);
    let mut outer = Der::new(der, &long_length);
    let mut tbs = outer
        .enter(der::SEQUENCE, "a certificate (SEQUENCE)")?
        .enter(der::SEQUENCE, "the body of the certificate")?;
    let mut remarks = Vec::new();
    if !outer.is_empty() {
        remarks.push(CertRemark::TrailingBytes(outer.len()));
    }

    match read_version(&mut tbs)? {
        3 => {}
        other => remarks.push(CertRemark::Version(other)),
    }
    let serial = tbs.take(der::INTEGER, "a serial number")?;
    remarks.extend(odd_serial(serial).map(CertRemark::Serial));
    let signature = tbs.enter(der::SEQUENCE, "a signature algorithm")?.take(der::OID, "").ok();
    if signature != Some(ECDSA_WITH_SHA256) {
        remarks.push(CertRemark::Signature(signature.map_or("?".to_owned(), der::dotted)));
    }
    // Who signed it means nothing to us, and so does a name nobody can read.
    let issuer = read_name(tbs.enter(der::SEQUENCE, "an issuer")?).unwrap_or_default();
    let mut validity = tbs.enter(der::SEQUENCE, "a validity")?;
    let not_before = read_time(validity.any("a start of validity")?);
    let not_after = read_time(validity.any("an end of validity")?);
    if not_before.is_none() || not_after.is_none() {
        remarks.push(CertRemark::UnreadableValidity);
    }
    let subject = match read_name(tbs.enter(der::SEQUENCE, "a subject")?) {
        Ok(subject) => subject,
        Err(Unreadable(_)) => {
            remarks.push(CertRemark::UnreadableSubject);
            Name::default()
        }
    };
    if subject.invisible {
        remarks.push(CertRemark::Subject);
    }
    let public_key = read_key(tbs.enter(der::SEQUENCE, "a public key")?)?;
    let claims = read_extensions(&mut tbs, &mut remarks)?;
    if long_length.get() {
        remarks.push(CertRemark::LongLength);
    }

    let ski = ski_of(&public_key);
    if let Some(&claimed) = claims.iter().find(|&&claimed| claimed != ski) {
        let mistake = mistake(claimed, &public_key);
        return Err(CertError::ForgedSki { claimed, actual: ski, mistake });
    }
    Ok(PeerCertificate {
        ski,
        claimed_ski: claims.first().copied(),
        public_key,
        common_name: subject.common,
        issuer: issuer.common,
        not_before,
        not_after,
        fingerprint: fingerprint(der),
        remarks,
    })
}

impl PeerCertificate {
    /// The remark due if `now` lies outside the validity.
    pub fn expiry(&self, now: OffsetDateTime) -> Option<CertRemark> {
        match (self.not_before, self.not_after) {
            (Some(from), _) if now < from => Some(CertRemark::NotYetValid(from)),
            (_, Some(until)) if now > until => Some(CertRemark::Expired(until)),
            _ => None,
        }
    }
}

/// The SKI of a public key: the SHA-1 of its point (RFC 5280 4.2.1.2, method 1).
pub(super) fn ski_of(point: &[u8; 65]) -> Ski {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, point);
    let mut bytes = [0; 20];
    bytes.copy_from_slice(digest.as_ref());
    Ski::from_bytes(bytes)
}

/// What an SKI that is not the SHA-1 of this point was made of.
fn mistake(claimed: Ski, point: &[u8; 65]) -> Option<SkiMistake> {
    let sha256 = ring::digest::digest(&ring::digest::SHA256, point);
    if sha256.as_ref()[..20] == *claimed.as_bytes() {
        return Some(SkiMistake::TruncatedSha256);
    }
    let info = [P256_KEY_INFO, point].concat();
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &info);
    (sha1.as_ref() == claimed.as_bytes()).then_some(SkiMistake::WholeKeyInfo)
}

/// More extensions than any certificate has; a bound for the work one peer may cause.
const MAX_EXTENSIONS: usize = 64;

const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
/// What stands before the point in the SubjectPublicKeyInfo of every key on secp256r1.
const P256_KEY_INFO: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
/// All extensions of X.509 itself lie here: 2.5.29.
const ID_CE: &[u8] = &[0x55, 0x1D];

fn read_version(tbs: &mut Der<'_>) -> Result<u64, CertError> {
    if !tbs.next_is(0xA0) {
        return Ok(1);
    }
    let digits = tbs.enter(0xA0, "a version")?.take(der::INTEGER, "a version number")?;
    let value = digits.iter().take(7).fold(0, |acc, &b| acc << 8 | u64::from(b));
    Ok(value + 1)
}

/// What is wrong with a serial number (RFC 5280 4.1.2.2).
fn odd_serial(serial: &[u8]) -> Option<&'static str> {
    match serial {
        [] => Some("empty"),
        [first, ..] if first & 0x80 != 0 => Some("negative"),
        _ if serial.iter().all(|&b| b == 0) => Some("zero"),
        _ if serial.len() > 20 => Some("longer than 20 bytes"),
        _ => None,
    }
}

/// A UTCTime or GeneralizedTime, with or without seconds, in UTC.
fn read_time((tag, text): (u8, &[u8])) -> Option<OffsetDateTime> {
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
struct Name {
    /// The last common name, which is the most specific.
    common: Option<String>,
    /// Whether anything in it cannot be seen.
    invisible: bool,
}

fn read_name(mut names: Der<'_>) -> Result<Name, Unreadable> {
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

fn read_key(mut info: Der<'_>) -> Result<[u8; 65], CertError> {
    let mut algorithm = info.enter(der::SEQUENCE, "a key algorithm")?;
    let kind = algorithm.take(der::OID, "a key algorithm")?;
    if kind != EC_PUBLIC_KEY {
        return Err(CertError::NotP256(format!("of the kind {}", der::dotted(kind))));
    }
    match algorithm.any("a curve")? {
        (der::OID, PRIME256V1) => {}
        (der::OID, curve) => {
            return Err(CertError::NotP256(format!("on the curve {}", der::dotted(curve))));
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

/// Every SKI of 20 bytes the extensions claim.
fn read_extensions(
    tbs: &mut Der<'_>,
    remarks: &mut Vec<CertRemark>,
) -> Result<Vec<Ski>, CertError> {
    let mut claims = Vec::new();
    let mut seen: Vec<&[u8]> = Vec::new();
    while !tbs.is_empty() {
        // Issuer and subject unique identifiers may come before.
        if !tbs.next_is(0xA3) {
            tbs.any("extensions")?;
            continue;
        }
        let mut list =
            tbs.enter(0xA3, "extensions")?.enter(der::SEQUENCE, "a list of extensions")?;
        while !list.is_empty() {
            let mut extension = list.enter(der::SEQUENCE, "an extension")?;
            let oid = extension.take(der::OID, "the name of an extension")?;
            let critical =
                extension.next_is(der::BOOLEAN) && read_boolean(&mut extension, remarks)?;
            let value = extension.enter(der::OCTET_STRING, "the value of an extension")?;
            if seen.contains(&oid) {
                push_once(remarks, CertRemark::Duplicate(der::dotted(oid)));
            } else if seen.len() == MAX_EXTENSIONS {
                return Err(CertError::Malformed("at most 64 extensions"));
            } else {
                seen.push(oid);
            }
            match oid {
                SUBJECT_KEY_IDENTIFIER => claims.extend(read_ski(value, remarks)),
                BASIC_CONSTRAINTS => read_basic_constraints(value, remarks),
                _ if critical && !oid.starts_with(ID_CE) => {
                    push_once(remarks, CertRemark::UnknownCritical(der::dotted(oid)));
                }
                _ => {}
            }
        }
    }
    if !seen.contains(&SUBJECT_KEY_IDENTIFIER) {
        remarks.push(CertRemark::NoSki);
    }
    Ok(claims)
}

fn read_ski(mut value: Der<'_>, remarks: &mut Vec<CertRemark>) -> Option<Ski> {
    let Ok(bytes) = value.take(der::OCTET_STRING, "an SKI") else {
        push_once(remarks, CertRemark::UnreadableSki);
        return None;
    };
    match <[u8; 20]>::try_from(bytes) {
        Ok(bytes) => Some(Ski::from_bytes(bytes)),
        Err(_) => {
            push_once(remarks, CertRemark::SkiLength(bytes.len()));
            None
        }
    }
}

fn read_basic_constraints(mut value: Der<'_>, remarks: &mut Vec<CertRemark>) {
    let mut read = || {
        let mut constraints = value.enter(der::SEQUENCE, "basic constraints")?;
        Ok::<_, CertError>(
            constraints.next_is(der::BOOLEAN) && read_boolean(&mut constraints, remarks)?,
        )
    };
    match read() {
        Ok(true) => push_once(remarks, CertRemark::Authority),
        Ok(false) => {}
        Err(_) => {
            let oid = der::dotted(BASIC_CONSTRAINTS);
            push_once(remarks, CertRemark::UnreadableExtension(oid));
        }
    }
}

fn read_boolean(from: &mut Der<'_>, remarks: &mut Vec<CertRemark>) -> Result<bool, CertError> {
    match from.take(der::BOOLEAN, "a boolean")? {
        [0] => Ok(false),
        [0xFF] => Ok(true),
        &[other] => {
            push_once(remarks, CertRemark::Boolean(other));
            Ok(true)
        }
        _ => Err(CertError::Malformed("a boolean of one byte")),
    }
}

fn push_once(remarks: &mut Vec<CertRemark>, remark: CertRemark) {
    if !remarks.contains(&remark) {
        remarks.push(remark);
    }
}

#[cfg(test)]
mod tests;
