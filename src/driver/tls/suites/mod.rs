//! The cipher suites SHIP knows (SHIP 9.2): one from ring, two of our own.
//!
//! | room | what happens there |
//! |---|---|
//! | `cbc` | records of the mandatory suite, MAC then encrypt |
//! | `mac` | its MAC over a length that nobody may learn |
//! | `ccm` | records with a tag of 8 bytes |
//!
//! What rustls needs besides (key exchange, signatures, hash, PRF) is that of ring's GCM suite.

mod cbc;
mod ccm;
mod mac;

use rustls::{
    CipherSuite, CipherSuiteCommon, ConnectionTrafficSecrets, SupportedCipherSuite,
    Tls12CipherSuite,
    crypto::{
        cipher::{Tls12AeadAlgorithm, UnsupportedOperationError},
        ring::cipher_suite::{TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS13_AES_128_GCM_SHA256},
    },
};

/// A cipher suite of TLS 1.2 that SHIP knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (0xC02B), recommended. Its name in settings is `gcm`.
    Gcm,
    /// ECDHE_ECDSA_WITH_AES_128_CCM_8 (0xC0AE), optional. Its name in settings is `ccm8`.
    Ccm8,
    /// ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (0xC023), mandatory. Its name in settings is `cbc`.
    Cbc,
}

impl Suite {
    /// Every suite, the preferred one first (SHIP 9.2).
    pub const ALL: [Self; 3] = [Self::Gcm, Self::Ccm8, Self::Cbc];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcm => "gcm",
            Self::Ccm8 => "ccm8",
            Self::Cbc => "cbc",
        }
    }

    /// What rustls is given for it.
    pub fn rustls(self) -> SupportedCipherSuite {
        match self {
            Self::Gcm => TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            Self::Ccm8 => SupportedCipherSuite::Tls12(&CCM_8),
            Self::Cbc => SupportedCipherSuite::Tls12(&CBC),
        }
    }
}

/// The suite of TLS 1.3 for those who switch that version on.
pub(super) static TLS13: SupportedCipherSuite = TLS13_AES_128_GCM_SHA256;

/// RFC 9147 4.5.3 counts 2^23 records for CCM. In TLS 1.2 the tag of 8 bytes costs no more: the
/// first record that does not fit ends the connection.
static CCM_8: Tls12CipherSuite =
    like_gcm(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, 1 << 23, &ccm::Records);

/// 2^24 records of 2^10 blocks at most stay below the birthday bound as far as those of GCM.
static CBC: Tls12CipherSuite =
    like_gcm(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, 1 << 24, &cbc::Records);

/// A suite with the key exchange, the signatures and the hash of the GCM suite.
const fn like_gcm(
    suite: CipherSuite,
    confidentiality_limit: u64,
    aead_alg: &'static dyn Tls12AeadAlgorithm,
) -> Tls12CipherSuite {
    let SupportedCipherSuite::Tls12(gcm) = TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 else {
        panic!("it is a suite of TLS 1.2")
    };
    let common =
        CipherSuiteCommon { suite, hash_provider: gcm.common.hash_provider, confidentiality_limit };
    Tls12CipherSuite {
        common,
        prf_provider: gcm.prf_provider,
        kx: gcm.kx,
        sign: gcm.sign,
        aead_alg,
    }
}

/// The most bytes of plaintext a record may carry (RFC 5246 6.2.1).
const MOST_PLAINTEXT: usize = 1 << 14;

/// The keys of our own suites are for nobody else (rustls would hand them to a kernel).
fn no_extraction() -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
    Err(UnsupportedOperationError)
}
