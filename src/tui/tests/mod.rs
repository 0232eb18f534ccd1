//! The dashboard as a whole: messages in, keys typed, the screen looked at.

mod acts;
mod docs;
mod hostile;
mod kit;
mod lines;
mod screens;
mod timeline;
mod windows;
mod written;
