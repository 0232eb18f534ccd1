//! Bytes of a peer behind the upgrade: frames are counted alike however the bytes are cut, and as many as
//! the WebSocket library reads.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use shipctl::driver::frames::FrameCounter;
use tungstenite::protocol::frame::FrameHeader;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    cuts: [u8; 4],
    bytes: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let Input { cuts, bytes } = input;
    let mut whole = FrameCounter::default();
    whole.take(bytes);
    let mut cut = FrameCounter::default();
    let (mut rest, mut sizes) = (bytes, cuts.iter().cycle());
    while !rest.is_empty() {
        let size = usize::from(*sizes.next().expect("a cycle")).clamp(1, rest.len());
        cut.take(&rest[..size]);
        rest = &rest[size..];
    }
    assert_eq!(whole.count(), cut.count());
    assert!(whole.count() as usize <= bytes.len() / 2, "a header has two bytes at least");

    // The library's own reader, as far as it takes what came.
    let (mut cursor, mut read) = (std::io::Cursor::new(bytes), 0);
    while let Ok(Some((_, length))) = FrameHeader::parse(&mut cursor) {
        read += 1;
        cursor.set_position(cursor.position().saturating_add(length).min(bytes.len() as u64));
    }
    assert!(whole.count() >= read, "{} of {read}", whole.count());
});
