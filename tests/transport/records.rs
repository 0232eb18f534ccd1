//! The records on the wire: how much they carry, what is logged of their keys, and what becomes of
//! one that somebody has changed.

use std::{net::SocketAddr, sync::Arc};

use aes::{
    Aes128,
    cipher::{Array, BlockModeDecrypt, KeyIvInit},
};
use futures_util::{SinkExt as _, StreamExt as _};
use ring::hmac;
use rustls::{AlertDescription, Error};
use shipctl::{
    driver::{
        tls::{KeyLog, Suite, TlsSettings},
        ws::WebSocket,
    },
    proto::Target,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::{self, Message};

use super::kit::*;

/// The most plaintext of a record (SHIP 9.2).
const MOST: usize = 1024;

const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER_SPEC: u8 = 20;
const APPLICATION_DATA: u8 = 23;

/// One TLS record on its way.
#[derive(Clone, Debug)]
struct Record {
    from_client: bool,
    kind: u8,
    body: Vec<u8>,
}

/// Carries records between a client and `behind`, telling each, after `change` has had its way.
async fn relay(
    client: TcpStream,
    behind: SocketAddr,
    change: impl Fn(&mut Record) + Copy,
    seen: mpsc::UnboundedSender<Record>,
) {
    let server = TcpStream::connect(behind).await.unwrap();
    for side in [&client, &server] {
        side.set_nodelay(true).unwrap();
    }
    let (client, server) = (client.into_split(), server.into_split());
    let carry = |from_client, mut from: OwnedReadHalf, mut to: OwnedWriteHalf| {
        let seen = seen.clone();
        async move {
            let mut header = [0; 5];
            while from.read_exact(&mut header).await.is_ok() {
                let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
                let mut record = Record { from_client, kind: header[0], body: vec![0; length] };
                if from.read_exact(&mut record.body).await.is_err() {
                    break;
                }
                change(&mut record);
                let bytes = [&header[..], &record.body].concat();
                // Before it is carried on, so that whoever has read it finds it told.
                let _ = seen.send(record);
                let _ = to.write_all(&bytes).await;
            }
        }
    };
    tokio::join!(carry(true, client.0, server.1), carry(false, server.0, client.1));
}

/// Both ends of a connection through a relay, client first, and what the relay sees.
async fn through_a_relay(
    settings: &TlsSettings,
    change: impl Fn(&mut Record) + Copy + Send + Sync + 'static,
) -> ([Box<WebSocket>; 2], mpsc::UnboundedReceiver<Record>) {
    let mut node = Node::with_tls(&identity(), loopback(), settings);
    let (seen, records) = mpsc::unbounded_channel();
    let behind = node.address;
    let address = serve_tcp(move |tcp| relay(tcp, behind, change, seen.clone())).await;
    let (dialed, server) =
        tokio::join!(dial_with(Target::socket(address, "/ship/"), settings), async {
            node.request().await.admit().await
        });
    ([dialed.unwrap().ws, server.unwrap()], records)
}

/// Every record of a connection on which both sides say more than fits one.
async fn captured(settings: &TlsSettings) -> Vec<Record> {
    let ([mut client, mut server], mut records) = through_a_relay(settings, |_| ()).await;
    for size in [10_000, 1024, 1023, 2, 0] {
        let message = Message::Binary(vec![2; size].into());
        client.send(message.clone()).await.unwrap();
        assert_eq!(soon(server.next()).await.unwrap().unwrap(), message);
        server.send(message.clone()).await.unwrap();
        assert_eq!(soon(client.next()).await.unwrap().unwrap(), message);
    }
    let mut captured = Vec::new();
    while let Ok(record) = records.try_recv() {
        captured.push(record);
    }
    captured
}

/// The protected records of one side.
fn protected(records: &[Record], from_client: bool) -> Vec<Record> {
    let side = records.iter().filter(|record| record.from_client == from_client);
    let changed = side.skip_while(|record| record.kind != CHANGE_CIPHER_SPEC);
    changed.skip(1).cloned().collect()
}

#[tokio::test]
async fn our_records_carry_at_most_1024_bytes_by_gcm_and_ccm_8() {
    // Both add a nonce of 8 bytes and a tag, and nothing else.
    for (suite, added) in [(Suite::Gcm, 8 + 16), (Suite::Ccm8, 8 + 8)] {
        let records = captured(&only(suite)).await;
        for from_client in [true, false] {
            let carried = protected(&records, from_client);
            let longest = carried.iter().map(|record| record.body.len() - added).max();
            assert_eq!(longest, Some(MOST), "{suite:?}");
        }
    }
}

#[tokio::test]
async fn our_records_carry_at_most_1024_bytes_by_cbc_as_their_decryption_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let key_log = Some(Arc::new(KeyLog::open(&path).unwrap()));
    let records = captured(&TlsSettings { key_log, ..only(Suite::Cbc) }).await;
    let keys = Keys::of(&records, &std::fs::read_to_string(path).unwrap());
    for from_client in [true, false] {
        let carried = protected(&records, from_client);
        let texts: Vec<_> =
            (0u64..).zip(&carried).map(|(number, record)| keys.open(record, number)).collect();
        assert_eq!(texts.iter().map(Vec::len).max(), Some(MOST));
        // IV, 1024 bytes, MAC, and a whole block of padding.
        let longest = carried.iter().map(|record| record.body.len()).max();
        assert_eq!(longest, Some(16 + MOST + 32 + 16));
        assert_eq!(carried[0].kind, HANDSHAKE, "its Finished");
        let all: usize = texts.iter().map(Vec::len).sum();
        assert!(all > 10_000 + 1024 + 1023 + 2, "{all}");
    }
}

