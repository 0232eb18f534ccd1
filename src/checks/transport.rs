//! What a transport showed before its first message, as findings.

use std::collections::BTreeMap;

use super::{Code, Finding, Severity, dial::worth_telling};
use crate::{
    hub::{
        dial::Tried,
        facts::{CertificateFacts, TransportFacts},
    },
    proto::text::visible,
};

/// The recommended cipher suite (SHIP 9), by its IANA name.
pub const RECOMMENDED_SUITE: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/// Everything worth knowing about the transport of a connection that was made.
pub fn transport(facts: &TransportFacts) -> Vec<Finding> {
    let agreed = facts.tls_version.as_deref().zip(facts.cipher_suite.as_deref());
    let tls = agreed.and_then(|(version, suite)| tls(version, suite));
    let certificate = facts.certificate.iter().flat_map(certificate);
    tls.into_iter().chain(certificate).collect()
}

/// What is worth knowing about the version of TLS (`TLS 1.2`) and the suite agreed upon.
pub fn tls(version: &str, suite: &str) -> Option<Finding> {
    if version == "TLS 1.3" {
        Some(Finding::new(Code::Tls07, format!("{version} was agreed upon.")))
    } else if suite != RECOMMENDED_SUITE {
        Some(Finding::new(Code::Tls06, format!("{suite} was agreed upon.")))
    } else {
        None
    }
}

/// What is odd about a certificate that was accepted, one finding a code.
fn certificate(certificate: &CertificateFacts) -> Vec<Finding> {
    let mut by_code: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    for oddity in &certificate.remarks {
        if let Some(code) = oddity.code {
            by_code.entry(code).or_default().push(&oddity.what);
        }
    }
    let told = by_code.into_iter().map(|(code, what)| {
        let finding =
            Finding::new(code, format!("Its certificate: {}.", visible(&what.join("; "))));
        let severity = finding.severity.min(Severity::Warning);
        finding.with_severity(severity)
    });
    told.collect()
}

/// What failed on the way to a connection that was made all the same, one finding a code.
pub fn detours(tried: &[Tried]) -> Vec<Finding> {
    let mut by_code: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    for tried in worth_telling(tried) {
        if let Ok(code) = tried.code.parse() {
            by_code.entry(code).or_default().push(format!("{}: {}", tried.target, tried.what));
        }
    }
    let told = by_code.into_iter().map(|(code, tried)| {
        Finding::new(code, format!("{}.", visible(&tried.join("; "))))
            .with_severity(Severity::Info)
            .with_advice("Nothing has to be done: the connection was made another way.")
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::{dial::Stage, facts::CertificateOddity};

    #[test]
    fn a_usual_connection_shows_nothing() {
        let facts = TransportFacts {
            tls_version: Some("TLS 1.2".into()),
            cipher_suite: Some(RECOMMENDED_SUITE.into()),
            certificate: Some(CertificateFacts::default()),
            ..TransportFacts::default()
        };
        assert_eq!(transport(&facts), []);
        assert_eq!(transport(&TransportFacts::default()), [], "what is not known is no fault");
    }

    #[test]
    fn version_suite_and_certificate_have_their_codes_each_once() {
        let odd = |code, what: &str| CertificateOddity { code, what: what.into() };
        let remarks = vec![
            odd(Some(Code::Cert05), "a boolean is 01"),
            odd(None, "of no consequence"),
            odd(Some(Code::Cert05), "another \u{1b} is 01"),
        ];
        let facts = TransportFacts {
            tls_version: Some("TLS 1.2".into()),
            cipher_suite: Some("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256".into()),
            certificate: Some(CertificateFacts { remarks, ..CertificateFacts::default() }),
            ..TransportFacts::default()
        };
        let found = transport(&facts);
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::Tls06, Code::Cert05]);
        assert!(found[1].seen.contains("another") && !found[1].seen.contains('\u{1b}'));
        assert_eq!(tls("TLS 1.3", RECOMMENDED_SUITE).unwrap().code, Code::Tls07);
    }

    #[test]
    fn a_detour_is_told_and_asks_for_nothing() {
        let tried = |target: &str, code| Tried {
            target: target.parse().unwrap(),
            address: None,
            stage: Stage::Upgrade,
            code,
            what: "404".to_owned(),
            passing: true,
            took: Default::default(),
            via: Vec::new(),
            announced: false,
        };
        let all = [tried("10.0.0.7:1/odd", "WS-01"), tried("10.0.0.7:1/ship/", "WS-01")];
        let found = detours(&all);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].severity), (Code::Ws01, Severity::Info));
        assert!(found[0].seen.contains("/odd") && found[0].seen.contains("/ship/"));
    }
}
