//! Reading a peer's certificate: the key and what it claims, with everything odd as a remark.

mod error;
mod extensions;
mod fields;

use std::cell::Cell;

use time::OffsetDateTime;

pub use self::error::{CertError, CertRemark, SkiMistake};
use self::{
    extensions::read_extensions,
    fields::{Name, odd_serial, read_key, read_name, read_time, read_version},
};
use super::{
    der::{self, Der, Unreadable},
    fingerprint,
    ski::{mistake, ski_of},
};
use crate::proto::Ski;

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

/// Reads a certificate in DER (and in the BER some devices write).
///
/// Errors when there is no usable key in it, or when its SKI extension is not that key's SHA-1.
/// Its signature is not checked: possession of the key is proved by the TLS handshake.
pub fn read(der: &[u8]) -> Result<PeerCertificate, CertError> {
    let (certificate, claims) = read_all(der)?;
    let PeerCertificate { ski, public_key, .. } = certificate;
    if let Some(&claimed) = claims.iter().find(|&&claimed| claimed != ski) {
        let mistake = mistake(claimed, &public_key);
        return Err(CertError::ForgedSki { claimed, actual: ski, mistake });
    }
    Ok(certificate)
}

/// The public key in a certificate, whatever SKI it claims.
pub(super) fn public_key(der: &[u8]) -> Option<[u8; 65]> {
    read_all(der).ok().map(|(certificate, _)| certificate.public_key)
}

/// The certificate, and every SKI it claims.
fn read_all(der: &[u8]) -> Result<(PeerCertificate, Vec<Ski>), CertError> {
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
    let certificate = PeerCertificate {
        ski,
        claimed_ski: claims.first().copied(),
        public_key,
        common_name: subject.common,
        issuer: issuer.common,
        not_before,
        not_after,
        fingerprint: fingerprint(der),
        remarks,
    };
    Ok((certificate, claims))
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

const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
/// All extensions of X.509 itself lie here: 2.5.29.
const ID_CE: &[u8] = &[0x55, 0x1D];
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];

#[cfg(test)]
mod tests;
