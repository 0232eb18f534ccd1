//! Of two connections to one peer, which one survives (SHIP 12.2.2, and how ship-go does it).

use crate::proto::{Ski, handshake::Role};

/// What to do about a new connection beside an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survivor {
    /// The new one; the old one is given up.
    New,
    /// The old one; the new one is turned away.
    Old,
}

/// The connection initiated by the node with the higher SKI survives; both ends decide alike.
///
/// Of two by the same initiator the newer survives: whoever dials again has lost the older one.
pub fn survivor(ours: Ski, peer: Ski, old: Role, new: Role) -> Survivor {
    let initiator = |role| if role == Role::Client { ours } else { peer };
    if old == new || initiator(new) > initiator(old) { Survivor::New } else { Survivor::Old }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_keep_the_connection_of_the_higher_ski() {
        let (low, high) = (Ski::from_bytes([1; 20]), Ski::from_bytes([2; 20]));
        for (ours, peer) in [(low, high), (high, low)] {
            for (old, new) in [(Role::Client, Role::Server), (Role::Server, Role::Client)] {
                let here = survivor(ours, peer, old, new);
                let mirrored = |r| if r == Role::Client { Role::Server } else { Role::Client };
                let there = survivor(peer, ours, mirrored(old), mirrored(new));
                assert_eq!(here, there);
                let kept = if here == Survivor::New { new } else { old };
                assert_eq!(kept == Role::Client, ours == high);
            }
        }
    }

    #[test]
    fn of_two_by_the_same_initiator_the_newer_survives() {
        let (low, high) = (Ski::from_bytes([1; 20]), Ski::from_bytes([2; 20]));
        for role in [Role::Client, Role::Server] {
            assert_eq!(survivor(low, high, role, role), Survivor::New);
            assert_eq!(survivor(high, low, role, role), Survivor::New);
        }
    }
}
