//! What several test binaries are made of. Each takes in all of it, and uses its part:
//!
//! ```ignore
//! #[path = "../support/mod.rs"]
//! mod support;
//! ```
//!
//! | file | is |
//! |---|---|
//! | `virtual_time` | connections on a virtual clock |
//! | `papers` | certificates of every kind, and TLS with them |
//! | `transport` | our driver on loopback, and peers that may misbehave |
//! | `program` | the program on a state directory of its own, and how it ran |
//! | `hub` | `hub run`, and clients of its control socket |
//! | `schema` | the lines of the program, held against `docs/schema` |
//! | `tester` | a tester that can say anything on a TLS socket |
//! | `mdns` | an mDNS world of its own on loopback |
//! | `packet` | packets of mDNS written by hand |
//! | `hosts` | two hosts on a network of their own |
//! | `foreign` | peers none of us wrote: ship-go and the `eebus` crate |
//! | `signal` | signals for what a test has started |
//! | `skip` | what a test says that is left out on this computer |
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

#[cfg(all(feature = "cli", unix))]
pub mod foreign;
#[cfg(all(feature = "cli", unix))]
pub mod hosts;
#[cfg(all(feature = "cli", unix))]
pub mod hub;
#[cfg(all(feature = "cli", target_os = "linux"))]
pub mod mdns;
pub mod packet;
#[cfg(feature = "driver")]
pub mod papers;
#[cfg(feature = "cli")]
pub mod program;
#[cfg(feature = "cli")]
pub mod schema;
#[cfg(all(feature = "driver", unix))]
pub mod signal;
pub mod skip;
#[cfg(feature = "driver")]
pub mod tester;
#[cfg(feature = "driver")]
pub mod transport;
pub mod virtual_time;
