//! What went over a connection and what the hub made of it, for people and for a replay. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | [`describe`] | the one line of each message |
//! | [`record`] | a message that was seen, as it is shown and sent to who watches |
//! | `mask` | the PIN, made unreadable before anything leaves the hub |
//! | [`mod@file`] | the file of a trace: its header, its lines, read leniently |
//! | [`fact`] | what a line tells |
//! | [`input`], [`command`], [`config`] | what the hub was told, written and read again |
//! | [`output`] | what the hub did and told |
//! | [`pins`], [`redact`] | PINs and serial numbers, replaced by stand-ins |
//! | [`replay`](mod@replay) | a trace fed to a new hub |
//! | [`peers`] | which link is whose |
//! | [`show`], [`timeline`], [`diagram`] | a trace as lines, as rows of states, as a diagram |
//! | [`pcapng`] | a trace as a capture file |
//! | `hex` | bytes in hex |

pub mod command;
pub mod config;
pub mod describe;
pub mod diagram;
pub mod fact;
pub mod file;
mod hex;
pub mod input;
mod mask;
pub mod output;
pub mod pcapng;
pub mod peers;
pub mod pins;
pub mod record;
pub mod redact;
pub mod replay;
pub mod show;
pub mod timeline;

/// How large the file of a trace grows, in bytes, where nothing else is said.
pub const USUAL_LIMIT: u64 = 64 << 20;

pub use fact::{EventRecord, Fact, FrameRecord};
pub use file::{Header, Line, Start, Trace, TraceError};
pub use record::{MessageRecord, Passed};
pub use redact::Redactor;
pub use replay::replay;
