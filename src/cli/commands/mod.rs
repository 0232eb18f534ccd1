//! The commands, one file each.

#[cfg(unix)]
pub mod control;
pub mod discover;
#[cfg(unix)]
pub mod hub;
pub mod identity;
pub mod listen;
pub mod pair;
pub mod trust;
