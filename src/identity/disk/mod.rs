//! The state directory: our identity and our trust, kept on disk.
//!
//! | file | what | mode |
//! |---|---|---|
//! | `identity.json` | version, certificate and private key; one file, so that they never come apart | 0600 |
//! | `trust.json` | version and trusted peers | 0600 |
//! | `lock` | locked by the process that owns the state; its number | 0600 |
//! | `*.replaced-<n>` | an identity that was replaced on purpose | 0600 |
//! | `*.damaged-<n>` | a file that could not be read | as found |
//!
//! A damaged file stops us: it is set aside, and as long as nothing took its place every later start
//! stops as well. Going on would mean another SKI, or trust forgotten, and nobody asked for either.

mod error;
mod files;
mod owned;

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::{Zeroize, Zeroizing};

#[cfg(feature = "cli")]
pub(crate) use self::files::without_path;

use self::files::Lock;
pub use self::{
    error::{StateError, StateErrorKind},
    owned::State,
};
use super::{
    cert::{Identity, IdentityError},
    format::{self, FormatError},
    trust::{Effect, TrustStore},
};

const IDENTITY: &str = "identity.json";
const TRUST: &str = "trust.json";

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

/// The state as it is on disk now, read without owning it.
#[derive(Clone, Debug)]
pub struct SavedState {
    /// Who we are; `None` before the first start.
    pub identity: Option<Identity>,
    /// Who is trusted.
    pub trust: TrustStore,
    /// What is wrong with the state and yet no reason to stop.
    pub remarks: Vec<StateRemark>,
}

/// What is wrong with the state directory and yet no reason to stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateRemark {
    /// Others than the owner may read or write the private key (OWN-02).
    #[error("others can read the private key in {path} (mode {mode:03o})")]
    KeyReadable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl StateRemark {
    /// The finding it belongs to.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyReadable { .. } => "OWN-02",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::KeyReadable { path, .. } => format!("`chmod 600 '{}'`", path.display()),
        }
    }
}

impl StateDir {
    /// The directory given by flag or environment, else the platform's place for it.
    ///
    /// Nothing is created yet. Errors if none is given and there is no home directory.
    pub fn resolve(given: Option<&Path>) -> Result<Self, StateError> {
        let convention = || {
            let dirs = ProjectDirs::from("", "", "shipctl")?;
            Some(dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned())
        };
        Self::choose(given, convention)
    }

    fn choose(
        given: Option<&Path>,
        convention: impl FnOnce() -> Option<PathBuf>,
    ) -> Result<Self, StateError> {
        let path = match given.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => path.to_owned(),
            None => convention().ok_or(StateError::NoPlace)?,
        };
        let path = std::path::absolute(&path).map_err(files::io_error("find", &path))?;
        Ok(Self { path })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with key and certificate.
    pub fn identity_path(&self) -> PathBuf {
        self.path.join(IDENTITY)
    }

    /// The file with the trusted peers.
    pub fn trust_path(&self) -> PathBuf {
        self.path.join(TRUST)
    }

    /// Opens the state as its only owner; at the first start makes the directory and an identity.
    ///
    /// Errors if another process owns it, or if anything in it is not as it should be; then
    /// nothing is overwritten.
    pub fn open(&self, now: OffsetDateTime) -> Result<State, StateError> {
        let is_first = !self.path.exists();
        let lock = self.take().inspect_err(|_| {
            // Goes only if it is empty.
            let _ = is_first && std::fs::remove_dir(&self.path).is_ok();
        })?;
        let (trust, identity, identity_is_new) = match self.load_or_make(now) {
            Ok(loaded) => loaded,
            Err(error) => {
                if is_first {
                    lock.abandon(&self.path);
                }
                return Err(error);
            }
        };
        let (directory, remarks) = (self.clone(), self.remarks());
        Ok(State {
            identity,
            identity_is_new,
            remarks,
            trust,
            lag: Effect::Nothing,
            directory,
            _lock: lock,
        })
    }

    /// What the directory holds, with an identity that is made where there is none; whether it was.
    fn load_or_make(
        &self,
        now: OffsetDateTime,
    ) -> Result<(TrustStore, Identity, bool), StateError> {
        // Trust first: where it is damaged, no identity should be made on the way to the error.
        let trust = self.load(TRUST, Finder::Owner, read_trust)?.unwrap_or_default();
        if let Some(identity) = self.load(IDENTITY, Finder::Owner, read_identity)? {
            return Ok((trust, identity, false));
        }
        let identity = Identity::generate(None, now)?;
        self.write_identity(&identity)?;
        Ok((trust, identity, true))
    }

