//! What can be wrong with the state directory, and the way back from each.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::identity::cert::IdentityError;

/// Why the state directory or an identity in files cannot be used. What to do is its
/// [`hint`](Self::hint).
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The platform names no place for it: no home directory.
    #[error("there is no home directory to keep our key and what is trusted in")]
    NoPlace,
    /// The system refused: what was tried, and where.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried: "write", "read", "create".
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else stands in its place.
    #[error("{path} is not {expected}")]
    WrongKind {
        /// What stands there.
        path: PathBuf,
        /// "a directory" or "a file".
        expected: &'static str,
    },
    /// Another process has it open.
    #[error("another shipctl{} is using {path}", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The state directory.
        path: PathBuf,
        /// The process, if it could be learned.
        pid: Option<u32>,
    },
    /// A file is not what was once written.
    #[error("{path} is damaged: {what}{}", .set_aside.as_ref().map(|to| format!("; it was set aside as {}", to.display())).unwrap_or_default())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// Where it is now; `None` if only read and left alone.
        set_aside: Option<PathBuf>,
    },
    /// A file is missing because a damaged one was set aside, and nobody decided about it yet.
    #[error("{path} is missing: it was found damaged and set aside as {set_aside}")]
    SetAside {
        /// The file.
        path: PathBuf,
        /// The damaged one.
        set_aside: PathBuf,
    },
    /// A newer shipctl wrote it. Nothing was touched.
    #[error("{path} has version {found}; this shipctl knows versions up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// No identity can be made or taken.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Whose matter an error is; the command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateErrorKind {
    /// The disk or its permissions.
    Io,
    /// Another process has it.
    InUse,
    /// Our own identity or configuration.
    Configuration,
}

impl StateError {
    /// Whose matter it is.
    pub fn kind(&self) -> StateErrorKind {
        match self {
            Self::Io { .. } => StateErrorKind::Io,
            Self::InUse { .. } => StateErrorKind::InUse,
            Self::NoPlace
            | Self::WrongKind { .. }
            | Self::Damaged { .. }
            | Self::SetAside { .. }
            | Self::Newer { .. }
            | Self::Identity(_) => StateErrorKind::Configuration,
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NoPlace => "name a directory with --state-dir or SHIPCTL_STATE_DIR".to_owned(),
            Self::Io { source, .. } => io_hint(source.kind()).to_owned(),
            Self::WrongKind { .. } => {
                "move it away, or choose another directory with --state-dir".to_owned()
            }
            Self::InUse { .. } => {
                "end it first, or give this one its own identity with --state-dir".to_owned()
            }
            Self::Damaged { path, set_aside, .. } => {
                way_back(path, set_aside.as_ref().unwrap_or(path))
            }
            Self::SetAside { path, set_aside } => way_back(path, set_aside),
            Self::Newer { .. } => {
                "use that newer shipctl, or choose another directory with --state-dir".to_owned()
            }
            Self::Identity(_) => {
                "bring a fitting pair with `shipctl identity import`, or make one with `shipctl \
                 identity new`: every device has to be paired again then"
                    .to_owned()
            }
        }
    }
}

fn io_hint(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space; nothing was changed"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "let this user write there, or choose another directory with --state-dir"
        }
        io::ErrorKind::NotFound => "check the path",
        _ => "check the disk, or choose another directory with --state-dir",
    }
}

fn way_back(path: &Path, set_aside: &Path) -> String {
    let (good, damaged) = (path.display(), set_aside.display());
    if path.file_name().is_some_and(|name| name == super::IDENTITY) {
        return format!(
            "put a good copy back as {good}, or `shipctl identity import` its certificate and \
             key, or give it up with `shipctl identity new`: every device has to be paired again then"
        );
    }
    if path == set_aside {
        return format!("mend {good}, or delete it to start without trusted devices");
    }
    format!("mend {damaged} as {good}, or delete it to start without trusted devices")
}
