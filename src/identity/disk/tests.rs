//! The rules of the state directory, on real files in temporary directories.

use std::{
    fs,
    io::{ErrorKind, Write},
    process::Command,
};

use rcgen::KeyPair;
use tempfile::TempDir;
use time::Duration;

use super::*;
use crate::{identity::trust::TrustChange, proto::Ski};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_500));

/// A state directory that is not there yet, in one that vanishes.
fn fresh() -> (TempDir, StateDir) {
    let temp = TempDir::new().unwrap();
    let directory = StateDir::resolve(Some(&temp.path().join("a/state"))).unwrap();
    (temp, directory)
}

fn ski(byte: u8) -> Ski {
    Ski::from_bytes([byte; 20])
}

fn trust(byte: u8) -> TrustChange {
    TrustChange::Trust { ski: ski(byte), ship_id: None, name: None, address: None, seen: true }
}

/// The names in a state directory that are not its two files and its lock.
fn extra_files(directory: &StateDir) -> Vec<String> {
    let names = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| ![IDENTITY, TRUST, "lock"].contains(&name.as_str()));
    names.sort();
    names
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_given_directory_counts_before_the_platforms_and_is_absolute() {
    let place = || Some(PathBuf::from("/platform/shipctl"));
    let choose = |given: &str| StateDir::choose(Some(Path::new(given)), place).unwrap();
    assert_eq!(choose("/given").path(), Path::new("/given"));
    assert_eq!(choose("").path(), Path::new("/platform/shipctl"));
    assert_eq!(choose("here").path(), std::env::current_dir().unwrap().join("here"));
    let none = StateDir::choose(None, || None).unwrap_err();
    assert!(none.hint().contains("--state-dir") && none.kind() == StateErrorKind::Configuration);
}

#[test]
fn the_first_start_makes_an_identity_and_the_next_finds_it() {
    let (_temp, directory) = fresh();
    let before = directory.read().unwrap();
    assert!(before.identity.is_none() && !directory.path().exists());
    let first = directory.open(NOW).unwrap();
    assert!(first.identity_is_new);
    let ours = first.identity.ski();
    drop(first);
    let second = directory.open(NOW).unwrap();
    assert!(!second.identity_is_new);
    assert_eq!((second.identity.ski(), &second.remarks[..]), (ours, &[][..]));
    assert!(extra_files(&directory).is_empty());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_kept() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 1).unwrap();
    assert_eq!(mode(directory.path()), 0o700);
    for name in [IDENTITY, TRUST, "lock"] {
        assert_eq!(mode(&directory.path().join(name)), 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_readable_by_others_is_remarked_with_the_command_that_mends_it() {
    let (_temp, directory) = fresh();
    drop(directory.open(NOW).unwrap());
    set_mode(&directory.identity_path(), 0o640);
    let remarks = directory.open(NOW).unwrap().remarks;
    let path = directory.identity_path();
    assert_eq!(remarks, [StateRemark::KeyReadable { path: path.clone(), mode: 0o640 }]);
    assert_eq!(remarks[0].code(), "OWN-02");
    assert_eq!(remarks[0].hint(), format!("`chmod 600 '{}'`", path.display()));
}

#[test]
fn a_second_process_is_told_who_has_it_and_may_still_read() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 1).unwrap();
    for error in
        [directory.open(NOW).unwrap_err(), directory.replace_identity(&state.identity).unwrap_err()]
    {
        let pid = Some(std::process::id());
        assert!(matches!(&error, StateError::InUse { pid: p, .. } if *p == pid), "{error}");
        assert!(error.to_string().contains(&directory.path().display().to_string()));
        assert_eq!(error.kind(), StateErrorKind::InUse);
    }
    let saved = directory.read().unwrap();
    assert_eq!(saved.identity.unwrap().ski(), state.identity.ski());
    assert_eq!(&saved.trust, state.trust());
    drop(state);
    directory.open(NOW).unwrap();
}

#[test]
fn trust_is_on_disk_as_soon_as_it_is_in_memory() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 10).unwrap();
    state.apply(&trust(2), 20).unwrap();
    assert!(state.rename(&ski(1), "Garage").unwrap());
    assert!(!state.rename(&ski(3), "Nobody").unwrap());
    assert_eq!(&directory.read().unwrap().trust, state.trust());
    state.apply(&TrustChange::Remove { ski: ski(2) }, 30).unwrap();
    let saved = directory.read().unwrap().trust;
    assert_eq!(&saved, state.trust());
    assert_eq!(saved.get(&ski(1)).unwrap().name.as_deref(), Some("Garage"));
    assert_eq!(saved.len(), 1);
}

