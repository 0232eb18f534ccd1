//! The file that something is exported to.

use std::{
    env, fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use crate::cli::output::text::of_system;

/// Writes a new file that only its owner can read; without a name, in the directory for temporary
/// files. A file that is there already stays as it is, and half of one is not left behind.
///
/// # Errors
///
/// For people: what is in the way, and what to do.
pub(super) fn write(file: Option<PathBuf>, extension: &str, text: &str) -> Result<PathBuf, String> {
    let Some(path) = file.map(at_home) else {
        return temporary(extension, text).map_err(|error| {
            let directory = env::temp_dir();
            let why = of_system(&error.to_string());
            format!("cannot write to {}: {why}; name a file: `:export FILE`", directory.display())
        });
    };
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(&path);
    let written = opened.and_then(|mut file| {
        file.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(&path)))
    });
    match written {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(format!("{} is there already; name another file", path.display()))
        }
        Err(error) => {
            let why = of_system(&error.to_string());
            Err(format!("cannot write {}: {why}; name another file", path.display()))
        }
    }
}

fn temporary(extension: &str, text: &str) -> io::Result<PathBuf> {
    let suffix = format!(".{extension}");
    let mut file = tempfile::Builder::new().prefix("shipctl-").suffix(&suffix).tempfile()?;
    file.write_all(text.as_bytes())?;
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
        assert!(again.ends_with("is there already; name another file"), "{again}");
        let nowhere = write(Some(home.path().join("no/where")), "txt", "third").unwrap_err();
        assert!(nowhere.contains("no/where: there is no such file"), "{nowhere}");
        assert_eq!(std::fs::read_to_string(named).unwrap(), "first");
    }
}
