//! Discovery by mDNS (SHIP 7): what a record says, and the daemon that finds and announces them.

pub mod service;
pub mod txt;
