//! A running hub and its control socket: the real program, real sockets, real signals. Traffic stays
//! on loopback, without mDNS.
#![cfg(unix)]

mod commands;
mod completing;
mod crowd;
mod durable;
mod keys;
mod limits;
mod offers;
mod pins;
mod running;
mod scraping;
mod socket;
#[path = "../support/mod.rs"]
mod support;

use support::hub as kit;
