//! A running hub and its control socket: the real program, real sockets, real signals. Traffic stays
//! on loopback, without mDNS.
#![cfg(unix)]

mod commands;
mod completing;
mod crowd;
mod durable;
mod kit;
mod offers;
mod running;
#[path = "../support/schema.rs"]
mod schema;
mod scraping;
mod socket;
