//! The records of the CBC suite against AWS-LC's own: each opens what the other seals, and of records
//! that are damaged in every way both take the same.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use aes::{
    Aes128,
    cipher::{Array, BlockModeEncrypt, KeyIvInit},
};
use ring::hmac;
use rustls::{
    ContentType, ProtocolVersion, SupportedCipherSuite,
    crypto::cipher::{AeadKey, InboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm},
};
use shipctl::driver::tls::Suite;

use super::peer::{build_with_cargo, built};

const MAC_KEY: [u8; 32] = [3; 32];
const THE_KEY: [u8; 16] = [5; 16];
const IV: [u8; 16] = [7; 16];
const NUMBER: u64 = 9;

/// Number, type and version of every record here.
const HEADER: [u8; 11] = [0, 0, 0, 0, 0, 0, 0, NUMBER as u8, 23, 3, 3];

struct AwsLc {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for AwsLc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl AwsLc {
    /// `None` where it cannot be built here.
    fn start() -> Option<Self> {
        static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
        let build = || build_with_cargo("aws-lc", "aws-lc-records");
        let program = PROGRAM.get_or_init(|| built("AWS-LC", build)).as_ref()?;
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("what was built starts");
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Self { child, input, output: BufReader::new(output) })
    }

    fn ask(&mut self, what: &str, arguments: &[&[u8]]) -> Option<Vec<u8>> {
        let keys = [&MAC_KEY[..], &THE_KEY].concat();
        let words = [&keys[..], &HEADER].into_iter().chain(arguments.iter().copied()).map(hex);
        writeln!(self.input, "{what} {}", words.collect::<Vec<_>>().join(" ")).unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        match answer.trim_end() {
            "refused" => None,
            "-" => Some(Vec::new()),
            digits => Some(
                (0..digits.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                    .collect(),
            ),
        }
    }

    fn opens(&mut self, record: &[u8]) -> Option<Vec<u8>> {
        self.ask("open", &[record])
    }

    fn seals(&mut self, text: &[u8]) -> Vec<u8> {
        self.ask("seal", &[&IV, text]).expect("a sealed record")
    }
}

fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".to_owned(),
        bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn ours() -> &'static dyn Tls12AeadAlgorithm {
    let SupportedCipherSuite::Tls12(suite) = Suite::Cbc.rustls() else {
        unreachable!("CBC is a suite of TLS 1.2")
    };
    suite.aead_alg
}

fn we_open(record: &[u8]) -> Option<Vec<u8>> {
    let mut record = record.to_vec();
    let typ = ContentType::ApplicationData;
    let message = InboundOpaqueMessage::new(typ, ProtocolVersion::TLSv1_2, &mut record);
    let mut opener = ours().decrypter(AeadKey::from(MAC_KEY), &THE_KEY);
    opener.decrypt(message, NUMBER).ok().map(|message| message.payload.to_vec())
}

fn we_seal(text: &[u8]) -> Vec<u8> {
    let (typ, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
    let message = OutboundPlainMessage { typ, version, payload: text.into() };
    let mut sealer = ours().encrypter(AeadKey::from(MAC_KEY), &THE_KEY, &[]);
    sealer.encrypt(message, NUMBER).unwrap().payload.as_ref().to_vec()
}

/// The text with its MAC, and so much padding that the last block is full.
fn body(text: &[u8], padding: u8) -> Vec<u8> {
    let length = (text.len() as u16).to_be_bytes();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &MAC_KEY);
    let mac = hmac::sign(&key, &[&HEADER[..], &length, text].concat());
    [text, mac.as_ref(), &vec![padding; usize::from(padding) + 1]].concat()
}

/// A record around whole blocks of anything.
fn encrypted(body: &[u8]) -> Vec<u8> {
    let mut record = [&IV[..], body].concat();
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut record[16..]);
    assert!(rest.is_empty());
    let mut cipher = cbc::Encryptor::<Aes128>::new_from_slices(&THE_KEY, &IV).unwrap();
    cipher.encrypt_blocks(blocks);
    record
}

