//! What a device speaks where it speaks nothing of ours: TLS 1.0, 1.1, and other suites of 1.2. The
//! TLS library knows none of them, so a ClientHello is written by hand, and of what comes back only
//! the version, the suite, or the alert is read. No handshake is completed.

use std::{fmt, net::SocketAddr, time::Duration};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    driver::dial::{connect, within},
    hub::dial::Stage,
};

/// A version of TLS as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire(u16);

impl Wire {
    const TLS10: Self = Self(0x0301);
    const TLS11: Self = Self(0x0302);
    const TLS12: Self = Self(0x0303);
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0300 => f.write_str("SSL 3.0"),
            0x0301..=0x0304 => write!(f, "TLS 1.{}", self.0 - 0x0301),
            other => write!(f, "version {other:04x}"),
        }
    }
}

/// What a device takes of what we do not speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// The versions below 1.2.
    pub(super) versions: Vec<Wire>,
    /// A suite of TLS 1.2.
    pub(super) suite: Option<String>,
}

/// How it answers to a ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It chose a version and a suite (number in IANA's registry).
    Hello {
        /// The version.
        version: Wire,
        /// The suite.
        suite: u16,
    },
    /// It refused.
    Alert,
}

/// Asks for each of them alone.
pub(super) async fn taken(address: SocketAddr, limit: Duration) -> Taken {
    let mut taken = Taken::default();
    for offered in [Wire::TLS10, Wire::TLS11, Wire::TLS12] {
        match ask(address, offered, limit).await {
            // A device may choose a lower version than the one offered, and not a higher one.
            Some(Answer::Hello { version: Wire::TLS12, suite }) => taken.suite = Some(name(suite)),
            Some(Answer::Hello { version, .. })
                if version <= offered && !taken.versions.contains(&version) =>
            {
                taken.versions.push(version);
            }
            _ => {}
        }
    }
    taken
}

/// `None` where it says nothing, or nothing of TLS.
async fn ask(address: SocketAddr, version: Wire, limit: Duration) -> Option<Answer> {
    let mut tcp = connect(address, limit).await.ok()?;
    let asking = async {
        tcp.write_all(&client_hello(version, random())).await.ok()?;
        let mut bytes = Vec::new();
        /// A ServerHello without the messages behind it is much smaller.
        const MOST: usize = 4096;
        while bytes.len() < MOST {
            if let Some(answer) = read(&bytes) {
                return answer;
            }
            if tcp.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        None
    };
    within(limit, Stage::Tls, asking).await.ok()?
}

/// It guards nothing: the handshake is never completed.
fn random() -> [u8; 32] {
    std::array::from_fn(|_| fastrand::u8(..))
}

/// A ClientHello (RFC 5246 7.4.1.2) of this version with every suite that is not ours.
fn client_hello(version: Wire, random: [u8; 32]) -> Vec<u8> {
    let mut extensions = Vec::new();
    // Curves secp256r1, secp384r1 and x25519; points uncompressed.
    extensions.extend(extension(10, &[0, 6, 0, 23, 0, 24, 0, 29]));
    extensions.extend(extension(11, &[1, 0]));
    if version == Wire::TLS12 {
        // ECDSA and RSA with SHA-256, SHA-384 and SHA-1.
        let algorithms = [4, 3, 5, 3, 2, 3, 4, 1, 5, 1, 2, 1];
        extensions.extend(extension(13, &[&[0, 12][..], &algorithms].concat()));
    }
    let suites: Vec<u8> = SUITES.iter().flat_map(|(suite, _)| suite.to_be_bytes()).collect();
    let body = [
        &version.0.to_be_bytes()[..],
        &random,
        // No session; suites; no compression.
        &[0],
        &length(&suites),
        &suites,
        &[1, 0],
        &length(&extensions),
        &extensions,
    ]
    .concat();
    let hello = [&[1, 0][..], &length(&body), &body].concat();
    [&[22, 3, 1][..], &length(&hello), &hello].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &length(data), data].concat()
}

/// The length of these bytes, which are few, in two bytes.
fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// What came back: `None` while it is not whole, `Some(None)` if it is nothing of TLS. Never panics.
pub fn read(bytes: &[u8]) -> Option<Option<Answer>> {
    const RECORD: usize = 5;
    let (kind, major) = (*bytes.first()?, *bytes.get(1)?);
    match (kind, major) {
        (21, 3) => Some(Some(Answer::Alert)),
        (22, 3) => {
            // The header of the message, the version, the random number, the session, the suite.
            let message = bytes.get(RECORD..)?;
            if *message.first()? != 2 {
                return Some(None);
            }
            let two =
                |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
            let (version, session) = (two(4)?, usize::from(*message.get(38)?));
            let suite = two(39 + session)?;
            Some(Some(Answer::Hello { version: Wire(version), suite }))
        }
        _ => Some(None),
    }
}

fn name(suite: u16) -> String {
    let known = SUITES.iter().find(|(known, _)| *known == suite);
    known.map_or_else(|| format!("the suite {suite:04X}"), |(_, name)| (*name).to_owned())
}

/// The suites that devices have had, but for those of SHIP (IANA's registry).
const SUITES: &[(u16, &str)] = &[
    (0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The ServerHello of a TLS 1.0 server that gave the session a number.
    fn server_hello() -> Vec<u8> {
        let body = [&[3, 1][..], &[7; 32], &[32], &[9; 32], &[0x00, 0x2F, 0]].concat();
        let message = [&[2, 0][..], &length(&body), &body].concat();
        [&[22, 3, 1][..], &length(&message), &message].concat()
    }

    #[test]
    fn a_server_hello_tells_version_and_suite_once_it_is_whole() {
        let bytes = server_hello();
        let whole = Some(Some(Answer::Hello { version: Wire::TLS10, suite: 0x002F }));
        for end in 0..bytes.len() - 1 {
            assert_eq!(read(&bytes[..end]), None, "{end}");
        }
        assert_eq!(read(&bytes), whole);
        assert_eq!(name(0x002F), "TLS_RSA_WITH_AES_128_CBC_SHA");
        assert_eq!(name(0xABCD), "the suite ABCD");
    }

    #[test]
    fn an_alert_and_what_is_no_tls_are_told_apart() {
        assert_eq!(read(&[21, 3, 1, 0, 2, 2, 70]), Some(Some(Answer::Alert)));
        assert_eq!(read(b"HTTP/1.1 400"), Some(None));
        assert_eq!(read(&[22, 3, 3, 0, 4, 11, 0, 0, 0]), Some(None), "no ServerHello");
    }

    #[test]
    fn a_hello_is_as_long_as_it_says_and_has_none_of_our_suites() {
        for version in [Wire::TLS10, Wire::TLS12] {
            let hello = client_hello(version, [0; 32]);
            assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
            assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
        }
        assert!(SUITES.iter().all(|(suite, _)| ![0xC02B, 0xC0AE, 0xC023].contains(suite)));
    }

    #[test]
    fn versions_have_their_names() {
        let names: Vec<_> =
            [0x0300, 0x0301, 0x0302, 0x0304, 0x0505].map(|it| Wire(it).to_string()).into();
        assert_eq!(names, ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.3", "version 0505"]);
    }
}
