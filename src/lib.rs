//! shipctl: pair EEBUS devices over SHIP, and say what is wrong when that fails.
//!
//! Four floors, one direction:
//!
//! | floor | rooms | rule |
//! |---|---|---|
//! | 0 pure protocol | [`time`], [`proto`], [`identity::trust`], [`mdns`] (but for its daemon), [`spine`] | no I/O, no clock: bytes and times in, messages and verdicts out |
//! | 1 pure decisions | [`hub`], [`checks`], [`sim`], [`trace`] | many peers, still no I/O and no clock: one mutation, then drain |
//! | 2 the outside | `driver`, `devices`, `doctor`, `control`, `mdns::daemon`, `identity::{cert, disk}` | the only sockets, files, tasks and clocks |
//! | 3 people | `cli`, `tui` | read events, send commands |
//!
//! Floors 0 and 1 build with `--no-default-features`.
//!
//! To speak SHIP over a transport of your own, drive a [`proto::handshake::Connection`] (one peer)
//! or a [`hub::Hub`] (many); both say how in their module's contract. To have the sockets driven for
//! you, start a `driver::Node`; `examples/pair_on_loopback.rs` does.

#![warn(unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

pub mod checks;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(all(unix, feature = "driver"))]
pub mod control;
#[cfg(feature = "driver")]
pub mod devices;
#[cfg(feature = "driver")]
pub mod doctor;
#[cfg(feature = "driver")]
pub mod driver;
pub mod hub;
pub mod identity;
pub mod mdns;
pub mod proto;
pub mod sim;
pub mod spine;
pub mod time;
pub mod trace;
#[cfg(all(unix, feature = "tui"))]
pub mod tui;
