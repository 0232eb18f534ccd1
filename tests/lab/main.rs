//! The fault lab: for every finding that a peer or a network can cause, something that causes exactly
//! it, through real sockets, and the verdict the program must come to.
//!
//! `table.rs` is the one table. `cargo test --test lab` runs it, everything at once, and holds
//! `docs/fault-lab.md` against what came out; `UPDATE_GENERATED=1 cargo test --test lab` writes the
//! page. `SHIPCTL_CLEAN_RUNS=100` makes that many clean runs with each peer, in place of 10.

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
