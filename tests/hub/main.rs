//! The hub, on a virtual clock and a virtual network: nothing waits, nothing is I/O.

mod attempts;
mod chaos;
mod commands;
mod commands_by_state;
mod doubles;
mod ends;
mod findings;
mod keepalive;
mod keys;
mod limit;
mod offers;
mod pairing;
mod patterns;
mod refusals;
mod rivals;
mod ship_go_bugs;
mod shutdown;
mod sights;
mod snapshot;
mod world;
