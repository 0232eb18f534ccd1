//! Devices that speak nothing of SHIP's TLS: `probe` finds out what they speak. They are OpenSSL's,
//! with everything old switched on; skipped with a notice where it has been built without.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use super::{kit::*, support::skip::skip};

/// A server of OpenSSL that lives as long as this.
struct Server {
    child: Child,
    address: String,
    said: BufReader<ChildStdout>,
}

impl Server {
    /// With a key of this kind; `None` where OpenSSL cannot do so.
    fn start(shipctl: &Shipctl, key: &[&str], flags: &[&str]) -> Option<Self> {
        let [pem, certificate] = ["key.pem", "certificate.pem"].map(|name| shipctl.path(name));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-subj", "/CN=old", "-days", "9", "-newkey"])
            .args(key)
            .args(["-keyout", &pem, "-out", &certificate])
            .output();
        if !made.is_ok_and(|made| made.status.success()) {
            return Self::left_out("there is no openssl");
        }
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-key", &pem, "-cert", &certificate])
            .args(["-cipher", "ALL:@SECLEVEL=0"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, address: String::new(), said };
        let mut line = String::new();
        while server.said.read_line(&mut line).unwrap() > 0 {
            if let Some(address) = line.trim().strip_prefix("ACCEPT ") {
                server.address = address.to_owned();
                return Some(server);
            }
            line.clear();
        }
        Self::left_out("this openssl has been built without")
    }

    fn left_out(why: &str) -> Option<Self> {
        skip(why);
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const EC: [&str; 3] = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const RSA: [&str; 1] = ["rsa:2048"];

/// What the probe of such a server comes to.
fn probed(key: &[&str], flags: &[&str]) -> Option<Ran> {
    let shipctl = Shipctl::new();
    fs::create_dir_all(shipctl.state()).unwrap();
    let server = Server::start(&shipctl, key, flags)?;
    let ran = shipctl.net(&["probe", &server.address, "--timeout", "5s", "--json"]);
    assert_eq!((ran.code, &ran.last()["stage"]), (76, &"TLS handshake".into()), "{ran:?}");
    Some(ran)
}

#[test]
fn a_device_that_speaks_an_old_version_only_is_told_as_such() {
    for (flag, version) in [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1")] {
        for key in [&EC[..], &RSA] {
            let Some(ran) = probed(key, &[flag]) else { continue };
            let last = ran.last();
            assert_eq!(last["code"], "TLS-03", "{ran:?}");
            let message = last["message"].as_str().unwrap();
            assert!(message.contains(&format!("speaks {version} only")), "{message}");
        }
    }
}

#[test]
fn a_device_with_rsa_suites_only_is_told_with_what_it_takes() {
    let Some(ran) = probed(&RSA, &["-tls1_2"]) else { return };
    let last = ran.last();
    assert_eq!(last["code"], "TLS-01", "{ran:?}");
    let message = last["message"].as_str().unwrap();
    assert!(message.contains("it takes TLS_ECDHE_RSA_WITH_"), "{message}");
    let Some(ran) = probed(&RSA, &["-tls1_2", "-cipher", "AES128-SHA256:@SECLEVEL=0"]) else {
        return;
    };
    assert!(ran.out.contains("it takes TLS_RSA_WITH_AES_128_CBC_SHA256"), "{ran:?}");
    assert!(ran.out.contains("of what SHIP does not allow"), "{ran:?}");
}
