//! The cases of the SHIP Test Specification 1.0.0, each as a black box: the program, and a tester
//! that speaks to it through real TLS sockets and can say anything. What a case demands of time is
//! held against the state machines in virtual time too.
//!
//! `cargo test --test conformance` runs the table, all cases at once, and holds `docs/conformance.md`
//! against what came out. `UPDATE_GENERATED=1 cargo test --test conformance` waits for as long as
//! each case has it, some four minutes, and writes the page.

// The program is steered over its control socket, which is one of Unix.
#[cfg(unix)]
#[path = "suite.rs"]
mod suite;

fn main() -> std::process::ExitCode {
    #[cfg(unix)]
    return suite::run();
    #[cfg(not(unix))]
    std::process::ExitCode::SUCCESS
}
