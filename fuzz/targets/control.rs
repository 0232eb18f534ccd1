//! Lines of the control socket, of either end: what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::control::wire::{Reply, Request};

fuzz_target!(|line: &[u8]| {
    match Request::read(line) {
        Ok(request) => {
            let written = request.line();
            assert_one_line(&written);
            let again = Request::read(written.as_bytes()).expect("what was read can be written");
            assert_eq!((again.id, &*again.line()), (request.id, &*written));
        }
        Err(bad) => drop(bad),
    }
    if let Some(reply) = Reply::read(line) {
        let written = reply.line();
        assert_one_line(&written);
        assert_eq!(Reply::read(written.as_bytes()), Some(reply));
    }
    a_pin_is_not_shown(line);
});

/// Whatever stands around a PIN in a request, neither `Debug` nor a refusal repeats it.
fn a_pin_is_not_shown(line: &[u8]) {
    const PIN: &str = "badcafe5";
    let Ok(line) = std::str::from_utf8(line) else { return };
    if line.to_lowercase().contains(PIN) {
        return;
    }
    let Some(fields) = line.trim_start().strip_prefix('{') else { return };
    for secret in [format!("\"{PIN}\""), format!("[\"{PIN}\"]"), format!("\"{PIN}x\"")] {
        let line = format!("{{\"pin\":{secret},{fields}");
        let shown = format!("{:?}", Request::read(line.as_bytes())).to_lowercase();
        assert!(!shown.contains(PIN), "{shown}");
    }
}

fn assert_one_line(text: &str) {
    assert!(text.ends_with('\n') && text.matches('\n').count() == 1, "{text:?}");
}
