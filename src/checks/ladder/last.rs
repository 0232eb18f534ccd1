//! What was last seen of a connection, as evidence of how it was left.

use super::{Rung, Step};
use crate::proto::text::visible;

/// What was last seen of a connection, as evidence of the close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// The last message of the peer, in one line.
    pub received: Option<String>,
    /// Our last message, in one line.
    pub sent: Option<String>,
    /// How the peer closed the WebSocket.
    pub peer_closed: Option<String>,
    /// How we did.
    pub we_closed: Option<String>,
}

impl Last {
    /// A sentence each.
    pub fn evidence(&self) -> Vec<String> {
        let said = |who: &str, what: &Option<String>| {
            what.as_ref().map(|what| format!("{who}: {}", visible(what)))
        };
        [
            said("its last message", &self.received),
            said("our last message", &self.sent),
            said("we closed", &self.we_closed),
            said("it closed", &self.peer_closed),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The rung of a connection that was left early: how it went, and no verdict.
pub fn left(last: &Last) -> Option<Step> {
    let evidence = last.evidence();
    let step = Step::left_out(Rung::Close, "we left before");
    (!evidence.is_empty()).then_some(Step { evidence, ..step })
}
