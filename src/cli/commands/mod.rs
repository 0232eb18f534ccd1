//! The commands, one file each.

pub mod discover;
pub mod identity;
pub mod listen;
pub mod pair;
pub mod trust;
