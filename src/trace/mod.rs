//! What went over a connection, for people: each message in one line, as JSON and as bytes. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | [`describe`] | the one line of each message |
//! | [`record`] | a message that was seen, as it is shown and sent to who watches |
//! | `mask` | the PIN, made unreadable before anything leaves the hub |

pub mod describe;
mod mask;
pub mod record;

pub use record::{MessageRecord, Passed};
