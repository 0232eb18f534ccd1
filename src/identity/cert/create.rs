//! Our own certificate: made here, or brought along.

use std::{fmt, sync::Arc};

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{
    der::{self, Der},
    read::{CertError, PeerCertificate, read, ski_of},
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
    #[error("no certificate found: expected a PEM section `BEGIN CERTIFICATE`")]
    NoCertificate,
    /// No private key in the text.
    #[error(
        "no private key found: expected a PEM section `BEGIN PRIVATE KEY` or `BEGIN EC PRIVATE KEY`"
    )]
    NoKey,
    /// The key is protected by a password.
    #[error("the private key is protected by a password; remove it with `openssl pkey`")]
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
        let peer = read(&certificate)?;
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

/// The 32 bytes of a private key on secp256r1, out of PKCS #8 (RFC 5958) or SEC 1 (RFC 5915).
///
/// ring insists on a public key inside, which other tools leave out; so only the scalar is taken.
fn scalar_of(key: &PrivateKeyDer<'_>) -> Option<Zeroizing<[u8; 32]>> {
    let long_length = std::cell::Cell::new(false);
    let sec1 = match key {
        PrivateKeyDer::Pkcs8(key) => {
            let mut info =
                Der::new(key.secret_pkcs8_der(), &long_length).enter(der::SEQUENCE, "").ok()?;
            info.take(der::INTEGER, "").ok()?;
            info.take(der::SEQUENCE, "").ok()?;
            info.take(der::OCTET_STRING, "").ok()?
        }
        PrivateKeyDer::Sec1(key) => key.secret_sec1_der(),
        _ => return None,
    };
    let mut key = Der::new(sec1, &long_length).enter(der::SEQUENCE, "").ok()?;
    key.take(der::INTEGER, "").ok()?;
    let scalar = key.take(der::OCTET_STRING, "").ok()?;
    <[u8; 32]>::try_from(scalar).ok().map(Zeroizing::new)
}

/// PKCS #8 of a key on secp256r1; everything but scalar and point is the same for all of them.
fn pkcs8(scalar: &[u8; 32], point: &[u8; 65]) -> Zeroizing<Vec<u8>> {
    const HEAD: [u8; 36] = [
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
        0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x6D, 0x30,
        0x6B, 0x02, 0x01, 0x01, 0x04, 0x20,
    ];
    const MIDDLE: [u8; 5] = [0xA1, 0x44, 0x03, 0x42, 0x00];
    Zeroizing::new([&HEAD[..], scalar, &MIDDLE, point].concat())
}

