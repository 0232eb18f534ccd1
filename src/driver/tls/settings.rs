//! What may be set about TLS, and what a handshake agreed upon.

use std::{fmt, sync::Arc};

use rustls::{ProtocolVersion, SupportedProtocolVersion};

use super::{
    keylog::KeyLog,
    suites::{self, Suite},
};
use crate::checks::{Finding, transport};

/// What may be set about TLS.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The cipher suites of TLS 1.2, the preferred one first. As a server we choose by this order.
    pub suites: Vec<Suite>,
    /// The versions.
    pub versions: Vec<Version>,
    /// Where the keys of every connection are written; whoever has them can read it.
    pub key_log: Option<Arc<KeyLog>>,
}

impl Default for TlsSettings {
    /// TLS 1.2 alone (SHIP 9.1), GCM before CCM_8 before the mandatory CBC, and no key log.
    fn default() -> Self {
        Self { suites: Suite::ALL.to_vec(), versions: vec![Version::Tls12], key_log: None }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// The one SHIP demands. Its name in settings is `1.2`.
    Tls12,
    /// Unknown to SHIP, off by default. Its name in settings is `1.3`; its suite is GCM.
    Tls13,
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }

    fn rustls(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::Tls12 => &rustls::version::TLS12,
            Self::Tls13 => &rustls::version::TLS13,
        }
    }
}

impl fmt::Display for Version {
    /// `TLS 1.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS {}", self.name())
    }
}

impl TlsSettings {
    pub(super) fn cipher_suites(&self) -> Vec<rustls::SupportedCipherSuite> {
        let tls13 = self.versions.contains(&Version::Tls13).then_some(suites::TLS13);
        tls13.into_iter().chain(self.suites.iter().map(|suite| suite.rustls())).collect()
    }

    pub(super) fn protocol_versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        self.versions.iter().map(|version| version.rustls()).collect()
    }
}

/// What a handshake agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The version.
    pub version: Version,
    /// The cipher suite, by its IANA name.
    pub suite: &'static str,
}

impl Negotiated {
    /// Reads it from a connection whose handshake is over.
    pub(super) fn of(connection: &rustls::CommonState) -> Option<Self> {
        let version = match connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Version::Tls12,
            ProtocolVersion::TLSv1_3 => Version::Tls13,
            _ => return None,
        };
        let suite = connection.negotiated_cipher_suite()?.suite().as_str()?;
        Some(Self { version, suite })
    }

    /// What is worth knowing about it.
    pub fn findings(&self) -> Vec<Finding> {
        let Self { version, suite } = self;
        transport::tls(&version.to_string(), suite).into_iter().collect()
    }
}

impl fmt::Display for Negotiated {
    /// `TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.version, self.suite)
    }
}
