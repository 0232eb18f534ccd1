//! The state machine of one connection, beyond the conformance cases: every rule of the hello, PIN in
//! all its states, every way out, pairs of two connections, and the laws of the machine.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod close;
mod hello;
mod keys;
mod laws;
mod pairs;
mod pin;
mod protocol;
mod remarks;
