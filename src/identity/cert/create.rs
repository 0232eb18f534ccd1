//! Our own certificate: made here, or brought along.

mod key;

use std::{fmt, sync::Arc};

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

pub(super) use self::key::pkcs8;
use self::key::{pem, scalar_of};
use super::{
    der,
    read::{CertError, PeerCertificate, SkiMistake, public_key, read},
    ski::{is_of_private_key, ski_of},
};
use crate::proto::{ShipId, Ski};

/// Our key and certificate. Cheap to clone; `Debug` does not show the key.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    certificate: CertificateDer<'static>,
    /// PKCS #8, always with the public key, as ring wants it.
    key: Zeroizing<Vec<u8>>,
    read: PeerCertificate,
    ship_id: ShipId,
}

/// Why a key and certificate are no identity for SHIP; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No certificate in the text.
    #[error("there is no certificate in it: a PEM section `BEGIN CERTIFICATE` was expected")]
    NoCertificate,
    /// No private key in the text.
    #[error(
        "there is no private key in it: a PEM section `BEGIN PRIVATE KEY` or `BEGIN EC PRIVATE KEY` was \
         expected"
    )]
    NoKey,
    /// The key is protected by a password.
    #[error(
        "the private key is protected by a password; take it off with `openssl pkey -in KEY -out NEW_KEY`"
    )]
    EncryptedKey,
    /// The key is no elliptic curve key on secp256r1, or damaged.
    #[error(
        "the private key is not a readable elliptic curve key on secp256r1, which SHIP requires"
    )]
    UnusableKey,
    /// They do not belong together.
    #[error("the private key does not belong to the certificate {ski}; use the pair made together")]
    Mismatch {
        /// The SKI of the certificate.
        ski: Ski,
    },
    /// Without an SKI extension of 20 bytes strict peers refuse us.
    #[error(
        "the certificate has no SKI extension of 20 bytes, and other devices would refuse it; \
         make it anew with `subjectKeyIdentifier=hash`"
    )]
    NoSki,
    /// It cannot be used at all.
    #[error("the certificate cannot be used: {0}")]
    Certificate(#[from] CertError),
    /// Making one failed, for want of random numbers.
    #[error("making a key or certificate failed: {0}")]
    Generate(String),
}

impl Identity {
    /// Makes a new key on secp256r1 and a self-signed certificate for it (SHIP 9.3, 12.1).
    ///
    /// Its common name is the SHIP ID, by default `shipctl-` and the first 8 digits of the SKI.
    /// It is valid for a little more than ten years from `now`.
    pub fn generate(ship_id: Option<&ShipId>, now: OffsetDateTime) -> Result<Self, IdentityError> {
        let failed = |error: &dyn fmt::Display| IdentityError::Generate(error.to_string());
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
                .map_err(|e| failed(&e))?;
        let key = Zeroizing::new(pkcs8.as_ref().to_vec());
        let pair = KeyPair::try_from(key.as_slice()).map_err(|e| failed(&e))?;
        let point = <[u8; 65]>::try_from(pair.public_key_raw()).map_err(|e| failed(&e))?;
        let ski = ski_of(&point);

        let name = ship_id.map_or_else(|| default_name(ski), ToString::to_string);
        let certificate = params(&name, ski, now).self_signed(&pair).map_err(|e| failed(&e))?;
        Self::new(certificate.der().clone(), key)
    }

