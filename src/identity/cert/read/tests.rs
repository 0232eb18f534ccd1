//! A corpus of odd certificates, each with exactly what is said about it.

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData, SerialNumber,
};

use super::*;

const SKI_OID: &[u64] = &[2, 5, 29, 14];

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn ski_extension(ski: &[u8]) -> CustomExtension {
    let value = [&[der::OCTET_STRING, ski.len() as u8][..], ski].concat();
    CustomExtension::from_oid_content(SKI_OID, value)
}

fn genuine(key: &KeyPair) -> CustomExtension {
    ski_extension(ski_of(key.public_key_raw().try_into().unwrap()).as_bytes())
}

/// A certificate with these oddities over an otherwise faultless one.
fn certificate(odd: impl FnOnce(&mut CertificateParams, &KeyPair)) -> Vec<u8> {
    let key = key();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Demo");
    params.serial_number = Some(SerialNumber::from_slice(&[1]));
    params.custom_extensions = vec![genuine(&key)];
    odd(&mut params, &key);
    params.self_signed(&key).unwrap().der().to_vec()
}

/// The same with these bytes replaced once; only for replacements of the same length.
fn patched(mut der: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = der.windows(from.len()).position(|it| it == from).expect("the bytes to patch");
    der[at..at + to.len()].copy_from_slice(to);
    der
}

fn remarks(der: &[u8]) -> Vec<CertRemark> {
    read(der).unwrap().remarks
}

#[test]
fn a_faultless_certificate_is_read_without_remarks() {
    let peer = read(&certificate(|_, _| {})).unwrap();
    assert_eq!(peer.remarks, []);
    assert_eq!(peer.ski, ski_of(&peer.public_key));
    assert_eq!(peer.claimed_ski, Some(peer.ski));
    assert_eq!(peer.common_name.as_deref(), Some("Demo"));
    assert_eq!(peer.not_before, OffsetDateTime::from_unix_timestamp(157_766_400).ok());
    assert_eq!(peer.not_after.map(OffsetDateTime::year), Some(4096));
}

#[test]
fn a_missing_or_short_ski_is_remarked_and_the_key_identifies_all_the_same() {
    let peer = read(&certificate(|params, _| params.custom_extensions.clear())).unwrap();
    assert_eq!((peer.remarks, peer.claimed_ski), (vec![CertRemark::NoSki], None));
    let der = certificate(|params, _| params.custom_extensions = vec![ski_extension(&[1; 8])]);
    let peer = read(&der).unwrap();
    assert_eq!((peer.remarks, peer.claimed_ski), (vec![CertRemark::SkiLength(8)], None));
    assert_eq!(peer.ski, ski_of(&peer.public_key));
}

#[test]
fn a_forged_ski_is_refused_wherever_it_stands() {
    let forged = [0xAB; 20];
    for order in [&[false][..], &[true, false], &[false, true]] {
        let der = certificate(|params, key| {
            let extension = |&ours: &bool| if ours { genuine(key) } else { ski_extension(&forged) };
            params.custom_extensions = order.iter().map(extension).collect();
        });
        let error = read(&der).unwrap_err();
        assert!(
            matches!(error, CertError::ForgedSki { claimed, .. } if *claimed.as_bytes() == forged),
            "{error}"
        );
        assert_eq!(error.code(), "CERT-02");
    }
}

#[test]
fn other_keys_are_refused_by_name() {
    for (algorithm, says) in [
        (&PKCS_ECDSA_P384_SHA384, "on the curve secp384r1 (1.3.132.0.34)"),
        (&PKCS_ED25519, "of the kind Ed25519 (1.3.101.112)"),
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let der = CertificateParams::default().self_signed(&key).unwrap();
        let error = read(der.der()).unwrap_err();
        assert_eq!(error, CertError::NotP256(says.to_owned()));
        assert_eq!(error.code(), "CERT-07");
    }
    // 00 unused bits, then 04: a hybrid point, and one bit less than whole bytes.
    let error = |to| read(&patched(certificate(|_, _| {}), &[3, 0x42, 0, 4], to)).unwrap_err();
    assert_eq!(error(&[3, 0x42, 0, 6]), CertError::NotUncompressed { length: 65 });
    assert!(matches!(error(&[3, 0x42, 1, 4]), CertError::Malformed(_)));
}

#[test]
fn a_compressed_point_is_refused() {
    let algorithm =
        [&[0x30, 0x39, 0x30, 0x13, 6, 7][..], EC_PUBLIC_KEY, &[6, 8], PRIME256V1, &[3, 0x22, 0, 2]];
    let mut info = algorithm.concat();
    info.extend([9; 32]);
    let long_length = Cell::new(false);
    let info = Der::new(&info, &long_length).enter(der::SEQUENCE, "").unwrap();
    assert_eq!(read_key(info), Err(CertError::NotUncompressed { length: 33 }));
}

