//! The program in a real terminal: questions, prompts, the countdown, colours, the QR code,
//! the dashboard.
#![cfg(unix)]

mod completing;
#[cfg(feature = "tui")]
mod dashboard;
mod drawing;
mod hangup;
mod program;
mod prompts;
#[path = "../support/skip.rs"]
mod skip;
mod terminal;
