//! Our state directory and the clock: read, and never touched.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    checks::doctor::facts::{Clock, Identity, Kept, State},
    identity::{
        cert,
        disk::{StateDir, StateError, StateErrorKind, StateRemark},
    },
};

/// Where the unit for systemd keeps its state.
const OF_THE_UNIT: &str = "/var/lib/shipctl";

/// Looks at it, and at the clock by it.
pub(super) fn gather(directory: &StateDir, owner: Option<u32>) -> (State, Clock) {
    let path = directory.path();
    let (identity, trust) = (directory.read_identity(), directory.read_trust());
    let key_readable = directory.remarks().into_iter().next().map(|remark| match remark {
        StateRemark::KeyReadable { path, mode } => (mode, path.display().to_string()),
    });
    let nearest = path.ancestors().find(|it| it.exists()).unwrap_or(path);
    let state = State {
        path: path.display().to_string(),
        exists: path.exists(),
        not_writable: not_writable(nearest),
        owner,
        free: free(nearest),
        identity: kept(identity, self::identity),
        trust: kept(trust, |trust| trust.len()),
        key_readable,
        leftovers: leftovers(path),
        others: others(directory),
    };
    (state, clock(directory))
}

fn kept<T, U>(read: Result<Option<T>, StateError>, as_fact: impl FnOnce(T) -> U) -> Kept<U> {
    match read {
        Ok(None) => Kept::Absent,
        Ok(Some(value)) => Kept::Whole(as_fact(value)),
        Err(error) => Kept::Unusable {
            message: error.to_string(),
            advice: error.hint(),
            io: error.kind() == StateErrorKind::Io,
        },
    }
}

fn identity(identity: cert::Identity) -> Identity {
    let remarks = &identity.certificate().remarks;
    Identity {
        ski: identity.ski(),
        ship_id: identity.ship_id().clone(),
        certificate: identity.certificate_der().len(),
        not_before: identity.not_before().map(time::OffsetDateTime::unix_timestamp),
        not_after: identity.not_after().map(time::OffsetDateTime::unix_timestamp),
        remarks: remarks.iter().map(|it| (it.code(), it.to_string())).collect(),
    }
}

#[cfg(unix)]
fn not_writable(directory: &Path) -> Option<String> {
    use rustix::fs::{Access, access};
    let refused = access(directory, Access::WRITE_OK | Access::EXEC_OK).err()?;
    Some(std::io::Error::from(refused).to_string())
}

#[cfg(not(unix))]
fn not_writable(directory: &Path) -> Option<String> {
    let meta = fs::metadata(directory).ok()?;
    meta.permissions().readonly().then(|| "it is read-only".to_owned())
}

#[cfg(unix)]
fn free(directory: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_directory: &Path) -> Option<u64> {
    None
}

fn leftovers(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut left: Vec<String> = names.filter(|name| name.contains(".damaged-")).collect();
    left.sort();
    left
}

/// The identities in the other places a state is kept in.
fn others(own: &StateDir) -> Vec<(String, crate::proto::Ski)> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let places = [StateDir::resolve(None), StateDir::resolve(Some(Path::new(OF_THE_UNIT)))];
    let mut others: Vec<StateDir> = Vec::new();
    for place in places.into_iter().flatten() {
        let is_new = |known: &StateDir| real(known.path()) != real(place.path());
        if is_new(own) && others.iter().all(is_new) {
            others.push(place);
        }
    }
    let identity =
        |it: &StateDir| Some((it.path().display().to_string(), it.read_identity().ok()??.ski()));
    others.iter().filter_map(identity).collect()
}

/// The clock, and files it can be measured by: it never goes back behind the writing of one.
fn clock(directory: &StateDir) -> Clock {
    let program = std::env::current_exe().ok().map(|path| ("this program".to_owned(), path));
    let own = [directory.identity_path(), directory.trust_path()];
    let own = own.into_iter().map(|path| (format!("the file {}", path.display()), path));
    let written = |(name, path): (String, PathBuf)| {
        Some((name, seconds(fs::metadata(path).ok()?.modified().ok()?)))
    };
    Clock {
        now: seconds(SystemTime::now()),
        written: program.into_iter().chain(own).filter_map(written).collect(),
        synchronised: None,
    }
}

fn seconds(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
