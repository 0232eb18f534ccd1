//! The dashboard as a whole: messages in, keys typed, the screen looked at.

mod acts;
mod docs;
mod hostile;
mod kit;
mod screens;
mod timeline;
