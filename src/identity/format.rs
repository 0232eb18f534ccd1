//! What the files of the state directory have in common: JSON that begins with a version. Pure.

use serde::{Deserialize, de::DeserializeOwned};

/// Why the contents of a state file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Not what was once written: what is wrong, and where.
    #[error("{0}")]
    Damaged(String),
    /// Written by a newer shipctl.
    #[error("it has version {found}; this shipctl knows versions up to {known}")]
    Newer {
        /// The version of the file.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// Reads a file that must have a version up to `known`. Unknown fields are tolerated.
///
/// Errors name lines and columns only, never contents: a private key may be among them.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], known: u64) -> Result<T, FormatError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(FormatError::Damaged("it is empty".to_owned()));
    }
    let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    match version {
        0 => Err(FormatError::Damaged("it has version 0, which never was".to_owned())),
        found if found > known => Err(FormatError::Newer { found, known }),
        _ => serde_json::from_slice(bytes).map_err(damaged),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form map_err wants")]
fn damaged(error: serde_json::Error) -> FormatError {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "it is cut off",
        Category::Data => "a value is missing or not of its kind",
        Category::Syntax | Category::Io => "it is not JSON",
    };
    let (line, column) = (error.line(), error.column());
    FormatError::Damaged(format!("{what} (line {line}, column {column})"))
}
