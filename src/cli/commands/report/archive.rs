//! The zip file: whole or not at all, and never over another file.

use std::{
    io::{self, Cursor, Write},
    path::Path,
};

use tempfile::NamedTempFile;
use time::OffsetDateTime;
use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::bundle::Entry;
use crate::{
    cli::{error::CliError, exit::Exit, new_file},
    identity::disk::without_path,
};

/// Refuses a file that is there already, or where nothing can be written, before anything is done.
pub(super) fn refuse(path: &Path) -> Result<(), CliError> {
    if path.is_dir() {
        let file = path.join("shipctl-report.zip");
        return Err(CliError::new(Exit::LocalIo, format!("{} is a directory", path.display()))
            .hint(format!("name a file in it: -o {}", file.display())));
    }
    if path.symlink_metadata().is_ok() {
        return Err(failed(path, &io::ErrorKind::AlreadyExists.into()));
    }
    tempfile::tempfile_in(directory(path))
        .map(drop)
        .map_err(|error| failed(path, &without_path(error)))
}

/// The bytes of the file.
pub(super) fn zip(entries: &[Entry], at: OffsetDateTime) -> Result<Vec<u8>, CliError> {
    let wrong = |error: ZipError| CliError::bug("the report cannot be packed").because_of(&error);
    // The time is that of a report, and a zip file knows none before 1980.
    let (year, month) = (u16::try_from(at.year()).unwrap_or(0), u8::from(at.month()));
    let date =
        DateTime::from_date_and_time(year, month, at.day(), at.hour(), at.minute(), at.second());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(date.unwrap_or_default())
        .unix_permissions(0o600);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        zip.start_file(entry.name, options).map_err(wrong)?;
        zip.write_all(entry.text.as_bytes()).map_err(|error| wrong(error.into()))?;
    }
    zip.finish().map(Cursor::into_inner).map_err(wrong)
}

/// Writes it beside its place, and puts it there when it is whole. Only we can read it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let write = || {
        let mut file = NamedTempFile::new_in(directory(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| failed(path, &without_path(error)))
}

fn directory(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn failed(path: &Path, error: &io::Error) -> CliError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => return new_file::is_there(path),
        io::ErrorKind::StorageFull => "free some space, or name a file on another disk with -o",
        _ => "check the directory, or name another file with -o",
    };
    CliError::new(Exit::LocalIo, format!("cannot write {}", path.display()))
        .because_of(error)
        .hint(hint)
}