/// A length that this padding fills up, with a few whole blocks before.
fn fitting(padding: u8, blocks: usize) -> usize {
    (0..16).find(|n| (n + 32 + usize::from(padding) + 1).is_multiple_of(16)).unwrap() + 16 * blocks
}

/// Both sides on the same record.
fn agree(aws_lc: &mut AwsLc, record: &[u8], what: std::fmt::Arguments<'_>) -> Option<Vec<u8>> {
    let taken = we_open(record);
    assert_eq!(taken, aws_lc.opens(record), "{what}: we, and AWS-LC");
    taken
}

#[test]
fn each_opens_what_the_other_seals() {
    let Some(mut aws_lc) = AwsLc::start() else { return };
    for length in (0..=100).chain([255, 256, 1023, 1024, 16_383, 16_384]) {
        let text: Vec<u8> = (0..length).map(|n| n as u8).collect();
        assert_eq!(aws_lc.opens(&we_seal(&text)).as_ref(), Some(&text), "{length}");
        assert_eq!(we_open(&aws_lc.seals(&text)).as_ref(), Some(&text), "{length}");
    }
}

#[test]
fn both_take_every_padding_and_refuse_it_with_a_wrong_byte() {
    let Some(mut aws_lc) = AwsLc::start() else { return };
    for padding in 0..=255 {
        for blocks in [0, 3] {
            let text = vec![b'x'; fitting(padding, blocks)];
            let good = body(&text, padding);
            let taken = agree(&mut aws_lc, &encrypted(&good), format_args!("padding {padding}"));
            assert_eq!(taken, Some(text));
            // The first byte of the padding, the last but one, and the one that tells its length.
            for from_end in [usize::from(padding), 1, 0] {
                let mut bad = good.clone();
                let at = bad.len() - 1 - from_end;
                bad[at] ^= 0x11;
                let what = format_args!("padding {padding} of {blocks}, byte {from_end}");
                agree(&mut aws_lc, &encrypted(&bad), what);
            }
        }
    }
}

#[test]
fn both_judge_every_damaged_byte_and_every_length_alike() {
    let Some(mut aws_lc) = AwsLc::start() else { return };
    let mut taken = 0;
    for good in [body(b"", 15), body(b"a message", 22), body(&[b'x'; 40], 7)] {
        for at in 0..good.len() {
            for flip in [1, 0x10, 0x80, 0xFF] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                let what = format_args!("byte {at} ^ {flip}");
                taken += usize::from(agree(&mut aws_lc, &encrypted(&bad), what).is_some());
            }
        }
        let record = encrypted(&good);
        for length in 0..record.len() {
            let what = format_args!("{length} bytes of {}", record.len());
            taken += usize::from(agree(&mut aws_lc, &record[..length], what).is_some());
        }
    }
    assert_eq!(taken, 0);
}

#[test]
fn both_judge_records_made_at_random_alike() {
    let Some(mut aws_lc) = AwsLc::start() else { return };
    let mut random = fastrand::Rng::with_seed(1);
    let (mut taken, rounds) = (0, 2_000);
    for round in 0..rounds {
        let mut text = vec![0; random.usize(..120)];
        random.fill(&mut text);
        let least = 15 - (text.len() + 32) % 16;
        let mut bytes = body(&text, (least + 16 * random.usize(..15)) as u8);
        // One byte after the text is another one, or some blocks at the end are missing.
        match random.u8(..4) {
            0 => bytes.truncate(random.usize(..=bytes.len() / 16) * 16),
            1 | 2 => {
                let at = random.usize(text.len()..bytes.len());
                bytes[at] = random.u8(..);
            }
            _ => {}
        }
        let what = format_args!("round {round}");
        taken += usize::from(agree(&mut aws_lc, &encrypted(&bytes), what).is_some());
    }
    assert!((rounds / 8..rounds / 2).contains(&taken), "{taken} were good");
}
