//! What goes wrong between SHIP devices, and what to tell the person in front of it. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | [`catalogue`] | every finding there is: code, severity, what is seen, its cause, what to do |
//! | [`dial`] | which addresses of a failed dial to tell, and what to do |
//! | [`offers`] | a peer that does not tell what it offers |
//! | [`judge`] | what the protocol and discovery report, as findings |
//!
//! Rooms of the outside (certificates, dialling, TLS) make their findings themselves, by
//! [`Finding::new`] with a [`Code`].

pub mod catalogue;
pub mod dial;
pub mod judge;
pub mod offers;

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

pub use catalogue::{Code, Severity, UnknownCode};

/// Something that is wrong, or worth knowing, in one concrete case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which finding of the catalogue.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// What was seen: stage, whose turn it was, for how long, with bytes, names and addresses.
    pub seen: String,
    /// One action a person on site can take.
    pub advice: Cow<'static, str>,
}

impl Finding {
    /// A finding with severity and advice of the catalogue.
    pub fn new(code: Code, seen: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            seen: seen.into(),
            advice: Cow::Borrowed(code.advice()),
        }
    }

    /// The same finding, as bad as it is here.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same finding with advice for this case.
    #[must_use]
    pub fn with_advice(self, advice: impl Into<Cow<'static, str>>) -> Self {
        Self { advice: advice.into(), ..self }
    }
}

impl fmt::Display for Finding {
    /// Code, what was seen, what to do, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.code, self.seen, self.advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_written_with_code_severity_sight_and_advice() {
        let finding = Finding::new(Code::Cert04, "The SKI 5555… is our own.");
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "code": "CERT-04",
                "severity": "error",
                "seen": "The SKI 5555… is our own.",
                "advice": "Enter the SKI of the other device.",
            })
        );
        assert_eq!(
            finding.to_string(),
            "CERT-04 The SKI 5555… is our own. Enter the SKI of the other device."
        );
        let eased = finding.with_severity(Severity::Info).with_advice("Nothing.");
        assert_eq!((eased.severity, &*eased.advice), (Severity::Info, "Nothing."));
    }
}
