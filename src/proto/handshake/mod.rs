//! The state machine of one SHIP connection (SHIP 13.4), client or server.
//!
//! # Contract
//!
//! One mutation, then drain: after every call to a `handle_…` or command method, call
//! [`Connection::poll_output`] until it returns `None`; then wait until [`Connection::poll_timeout`]
//! (or the next input) and call [`Connection::handle_timeout`]. Waiting exactly that long is always
//! enough. After [`Event::Ended`] nothing follows.

pub mod end;
pub mod event;
pub mod settings;
mod stub;
pub use stub::*;

pub use end::{Cause, Denial, End, Expectation, Side};
pub use event::{Event, HelloStatus, Output, Remark};
pub use settings::{PinPolicy, Role, Settings, Timing, Trust};
