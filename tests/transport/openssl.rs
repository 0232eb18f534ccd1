//! Against OpenSSL in both roles, with each cipher suite alone; skipped with a notice where there is
//! none. It is the implementation our own suites are held against: it seals what we open, and opens
//! what we seal, for every way the last block can be filled.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use futures_util::{SinkExt as _, StreamExt as _};
use shipctl::{
    driver::{
        dial::DialCause,
        tls::{Negotiated, Suite, Version},
        ws::{UpgradeError, WebSocket},
    },
    identity::cert::Identity,
    proto::Target,
};
use tokio::task::spawn_blocking;
use tokio_tungstenite::tungstenite::{Message, handshake::derive_accept_key};

use super::{kit::*, support::skip::skip};

/// The name of a suite in OpenSSL; CCM_8 is below what it takes without being told.
fn cipher(suite: Suite) -> &'static str {
    match suite {
        Suite::Gcm => "ECDHE-ECDSA-AES128-GCM-SHA256",
        Suite::Ccm8 => "ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0",
        Suite::Cbc => "ECDHE-ECDSA-AES128-SHA256",
    }
}

fn negotiated(suite: Suite) -> Negotiated {
    let suite = match suite {
        Suite::Gcm => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Suite::Ccm8 => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        Suite::Cbc => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    };
    Negotiated { version: Version::Tls12, suite }
}

