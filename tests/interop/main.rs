//! Pairing with SHIP implementations none of us wrote: ship-go and the `eebus` crate.
//!
//! The foreign peers are built on first use, see `README.md` beside this file. Where one cannot be
//! built the tests say so and skip; `SHIPCTL_REQUIRE_FOREIGN_PEERS` makes that a failure.

mod many_handshakes;
mod node;
mod pairing;
mod peer;
