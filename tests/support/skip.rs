//! What a test says where something is missing on this computer, and it can show nothing.

use std::io::Write as _;

/// Says why a test is left out, past libtest, which keeps to itself what a test prints that passes.
pub fn skip(why: impl std::fmt::Display) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
}
