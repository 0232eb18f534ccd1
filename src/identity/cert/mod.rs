//! Certificates: ours, made or imported ([`Identity`]), and a peer's, read leniently ([`read`]).
//!
//! A SHIP certificate is nothing but a carrier of a key: the SKI, the SHA-1 of the public key, is
//! the identity (SHIP 12.2). So a peer's certificate is read for its key, whatever else may be
//! wrong with it is a remark, and only a key that cannot be used or an SKI that is not the key's
//! own is refused. No general X.509 parser does that: all of them refuse certificates in the field.

mod create;
mod der;
mod read;
mod ski;

pub use create::{Identity, IdentityError};
pub use read::{CertError, CertRemark, PeerCertificate, SkiMistake, read};

/// The 64 upper-case hex digits of the SHA-256 of a certificate in DER (SHIP pairing service, QR).
pub fn fingerprint(der: &[u8]) -> String {
    use std::fmt::Write;
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
