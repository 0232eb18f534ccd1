//! The program as people and scripts run it: bad input, a state directory in every bad condition,
//! devices that are none, signals, and pairings of two programs on loopback. Every case: its exit
//! code, its message, its JSON.

mod arguments;
mod config;
#[cfg(target_os = "linux")]
mod demo;
#[cfg(target_os = "linux")]
mod discover;
#[cfg(target_os = "linux")]
mod disk;
mod doctor;
#[cfg(unix)]
mod exit_codes;
mod explain;
mod network;
mod not_ship;
#[cfg(unix)]
mod old_tls;
mod output;
mod pairing;
#[cfg(unix)]
mod patterns;
mod peer;
mod probe;
mod probe_pin;
#[cfg(target_os = "linux")]
mod profiles;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod schemas;
#[cfg(unix)]
mod signals;
#[cfg(target_os = "linux")]
mod simulate;
mod state;
#[path = "../support/mod.rs"]
mod support;
mod tls;
#[cfg(unix)]
mod trace;
#[cfg(target_os = "linux")]
mod trace_told;

use support::program as kit;
#[cfg(target_os = "linux")]
use support::{mdns, schema};
