//! The keys of every connection in a file, for those who have to see what was said (Wireshark).

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Mutex,
};

use zeroize::Zeroizing;

/// A file in the format of NSS (`SSLKEYLOGFILE`), readable by its owner alone. Lines are appended.
pub struct KeyLog {
    path: PathBuf,
    /// `None` once writing has failed.
    file: Mutex<Option<File>>,
}

impl KeyLog {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// It cannot be written, or cannot be kept from others.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        // One that was there before may have been readable by others.
        #[cfg(unix)]
        if file.metadata()?.is_file() {
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
        Ok(Self { path: path.to_owned(), file: Mutex::new(Some(file)) })
    }
}

impl rustls::KeyLog for KeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = line(label, client_random, secret);
        let Ok(mut file) = self.file.lock() else { return };
        // One write a line: others may append to the same file.
        if let Some(Err(error)) = file.as_mut().map(|file| file.write_all(line.as_bytes())) {
            tracing::error!(%error, "from now on no keys are written to {}", self.path.display());
            *file = None;
        }
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog").field("path", &self.path).finish_non_exhaustive()
    }
}

/// `CLIENT_RANDOM <random> <secret>`, in lower-case hex digits.
fn line(label: &str, client_random: &[u8], secret: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Long enough not to move, and so to leave no copy behind.
    let length = label.len() + 2 * (client_random.len() + secret.len()) + 3;
    let mut line = Zeroizing::new(String::with_capacity(length));
    line.push_str(label);
    for bytes in [client_random, secret] {
        line.push(' ');
        for byte in bytes {
            line.push(char::from(DIGITS[usize::from(byte >> 4)]));
            line.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use rustls::KeyLog as _;

    use super::*;

    #[test]
    fn lines_are_those_of_nss_and_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        for secret in [[0x0A, 0xBC], [0xFF, 0]] {
            KeyLog::open(&path).unwrap().log("CLIENT_RANDOM", &[1, 2], &secret);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "CLIENT_RANDOM 0102 0abc\nCLIENT_RANDOM 0102 ff00\n");
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_can_read_it_even_if_it_was_there_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        for _ in 0..2 {
            let keys = KeyLog::open(&path).unwrap();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(!format!("{keys:?}").contains("File"), "{keys:?}");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        }
    }
}
