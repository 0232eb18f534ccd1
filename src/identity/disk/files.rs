//! Files that are whole or not there: bounded reading, atomic writing, setting aside, the lock.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::StateError;

/// No state file is larger; a bound for what is read into memory.
const MAX_BYTES: u64 = 16 << 20;

/// What the names of files begin with that are not finished yet.
const UNFINISHED: &str = ".writing-";

/// For `map_err`: names what was tried, and where.
pub(super) fn io_error(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> StateError {
    move |source| StateError::Io { doing, path: path.to_owned(), source }
}

/// The contents, or `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StateError> {
    let failed = io_error("read", path);
    let length = match fs::metadata(path) {
        Ok(meta) if meta.is_file() => meta.len(),
        // Opening a pipe would wait for ever.
        Ok(_) => return Err(StateError::WrongKind { path: path.to_owned(), expected: "a file" }),
        // A link whose target is missing is no first start: what it leads to may be mounted later.
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    if length > MAX_BYTES {
        return Err(failed(io::Error::new(ErrorKind::FileTooLarge, "larger than 16 MiB")));
    }
    // Reserved at once, so that growing leaves no copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
        .map_err(failed)?;
    Ok(Some(bytes))
}

/// Replaces a file as a whole, readable by its owner only: either the old contents or the new ones
/// are there, even after a power cut.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    prepare(path, bytes)
        .and_then(|file| Ok(file.persist(path)?))
        .and_then(|_| sync_directory_of(path))
        .map_err(io_error("write", path))
}

/// The same for a file that must not be there yet.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes)?.persist_noclobber(path)?;
    sync_directory_of(path)
}

/// Whether these bytes could be written to `path`: they are, to a file beside it that vanishes.
pub(super) fn try_write(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    prepare(path, bytes).map(drop).map_err(io_error("write", path))
}

/// A temporary file beside `path`, with the contents on disk. Its mode is 0600 from the start.
fn prepare(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(without_path)
}

/// The error without the name of a temporary file, which tells nobody anything: tempfile adds it, and
/// hides what it is added to.
pub(crate) fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path \"") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

/// Removes what writers that were killed left behind; to be called by the owner of the directory.
/// Such a file does no harm but takes space, so one that cannot be removed stays.
pub(super) fn remove_unfinished(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A rename is on disk once the directory is.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Makes a directory for the owner only, with its parents.
pub(super) fn create_directory(path: &Path) -> Result<(), StateError> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Ok(()),
        Ok(_) => {
            return Err(StateError::WrongKind { path: path.to_owned(), expected: "a directory" });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io_error("read", path)(error)),
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).and_then(|()| sync_directory_of(path)).map_err(io_error("create", path))
}

/// Moves a file to the first free name `<file>.damaged-<n>` and tells it.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, StateError> {
    let to = free_name(path, "damaged");
    fs::rename(path, &to)
        .and_then(|()| sync_directory_of(path))
        .map_err(io_error("set aside", path))?;
    Ok(to)
}

/// Copies a file, if it is there, to the first free name `<file>.replaced-<n>` and tells it.
pub(super) fn keep_copy(path: &Path) -> Result<Option<PathBuf>, StateError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    let to = free_name(path, "replaced");
    write_new(&to, &bytes).map_err(io_error("write", &to))?;
    Ok(Some(to))
}

/// A `<file>.damaged-<n>` beside a file, if there is one; of several the last by name.
pub(super) fn damaged_beside(path: &Path) -> Result<Option<PathBuf>, StateError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let failed = io_error("read", directory);
    let beginning = sibling(path, "damaged-");
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(&failed)?,
    };
    let mut found = None;
    for entry in entries {
        let name = entry.map_err(&failed)?.path();
        if name.as_os_str().as_encoded_bytes().starts_with(beginning.as_os_str().as_encoded_bytes())
        {
            found = found.max(Some(name));
        }
    }
    Ok(found)
}

fn free_name(path: &Path, why: &str) -> PathBuf {
    let mut n = 1;
    loop {
        let name = sibling(path, &format!("{why}-{n}"));
        if name.symlink_metadata().is_err() {
            return name;
        }
        n += 1;
    }
}

/// `<file>.<ending>`
fn sibling(path: &Path, ending: &str) -> PathBuf {
    path.with_added_extension(ending)
}

/// The right to use a state directory; given back when dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn take(directory: &Path) -> Result<Self, StateError> {
        let path = directory.join("lock");
        let failed = io_error("lock", &path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = loop {
            let file = options.open(&path).map_err(&failed)?;
            match file.try_lock() {
                Ok(()) if is_gone(&file) => {}
                Ok(()) => break file,
                Err(TryLockError::WouldBlock) => {
                    let pid = process_in(&file);
                    return Err(StateError::InUse { path: directory.to_owned(), pid });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        };
        // The number only helps a second process to name us: a full disk must not stop the first.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { file })
    }

    /// Gives it back for a directory that came to nothing, which is removed where nothing else is in
    /// it. The file goes before the lock does: who has it open already finds that it is gone.
    pub(super) fn abandon(self, directory: &Path) {
        let _ = fs::remove_file(directory.join("lock"));
        let _ = fs::remove_dir(directory);
    }
}

/// Whether a file was removed since it was opened.
fn is_gone(file: &File) -> bool {
    #[cfg(unix)]
    return file.metadata().is_ok_and(|it| std::os::unix::fs::MetadataExt::nlink(&it) == 0);
    #[cfg(not(unix))]
    return false;
}

/// The process that has the lock of a directory. The number alone would not tell: it stays when the
/// lock is given back, and goes with the directory when that is copied.
pub(super) fn owner(directory: &Path) -> Option<u32> {
    let lock = File::open(directory.join("lock")).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => process_in(&lock),
        Err(TryLockError::Error(_)) => None,
        Ok(()) => {
            let _ = lock.unlock();
            None
        }
    }
}

fn process_in(lock: &File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

impl Drop for Lock {
    /// Unlocks, since closing is not enough: a child process that is being started holds a copy of
    /// every open file until it becomes another program.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_lock_owns_the_directory_and_no_copy_of_it() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(owner(directory.path()), None);
        let lock = Lock::take(directory.path()).unwrap();
        assert_eq!(owner(directory.path()), Some(std::process::id()));
        let copy = tempfile::tempdir().unwrap();
        fs::copy(directory.path().join("lock"), copy.path().join("lock")).unwrap();
        assert_eq!(owner(copy.path()), None);
        drop(lock);
        assert_eq!(owner(directory.path()), None);
        Lock::take(directory.path()).unwrap();
    }

    #[test]
    fn a_lock_given_back_is_free_even_while_a_copy_of_its_file_is_open() {
        let directory = tempfile::tempdir().unwrap();
        let lock = Lock::take(directory.path()).unwrap();
        let _copy = lock.file.try_clone().unwrap();
        assert!(matches!(Lock::take(directory.path()), Err(StateError::InUse { .. })));
        drop(lock);
        Lock::take(directory.path()).unwrap();
    }
}