#[test]
fn what_is_odd_is_remarked_and_read() {
    let authority = certificate(|params, _| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.custom_extensions.clear();
        params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1; 4]);
    });
    let short = CertRemark::SkiLength(4);
    assert_eq!(remarks(&authority), [short.clone(), CertRemark::Authority]);
    // The wallbox family of CERT-05: TRUE as 01, in the constraint and as the critical mark.
    let boolean = CertRemark::Boolean(1);
    let wallbox = patched(authority.clone(), &[0x30, 3, 1, 1, 0xFF], &[0x30, 3, 1, 1, 1]);
    assert_eq!(remarks(&wallbox), [short.clone(), boolean.clone(), CertRemark::Authority]);
    let wallbox = patched(authority, &[0x1D, 0x13, 1, 1, 0xFF], &[0x1D, 0x13, 1, 1, 1]);
    assert_eq!(remarks(&wallbox), [short, boolean, CertRemark::Authority]);

    let unknown = certificate(|params, _| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    assert_eq!(remarks(&unknown), [CertRemark::UnknownCritical("1.2.3".to_owned())]);
    let twice = certificate(|params, key| params.custom_extensions.push(genuine(key)));
    assert_eq!(remarks(&twice), [CertRemark::Duplicate("2.5.29.14".to_owned())]);
    let invisible = certificate(|params, _| {
        params.distinguished_name.push(DnType::CommonName, "De\u{202e}mo\u{7}");
    });
    assert_eq!(remarks(&invisible), [CertRemark::Subject]);
    assert_eq!(read(&invisible).unwrap().common_name.as_deref(), Some("Demo"));
    let mut longer = certificate(|_, _| {});
    longer.extend([0, 0]);
    assert_eq!(remarks(&longer), [CertRemark::TrailingBytes(2)]);
}

#[test]
fn odd_serial_numbers_versions_and_dates_are_remarked() {
    let plain = || certificate(|_, _| {});
    let version = [0xA0, 3, 2, 1, 2];
    let serial = |to: [u8; 3]| remarks(&patched(plain(), &[2, 1, 1, 0x30], &to));
    assert_eq!(serial([2, 1, 0]), [CertRemark::Serial("zero")]);
    assert_eq!(serial([2, 1, 0x80]), [CertRemark::Serial("negative")]);
    let long = certificate(|params, _| {
        params.serial_number = Some(SerialNumber::from_slice(&[1; 21]));
    });
    assert_eq!(remarks(&long), [CertRemark::Serial("longer than 20 bytes")]);
    let v2 = patched(plain(), &version, &[0xA0, 3, 2, 1, 1]);
    assert_eq!(remarks(&v2), [CertRemark::Version(2)]);
    // 75 is the year of the start of validity.
    let never = patched(plain(), b"750101", b"751301");
    assert_eq!(remarks(&never), [CertRemark::UnreadableValidity]);
}

#[test]
fn a_v1_certificate_without_extensions_is_read() {
    let key = key();
    let point: &[u8] = key.der_bytes();
    let name = [0x30, 0];
    let algorithm = [&[0x30, 0x13, 6, 7][..], EC_PUBLIC_KEY, &[6, 8], PRIME256V1].concat();
    let bits = [&[3, 0x42, 0], point].concat();
    let mut tbs = [&[2, 1, 1, 0x30, 0][..], &name].concat();
    tbs.extend([&[0x30, 30][..], b"\x17\x0d250101000000Z\x17\x0d350101000000Z"].concat());
    tbs.extend(name);
    tbs.extend([0x30, (algorithm.len() + bits.len()) as u8]);
    tbs.extend([algorithm, bits].concat());
    // Two bytes of length where one would do, as well.
    let body = [&[0x30, 0x82, 0, tbs.len() as u8][..], &tbs].concat();
    let der = [&[0x30, 0x82, 0, body.len() as u8][..], &body].concat();
    assert_eq!(
        remarks(&der),
        [
            CertRemark::Version(1),
            CertRemark::Signature("?".to_owned()),
            CertRemark::NoSki,
            CertRemark::LongLength
        ]
    );
}

#[test]
fn expiry_depends_on_the_clock_alone() {
    let peer = read(&certificate(|_, _| {})).unwrap();
    let (from, until) = (peer.not_before.unwrap(), peer.not_after.unwrap());
    let second = time::Duration::SECOND;
    assert_eq!(peer.expiry(from - second), Some(CertRemark::NotYetValid(from)));
    assert_eq!(peer.expiry(from), None);
    assert_eq!(peer.expiry(until), None);
    assert_eq!(peer.expiry(until + second), Some(CertRemark::Expired(until)));
    assert_eq!(CertRemark::Expired(until).code(), "CERT-06");
}

#[test]
fn too_many_extensions_are_refused() {
    let many = |count| {
        certificate(|params, _| {
            params.custom_extensions.extend(
                (1..count).map(|n| CustomExtension::from_oid_content(&[1, 2, n], vec![5, 0])),
            );
        })
    };
    assert_eq!(remarks(&many(64)), []);
    assert_eq!(read(&many(65)), Err(CertError::Malformed("at most 64 extensions")));
}

#[test]
fn a_certificate_cut_anywhere_is_refused_without_panic() {
    let der = certificate(|_, _| {});
    for end in 0..der.len() {
        assert!(matches!(read(&der[..end]), Err(CertError::Malformed(_))), "{end}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_changed_bytes_never_let_another_key_claim_an_ski(
        changes in proptest::collection::vec(any::<(prop::sample::Index, u8)>(), 1..4),
    ) {
        let mut der = certificate(|_, _| {});
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Ok(peer) = read(&der) {
            prop_assert_eq!(peer.ski, ski_of(&peer.public_key));
            prop_assert!(peer.claimed_ski.is_none_or(|claimed| claimed == peer.ski));
        }
    }
}
