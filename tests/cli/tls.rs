//! The flags about TLS, and what is said about them.

use std::fs;

use super::kit::*;

#[test]
fn the_mandatory_suite_alone_pairs_and_both_sides_say_so() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once", "--tls-suites", "cbc"]);
    let address = listening.address();
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--json"]);
    assert_eq!(ran.done().last()["outcome"], "completed");
    for ran in [ran, listening.end()] {
        let lines = ran.done().json();
        let told = lines.iter().find(|it| it["code"] == "TLS-06").expect("what was agreed upon");
        let message = told["message"].as_str().unwrap();
        assert!(message.contains("AES_128_CBC_SHA256"), "{message}");
        assert!(told["advice"].as_str().unwrap().contains("allowed"), "{told}");
    }
}

#[test]
fn a_key_log_is_warned_of_and_only_its_owner_can_read_it() {
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut listening = b.start(&["listen", "--accept", &a_ski, "--once"]);
    let address = listening.address();
    let keys = a.path("keys.log");
    let ran = a.net(&["pair", &b_ski, "--address", &address, "--keylog", &keys]);
    ran.done();
    assert!(ran.err.contains("THE KEYS OF EVERY CONNECTION ARE WRITTEN TO"), "{ran:?}");
    assert!(ran.err.contains("OWN-05") && ran.err.contains("delete the file"), "{ran:?}");
    let text = fs::read_to_string(&keys).unwrap();
    // The format of NSS: a label, 32 bytes, 48 bytes.
    for line in text.lines() {
        let [label, random, secret] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert_eq!((label, random.len(), secret.len()), ("CLIENT_RANDOM", 64, 96));
    }
    assert!(!text.is_empty());
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&keys).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let ran = a.net(&["pair", &b_ski, "--keylog", &a.path("nowhere/keys.log")]);
    ran.failed(74, "cannot write the keys to");
}

#[test]
fn what_is_no_suite_or_version_is_refused_with_what_there_is() {
    let shipctl = Shipctl::new();
    for (flag, wrong, known) in
        [("--tls-suites", "gcm,rc4", "gcm, ccm8 or cbc"), ("--tls-versions", "1.1", "1.2 or 1.3")]
    {
        let ran = shipctl.run(&["pair", SKI, flag, wrong]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(known), "{ran:?}");
    }
}
