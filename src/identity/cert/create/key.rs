//! A private key in the forms it comes and goes in: PKCS #8, SEC 1, PEM. No copy of it is left behind.

use rustls::pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use crate::identity::cert::der::{self, Der};

/// The 32 bytes of a private key on secp256r1, out of PKCS #8 (RFC 5958) or SEC 1 (RFC 5915).
///
/// ring insists on a public key inside, which other tools leave out; so only the scalar is taken.
pub(super) fn scalar_of(key: &PrivateKeyDer<'_>) -> Option<Zeroizing<[u8; 32]>> {
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
pub(in crate::identity::cert) fn pkcs8(scalar: &[u8; 32], point: &[u8; 65]) -> Zeroizing<Vec<u8>> {
    const HEAD: [u8; 36] = [
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
        0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x6D, 0x30,
        0x6B, 0x02, 0x01, 0x01, 0x04, 0x20,
    ];
    const MIDDLE: [u8; 5] = [0xA1, 0x44, 0x03, 0x42, 0x00];
    Zeroizing::new([&HEAD[..], scalar, &MIDDLE, point].concat())
}

/// PEM (RFC 7468), without leaving copies of a key in memory.
pub(super) fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
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
