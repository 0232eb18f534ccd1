//! The dashboard as people have it before them: the program in a terminal, and keys.

mod attached;
mod demo;
mod ends;
mod looks;
mod steering;
mod suspended;

use std::time::Duration;

use super::{
    program::Shipctl,
    terminal::{Ended, Terminal},
};

const SIZE: (u16, u16) = (120, 40);

/// What the boiler of the demo wants, and what is to be seen of it.
const PIN: &str = "12345678";
const MASKED: &str = "PIN ********";

const BOILER: &str = "Hot 200";
const WANTED: &str = "p: enter its PIN";

/// What no key may come in before a window takes one that opened by itself, and some more.
const PAUSE: Duration = Duration::from_millis(1500);

/// Where these popups begin; the log says much the same.
const REQUEST_POPUP: &str = "┌─ a device asks to be paired";
const PIN_POPUP: &str = "┌─ PIN ";

const WIPE: &str = "\x15";
const ESCAPE: &str = "\x1b";

/// A dashboard on a hub of its own, which sees and knows no device; and its state.
fn alone(args: &[&str], env: &[(&str, &str)]) -> (Shipctl, Terminal) {
    // That an identity is made would be told before.
    let home = Shipctl::new();
    let terminal = home.start_sized(SIZE, &[&["tui"], args].concat(), env);
    terminal.shows("hub in this process");
    terminal.shows("mDNS is off");
    (home, terminal)
}

/// A dashboard on the hub of a demo, and where it may leave something.
fn demo() -> (Shipctl, Terminal) {
    // That an identity is made would be told before.
    let home = Shipctl::new();
    let terminal = home.start_sized(SIZE, &["demo"], &[]);
    terminal.shows("hub in this process");
    (home, terminal)
}

/// The row of a device in the list of devices.
fn row(lines: &[String], name: &str) -> Option<String> {
    let after_title = lines.iter().skip_while(|line| !line.contains(" devices ")).skip(1);
    let mut rows = after_title.take_while(|line| !line.contains("1 timeline"));
    rows.find(|line| line.contains(name)).cloned()
}

/// Waits until the row of a device says this.
#[track_caller]
fn says(terminal: &Terminal, name: &str, part: &str) {
    terminal.wait_for(&format!("{part} at {name}"), |lines| {
        row(lines, name).filter(|row| row.contains(part)).map(drop)
    });
}

/// What the demo asks by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Pairing,
    Pin,
}

/// Waits until the demo asks something, or has asked all there is.
#[track_caller]
fn asked(terminal: &Terminal) -> Option<Asks> {
    terminal.wait_for("question", |lines| {
        let shows = |part: &str| lines.iter().any(|line| line.contains(part));
        let is_connected =
            |name: &str| row(lines, name).is_some_and(|row| row.contains("connected"));
        if shows(REQUEST_POPUP) {
            return Some(Some(Asks::Pairing));
        }
        if row(lines, BOILER).is_some_and(|row| row.contains(WANTED)) {
            return Some(Some(Asks::Pin));
        }
        (is_connected("Clean 60") && is_connected(BOILER)).then_some(None)
    })
}

/// Lets the dishwasher in. The window takes keys after a pause only.
#[track_caller]
fn let_in(terminal: &Terminal) {
    let is_gone = |lines: &[String]| lines.iter().all(|it| !it.contains(REQUEST_POPUP));
    let is_gone = |lines: &[String]| is_gone(lines).then_some(());
    terminal.repeat_until(|| terminal.type_in("a"), PAUSE, "end of the request", is_gone);
}

/// Enters a PIN of the boiler; `false` if a request came in between.
#[track_caller]
fn enter_pin(terminal: &Terminal, pin: &str) -> bool {
    let opened = terminal.type_until("p", PIN_POPUP, |lines| {
        let shows = |part: &str| lines.iter().any(|line| line.contains(part));
        (shows(PIN_POPUP) || shows(REQUEST_POPUP)).then(|| shows(PIN_POPUP))
    });
    if opened {
        terminal.type_in(WIPE);
        terminal.type_in(pin);
        terminal.shows(MASKED);
        terminal.type_in("\r");
        terminal.hides(PIN_POPUP);
    }
    opened
}

/// Answers all that the demo asks, whatever comes first.
#[track_caller]
fn settle(terminal: &Terminal) {
    while let Some(asks) = asked(terminal) {
        match asks {
            Asks::Pairing => let_in(terminal),
            Asks::Pin if enter_pin(terminal, PIN) => says(terminal, BOILER, "connected"),
            Asks::Pin => {}
        }
    }
}

/// The shutdown view is the last that is seen.
fn ended_in_order(ended: &Ended) {
    let last = ended.last_screen(SIZE);
    assert!(last.contains("the hub ends in order"), "{last}");
}

/// Waits until the demo has registered every device it registers.
#[track_caller]
fn all_registered(terminal: &Terminal) {
    // The last one.
    says(terminal, "Air 2", "yes");
    says(terminal, "Store 7", "connected");
}

/// Waits for its end: with this code, and the terminal as it was before.
#[track_caller]
fn ends(terminal: Terminal, code: i32) -> Ended {
    let ended = terminal.end();
    assert_eq!(ended.code, code, "{:#?}", ended.lines);
    assert_eq!(ended.modes, ended.before);
    assert!(ended.echoes);
    ended
}