/// What a file can be instead of itself.
const DAMAGE: [&[u8]; 6] =
    [b"", b"\n", b"{\"version\":1,", b"\xFF\x00\xFE", b"[1]", b"{\"version\":1}"];

#[test]
fn a_damaged_file_is_set_aside_and_nothing_takes_its_place_by_itself() {
    for damage in DAMAGE {
        for name in [IDENTITY, TRUST] {
            let (_temp, directory) = fresh();
            directory.open(NOW).unwrap().apply(&trust(1), 1).unwrap();
            let path = directory.path().join(name);
            fs::write(&path, damage).unwrap();

            let expected = directory.path().join(format!("{name}.damaged-1"));
            let error = directory.open(NOW).unwrap_err();
            assert!(
                matches!(&error, StateError::Damaged { set_aside: Some(to), .. } if *to == expected),
                "{error}"
            );
            assert!(error.to_string().contains(&expected.display().to_string()), "{error}");
            for error in [directory.open(NOW).unwrap_err(), directory.read().unwrap_err()] {
                assert!(matches!(error, StateError::SetAside { .. }), "{error}");
                assert_eq!(error.kind(), StateErrorKind::Configuration);
                assert!(error.hint().contains(&path.display().to_string()));
            }
            assert_eq!(fs::read(&expected).unwrap(), damage);
            assert!(!path.exists());
        }
    }
}

#[test]
fn reading_beside_an_owner_leaves_a_damaged_file_where_it_is() {
    let (_temp, directory) = fresh();
    let _state = directory.open(NOW).unwrap();
    fs::write(directory.trust_path(), "half").unwrap();
    let error = directory.read().unwrap_err();
    assert!(matches!(error, StateError::Damaged { set_aside: None, .. }), "{error}");
    assert_eq!(fs::read(directory.trust_path()).unwrap(), b"half");
}

