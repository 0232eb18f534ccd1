//! What the driver saw, in the words of the hub.

use time::OffsetDateTime;

use crate::{
    driver::{
        dial::{self, DialCause},
        tls::{Negotiated, TlsError},
        ws::{SUB_PROTOCOL, UpgradeError},
    },
    hub::{
        dial::{DialFailure, Tried},
        facts::{CertificateFacts, CertificateOddity, TransportFacts},
    },
    identity::cert::{CertRemark, PeerCertificate},
};

/// What the transport of a connection showed.
pub(super) fn transport(
    tls: Negotiated,
    path: &str,
    certificate: &PeerCertificate,
    via: Vec<String>,
) -> TransportFacts {
    TransportFacts {
        tls_version: Some(tls.version.to_string()),
        cipher_suite: Some(tls.suite.to_owned()),
        path: Some(path.to_owned()),
        sub_protocol: Some(SUB_PROTOCOL.to_owned()),
        certificate: Some(certificate_facts(certificate)),
        via,
    }
}

fn certificate_facts(certificate: &PeerCertificate) -> CertificateFacts {
    let expiry = certificate.expiry(OffsetDateTime::now_utc());
    let oddity = |remark: &CertRemark| CertificateOddity {
        code: remark.code().parse().ok(),
        what: remark.to_string(),
    };
    CertificateFacts {
        subject: certificate.common_name.clone(),
        issuer: certificate.issuer.clone(),
        not_before: certificate.not_before.map(OffsetDateTime::unix_timestamp),
        not_after: certificate.not_after.map(OffsetDateTime::unix_timestamp),
        key: "ECDSA secp256r1".to_owned(),
        ski: certificate.claimed_ski,
        fingerprint: certificate.fingerprint.clone(),
        remarks: certificate.remarks.iter().chain(&expiry).map(oddity).collect(),
    }
}

/// A failed dial, as the hub tells it.
pub(in crate::driver) fn dial_failure(failure: dial::DialFailure) -> DialFailure {
    let most_telling = failure.most_telling();
    let is_telling = |f: &dial::TargetFailure| most_telling.is_some_and(|m| std::ptr::eq(m, f));
    let telling = failure.failures.iter().position(is_telling).unwrap_or(0);
    DialFailure { tried: failure.failures.iter().map(tried).collect(), telling }
}

/// What happened at one address.
pub(in crate::driver) fn tried(failure: &dial::TargetFailure) -> Tried {
    Tried {
        target: failure.target.clone(),
        address: failure.address,
        stage: failure.stage,
        code: failure.code(),
        what: failure.cause.to_string(),
        passing: is_passing(&failure.cause),
        took: failure.took,
        via: failure.via.clone(),
        announced: false,
    }
}

/// Whether it may be gone at the next attempt: a fault of the network or of the moment.
fn is_passing(cause: &DialCause) -> bool {
    match cause {
        DialCause::UnknownName(_)
        | DialCause::Refused
        | DialCause::NoRoute(_)
        | DialCause::Connect(_)
        | DialCause::TimedOut { .. } => true,
        DialCause::Tls(TlsError::Closed { .. }) => true,
        DialCause::Upgrade(UpgradeError::Busy | UpgradeError::Closed | UpgradeError::Io(_)) => true,
        DialCause::NoScope
        | DialCause::Tls(_)
        | DialCause::WrongSki { .. }
        | DialCause::WrongFingerprint(_)
        | DialCause::OwnSki
        | DialCause::Upgrade(_) => false,
    }
}
