//! Files people write, in TOML: every mistake is told with its line, and a mistyped name with the
//! nearest one there is.

use std::{fs, io, path::Path};

use serde::de::DeserializeOwned;

use crate::devices::fault::nearest;

/// A file larger than this was not written by a person.
const MAX_BYTES: u64 = 1 << 20;

/// The text of a file.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if meta.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
    }
    fs::read_to_string(path)
}

/// What the text says; an error begins with the line.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let mut what = error.message().trim().replace('\n', ", ");
        if let Some(meant) = meant(&what) {
            what = format!("{what}; did you mean `{meant}`?");
        }
        match error.span() {
            Some(span) => format!("line {}: {what}", line(text, span.start)),
            None => what,
        }
    })
}

/// The line, from 1, of what stands so many bytes into a text.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The name that was meant, in "unknown field `a`, expected one of `b`, `c`".
fn meant(what: &str) -> Option<&str> {
    what.strip_prefix("unknown ")?;
    let mut names = what.split('`').skip(1).step_by(2);
    nearest(names.next()?, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found_in_the_error() {
        assert_eq!(meant("unknown field `bramd`, expected one of `brand`, `model`"), Some("brand"));
        assert_eq!(meant("unknown field `xyzzy`, expected `brand` or `model`"), None);
        assert_eq!(meant("invalid type: string `a`, expected `b`"), None);
    }
}
