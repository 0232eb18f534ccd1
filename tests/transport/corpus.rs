//! A corpus of odd certificates, written byte for byte, each with exactly what becomes of it.

use rcgen::{KeyPair, PublicKeyData as _};
use ring::digest;
use rustls::AlertDescription;
use shipctl::identity::cert::CertRemark::{self, *};
use time::{Date, Month, OffsetDateTime, Time};

/// What becomes of a certificate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It is taken, with these remarks.
    Taken(Vec<CertRemark>),
    /// It is refused with this finding, and the peer sees this alert.
    Refused(&'static str, AlertDescription),
}

/// One odd certificate.
pub(crate) struct Odd {
    pub(crate) name: &'static str,
    pub(crate) der: Vec<u8>,
    pub(crate) fate: Fate,
}

/// The bytes of a certificate before they are put together.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    key: Vec<u8>,
    /// Issuer and subject unique identifiers.
    unique: Vec<u8>,
    extensions: Vec<Vec<u8>>,
}

const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const ECDSA_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
const SKI: &[u8] = &[0x55, 0x1D, 0x0E];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
/// 1.2.3, which nobody knows.
const UNKNOWN: &[u8] = &[0x2A, 3];
const TRUE: [u8; 3] = [1, 1, 0xFF];

/// A value in DER.
fn der(tag: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let length = match value.len() {
        n @ 0..0x80 => vec![n as u8],
        n @ 0x80..0x100 => vec![0x81, n as u8],
        n => [&[0x82][..], &(n as u16).to_be_bytes()].concat(),
    };
    [&[tag][..], &length, value].concat()
}

fn sequence(values: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, values.concat())
}

fn oid(oid: &[u8]) -> Vec<u8> {
    der(6, oid)
}

/// A name of a common name alone, as a string of this tag.
fn name(tag: u8, text: &[u8]) -> Vec<u8> {
    sequence(&[der(0x31, sequence(&[oid(&[0x55, 4, 3]), der(tag, text)]))])
}

fn validity(from: (u8, &str), until: (u8, &str)) -> Vec<u8> {
    sequence(&[der(from.0, from.1), der(until.0, until.1)])
}

fn key_info(kind: &[u8], parameters: Vec<u8>, bits: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[oid(kind), parameters]), der(3, bits)])
}

fn extension(kind: &[u8], critical: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[oid(kind), critical.to_vec(), der(4, value)])
}

