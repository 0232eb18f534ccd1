//! The transport over real sockets on loopback: TLS, the WebSocket upgrade and the link task,
//! against our own other end and against peers that break a rule.
#![cfg(feature = "driver")]

mod certificates;
mod corpus;
mod dialling;
mod kit;
mod last_words;
mod linking;
mod openssl;
#[path = "../support/papers.rs"]
mod papers;
mod probing;
mod records;
mod securing;
mod storing;
mod upgrading;
