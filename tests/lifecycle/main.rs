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

#[path = "../control/kit.rs"]
#[expect(dead_code, reason = "made for those tests, which use all of it")]
mod program;
/// A real `shipctl hub run`, as the tests of the control socket start it.
#[path = "../support/schema.rs"]
mod schema;