/// The keys of the CBC suite, out of the log: RFC 5246 written down once more.
struct Keys {
    block: Vec<u8>,
}

impl Keys {
    fn of(records: &[Record], log: &str) -> Self {
        let random = |from_client, message| {
            let mut side = records.iter().filter(|record| record.from_client == from_client);
            let hello = side.next().unwrap();
            assert_eq!((hello.kind, hello.body[0]), (HANDSHAKE, message));
            hello.body[6..38].to_vec()
        };
        let (client, server) = (random(true, 1), random(false, 2));
        let name: String = client.iter().map(|byte| format!("{byte:02x}")).collect();
        let begin = format!("CLIENT_RANDOM {name} ");
        // Both sides log to the same file, and agree.
        let lines: Vec<_> = log.lines().filter_map(|line| line.strip_prefix(&begin)).collect();
        assert_eq!((lines.len(), lines[0]), (2, lines[1]));
        let master: Vec<u8> =
            (0..48).map(|n| u8::from_str_radix(&lines[0][2 * n..2 * n + 2], 16).unwrap()).collect();
        Self { block: expand(&master, &[b"key expansion", &server[..], &client].concat(), 96) }
    }

    /// The text of a record, padding and MAC checked.
    fn open(&self, record: &Record, number: u64) -> Vec<u8> {
        let (mac_key, key) = if record.from_client { (0..32, 64..80) } else { (32..64, 80..96) };
        let (iv, body) = record.body.split_at(16);
        let mut body = body.to_vec();
        let (blocks, rest) = Array::slice_as_chunks_mut(&mut body);
        assert!(rest.is_empty());
        cbc::Decryptor::<Aes128>::new_from_slices(&self.block[key], iv)
            .unwrap()
            .decrypt_blocks(blocks);
        let padding = usize::from(*body.last().unwrap());
        let padded = body.split_off(body.len() - padding - 1);
        assert!(padded.iter().all(|&byte| usize::from(byte) == padding));
        let mac = body.split_off(body.len() - 32);
        let length = (body.len() as u16).to_be_bytes();
        let header = [&number.to_be_bytes()[..], &[record.kind, 3, 3], &length].concat();
        let mac_key = hmac::Key::new(hmac::HMAC_SHA256, &self.block[mac_key]);
        hmac::verify(&mac_key, &[&header[..], &body].concat(), &mac).unwrap();
        body
    }
}

/// P_SHA256 (RFC 5246 5).
fn expand(secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let (mut out, mut a) = (Vec::new(), seed.to_vec());
    while out.len() < length {
        a = hmac::sign(&key, &a).as_ref().to_vec();
        out.extend_from_slice(hmac::sign(&key, &[&a[..], seed].concat()).as_ref());
    }
    out.truncate(length);
    out
}

#[tokio::test]
async fn a_record_with_any_byte_changed_ends_in_bad_record_mac_by_every_suite() {
    // A message of 20 bytes in a frame of 26: by CBC 16 of IV, 26 of text, 32 of MAC, 6 of padding.
    for (suite, length) in [(Suite::Cbc, 80), (Suite::Gcm, 50), (Suite::Ccm8, 42)] {
        let settings = only(suite);
        for at in 0..length {
            let ends = through_a_relay(&settings, move |record| {
                if record.from_client
                    && record.kind == APPLICATION_DATA
                    && record.body.len() == length
                {
                    record.body[at] ^= 1 << (at % 8);
                }
            });
            let ([mut client, mut server], _records) = ends.await;
            client.send(Message::Binary(vec![2; 20].into())).await.unwrap();
            let refused = soon(server.next()).await.unwrap().unwrap_err();
            assert_eq!(tls_error(&refused), Some(&Error::DecryptError), "{suite:?} {at}");
            let alerted = soon(client.next()).await.unwrap().unwrap_err();
            let expected = Error::AlertReceived(AlertDescription::BadRecordMac);
            assert_eq!(tls_error(&alerted), Some(&expected), "{suite:?} {at}");
        }
    }
}

fn tls_error(error: &tungstenite::Error) -> Option<&Error> {
    match error {
        tungstenite::Error::Io(error) => rustls_error(error),
        _ => None,
    }
}