fn ski(bytes: &[u8]) -> Vec<u8> {
    extension(SKI, &[], &der(4, bytes))
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn utc(year: i32) -> OffsetDateTime {
    let date = Date::from_calendar_date(year, Month::January, 1).unwrap();
    OffsetDateTime::new_utc(date, Time::MIDNIGHT)
}

impl Parts {
    /// A faultless certificate of this point.
    fn of(point: &[u8]) -> Self {
        Self {
            version: der(0xA0, der(2, [2])),
            serial: der(2, [1]),
            signature: sequence(&[oid(ECDSA_SHA256)]),
            issuer: name(0x0C, b"Demo"),
            validity: validity((0x17, "250101000000Z"), (0x18, "99991231235959Z")),
            subject: name(0x0C, b"Demo"),
            key: key_info(EC, oid(P256), &[&[0], point].concat()),
            unique: Vec::new(),
            extensions: vec![ski(&sha1(point))],
        }
    }

    fn tbs(self) -> Vec<u8> {
        let extensions = match &self.extensions[..] {
            [] => Vec::new(),
            list => der(0xA3, sequence(list)),
        };
        sequence(&[
            self.version,
            self.serial,
            self.signature,
            self.issuer,
            self.validity,
            self.subject,
            self.key,
            self.unique,
            extensions,
        ])
    }

    /// The certificate. Its signature is nothing: possession of the key is what counts.
    fn der(self) -> Vec<u8> {
        let signature = self.signature.clone();
        sequence(&[self.tbs(), signature, der(3, [0, 0x30, 0])])
    }
}

/// The corpus for this key.
pub(crate) fn corpus(key: &KeyPair) -> Vec<Odd> {
    let mut corpus = Corpus { point: key.der_bytes().to_vec(), odd: Vec::new() };
    corpus.skis();
    corpus.numbers_and_dates();
    corpus.names();
    corpus.extensions();
    corpus.keys();
    corpus.encodings();
    corpus.odd
}

struct Corpus {
    point: Vec<u8>,
    odd: Vec<Odd>,
}

const NO_CERTIFICATE: Fate = Fate::Refused("CERT-08", AlertDescription::BadCertificate);
const FORGED: Fate = Fate::Refused("CERT-02", AlertDescription::BadCertificate);
const WRONG_KEY: Fate = Fate::Refused("CERT-07", AlertDescription::UnsupportedCertificate);

impl Corpus {
    fn add(&mut self, name: &'static str, fate: Fate, change: impl FnOnce(&mut Parts, &[u8])) {
        let mut parts = Parts::of(&self.point);
        change(&mut parts, &self.point);
        self.odd.push(Odd { name, der: parts.der(), fate });
    }

    fn taken<const N: usize>(
        &mut self,
        name: &'static str,
        remarks: [CertRemark; N],
        change: impl FnOnce(&mut Parts, &[u8]),
    ) {
        self.add(name, Fate::Taken(remarks.to_vec()), change);
    }

    fn skis(&mut self) {
        self.taken("faultless", [], |_, _| ());
        self.taken("without SKI", [NoSki], |it, _| it.extensions.clear());
        for (name, length) in [("SKI empty", 0), ("SKI of 8", 8), ("SKI of 19", 19), ("of 21", 21)]
        {
            let short = SkiLength(length);
            self.taken(name, [short], |it, _| it.extensions = vec![ski(&vec![7; length])]);
        }
        let sha256_whole = |it: &mut Parts, point: &[u8]| it.extensions = vec![ski(&sha256(point))];
        self.taken("SKI is the whole SHA-256", [SkiLength(32)], sha256_whole);
        self.taken("SKI is no octet string", [UnreadableSki], |it, _| {
            it.extensions = vec![extension(SKI, &[], &[2, 1, 5])];
        });
        self.taken("SKI extension is empty", [UnreadableSki], |it, _| {
            it.extensions = vec![extension(SKI, &[], &[])];
        });
        self.taken("SKI is critical", [], |it, point| {
            it.extensions = vec![extension(SKI, &TRUE, &der(4, sha1(point)))];
        });
        let twice = Duplicate("2.5.29.14".to_owned());
        self.taken("SKI twice", [twice], |it, _| it.extensions.extend(it.extensions.clone()));
        self.add("SKI twice, the second forged", FORGED, |it, _| it.extensions.push(ski(&[7; 20])));
        self.add("SKI forged", FORGED, |it, _| it.extensions = vec![ski(&[7; 20])]);
        self.add("SKI is the truncated SHA-256", FORGED, |it, point| {
            it.extensions = vec![ski(&sha256(point)[..20])];
        });
        self.add("SKI is the SHA-1 of the key info", FORGED, |it, _| {
            it.extensions = vec![ski(&sha1(&it.key))];
        });
    }

    fn numbers_and_dates(&mut self) {
        for (name, serial, what) in [
            ("serial empty", vec![], "empty"),
            ("serial zero", vec![0], "zero"),
            ("serial negative", vec![0x80], "negative"),
            ("serial of 21 bytes", vec![1; 21], "longer than 20 bytes"),
        ] {
            self.taken(name, [Serial(what)], |it, _| it.serial = der(2, serial));
        }
        self.taken("v1", [Version(1), NoSki], |it, _| {
            (it.version, it.extensions) = (Vec::new(), Vec::new());
        });
        self.taken("v1 with extensions", [Version(1)], |it, _| it.version.clear());
        self.taken("v2", [Version(2)], |it, _| it.version = der(0xA0, der(2, [1])));
        self.taken("v9", [Version(9)], |it, _| it.version = der(0xA0, der(2, [8])));
        for (name, from, until, remark) in [
            ("expired", "150101000000Z", "200101000000Z", Expired(utc(2020))),
            ("not yet valid", "400101000000Z", "490101000000Z", NotYetValid(utc(2040))),
            ("of the last century", "500101000000Z", "700101000000Z", Expired(utc(1970))),
            ("13th month", "251301000000Z", "490101000000Z", UnreadableValidity),
            ("in local time", "250101000000+0100", "490101000000Z", UnreadableValidity),
            ("until never", "250101000000Z", "", UnreadableValidity),
        ] {
            let validity = validity((0x17, from), (0x17, until));
            self.taken(name, [remark], |it, _| it.validity = validity);
        }
        self.taken("dates without seconds", [], |it, _| {
            it.validity = validity((0x17, "2501010000Z"), (0x17, "4901010000Z"));
        });
        self.taken("early dates with centuries", [], |it, _| {
            it.validity = validity((0x18, "20250101000000Z"), (0x18, "20490101000000Z"));
        });
        self.taken("dates as text", [UnreadableValidity], |it, _| {
            it.validity = validity((0x0C, "250101000000Z"), (0x0C, "490101000000Z"));
        });
    }

    fn names(&mut self) {
        self.taken("no names", [], |it, _| {
            (it.issuer, it.subject) = (sequence(&[]), sequence(&[]));
        });
        self.taken("UTF-8 name", [], |it, _| it.subject = name(0x0C, "Wärme".as_bytes()));
        self.taken("Teletex name", [], |it, _| it.subject = name(0x14, b"W\xE4rme"));
        self.taken("BMP name", [], |it, _| it.subject = name(0x1E, b"\0W\0\xE4\0r\0m\0e"));
        self.taken("printable name", [], |it, _| it.subject = name(0x13, b"Waerme"));
        self.taken("name with a bell", [Subject], |it, _| it.subject = name(0x0C, b"Wae\x07rme"));
        self.taken("name that is none", [UnreadableSubject], |it, _| {
            it.subject = der(0x30, [5, 0]);
        });
        self.taken("issuer that is none", [], |it, _| it.issuer = der(0x30, [5, 0]));
    }

    fn extensions(&mut self) {
        let constraints = |ca: &[u8]| der(0x30, ca);
        self.taken("authority", [Authority], |it, _| {
            it.extensions.push(extension(BASIC_CONSTRAINTS, &TRUE, &constraints(&TRUE)));
        });
        let ber = [1, 1, 1];
        self.taken("authority by 01", [Boolean(1), Authority], |it, _| {
            it.extensions.push(extension(BASIC_CONSTRAINTS, &TRUE, &constraints(&ber)));
        });
        self.taken("critical by 01", [Boolean(1)], |it, _| {
            it.extensions.push(extension(BASIC_CONSTRAINTS, &ber, &constraints(&[])));
        });
        let unreadable = UnreadableExtension("2.5.29.19".to_owned());
        self.taken("unreadable constraints", [unreadable], |it, _| {
            it.extensions.push(extension(BASIC_CONSTRAINTS, &[], &[5, 0]));
        });
        self.taken("unknown", [], |it, _| it.extensions.push(extension(UNKNOWN, &[], &[5, 0])));
        let critical = UnknownCritical("1.2.3".to_owned());
        self.taken("unknown critical", [critical.clone()], |it, _| {
            it.extensions.push(extension(UNKNOWN, &TRUE, &[5, 0]));
        });
        self.taken("unknown by 2A", [Boolean(0x2A), critical], |it, _| {
            it.extensions.push(extension(UNKNOWN, &[1, 1, 0x2A], &[5, 0]));
        });
        self.taken("unique identifiers", [], |it, _| {
            it.unique = [der(0x81, [0, 1]), der(0x82, [0, 2])].concat();
        });
        self.add("65 extensions", NO_CERTIFICATE, |it, _| {
            it.extensions.extend((1..65).map(|n| extension(&[0x2A, n], &[], &[5, 0])));
        });
        self.add("extension that is none", NO_CERTIFICATE, |it, _| {
            it.extensions.push(der(4, [1, 2, 3]));
        });
        let rsa = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
        self.taken("signed by RSA", [Signature("1.2.840.113549.1.1.11".to_owned())], |it, _| {
            it.signature = sequence(&[oid(&rsa), vec![5, 0]]);
        });
        let sha1 = Signature("1.2.840.10045.4.1".to_owned());
        self.taken("signed with SHA-1", [sha1], |it, _| {
            it.signature = sequence(&[oid(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1])]);
        });
        let none = Signature("?".to_owned());
        self.taken("signed by nothing", [none], |it, _| it.signature = sequence(&[]));
    }

    fn keys(&mut self) {
        let rsa = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
        let numbers = [&[0][..], &sequence(&[der(2, [0x7F; 256]), der(2, [1, 0, 1])])].concat();
        self.add("RSA", WRONG_KEY, |it, _| it.key = key_info(&rsa, vec![5, 0], &numbers));
        self.add("Ed25519", WRONG_KEY, |it, _| {
            it.key = key_info(&[0x2B, 0x65, 0x70], Vec::new(), &[9; 33]);
        });
        let point = |length: usize| [vec![0, 4], vec![9; length - 1]].concat();
        for (name, curve, length) in [
            ("P-224", &[0x2B, 0x81, 4, 0, 0x21][..], 57),
            ("P-384", &[0x2B, 0x81, 4, 0, 0x22], 97),
            ("P-521", &[0x2B, 0x81, 4, 0, 0x23], 133),
            ("secp256k1", &[0x2B, 0x81, 4, 0, 0x0A], 65),
            ("brainpoolP256r1", &[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7], 65),
        ] {
            self.add(name, WRONG_KEY, |it, _| it.key = key_info(EC, oid(curve), &point(length)));
        }
        self.add("curve written out", WRONG_KEY, |it, _| {
            it.key = key_info(EC, sequence(&[der(2, [1])]), &point(65));
        });
        self.add("compressed point", WRONG_KEY, |it, _| {
            it.key = key_info(EC, oid(P256), &[vec![0, 2], vec![9; 32]].concat());
        });
        self.add("hybrid point", WRONG_KEY, |it, point| {
            it.key = key_info(EC, oid(P256), &[&[0, 6], &point[1..]].concat());
        });
        self.add("no point", WRONG_KEY, |it, _| it.key = key_info(EC, oid(P256), &[0, 0]));
        self.add("half a byte", NO_CERTIFICATE, |it, point| {
            it.key = key_info(EC, oid(P256), &[&[4], point].concat());
        });
        // Read without fault, but nobody can hold the key of it.
        let unprovable = Fate::Refused("CERT-02", AlertDescription::DecryptError);
        self.add("point beside the curve", unprovable, |it, point| {
            let mut beside = point.to_vec();
            beside[64] ^= 1;
            it.key = key_info(EC, oid(P256), &[&[0], &beside[..]].concat());
            it.extensions = vec![ski(&sha1(&beside))];
        });
    }

    fn encodings(&mut self) {
        let plain = Parts::of(&self.point).der();
        let tbs = Parts::of(&self.point).tbs();
        let mut add = |name, der, fate| self.odd.push(Odd { name, der, fate });
        let taken = |remark| Fate::Taken(vec![remark]);
        add("bytes at its end", [&plain[..], &[0, 0, 7]].concat(), taken(TrailingBytes(3)));
        // Its length takes more than 127 bytes: a count of digits, and the digits.
        let (digits, body) = plain[2..].split_at(usize::from(plain[1] & 0x7F));
        let count = 0x81 + digits.len() as u8;
        let long = [&[0x30, count, 0][..], digits, body].concat();
        add("long length", long, taken(LongLength));
        let unsigned = sequence(&[tbs]);
        add("without signature", unsigned, Fate::Taken(Vec::new()));
        let endless = [&[0x30, 0x80][..], body, &[0, 0]].concat();
        add("indefinite length", endless, NO_CERTIFICATE);
        add("cut in half", plain[..plain.len() / 2].to_vec(), NO_CERTIFICATE);
        add("one byte", vec![0x30], NO_CERTIFICATE);
        add("text", b"-----BEGIN CERTIFICATE-----\n".to_vec(), NO_CERTIFICATE);
        add("zeros", vec![0; 400], NO_CERTIFICATE);
    }
}
