//! What a device answers to a ClientHello of old TLS: once something is read, more bytes do not change it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::driver::probe::old_tls::read;

fuzz_target!(|bytes: &[u8]| {
    let first = (0..=bytes.len()).find_map(|end| read(&bytes[..end]));
    assert_eq!(first, read(bytes));
    if bytes.len() > 5 + 39 + 255 + 2 {
        assert!(first.is_some(), "a ServerHello cannot be longer than that");
    }
});
