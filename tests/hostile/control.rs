//! Those who find the control socket.

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixStream, process::CommandExt as _},
    process::Command,
};

use serde_json::json;

use crate::support::skip::skip;
use crate::{
    arena::{Arena, MOST},
    kit::{Client, PATIENCE},
};

#[test]
fn garbage_at_the_control_socket() {
    let name = "64 MiB of garbage at the control socket, 20 times";
    Arena::new().judge(name, "", MOST, async |arena| {
        for n in 0..20 {
            let mut stream = UnixStream::connect(arena.home.socket()).unwrap();
            stream.set_write_timeout(Some(PATIENCE)).unwrap();
            let chunk = match n % 2 {
                0 => vec![b'x'; 1 << 16],
                _ => b"{\"do\":[[[[[[[[\n".repeat(1 << 12),
            };
            for _ in 0..1 << 10 {
                // Whoever does not read the answers is not heard any more.
                stream.set_nonblocking(true).unwrap();
                match stream.write(&chunk) {
                    Err(error) if error.kind() != ErrorKind::WouldBlock => break,
                    _ => tokio::task::yield_now().await,
                }
            }
        }
    });
}

/// Set for the process that runs as another user: where to connect.
const SOCKET: &str = "SHIPCTL_HOSTILE_SOCKET";

#[test]
fn another_user_is_not_let_in() {
    if !rustix::process::geteuid().is_root() {
        return skip("only root can be another user");
    }
    let arena = Arena::new();
    // The worst case: every door is open.
    let socket = arena.home.socket();
    let place = arena.home.temp.path();
    for (path, mode) in [(place, 0o755), (&arena.home.state(), 0o755), (&socket, 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let program = place.join("another");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    arena.judge("another user at the control socket", "", MOST, async |_| {
        let mut command = Command::new(&program);
        command.args(["--ignored", "--exact", "control::as_another_user"]);
        command.current_dir(place).env(SOCKET, &socket).uid(65_534).gid(65_534);
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        assert!(String::from_utf8(ran.stdout).unwrap().contains("1 passed"));
    });
    let mut ours = Client::new(UnixStream::connect(&socket).unwrap());
    ours.order(json!({ "do": "status", "history": false }));
}

#[test]
#[ignore = "a part of another_user_is_not_let_in, in a process of its own"]
fn as_another_user() {
    let mut stream = UnixStream::connect(std::env::var(SOCKET).unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(b"{\"id\":1,\"do\":\"identity\"}\n");
    let mut heard = String::new();
    match stream.read_to_string(&mut heard) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => assert_eq!(heard, ""),
    }
}