/// An OpenSSL subcommand with the certificate and the key of this identity, its pipes open.
fn openssl(
    subcommand: &str,
    suite: Suite,
    identity: &Identity,
    folder: &Path,
    more: &[&str],
) -> Option<Kill> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, identity.certificate_pem()).unwrap();
    std::fs::write(&key, identity.key_pem().as_bytes()).unwrap();
    let started = Command::new("openssl")
        .arg(subcommand)
        .args([Path::new("-cert"), &certificate, Path::new("-key"), &key])
        .args(["-tls1_2", "-cipher", cipher(suite)])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(child) => Some(Kill(child)),
        Err(error) => {
            skip(format!("there is no openssl: {error}"));
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

/// The plaintext of an OpenSSL process.
struct Plain {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Plain {
    fn of(openssl: &mut Kill) -> Self {
        let input = openssl.0.stdin.take().unwrap();
        Self { input, output: BufReader::new(openssl.0.stdout.take().unwrap()) }
    }

    /// Reads lines up to one that begins like this; what follows in it.
    fn line(&mut self, begin: &str) -> String {
        loop {
            let mut line = Vec::new();
            assert_ne!(self.output.read_until(b'\n', &mut line).unwrap(), 0, "no line {begin}");
            if let Some(rest) = String::from_utf8_lossy(&line).trim_end().strip_prefix(begin) {
                return rest.to_owned();
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    /// Sends every WebSocket frame back; masked with zeros, as a client has to. Ends with the
    /// connection.
    fn echo(mut self, masked: bool) {
        while let Some(payload) = self.frame() {
            let mask = if masked { 0x80 } else { 0 };
            let mut frame = vec![0x82, 127 | mask];
            frame.extend((payload.len() as u64).to_be_bytes());
            frame.extend(if masked { &[0; 4][..] } else { &[] });
            frame.extend(payload);
            self.write(&frame);
        }
    }

    /// The payload of the next frame; `None` after the last, where s_server says how it ended.
    fn frame(&mut self) -> Option<Vec<u8>> {
        let mut head = [0; 2];
        self.output.read_exact(&mut head).ok()?;
        if head[0] != 0x82 {
            return None;
        }
        let length = match head[1] & 0x7F {
            126 => u64::from(u16::from_be_bytes(self.array())),
            127 => u64::from_be_bytes(self.array()),
            short => u64::from(short),
        };
        let mask = if head[1] & 0x80 == 0 { [0; 4] } else { self.array::<4>() };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.output.read_exact(&mut payload).unwrap();
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        Some(payload)
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        self.output.read_exact(&mut array).unwrap();
        array
    }
}

/// Sends messages of every small size and a large one, and gets each back.
async fn every_size_comes_back(ws: &mut WebSocket) {
    for size in (0..=40).chain([1000, 1024, 1 << 20]) {
        let message = Message::Binary(vec![2; size].into());
        soon(ws.send(message.clone())).await.unwrap();
        assert_eq!(soon(ws.next()).await.unwrap().unwrap(), message, "{size}");
    }
}

async fn with_an_openssl_client(suite: Suite) {
    let (folder, identity, mut node) = (tempfile::tempdir().unwrap(), identity(), Node::start());
    let address = node.address.to_string();
    let more = ["-connect", &address, "-quiet", "-noservername"];
    let Some(mut client) = openssl("s_client", suite, &identity, folder.path(), &more) else {
        return;
    };
    let mut plain = Plain::of(&mut client);
    plain.write(
        b"GET /ship/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
          Sec-WebSocket-Protocol: ship\r\n\r\n",
    );
    let incoming = node.request().await;
    assert_eq!((incoming.ski, incoming.tls), (identity.ski(), negotiated(suite)));
    let echo = spawn_blocking(move || {
        plain.line("HTTP/1.1 101 ");
        while !plain.line("").is_empty() {}
        plain.echo(true);
    });
    let mut server = incoming.admit().await.unwrap();
    every_size_comes_back(&mut server).await;
    drop((server, client));
    soon(echo).await.unwrap();
}

async fn with_an_openssl_server(suite: Suite) {
    let (folder, identity) = (tempfile::tempdir().unwrap(), identity());
    let more = ["-accept", "127.0.0.1:0", "-Verify", "1"];
    let Some(mut server) = openssl("s_server", suite, &identity, folder.path(), &more) else {
        return;
    };
    let mut plain = Plain::of(&mut server);
    let port = spawn_blocking(move || (plain.line("ACCEPT 127.0.0.1:"), plain));
    let (port, mut plain) = soon(port).await.unwrap();
    let echo = spawn_blocking(move || {
        plain.line("GET /ship/ ");
        let mut accept = String::new();
        loop {
            let line = plain.line("");
            match line.split_once(": ") {
                Some((name, key)) if name.eq_ignore_ascii_case("sec-websocket-key") => {
                    accept = derive_accept_key(key.as_bytes());
                }
                Some(_) => {}
                None => break,
            }
        }
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: ship\r\n\r\n"
        );
        plain.write(answer.as_bytes());
        plain.echo(false);
    });
    let target = Target::name("127.0.0.1", port.parse().unwrap(), "/ship/");
    let mut dialed = dial_one(target, Some(identity.ski())).await.unwrap();
    assert_eq!(dialed.tls, negotiated(suite));
    every_size_comes_back(&mut dialed.ws).await;
    drop((dialed, server));
    soon(echo).await.unwrap();
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_client_by_gcm() {
    with_an_openssl_client(Suite::Gcm).await;
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_client_by_ccm_8() {
    with_an_openssl_client(Suite::Ccm8).await;
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_client_by_cbc() {
    with_an_openssl_client(Suite::Cbc).await;
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_server_by_gcm() {
    with_an_openssl_server(Suite::Gcm).await;
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_server_by_ccm_8() {
    with_an_openssl_server(Suite::Ccm8).await;
}

#[tokio::test]
async fn messages_of_every_size_come_back_from_an_openssl_server_by_cbc() {
    with_an_openssl_server(Suite::Cbc).await;
}

#[tokio::test]
async fn an_openssl_server_is_reached_and_found_to_be_no_ship_node() {
    let (folder, identity) = (tempfile::tempdir().unwrap(), identity());
    let more = ["-accept", "127.0.0.1:0", "-Verify", "1", "-www"];
    let server = openssl("s_server", Suite::Gcm, &identity, folder.path(), &more);
    let Some(mut server) = server else { return };
    let mut plain = Plain::of(&mut server);
    let port = spawn_blocking(move || (plain.line("ACCEPT 127.0.0.1:"), plain));
    let (port, _plain) = soon(port).await.unwrap();
    let target = Target::name("127.0.0.1", port.parse().unwrap(), "/ship/");
    let failure = dial_one(target, Some(identity.ski())).await.unwrap_err();
    // It answers with its status page, in HTTP/1.0. The SKI was right, or it had not been asked.
    let cause = &failure.most_telling().unwrap().cause;
    assert!(matches!(cause, DialCause::Upgrade(UpgradeError::NotWebSocket(_))), "{failure}");
}
