//! Where the control socket of an identity is.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, symlink},
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use crate::{identity::disk::StateDir, proto::Ski};

/// Where the socket of this identity may be, the preferred place first: the user's runtime
/// directory, named by the SKI; then the state directory, for users without one.
pub fn places(ski: Ski, state: &StateDir) -> Vec<PathBuf> {
    let runtime = ProjectDirs::from("", "", "shipctl")
        .and_then(|dirs| dirs.runtime_dir().map(Path::to_owned))
        .filter(|path| path.is_absolute())
        .map(|path| path.join(format!("{ski}.socket")));
    runtime.into_iter().chain([state.path().join("control.socket")]).collect()
}

/// The first place whose directory is there, or can be made, and is ours alone. The last one counts
/// as it is: it lies beside the private key.
pub(super) fn choose(places: &[PathBuf]) -> Option<&Path> {
    let (last, preferred) = places.split_last()?;
    let is_private = |path: &&PathBuf| path.parent().is_some_and(|dir| make_private(dir).is_ok());
    Some(preferred.iter().find(is_private).unwrap_or(last))
}

/// Links to the socket from the places behind it, as far as that goes: it is a help for those who
/// look there only, and nothing the hub depends on. Returns the links.
pub(super) fn link(places: &[PathBuf], socket: &Path) -> Vec<PathBuf> {
    let behind = places.iter().skip_while(|place| *place != socket).skip(1);
    let made = behind.filter(|place| match symlink(socket, place) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "no link to the control socket at {}", place.display());
            false
        }
    });
    made.cloned().collect()
}

/// Makes a directory for its owner only; one that is there must be so already, and nobody else may put
/// another in its place.
fn make_private(path: &Path) -> io::Result<()> {
    if path
        .parent()
        .is_none_or(|above| fs::metadata(above).is_ok_and(|meta| others_may_move(&meta)))
    {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    let meta = fs::symlink_metadata(path)?;
    let ours = meta.uid() == rustix::process::geteuid().as_raw();
    if meta.is_dir() && ours && meta.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// Whether others may rename what is in this directory: they may write to it, and it has no sticky bit.
fn others_may_move(directory: &fs::Metadata) -> bool {
    directory.mode() & 0o022 != 0 && directory.mode() & 0o1000 == 0
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_directory_others_may_enter_is_passed_over() {
        let temp = tempfile::tempdir().unwrap();
        let places = ["run/a.socket", "state/b.socket"].map(|name| temp.path().join(name));
        assert_eq!(choose(&places), Some(&*places[0]));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&temp.path().join("run")), 0o700);
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(temp.path().join("run"), open).unwrap();
        assert_eq!(choose(&places), Some(&*places[1]));
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn a_directory_that_others_may_exchange_is_passed_over() {
        let temp = tempfile::tempdir().unwrap();
        let places = ["run/user/a.socket", "state/b.socket"].map(|name| temp.path().join(name));
        let above = temp.path().join("run");
        fs::create_dir(&above).unwrap();
        for (mode, chosen) in [(0o777, 1), (0o770, 1), (0o1777, 0), (0o755, 0), (0o700, 0)] {
            fs::set_permissions(&above, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(choose(&places), Some(&*places[chosen]), "{mode:o}");
        }
    }
}
