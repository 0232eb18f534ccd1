//! Enough of SPINE to show its datagrams to people, to ask a device what it offers, and to answer
//! the same question.
//!
//! SPINE travels as the payload of SHIP data (SHIP 13.4.6), under the protocol id
//! [`SPINE`](crate::proto::message::SPINE). Nothing here decides what a device does with energy: two
//! functions of node management can be read, it can be subscribed to, everything else is refused.
//!
//! | room | what happens there |
//! |---|---|
//! | `read` | a datagram in either spelling, as far as it can be read |
//! | `write` | the datagrams we send, field by field in the order of the schema |
//! | `summary` | one line for people |
//! | `model` | what a device consists of |
//! | `node` | what a device asks, and what it answers |
//! | `offers` | what another device told of itself |
//! | `names` | the use cases in words |

mod model;
mod names;
mod node;
mod offers;
mod read;
mod summary;
mod write;

pub use model::{Entity, Feature, Model, Role, UseCase};
pub use names::Part;
pub use node::{Node, Taken};
pub use offers::{News, OfferedEntity, OfferedFeature, OfferedUseCase, Offers};
pub use read::Address;
pub use summary::{Summary, summary};
