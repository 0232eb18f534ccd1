//! What is odd about a certificate, and why one cannot be used.

use std::fmt;

use time::{OffsetDateTime, UtcOffset};

use crate::{identity::cert::der::Unreadable, proto::Ski};

/// What is odd about a certificate that is accepted all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertRemark {
    /// No SKI extension.
    #[error("it has no SKI extension; strict devices refuse it")]
    NoSki,
    /// An SKI extension that is not 20 bytes long.
    #[error("its SKI extension has {0} bytes instead of 20; strict devices refuse it")]
    SkiLength(usize),
    /// An SKI extension without an octet string in it.
    #[error("its SKI extension cannot be read; strict devices refuse it")]
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
    #[error("it is valid only from {}; its clock or ours may be wrong", Day(*.0))]
    NotYetValid(OffsetDateTime),
    /// Expired.
    #[error("it expired on {}; it is too old, or its clock or ours is wrong", Day(*.0))]
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

/// The day of a moment, UTC.
struct Day(OffsetDateTime);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0.to_offset(UtcOffset::UTC);
        write!(f, "{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
    }
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
    #[error("this is no X.509 certificate that can be read: {0} was expected")]
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
    /// The SHA-1 of the private key in DER, as the generator of an energy manager made it from 2021 to
    /// 2023. Only whoever has the private key can tell.
    PrivateKey,
}

struct Likely(Option<SkiMistake>);

impl fmt::Display for Likely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => {
                "a forgery, or made by a faulty generator (that of an energy manager took the SHA-1 of \
                 the private key from 2021 to 2023)"
            }
            Some(SkiMistake::TruncatedSha256) => {
                "made by a generator that takes the SHA-256 of the key (RFC 7093) where SHIP wants \
                 the SHA-1"
            }
            Some(SkiMistake::PrivateKey) => {
                "made by a generator that takes the SHA-1 of the private key, as that of an energy \
                 manager did from 2021 to 2023, where SHIP wants the SHA-1 of the public key"
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
