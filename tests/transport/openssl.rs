//! Against OpenSSL in both roles; skipped with a notice where there is none.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use shipctl::{
    driver::{dial::DialCause, ws::UpgradeError},
    identity::cert::Identity,
    proto::Target,
};
use tokio::task::spawn_blocking;

use super::kit::*;

/// An OpenSSL subcommand with the certificate and the key of this identity, its pipes open.
fn openssl(subcommand: &str, identity: &Identity, folder: &Path, more: &[&str]) -> Option<Kill> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, identity.certificate_pem()).unwrap();
    std::fs::write(&key, identity.key_pem().as_bytes()).unwrap();
    let started = Command::new("openssl")
        .arg(subcommand)
        .args([Path::new("-cert"), &certificate, Path::new("-key"), &key])
        .args(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(child) => Some(Kill(child)),
        Err(error) => {
            eprintln!("skipped: no openssl here ({error})");
            None
        }
    }
}

/// Ends the process when the test does.
struct Kill(Child);

impl Drop for Kill {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn an_openssl_client_gets_a_websocket_from_us() {
    let (folder, identity, mut node) = (tempfile::tempdir().unwrap(), identity(), Node::start());
    let address = node.address.to_string();
    let more = ["-connect", &address, "-quiet", "-noservername"];
    let Some(mut client) = openssl("s_client", &identity, folder.path(), &more) else { return };
    let mut input = client.0.stdin.take().unwrap();
    input
        .write_all(
            b"GET /ship/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
              Sec-WebSocket-Protocol: ship\r\n\r\n",
        )
        .unwrap();
    let incoming = node.request().await;
    assert_eq!(incoming.ski, identity.ski());
    let _server = incoming.admit().await.unwrap();
    let mut output = BufReader::new(client.0.stdout.take().unwrap());
    let first = spawn_blocking(move || {
        let mut line = String::new();
        output.read_line(&mut line).map(|_| line)
    });
    assert!(soon(first).await.unwrap().unwrap().starts_with("HTTP/1.1 101 "));
}

#[tokio::test]
async fn an_openssl_server_is_reached_and_found_to_be_no_ship_node() {
    let (folder, identity) = (tempfile::tempdir().unwrap(), identity());
    let more = ["-accept", "127.0.0.1:0", "-Verify", "1", "-www"];
    let Some(mut server) = openssl("s_server", &identity, folder.path(), &more) else { return };
    let mut output = BufReader::new(server.0.stdout.take().unwrap());
    let port = spawn_blocking(move || {
        let port = output.by_ref().lines().find_map(|line| {
            line.ok()?.strip_prefix("ACCEPT 127.0.0.1:").and_then(|port| port.parse().ok())
        });
        (port, output)
    });
    let (port, _output) = soon(port).await.unwrap();
    let port: u16 = port.expect("the port of s_server");
    let target = Target::name("127.0.0.1", port, "/ship/");
    let failure = dial_one(target, Some(identity.ski())).await.unwrap_err();
    // It answers with its status page, in HTTP/1.0. The SKI was right, or it had not been asked.
    let cause = &failure.most_telling().unwrap().cause;
    assert!(matches!(cause, DialCause::Upgrade(UpgradeError::NotWebSocket(_))), "{failure}");
}
