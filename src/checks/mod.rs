//! What goes wrong between SHIP devices, and what to tell the person in front of it. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | [`catalogue`] | every finding there is: code, severity, title, what is seen, its cause, what to do |
//! | [`code`] | what is made of its rows |
//! | [`dial`] | which addresses of a failed dial to tell, and what to do |
//! | [`doctor`] | our own side: what is known of this computer and of our state |
//! | [`offers`] | a peer that does not tell what it offers |
//! | [`judge`] | what the protocol and discovery report, as findings |
//! | [`route`] | a device that is seen elsewhere than where the route to it leads |
//! | [`doubles`] | services that contradict each other |
//! | [`unseen`] | a device that was not seen, and who was instead |
//! | [`transport`] | what a transport showed before its first message, as findings |
//! | [`page`] | `docs/findings.md` |
//! | [`quirks`] | known devices and stacks, and which findings that explains |
//! | [`ladder`] | the rungs of a probe, with verdicts and one conclusion |
//!
//! Rooms of the outside (certificates, dialling, TLS) make their findings themselves, by
//! [`Finding::new`] with a [`Code`].

pub mod catalogue;
pub mod code;
pub mod dial;
pub mod doctor;
pub mod doubles;
pub mod judge;
pub mod ladder;
pub mod offers;
pub mod page;
pub mod quirks;
pub mod route;
pub mod transport;
pub mod unseen;

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

pub use catalogue::Code;
pub use code::{Family, Severity, UnknownCode};

/// Something that is wrong, or worth knowing, in one concrete case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

impl Serialize for Finding {
    /// With the title of its code, for those who have no catalogue.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_struct("Finding", 5)?;
        written.serialize_field("code", &self.code)?;
        written.serialize_field("severity", &self.severity)?;
        written.serialize_field("title", self.code.title())?;
        written.serialize_field("seen", &self.seen)?;
        written.serialize_field("advice", &self.advice)?;
        written.end()
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
                "title": "The SKI is our own",
                "seen": "The SKI 5555… is our own.",
                "advice": "Give the SKI of the other device.",
            })
        );
        assert_eq!(
            finding.to_string(),
            "CERT-04 The SKI 5555… is our own. Give the SKI of the other device."
        );
        let eased = finding.with_severity(Severity::Info).with_advice("Nothing.");
        assert_eq!((eased.severity, &*eased.advice), (Severity::Info, "Nothing."));
    }
}
