//! The file that something is exported to.

use std::{io, os::unix::fs::OpenOptionsExt, path::PathBuf};

/// Writes a new file that only its owner can read; without a name, in the directory for temporary
/// files. A file that is there already stays as it is.
pub(super) fn write(file: Option<PathBuf>, extension: &str, text: &str) -> io::Result<PathBuf> {
    if let Some(path) = file.map(at_home) {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        io::Write::write_all(&mut options.open(&path)?, text.as_bytes())?;
        return Ok(path);
    }
    let suffix = format!(".{extension}");
    let mut file = tempfile::Builder::new().prefix("shipctl-").suffix(&suffix).tempfile()?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// `~` at the beginning as shells read it.
fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_export_is_for_its_owner_and_replaces_nothing() {
        let home = tempfile::tempdir().unwrap();
        let named = home.path().join("shown.txt");
        let unnamed = write(None, "json", "{}").unwrap();
        assert_eq!(write(Some(named.clone()), "txt", "first").unwrap(), named);
        for file in [&named, &unnamed] {
            let mode = std::fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
        assert_eq!(unnamed.extension().unwrap(), "json");
        std::fs::remove_file(unnamed).unwrap();
        let again = write(Some(named.clone()), "txt", "second").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(named).unwrap(), "first");
    }
}
