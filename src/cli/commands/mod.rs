//! The commands, one file each, or one folder.

pub mod config;
#[cfg(unix)]
pub mod control;
#[cfg(unix)]
pub mod demo;
pub mod discover;
pub mod doctor;
pub mod explain;
#[cfg(unix)]
pub mod hub;
pub mod identity;
pub mod listen;
pub mod pair;
pub mod probe;
pub mod report;
pub mod simulate;
#[cfg(unix)]
pub mod status;
pub mod trace;
pub mod trust;
#[cfg(all(unix, feature = "tui"))]
pub mod tui;
pub mod version;
