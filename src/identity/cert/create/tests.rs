use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

use super::*;

/// Early in 2026.
const NOW: OffsetDateTime = EARLIEST.saturating_add(Duration::days(400));

fn generate() -> Identity {
    Identity::generate(None, NOW).unwrap()
}

#[test]
fn a_new_certificate_is_what_ship_asks_for() {
    let identity = generate();
    let peer = read(identity.certificate_der()).unwrap();
    assert_eq!(peer.remarks, []);
    assert_eq!(peer.claimed_ski, Some(identity.ski()));
    assert_eq!(
        identity.ship_id().as_str(),
        format!("shipctl-{}", &identity.ski().to_string()[..8])
    );
    assert_eq!(peer.common_name.as_deref(), Some(identity.ship_id().as_str()));
    assert!(peer.expiry(NOW).is_none());
    assert!(peer.not_after.unwrap() >= NOW.replace_year(2036).unwrap());
    assert_eq!(identity.fingerprint().len(), 64);
    assert_ne!(identity.ski(), generate().ski());
}

#[test]
fn the_longest_ship_id_still_gives_a_lean_certificate() {
    let ship_id: ShipId = "i".repeat(ShipId::MAX_BYTES).parse().unwrap();
    let identity = Identity::generate(Some(&ship_id), NOW).unwrap();
    assert_eq!(identity.ship_id(), &ship_id);
    assert!(identity.certificate_der().len() < 790);
    assert_eq!(read(identity.certificate_der()).unwrap().remarks, []);
}

#[test]
fn a_clock_that_was_never_set_still_gives_a_valid_certificate() {
    let identity = Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap();
    assert!(identity.certificate().expiry(NOW).is_none());
}

#[test]
fn what_is_written_as_pem_is_read_back() {
    let made = generate();
    let read = Identity::from_pem(&made.certificate_pem(), &made.key_pem()).unwrap();
    assert_eq!(read.certificate(), made.certificate());
    assert_eq!(read.key_der().secret_pkcs8_der(), made.key_der().secret_pkcs8_der());
    // ring and rcgen take the key as we write it.
    assert!(KeyPair::from_pem(&made.key_pem()).is_ok());
}

#[test]
fn keys_of_other_tools_are_taken_whatever_their_form() {
    let made = generate();
    let scalar = scalar_of(&PrivateKeyDer::from(made.key_der())).unwrap();
    // SEC 1 without parameters and public key, and PKCS #8 around just that.
    let sec1 = [&[0x30, 0x25, 2, 1, 1, 4, 32][..], scalar.as_slice()].concat();
    let head = [0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7];
    let p256 = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    let ec = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
    let bare = [&head[..], &ec, &p256, &[4, 0x27], &sec1].concat();
    for (label, der) in [("EC PRIVATE KEY", sec1), ("PRIVATE KEY", bare)] {
        let key = format!("some words\n{}", *pem(label, &der));
        let taken = Identity::from_pem(&made.certificate_pem(), &key).unwrap();
        assert_eq!(*taken.key_pem(), *made.key_pem(), "{label}");
    }
}

#[test]
fn what_is_no_identity_is_refused_with_its_reason() {
    let (ours, other) = (generate(), generate());
    let (cert, key) = (ours.certificate_pem(), ours.key_pem());
    let refused = |cert: &str, key: &str| {
        Identity::from_pem(cert, key).expect_err("it is no identity").to_string()
    };
    let pem_of = |algorithm| KeyPair::generate_for(algorithm).unwrap().serialize_pem();
    for (cert, key, says) in [
        ("", &**key, "no certificate in it"),
        (&**key, &**key, "no certificate in it"),
        (&cert, "", "no private key in it"),
        (&cert, &cert, "no private key in it"),
        (&cert, &other.key_pem(), "does not belong"),
        (&cert, &pem_of(&PKCS_ECDSA_P384_SHA384), "secp256r1"),
        (&cert, &key.replace("BEGIN ", "BEGIN ENCRYPTED "), "password"),
        (&cert, &pem("PRIVATE KEY", &[0x30, 0x80]), "not a readable"),
        (&pem("CERTIFICATE", b"no"), &key, "no X.509 certificate that can be read"),
    ] {
        let error = refused(cert, key);
        assert!(error.contains(says), "{error}");
    }
    // An Ed25519 key has 32 bytes as well, but at another place.
    assert!(refused(&cert, &pem_of(&PKCS_ED25519)).contains("secp256r1"));
}

/// As Go code of 2021 did it: `sha1.Sum(x509.MarshalECPrivateKey(key))`, and the same of PKCS #8.
#[test]
fn ski_of_the_private_key_is_recognised_by_import_and_refused_of_a_peer() {
    let made = generate();
    let pkcs8_der = made.key_der();
    let pair = KeyPair::try_from(pkcs8_der.secret_pkcs8_der()).unwrap();
    let scalar = scalar_of(&PrivateKeyDer::from(made.key_der())).unwrap();
    let curve = [0xA0, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    let point = [&[0xA1, 0x44, 3, 0x42, 0][..], pair.public_key_raw()].concat();
    let go = [&[0x30, 0x77, 2, 1, 1, 4, 32][..], scalar.as_slice(), &curve, &point].concat();
    for key in [&go[..], pkcs8_der.secret_pkcs8_der()] {
        let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, key);
        let claimed = Ski::from_bytes(sha1.as_ref().try_into().unwrap());
        let certificate = params("manager", claimed, NOW).self_signed(&pair).unwrap();
        let refused = Identity::from_pem(&certificate.pem(), &pem("EC PRIVATE KEY", &go));
        let error = refused.expect_err("its SKI is wrong");
        let IdentityError::Certificate(CertError::ForgedSki { mistake, actual, .. }) = error else {
            panic!("{error}");
        };
        assert_eq!((mistake, actual), (Some(SkiMistake::PrivateKey), made.ski()));
        assert!(error.to_string().contains("SHA-1 of the private key"), "{error}");
        assert!(error.hint().contains("openssl req -x509 -key"), "{}", error.hint());
        assert!(!error.to_string().contains("forgery"), "{error}");

        // A peer shows no private key.
        let error = read(certificate.der()).unwrap_err();
        assert!(matches!(error, CertError::ForgedSki { mistake: None, .. }), "{error}");
        let says = error.to_string();
        assert!(says.contains("a forgery, or") && says.contains("private key"), "{says}");
    }
    // With another key it is as wrong as any.
    let claimed = Ski::from_bytes([7; 20]);
    let certificate = params("manager", claimed, NOW).self_signed(&pair).unwrap();
    let error = Identity::from_pem(&certificate.pem(), &generate().key_pem()).unwrap_err();
    let forged = IdentityError::Certificate(CertError::ForgedSki {
        claimed,
        actual: made.ski(),
        mistake: None,
    });
    assert_eq!(error.to_string(), forged.to_string());
}

#[test]
fn our_own_certificate_needs_the_ski_extension() {
    let pair = KeyPair::generate().unwrap();
    let cert = CertificateParams::default().self_signed(&pair).unwrap();
    assert!(matches!(
        Identity::from_pem(&cert.pem(), &pair.serialize_pem()),
        Err(IdentityError::NoSki)
    ));
}

#[test]
fn the_private_key_is_never_printed() {
    let identity = generate();
    let pem = identity.key_pem();
    let shown = format!("{identity:?}");
    assert!(shown.contains(&identity.ski().to_string()), "{shown}");
    assert!(pem.lines().all(|line| !shown.contains(line)));
}