    /// Reads the state, also while another process owns it, and changes nothing.
    pub fn read(&self) -> Result<SavedState, StateError> {
        Ok(SavedState {
            identity: self.read_identity()?,
            trust: self.read_trust()?.unwrap_or_default(),
            remarks: self.remarks(),
        })
    }

    /// Reads who we are, as [`StateDir::read`] does.
    pub fn read_identity(&self) -> Result<Option<Identity>, StateError> {
        self.load(IDENTITY, Finder::Guest, read_identity)
    }

    /// Reads who is trusted, as [`StateDir::read`] does; `None` before anybody was.
    pub fn read_trust(&self) -> Result<Option<TrustStore>, StateError> {
        self.load(TRUST, Finder::Guest, read_trust)
    }

    /// The process that owns the state now, if one does and its number can be read.
    pub fn owner(&self) -> Option<u32> {
        files::owner(&self.path)
    }

    /// Makes `identity` ours from now on; tells where the one before is kept, if there was one.
    ///
    /// Trust stays as it is, but every peer must learn to trust the new one.
    pub fn replace_identity(&self, identity: &Identity) -> Result<Option<PathBuf>, StateError> {
        let _lock = self.take()?;
        let kept = files::keep_copy(&self.identity_path())?;
        self.write_identity(identity)?;
        Ok(kept)
    }

    fn take(&self) -> Result<Lock, StateError> {
        files::create_directory(&self.path)?;
        let lock = Lock::take(&self.path)?;
        files::remove_unfinished(&self.path);
        Ok(lock)
    }

    /// The contents of a file; `None` if there is none and none was set aside.
    fn load<T>(
        &self,
        name: &str,
        finder: Finder,
        parse: impl FnOnce(&[u8]) -> Result<T, FormatError>,
    ) -> Result<Option<T>, StateError> {
        let path = self.path.join(name);
        let Some(bytes) = files::read(&path)? else {
            return match files::damaged_beside(&path)? {
                Some(set_aside) => Err(StateError::SetAside { path, set_aside }),
                None => Ok(None),
            };
        };
        match parse(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(FormatError::Newer { found, known }) => {
                Err(StateError::Newer { path, found, known })
            }
            Err(FormatError::Damaged(what)) => {
                // Where it cannot be moved it stays, and stops the next start as well.
                let set_aside = match finder {
                    Finder::Owner => files::set_aside(&path).ok(),
                    Finder::Guest => None,
                };
                Err(StateError::Damaged { path, what, set_aside })
            }
        }
    }

    fn write_identity(&self, identity: &Identity) -> Result<(), StateError> {
        let path = self.identity_path();
        let mut file = IdentityFile {
            version: IDENTITY_VERSION,
            certificate: identity.certificate_pem(),
            key: identity.key_pem().to_string(),
        };
        // Reserved at once, so that growing leaves no copies of the key behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 << 10));
        let written = serde_json::to_writer_pretty(&mut *bytes, &file);
        file.key.zeroize();
        written.map_err(|error| files::io_error("write", &path)(error.into()))?;
        files::write(&path, &bytes)
    }

    /// What is wrong with it and yet no reason to stop.
    pub fn remarks(&self) -> Vec<StateRemark> {
        #[cfg(unix)]
        if let Ok(meta) = std::fs::metadata(self.identity_path()) {
            let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
            if mode & 0o077 != 0 {
                return vec![StateRemark::KeyReadable { path: self.identity_path(), mode }];
            }
        }
        Vec::new()
    }
}

/// Takes an identity from two PEM files, the certificate and its private key.
pub fn import_identity(certificate: &Path, key: &Path) -> Result<Identity, StateError> {
    let text = |path: &Path| {
        let missing = || files::io_error("read", path)(std::io::ErrorKind::NotFound.into());
        let bytes = files::read(path)?.ok_or_else(missing)?;
        Ok::<_, StateError>(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
    };
    Ok(Identity::from_pem(&text(certificate)?, &text(key)?)?)
}

/// Who found a damaged file: only the owner of the state may move it.
#[derive(Clone, Copy)]
enum Finder {
    Owner,
    Guest,
}

/// The version of the identity's file format.
const IDENTITY_VERSION: u64 = 1;

/// No `Debug`: it holds the private key.
#[derive(Serialize, Deserialize)]
struct IdentityFile {
    version: u64,
    certificate: String,
    key: String,
}

fn read_identity(bytes: &[u8]) -> Result<Identity, FormatError> {
    let mut file: IdentityFile = format::read(bytes, IDENTITY_VERSION)?;
    let identity = Identity::from_pem(&file.certificate, &file.key);
    file.key.zeroize();
    identity.map_err(|error: IdentityError| FormatError::Damaged(error.to_string()))
}

fn read_trust(bytes: &[u8]) -> Result<TrustStore, FormatError> {
    TrustStore::from_json(bytes)
}

#[cfg(test)]
mod tests;
