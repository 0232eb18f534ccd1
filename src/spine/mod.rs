//! Enough of SPINE to show its datagrams to people, and to answer as a simulated device does.
//!
//! SPINE travels as the payload of SHIP data (SHIP 13.4.6), under the protocol id
//! [`SPINE`](crate::proto::message::SPINE). Nothing here decides what a device does
//! with energy: two functions of node management are answered, everything else is refused.
//!
//! | room | what happens there |
//! |---|---|
//! | `read` | a datagram in either spelling, as far as it can be read |
//! | `write` | the datagrams we send, field by field in the order of the schema |
//! | `summary` | one line for people |
//! | `node` | what a device is, and what it answers |

mod node;
mod read;
mod summary;
mod write;

pub use node::{Entity, Feature, Model, Node, Role, UseCase};
pub use read::Address;
pub use summary::{Summary, summary};
