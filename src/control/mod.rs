//! The control socket: other programs of the same user steer and watch a hub that runs.
//!
//! | room | what happens there |
//! |---|---|
//! | [`wire`] | the lines that go over it; pure |
//! | [`place`] | where the socket of an identity is |
//! | [`server`] | the hub's end |
//! | [`client`] | the other end |
//! | [`scrape`] | the metrics over HTTP, for Prometheus |
//! | `lines` | lines from a stream, bounded |
//!
//! `docs/control-socket.md` is the contract with programs that are not shipctl.

pub mod client;
mod lines;
pub mod place;
pub mod scrape;
pub mod server;
pub mod wire;

pub use client::{Client, ClientError};
pub use scrape::Scrapes;
pub use server::{Ask, Server, ServerError};
pub use wire::{Answer, Greeting, Refusal, Reply, Wish};
