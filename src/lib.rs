//! shipctl: pair EEBUS devices over SHIP, and say what is wrong when that fails.
//!
//! Four floors, one direction:
//!
//! | floor | rooms | rule |
//! |---|---|---|
//! | 0 pure protocol | [`time`], [`proto`], `identity::trust`, `mdns::service`, `mdns::txt` | no I/O, no clock: bytes and times in, messages and verdicts out |
//! | 1 pure decisions | `hub`, `checks` | many peers, still no I/O and no clock: one mutation, then drain |
//! | 2 the outside | `driver`, `mdns::daemon`, `identity::{cert, disk}` | the only sockets, files, tasks and clocks |
//! | 3 people | `cli` | read a snapshot, send a command |
//!
//! Floors 0 and 1 build with `--no-default-features`.

#[cfg(feature = "driver")]
pub mod driver;
pub mod identity;
pub mod mdns;
pub mod proto;
pub mod time;
