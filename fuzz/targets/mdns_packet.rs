//! A packet on the mDNS port: it may be cut anywhere, and names may point anywhere.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::mdns::packet::{query, read};

fuzz_target!(|bytes: &[u8]| {
    let Some(message) = read(bytes) else {
        assert!(bytes.len() < 12, "a whole header is a message");
        return;
    };
    assert!(message.types.is_sorted());
    // A record takes 11 bytes at least, so the answer is bounded by the packet.
    assert!(message.types.len() <= bytes.len() / 11);
    for service in &message.types {
        assert!(service.len() <= 255 * 3, "{service:?}");
        let asked =
            read(&query(1, &[&format!("{service}.local")])).expect("our query is a message");
        assert!(!asked.is_response && asked.types.is_empty());
    }
    // Of a packet that is cut off counts what comes before.
    for end in [bytes.len() / 2, bytes.len() - 1] {
        if let Some(cut) = read(&bytes[..end]) {
            assert!(cut.types.iter().all(|service| message.types.contains(service)));
        }
    }
});
