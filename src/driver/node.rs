//! A node: the hub with its sockets, and the one task that owns both.

use tokio::sync::{mpsc, oneshot};

use super::Clock;
use crate::{
    hub::{self, Command, CommandError},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
};

/// What a node has to know from the start.
#[derive(Debug)]
pub struct NodeSettings {
    /// Who we are.
    pub identity: Identity,
    /// The settings of the hub.
    pub hub: hub::Config,
}

/// What a node tells.
#[derive(Debug)]
pub enum NodeEvent {
    /// The hub tells something.
    Hub(hub::Event),
    /// A change of trust could not be written down.
    StoreFailed {
        /// The change.
        change: TrustChange,
        /// What went wrong.
        error: String,
    },
    /// So many events were lost because nobody took them.
    Lost(u64),
}

/// A running node. Dropping it kills every connection; [`Node::shutdown`] closes them in order.
#[derive(Debug)]
pub struct Node {
    requests: mpsc::Sender<Request>,
    clock: Clock,
}

/// What a handle asks of the task.
#[derive(Debug)]
struct Request {
    command: Command,
    answer: oneshot::Sender<Result<(), CommandError>>,
}

impl Node {
    /// The node's clock: what the times of its events are measured by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Tells the hub something.
    ///
    /// # Errors
    ///
    /// Those of the hub; a node that is gone answers like one that shuts down.
    pub async fn command(&self, command: Command) -> Result<(), CommandError> {
        let (answer, outcome) = oneshot::channel();
        let gone = CommandError::ShuttingDown;
        self.requests.send(Request { command, answer }).await.map_err(|_| gone.clone())?;
        outcome.await.unwrap_or(Err(gone))
    }
}
