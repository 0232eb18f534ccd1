//! Hostile peers against a real hub: its memory stays bounded, what they do is named by a finding, and
//! a well-behaved peer is served meanwhile. The figures are printed (`--nocapture`) as rows of the
//! table in SECURITY.md. Traffic stays on loopback.
#![cfg(target_os = "linux")]

mod arena;
mod connecting;
mod control;
#[path = "../control/kit.rs"]
#[expect(dead_code, reason = "the tests of the control socket use all of it")]
mod kit;
mod mdns;
mod messages;
#[path = "../transport/kit.rs"]
#[expect(dead_code, reason = "the tests of the transport use all of it")]
mod odd;
#[path = "../support/papers.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test crate uses its part of the support")]
mod papers;
mod pretending;
#[path = "../support/schema.rs"]
mod schema;
mod talking;
