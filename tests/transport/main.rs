//! The transport over real sockets on loopback: TLS, the WebSocket upgrade and the link task,
//! against our own other end and against peers that break a rule.
#![cfg(feature = "driver")]

mod certificates;
mod corpus;
mod dialling;
mod last_words;
mod linking;
mod openssl;
mod probing;
mod records;
mod securing;
mod storing;
#[path = "../support/mod.rs"]
mod support;
mod upgrading;

use support::{papers, transport as kit};