#[test]
fn the_way_back_from_damage_works() {
    let (_temp, directory) = fresh();
    let state = directory.open(NOW).unwrap();
    let (ours, good) = (state.identity.ski(), fs::read(directory.identity_path()).unwrap());
    drop(state);
    fs::write(directory.identity_path(), "half").unwrap();
    directory.open(NOW).unwrap_err();
    // A good copy put back.
    fs::write(directory.identity_path(), good).unwrap();
    assert_eq!(directory.open(NOW).unwrap().identity.ski(), ours);
    // Damaged again, and given up: the second damaged file has a name of its own.
    fs::write(directory.identity_path(), "other half").unwrap();
    directory.open(NOW).unwrap_err();
    let new = Identity::generate(None, NOW).unwrap();
    assert_eq!(directory.replace_identity(&new).unwrap(), None);
    assert_eq!(directory.open(NOW).unwrap().identity.ski(), new.ski());
    assert_eq!(extra_files(&directory), ["identity.json.damaged-1", "identity.json.damaged-2"]);
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    for name in [IDENTITY, TRUST] {
        let (_temp, directory) = fresh();
        drop(directory.open(NOW).unwrap());
        let path = directory.path().join(name);
        let text = r#"{"version":2,"key":"somewhere else"}"#;
        fs::write(&path, text).unwrap();
        let error = directory.open(NOW).unwrap_err();
        assert!(matches!(error, StateError::Newer { found: 2, known: 1, .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert!(extra_files(&directory).is_empty());
    }
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_told_without_showing_it() {
    let (_temp, directory) = fresh();
    drop(directory.open(NOW).unwrap());
    let path = directory.identity_path();
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let key = Identity::generate(None, NOW).unwrap().key_pem().to_string();
    file["key"] = key.clone().into();
    fs::write(&path, file.to_string()).unwrap();
    let error = directory.open(NOW).unwrap_err();
    assert!(error.to_string().contains("does not belong"), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(key.lines().all(|line| !shown.contains(line)), "{shown}");
    // Nor where the key stands in a wrong place.
    fs::write(&path, serde_json::json!({ "version": key }).to_string()).unwrap();
    let shown = format!("{:?}", directory.open(NOW).unwrap_err());
    assert!(key.lines().all(|line| !shown.contains(line)), "{shown}");
}

#[test]
fn something_else_in_the_place_of_a_file_or_the_directory_is_named() {
    let (temp, directory) = fresh();
    fs::create_dir_all(directory.trust_path()).unwrap();
    let error = directory.open(NOW).unwrap_err();
    assert!(
        matches!(&error, StateError::WrongKind { path, .. } if *path == directory.trust_path())
    );
    assert!(!directory.identity_path().exists());

    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    let error = StateDir::resolve(Some(&file)).unwrap().open(NOW).unwrap_err();
    assert!(matches!(&error, StateError::WrongKind { expected: "a directory", .. }), "{error}");
    let below = StateDir::resolve(Some(&file.join("state"))).unwrap();
    assert_eq!(below.open(NOW).unwrap_err().kind(), StateErrorKind::Io);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_key_not_mounted_yet_is_no_first_start() {
    let (temp, directory) = fresh();
    fs::create_dir_all(directory.path()).unwrap();
    std::os::unix::fs::symlink(temp.path().join("later"), directory.identity_path()).unwrap();
    let error = directory.open(NOW).unwrap_err();
    assert_eq!(error.kind(), StateErrorKind::Io);
    assert!(directory.identity_path().is_symlink());
}

#[test]
fn replacing_the_identity_keeps_the_one_before_and_the_trust() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 1).unwrap();
    drop(state);
    let old = fs::read(directory.identity_path()).unwrap();
    let new = Identity::generate(None, NOW).unwrap();
    let kept = directory.replace_identity(&new).unwrap().unwrap();
    assert_eq!(fs::read(&kept).unwrap(), old);
    let again = directory.replace_identity(&new).unwrap().unwrap();
    assert_ne!(kept, again);
    let state = directory.open(NOW).unwrap();
    assert!(state.identity.ski() == new.ski() && state.trust().contains(&ski(1)));
    #[cfg(unix)]
    assert_eq!(mode(&kept), 0o600);
}

#[test]
fn an_identity_is_imported_from_two_files_or_refused_by_name() {
    let temp = TempDir::new().unwrap();
    let (cert, key) = (temp.path().join("cert.pem"), temp.path().join("key.pem"));
    let ours = Identity::generate(None, NOW).unwrap();
    fs::write(&cert, ours.certificate_pem()).unwrap();
    let missing = import_identity(&cert, &key).unwrap_err();
    assert_eq!(missing.kind(), StateErrorKind::Io);
    assert!(missing.to_string().contains("key.pem"));
    fs::write(&key, &**ours.key_pem()).unwrap();
    assert_eq!(import_identity(&cert, &key).unwrap().ski(), ours.ski());
    fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let error = import_identity(&cert, &key).unwrap_err();
    assert!(matches!(error, StateError::Identity(IdentityError::Mismatch { .. })), "{error}");
    fs::write(&cert, [0xFF, 0, 0x30]).unwrap();
    assert_eq!(import_identity(&cert, &key).unwrap_err().kind(), StateErrorKind::Configuration);
}

/// Runs `on_a_small_disk` again in a mount namespace of its own, with 64 KiB of disk.
#[test]
fn a_full_or_read_only_disk_changes_nothing() {
    let temp = TempDir::new().unwrap();
    // Where a disk may not be made read-only, nothing can be shown.
    let script = r#"mount -t tmpfs -o size=64k tmpfs "$SMALL_DISK" &&
        mount -o remount,ro "$SMALL_DISK" && mount -o remount,rw "$SMALL_DISK" || exit 99
        exec "$0" "$@""#;
    let child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "identity::disk::tests::on_a_small_disk", "--ignored"])
        .env("SMALL_DISK", temp.path())
        .output();
    match child {
        Ok(output) if output.status.success() => {
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
        }
        Ok(output) if output.status.code() == Some(101) => panic!("{output:#?}"),
        other => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED a full disk: no mount namespace here: {other:?}"
            );
        }
    }
}

