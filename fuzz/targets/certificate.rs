//! Bytes as the certificate of a peer.

#![no_main]

mod kit;

use kit::assert_visible;
use libfuzzer_sys::fuzz_target;
use shipctl::identity::cert;
use time::OffsetDateTime;

fuzz_target!(|der: &[u8]| {
    let read = match cert::read(der) {
        Ok(read) => read,
        Err(error) => {
            assert_visible(&error.to_string());
            return assert!(error.code().starts_with("CERT-"));
        }
    };
    assert!(read.claimed_ski.is_none_or(|claimed| claimed == read.ski), "a forged SKI passed");
    assert_eq!(read.public_key[0], 4);
    assert_eq!(read.fingerprint, cert::fingerprint(der));
    for name in [&read.common_name, &read.issuer].into_iter().flatten() {
        assert_visible(name);
    }
    let moments =
        [OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH + time::Duration::weeks(9999)];
    let expired = moments.into_iter().filter_map(|now| read.expiry(now));
    for remark in read.remarks.iter().cloned().chain(expired) {
        assert_visible(&remark.to_string());
        assert!(remark.code().starts_with("CERT-"));
    }
    // A certificate is known by its key: nothing behind its end makes another peer of it.
    let longer = cert::read(&[der, &[0]].concat()).expect("what follows is a remark");
    assert_eq!(longer.ski, read.ski);
});
