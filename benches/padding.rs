//! How long it takes to refuse a CBC record, by what is wrong with it, and to take a good one.
//!
//! `cargo bench --bench padding [-- N]` opens N records of each class, in a random order, and
//! prints the time of each class with Welch's t against the first. Whoever can tell the classes of
//! refused records apart by their time can read the plaintext (Lucky 13): there |t| should stay
//! below about 4.5, give or take the noise of the machine. It reports and asserts nothing.

use std::{hint::black_box, time::Instant};

use rustls::{
    ContentType, ProtocolVersion, SupportedCipherSuite,
    crypto::cipher::{
        AeadKey, InboundOpaqueMessage, MessageDecrypter, MessageEncrypter, OutboundPlainMessage,
    },
};
use shipctl::driver::tls::Suite;

/// As many bytes of text as a record of SHIP carries.
const TEXT: usize = 1024;

const TYP: ContentType = ContentType::ApplicationData;
const VERSION: ProtocolVersion = ProtocolVersion::TLSv1_2;

/// A class of records, made of a good one by a change of its bytes.
struct Class {
    name: &'static str,
    record: Vec<u8>,
    nanoseconds: Vec<f64>,
}

fn main() {
    let count = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let (mut seal, mut open) = protection();
    let message =
        OutboundPlainMessage { typ: TYP, version: VERSION, payload: (&[7; TEXT][..]).into() };
    let Ok(sealed) = seal.encrypt(message, 0) else { return };
    let good = sealed.payload.as_ref().to_vec();
    // In CBC a bit flipped in one block flips the same bit of the next one's text.
    let flipped = |from_end: usize, mask: u8| {
        let mut record = good.clone();
        let at = record.len() - 1 - 16 - from_end;
        record[at] ^= mask;
        record
    };
    let mut classes = [
        // The last block is 16 bytes of 15; the 32 before it are the MAC.
        ("good padding, wrong MAC", flipped(16 + 31, 1)),
        ("no padding (last byte 00), wrong MAC", flipped(0, 15)),
        ("padding wrong in its first byte", flipped(15, 1)),
        ("padding wrong in its last byte but one", flipped(1, 1)),
        ("padding far too long (last byte FF)", flipped(0, 15 ^ 0xFF)),
        ("a good record", good.clone()),
    ]
    .map(|(name, record)| Class { name, record, nanoseconds: Vec::with_capacity(count) });

    let mut buffer = good;
    for round in 0..classes.len() * count {
        // The same number of each, interleaved, so that drift of the machine hits all alike.
        if round % classes.len() == 0 {
            fastrand::shuffle(&mut classes);
        }
        let class = &mut classes[round % classes.len()];
        buffer.copy_from_slice(&class.record);
        let began = Instant::now();
        let _ = black_box(open.decrypt(InboundOpaqueMessage::new(TYP, VERSION, &mut buffer), 0));
        class.nanoseconds.push(began.elapsed().as_nanos() as f64);
    }
    report(&mut classes);
}

fn report(classes: &mut [Class]) {
    classes.sort_by_key(|class| (class.name == "a good record", class.name));
    // What interrupts us is not what we measure: the slowest tenth of each class is left out.
    for class in &mut *classes {
        class.nanoseconds.sort_by(f64::total_cmp);
        class.nanoseconds.truncate(class.nanoseconds.len() * 9 / 10);
    }
    let reference = Figures::of(&classes[0].nanoseconds);
    for class in classes {
        let it = Figures::of(&class.nanoseconds);
        let t = (it.mean - reference.mean) / (it.error.powi(2) + reference.error.powi(2)).sqrt();
        println!(
            "{:<40} median {:>6.0} ns  mean {:>8.1} ns  t {t:>6.1}",
            class.name,
            class.nanoseconds[class.nanoseconds.len() / 2],
            it.mean
        );
    }
}

struct Figures {
    mean: f64,
    /// The standard error of the mean.
    error: f64,
}

impl Figures {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Self { mean, error: (variance / count).sqrt() }
    }
}

/// What seals and what opens, with the same keys.
fn protection() -> (Box<dyn MessageEncrypter>, Box<dyn MessageDecrypter>) {
    let SupportedCipherSuite::Tls12(suite) = Suite::Cbc.rustls() else {
        unreachable!("CBC is a suite of TLS 1.2")
    };
    let key = || AeadKey::from([3; 32]);
    (suite.aead_alg.encrypter(key(), &[5; 16], &[]), suite.aead_alg.decrypter(key(), &[5; 16]))
}
