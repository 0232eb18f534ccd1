//! Why a TLS handshake failed, as far as a person can do something about it.

use std::io;

use rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use super::verify::Verifier;
use crate::identity::cert::CertError;

/// Why a TLS handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The peer refused with an alert: its name in RFC 5246.
    #[error("the device refused with the TLS alert {0}")]
    Alert(String),
    /// What answers on this port does not speak TLS.
    #[error("what arrived is not TLS (plain HTTP, or another protocol)")]
    NotTls,
    /// The peer speaks other versions of TLS only.
    #[error("the device does not speak TLS 1.2, the only version SHIP allows")]
    Version,
    /// The peer speaks older versions of TLS only, and these.
    #[error("the device speaks {0} only; SHIP allows TLS 1.2")]
    OldVersion(String),
    /// The peer has no cipher suite of SHIP, and takes this one.
    #[error("the device has none of the cipher suites of SHIP; it takes {0}")]
    OtherSuite(String),
    /// No cipher suite, curve or signature algorithm in common.
    #[error("nothing in common: {0}")]
    NothingInCommon(String),
    /// The client showed no certificate.
    #[error("the device showed no certificate")]
    NoClientCertificate,
    /// The peer's certificate cannot be accepted.
    #[error("we refuse its certificate: {0}")]
    Certificate(#[from] CertError),
    /// The peer does not hold the key of the certificate it showed.
    #[error("the device does not hold the private key of the certificate it showed")]
    WrongKey,
    /// The peer closed the connection during the handshake.
    #[error(
        "the device closed the connection {}",
        if *.after_certificates { "right after the certificates" } else { "before TLS began" }
    )]
    Closed {
        /// Whether certificates had been exchanged.
        after_certificates: bool,
    },
    /// The peer broke the TLS protocol, or the transport failed.
    #[error("the TLS handshake failed: {0}")]
    Other(String),
}

impl TlsError {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Alert(name) => match name.as_str() {
                "handshake_failure" | "insufficient_security" => "TLS-01",
                _ => "TLS-04",
            },
            Self::NotTls => "TLS-02",
            Self::Version | Self::OldVersion(_) => "TLS-03",
            Self::OtherSuite(_) | Self::NothingInCommon(_) | Self::Other(_) => "TLS-01",
            Self::NoClientCertificate => "TLS-05",
            Self::Certificate(error) => error.code(),
            Self::WrongKey => "CERT-02",
            Self::Closed { after_certificates: true } => "TLS-04",
            Self::Closed { after_certificates: false } => "TCP-03",
        }
    }

    /// Reads the failure of a handshake; the verifier knows what rustls cannot tell.
    pub(super) fn new(error: &io::Error, verifier: &Verifier) -> Self {
        if let Some(Err(refused)) = verifier.seen() {
            return Self::Certificate(refused.clone());
        }
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return Self::of_rustls(error);
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => {
                Self::Closed { after_certificates: verifier.seen().is_some() }
            }
            _ => Self::Other(error.to_string()),
        }
    }

    fn of_rustls(error: &Error) -> Self {
        match error {
            Error::AlertReceived(AlertDescription::ProtocolVersion) => Self::Version,
            Error::AlertReceived(alert) => Self::Alert(alert_name(*alert)),
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Self::NotTls,
            Error::PeerIncompatible(
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )
            | Error::PeerMisbehaved(PeerMisbehaved::SelectedTls12UsingTls13VersionExtension) => {
                Self::Version
            }
            Error::PeerIncompatible(what) => Self::NothingInCommon(lacking(what)),
            Error::NoCertificatesPresented => Self::NoClientCertificate,
            Error::InvalidCertificate(CertificateError::BadSignature) => Self::WrongKey,
            other => Self::Other(other.to_string()),
        }
    }
}

/// What both sides would have to have, in words where SHIP has something to say of it.
fn lacking(what: &PeerIncompatible) -> String {
    match what {
        PeerIncompatible::NoCipherSuitesInCommon => "it has none of our cipher suites".to_owned(),
        PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NamedGroupsExtensionRequired => {
            "it does not know the curve secp256r1, which SHIP requires".to_owned()
        }
        PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon
        | PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired => {
            "it does not sign by ECDSA with SHA-256, which SHIP requires".to_owned()
        }
        PeerIncompatible::NoEcPointFormatsInCommon
        | PeerIncompatible::UncompressedEcPointsRequired => {
            "it does not take uncompressed points of a curve".to_owned()
        }
        other => format!("{other:?}"),
    }
}

/// The name of an alert as RFC 5246 writes it: `HandshakeFailure` is `handshake_failure`.
fn alert_name(alert: AlertDescription) -> String {
    if alert == AlertDescription::UnknownCA {
        return "unknown_ca".to_owned();
    }
    let mut name = String::new();
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        for (alert, name) in [
            (AlertDescription::HandshakeFailure, "handshake_failure"),
            (AlertDescription::BadCertificate, "bad_certificate"),
            (AlertDescription::UnknownCA, "unknown_ca"),
            (AlertDescription::ProtocolVersion, "protocol_version"),
        ] {
            assert_eq!(alert_name(alert), name);
        }
    }
}