#[test]
#[ignore = "run by a_full_or_read_only_disk_changes_nothing"]
fn on_a_small_disk() {
    let disk = PathBuf::from(std::env::var_os("SMALL_DISK").expect("the directory of the disk"));
    let fill = || {
        let mut file = fs::File::create(disk.join("fill")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    };
    let full = |error: StateError| match error {
        StateError::Io { source, .. } => assert_eq!(source.kind(), ErrorKind::StorageFull),
        other => panic!("{other}"),
    };

    // Full before the first start: no identity, and nothing half written.
    let directory = StateDir::resolve(Some(&disk.join("state"))).unwrap();
    fill();
    full(directory.open(NOW).unwrap_err());
    assert!(!directory.path().exists(), "nor the directory that was made for it");
    fs::remove_file(disk.join("fill")).unwrap();

    // Full later: memory and disk stay as they were, and agree.
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 1).unwrap();
    fill();
    full(state.apply(&trust(2), 2).unwrap_err());
    assert!(!state.trust().contains(&ski(2)));
    assert_eq!(&directory.read().unwrap().trust, state.trust());
    assert!(extra_files(&directory).is_empty());
    fs::remove_file(disk.join("fill")).unwrap();
    state.apply(&trust(2), 3).unwrap();
    drop(state);

    // Read-only: it can be read, but not owned.
    let mount = Command::new("mount").args(["-o", "remount,ro"]).arg(&disk).status().unwrap();
    assert!(mount.success());
    let error = directory.open(NOW).unwrap_err();
    assert_eq!(error.kind(), StateErrorKind::Io);
    assert!(error.hint().contains("--state-dir"), "{error} {}", error.hint());
    assert_eq!(directory.read().unwrap().trust.len(), 2);
}

/// A disk that takes no more: where the trust should be written, a directory stands.
fn break_disk(directory: &StateDir) {
    let _ = fs::remove_file(directory.trust_path());
    fs::create_dir(directory.trust_path()).unwrap();
}

fn mend_disk(directory: &StateDir) {
    fs::remove_dir(directory.trust_path()).unwrap();
}

fn on_disk(directory: &StateDir) -> TrustStore {
    directory.read().unwrap().trust
}

#[test]
fn what_happened_while_the_disk_failed_is_written_once_it_works_again() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    break_disk(&directory);
    assert!(state.note(&[trust(1)], 7).is_err());
    assert!(state.trust().contains(&ski(1)), "it has happened");
    assert!(state.catch_up().is_err());
    mend_disk(&directory);
    state.catch_up().unwrap();
    assert_eq!(on_disk(&directory), *state.trust());
    assert_eq!(state.trust().get(&ski(1)).unwrap().last_seen, Some(7), "when it happened");
}

#[test]
fn what_could_not_be_written_goes_with_the_next_change_that_is() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    break_disk(&directory);
    state.note(&[trust(1)], 7).unwrap_err();
    assert!(state.apply(&trust(2), 8).is_err());
    assert!(!state.trust().contains(&ski(2)), "it was refused");
    mend_disk(&directory);
    state.apply(&trust(3), 9).unwrap();
    assert_eq!(
        on_disk(&directory).iter().map(|(ski, _)| *ski).collect::<Vec<_>>(),
        [ski(1), ski(3)]
    );
}

#[test]
fn that_a_known_peer_came_back_is_written_with_the_next_change() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    let put_off = |state: &mut State, n, now| state.note(&[trust(n)], now).unwrap();
    assert!(!put_off(&mut state, 1, 7) && !put_off(&mut state, 2, 7), "never seen before");
    let seen = |store: TrustStore, n| store.get(&ski(n)).unwrap().last_seen;
    assert!(put_off(&mut state, 1, 8));
    assert_eq!((seen(on_disk(&directory), 1), seen(state.trust().clone(), 1)), (Some(7), Some(8)));
    assert!(!put_off(&mut state, 3, 9));
    assert_eq!(on_disk(&directory), *state.trust());
    assert!(put_off(&mut state, 2, 9));
    state.catch_up().unwrap();
    assert_eq!(seen(on_disk(&directory), 2), Some(9));
}

#[test]
fn a_refused_change_that_got_to_the_disk_all_the_same_is_taken_back() {
    let (_temp, directory) = fresh();
    let mut state = directory.open(NOW).unwrap();
    state.apply(&trust(1), 7).unwrap();
    break_disk(&directory);
    state.apply(&trust(2), 8).unwrap_err();
    mend_disk(&directory);
    let mut both = state.trust().clone();
    both.apply(&trust(2), 8);
    fs::write(directory.trust_path(), both.to_json()).unwrap();
    state.catch_up().unwrap();
    assert_eq!(on_disk(&directory), *state.trust());
}

#[test]
fn what_a_killed_writer_left_is_removed_by_the_next_owner_only() {
    let (_temp, directory) = fresh();
    let state = directory.open(NOW).unwrap();
    fs::write(directory.path().join(".writing-x1Y2z3"), "half a fi").unwrap();
    directory.read().unwrap();
    directory.open(NOW).unwrap_err();
    assert_eq!(extra_files(&directory), [".writing-x1Y2z3"]);
    drop(state);
    directory.open(NOW).unwrap();
    assert_eq!(extra_files(&directory), [""; 0]);
}
