//! What can be odd about a QR text, and what makes it of no use.

/// What is odd about a QR text that can be used all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrRemark {
    /// `ENDSHIP;` is missing.
    #[error("`ENDSHIP;` is missing at its end")]
    NoEnd,
    /// Something follows `ENDSHIP;`.
    #[error("something follows `ENDSHIP;`")]
    AfterEnd,
    /// A key that must be there is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A key appears twice; the first counts.
    #[error("`{0}` appears twice; the first counts")]
    Duplicate(String),
    /// Something without a `:`.
    #[error("a part without `:` is skipped")]
    NoColon,
}

/// Why a text is no installation QR code, or one cannot be written. It never repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// It does not begin with `SHIP;`.
    #[error("this is no whole installation QR code of SHIP: it does not begin with `SHIP;`")]
    NotShip,
    /// It ends in the middle of something.
    #[error(
        "this is only a part of an installation QR code: it ends in the middle of {within}, \
         without `;`; missing after that: {missing}"
    )]
    CutOff {
        /// The key of the part it ends in.
        within: String,
        /// What a whole code has and this one has not.
        missing: String,
    },
    /// A part that must be there is missing.
    #[error("this is only a part of an installation QR code; missing: {missing}")]
    Incomplete {
        /// What a whole code has and this one has not.
        missing: String,
    },
    /// A value breaks its rule.
    #[error("the installation QR code has an unusable {key}: {reason}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// The rule it breaks.
        reason: String,
    },
    /// A value that cannot be written, since `;` and invisible characters cannot be escaped.
    #[error(
        "{key} cannot be written into a QR code: it contains `;` or invisible characters, or begins \
         or ends with a space"
    )]
    Unwritable {
        /// The key.
        key: String,
    },
}