    /// Takes a key (PKCS #8 or SEC 1) and a certificate, both in PEM.
    ///
    /// Errors unless they belong together, the key is on secp256r1, and the certificate has the
    /// SKI extension other devices insist on.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| IdentityError::NoCertificate)?;
        if key.contains("ENCRYPTED") {
            return Err(IdentityError::EncryptedKey);
        }
        let key =
            PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let scalar = scalar_of(&key).ok_or(IdentityError::UnusableKey)?;
        let peer = read(&certificate).map_err(|error| blame(error, &certificate, &scalar))?;
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            scalar.as_slice(),
            &peer.public_key,
            &SystemRandom::new(),
        )
        .map_err(|_| IdentityError::Mismatch { ski: peer.ski })?;
        Self::new(certificate, pkcs8(&scalar, &peer.public_key))
    }

    fn new(
        certificate: CertificateDer<'static>,
        key: Zeroizing<Vec<u8>>,
    ) -> Result<Self, IdentityError> {
        let read = read(&certificate)?;
        if read.claimed_ski.is_none() {
            return Err(IdentityError::NoSki);
        }
        let name = read.common_name.as_deref().and_then(|name| name.parse().ok());
        let ship_id = match name {
            Some(ship_id) => ship_id,
            None => default_name(read.ski).parse().map_err(|_| IdentityError::NoSki)?,
        };
        Ok(Self(Arc::new(Inner { certificate, key, read, ship_id })))
    }

    /// Our SKI.
    pub fn ski(&self) -> Ski {
        self.0.read.ski
    }

    /// Our SHIP ID: the common name, or the default where an imported one is no SHIP ID.
    pub fn ship_id(&self) -> &ShipId {
        &self.0.ship_id
    }

    /// The SHA-256 of the certificate, 64 upper-case hex digits.
    pub fn fingerprint(&self) -> &str {
        &self.0.read.fingerprint
    }

    /// From when it is valid, if that can be read.
    pub fn not_before(&self) -> Option<OffsetDateTime> {
        self.0.read.not_before
    }

    /// Until when it is valid, if that can be read.
    pub fn not_after(&self) -> Option<OffsetDateTime> {
        self.0.read.not_after
    }

    /// The certificate as a peer reads it, with everything odd about an imported one.
    pub fn certificate(&self) -> &PeerCertificate {
        &self.0.read
    }

    /// The certificate in DER.
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        &self.0.certificate
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.0.certificate).to_string()
    }

    /// The private key in PKCS #8 DER, for TLS.
    pub fn key_der(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.0.key.to_vec())
    }

    /// The private key in PEM, for the disk and for an export that was asked for.
    pub fn key_pem(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.0.key)
    }
}

impl IdentityError {
    /// What to do about a certificate and key that were brought along.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Certificate(CertError::ForgedSki { .. }) => {
                "keep the key and make its certificate anew: `openssl req -x509 -key KEY -days 3650 -subj \
                 /CN=SHIP_ID -addext subjectKeyIdentifier=hash -out NEW_CERT`, then import that; it has \
                 another SKI, so pair every device again"
            }
            _ => "give a certificate and the key it was made with, both in PEM",
        }
    }
}

/// Whoever has the private key can tell one more mistake of generators.
fn blame(error: CertError, certificate: &[u8], scalar: &[u8; 32]) -> CertError {
    match error {
        CertError::ForgedSki { claimed, actual, mistake: None }
            if public_key(certificate)
                .is_some_and(|point| is_of_private_key(claimed, scalar, &point)) =>
        {
            CertError::ForgedSki { claimed, actual, mistake: Some(SkiMistake::PrivateKey) }
        }
        error => error,
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("ski", &self.ski())
            .field("ship_id", &self.ship_id().as_str())
            .finish_non_exhaustive()
    }
}

fn default_name(ski: Ski) -> String {
    format!("shipctl-{:.8}", ski.to_string())
}

/// The first day of 2025: no clock that is right shows less.
const EARLIEST: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_089));

/// As little as the specification asks for: a lean certificate fits one TLS record, and what is not
/// there (key usage, basic constraints) no embedded stack can object to.
fn params(name: &str, ski: Ski, now: OffsetDateTime) -> CertificateParams {
    // A machine without a clock starts in 1970: its certificate should be valid all the same.
    let now = now.max(EARLIEST);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // The clock of a peer may be a little late.
    params.not_before = now.saturating_sub(Duration::DAY);
    params.not_after = now.saturating_add(Duration::days(3660));
    // rcgen writes this extension for authorities only.
    let value = [&[der::OCTET_STRING, 20][..], ski.as_bytes()].concat();
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 14], value)];
    params
}

#[cfg(test)]
mod tests;
