//! The life of connections through real sockets on loopback: made, refused, doubled, lost and
//! regained, turned away, closed in order. The same with ship-go is in `tests/interop`.
#![expect(clippy::print_stdout, reason = "figures of tests")]

mod double;
mod limit;
mod lost;
mod node;
mod relay;
mod shutdown;
mod succeeding;
#[path = "../support/mod.rs"]
mod support;

use support::hub as program;
