//! Of two connections to one peer, which one survives (SHIP 12.2.2, and how ship-go does it).
//!
//! The node with the higher SKI decides. The one with the lower only has to follow: a connection
//! the peer dials is one the peer wants, and of one it dialled itself it waits to see whether the
//! peer keeps it. So it comes to the same connection as its peer, whichever rule that one follows.

use serde::{Deserialize, Serialize};

use super::LinkId;
use crate::proto::{Ski, handshake::Role};

/// The rule by which the node with the higher SKI decides between two connections to one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubleConnection {
    /// The connection initiated by the node with the higher SKI survives, as in ship-go.
    #[default]
    Initiator,
    /// The most recent connection survives (SHIP 12.2.2).
    MostRecent,
}

/// Two connections to one peer, and what was decided about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The connection there was, and who had opened it.
    pub old: (LinkId, Role),
    /// The one that came beside it.
    pub new: (LinkId, Role),
    /// Our rule, where we decide.
    pub rule: DoubleConnection,
    /// Whether our SKI is the higher, so that we decide.
    pub we_decide: bool,
    /// What follows.
    pub resolution: Resolution,
}

/// What to do about a new connection beside an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The new one survives; the old one is given up.
    New,
    /// The old one survives if it still lives, which has to be asked at once: a peer that restarted
    /// knows nothing of it any more.
    OldIfAlive,
    /// The peer decides: the new one waits until the peer closes one of them (SHIP 12.2.3).
    PeerDecides,
}

/// How many connections there are is decided here, by who opened them.
///
/// Of two by the same initiator the newer survives: whoever dials again has lost the older one.
pub fn resolve(rule: DoubleConnection, ours: Ski, peer: Ski, old: Role, new: Role) -> Resolution {
    match (ours > peer, new) {
        (false, Role::Server) => Resolution::New,
        (false, Role::Client) => Resolution::PeerDecides,
        (true, _) if rule == DoubleConnection::MostRecent => Resolution::New,
        (true, Role::Server) if old == Role::Client => Resolution::OldIfAlive,
        (true, _) => Resolution::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DoubleConnection::{Initiator, MostRecent};
    use Resolution::{New, OldIfAlive, PeerDecides};
    use Role::{Client, Server};

    const LOW: Ski = Ski::from_bytes([1; 20]);
    const HIGH: Ski = Ski::from_bytes([2; 20]);

    #[test]
    fn the_higher_keeps_the_connection_it_initiated_unless_that_one_is_dead() {
        assert_eq!(resolve(Initiator, HIGH, LOW, Server, Client), New);
        assert_eq!(resolve(Initiator, HIGH, LOW, Client, Server), OldIfAlive);
    }

    #[test]
    fn the_higher_keeps_the_most_recent_connection_where_that_is_set() {
        for (old, new) in [(Client, Server), (Server, Client), (Server, Server)] {
            assert_eq!(resolve(MostRecent, HIGH, LOW, old, new), New);
        }
    }

    #[test]
    fn of_two_by_the_same_initiator_the_newer_survives() {
        assert_eq!(resolve(Initiator, HIGH, LOW, Server, Server), New);
        assert_eq!(resolve(Initiator, LOW, HIGH, Server, Server), New);
    }

    #[test]
    fn the_lower_follows_the_higher_whatever_the_rule() {
        for rule in [Initiator, MostRecent] {
            assert_eq!(resolve(rule, LOW, HIGH, Client, Server), New);
            assert_eq!(resolve(rule, LOW, HIGH, Server, Client), PeerDecides);
        }
    }
}
