//! The virtual world of [`shipctl::sim`], as these tests use it.

pub(crate) use shipctl::sim::{Heard, NodeId, Place, Say, World, kinds, secs, ship_id, ski};
