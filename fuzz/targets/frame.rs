//! Bytes as a message: what is read can be written and is then read as the same, by ship-go too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::proto::{
    codec::{decode, encode},
    message::{Control, Message},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = decode(bytes) else { return };
    let written = encode(&read.message);
    // Every byte of a text may become an escape of six; a key is never left out.
    assert!(written.len() <= 6 * bytes.len() + 200, "{} from {}", written.len(), bytes.len());
    let again = decode(&written).expect("what was read can be written");
    assert_eq!(again.message, read.message);
    assert_eq!(again.remarks, []);

    if is_rewritten(&read.message) {
        let through_ship_go = decode(&rewritten(&written)).expect("ship-go keeps the structure");
        assert_eq!(through_ship_go.message, read.message);
    }
});

/// What ship-go changes before it reads it, data apart, of which it cannot know the structure. An empty
/// list becomes an object then, but nobody offers no format.
fn is_rewritten(message: &Message) -> bool {
    match message {
        Message::Init { .. } | Message::Data(_) => false,
        Message::Control(Control::Protocol(protocol)) => !protocol.formats.is_empty(),
        Message::Control(_) | Message::Close(_) => true,
    }
}

/// What ship-go does to a message before it parses it.
fn rewritten(message: &[u8]) -> Vec<u8> {
    let json = std::str::from_utf8(&message[1..]).expect("a message is UTF-8");
    let json = json.replace("[{", "{").replace("},{", ",").replace("}]", "}").replace("[]", "{}");
    [&message[..1], json.as_bytes()].concat()
}
