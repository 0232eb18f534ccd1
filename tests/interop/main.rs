//! Pairing with SHIP implementations none of us wrote: ship-go and the `eebus` crate.
//!
//! The foreign peers are built on first use, see `README.md` beside this file. Where one cannot be
//! built the tests say so and skip; `SHIPCTL_REQUIRE_FOREIGN_PEERS` makes that a failure.
#![expect(clippy::print_stdout, reason = "figures of tests")]

/// Makes a test of `$body` for each foreign peer.
macro_rules! with_each_peer {
    ($($name:ident => $body:ident;)+) => {$(
        mod $name {
            use super::super::peer::Kind;

            #[tokio::test]
            async fn ship_go() { super::$body(Kind::ShipGo).await; }
            #[tokio::test]
            async fn eebus() { super::$body(Kind::Eebus).await; }
        }
    )+};
}

mod aws_lc;
mod command_line;
mod discovery;
mod doctor;
mod double_connection;
mod keys;
mod many_handshakes;
mod node;
mod pairing;
mod probing;
mod program;
mod spine;
mod suites;
#[path = "../support/mod.rs"]
mod support;
mod tracing;

use support::{foreign as peer, hosts as network};
