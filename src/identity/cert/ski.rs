//! The SKI of a key, and the known ways to compute another one from it.

use zeroize::Zeroizing;

use super::{create::pkcs8, read::SkiMistake};
use crate::proto::Ski;

/// The SKI of a public key: the SHA-1 of its point (RFC 5280 4.2.1.2, method 1).
pub(super) fn ski_of(point: &[u8; 65]) -> Ski {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, point);
    let mut bytes = [0; 20];
    bytes.copy_from_slice(digest.as_ref());
    Ski::from_bytes(bytes)
}

/// Whether an SKI is the SHA-1 of this private key in a form it is written in: SEC 1 with curve and
/// point, as Go writes it, or PKCS #8.
pub(super) fn is_of_private_key(claimed: Ski, scalar: &[u8; 32], point: &[u8; 65]) -> bool {
    const HEAD: [u8; 7] = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
    const MIDDLE: [u8; 17] = [
        0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0xA1, 0x44, 0x03,
        0x42, 0x00,
    ];
    let sec1 = Zeroizing::new([&HEAD[..], scalar, &MIDDLE, point].concat());
    [sec1, pkcs8(scalar, point)].iter().any(|der| {
        let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, der);
        sha1.as_ref() == claimed.as_bytes()
    })
}

/// What an SKI that is not the SHA-1 of this point was made of.
pub(super) fn mistake(claimed: Ski, point: &[u8; 65]) -> Option<SkiMistake> {
    let sha256 = ring::digest::digest(&ring::digest::SHA256, point);
    if sha256.as_ref()[..20] == *claimed.as_bytes() {
        return Some(SkiMistake::TruncatedSha256);
    }
    let info = [P256_KEY_INFO, point].concat();
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &info);
    (sha1.as_ref() == claimed.as_bytes()).then_some(SkiMistake::WholeKeyInfo)
}

/// What stands before the point in the SubjectPublicKeyInfo of every key on secp256r1.
const P256_KEY_INFO: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
