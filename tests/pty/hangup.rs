//! The terminal goes while a command runs in it.

use rustix::process::Signal;

use super::program::Shipctl;

#[test]
fn a_hangup_ends_a_pairing_in_order() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let mut listening = device.beside(&["listen", "--accept", &us.ski]);
    let address = format!("127.0.0.1:{}", listening.port());
    let pair = ["pair", &device.ski, "--address", &address, "--keep"];
    let terminal = us.start(120, &pair);
    terminal.shows("completed");
    listening.event("completed");
    // The shell sends one, and the system another one.
    terminal.signal(Signal::HUP);
    terminal.signal(Signal::HUP);
    assert!(listening.event("ended")["code"].is_null(), "the close was not announced");
    let ended = terminal.end();
    assert_eq!((ended.code, ended.count("closed in order")), (129, 1), "{:#?}", ended.lines);
}