/// PEM (RFC 7468), without leaving copies of a key in memory.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Zeroizing::new(String::with_capacity(der.len() * 3 / 2 + 2 * label.len() + 64));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits =
                (0..3).fold(0u32, |acc, i| acc << 8 | u32::from(*group.get(i).unwrap_or(&0)));
            for i in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * i)) as usize & 63];
                text.push(if i <= group.len() { char::from(digit) } else { '=' });
            }
        }
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    /// Early in 2026.
    const NOW: OffsetDateTime = EARLIEST.saturating_add(Duration::days(400));

    fn generate() -> Identity {
        Identity::generate(None, NOW).unwrap()
    }

    #[test]
    fn a_new_certificate_is_what_ship_asks_for() {
        let identity = generate();
        let peer = read(identity.certificate_der()).unwrap();
        assert_eq!(peer.remarks, []);
        assert_eq!(peer.claimed_ski, Some(identity.ski()));
        assert_eq!(
            identity.ship_id().as_str(),
            format!("shipctl-{}", &identity.ski().to_string()[..8])
        );
        assert_eq!(peer.common_name.as_deref(), Some(identity.ship_id().as_str()));
        assert!(peer.expiry(NOW).is_none());
        assert!(peer.not_after.unwrap() >= NOW.replace_year(2036).unwrap());
        assert_eq!(identity.fingerprint().len(), 64);
        assert_ne!(identity.ski(), generate().ski());
    }

    #[test]
    fn the_longest_ship_id_still_gives_a_lean_certificate() {
        let ship_id: ShipId = "i".repeat(ShipId::MAX_BYTES).parse().unwrap();
        let identity = Identity::generate(Some(&ship_id), NOW).unwrap();
        assert_eq!(identity.ship_id(), &ship_id);
        assert!(identity.certificate_der().len() < 790);
        assert_eq!(read(identity.certificate_der()).unwrap().remarks, []);
    }

    #[test]
    fn a_clock_that_was_never_set_still_gives_a_valid_certificate() {
        let identity = Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(identity.certificate().expiry(NOW).is_none());
    }

    #[test]
    fn what_is_written_as_pem_is_read_back() {
        let made = generate();
        let read = Identity::from_pem(&made.certificate_pem(), &made.key_pem()).unwrap();
        assert_eq!(read.certificate(), made.certificate());
        assert_eq!(read.key_der().secret_pkcs8_der(), made.key_der().secret_pkcs8_der());
        // ring and rcgen take the key as we write it.
        assert!(KeyPair::from_pem(&made.key_pem()).is_ok());
    }

    #[test]
    fn keys_of_other_tools_are_taken_whatever_their_form() {
        let made = generate();
        let scalar = scalar_of(&PrivateKeyDer::from(made.key_der())).unwrap();
        // SEC 1 without parameters and public key, and PKCS #8 around just that.
        let sec1 = [&[0x30, 0x25, 2, 1, 1, 4, 32][..], scalar.as_slice()].concat();
        let head = [0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7];
        let p256 = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
        let ec = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
        let bare = [&head[..], &ec, &p256, &[4, 0x27], &sec1].concat();
        for (label, der) in [("EC PRIVATE KEY", sec1), ("PRIVATE KEY", bare)] {
            let key = format!("some words\n{}", *pem(label, &der));
            let taken = Identity::from_pem(&made.certificate_pem(), &key).unwrap();
            assert_eq!(*taken.key_pem(), *made.key_pem(), "{label}");
        }
    }

    #[test]
    fn what_is_no_identity_is_refused_with_its_reason() {
        let (ours, other) = (generate(), generate());
        let (cert, key) = (ours.certificate_pem(), ours.key_pem());
        let refused = |cert: &str, key: &str| {
            Identity::from_pem(cert, key).expect_err("it is no identity").to_string()
        };
        let pem_of = |algorithm| KeyPair::generate_for(algorithm).unwrap().serialize_pem();
        for (cert, key, says) in [
            ("", &**key, "no certificate found"),
            (&**key, &**key, "no certificate found"),
            (&cert, "", "no private key found"),
            (&cert, &cert, "no private key found"),
            (&cert, &other.key_pem(), "does not belong"),
            (&cert, &pem_of(&PKCS_ECDSA_P384_SHA384), "secp256r1"),
            (&cert, &key.replace("BEGIN ", "BEGIN ENCRYPTED "), "password"),
            (&cert, &pem("PRIVATE KEY", &[0x30, 0x80]), "not a readable"),
            (&pem("CERTIFICATE", b"no"), &key, "no readable X.509 certificate"),
        ] {
            let error = refused(cert, key);
            assert!(error.contains(says), "{error}");
        }
        // An Ed25519 key has 32 bytes as well, but at another place.
        assert!(refused(&cert, &pem_of(&PKCS_ED25519)).contains("secp256r1"));
    }

    #[test]
    fn our_own_certificate_needs_the_ski_extension() {
        let pair = KeyPair::generate().unwrap();
        let cert = CertificateParams::default().self_signed(&pair).unwrap();
        assert!(matches!(
            Identity::from_pem(&cert.pem(), &pair.serialize_pem()),
            Err(IdentityError::NoSki)
        ));
    }

    #[test]
    fn the_private_key_is_never_printed() {
        let identity = generate();
        let pem = identity.key_pem();
        let shown = format!("{identity:?}");
        assert!(shown.contains(&identity.ski().to_string()), "{shown}");
        assert!(pem.lines().all(|line| !shown.contains(line)));
    }
}
