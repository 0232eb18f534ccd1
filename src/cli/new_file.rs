//! A new file, for its owner only: what is there already is never written over.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use super::{error::CliError, exit::Exit};

/// Writes it.
///
/// # Errors
///
/// It is there already, or cannot be written (74).
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, &error))
}

/// Why it was not written.
pub(super) fn failed(path: &Path, error: &io::Error) -> CliError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => return is_there(path),
        io::ErrorKind::StorageFull => "free some space, or name a file on another disk",
        _ => "check the directory, or name another file",
    };
    CliError::new(Exit::LocalIo, format!("cannot write {}", path.display()))
        .because_of(error)
        .hint(hint)
}

/// The error wherever something is there already.
pub(super) fn is_there(path: &Path) -> CliError {
    let message = format!("{} is there already, and nothing is overwritten", path.display());
    CliError::new(Exit::LocalIo, message).hint("name another file, or move that one away first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_what_is_new_is_private_and_a_place_that_is_none_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("new");
        write(&path, b"first").unwrap();
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&path).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        let error = write(&path, b"second").unwrap_err();
        assert_eq!(error.exit, Exit::LocalIo);
        assert!(error.message.ends_with("is there already, and nothing is overwritten"));
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        let error = write(&temp.path().join("no/where"), b"").unwrap_err();
        assert!(error.message.starts_with("cannot write ") && !error.causes.is_empty());
    }
}
