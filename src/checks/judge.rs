//! From what the protocol and discovery report to findings: stage, whose turn, for how long.
//!
//! | room | what is judged there |
//! |---|---|
//! | `ends` | how a connection ended |
//! | `refusals` | who did not trust whom |
//! | `turns` | whose turn it was, and what came instead |
//! | `remarks` | what was tolerated |
//! | `waits` | what a handshake waits for just now |
//! | `records` | what discovery shows |

mod ends;
mod records;
mod refusals;
mod remarks;
mod turns;
mod waits;
mod words;

use super::{Code, Finding};
use crate::proto::{Phase, ProtocolState};

pub(super) use records::lacks_scope;
pub use {
    ends::{closed_as_double, end, ended},
    records::{flood, service, txt},
    refusals::not_listed,
    remarks::remark,
    turns::due,
    waits::{PENALTY, hello, pin_wanted},
};

const TOLERATED: &str = "Nothing has to be done: it is tolerated.";

/// The most characters that are told of a name a peer chose, and of a sentence with such names.
const NAME: usize = 80;
const SENTENCE: usize = 240;

/// The stage of the handshake, in words.
pub fn stage(state: ProtocolState) -> &'static str {
    match state.phase() {
        Phase::Init => "connection mode initialisation",
        Phase::Hello => "hello",
        Phase::Protocol => "protocol handshake",
        Phase::Pin => "PIN check",
        Phase::AccessMethods => "access methods",
        Phase::Data => "data exchange",
        Phase::Fault => "handshake",
    }
}

/// We have no place for a peer: one we are to dial, or one that came by itself.
pub fn limit(limit: usize, it_came: bool) -> Finding {
    let what =
        if it_came { "was turned away with 503" } else { "is not dialled until a connection ends" };
    let seen = format!("The device {what}: our limit of connections, {limit}, is reached.");
    Finding::new(Code::Own04, seen)
}
