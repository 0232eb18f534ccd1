//! Hostile peers against a real hub: its memory stays bounded, what they do is named by a finding, and
//! a well-behaved peer is served meanwhile. The figures are printed (`--nocapture`) as rows of the
//! table in SECURITY.md. Traffic stays on loopback.
#![cfg(target_os = "linux")]

mod arena;
mod connecting;
mod control;
mod mdns;
mod messages;
mod pretending;
#[path = "../support/mod.rs"]
mod support;
mod talking;

use support::{hub as kit, papers, transport as odd};
