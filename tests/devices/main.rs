//! Simulated devices against a node of ours: every fault gives its finding, every persona does what
//! it says.

mod faults;
mod kit;
mod personas;
