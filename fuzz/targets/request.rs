//! The head of a client's request for a WebSocket: refused or read, alike however it arrives.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::driver::ws::parse_request;

fuzz_target!(|bytes: &[u8]| {
    // Byte by byte, as a slow client sends it: the first answer counts.
    let answer = (0..=bytes.len()).find_map(|end| match parse_request(&bytes[..end]) {
        Ok(None) => None,
        Ok(Some((length, request))) => Some(Ok((length, end, request.uri().path().to_owned()))),
        Err(reason) => Some(Err(reason)),
    });
    match answer {
        None => assert_eq!(parse_request(bytes).map(|parsed| parsed.is_none()), Ok(true)),
        Some(Ok((length, end, path))) => {
            assert_eq!(length, end, "what stands behind the head is no part of it");
            assert!(!path.is_empty());
            let (again, request) =
                parse_request(bytes).expect("it was read").expect("it was whole");
            assert_eq!((again, request.uri().path()), (length, &path[..]));
        }
        Some(Err(_)) => {}
    }
});
