//! EEBUS JSON to ordinary JSON and back: nothing but the form changes.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use shipctl::proto::codec::plain::{MAX_DEPTH, to_eebus, to_plain};

fuzz_target!(|text: &str| {
    let (plain, eebus) = (to_plain(text), to_eebus(text));
    assert_eq!(plain.is_ok(), eebus.is_ok(), "both refuse the same");
    let (Ok(plain), Ok(eebus)) = (plain, eebus) else { return };
    let (before, after) = (Shape::of(text), Shape::of(&plain));
    assert!(after.depth <= before.depth);
    // Around every object there is one more level.
    assert!(Shape::of(&eebus).depth <= 2 * before.depth);
    assert!(before.repeats || !after.repeats, "a key was doubled: {plain}");
    if 2 * after.depth > MAX_DEPTH || after.repeats {
        return;
    }
    let there = to_eebus(&plain).expect("ordinary JSON has an EEBUS form");
    assert_eq!(to_plain(&there).as_ref(), Ok(&plain), "by way of {there}");
});

/// How deep a document is, and whether an object in it has a key twice.
struct Shape {
    depth: usize,
    repeats: bool,
}

impl Shape {
    /// Of a text that is JSON.
    fn of(json: &str) -> Self {
        let mut shape = Self { depth: 0, repeats: false };
        let mut open: Vec<BTreeSet<String>> = Vec::new();
        let mut rest = json;
        while let Some(c) = rest.chars().next() {
            match c {
                '{' | '[' => open.push(BTreeSet::new()),
                '}' | ']' => drop(open.pop()),
                _ => {}
            }
            shape.depth = shape.depth.max(open.len());
            let length = if c == '"' { text_length(rest) } else { c.len_utf8() };
            let (token, behind) = rest.split_at(length);
            rest = behind;
            let is_key = c == '"' && rest.trim_ascii_start().starts_with(':');
            if let Some(keys) = open.last_mut().filter(|_| is_key) {
                // Half a surrogate pair is no text; then the key is its token.
                let key = serde_json::from_str(token).unwrap_or_else(|_| token.to_owned());
                shape.repeats |= !keys.insert(key);
            }
        }
        shape
    }
}

/// The length of the text a JSON document goes on with, quotes included.
fn text_length(json: &str) -> usize {
    let mut escaped = true; // the first quote ends nothing
    let end = json.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |quote| quote + 1)
}
