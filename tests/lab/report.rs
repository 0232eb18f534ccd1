//! `docs/fault-lab.md`, made of what came out, and the same on the terminal.

use std::{collections::BTreeMap, env, fs, path::Path};

use shipctl::checks::Code;

use super::{
    places::PLACES,
    table::{Cause, ROWS, Row},
    ways::{Verdict, Way},
};

const HEAD: &str = "\
# The fault lab

What a device or a network can do wrong, and what the program says to it. Each fault is caused on its own,
through real sockets, on loopback or in a network namespace; the program is the real one with its own
timers, asked with `--json`. A row passes if each way finds the codes listed and no other. This page is
written by `UPDATE_GENERATED=1 cargo test --test lab`; `cargo test` causes every fault too and holds
everything here but the seconds against what comes out.

**Seconds** are those until the first code, from the first dial or look: of `pair` since it is ready, of
the hub since it was told of the device or, where a device dials us, since it was sent. All faults are
caused at once, so a busy machine shows in them; the hub waits up to 3 s before its first dial, and what
takes 10 or 60 s are timers of SHIP. **–** means that this way cannot see it: `pair` leaves before, or
dials nobody. The first code of `pair` is that of its result.

**Clean runs** belong to it: `pair` with ship-go, with the `eebus` crate and with our own wallbox, each 10 times
(`SHIPCTL_CLEAN_RUNS=100` makes it 100), may tell nothing that is a warning or an error.

The faults marked \u{2020} can be tried with `shipctl simulate --fault NAME`; the devices are those built in.

";

/// What each way found.
pub type Given = BTreeMap<(&'static str, Way), Verdict>;

/// The page.
pub fn page(given: &Given) -> String {
    let mut page = HEAD.to_owned();
    page += "| fault | the device, or the network | `probe` | s | `pair` | s | hub | s | `discover` |\n";
    page += "|---|---|---|---|---|---|---|---|---|\n";
    for row in ROWS {
        let mark = if matches!(row.cause, Cause::Device(_)) { " \u{2020}" } else { "" };
        let [probe, pair, hub, discover] = Way::ALL.map(|way| cells(row, way, given));
        page += &format!(
            "| `{}`{mark} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            row.name, row.what, probe.0, probe.1, pair.0, pair.1, hub.0, hub.1, discover.0
        );
    }
    page += "\n## Tested elsewhere\n\n";
    page += "What depends on our own side, on a stretch of time, or on a great many records:\n\n";
    page += "| code | is about | in |\n|---|---|---|\n";
    for (code, file, about) in PLACES {
        page += &format!("| {code} | {about} | `{file}` |\n");
    }
    page
}

/// The codes and the seconds of one row, as one way found them.
fn cells(row: &Row, way: Way, given: &Given) -> (String, String) {
    match given.get(&(row.name, way)) {
        Some(Verdict { codes, took }) => (list(codes), format!("{:.1}", took.as_secs_f64())),
        None if row.expected(way).is_empty() => ("\u{2013}".to_owned(), String::new()),
        None => ("**fail**".to_owned(), String::new()),
    }
}

fn list(codes: &[Code]) -> String {
    codes.iter().map(Code::to_string).collect::<Vec<_>>().join(" ")
}

/// The same for people in front of a terminal.
pub fn print(given: &Given) {
    let seen = |row: &&Row| given.keys().any(|(name, _)| *name == row.name);
    for (at, row) in ROWS.iter().filter(seen).enumerate() {
        if at == 0 {
            let heads = Way::ALL.map(|way| format!("{:<15} {:>5}", way.name(), "s")).join("  ");
            println!("{:<18} {:<15}  {heads}", "fault", "expected");
        }
        let expected = Way::ALL.map(|way| row.expected(way)).into_iter().find(|it| !it.is_empty());
        let found = Way::ALL.map(|way| {
            let (codes, seconds) = cells(row, way, given);
            format!("{codes:<15} {seconds:>5}")
        });
        let expected = expected.map_or(String::new(), list);
        println!("{:<18} {expected:<15}  {}", row.name, found.join("  "));
    }
}

/// Writes the page, or holds it against the committed one, but for the seconds.
pub fn check(page: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fault-lab.md");
    if env::var_os("UPDATE_GENERATED").is_some() {
        return fs::write(&path, page).map_err(|error| error.to_string());
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if timeless(&committed) == timeless(page) {
        return Ok(());
    }
    Err("docs/fault-lab.md is not what came out; run UPDATE_GENERATED=1 cargo test --test lab"
        .to_owned())
}

/// Everything but numbers that stand alone in a cell.
fn timeless(page: &str) -> Vec<Vec<&str>> {
    let is_time = |cell: &&str| cell.trim().parse::<f64>().is_ok();
    page.lines().map(|line| line.split('|').filter(|cell| !is_time(cell)).collect()).collect()
}
