//! What is drawn on the terminal: the countdown, colours, the QR code, at any width.

use super::{
    program::Shipctl,
    terminal::{Ended, INTERRUPT, Terminal},
};

/// A device in a terminal that is asked and does not answer, and we pair with it from another.
fn waiting(us: &Shipctl, device: &Shipctl, columns: u16) -> (Terminal, Terminal) {
    let asking = device.start(120, &["listen"]);
    let line = asking.shows(" · port ");
    let address = format!("127.0.0.1:{}", line.rsplit(' ').next().unwrap());
    let pairing = us.start(columns, &["pair", &device.ski, "--address", &address]);
    asking.shows("accept SKI");
    (asking, pairing)
}

#[test]
fn the_countdown_is_redrawn_in_place_and_leaves_nothing_behind() {
    for columns in [120, 60] {
        let (us, device) = (Shipctl::new(), Shipctl::new());
        let (asking, pairing) = waiting(&us, &device, columns);
        pairing.counts_down_to(58);
        asking.type_in("y\n");
        let ended = pairing.end();
        assert_eq!(ended.code, 0, "{:#?}", ended.lines);
        let whole = ended.lines.join("");
        assert_eq!(whole.matches("its turn").count(), 1, "{:#?}", ended.lines);
        assert_eq!(ended.lines.iter().filter(|line| line.is_empty()).count(), 0, "{ended:#?}");
    }
}

#[test]
fn a_terminal_made_narrow_shows_the_countdown_in_one_line_still() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (_asking, pairing) = waiting(&us, &device, 100);
    pairing.counts_down_to(59);
    pairing.resize(40);
    pairing.wait_for("a countdown cut to the width", |lines| {
        let last = lines.last()?;
        (last.contains("hello") && last.ends_with('…')).then_some(())
    });
    pairing.type_in(INTERRUPT);
    let ended = pairing.end();
    assert_eq!(ended.code, 130);
    assert!(ended.lines.iter().all(|line| !line.ends_with('…')), "{:#?}", ended.lines);
}

#[test]
fn after_ctrl_c_the_line_is_free_and_what_was_stored_is_told() {
    let us = Shipctl::new();
    let absent = "5".repeat(40);
    let terminal = us.start(100, &["pair", &absent]);
    terminal.shows("device   SKI");
    terminal.type_in(INTERRUPT);
    let ended = terminal.end();
    assert_eq!(
        (ended.code, ended.count("interrupted; nothing was stored")),
        (130, 1),
        "{ended:#?}"
    );
    assert_eq!((ended.count("^C"), ended.raw.ends_with('\n')), (0, true), "{ended:#?}");
}

/// The first start warns, in colour where colour is wanted.
fn first_start(args: &[&str], env: Option<(&str, &str)>) -> Ended {
    let shipctl = Shipctl::unused();
    let ended = shipctl.start_with(100, &[&["identity", "show"], args].concat(), env).end();
    assert_eq!((ended.code, ended.count("warning: a new identity was made")), (0, 1), "{ended:#?}");
    ended
}

#[test]
fn colour_is_for_terminals_unless_it_is_unwanted() {
    assert!(first_start(&[], None).raw.contains("\x1b[33m"));
    assert!(!first_start(&["--color", "never"], None).raw.contains('\x1b'));
    assert!(!first_start(&[], Some(("NO_COLOR", "1"))).raw.contains('\x1b'));
    assert!(first_start(&["--color", "always"], Some(("NO_COLOR", "1"))).raw.contains("\x1b[33m"));
}

#[test]
fn the_qr_code_is_drawn_where_there_is_room_for_it() {
    let shipctl = Shipctl::new();
    let wide = shipctl.start(100, &["identity", "qr"]).end();
    assert!(wide.count("▀") + wide.count("▄") > 20, "{:#?}", wide.lines);
    assert_eq!(wide.count("SHIP;SKI:"), 1, "{:#?}", wide.lines);
    let narrow = shipctl.start(40, &["identity", "qr"]).end();
    assert_eq!(narrow.code, 0);
    assert_eq!(narrow.count("▀") + narrow.count("▄") + narrow.count("█"), 0, "{:#?}", narrow.lines);
    assert_eq!(narrow.count("SHIP;SKI:"), 1, "{:#?}", narrow.lines);
    assert_eq!(narrow.count("columns"), 1, "it says how many are missing: {:#?}", narrow.lines);
}
