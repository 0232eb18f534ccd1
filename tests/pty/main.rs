//! The program in a real terminal: questions, prompts, the countdown, colours, the QR code.
#![cfg(unix)]

mod drawing;
mod program;
mod prompts;
mod terminal;
